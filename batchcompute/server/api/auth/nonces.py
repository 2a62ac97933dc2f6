"""Remembering nonces, so that nobody can send somebody else's request again."""

from __future__ import annotations

import hashlib
from typing import Protocol

#: Bytes of a nonce that are remembered.
DIGEST_SIZE = 12


class Keeper(Protocol):
    """What outlives the process."""

    def write(self, slot: int, date: int, digest: bytes) -> None:
        """Keep a nonce in a slot, in place of the one that was there."""

    def raise_floor(self, date: int) -> None:
        """Keep that nothing of this date or before is accepted any more."""


class NonceMemory:
    """Nonces of the time window, in bounded memory.

    Nonces are kept by the date of their request, for as long as that date would be accepted. If
    there are too many, the oldest date is forgotten and from then on refused: the window
    narrows for a while, and still nothing can be replayed.
    """

    def __init__(
        self, window: int, *, capacity: int = 200_000, keeper: Keeper | None = None
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
        self._seen: dict[bytes, int] = {}
        self._by_date: dict[int, list[bytes]] = {}
        self._free: list[int] = []
        self._floor = -1

    def add(self, nonce: bytes, date: int, now: int) -> bool:
        """Take in a nonce.

        Args:
            nonce: The nonce, with whatever tells one caller's from another's.
            date: The date of its request, in seconds.
            now: The present, in seconds.

        Returns:
            True if it is new, False if it was used or can no longer be known to be new.
        """
        if date <= self._floor:
            return False
        digest = hashlib.blake2b(nonce, digest_size=DIGEST_SIZE).digest()
        if digest in self._seen:
            return False
        if date not in self._by_date:
            # A new second: the right moment to look for dates that nobody could send any more.
            self._expire(now)
        while len(self._seen) >= self._capacity and len(self._by_date) > 1:
            oldest = min(self._by_date)
            self._raise_floor(max(self._floor, oldest))
            self._forget(oldest)
        if date <= self._floor:
            # It was its own date that had to go.
            return False
        slot = self._take_in(digest, date)
        if self._keeper is not None:
            self._keeper.write(slot, date, digest)
        return True

    def restore(self, floor: int, nonces: list[tuple[int, bytes]]) -> None:
        """Take in what a former process remembered.

        Args:
            floor: The last date that is refused, whatever the nonce.
            nonces: Dates and digests, in the order of their slots.
        """
        self._floor = floor
        for date, digest in nonces:
            self._take_in(digest, date)

    def _take_in(self, digest: bytes, date: int) -> int:
        slot = self._free.pop() if self._free else len(self._seen)
        self._seen[digest] = slot
        self._by_date.setdefault(date, []).append(digest)
        return slot

    def _expire(self, now: int) -> None:
        for date in [date for date in self._by_date if date < now - self._window]:
            self._forget(date)

    def _raise_floor(self, date: int) -> None:
        self._floor = date
        if self._keeper is not None:
            # Before a slot is used again: what stood in it must not become new.
            self._keeper.raise_floor(date)

    def _forget(self, date: int) -> None:
        self._free += [self._seen.pop(digest) for digest in self._by_date.pop(date)]
