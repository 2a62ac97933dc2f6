"""Copying a folder of objects as a whole, with all that is remembered of them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from batchcompute.server.objects import crc64
from batchcompute.server.objects.folder import APART, STAGING
from batchcompute.server.objects.index import Identity, ObjectIndex, Row
from batchcompute.server.objects.library import INCOMING, INDEX

#: Bytes that are read at a time.
_PIECE: Final = 1 << 20


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
    copied = 0

    def copy(one: str, other: str) -> str:
        nonlocal copied
        # Objects that are removed meanwhile are left out.
        with suppress(FileNotFoundError):
            shutil.copy2(one, other)
            copied += 1
        return other

    shutil.copytree(
        source,
        target,
        symlinks=True,
        ignore=lambda folder, _: _left_out(Path(folder) == source),
        copy_function=copy,
        dirs_exist_ok=True,
    )
    if (target / INDEX).exists():
        _follow(target)
    return copied


def _left_out(top: bool) -> set[str]:
    """Return names that are not copied: the index, which was, and what is under way."""
    return {STAGING, INCOMING, INDEX, f"{INDEX}-wal", f"{INDEX}-shm"} if top else set()


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
