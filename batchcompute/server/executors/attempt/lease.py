"""The lease of an agent: until when what runs on its machine counts, if its server is not heard.

It is a small file that the agent renews and shims look at, so that a program ends in time also
when its agent was killed. An agent beside its server has none, and needs none.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

#: Its name, in the agent's folder.
LEASE_NAME = "lease"
#: A clock that nobody sets, and that goes on while the machine sleeps, where there is one.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_LENGTH = 20


def lease_clock() -> float:
    """Return the time that leases are counted in, in seconds since some moment."""
    return time.clock_gettime(_CLOCK)


class Lease:
    """The lease in an agent's folder."""

    def __init__(self, data_dir: Path) -> None:
        """Name the file, which only the agent makes."""
        self._path = f"{data_dir}/{LEASE_NAME}"
        self._descriptor = -1

    def renew(self, until: float) -> None:
        """Set its end; called by the agent.

        Args:
            until: When it ends, by `lease_clock`.

        Raises:
            OSError: It cannot be written.
        """
        if self._descriptor < 0:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o600)
        # Of one length, and in one call, so that nobody reads a half of it.
        os.pwrite(self._descriptor, f"{until:{_LENGTH - 1}.3f}\n".encode(), 0)

    def seconds_left(self) -> float | None:
        """Return how long it still lasts; 0 or less if it is over, None if there is none."""
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            return float(os.pread(self._descriptor, _LENGTH, 0)) - lease_clock()
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            # Nobody can say that it still lasts.
            return 0.0

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1
