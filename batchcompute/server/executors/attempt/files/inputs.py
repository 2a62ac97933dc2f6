"""Inputs: where they lie, and copies of them that are an attempt's own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from batchcompute.server.executors.attempt.files.mappings import Pair
from batchcompute.server.objects import ObjectInfo, ObjectStore, ObjectStoreError, OssAddress
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


def share_input(objects: ObjectStore, pair: Pair, target: Path) -> None:
    """Have an input that lies elsewhere at a path below which nobody writes.

    Its files may be those of this machine's cache: they are in use as long as they are there.

    Args:
        objects: Where it lies.
        pair: The pair.
        target: Where it is put: nothing is there.

    Raises:
        AttemptFailure: See `copy_input`.
    """
    _fetch_all(objects, pair, target, None)


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
    if source is None:
        return _fetch_all(objects, pair, target, mode)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return copy_tree(source, target, mode)
    except OSError as error:
        raise pair.failure(error) from error


def _fetch_all(
    objects: ObjectStore, pair: Pair, target: Path, mode: int | None
) -> dict[str, Stamp]:
    """Fetch an input; without a mode its files may be shared with others."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not pair.is_directory:
            # Whose bytes are here already is asked for all the same: it may have changed.
            known = objects.stat(pair.address) if objects.has_cache else None
            return dict([_fetch(objects, known or pair.address, target, "", mode)])
        target.mkdir(exist_ok=True)
        return dict(
            _fetch(objects, info, target, info.address.removeprefix(pair.address), mode)
            for info in objects.list_prefix(pair.address)
            if not OssAddress.parse(info.address).is_directory
        )
    except ObjectStoreError as error:
        raise pair.failure(error.reason) from error
    except OSError as error:
        raise pair.failure(error) from error


def _fetch(
    objects: ObjectStore, wanted: ObjectInfo | str, base: Path, name: str, mode: int | None
) -> tuple[str, Stamp]:
    target = base / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(wanted, str):
        objects.get_file(wanted, target)
    else:
        objects.get_input(wanted, target, shared=mode is None)
    if mode is not None:
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
