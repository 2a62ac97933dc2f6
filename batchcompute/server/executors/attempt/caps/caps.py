"""The limits of one program, from before its start until after its end."""

from __future__ import annotations

import contextlib
import math
import os
import resource
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

from batchcompute.server.executors.attempt.caps.cgroups import Group
from batchcompute.server.executors.attempt.caps.claims import Claims
from batchcompute.server.executors.attempt.caps.rules import CapRules
from batchcompute.server.executors.attempt.caps.watch import MemoryWatch
from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.interface import Attempt

_MEBIBYTE: Final = 1 << 20
#: Of the memory that a process may have alone, before the watch sees it: so many times its limit,
#: and some more, as reserving memory is not having it.
_DATA_TIMES, _DATA_MORE = 2, 1 << 30
#: From this part of its limit on, a program that failed is taken to have needed more.
_NEARLY: Final = 0.95
#: Messages of programs on standard error when they get no more memory.
_WORDS: Final = (
    b"MemoryError",
    b"std::bad_alloc",
    b"Cannot allocate memory",
    b"OutOfMemoryError",
    b"out of memory",
    b"Out of memory",
    b"Unable to allocate",
)
_LAST_BYTES: Final = 4096
#: The program waits for a line on its standard input before it begins.
_GATE: Final = ("/bin/sh", "-c", 'read -r _ || exit 125; exec "$@" </dev/null', "program")
_GPU: Final = "gpu"


class Caps:
    """The limits of one attempt. Without rules, or without limits, nothing here does anything.

    Attributes:
        cpus: Numbers of the processors that the program has for itself; () if it shares them.
        devices: Kind of device -> names of those that it has.
        applies: The process that is started is to be limited from here.
        memory_bytes: What it may have of memory; 0 for no limit.
    """

    def __init__(
        self, attempt: Attempt, rules: CapRules | None, data_dir: Path, *, in_container: bool
    ) -> None:
        """Plan limits; nothing is taken yet.

        Args:
            attempt: What they are for.
            rules: Those of the machine; None if programs are not limited.
            data_dir: The agent's folder.
            in_container: The container engine sees to it.
        """
        self._attempt = attempt
        self._rules = rules
        self._claims = None if rules is None else Claims(data_dir / "claims")
        self._group: Group | None = None
        self._watch: MemoryWatch | None = None
        self.cpus: tuple[int, ...] = ()
        self.devices: dict[str, tuple[str, ...]] = {}
        self.memory_bytes = 0 if rules is None else attempt.memory_mib * _MEBIBYTE
        self.applies = bool(self.memory_bytes) and not in_container

    @property
    def rules(self) -> CapRules | None:
        """The rules of the machine."""
        return self._rules

    def take(self, wait: Callable[[float], object]) -> None:
        """Take the processors and devices of the attempt.

        Args:
            wait: Waits for so many seconds.

        Raises:
            AttemptFailure: A device is not to be had.
        """
        rules, claims, attempt = self._rules, self._claims, self._attempt
        if rules is None or claims is None:
            return
        for kind, count in attempt.devices.items():
            if count:
                names = rules.devices.get(kind, ())
                self.devices[kind] = claims.take_devices(kind, names, count, wait)
        if attempt.processors and attempt.processors == int(attempt.processors):
            self.cpus = claims.take_processors(int(attempt.processors))

    def environment(self) -> Mapping[str, str]:
        """Return the variables that name the devices of the program."""
        if self._rules is None:
            return {}
        found = {
            f"BATCH_COMPUTE_DEVICES_{kind.upper()}": ",".join(self.devices.get(kind, ()))
            for kind in self._rules.devices
        }
        if _GPU in self._rules.devices:
            # Without one it is to see none.
            found["CUDA_VISIBLE_DEVICES"] = ",".join(self.devices.get(_GPU, ()))
        return found

    def gated(self, arguments: list[str]) -> list[str]:
        """Return a command line that begins with the line that `begin` writes."""
        return [*_GATE, *arguments]

    def begin(self, process: int, now: float) -> None:
        """Limit a process that has not begun yet.

        Args:
            process: It, and all that it is going to start.
            now: The time, in seconds of the monotonic clock.

        Raises:
            AttemptFailure: It cannot be limited.
        """
        rules = self._rules
        if not self.applies or rules is None:
            return
        if self.cpus:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(process, self.cpus)
        if rules.cgroup:
            self._group = Group(rules.cgroup, self._attempt.attempt_id)
            try:
                self._group.make(
                    memory_bytes=self.memory_bytes,
                    processors=self._attempt.processors,
                    processes=rules.processes,
                )
                self._group.add(process)
            except OSError as error:
                raise AttemptFailure(
                    "InternalError", f"Its cgroup could not be made: {error}"
                ) from error
            return
        self._watch = MemoryWatch(self.memory_bytes, now)
        if hasattr(resource, "prlimit"):
            most = _DATA_TIMES * self.memory_bytes + _DATA_MORE
            with contextlib.suppress(OSError, ValueError):
                resource.prlimit(process, resource.RLIMIT_DATA, (most, most))

    @property
    def due(self) -> float:
        """When `tick` has something to do, in seconds of the monotonic clock."""
        return math.inf if self._watch is None else self._watch.due

    def tick(self, now: float, spared: Collection[int]) -> bool:
        """Look at the memory of the program, if it is due; return True if that is too much.

        Args:
            now: The time, in seconds of the monotonic clock.
            spared: Children of this process that are not the program's.
        """
        return self._watch is not None and self._watch.tick(now, spared)

    def verdict(self, exit_code: int, peak: int, stderr: Path | None) -> str:
        """Say in words whether a program that has ended needed more memory than it may have.

        Args:
            exit_code: Its exit code.
            peak: What its largest process had at the most, in bytes; 0 if that is not known.
            stderr: The file with its standard error; None if there is none.

        Returns:
            What was seen, as one sentence, or "".
        """
        if not self.applies or not exit_code:
            return ""
        if self._group is not None:
            kills = self._group.count_memory_kills()
            if not kills:
                return ""
            highest = self._group.peak_bytes() or self.memory_bytes
            return f"Its cgroup had {_mebibytes(highest)} MiB when it was killed for that."
        highest = max(peak, self._watch.peak if self._watch is not None else 0)
        if highest >= _NEARLY * self.memory_bytes:
            return f"It had {_mebibytes(highest)} MiB."
        if stderr is not None and _says_so(stderr):
            return f"It had {_mebibytes(highest)} MiB, and says that it got no more."
        return ""

    def close(self) -> None:
        """Give back what was taken, once nothing of the program is left."""
        if self._group is not None:
            self._group.remove()
        if self._claims is not None:
            self._claims.release()


def _mebibytes(size: int) -> int:
    return size // _MEBIBYTE


def _says_so(stderr: Path) -> bool:
    try:
        with stderr.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LAST_BYTES))
            words = file.read()
    except OSError:
        return False
    return any(each in words for each in _WORDS)
