"""Cgroups (version 2) of programs, below one that is delegated to us.

A delegated cgroup is one whose files the user of this process may write: that of a systemd unit
with `Delegate=yes`, that of a scope of `systemd-run`, or one that somebody made. Processes may be
in its leaves alone, so this process moves into a leaf of its own first.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Controllers that limit programs. Without the first one there is nothing to gain.
_CONTROLLERS: Final = ("memory", "cpu", "pids")
#: The leaf that the service itself is in.
_SERVICE: Final = "batchcompute"
#: The prefix of the names of attempts' cgroups.
_PREFIX: Final = "attempt-"
#: The period of cpu.max, in microseconds.
_PERIOD: Final = 100_000
_END_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.005
_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Tree:
    """Where cgroups of programs can be made.

    Attributes:
        path: The delegated cgroup; "" if there is none.
        note: What was found, as one sentence.
    """

    path: str
    note: str


def find_tree(wanted: str = "", *, proc: Path = Path("/proc")) -> Tree:
    """Look for a delegated cgroup, and make it ready for those of programs.

    Args:
        wanted: One that is left to us; "" for the one that this process is in.
        proc: Where the system shows its processes.
    """
    if wanted:
        folder = Path(wanted)
        return _take(folder) if folder.is_dir() else Tree("", f"there is no cgroup {wanted}")
    try:
        return _take(find_delegated(proc))
    except LookupError as error:
        return Tree("", str(error.args[0]))


def find_delegated(proc: Path = Path("/proc")) -> Path:
    """Return the cgroup of this process, if it is delegated; nothing is changed.

    Args:
        proc: Where the system shows its processes.

    Raises:
        LookupError: It is not; the message says why.
    """
    try:
        mount, shown = _mount(proc)
        path = _own_path(proc)
    except OSError as error:
        raise LookupError(f"there are no cgroups: {error}") from error
    if mount is None or path is None:
        raise LookupError("this system has no cgroups of version 2")
    inside = os.path.relpath(path, shown)
    if inside.startswith(".."):
        raise LookupError("the cgroup of this process is not to be seen here")
    folder = mount / inside
    # An agent that follows another one is in the leaf that the other one has made.
    folder = folder.parent if folder.name == _SERVICE else folder
    # What root may write is not root's alone: other processes of the machine may be in it, unless
    # it is the root of a container.
    if os.geteuid() == 0:
        is_ours = _is_marked(folder) or (folder == mount and shown != "/")
    else:
        is_ours = os.access(folder / "cgroup.procs", os.W_OK)
    if not is_ours:
        raise LookupError(f"the cgroup {folder} is not delegated to this user")
    return folder


def _is_marked(folder: Path) -> bool:
    """Say whether systemd has marked a cgroup as delegated."""
    for name in ("trusted.delegate", "user.delegate"):
        with contextlib.suppress(OSError, AttributeError):
            if os.getxattr(folder, name) == b"1":
                return True
    return False


def _take(folder: Path) -> Tree:
    try:
        there = set(_read(folder / "cgroup.controllers").split())
        if "memory" not in there:
            return Tree("", f"the cgroup {folder} has no memory controller")
        _move_away(folder)
        wanted = [name for name in _CONTROLLERS if name in there]
        _write(folder / "cgroup.subtree_control", " ".join(f"+{name}" for name in wanted))
    except OSError as error:
        return Tree("", f"the cgroup {folder} is not delegated to this user: {error.strerror}")
    missing = [name for name in _CONTROLLERS if name not in there]
    less = f", but not by {' and '.join(missing)}, which it lacks" if missing else ""
    return Tree(str(folder), f"programs are limited by cgroups below {folder}{less}")


def _move_away(folder: Path) -> None:
    """Move all processes of a cgroup into a leaf of it, as limits need an inner one without any."""
    leaf = folder / _SERVICE
    with contextlib.suppress(FileExistsError):
        leaf.mkdir()
    for process in _read(folder / "cgroup.procs").split():
        with contextlib.suppress(ProcessLookupError):
            _write(leaf / "cgroup.procs", process)


def _mount(proc: Path) -> tuple[Path | None, str]:
    """Return where cgroups are mounted, and which of them is shown there."""
    for line in _read(proc / "self/mountinfo").splitlines():
        fields = line.split()
        if "cgroup2" in fields[fields.index("-") + 1 :][:1]:
            return Path(_unescaped(fields[4])), _unescaped(fields[3])
    return None, "/"


def _own_path(proc: Path) -> str | None:
    for line in _read(proc / "self/cgroup").splitlines():
        number, _, path = line.split(":", 2)
        if number == "0":
            return path
    return None


def _unescaped(field: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), field)


def end_left_groups(tree: str, alive: Iterable[str]) -> None:
    """Remove the cgroups of attempts that are over, with what is left in them.

    Args:
        tree: The delegated cgroup.
        alive: Ids of the attempts that are not over.
    """
    keep = {f"{_PREFIX}{name}" for name in alive}
    with contextlib.suppress(OSError):
        for name in os.listdir(tree):
            if name.startswith(_PREFIX) and name not in keep:
                Group(tree, name.removeprefix(_PREFIX)).remove()


class Group:
    """The cgroup of one attempt."""

    def __init__(self, tree: str, attempt_id: str) -> None:
        """Name it; nothing is made yet.

        Args:
            tree: The delegated cgroup that it is to be in.
            attempt_id: The attempt.
        """
        self._folder = Path(tree) / f"{_PREFIX}{attempt_id}"

    def make(self, *, memory_bytes: int, processors: float, processes: int) -> None:
        """Make it, with its limits.

        Args:
            memory_bytes: Memory of all of its processes together, with their files in memory.
            processors: Time of processors, as a number of them.
            processes: Processes and threads.

        Raises:
            OSError: It cannot be made.
        """
        with contextlib.suppress(FileExistsError):
            self._folder.mkdir()
        self._set("memory.max", str(memory_bytes))
        # The rest where the system has it: older ones know no groups that end as a whole.
        quota = max(1000, round(processors * _PERIOD))
        for name, value in (
            ("memory.swap.max", "0"),
            ("memory.oom.group", "1"),
            ("cpu.max", f"{quota} {_PERIOD}"),
            ("pids.max", str(processes)),
        ):
            with contextlib.suppress(OSError):
                self._set(name, value)

    def add(self, process: int) -> None:
        """Put a process into it; what that starts is in it as well.

        Raises:
            OSError: That cannot be done.
        """
        self._set("cgroup.procs", str(process))

    def count_memory_kills(self) -> int:
        """Return how many of its processes were killed, as they needed more than it may have."""
        return max(self._events(("oom_kill", "oom_group_kill")), default=0)

    def peak_bytes(self) -> int:
        """Return how much memory it had at the most; 0 if that is not known."""
        with contextlib.suppress(OSError, ValueError):
            return int(_read(self._folder / "memory.peak"))
        return 0

    def remove(self) -> None:
        """Kill what is in it, and remove it, if that is to be done within some seconds."""
        deadline = time.monotonic() + _END_SECONDS
        while True:
            with contextlib.suppress(OSError):
                self._set("cgroup.kill", "1")
            try:
                os.rmdir(self._folder)
                return
            except FileNotFoundError:
                return
            except OSError:
                if time.monotonic() >= deadline:
                    return
            time.sleep(_PAUSE_SECONDS)

    def _events(self, names: Sequence[str]) -> list[int]:
        found: list[int] = []
        with contextlib.suppress(OSError, ValueError):
            for line in _read(self._folder / "memory.events").splitlines():
                name, _, number = line.partition(" ")
                if name in names:
                    found.append(int(number))
        return found

    def _set(self, name: str, value: str) -> None:
        _write(self._folder / name, value)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write(path: Path, value: str) -> None:
    # Never made: a file that is missing is a limit that the system does not have.
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, value.encode())
    finally:
        os.close(descriptor)
