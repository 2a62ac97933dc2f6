"""The devices of disks, which programs of root must not read, and how they are covered.

A program of root could read what is below all file systems by the devices of disks. Each is covered
by a mount, and a mount costs a tenth of a millisecond where bubblewrap makes it, for every program
anew. So whoever starts many programs covers them once, in a mount namespace that it enters only
while it starts one; the program's own begins as a copy of it.
"""

from __future__ import annotations

import contextlib
import os
import select
import stat
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from batchcompute.server.executors.attempt.worlds import mounts

#: Where the system names its disks, and the devices that commands are sent to disks by.
_RAW: Final = (Path("/sys/class/block"), Path("/sys/class/scsi_generic"), Path("/sys/class/bsg"))
_COVER: Final = mounts.READ_ONLY | mounts.NO_SET_UID | mounts.NO_DEVICES


@dataclass(frozen=True, slots=True)
class Disk:
    """A device of a disk, or of a part of one.

    Attributes:
        path: Where it is.
        node: The number of its file, which is another one once the device comes again.
    """

    path: str
    node: int


def find_disks() -> list[Disk]:
    """Return the devices of disks that are there."""
    return list(_find_disks())


def _find_disks() -> Iterator[Disk]:
    for folder in _RAW:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            # sysfs writes a slash in a device's name as an exclamation mark.
            path = f"/dev/{'bsg/' if folder.name == 'bsg' else ''}{name.replace('!', '/')}"
            with contextlib.suppress(OSError):
                status = os.lstat(path)
                if stat.S_ISBLK(status.st_mode) or stat.S_ISCHR(status.st_mode):
                    yield Disk(path, status.st_ino)


class CoveredDisks:
    """The machine's disks as the programs of one process see them: covered.

    This is for a process without threads.
    """

    def __init__(self) -> None:
        """Cover nothing yet."""
        self._works = mounts.HAS_MOUNTS
        self._view: _View | None = None

    def cover(self, disks: list[Disk]) -> bool:
        """Cover disks, unless it has been done and nothing was mounted on the machine since.

        Args:
            disks: Those that are there.

        Returns:
            False if there are none, or it does not work here.
        """
        if not disks or not self._works:
            return False
        if self._view is not None and not self._view.is_outdated(disks):
            return True
        self.close()
        try:
            self._view = _View(disks)
        except OSError:
            self._works = False
        return self._works

    @contextmanager
    def entered(self) -> Generator[None]:
        """Have a process that is started meanwhile begin with covered disks; `cover` returned True.

        The working directory is the root at first, and again afterwards.

        Raises:
            OSError: The system refuses.
        """
        assert self._view is not None
        # It may be in another namespace than when the disks were covered.
        with ExitStack() as closing, _returning(closing):
            mounts.enter(self._view.namespace, self._view.root)
            yield

    def close(self) -> None:
        """Forget what was covered."""
        if self._view is not None:
            self._view.close()
            self._view = None


class _View:
    """A mount namespace in which disks are covered.

    Attributes:
        namespace: A descriptor of it.
        root: A descriptor of what is the root in it.
    """

    def __init__(self, disks: list[Disk]) -> None:
        """Make it.

        Raises:
            OSError: That does not work here; nothing has changed.
        """
        with ExitStack() as closing:
            # What is mounted from here on it tells.
            self._table = select.poll()
            self._table.register(_open("/proc/self/mountinfo", closing), select.POLLPRI)
            with ExitStack() as soon, _returning(soon):
                mounts.unshare(mounts.NEW_MOUNTS)
                mounts.follow_machine()
                for disk in disks:
                    with contextlib.suppress(FileNotFoundError):  # taken away meanwhile
                        mounts.bind(os.devnull, disk.path, _COVER)
                self.namespace = _open("/proc/self/ns/mnt", closing)
                self.root = _open("/", closing)
            self._disks = disks
            self._closing = closing.pop_all()

    def is_outdated(self, disks: list[Disk]) -> bool:
        """Return whether there are other disks, or something was mounted or unmounted."""
        return disks != self._disks or bool(self._table.poll(0))

    def close(self) -> None:
        """Let it go; what has begun in it goes on."""
        self._closing.close()


@contextmanager
def _returning(closing: ExitStack) -> Generator[None]:
    """Come back to the mounts that this process has now.

    Args:
        closing: Closes what is needed for it.

    Raises:
        OSError: This process could not come back, which is tried before it leaves.
    """
    namespace, root = _open("/proc/self/ns/mnt", closing), _open("/", closing)
    mounts.enter(namespace, root)
    try:
        yield
    finally:
        mounts.enter(namespace, root)


def _open(path: str, closing: ExitStack) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    closing.callback(os.close, descriptor)
    return descriptor
