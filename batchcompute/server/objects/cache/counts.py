"""What a cache holds and what it did, in a file that all processes of a machine share."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

#: Of the cache, in the data folder of a service or of an agent.
FOLDER_NAME = "input-cache"
#: Of the file with the counts, in the cache's folder.
NAME = "counts"
_FORMAT = struct.Struct("<6q")


@dataclass(slots=True)
class Counts:
    """What a cache holds and what it did.

    Attributes:
        hits: Objects that were taken from the cache.
        misses: Objects that were fetched.
        held: Bytes of all entries, and of what is on its way.
        evictions: Entries that gave way to others.
        damaged: Entries that were not any more what had been fetched, and were dropped.
        full_at: When room was last looked for in vain, in seconds since the epoch.
    """

    hits: int = 0
    misses: int = 0
    held: int = 0
    evictions: int = 0
    damaged: int = 0
    full_at: int = 0


class CountsFile:
    """The counts of one cache."""

    def __init__(self, folder: Path) -> None:
        """Name the folder of the cache, which has to be there when something is counted."""
        self._path = folder / NAME

    @contextmanager
    def locked(self) -> Generator[Counts]:
        """Hold the counts, which are written at the end of the block. One process has them."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            counts = _unpack(os.pread(descriptor, _FORMAT.size, 0))
            yield counts
            os.pwrite(descriptor, _FORMAT.pack(*astuple(counts)), 0)
        finally:
            os.close(descriptor)

    def read(self) -> Counts:
        """Return the counts of this moment, all 0 if nothing was counted yet."""
        try:
            return _unpack(self._path.read_bytes()[: _FORMAT.size])
        except OSError:
            return Counts()


def _unpack(data: bytes) -> Counts:
    return Counts(*_FORMAT.unpack(data)) if len(data) == _FORMAT.size else Counts()
