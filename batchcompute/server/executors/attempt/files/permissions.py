"""Finding files of the object store that lack what every file on a mount has: being executable.

The service's own uploads have it. What people put into the folder by other means may not, and is
not changed for it: programs are shown copies of such files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from time import time_ns

#: Larger files are copied only if they begin like a program.
_SMALL = 1 << 20
#: In a folder with more of them only those that begin like a program are taken for one.
_MANY = 256
#: Looking at more would delay the program by more than it is worth.
_MOST_ENTRIES = 50_000
#: The most folders that are remembered.
_MOST_REMEMBERED = 10_000
# A folder may change twice at what the file system takes for one moment.
_GRAIN_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """Findings about a folder with all that is in it.

    Attributes:
        unexecutable: Files to be shown as executable copies, by their paths below the folder.
        is_foreign: True if something belongs to another user or group than this process has.
    """

    unexecutable: tuple[str, ...]
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class _Folder:
    changed_at: int
    folders: tuple[str, ...]
    unexecutable: tuple[str, ...]
    entries: int
    is_foreign: bool


# A process runs many attempts of the same task; going through a folder again is one system call.
_remembered: dict[str, _Folder] = {}


def needs_copy(path: str, status: os.stat_result) -> bool:
    """Return whether a regular file has to be copied to be executable."""
    return not is_executable(status) and (status.st_size <= _SMALL or _is_program(path))


def is_executable(status: os.stat_result) -> bool:
    """Return whether this process could execute a file, going by its mode."""
    user = os.geteuid()
    if user == 0:
        wanted = 0o111
    elif status.st_uid == user:
        wanted = 0o100
    elif status.st_gid == os.getegid():
        wanted = 0o010
    else:
        wanted = 0o001
    return bool(status.st_mode & wanted)


def look_through(folder: str) -> Look:
    """Go through a folder of the object store."""
    unexecutable: list[str] = []
    is_foreign = False
    left = _MOST_ENTRIES
    waiting = [""]
    while waiting and left > 0:
        below = waiting.pop()
        found = _look_at(f"{folder}/{below}" if below else folder)
        start = f"{below}/" if below else ""
        unexecutable += (start + name for name in found.unexecutable)
        waiting += (start + name for name in found.folders)
        is_foreign = is_foreign or found.is_foreign
        left -= found.entries
    return Look(tuple(unexecutable), is_foreign)


def _look_at(folder: str) -> _Folder:
    try:
        status = os.stat(folder)
        known = _remembered.get(folder)
        if known is not None and known.changed_at == status.st_mtime_ns:
            return known
        found = _read(folder, status)
    except OSError:
        # It is not ours to read, and the program will find that out.
        return _Folder(0, (), (), 1, False)
    if time_ns() - status.st_mtime_ns > _GRAIN_NANOSECONDS:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[folder] = found
    return found


def _read(folder: str, status: os.stat_result) -> _Folder:
    is_foreign = _is_foreign(status)
    folders: list[str] = []
    unexecutable: list[tuple[str, os.stat_result]] = []
    entries = 0
    with os.scandir(folder) as found:
        for entry in found:
            entries += 1
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif entry.is_file(follow_symlinks=False):
                seen = entry.stat(follow_symlinks=False)
                is_foreign = is_foreign or _is_foreign(seen)
                if not is_executable(seen):
                    unexecutable.append((entry.name, seen))
    chosen = _choose(folder, unexecutable)
    return _Folder(status.st_mtime_ns, tuple(folders), tuple(chosen), entries or 1, is_foreign)


def _choose(folder: str, found: list[tuple[str, os.stat_result]]) -> Iterator[str]:
    are_many = len(found) > _MANY
    for name, status in found:
        path = f"{folder}/{name}"
        if _is_program(path) if are_many else needs_copy(path, status):
            yield name


def _is_foreign(status: os.stat_result) -> bool:
    return (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid())


def _is_program(path: str) -> bool:
    """Return whether a file begins like what the system, or a shell, could execute."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return os.read(descriptor, 64).lstrip().startswith((b"#!", b"\x7fELF"))
    except OSError:
        return False
    finally:
        os.close(descriptor)
