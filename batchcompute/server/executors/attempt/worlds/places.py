"""Places of the machine itself that attempts without namespaces make for a while.

All programs of the machine share its paths, so an attempt locks the places that it needs. Whatever
it makes there is written down first, so that whoever finds a place unlocked may take away what a
killed shim has left there. The locks are those of POSIX on the bytes of one file: a path is a byte,
by its hash. They end with the process that holds them, and none is passed on to a program.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from batchcompute.server.executors.attempt.worlds.world import remove_tree

#: What is taken away when nobody needs a place any more: all of it, what is in it, or the folder if
#: nothing is in it.
Kind = Literal["all", "content", "empty"]

_LOCKS = "locks"
# Bytes of a hash that make an offset that every file may have.
_OFFSET_BYTES = 7


class Places:
    """The places of one attempt."""

    def __init__(self, folder: str | Path) -> None:
        """Hold no place yet.

        Args:
            folder: Where locks and notes of all attempts are.
        """
        # Most attempts need none, and making a `Path` takes longer than anything else here.
        self._named = folder
        self._locks = -1
        self._held: dict[str, int] = {}

    @property
    def _folder(self) -> Path:
        return Path(self._named)

    def hold(self, own: Iterable[str], shared: Iterable[str] = ()) -> None:
        """Wait for places, which are held until `release`, and take away what was left there.

        Args:
            own: Paths that this attempt needs for itself.
            shared: Folders that others may use meanwhile. Those around all places are as well.
        """
        mine, common = set(own), set(shared)
        if not (mine or common):
            return
        self._folder.mkdir(exist_ok=True)
        self._locks = os.open(self._folder / _LOCKS, os.O_RDWR | os.O_CREAT, 0o644)
        wanted = dict.fromkeys(mine, fcntl.LOCK_EX)
        for place in mine | common:
            for folder in _around(place):
                wanted.setdefault(folder, fcntl.LOCK_SH)
        for place in common:
            wanted.setdefault(place, fcntl.LOCK_SH)
        # In one order for all, so that no two attempts wait for each other.
        for place in sorted(wanted):
            self._lock(place, wanted[place])
            self._held[place] = wanted[place]
        self._tidy()

    def note(self, place: str, kind: Kind) -> None:
        """Write down what is about to be made at a place that is held."""
        note = self._note(place)
        temporary = note.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(f"{kind}\n".encode() + os.fsencode(place))
        temporary.replace(note)

    def make_folder(self, place: str, kind: Kind) -> bool:
        """Make a folder, and those around it, as far as they are missing.

        Returns:
            True if it was missing itself.

        Raises:
            OSError: One of them cannot be made.
        """
        missing: list[str] = []
        while not os.path.isdir(place):
            missing.append(place)
            place = os.path.dirname(place)
        for folder in reversed(missing):
            self.note(folder, kind if folder == missing[0] else "empty")
            with suppress(FileExistsError):
                os.mkdir(folder)
        return bool(missing)

    def release(self) -> None:
        """Take away what was made and nobody else needs, and let go of all places."""
        if self._locks < 0:
            return
        try:
            self._tidy()
        finally:
            os.close(self._locks)
            self._locks = -1
            self._held.clear()

    def _tidy(self) -> None:
        """Take away all that was made by attempts and that none of them needs any more."""
        # What is in a folder goes before the folder.
        for place, kind in sorted(self._notes(), reverse=True):
            with self._alone(place) as is_alone:
                if is_alone and _remove(place, kind):
                    with suppress(FileNotFoundError):
                        self._note(place).unlink()

    def _notes(self) -> Iterator[tuple[str, Kind]]:
        kinds: dict[bytes, Kind] = {b"all": "all", b"content": "content", b"empty": "empty"}
        for name in os.listdir(self._folder):
            if "." in name or name == _LOCKS:
                continue
            try:
                kind, _, place = (self._folder / name).read_bytes().partition(b"\n")
            except FileNotFoundError:
                continue  # Another attempt has just tidied up.
            if kind in kinds:
                yield os.fsdecode(place), kinds[kind]

    @contextmanager
    def _alone(self, place: str) -> Generator[bool]:
        """Have a place to oneself for a moment, if nobody else holds it."""
        try:
            self._lock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        try:
            yield True
        finally:
            self._lock(place, self._held.get(place, fcntl.LOCK_UN))

    def _lock(self, place: str, how: int) -> None:
        fcntl.lockf(self._locks, how, 1, int.from_bytes(_hash(place)[:_OFFSET_BYTES], "big"))

    def _note(self, place: str) -> Path:
        return self._folder / _hash(place).hex()


def _hash(place: str) -> bytes:
    return hashlib.sha256(os.fsencode(place)).digest()


def _around(place: str) -> Iterator[str]:
    """Yield the folders around a place, but for the root."""
    while (place := os.path.dirname(place)) != "/":
        yield place


def _remove(place: str, kind: Kind) -> bool:
    """Take away what was made at a place; return False to try again another time."""
    if kind == "empty":
        # What else is in it belongs to somebody, and with it the folder.
        with suppress(OSError):
            os.rmdir(place)
        return True
    try:
        is_folder = stat.S_ISDIR(os.lstat(place).st_mode)
    except FileNotFoundError:
        return True
    if not is_folder:
        with suppress(OSError):
            os.unlink(place)
    elif kind == "all":
        remove_tree(Path(place))
    else:
        for entry in os.scandir(place):
            if entry.is_dir(follow_symlinks=False):
                remove_tree(Path(entry.path))
            else:
                with suppress(OSError):
                    os.unlink(entry.path)
        return not os.listdir(place)
    return not os.path.lexists(place)
