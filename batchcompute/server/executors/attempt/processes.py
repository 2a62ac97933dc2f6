"""Process trees: who is below us, and how to end all of it."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Generator, Iterator
from functools import cache

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LIBC: ctypes.CDLL | None = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# A process that was killed, or is about to end, takes a moment to be gone.
_DYING_SECONDS = 0.001
# A process that forks itself away is caught between two of its forks, so whoever is new is followed
# by another look at once; a process in an uninterruptible system call needs time, so do not look
# for ever.
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


def send_signal(process: int, number: signal.Signals, is_meant: Callable[[], bool]) -> bool:
    """Send a signal to a process, unless its number belongs to another process by now.

    Args:
        process: Number of the process.
        number: The signal.
        is_meant: Returns whether the number is still that of the process that is meant. Where the
            system has descriptors of processes (Linux 5.3), no other one can take it from then on.

    Returns:
        Whether it was sent.

    Raises:
        PermissionError: The process belongs to somebody else.
        OSError: This process can have no more descriptors.
    """
    try:
        descriptor = _open_process(process)
    except ProcessLookupError:
        return False
    try:
        if not is_meant():
            return False
        if descriptor is None:
            os.kill(process, number)
        else:
            signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return True


def _open_process(process: int) -> int | None:
    """Return a descriptor of a process, or None where the system has none.

    Raises:
        ProcessLookupError: It has ended.
        OSError: There can be no more descriptors.
    """
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(process)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EPERM):
            return None
        raise


def stat_fields(process: int) -> list[bytes]:
    """Return the fields of `/proc/PID/stat` from the state on (Linux).

    There are none if the process has ended, or is hidden as somebody else's (mount option
    `hidepid`).
    """
    with (
        contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError),
        open(f"/proc/{process}/stat", "rb") as file,
    ):
        # The second field is the program's name, which may hold blanks and brackets.
        return file.read().rpartition(b")")[2].split()
    return []


def _parents() -> Iterator[tuple[int, int]]:
    """Go through all processes as (process, its parent)."""
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := stat_fields(int(name))):
            yield int(name), int(fields[1])


def descendants(spared: Collection[int] = ()) -> list[int]:
    """Return the processes below this one; `spared` ones and what is below them are left out.

    Of a process that ends meanwhile, others below it may be missed.
    """
    if sys.platform != "linux":
        return []
    children_of = _listed_children if _lists_children() else _scanned_children()
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        below = [child for child in children_of(waiting.pop()) if child not in spared]
        found += below
        waiting += below
    return found


@cache
def _lists_children() -> bool:
    """Return whether the system lists the children of a process; not all are built to."""
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def _listed_children(process: int) -> list[int]:
    # Each thread has those that it started.
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with (
                contextlib.suppress(OSError),
                open(f"/proc/{process}/task/{thread}/children", "rb") as file,
            ):
                found += map(int, file.read().split())
    return found


def _scanned_children() -> Callable[[int], Collection[int]]:
    """Look through all processes of the machine, which takes a hundred times as long."""
    children: dict[int, list[int]] = {}
    for process, parent in _parents():
        children.setdefault(parent, []).append(process)
    return lambda process: children.get(process, ())


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
    if not _reap(spared, reaped):
        return True
    with _held_back(signal.SIGCHLD):
        _await_end(_DYING_SECONDS)
        passed, last = 0.0, time.monotonic()
        known: set[int] = set()
        while _reap(spared, reaped):
            now = time.monotonic()
            passed, last = passed + min(now - last, _LONGEST_STEP_SECONDS), now
            if passed > _PATIENCE_SECONDS:
                return False
            found = descendants(spared)
            for process in found:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process, signal.SIGKILL)
            if passed > _EAGER_SECONDS or known.issuperset(found):
                _await_end(_PAUSE_SECONDS)
            known.update(found)
    return True


@contextlib.contextmanager
def _held_back(number: signal.Signals) -> Generator[None]:
    """Keep a signal from its handler, so that it can be waited for."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (number,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _await_end(seconds: float) -> None:
    """Wait for the end of a child, for some time; its signal is held back."""
    if sys.platform == "darwin":
        time.sleep(seconds)
    else:
        signal.sigtimedwait((signal.SIGCHLD,), seconds)


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
