"""Keeping a cache within its bounds: what was used last stays, and what is in use in any case.

An entry is in use while a program has it as an input, which is a second name of the same file.
Such names go away with the folders of attempts, so nobody has to be told, whoever is killed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from batchcompute.server.objects.cache.counts import NAME, Counts, CountsFile
from batchcompute.server.objects.cache.entries import (
    ABOUT,
    PART,
    PART_WITH_ROOM,
    PART_WITHOUT_ROOM,
    drop,
    is_abandoned,
)

#: Free bytes of the disk below which the cache gives way: so much, or this share of a smaller one.
_KEPT_FREE = (1 << 30, 0.05)
#: The part of a disk that a cache may have by default.
_USUAL_SHARE = 0.1
#: The part of the limit that is left when room was made, so that it is not made for each object.
_LEFT = 0.95
#: Seconds for which nobody looks again after there was no room.
_PAUSE_SECONDS = 5
#: Seconds after which what belongs to no entry is nobody's.
_ORPHAN_SECONDS = 60.0


def usual_limit(folder: Path) -> int:
    """Return how many bytes a cache in a folder holds by default; the folder is there."""
    found = os.statvfs(folder)
    return int(_USUAL_SHARE * found.f_blocks * found.f_frsize)


def reserve(folder: Path, limit: int, part: int, size: int) -> bool:
    """Take room for what is about to be fetched, and count it as held.

    Args:
        folder: The cache.
        limit: Bytes that it may hold.
        part: Descriptor of the part, which is claimed.
        size: Bytes that are coming.

    Returns:
        False if there is none, also after others gave way.
    """
    if size > limit:
        return False
    with CountsFile(folder).locked() as counts:
        if _missing(folder, counts.held, limit, size) > 0:
            now = int(time.time())
            if 0 <= now - counts.full_at < _PAUSE_SECONDS:
                return False
            _make_room(folder, limit, size, counts)
            if _missing(folder, counts.held, limit, size) > 0:
                counts.full_at = now
                return False
        os.fchmod(part, PART_WITH_ROOM)
        counts.held += size
    return True


def release(folder: Path, part: int, size: int) -> None:
    """Give back the room of what was not fetched; see `reserve`."""
    with CountsFile(folder).locked() as counts:
        os.fchmod(part, PART_WITHOUT_ROOM)
        counts.held = max(0, counts.held - size)


def tidy(folder: Path, limit: int) -> None:
    """Remove what killed processes have left, and everything if the disk is nearly full.

    Args:
        folder: The cache.
        limit: Bytes that it may hold.
    """
    if not folder.is_dir():
        return
    with CountsFile(folder).locked() as counts:
        _make_room(folder, 0 if _shortage(folder, 0) > 0 else limit, 0, counts)


def is_short(folder: Path) -> bool:
    """Return whether the disk of a cache is nearly full, and the cache holds something."""
    with suppress(OSError):
        return CountsFile(folder).read().held > 0 and _shortage(folder, 0) > 0
    return False


def _missing(folder: Path, held: int, limit: int, size: int) -> int:
    return max(held + size - limit, _shortage(folder, size))


def _shortage(folder: Path, size: int) -> int:
    """Return how many bytes too few are free on the disk for something of a size."""
    found = os.statvfs(folder)
    most, share = _KEPT_FREE
    kept = min(most, int(share * found.f_blocks * found.f_frsize))
    return kept + size - found.f_bavail * found.f_frsize


@dataclass(frozen=True, slots=True)
class _Entry:
    used_ns: int
    size: int
    in_use: bool
    path: Path


def _make_room(folder: Path, limit: int, size: int, counts: Counts) -> None:
    """Remove entries as far as necessary; what is held is counted anew."""
    entries, held = _look_through(folder)
    held += sum(entry.size for entry in entries)
    wanted = max(0, int(limit * _LEFT) - size) if held + size > limit else held
    wanted = min(wanted, held - _shortage(folder, size))
    for entry in sorted(entries, key=lambda entry: entry.used_ns):
        if held <= wanted:
            break
        if not entry.in_use:
            drop(entry.path)
            held -= entry.size
            counts.evictions += 1
    counts.held = held


def _look_through(folder: Path) -> tuple[list[_Entry], int]:
    """Return all entries, and the bytes that are on their way; what is nobody's is removed."""
    entries: list[_Entry] = []
    coming = 0
    for names, place in _folders(folder):
        for name, status in names.items():
            path = place / name
            with suppress(OSError):
                if name.endswith(PART):
                    coming += 0 if is_abandoned(path) else _expected(name, status)
                elif name.endswith(ABOUT):
                    if name.removesuffix(ABOUT) not in names and _is_old(status):
                        path.unlink()
                elif (about := names.get(f"{name}{ABOUT}")) is not None:
                    in_use = status.st_nlink > 1
                    entries.append(_Entry(about.st_mtime_ns, status.st_size, in_use, path))
                elif time.time() - status.st_ctime > _ORPHAN_SECONDS:
                    path.unlink()
    return entries, coming


def _folders(folder: Path) -> Iterator[tuple[dict[str, os.stat_result], Path]]:
    """Go through the folders of a cache, as (name -> what it is, folder)."""
    for place, _, names in os.walk(folder):
        found: dict[str, os.stat_result] = {}
        for name in names:
            if name != NAME:
                with suppress(OSError):
                    found[name] = os.lstat(f"{place}/{name}")
        yield found, Path(place)


def _expected(part: str, status: os.stat_result) -> int:
    """Return how long a part becomes, as its name says; 0 if no room is taken for it yet."""
    size = part.removesuffix(PART).rpartition(".")[2]
    has_room = status.st_mode & 0o777 != PART_WITHOUT_ROOM
    return int(size) if has_room and size.isdigit() else 0


def _is_old(status: os.stat_result) -> bool:
    return time.time() - status.st_mtime > _ORPHAN_SECONDS
