"""Processes that carry a mark, and so does all that they start, for as long as any of it lives.

Whoever is killed cannot end what it had started, and what it leaves may be in sessions of its own,
have an empty environment, and be below nobody who knows of it. So the mark is something that every
process inherits, that no `exec` takes away, and that has no meaning of its own: the soft limit of
file locks (RLIMIT_LOCKS), which Linux keeps for each process and has not looked at since 2.4.25.
A program that sets this limit itself loses the mark; it is found by the process above it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from batchcompute.server.executors.attempt import processes

_RLIMIT_LOCKS: Final = 10
_LIMIT: Final = b"Max file locks"
#: Higher than any limit that somebody would choose, and lower than "unlimited".
_LEAST: Final = 1 << 61
#: How often it is looked whether any are left, and the pause in between, in seconds. What was
#: killed takes a moment to be gone, or longer in the middle of a system call, and runs no code of
#: its own any more. What forks itself away all the time may be faster.
_MOST_LOOKS: Final = 1000
_PAUSE_SECONDS: Final = 0.005


def mark_of(name: str) -> int:
    """Return the mark of whatever has a name that nothing else has."""
    number = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
    return _LEAST + number % _LEAST


def carry(mark: int) -> bool:
    """Have this process carry a mark, and all that it starts from now on.

    Returns:
        False where the system cannot do it.
    """
    if sys.platform != "linux":
        return False
    try:
        _, hard = resource.getrlimit(_RLIMIT_LOCKS)
        resource.setrlimit(_RLIMIT_LOCKS, (mark, hard))
    except (OSError, ValueError):
        return False
    return True


def kill(marks: Collection[int]) -> bool:
    """Kill all processes that carry one of some marks, with what is below them.

    Those that were started meanwhile are not among them, so it is to be called again.

    Returns:
        Whether there were any.

    Raises:
        OSError: The processes of this machine cannot be looked at.
    """
    if sys.platform != "linux" or not marks:
        return False
    # One that starts another and ends at that moment may hide it from one look, not from two.
    for _ in range(2):
        killed = [_kill(process) for process in _carriers(marks)]
        if any(killed):
            return True
    return False


def end(marks: Collection[int]) -> bool:
    """Kill all processes that carry one of some marks, and wait until they are gone.

    Returns:
        False if there are some after as many looks as are worth it.

    Raises:
        OSError: The processes of this machine cannot be looked at.
    """
    for _ in range(_MOST_LOOKS):
        if not kill(marks):
            return True
        time.sleep(_PAUSE_SECONDS)
    return False


@dataclass(frozen=True, slots=True)
class _Process:
    """A process as it was seen.

    Attributes:
        number: Its number, which another one may have by now.
        parent: The number of the one above it.
        started_at: When it was started, in ticks of the system's clock.
    """

    number: int
    parent: int
    started_at: int


def _carriers(marks: Collection[int]) -> Iterator[_Process]:
    """Look for all carriers, and for what is below them; then return one after the other."""
    wanted = {str(mark).encode() for mark in marks}
    below: dict[int, list[_Process]] = {}
    waiting: list[_Process] = []
    for name in os.listdir("/proc"):
        if name.isdigit() and (process := _look(int(name))) is not None:
            below.setdefault(process.parent, []).append(process)
            if _mark(process.number) in wanted:
                waiting.append(process)
    seen: set[int] = set()
    while waiting:
        process = waiting.pop()
        if process.number not in seen:
            seen.add(process.number)
            waiting += below.get(process.number, ())
            yield process


def _look(number: int) -> _Process | None:
    """Return a process, or None if it has ended."""
    fields = processes.stat_fields(number)
    # One whose first thread has ended is there as long as it has others.
    if not fields or (fields[0] in b"ZX" and int(fields[17]) <= 1):
        return None
    return _Process(number, int(fields[1]), int(fields[19]))


def _mark(number: int) -> bytes:
    """Return the mark of a process, whether it is one or not."""
    # It may have ended, or be hidden, as in `processes.stat_fields`.
    with (
        contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError),
        open(f"/proc/{number}/limits", "rb") as file,
    ):
        for line in file:
            if line.startswith(_LIMIT):
                return line.removeprefix(_LIMIT).split()[0]
    return b""


def _kill(process: _Process) -> bool:
    """Kill a process; return whether it was still there, and may be killed."""

    def is_meant() -> bool:
        found = _look(process.number)
        return found is not None and found.started_at == process.started_at

    with contextlib.suppress(PermissionError):
        return processes.send_signal(process.number, signal.SIGKILL, is_meant)
    return False
