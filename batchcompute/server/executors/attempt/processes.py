"""Process trees: who is below us, and how to end all of it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LIBC: ctypes.CDLL | None = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# What was killed takes a moment to be gone, and looking through all processes takes longer.
_DYING_SECONDS = 0.001
_DYING_PAUSE_SECONDS = 0.0002
# A process that forks itself away is caught between two of its forks, so look without a pause at
# first; a process in an uninterruptible system call needs time, so do not look for ever.
_EAGER_SECONDS = 0.02
_PAUSE_SECONDS = 0.002
_PATIENCE_SECONDS = 5.0
# Time that passes while this process stands still, on a machine that is suspended, is no patience.
_LONGEST_STEP_SECONDS = 0.1


def become_subreaper() -> bool:
    """Make orphans below this process its children, instead of init's.

    Returns:
        False where the system cannot do it; then processes can leave the tree.
    """
    return _LIBC is not None and _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def die_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends, where the system can do that.

    Args:
        parent: The process that has made this one; if it is gone already, this one ends now.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _parents() -> Iterator[tuple[int, int]]:
    """Go through all processes as (process, its parent)."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    # The second field is the program's name, which may hold blanks and brackets.
                    yield int(name), int(file.read().rpartition(b")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                # It has ended, or belongs to somebody else and is hidden (mount option `hidepid`).
                continue


def descendants(spared: Collection[int] = ()) -> list[int]:
    """Return every process below this one; `spared` ones and what is below them are left out."""
    if sys.platform != "linux":
        return []
    children: dict[int, list[int]] = {}
    for process, parent in _parents():
        children.setdefault(parent, []).append(process)
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        below = [child for child in children.get(waiting.pop(), ()) if child not in spared]
        found += below
        waiting += below
    return found


def kill_descendants(
    *,
    group: int | None = None,
    spared: Collection[int] = (),
    reaped: Callable[[int, int], None] = lambda _process, _status: None,
) -> bool:
    """Kill every process below this one and wait until all are gone.

    As subreaper, this process inherits whatever loses its parent, so the loop ends when it has no
    child left. Call it at the end of a program, too: daemons would outlive it.

    Args:
        group: A process group to kill first, at one blow.
        spared: Children to be left alone.
        reaped: Told of every child that was waited for (process, wait status).

    Returns:
        False if something was still there after some seconds.
    """
    if group is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    passed, last = 0.0, time.monotonic()
    while True:
        if not _reap(spared, reaped):
            return True
        now = time.monotonic()
        passed, last = passed + min(now - last, _LONGEST_STEP_SECONDS), now
        if passed < _DYING_SECONDS:
            time.sleep(_DYING_PAUSE_SECONDS)
            continue
        if passed > _PATIENCE_SECONDS:
            return False
        for process in descendants(spared):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        if passed > _EAGER_SECONDS:
            time.sleep(_PAUSE_SECONDS)


def _reap(spared: Collection[int], reaped: Callable[[int, int], None]) -> bool:
    """Collect the children that ended; return whether others than the spared ones are left."""
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if process == 0:
            return not spared or bool(descendants(spared))
        reaped(process, status)
