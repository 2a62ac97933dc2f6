"""Processes that carry a mark, and so does all that they start, for as long as any of it lives.

Whoever is killed cannot end what it had started, and what it leaves may be in sessions of its own,
have an empty environment, and be below nobody who knows of it. So the mark is something that every
process inherits, that no `exec` takes away, and that has no meaning of its own: the soft limit of
file locks (RLIMIT_LOCKS), which Linux keeps for each process and has not looked at since 2.4.25.
A program that sets this limit itself loses the mark; it is found by the process above it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

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
    # The second field is the program's name, which may hold blanks and brackets.
    fields = _read(number, "stat").rpartition(b")")[2].split()
    # One whose first thread has ended is there as long as it has others.
    if not fields or (fields[0] in b"ZX" and int(fields[17]) <= 1):
        return None
    return _Process(number, int(fields[1]), int(fields[19]))


def _mark(number: int) -> bytes:
    """Return the mark of a process, whether it is one or not."""
    for line in _read(number, "limits").splitlines():
        if line.startswith(_LIMIT):
            return line.removeprefix(_LIMIT).split()[0]
    return b""


def _read(number: int, file: str) -> bytes:
    # It has ended, or belongs to somebody else and is hidden (mount option `hidepid`).
    with (
        contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError),
        open(f"/proc/{number}/{file}", "rb") as stream,
    ):
        return stream.read()
    return b""


def _kill(process: _Process) -> bool:
    """Kill a process; return whether it was still there, and may be killed."""
    try:
        descriptor = _open(process.number)
    except ProcessLookupError:
        return False
    try:
        # Now it is sure that the descriptor stands for this process, not for a later one.
        found = _look(process.number)
        if found is None or found.started_at != process.started_at:
            return False
        if descriptor is None:
            os.kill(process.number, signal.SIGKILL)
        else:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return True


def _open(number: int) -> int | None:
    """Return a descriptor of a process, or None where the system has none (Linux before 5.3).

    Raises:
        ProcessLookupError: It has ended.
        OSError: There can be no more descriptors.
    """
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(number)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EPERM):
            return None
        raise
