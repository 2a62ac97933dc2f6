"""Inputs: where they lie, and copies of them that are an attempt's own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from batchcompute.server.executors.attempt.files.mappings import Pair
from batchcompute.server.objects import ObjectStore, ObjectStoreError, OssAddress
from batchcompute.server.objects.copying import copy_file

#: Modes of copies: as on a mount of the hosted service, or one that programs may write to.
READ_ONLY, WRITABLE = 0o555, 0o755

#: Length and time of a file, by which a change of it is seen.
Stamp = tuple[int, int]


def read_stamp(path: str | Path) -> Stamp | None:
    """Return the stamp of a file, or None if there is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def find_input(objects: ObjectStore, pair: Pair) -> Path | None:
    """Return the file or folder of an input if it lies on this machine; nobody may write to it.

    Raises:
        AttemptFailure: It cannot be found out.
    """
    try:
        return objects.local_path(pair.address)
    except ObjectStoreError as error:
        raise pair.failure(error.reason) from error


def copy_input(objects: ObjectStore, pair: Pair, target: Path, mode: int) -> dict[str, Stamp]:
    """Copy an input; files can be added to its folders, whatever the mode of its files.

    Args:
        objects: Where it lies.
        pair: The pair.
        target: Where the copy is put: nothing is there, or for a directory a folder.
        mode: Mode of the files.

    Returns:
        The stamps of the copies by their paths below the target, "" for the target itself.

    Raises:
        AttemptFailure: The object is not there or cannot be read. (A directory without objects is
            an empty directory.)
    """
    source = find_input(objects, pair)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source is not None:
            return copy_tree(source, target, mode)
        if not pair.is_directory:
            return dict([_fetch(objects, pair.address, target, "", mode)])
        target.mkdir(exist_ok=True)
        names = (
            (info.address, info.address.removeprefix(pair.address))
            for info in objects.list_prefix(pair.address)
            if not OssAddress.parse(info.address).is_directory
        )
        return dict(_fetch(objects, address, target, name, mode) for address, name in names)
    except ObjectStoreError as error:
        raise pair.failure(error.reason) from error
    except OSError as error:
        raise pair.failure(error) from error


def _fetch(
    objects: ObjectStore, address: str, base: Path, name: str, mode: int
) -> tuple[str, Stamp]:
    target = base / name
    target.parent.mkdir(parents=True, exist_ok=True)
    objects.get_file(address, target)
    target.chmod(mode)
    return name, _stamp(target)


def copy_tree(source: Path, target: Path, mode: int) -> dict[str, Stamp]:
    """Copy a file, or a folder with all files in it; see `copy_input`.

    Raises:
        OSError: Something cannot be read or written.
    """
    return dict(_copy(str(source), str(target), "", mode))


def _copy(source: str, target: str, name: str, mode: int) -> Iterator[tuple[str, Stamp]]:
    status = os.lstat(source)
    if stat.S_ISREG(status.st_mode):
        copy_file(Path(source), Path(target))
        os.chmod(target, mode)
        # Programs like make go by these times, and they tell a change from the original.
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
        yield name, _stamp(target)
    elif stat.S_ISDIR(status.st_mode):
        os.makedirs(target, exist_ok=True)
        for entry in sorted(os.listdir(source)):
            inner = f"{name}/{entry}" if name else entry
            yield from _copy(f"{source}/{entry}", f"{target}/{entry}", inner, mode)
    # Whatever else lies there is no object.


def _stamp(path: str | Path) -> Stamp:
    status = os.lstat(path)
    return status.st_size, status.st_mtime_ns
