"""Surroundings made by bubblewrap: a PID namespace, and a file system of the program's own.

The root is empty and in memory. The host's directories show through read-only, but for `/home`,
`/root`, `/run`, `/tmp` and the home of whoever runs the service, which start empty. `/tmp`, the
working directory and the folders of outputs and logs are on disk, below the attempt's folder, where
they can be collected afterwards and go away with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.attempt.files.mappings import is_within
from batchcompute.server.executors.attempt.worlds.disks import CoveredDisks, find_disks
from batchcompute.server.executors.attempt.worlds.enclosed import Enclosed
from batchcompute.server.executors.attempt.worlds.layers import Bind
from batchcompute.server.executors.attempt.worlds.overlays import process_is_changed
from batchcompute.server.executors.attempt.worlds.powers import confine_root
from batchcompute.server.executors.attempt.worlds.world import (
    Workspace,
    default_environment,
    step_in_tmp,
)
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import ObjectStore

# Where users keep what is theirs, and services their sockets.
_HOMES = ("/home", "/root", "/run")
# Homes of the system's users, where the machine's programs are.
_SYSTEM = ("/bin", "/dev", "/etc", "/lib", "/proc", "/sbin", "/sys", "/usr")
# Names are looked up by it; it may be a link into a private folder.
_RESOLVER = "/etc/resolv.conf"
_MADE_BY_BUBBLEWRAP = ("/proc", "/dev")
# The grain of the times of files, generously.
_GRAIN_NANOSECONDS = 1_000_000_000


def _own_homes() -> tuple[str, ...]:
    """Return the home of whoever runs this, unless it is hidden anyway, or of the system."""
    home = os.path.realpath(os.path.expanduser("~"))
    if home == "/" or any(is_within(home, outer) for outer in (*_HOMES, "/tmp", *_SYSTEM)):
        return ()
    return (home,)


_OWN_HOMES = _own_homes()
_PRIVATE = (*_HOMES, *_OWN_HOMES, "/tmp")


def find_bubblewrap() -> str | None:
    """Return the path of bubblewrap, or None if it is not installed."""
    return shutil.which("bwrap")


class Namespace(Enclosed):
    """The world of one program in namespaces of its own."""

    reports_status = True
    killed_for_memory = False
    keeps_stderr = True
    _sees_mounts = True

    def __init__(
        self,
        bubblewrap: str,
        workspace: Workspace,
        objects: ObjectStore,
        private: Iterable[Path],
        user: str,
        memory_bytes: int = 0,
        secrets: Iterable[str] = (),
        covered_disks: CoveredDisks | None = None,
    ) -> None:
        """Plan a world; nothing is made yet.

        Args:
            bubblewrap: Path of the program.
            workspace: The attempt's folders.
            objects: Where inputs come from.
            private: Folders of the service, which the program shall not see, nor the objects.
            user: What the program finds in `USER`.
            memory_bytes: Bytes that files in memory may take in each place that has some; 0 for
                what the system allows, which is half of the machine's.
            secrets: Files that the program shall not read, like the key of a certificate.
            covered_disks: Covers the machine's disks for many programs of this process; None to
                have them covered for this one alone. It matters to root.
        """
        super().__init__(workspace, objects)
        self._bubblewrap = bubblewrap
        self._hidden = _to_hide(*private, objects.folder)
        self._secrets = _to_cover(secrets, self._hidden)
        self._user = user
        self._size = ("--size", str(memory_bytes)) if memory_bytes else ()
        self._covered_disks = covered_disks
        self._starts_covered = False

    def command(self, attempt: Attempt, status_fd: int) -> tuple[list[str], dict[str, str]]:
        """Return bubblewrap's command line around the program's."""
        work = self._workspace.work
        environment = default_environment(work, "/tmp", self._user)
        environment.update(attempt.environment)
        arguments = [self._bubblewrap, "--unshare-pid", "--unshare-ipc", "--die-with-parent"]
        arguments += ["--json-status-fd", str(status_fd)]
        if self._size:
            # The root that bubblewrap makes by itself cannot be given a size.
            arguments += [*self._size, "--tmpfs", "/"]
        for folder in self._collected_folders():
            arguments += ["--bind", f"{self._workspace.root}{folder}", folder]
        places = self._layers.places | self._outputs
        step = step_in_tmp(work)
        if step and not any(is_within(place, step) or is_within(step, place) for place in places):
            # Else bubblewrap would make the way to the working directory in /tmp, which is on disk.
            arguments += [*self._size, "--tmpfs", step]
        for folder in _HOMES:
            arguments += ["--dir", folder]
        arguments += _show_host("/", places) if places else _plain_host.arguments()
        # The machine's own devices, as programs may compute on some of them; what is left in shared
        # memory shall not outlive the program.
        arguments += ["--dev-bind", "/dev", "/dev", "--proc", "/proc", *confine_root()]
        arguments += self._cover_disks()
        if os.path.isdir("/dev/shm"):
            arguments += [*self._size, "--tmpfs", "/dev/shm"]
        for folder in (*_shown_homes(places), *self._hidden):
            arguments += [*self._size, "--tmpfs", folder]
        for file in self._secrets:
            arguments += ["--ro-bind", os.devnull, file]
        resolver = os.path.realpath(_RESOLVER)
        if any(is_within(resolver, folder) for folder in _PRIVATE):
            arguments += ["--ro-bind-try", resolver, resolver]
        # From the outside in: the working directory may lie in an input.
        bound = [Bind(Path(work), work, True), *self._layers.binds]
        bound.sort(key=lambda bind: bind.place.count("/"))
        for bind in bound:
            arguments += ["--bind" if bind.is_writable else "--ro-bind"]
            arguments += [str(bind.source), bind.place]
        # The loader's own variables are for the program; bubblewrap runs outside of its world.
        for name in [name for name in environment if name.startswith("LD_")]:
            arguments += ["--setenv", name, environment.pop(name)]
        arguments += ["--chdir", work, "--", "/bin/sh", "-c", attempt.command_line]
        return arguments, environment

    def starting(self) -> AbstractContextManager[None]:
        """Begin with covered disks, if they are not covered for this program alone."""
        if not self._starts_covered:
            return super().starting()
        assert self._covered_disks is not None
        return self._covered_disks.entered()

    def _cover_disks(self) -> Iterator[str]:
        disks = find_disks() if os.geteuid() == 0 else []
        # Overlays are seen where this process is, and nowhere else.
        if self._covered_disks is not None and not self._layers.has_overlays:
            self._starts_covered = self._covered_disks.cover(disks)
        if not self._starts_covered:
            for disk in disks:
                yield from ("--ro-bind-try", os.devnull, disk.path)

    @property
    def spares_process(self) -> bool:
        """Return whether no overlay has put this process into a user namespace."""
        return not process_is_changed()

    def check_end(self, exit_code: int, status: int) -> None:
        """Tell a program that failed from a sandbox that could not be built.

        Bubblewrap reports an exit code only after it handed over to the program.
        """
        with open(status, "rb", closefd=False) as file:
            if any("exit-code" in json.loads(line) for line in file):
                return
        raise AttemptFailure(
            "SandboxFailed",
            "The sandbox of the program could not be built, or was killed.",
            self._workspace.last_words(),
        )

    def _resolve(self, path: str) -> str:
        """Follow the host's links, as the program will, but not into folders of its own."""
        if any(is_within(path, private) for private in _PRIVATE):
            return path
        return os.path.realpath(path)


def _shown_homes(places: Iterable[str]) -> list[str]:
    """Return the homes that `_show_host` shows as part of a folder around them."""
    return [
        home
        for home in _OWN_HOMES
        if (around := os.path.dirname(home)) != "/"
        and not any(is_within(place, around) for place in places)
    ]


def _to_cover(files: Iterable[str], hidden: Iterable[str]) -> list[str]:
    """Return which files have to be covered, of those that are there."""
    covered = (*_PRIVATE, *hidden)
    return [
        file
        for file in map(os.path.realpath, files)
        if os.path.isfile(file) and not any(is_within(file, outer) for outer in covered)
    ]


@cache
def _to_hide(*folders: Path | None) -> tuple[str, ...]:
    """Return which folders have to be covered; a mount costs a tenth of a millisecond or more.

    These are the same for all attempts of a machine.
    """
    covered = [*_PRIVATE]
    # From the outside in.
    for folder in sorted(str(folder) for folder in folders if folder is not None):
        if not any(is_within(folder, outer) for outer in covered):
            covered.append(folder)
    return tuple(covered[len(_PRIVATE) :])


def _show_host(folder: str, places: Iterable[str]) -> Iterator[str]:
    """Show what is in a host's folder, except what has to give way.

    A folder with no place in it is bound as a whole. One with a place is made anew, so that
    bubblewrap can make the place in it, and its other entries are shown one by one.
    """
    hidden = {*places, *_PRIVATE, *_MADE_BY_BUBBLEWRAP}
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.path in hidden:
            continue
        if entry.is_symlink():
            yield from ("--symlink", os.readlink(entry.path), entry.path)
        elif any(is_within(place, entry.path) for place in places):
            yield from _show_host(entry.path, places)
        elif entry.is_dir():
            # A mount costs a tenth of a millisecond and more, so none for empty folders.
            option = ("--dir",) if _is_empty(entry.path) else ("--ro-bind-try", entry.path)
            yield from (*option, entry.path)
        elif folder != "/" and entry.is_file():
            yield from ("--ro-bind-try", entry.path, entry.path)


class _PlainHost:
    """What `_show_host` says without any place, remembered while it is true.

    That changes with the names in the root, and when a folder in it stops being empty. (One that
    becomes empty may as well be bound.)
    """

    def __init__(self, root: str = "/") -> None:
        """Remember nothing yet.

        Args:
            root: The folder to show.
        """
        self._root = root
        self._stamp: tuple[int, ...] | None = None
        self._arguments: list[str] = []
        self._looked_at = [root]

    def arguments(self) -> list[str]:
        """Return the arguments that show the host."""
        if self._stamp is None or self._read_stamp() != self._stamp:
            self._arguments = list(_show_host(self._root, ()))
            pairs = zip(self._arguments, self._arguments[1:], strict=False)
            self._looked_at = [
                self._root,
                *(folder for option, folder in pairs if option == "--dir"),
            ]
            stamp = self._read_stamp()
            # A folder may change twice at what the file system takes for one moment.
            settled = time.time_ns() - max(stamp) > _GRAIN_NANOSECONDS
            self._stamp = stamp if settled else None
        return self._arguments

    def _read_stamp(self) -> tuple[int, ...]:
        stamp: list[int] = []
        for folder in self._looked_at:
            with contextlib.suppress(OSError):
                stamp.append(os.stat(folder).st_mtime_ns)
        return tuple(stamp)


_plain_host = _PlainHost()


def _is_empty(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True
