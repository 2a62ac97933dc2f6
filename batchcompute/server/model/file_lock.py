"""A lock on something for one process, by a file that names the process."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

#: Seconds for which a server waits for those who only look whether there is one.
LOOK_SECONDS = 30.0


class LockedError(Exception):
    """Another process has the lock.

    Attributes:
        holder: Number of that process, or "unknown".
    """

    def __init__(self, holder: str) -> None:
        """Name the process."""
        super().__init__(f"locked by process {holder}")
        self.holder = holder


class FileLock:
    """A lock that ends with the process, however that comes about."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made when the lock is taken, and stays."""
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock, until `release` or the end of the process.

        Raises:
            LockedError: Another process has it.
            OSError: The file cannot be written.
        """
        # Not truncated on opening: it may name the process that holds it.
        file = self._path.open("a+", encoding="ascii")
        try:
            _take(file)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise LockedError(holder) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back; does nothing if it was not taken."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def is_taken(self) -> bool:
        """Return whether any process has the lock now.

        Raises:
            OSError: Nobody ever had it, or the file cannot be read.
        """
        with self._path.open(encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False


def _take(file: IO[str]) -> None:
    """Lock a file for this process alone.

    Raises:
        OSError: A server has the lock, or somebody looks at it all the time.
    """
    deadline = time.monotonic() + LOOK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            # Whoever wants to know whether a server runs shares the lock for a moment, which is no
            # reason not to start. A server shares it with nobody, so this fails if there is one.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(file, fcntl.LOCK_UN)
            if time.monotonic() >= deadline:
                raise
        time.sleep(0.01)
