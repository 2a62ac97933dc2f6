"""The keys of a folder of objects, in the order of their UTF-8 bytes, without reading all of it."""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from batchcompute.server.objects.address import is_plain_segment

#: Folders whose names are kept in memory, and names in all of them together, at the most.
_MOST_FOLDERS = 1024
_MOST_NAMES = 1_000_000
#: A folder that changed later than this many seconds ago may change again without a new time of
#: modification: the clock of file systems moves in steps.
_SETTLED_SECONDS = 2.0


class Walker:
    """Walks through folders; remembers the names in those that do not change."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[int, list[bytes]]] = OrderedDict()
        self._count = 0

    def keys(
        self, root: Path, prefix: str, start: bytes, *, folders: bool = False
    ) -> Iterator[bytes]:
        """Yield keys in order.

        Args:
            root: The folder of a bucket.
            prefix: Only keys that start with it.
            start: Only keys from this one on.
            folders: Yield a folder below the prefix as its key with a slash at its end, instead of
                what is in it, if there is any file in it.

        Yields:
            Keys in UTF-8.
        """
        base, _, _ = prefix.rpartition("/")
        wanted = prefix.encode()
        at = f"{base}/".encode() if base else b""
        folder = os.path.join(root, base) if base else str(root)
        if base and not _is_plain_folder(root, base):
            return
        for key in self._below(os.fsencode(folder), at, max(start, wanted), folders):
            if not key.startswith(wanted):
                if key > wanted:
                    return
                continue
            yield key

    def _below(self, folder: bytes, at: bytes, start: bytes, folders: bool) -> Iterator[bytes]:
        names = self._names(folder)
        begin = 0
        if start.startswith(at):
            rest = start[len(at) :]
            head, slash, _ = rest.partition(b"/")
            begin = bisect_left(names, head + slash)
        elif start > at:
            return
        for name in names[begin:]:
            key = at + name
            if not name.endswith(b"/"):
                if key >= start:
                    yield key
            elif not folders:
                yield from self._below(os.path.join(folder, name[:-1]), key, start, folders)
            elif key >= start:
                inside = self._below(os.path.join(folder, name[:-1]), key, key, False)
                if next(inside, None) is not None:
                    yield key

    def _names(self, folder: bytes) -> list[bytes]:
        """Return the names in a folder in order; those of folders end in a slash."""
        path = os.fsdecode(folder)
        try:
            changed = os.stat(folder).st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            return []
        with self._lock:
            kept = self._kept.get(path)
            if kept is not None and kept[0] == changed:
                self._kept.move_to_end(path)
                return kept[1]
        names = sorted(_read(folder))
        if time.time_ns() - changed > _SETTLED_SECONDS * 1e9:
            self._keep(path, changed, names)
        return names

    def _keep(self, path: str, changed: int, names: list[bytes]) -> None:
        with self._lock:
            old = self._kept.pop(path, None)
            self._count += len(names) - (len(old[1]) if old else 0)
            self._kept[path] = (changed, names)
            while self._kept and (len(self._kept) > _MOST_FOLDERS or self._count > _MOST_NAMES):
                _, (_, dropped) = self._kept.popitem(last=False)
                self._count -= len(dropped)


def _read(folder: bytes) -> Iterator[bytes]:
    try:
        entries = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            # Files that no key can name, and links, which are no objects.
            if not is_plain_segment(os.fsdecode(entry.name)):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield entry.name + b"/"
            elif entry.is_file(follow_symlinks=False):
                yield entry.name


def _is_plain_folder(root: Path, base: str) -> bool:
    path = os.path.join(root, base)
    return all(map(is_plain_segment, base.split("/"))) and os.path.realpath(path) == path
