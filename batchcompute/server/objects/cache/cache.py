"""Objects that were fetched before, for all programs of one account on this machine.

Whoever asks has just heard from the store that the object is there, may be read, and has this ETag:
the cache decides nothing of that, and spares the bytes alone.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path

from batchcompute.server.model.boot import boot_id
from batchcompute.server.objects.cache import entries, room
from batchcompute.server.objects.cache.counts import CountsFile
from batchcompute.server.objects.cache.entries import About, Version
from batchcompute.server.objects.copying import copy_file

_logger = logging.getLogger("batchcompute.server.objects.cache")

#: Why a file gets no second name: another file system, too many names, or one that has no links.
_UNLINKABLE = (errno.EXDEV, errno.EMLINK, errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch.

    Attributes:
        etag: What the store calls the content that came.
        md5: Its digest.
    """

    etag: str
    md5: str


#: Writes an object into a file that is empty.
Fetch = Callable[[FileIO], Fetched]


class UnusableCacheError(Exception):
    """A folder cannot be a cache; the message says why."""


@dataclass(frozen=True, slots=True)
class ObjectCache:
    """A folder with objects, on a local file system.

    Attributes:
        folder: The folder, of this user alone.
        limit: Bytes that it holds at the most.
        account: Whose objects are looked for in it. Others' are never found.
    """

    folder: Path
    limit: int
    account: int = 0

    def of(self, account: int) -> ObjectCache:
        """Return the same cache for another account."""
        return replace(self, account=account)

    def open(self) -> None:
        """Make the folder, unless it is there.

        Raises:
            UnusableCacheError: It is another user's, others may write to it, or it cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            status = os.lstat(self.folder)
        except OSError as error:
            raise UnusableCacheError(f"{self.folder} cannot be made: {error.strerror}") from error
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise UnusableCacheError(f"{self.folder} is not a folder of this user")
        if status.st_mode & 0o077:
            raise UnusableCacheError(f"others than this user may use {self.folder}: chmod 700")

    def put(self, version: Version, target: Path, fetch: Fetch, *, shared: bool) -> None:
        """Put an object at a path where nothing is.

        Args:
            version: What the store has just said of it.
            target: The path.
            fetch: Fetches it, if it is not held.
            shared: Nobody writes to the target, so that it may be the very file that is held.

        Trouble with the cache itself keeps nobody from the object, which is then fetched past it.

        Raises:
            OSError: It cannot be written, or what `fetch` raises.
        """
        try:
            # Somebody may have removed it since it was opened, or made it.
            self.open()
            if self._put(version, target, fetch, shared=shared):
                return
        except (OSError, UnusableCacheError) as error:
            _logger.debug("an input is fetched past the cache: %s", error)
            with suppress(FileNotFoundError):
                os.unlink(target)
        with open(target, "wb", buffering=0) as file:
            fetch(file)
        with suppress(OSError):
            self._count(misses=1)

    def _put(self, version: Version, target: Path, fetch: Fetch, *, shared: bool) -> bool:
        """Put an object at a path by way of the cache; return False if there is no room in it."""
        entry = self._entry(version)
        while not self._use(entry, target, shared=shared):
            self._make_folders(entry)
            with entries.claimed(entries.part_path(entry, version.size)) as descriptor:
                # Whoever had it may have fetched it.
                if descriptor is None or self._is_good(entry):
                    continue
                if room.reserve(self.folder, self.limit, descriptor, version.size):
                    fetched = self._fetch(version, descriptor, fetch)
                    if _place(fetched, target, shared=shared):
                        return True
                    continue
            return False
        return True

    def _make_folders(self, entry: Path) -> None:
        # Each with its mode, which those in between would not have.
        for folder in (entry.parent.parent, entry.parent):
            folder.mkdir(exist_ok=True, mode=0o700)

    def _fetch(self, version: Version, descriptor: int, fetch: Fetch) -> Path:
        """Fetch an object; return the entry that it is now."""
        part = entries.part_path(self._entry(version), version.size)
        try:
            os.ftruncate(descriptor, 0)
            with open(descriptor, "wb", buffering=0, closefd=False) as file:
                fetched = fetch(file)
            size = os.fstat(descriptor).st_size
            # Somebody may have replaced it since it was asked for.
            entry = self._entry(replace(version, etag=fetched.etag, size=size))
            self._make_folders(entry)
            os.fchmod(descriptor, entries.MODE)
            moment = round(version.modified_at * 1e9)
            os.utime(descriptor, ns=(moment, moment))
            # As the file system keeps it.
            moment = os.fstat(descriptor).st_mtime_ns
            about = About(size, moment, fetched.md5, boot_id(), time.time())
            entries.write_about(entry, about)
            os.replace(part, entry)
        except BaseException:
            # What went wrong is told, and not that its room cannot be given back, which is counted
            # anew when room is made.
            with suppress(OSError):
                room.release(self.folder, descriptor, version.size)
            raise
        self._count(misses=1, held=size - version.size)
        return entry

    def _use(self, entry: Path, target: Path, *, shared: bool) -> bool:
        """Put an entry at a path; return False if there is none that is known to be good."""
        about = entries.read_about(entry)
        if about is None or about.is_due or not self._is_as_left(entry, about):
            return False
        if not _place(entry, target, shared=shared):
            return False
        # What was used last stays longest.
        with suppress(FileNotFoundError):  # It gives way just now, and what was placed stays.
            os.utime(entries.about_path(entry))
        self._count(hits=1)
        return True

    def _is_good(self, entry: Path) -> bool:
        """Look through an entry if that is due; one that is not good is dropped."""
        about = entries.read_about(entry)
        if about is None or not self._is_as_left(entry, about):
            return False
        if not about.is_due:
            return True
        if entries.digest_of(entry) != about.md5:
            self._drop_damaged(entry, about)
            return False
        now = replace(about, boot=boot_id(), checked_at=time.time())
        entries.write_about(entry, now)
        return True

    def _is_as_left(self, entry: Path, about: About) -> bool:
        try:
            if about.describes(os.lstat(entry)):
                return True
        except FileNotFoundError:
            return False
        self._drop_damaged(entry, about)
        return False

    def _drop_damaged(self, entry: Path, about: About) -> None:
        entries.drop(entry)
        self._count(damaged=1, held=-about.size)

    def _count(self, *, hits: int = 0, misses: int = 0, held: int = 0, damaged: int = 0) -> None:
        with CountsFile(self.folder).locked() as counts:
            counts.hits += hits
            counts.misses += misses
            counts.damaged += damaged
            counts.held = max(0, counts.held + held)

    def _entry(self, version: Version) -> Path:
        name = version.name
        return self.folder / str(self.account) / name[:2] / name


def _place(entry: Path, target: Path, *, shared: bool) -> bool:
    """Put an entry at a path; return False if it is gone."""
    try:
        if shared:
            try:
                os.link(entry, target)
                return True
            except OSError as error:
                if error.errno not in _UNLINKABLE:
                    raise
        status = os.stat(entry)
        copy_file(entry, target)
        os.chmod(target, entries.MODE)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise
        return False
    return True
