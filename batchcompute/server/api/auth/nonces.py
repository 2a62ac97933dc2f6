"""Remembering nonces, so that nobody can send somebody else's request again."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

#: Bytes of a nonce that are remembered. Nonces are compared with those of the same second alone, so
#: that two of them agree by chance once in some 10^15 requests.
DIGEST_SIZE = 8

#: Nonces that are remembered at the most: 15 minutes of 4,400 requests a second, in 32 MB.
CAPACITY = 4_000_000

#: Dates, of all accounts together, of which nonces are remembered at the most. Each takes as much
#: as 20 nonces, and all of them another 40 MB.
_MOST_DATES = 200_000

#: Seconds after which the nonces of a date are packed; most requests arrive before.
_PACK_SECONDS = 2

#: Seconds after which dates of accounts that ask for nothing any more are looked for.
_SWEEP_SECONDS = 60

#: Late nonces of a date that was packed, before it is packed again.
_MOST_LATE = 256


class Keeper(Protocol):
    """The part of the nonces that outlives the process."""

    def write(self, account: int, date: int, digest: bytes, now: int) -> None:
        """Keep a nonce of an account for as long as its date is accepted."""

    def raise_floor(self, account: int, date: int, now: int) -> None:
        """Keep that nothing of this date or before is accepted from an account any more."""


@dataclass(slots=True)
class Kept:
    """What is known of an account from a former process.

    Attributes:
        floor: The last date that is refused, whatever the nonce.
        digests: The digests of each date behind it.
    """

    floor: int = -1
    digests: dict[int, bytearray] = field(default_factory=dict[int, bytearray])


_NONE: set[bytes] = set()


class _Second:
    """The nonces of one date.

    A Python object each would take ten times the memory, so those that have come are packed.
    """

    __slots__ = ("late", "packed")

    def __init__(self, packed: bytes = b"") -> None:
        self.packed = packed
        self.late: set[bytes] = _NONE

    def __contains__(self, digest: bytes) -> bool:
        if digest in self.late:
            return True
        at = self.packed.find(digest)
        while at % DIGEST_SIZE and at > 0:
            at = self.packed.find(digest, at + 1)
        return at >= 0

    def __len__(self) -> int:
        return len(self.packed) // DIGEST_SIZE + len(self.late)

    def add(self, digest: bytes) -> None:
        if not self.late:
            self.late = set()
        self.late.add(digest)
        if self.packed and len(self.late) > _MOST_LATE:
            self.pack()

    def pack(self) -> None:
        self.packed += b"".join(self.late)
        # Shared by all: an empty set takes as much as 25 nonces.
        self.late = _NONE


@dataclass(slots=True)
class _Account:
    """The nonces of one account, by the dates of its requests, and the last date that it lost."""

    floor: int = -1
    count: int = 0
    seconds: dict[int, _Second] = field(default_factory=dict[int, _Second])


def _nonces(account: _Account) -> int:
    return account.count


def _dates(account: _Account) -> int:
    return len(account.seconds)


class NonceMemory:
    """Nonces of the time window, in bounded memory.

    Nonces are kept by the date of their request, for as long as that date would be accepted. If
    there are too many, the account that has most of them loses its oldest date, which is refused
    from then on: its window narrows for a while, nobody else's does, and still nothing can be
    replayed.
    """

    def __init__(
        self, window: int, *, capacity: int = CAPACITY, keeper: Keeper | None = None
    ) -> None:
        """Remember up to `capacity` nonces of dates within `window` seconds.

        Args:
            window: Seconds.
            capacity: Nonces.
            keeper: Where they are written as well; None for nowhere.
        """
        self._window = window
        self._capacity = capacity
        self._keeper = keeper
        self._accounts: dict[int, _Account] = {}
        self._count = self._dates = 0
        # When a date was first seen, and whose it is; those that are not packed yet.
        self._loose: deque[tuple[int, int, int]] = deque()
        self._floor = -1
        self._swept = 0

    @property
    def count(self) -> int:
        """How many nonces are remembered."""
        return self._count

    def knows(self, account: int, date: int) -> bool:
        """Return whether all nonces of a date are remembered; a request of another is refused."""
        known = self._accounts.get(account)
        return date > (self._floor if known is None else max(self._floor, known.floor))

    def add(self, account: int, nonce: bytes, date: int, now: int) -> bool:
        """Take in a nonce.

        Args:
            account: Whose it is.
            nonce: The nonce, with whatever tells one key's from another's.
            date: The date of its request, in seconds.
            now: The present, in seconds.

        Returns:
            True if it is new, False if it was used or can no longer be known to be new.
        """
        if not self.knows(account, date):
            return False
        digest = hashlib.blake2b(nonce, digest_size=DIGEST_SIZE).digest()
        known = self._accounts.get(account)
        second = None if known is None else known.seconds.get(date)
        if known is None or second is None:
            # A new second: the right moment to look for dates that nobody could send any more.
            self._expire(account, now)
            known = self._accounts.setdefault(account, _Account())
            second = known.seconds[date] = _Second()
            self._dates += 1
            self._loose.append((now, account, date))
        elif digest in second:
            return False
        self._make_room(now)
        if not self.knows(account, date):
            # It was its own date that had to go.
            return False
        second.add(digest)
        known.count += 1
        self._count += 1
        if self._keeper is not None:
            self._keeper.write(account, date, digest, now)
        return True

    def restore(self, floor: int, accounts: Mapping[int, Kept]) -> None:
        """Take in what a former process remembered.

        Args:
            floor: The last date that is refused, whatever the nonce and whosever it is.
            accounts: What is known of each account.
        """
        self._floor = floor
        for account, kept in accounts.items():
            seconds = {date: _Second(bytes(digests)) for date, digests in kept.digests.items()}
            count = sum(map(len, seconds.values()))
            self._accounts[account] = _Account(kept.floor, count, seconds)
            self._count += count
            self._dates += len(seconds)

    def _make_room(self, now: int) -> None:
        """Forget the oldest dates of those who have most, until one more nonce may be kept."""
        while (is_full := self._count >= self._capacity) or self._dates > _MOST_DATES:
            size = _nonces if is_full else _dates
            account, most = max(self._accounts.items(), key=lambda each: size(each[1]))
            if len(most.seconds) == 1:
                return
            oldest = min(most.seconds)
            most.floor = max(most.floor, oldest)
            if self._keeper is not None:
                self._keeper.raise_floor(account, oldest, now)
            self._forget(most, oldest)

    def _expire(self, account: int, now: int) -> None:
        swept = [account]
        if not 0 <= now - self._swept < _SWEEP_SECONDS:
            swept, self._swept = list(self._accounts), now
        oldest = now - self._window
        for each in swept:
            known = self._accounts.get(each)
            if known is None:
                continue
            for date in [date for date in known.seconds if date < oldest]:
                self._forget(known, date)
            if not known.seconds and known.floor < oldest:
                del self._accounts[each]
        while self._loose and self._loose[0][0] < now - _PACK_SECONDS:
            _, each, date = self._loose.popleft()
            known = self._accounts.get(each)
            if known is not None and date in known.seconds:
                known.seconds[date].pack()

    def _forget(self, known: _Account, date: int) -> None:
        size = len(known.seconds.pop(date))
        known.count -= size
        self._count -= size
        self._dates -= 1
