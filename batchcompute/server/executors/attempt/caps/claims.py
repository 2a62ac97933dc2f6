"""Which processors and devices an attempt has for itself.

They are locks on the bytes of one file, as the kernel keeps them: they end with the process that
holds them, however it ends, so that nobody has to remember who has what. How many there are to have
at once is decided by whoever starts attempts; here it is only found out which ones.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from batchcompute.server.executors.attempt.failures import AttemptFailure

#: How long the former holder of a device may take to let it go, in seconds.
_PATIENCE_SECONDS: Final = 30.0
# Bytes of a hash that make an offset that every file may have.
_OFFSET_BYTES: Final = 7


class Claims:
    """Resources that one attempt has for itself."""

    def __init__(self, path: Path) -> None:
        """Hold nothing yet.

        Args:
            path: The file with the locks of all attempts of the machine.
        """
        self._path = path
        self._locks = -1

    def take_processors(self, count: int) -> tuple[int, ...]:
        """Take processors that nobody else has; none at all if there are not enough of them."""
        if not hasattr(os, "sched_getaffinity"):
            return ()
        there = [f"cpu.{number}" for number in sorted(os.sched_getaffinity(0))]
        taken = self._take(there, count)
        if len(taken) < count:
            for name in taken:
                self._lock(name, fcntl.LOCK_UN)
            return ()
        return tuple(int(name.removeprefix("cpu.")) for name in taken)

    def take_devices(
        self, kind: str, names: Sequence[str], count: int, wait: Callable[[float], object]
    ) -> tuple[str, ...]:
        """Take devices that nobody else has; wait until those that had them are gone.

        Args:
            kind: Their kind.
            names: Those that there are.
            count: How many.
            wait: Waits for so many seconds.

        Raises:
            AttemptFailure: There are not as many of them.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        taken: list[str] = []
        while True:
            free = [name for name in names if name not in taken]
            found = self._take([f"{kind}.{name}" for name in free], count - len(taken))
            taken += [name.removeprefix(f"{kind}.") for name in found]
            if len(taken) == count:
                return tuple(sorted(taken, key=names.index))
            if time.monotonic() >= deadline:
                raise AttemptFailure(
                    "DevicesBusy",
                    f"Its VM has {count} {kind}, and this machine has only {len(taken)} free.",
                )
            wait(0.05)

    def release(self) -> None:
        """Let everything go."""
        if self._locks >= 0:
            os.close(self._locks)
            self._locks = -1

    def _take(self, names: Sequence[str], count: int) -> list[str]:
        if self._locks < 0:
            self._locks = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        taken: list[str] = []
        for name in names:
            if len(taken) == count:
                break
            try:
                self._lock(name, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            taken.append(name)
        return taken

    def _lock(self, name: str, how: int) -> None:
        place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:_OFFSET_BYTES], "big")
        fcntl.lockf(self._locks, how, 1, place)
