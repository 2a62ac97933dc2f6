"""Turns among accounts whose jobs have the same priority.

Of what runs, each account is entitled to a part by its weight. One that has less than that by a
whole program comes first, so that somebody's hundred thousand instances leave room for another
one's three as soon as a program ends, however long programs run. Among those that have what they
are entitled to, but for the rest of a program, it goes round: each program moves the account's
time on by its size over the weight, and the one whose time is earliest is next. An account that
comes back after a while begins at the present time, so that nobody saves up turns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from batchcompute.server.scheduler.cached_rows import Account

#: Whether an account has less than it is entitled to, by a whole program (0), by less (1), or not
#: (2), and its time: smaller is sooner.
Turn: TypeAlias = tuple[int, float]

#: Returns the weight of an account.
Weight: TypeAlias = Callable[[Account], float]


class Turns:
    """The running work of each account, and how far its time has moved on."""

    def __init__(self, weight: Weight | None = None) -> None:
        """Begin with nothing running.

        Args:
            weight: Returns how much an account gets in comparison with others; None for all alike.
        """
        self._weight_of = weight
        # In millionths, as sums of fractions would not come back to nothing.
        self._running: dict[Account, int] = {}
        self._total = 0
        self._programs = 0
        # The weights of accounts that have something running, as they were when it began.
        self._weights: dict[Account, float] = {}
        # Their sum; None if it has to be made.
        self._whole: float | None = None
        self._times: dict[Account, float] = {}
        self._now = 0.0

    def turns(self, accounts: Collection[Account]) -> dict[Account, Turn]:
        """Return the places of accounts in the order.

        Args:
            accounts: Those of which something waits. They share with all that have something
                running.
        """
        weights = {each: self._weight(each) for each in accounts}
        whole = self._whole_with(weights)
        program = self._total / self._programs if self._programs else 1.0
        found: dict[Account, Turn] = {}
        for account in accounts:
            entitled = (self._total + program) * weights[account] / whole
            lacks = entitled - self._running.get(account, 0)
            how = 0 if lacks >= program else 1 if lacks > 0 else 2
            found[account] = how, max(self._now, self._times.get(account, 0.0))
        return found

    def served(self, account: Account, size: float) -> None:
        """Move an account's time on, as a program of it was chosen."""
        begin = max(self._now, self._times.get(account, 0.0))
        self._now = max(self._now, begin)
        self._times[account] = begin + size / self._weight(account)

    def began(self, account: Account, size: float) -> None:
        """Count a program of an account."""
        if account not in self._weights:
            self._weights[account] = self._weight(account)
            self._whole = None
        self._running[account] = self._running.get(account, 0) + _millionths(size)
        self._total += _millionths(size)
        self._programs += 1

    def ended(self, account: Account, size: float) -> None:
        """Count a program of an account no more."""
        self._running[account] -= _millionths(size)
        self._total -= _millionths(size)
        self._programs -= 1
        if not self._running[account]:
            del self._running[account], self._weights[account]
            self._whole = None

    def should_yield(self, holder: Account, to: Account, size: float, moved: int) -> bool:
        """Say whether what waits of an account should be given up for what waits of another one.

        It should if the other one has no more by its weight after that than the first one has, so
        that nothing goes to and fro.

        Args:
            holder: Whose it is.
            to: Who would have its place.
            size: The part of the machine that it takes.
            moved: How many are being moved like this.
        """
        more = _millionths(size) * (moved + 1)
        gains = (self._running.get(to, 0) + more) / self._weight(to)
        return gains <= (self._running.get(holder, 0) - more) / self._weight(holder)

    def _whole_with(self, weights: Mapping[Account, float]) -> float:
        """Return the weights of all that share, those of some accounts as they are now."""
        if any(self._weights.get(account) != weight for account, weight in weights.items()):
            return sum({**self._weights, **weights}.values())
        # There may be thousands, which nearly always are the same as before.
        if self._whole is None:
            self._whole = sum(self._weights.values())
        return self._whole

    def _weight(self, account: Account) -> float:
        return 1.0 if self._weight_of is None else self._weight_of(account)


def _millionths(size: float) -> int:
    return round(size * 1_000_000)
