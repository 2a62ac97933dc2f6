"""Remembering nonces, so that nobody can send somebody else's request again."""

from __future__ import annotations

import hashlib


class NonceMemory:
    """Nonces of the time window, in bounded memory.

    Nonces are kept by the date of their request, for as long as that date would be accepted. If
    there are too many, the oldest date is forgotten and from then on refused: the window
    narrows for a while, and still nothing can be replayed.
    """

    def __init__(self, window: int, *, capacity: int = 200_000) -> None:
        """Remember up to `capacity` nonces of dates within `window` seconds."""
        self._window = window
        self._capacity = capacity
        self._seen: set[bytes] = set()
        self._by_date: dict[int, list[bytes]] = {}
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
        digest = hashlib.blake2b(nonce, digest_size=12).digest()
        if digest in self._seen:
            return False
        if date not in self._by_date:
            # A new second: the right moment to look for dates that nobody could send any more.
            self._expire(now)
        self._seen.add(digest)
        self._by_date.setdefault(date, []).append(digest)
        while len(self._seen) > self._capacity and len(self._by_date) > 1:
            oldest = min(self._by_date)
            self._forget(oldest)
            self._floor = max(self._floor, oldest)
        return True

    def _expire(self, now: int) -> None:
        for date in [date for date in self._by_date if date < now - self._window]:
            self._forget(date)

    def _forget(self, date: int) -> None:
        self._seen.difference_update(self._by_date.pop(date))
