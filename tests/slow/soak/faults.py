"""What goes wrong while a service works: kills, steps of its clock, a full disk."""

from __future__ import annotations

import contextlib
import math
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.processes import command_line, processes
from tests.slow.shims import AGENT, FORKER, children_of, shims_of

_PIECE: Final = 1 << 20


def parts_of(data: Path, module: bytes) -> list[int]:
    """Return the processes of a service's agent that run a module."""
    folder = str(data).encode()
    found: list[int] = []
    for each in processes():
        words = b"\0".join(command_line(each))
        if module in words and folder in words:
            found.append(each)
    return found


class Faults:
    """Makes one fault after the other.

    Attributes:
        done: How often each kind was made.
        last_full: When nothing could be written last, by the monotonic clock; infinite while that
            is so, and 0 if it never was.
    """

    def __init__(
        self,
        data: Path,
        seen: Path,
        clock: Path,
        disk: Path | None,
        reserve: int,
        restart: Callable[[int], None],
        seed: int,
    ) -> None:
        """Name what can be broken.

        Args:
            data: The data folder, as the service knows it.
            seen: The same, as this process reaches it.
            clock: The file with the seconds that its clock is off.
            disk: The file system that can be filled; None if there is none to fill.
            reserve: Bytes of it below which new programs wait.
            restart: Ends the service by a signal, and starts another.
            seed: Makes the same faults in each run.
        """
        self._data = data
        self._seen = seen
        self._clock = clock
        self._disk = disk
        self._reserve = reserve
        self._restart = restart
        self._chance = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.last_full = 0.0

    def kill_server(self) -> None:
        """Kill the server, or end it in order, and start another one."""
        kind = self._chance.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
        self._restart(kind)
        self.done["server killed" if kind == signal.SIGKILL else "server restarted"] += 1

    def kill_agent(self) -> None:
        """Kill the process that keeps the programs."""
        self._kill(parts_of(self._data, AGENT), "agent killed")

    def kill_part(self) -> None:
        """Kill the supervisor of a program, or what makes supervisors."""
        forked = parts_of(self._data, FORKER)
        forkers = children_of(parts_of(self._data, AGENT), forked)
        found = shims_of([self._seen / "executor"], forked) + forkers
        self._kill(found, "supervisor killed")

    def step_clock(self) -> None:
        """Set the clock of the service forward or back, by some minutes at the most."""
        self._clock.write_text(str(self._chance.randrange(-300, 300)))
        self.done["clock set"] += 1

    def fill_disk(self, seconds: float, *, wholly: bool) -> None:
        """Leave too little space for new programs, or none at all, for a while."""
        if self._disk is None:
            return
        filler = self._disk / "filler"
        leave = 0 if wholly else self._reserve // 2
        try:
            if wholly:
                self.last_full = math.inf
            with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
                while (free := shutil.disk_usage(self._disk).free) > leave or wholly:
                    file.write(bytes(min(_PIECE, max(4096, free - leave))))
            self.done["disk full" if wholly else "disk nearly full"] += 1
            time.sleep(seconds)
        finally:
            filler.unlink(missing_ok=True)
            if wholly:
                self.last_full = time.monotonic()

    def _kill(self, found: list[int], name: str) -> None:
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._chance.choice(found), signal.SIGKILL)
                self.done[name] += 1
