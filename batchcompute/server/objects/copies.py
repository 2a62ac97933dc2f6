"""Copying a folder of objects as a whole, with all that is remembered of them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from typing import Final

from batchcompute.server.objects import crc64
from batchcompute.server.objects.folder import APART, STAGING
from batchcompute.server.objects.index import Identity, ObjectIndex, Row
from batchcompute.server.objects.library import INCOMING, INDEX

#: Bytes that are read at a time.
_PIECE: Final = 1 << 20
#: What is not copied: the index, which is by itself, and what is under way.
_LEFT_OUT: Final = frozenset({STAGING, INCOMING, INDEX, f"{INDEX}-wal", f"{INDEX}-shm"})


def copy_objects(source: Path, target: Path) -> int:
    """Copy a folder of objects, also while it is used; an object is in the copy as a whole or not.

    Args:
        source: The folder.
        target: Where the copy goes; made if it is not there.

    Returns:
        How many files were copied.

    Raises:
        OSError: A file cannot be read or written.
        sqlite3.Error: The index cannot be.
    """
    # The folder itself may be a link to another disk.
    source = Path(os.path.realpath(source))
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    # First, so that what it knows of files that are replaced meanwhile fits none of them.
    if (source / INDEX).exists():
        with (
            closing(sqlite3.connect(source / INDEX)) as old,
            closing(sqlite3.connect(target / INDEX)) as new,
        ):
            old.backup(new)
    copied = _copy_below(source, target)
    if (target / INDEX).exists():
        _follow(target)
    return copied


def _copy_below(source: Path, target: Path) -> int:
    """Copy what is in a folder, and return how many files that were.

    Keys have hundreds of folders in them if somebody likes, so that none of this is recursive.
    """
    copied = 0
    folders = [""]
    for folder in folders:
        here, there = os.path.join(source, folder), os.path.join(target, folder)
        # What is removed meanwhile is left out, but not the whole.
        with suppress(FileNotFoundError) if folder else nullcontext():
            for entry in sorted(os.scandir(here), key=lambda each: each.name):
                if not folder and entry.name in _LEFT_OUT:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(os.path.join(folder, entry.name))
                    os.makedirs(os.path.join(there, entry.name), exist_ok=True)
                else:
                    copied += _copy_entry(entry, os.path.join(there, entry.name))
    for folder in reversed(folders):
        with suppress(FileNotFoundError):
            shutil.copystat(os.path.join(source, folder), os.path.join(target, folder))
    return copied


def _copy_entry(entry: os.DirEntry[str], target: str) -> bool:
    """Copy a file or a link, and return whether it was a file; nothing else has a content."""
    with suppress(FileNotFoundError):
        if os.path.lexists(target):
            # Of a copy that was broken off. A link would be written through.
            os.unlink(target)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
            shutil.copystat(entry.path, target, follow_symlinks=False)
        elif entry.is_file(follow_symlinks=False):
            shutil.copy2(entry.path, target)
            return True
    return False


def _follow(root: Path) -> None:
    """Let the index of a copy know the files of the copy, which are the same in other inodes."""

    def identity(bucket: str, key: str, place: str) -> Identity | None:
        try:
            return Identity.of(_path(root, bucket, key, place).lstat())
        except (OSError, ValueError):
            return None

    index = ObjectIndex(root / INDEX)
    try:
        for bucket, row in index.rows_of_kind("Appendable"):
            _cut(_path(root, bucket, row.record.key, row.place), row)
        index.follow(identity)
    finally:
        index.close()


def _path(root: Path, bucket: str, key: str, place: str) -> Path:
    return Path(root, APART, place) if place else Path(root, bucket, *key.split("/"))


def _cut(path: Path, row: Row) -> None:
    """Let a file that was appended to, after the index was copied, be what the index knows of."""
    size = row.identity.size
    try:
        if path.is_symlink() or path.lstat().st_size <= size:
            return
        if _checksum(path, size) == row.record.crc64:
            os.truncate(path, size)
            os.utime(path, ns=(row.identity.mtime_ns, row.identity.mtime_ns))
    except (OSError, ValueError):
        # It stays as a file of which nothing is known.
        return


def _checksum(path: Path, size: int) -> int:
    """Return the checksum of the beginning of a file."""
    found = 0
    with path.open("rb") as file:
        while size and (piece := file.read(min(size, _PIECE))):
            found = crc64.update(found, piece)
            size -= len(piece)
    return found
