"""Files that are whole or not there at all, and survive a power cut once the call has returned."""

from __future__ import annotations

import fcntl
import itertools
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

_counter = itertools.count()


def sync_directory(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporary_name(folder: Path) -> Path:
    """Return a path in a folder that nobody else uses, in this process or another."""
    return folder / f".{os.getpid()}-{next(_counter)}-{os.urandom(4).hex()}.tmp"


@contextmanager
def staged(folder: Path, mode: int = 0o644) -> Generator[tuple[int, Path]]:
    """Make a file under a name of its own, until it is published or the block ends.

    It is locked meanwhile, so that `drop_abandoned` can tell it from those of killed writers.

    Args:
        folder: Where to, on the file system where it will be published.
        mode: Who may use it.

    Yields:
        A descriptor to write to, and its path.
    """
    while True:
        path = temporary_name(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink == 0:
                continue  # It was taken for abandoned before it was locked.
            yield descriptor, path
            return
        finally:
            with suppress(FileNotFoundError):
                os.unlink(path)
            os.close(descriptor)


def drop_abandoned(folder: Path) -> None:
    """Remove the files of a folder of staged ones whose writers are gone."""
    for name in os.listdir(folder):
        path = folder / name
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)
            finally:
                os.close(descriptor)


def publish(temporary: Path, target: Path) -> None:
    """Give a finished file its name, in place of what had it.

    Args:
        temporary: The file, on the same file system; it is gone afterwards, also after an error.
        target: Its name.
    """
    try:
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    sync_directory(target.parent)


def publish_if_absent(temporary: Path, target: Path) -> bool:
    """Give a finished file its name, unless something has that name already.

    Args:
        temporary: The file, on the same file system; it is gone afterwards in either case.
        target: Its name.

    Returns:
        True if the file has the name now. Of many callers at once, exactly one is told so.
    """
    try:
        # link() is the one call that both refuses an existing name and never shows half a file.
        os.link(temporary, target)
    except FileExistsError:
        return False
    finally:
        os.unlink(temporary)
    sync_directory(target.parent)
    return True


def make_directories(folder: Path) -> None:
    """Make a folder and its parents, each of them durably."""
    missing: list[Path] = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        sync_directory(new.parent)


def publish_with_folders(temporary: Path, target: Path, *, sync: bool = True) -> bool:
    """Give a finished file its name, in folders that are made for it.

    Args:
        temporary: The file, on the same file system; it is left alone if it gets no name.
        target: Its name. Folders in its place, in which there are no files, are removed.
        sync: Make the name durable; False leaves that to the caller.

    Returns:
        False if a file stands where a folder has to be, or a folder that is in use in its place.
    """
    for _ in range(10):
        try:
            make_directories(target.parent)
            os.replace(temporary, target)
        except FileNotFoundError:
            # A folder on the way was just removed, with the last object in it.
            continue
        except (FileExistsError, NotADirectoryError):
            return False
        except IsADirectoryError:
            # Folders in which no object is any more stand in nobody's way.
            if not remove_empty_tree(target):
                return False
            continue
        if sync:
            sync_directory(target.parent)
        return True
    return False


def remove_empty_tree(folder: Path) -> bool:
    """Remove a folder in which, however deep, there are only folders; return False for others."""
    for _, _, files in os.walk(folder):
        if files:
            return False
    try:
        for below, _, _ in os.walk(folder, topdown=False):
            os.rmdir(below)
    except OSError:
        return False
    return True
