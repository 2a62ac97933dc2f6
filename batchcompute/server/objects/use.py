"""How much the objects of an account take: bytes, buckets and uploads that are not complete.

Programs write objects past the service, so that this is measured, by walking through the buckets.
Between two measurements what comes by the object protocol is added.
"""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from batchcompute.server.objects.library import ObjectLibrary

#: Seconds after which is measured again, in the background.
_OLD = 30.0
#: Seconds after which is measured again before somebody is refused.
_DOUBTFUL = 1.0


@dataclass(slots=True)
class _Measured:
    at: float
    size: int


class ObjectUse:
    """Measures the buckets of accounts, of those alone that are asked about."""

    def __init__(self, library: ObjectLibrary) -> None:
        """Take the objects; nothing is measured yet."""
        self._library = library
        self._lock = threading.Lock()
        self._measured: dict[int, _Measured] = {}
        self._under_way: set[int] = set()
        self._worker = ThreadPoolExecutor(1, "objects-use")

    def close(self) -> None:
        """Stop measuring."""
        self._worker.shutdown(cancel_futures=True)

    def known(self, account: int) -> int:
        """Return what is known now, and see to it that more is known soon; never waits."""
        with self._lock:
            found = self._measured.get(account)
            if found is None or time.monotonic() - found.at > _OLD:
                self._begin(account)
            return 0 if found is None else found.size

    def take(self, account: int, more: int, most: int) -> bool:
        """Count bytes that are about to be written; return False if they are too many.

        It may have to walk through the buckets for that.

        Args:
            account: Whose bucket they go to.
            more: How many.
            most: How many the account may have.
        """
        found = self._measured.get(account)
        if found is None or (found.size + more > most and time.monotonic() - found.at > _DOUBTFUL):
            found = self._measure(account)
        self.known(account)
        if found.size + more > most:
            return False
        with self._lock:
            found.size += more
        return True

    def buckets(self, account: int) -> list[str]:
        """Return the names of the buckets of an account."""
        owners = self._library.owners
        return [
            bucket.name
            for bucket in self._library.buckets()
            if owners.owner(bucket.name) == account
        ]

    def uploads(self, account: int) -> int:
        """Return how many uploads into the buckets of an account are not complete."""
        return sum(map(self._library.index.count_uploads, self.buckets(account)))

    def _begin(self, account: int) -> None:
        if account not in self._under_way:
            self._under_way.add(account)
            self._worker.submit(self._measure, account)

    def _measure(self, account: int) -> _Measured:
        began = time.monotonic()
        size = 0
        try:
            for bucket in self.buckets(account):
                size += _size_of(f"{self._library.root}/{bucket}")
                size += self._library.index.size_apart(bucket)
                size += self._library.index.size_of_parts(bucket)
        finally:
            with self._lock:
                self._under_way.discard(account)
                found = self._measured[account] = _Measured(began, size)
        return found


def _size_of(folder: str) -> int:
    """Return the bytes of all files below a folder; what vanishes meanwhile counts nothing."""
    size = 0
    folders = [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        elif entry.is_file(follow_symlinks=False):
                            size += entry.stat(follow_symlinks=False).st_size
                    except FileNotFoundError:
                        continue
        except (FileNotFoundError, NotADirectoryError):
            continue
    return size
