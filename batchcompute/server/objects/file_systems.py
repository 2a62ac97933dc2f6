"""File systems of this machine: which keep changes in order, and making one durable as a whole."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from pathlib import Path

#: File systems that never bring a file its name on the disk before what was said of it earlier.
_ORDERED = frozenset({"ext4", "xfs", "btrfs"})
#: From this version on Linux tells by `syncfs` of contents that could not be written.
_TELLS_ERRORS = (5, 8)
_MOUNTS = Path("/proc/self/mountinfo")
_LIBC: ctypes.CDLL | None = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class FileSystem:
    """The file system that a folder lies on."""

    def __init__(self, folder: Path) -> None:
        """Open it: of what fails to be written from now on, `sync` tells."""
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)

    def sync(self) -> None:
        """Make durable all that was written to it before.

        Raises:
            OSError: Something could not be written since the last call.
        """
        if _LIBC is None or not hasattr(_LIBC, "syncfs"):
            os.sync()
        elif _LIBC.syncfs(self._descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def keeps_order(folders: tuple[Path, ...], mounts: Path = _MOUNTS) -> bool:
    """Return whether folders lie on one file system that keeps the order of changes of names.

    After a power cut a file has its new name only if it has its owner, mode and times as well; its
    content may be missing all the same.

    Args:
        folders: Folders that are there.
        mounts: Where the system lists its mounts (proc(5), mountinfo).
    """
    version = re.match(r"(\d+)\.(\d+)", os.uname().release)
    if version is None or (int(version[1]), int(version[2])) < _TELLS_ERRORS:
        return False
    try:
        listed = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        devices = {os.stat(folder).st_dev for folder in folders}
    except OSError:
        return False
    return len(devices) == 1 and all(_kind(each, listed) in _ORDERED for each in folders)


def _kind(folder: Path, mounts: list[str]) -> str:
    """Return the kind of the file system of a folder, "" if it is not among the mounts."""
    place, found, kind = f"{folder.resolve()}/", "", ""
    for line in mounts:
        left, _, right = line.partition(" - ")
        escaped = left.split()[4]
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), escaped)
        point = f"{point.rstrip('/')}/"
        # Of several at one place the last one is seen.
        if place.startswith(point) and len(point) >= len(found):
            found, kind = point, right.split()[0]
    return kind
