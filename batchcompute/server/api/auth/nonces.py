"""Remembering nonces, so that nobody can send somebody else's request again."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable
from typing import Protocol

#: Bytes of a nonce that are remembered. Nonces are compared with those of the same second alone, so
#: that two of them agree by chance once in some 10^15 requests.
DIGEST_SIZE = 8

#: Nonces that are remembered at the most: 15 minutes of 4,400 requests a second, in 32 MB.
CAPACITY = 4_000_000

#: Seconds after which the nonces of a date are packed; most requests arrive before.
_PACK_SECONDS = 2

#: Late nonces of a date that was packed, before it is packed again.
_MOST_LATE = 256


class Keeper(Protocol):
    """The part of the nonces that outlives the process."""

    def write(self, date: int, digest: bytes, now: int) -> None:
        """Keep a nonce for as long as its date is accepted."""

    def raise_floor(self, date: int) -> None:
        """Keep that nothing of this date or before is accepted any more."""


class _Second:
    """The nonces of one date.

    A Python object each would take ten times the memory, so those that have come are packed.
    """

    __slots__ = ("late", "packed")

    def __init__(self, packed: bytes = b"") -> None:
        self.packed = packed
        self.late: set[bytes] = set()

    def __contains__(self, digest: bytes) -> bool:
        if digest in self.late:
            return True
        at = self.packed.find(digest)
        while at % DIGEST_SIZE and at > 0:
            at = self.packed.find(digest, at + 1)
        return at >= 0

    def __len__(self) -> int:
        return len(self.packed) // DIGEST_SIZE + len(self.late)

    def pack(self) -> None:
        self.packed += b"".join(self.late)
        self.late = set()


class NonceMemory:
    """Nonces of the time window, in bounded memory.

    Nonces are kept by the date of their request, for as long as that date would be accepted. If
    there are too many, the oldest date is forgotten and from then on refused: the window
    narrows for a while, and still nothing can be replayed.
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
        self._seconds: dict[int, _Second] = {}
        self._count = 0
        # When a date was first seen, and the date; those that are not packed yet.
        self._loose: deque[tuple[int, int]] = deque()
        self._floor = -1

    @property
    def count(self) -> int:
        """How many nonces are remembered."""
        return self._count

    def knows(self, date: int) -> bool:
        """Return whether all nonces of a date are remembered; a request of another is refused."""
        return date > self._floor

    def add(self, nonce: bytes, date: int, now: int) -> bool:
        """Take in a nonce.

        Args:
            nonce: The nonce, with whatever tells one caller's from another's.
            date: The date of its request, in seconds.
            now: The present, in seconds.

        Returns:
            True if it is new, False if it was used or can no longer be known to be new.
        """
        if not self.knows(date):
            return False
        digest = hashlib.blake2b(nonce, digest_size=DIGEST_SIZE).digest()
        second = self._seconds.get(date)
        if second is None:
            # A new second: the right moment to look for dates that nobody could send any more.
            self._expire(now)
            second = self._seconds[date] = _Second()
            self._loose.append((now, date))
        elif digest in second:
            return False
        while self._count >= self._capacity and len(self._seconds) > 1:
            oldest = min(self._seconds)
            self._raise_floor(max(self._floor, oldest))
            self._forget(oldest)
        if not self.knows(date):
            # It was its own date that had to go.
            return False
        self._take_in(second, digest)
        if self._keeper is not None:
            self._keeper.write(date, digest, now)
        return True

    def restore(self, floor: int, nonces: Iterable[tuple[int, bytes]]) -> None:
        """Take in what a former process remembered.

        Args:
            floor: The last date that is refused, whatever the nonce.
            nonces: Dates, and the digests of each.
        """
        self._floor = floor
        for date, digests in nonces:
            self._seconds[date] = second = _Second(digests)
            self._count += len(second)

    def _take_in(self, second: _Second, digest: bytes) -> None:
        second.late.add(digest)
        self._count += 1
        if second.packed and len(second.late) > _MOST_LATE:
            second.pack()

    def _expire(self, now: int) -> None:
        for date in [date for date in self._seconds if date < now - self._window]:
            self._forget(date)
        while self._loose and self._loose[0][0] < now - _PACK_SECONDS:
            _, date = self._loose.popleft()
            if date in self._seconds:
                self._seconds[date].pack()

    def _raise_floor(self, date: int) -> None:
        self._floor = date
        if self._keeper is not None:
            self._keeper.raise_floor(date)

    def _forget(self, date: int) -> None:
        self._count -= len(self._seconds.pop(date))
