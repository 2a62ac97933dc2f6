"""Buckets and objects with all that OSS knows of them, as files below one folder.

An object lies under its bucket and key, so that a person can look into the folder and drop files
in. What such a layout cannot hold (a key `a` beside `a/b`, `..`, an empty segment, a name that is
too long, …) lies in a folder apart under a random name, and is served all the same. What is known
of objects besides their bytes is in an `ObjectIndex` beside the buckets.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import heapq
import mimetypes
import os
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from batchcompute.server.model.caller import DEFAULT_ACCOUNT
from batchcompute.server.objects import crc64, durable
from batchcompute.server.objects.address import LONGEST_KEY, is_bucket_name, is_plain_segment
from batchcompute.server.objects.folder import APART
from batchcompute.server.objects.index import Identity, ObjectIndex, Row
from batchcompute.server.objects.library_errors import (
    BucketExistsError,
    BucketNotEmptyError,
    NoSuchBucketError,
    NoSuchObjectError,
    NotAppendableError,
    ObjectExistsError,
    PositionError,
)
from batchcompute.server.objects.owners import BucketOwners
from batchcompute.server.objects.records import (
    DEFAULT_TYPE,
    Attributes,
    Bucket,
    Kind,
    ObjectRecord,
)
from batchcompute.server.objects.staged import StagedFile
from batchcompute.server.objects.walking import Walker

#: Folders and files of the library itself. No bucket starts with a dot.
INDEX = ".index.db"
INCOMING = ".incoming"

#: Why a path cannot be opened that is not a file: a link, a device, or nothing at all.
_NOT_A_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO)
_STRIPES = 256
#: Files that are made durable beside other work at the most; more would not be faster.
_MOST_SYNCS = 8
_ORPHAN_SECONDS = 3600.0
_PAGE = 256


@dataclass(frozen=True, slots=True)
class OpenObject:
    """An object that can be read, whatever becomes of its key meanwhile.

    Attributes:
        record: What is known of it.
        descriptor: The file, open for reading; whoever asked for it closes it.
    """

    record: ObjectRecord
    descriptor: int

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)


class ObjectLibrary:
    """Everything that a folder of objects holds. Threads may share one.

    One library at a time may have a folder open; programs may write files into it meanwhile.
    """

    def __init__(self, root: Path) -> None:
        """Open a folder.

        Args:
            root: The folder; it is made if it is not there.
        """
        durable.make_directories(root.absolute())
        self.root = root.resolve(strict=True)
        had_index = (self.root / INDEX).exists()
        self.index = ObjectIndex(self.root / INDEX)
        self.owners = BucketOwners(self.root)
        self._apart = self.root / APART
        self._staging = self.root / INCOMING
        # Nobody will finish these any more: the folder belongs to this library alone.
        shutil.rmtree(self._staging, ignore_errors=True)
        for folder in (self._apart, self._staging):
            folder.mkdir(exist_ok=True, mode=0o700)
        self._drop_orphans()
        self._walker = Walker()
        # Reentrant, as what writes an object may look at it before.
        self._locks = [threading.RLock() for _ in range(_STRIPES)]
        self._folds_case = self._probe_case()
        self._syncs = ThreadPoolExecutor(_MOST_SYNCS, "objects-sync")
        # If the disk does not let us now, it is done when somebody asks for the object.
        with contextlib.suppress(OSError, sqlite3.Error):
            for bucket, key in self.index.broken_appends() if had_index else ():
                self._undo_broken_append(bucket, key)

    def close(self) -> None:
        """Close the index."""
        self._syncs.shutdown()
        self.index.close()

    # -- buckets ------------------------------------------------------------------------------

    def buckets(self) -> list[Bucket]:
        """Return all buckets by name: every folder is one, whoever made it."""
        known = self.index.buckets()
        with os.scandir(self.root) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if is_bucket_name(entry.name) and entry.is_dir(follow_symlinks=False)
            )
        return [known.get(name) or self._unknown_bucket(name) for name in names]

    def bucket(self, name: str) -> Bucket:
        """Return one bucket.

        Raises:
            NoSuchBucketError: There is none of this name.
        """
        self._bucket_folder(name)
        return self.index.bucket(name) or self._unknown_bucket(name)

    def create_bucket(self, bucket: Bucket, account: int = DEFAULT_ACCOUNT) -> None:
        """Make a bucket.

        Args:
            bucket: The bucket.
            account: The account that it is to belong to.

        Raises:
            BucketExistsError: There is one of this name, or it is kept for another account.
        """
        if self.owners.claim(bucket.name, account) != account:
            raise BucketExistsError(bucket.name)
        try:
            (self.root / bucket.name).mkdir()
        except FileExistsError:
            raise BucketExistsError(bucket.name) from None
        self.index.put_bucket(bucket)
        durable.sync_directory(self.root)

    def have_bucket(self, name: str, account: int = DEFAULT_ACCOUNT) -> None:
        """Make a bucket of an account, if there is none of this name, and it can be one."""
        if not is_bucket_name(name) or (self.root / name).is_dir():
            return
        with contextlib.suppress(BucketExistsError):
            self.create_bucket(Bucket(name, time.time()), account)

    def change_bucket(self, bucket: Bucket) -> None:
        """Remember something else of a bucket.

        Raises:
            NoSuchBucketError: There is none of this name.
        """
        self._bucket_folder(bucket.name)
        self.index.put_bucket(bucket)

    def delete_bucket(self, name: str) -> None:
        """Remove a bucket that holds nothing.

        Raises:
            NoSuchBucketError: There is none of this name.
            BucketNotEmptyError: It holds an object, or a part of an upload.
        """
        folder = self._bucket_folder(name)
        if self.index.has_kept(name) or self.index.uploads(name, "", "", 1):
            raise BucketNotEmptyError(name)
        if not durable.remove_empty_tree(folder):
            raise BucketNotEmptyError(name)
        self.index.delete_bucket(name)
        self.owners.forget(name)
        durable.sync_directory(self.root)

    # -- reading ------------------------------------------------------------------------------

    def open(self, bucket: str, key: str) -> OpenObject:
        """Open an object for reading.

        Raises:
            NoSuchBucketError: There is no such bucket.
            NoSuchObjectError: There is no object of this key.
        """
        self._bucket_folder(bucket)
        # Twice, as the file of a key may lie elsewhere by the time it is looked for.
        for _ in range(2):
            rows = self.index.rows(bucket, key)
            apart = self._apart_row(bucket, key, rows)
            if apart is not None:
                with contextlib.suppress(FileNotFoundError):
                    descriptor = os.open(self._apart / apart.place, os.O_RDONLY | os.O_CLOEXEC)
                    return OpenObject(apart.record, descriptor)
            found = self._open_plain(bucket, key)
            if found is not None:
                descriptor, status = found
                try:
                    record = self._record_of(bucket, key, descriptor, status, rows)
                except BaseException:
                    os.close(descriptor)
                    raise
                return OpenObject(record, descriptor)
        raise NoSuchObjectError(key)

    def record(self, bucket: str, key: str) -> ObjectRecord:
        """Return what is known of an object.

        Raises:
            NoSuchBucketError: There is no such bucket.
            NoSuchObjectError: There is no object of this key.
        """
        found = self.open(bucket, key)
        found.close()
        return found.record

    def keys(self, bucket: str, prefix: str, start: bytes, *, folders: bool) -> Iterator[bytes]:
        """Yield the keys of a bucket in the order of their UTF-8 bytes.

        Args:
            bucket: The bucket.
            prefix: Only keys that start with it.
            start: Only keys from this one on.
            folders: Yield what lies deeper than the first slash behind the prefix as one entry
                that ends in this slash; other keys may be below it as well.

        Yields:
            Keys in UTF-8.
        """
        folder = self._bucket_folder(bucket)
        plain = self._walker.keys(folder, prefix, start, folders=folders)
        first = max(start, prefix.encode()).decode(errors="surrogateescape")
        apart = (
            key.encode()
            for key in self.index.kept_keys(bucket, first, inclusive=True)
            if key.startswith(prefix)
        )
        yield from _merged(plain, apart)

    def records(self, bucket: str, keys: list[str]) -> dict[str, ObjectRecord]:
        """Return what is known of many objects, given in the order of their keys, by key."""
        found: dict[str, ObjectRecord] = {}
        for begin in range(0, len(keys), _PAGE):
            page = keys[begin : begin + _PAGE]
            known = self.index.rows_between(bucket, page[0], page[-1])
            computed: list[Row] = []
            for key in page:
                record = self._listed(bucket, key, known.get(key, []), computed)
                if record is not None:
                    found[key] = record
            if computed:
                self.index.add_found(bucket, computed)
        return found

    # -- writing ------------------------------------------------------------------------------

    def stage(self) -> StagedFile:
        """Return a new file to write an object or a part into."""
        # Somebody may have emptied the folder of all objects.
        self._staging.mkdir(exist_ok=True, mode=0o700)
        return StagedFile(durable.temporary_name(self._staging))

    def commit(
        self,
        staged: StagedFile,
        bucket: str,
        key: str,
        attributes: Attributes,
        *,
        if_absent: bool = False,
        kind: Kind = "Normal",
        etag: str | None = None,
        crc: int | None = None,
    ) -> ObjectRecord:
        """Make a written file an object, in place of the one that has its key.

        Args:
            staged: The file; it is gone afterwards, also after an error.
            bucket: The bucket.
            key: The key.
            attributes: What is said of it.
            if_absent: Leave an object that is there as it is.
            kind: How it came to be.
            etag: Its digest; None for the MD5 of what was written.
            crc: Its CRC-64; None for that of what was written.

        Returns:
            What is known of it. It is durable.

        Raises:
            NoSuchBucketError: There is no such bucket.
            ObjectExistsError: `if_absent`, and there is one.
        """
        try:
            self._bucket_folder(bucket)
            identity = staged.identity
            record = ObjectRecord(
                key,
                identity.size,
                identity.mtime_ns / 1e9,
                etag or staged.md5.hex().upper(),
                staged.crc64 if crc is None else crc,
                kind,
                attributes,
            )
            with self._locked(bucket, key):
                if if_absent and self._exists(bucket, key):
                    raise ObjectExistsError(key)
                self._publish(staged, bucket, Row(record, "", identity))
            return record
        finally:
            staged.discard()

    def append(
        self, bucket: str, key: str, position: int, addition: StagedFile, attributes: Attributes
    ) -> ObjectRecord:
        """Append to an object, or begin one at position 0.

        Args:
            bucket: The bucket.
            key: The key.
            position: Where the object has to end now, in bytes.
            addition: What is appended; it is gone afterwards, also after an error.
            attributes: What is said of an object that begins.

        Returns:
            What is known of the object now. It is durable.

        Raises:
            NoSuchBucketError: There is no such bucket.
            NotAppendableError: The object was made otherwise.
            PositionError: It ends elsewhere.
        """
        try:
            self._bucket_folder(bucket)
            with self._locked(bucket, key):
                self._undo_broken_append(bucket, key)
                try:
                    existing = self.open(bucket, key)
                except NoSuchObjectError:
                    if position:
                        raise PositionError(key, 0) from None
                    return self._put_appended(bucket, key, None, addition, attributes)
                try:
                    record = existing.record
                    if record.kind != "Appendable":
                        raise NotAppendableError(key)
                    if record.size != position:
                        raise PositionError(key, record.size)
                    if os.fstat(existing.descriptor).st_nlink == 1:
                        return self._grow(bucket, existing, addition)
                    # Somebody keeps what it is by another name, and that must not change.
                    return self._put_appended(bucket, key, existing, addition, record.attributes)
                finally:
                    existing.close()
        finally:
            addition.discard()

    def _put_appended(
        self,
        bucket: str,
        key: str,
        existing: OpenObject | None,
        addition: StagedFile,
        attributes: Attributes,
    ) -> ObjectRecord:
        """Write an appendable object anew."""
        staged = self.stage()
        try:
            if existing is not None:
                staged.take_from(existing.descriptor, existing.record.size)
            self._take_whole(staged, addition)
            before = None if existing is None else existing.record
            row = Row(
                _appended(key, before, addition, staged.identity, attributes), "", staged.identity
            )
            self._publish(staged, bucket, row)
            return row.record
        finally:
            staged.discard()

    def _grow(self, bucket: str, existing: OpenObject, addition: StagedFile) -> ObjectRecord:
        """Let the file of an object grow. The index knows its length before, should that break."""
        record, identity = existing.record, Identity.of(os.fstat(existing.descriptor))
        key = record.key
        row = next((row for row in self.index.rows(bucket, key) if row.identity == identity), None)
        path = None if row is None else self._file(bucket, key, row.place)
        if row is None or path is None:
            raise NotAppendableError(key)
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if Identity.of(os.fstat(descriptor)) != identity:
                # Somebody has put another file there.
                raise NotAppendableError(key)
            self.index.begin_append(bucket, row)
            try:
                os.lseek(descriptor, identity.size, os.SEEK_SET)
                addition.append_to(descriptor)
                os.fsync(descriptor)
                grown = Identity.of(os.fstat(descriptor))
                new = Row(
                    _appended(key, record, addition, grown, record.attributes), row.place, grown
                )
                self.index.end_append(bucket, key, new)
            except BaseException:
                _shrink(descriptor, identity)
                self.index.end_append(bucket, key, None)
                raise
            return new.record
        finally:
            os.close(descriptor)

    def put_symlink(self, bucket: str, key: str, attributes: Attributes) -> ObjectRecord:
        """Write a symbolic link of the protocol, in place of what has its key.

        Raises:
            NoSuchBucketError: There is no such bucket.
        """
        self._bucket_folder(bucket)
        staged = self.stage()
        identity = staged.identity
        staged.seal()
        record = ObjectRecord(
            key, 0, identity.mtime_ns / 1e9, staged.md5.hex().upper(), 0, "Symlink", attributes
        )
        try:
            with self._locked(bucket, key):
                self._publish_apart(staged.path, bucket, Row(record, "", identity))
        finally:
            staged.discard()
        return record

    def change(self, bucket: str, key: str, attributes: Attributes) -> None:
        """Say something else of an object.

        Raises:
            NoSuchBucketError: There is no such bucket.
            NoSuchObjectError: There is no object of this key.
        """
        with self._locked(bucket, key):
            found = self.open(bucket, key)
            try:
                identity = Identity.of(os.fstat(found.descriptor))
            finally:
                found.close()
            for row in self.index.rows(bucket, key):
                if row.place or row.identity == identity:
                    self.index.replace(
                        bucket, replace(row, record=replace(row.record, attributes=attributes))
                    )
                    return

    def delete(self, bucket: str, key: str) -> bool:
        """Remove an object.

        Returns:
            True if there was one.

        Raises:
            NoSuchBucketError: There is no such bucket.
        """
        self._bucket_folder(bucket)
        with self._locked(bucket, key):
            rows = self.index.rows(bucket, key)
            path = self._plain_path(bucket, key)
            plain = path is not None and _is_file(path)
            # The one that readers see goes last, or a crash in between would show the other.
            if plain and self._apart_row(bucket, key, rows) is None:
                self._forget_apart(bucket, key, rows)
            if plain and path is not None:
                path.unlink(missing_ok=True)
                durable.sync_directory(path.parent)
            if rows:
                self.index.forget(bucket, key)
            self._unlink_apart(rows)
            return plain or any(row.place for row in rows)

    # -- files --------------------------------------------------------------------------------

    def _publish(self, staged: StagedFile, bucket: str, row: Row) -> None:
        key = row.record.key
        path = self._plain_path(bucket, key)
        if path is None:
            staged.seal()
            self._publish_apart(staged.path, bucket, row)
            return
        # Neither needs the other to be durable, and the disk takes both in about the time of one.
        sealing = self._syncs.submit(staged.seal)
        try:
            self.index.add(bucket, row, _identity(path))
        finally:
            wait([sealing])
        sealing.result()
        if not durable.publish_with_folders(staged.path, path):
            self._publish_apart(staged.path, bucket, row)
            return
        self._forget_apart(bucket, key, self.index.rows(bucket, key))

    def _publish_apart(self, file: Path, bucket: str, row: Row) -> None:
        key = row.record.key
        place = os.urandom(16).hex()
        self._apart.mkdir(exist_ok=True, mode=0o700)
        os.replace(file, self._apart / place)
        durable.sync_directory(self._apart)
        old = self.index.rows(bucket, key)
        self.index.replace(bucket, replace(row, place=place))
        path = self._plain_path(bucket, key)
        if path is not None and _is_file(path):
            path.unlink(missing_ok=True)
            durable.sync_directory(path.parent)
        self._unlink_apart(old)

    def _apart_row(self, bucket: str, key: str, rows: list[Row]) -> Row | None:
        """Return the row of a key's object that lies apart, if it is the newest of this key."""
        row = next((row for row in rows if row.place), None)
        if row is None:
            return None
        path = self._plain_path(bucket, key)
        plain = None if path is None else _identity(path)
        return row if plain is None or plain.mtime_ns <= row.identity.mtime_ns else None

    def _forget_apart(self, bucket: str, key: str, rows: list[Row]) -> None:
        if any(row.place for row in rows):
            self.index.forget_kept(bucket, key)
            self._unlink_apart(rows)

    def _unlink_apart(self, rows: list[Row]) -> None:
        for row in rows:
            if row.place:
                (self._apart / row.place).unlink(missing_ok=True)

    def _take_whole(self, staged: StagedFile, addition: StagedFile) -> None:
        descriptor = os.open(addition.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            staged.take_from(descriptor, addition.size)
        finally:
            os.close(descriptor)

    def _open_plain(self, bucket: str, key: str) -> tuple[int, os.stat_result] | None:
        path = self._plain_path(bucket, key)
        if path is None:
            return None
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in _NOT_A_FILE:
                return None
            raise
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            return None
        return descriptor, status

    def _record_of(
        self, bucket: str, key: str, descriptor: int, status: os.stat_result, rows: list[Row]
    ) -> ObjectRecord:
        identity = Identity.of(status)
        for row in rows:
            if row.identity == identity and not row.place:
                return row.record
        record = self._settled(bucket, key, descriptor)
        if record is None:
            record = compute(key, descriptor, identity)
            self.index.add_found(bucket, [Row(record, "", identity)])
        return record

    def _settled(self, bucket: str, key: str, descriptor: int) -> ObjectRecord | None:
        """Return what is said of a file, once nobody is about to change it or what is said."""
        with self._locked(bucket, key):
            self._undo_broken_append(bucket, key)
            identity = Identity.of(os.fstat(descriptor))
            for row in self.index.rows(bucket, key):
                if row.identity == identity and not row.place:
                    return row.record
        return None

    def _listed(
        self, bucket: str, key: str, rows: list[Row], computed: list[Row]
    ) -> ObjectRecord | None:
        apart = self._apart_row(bucket, key, rows)
        if apart is not None:
            return apart.record
        try:
            identity = Identity.of(os.lstat(os.path.join(self.root, bucket, key)))
        except (OSError, ValueError):
            identity = None
        for row in rows:
            if row.identity == identity and not row.place:
                return row.record
        found = self._open_plain(bucket, key)
        if found is None:
            return None
        descriptor, status = found
        try:
            known = self._settled(bucket, key, descriptor)
            if known is not None:
                return known
            record = compute(key, descriptor, Identity.of(status))
        finally:
            os.close(descriptor)
        computed.append(Row(record, "", Identity.of(status)))
        return record

    def _exists(self, bucket: str, key: str) -> bool:
        if any(row.place for row in self.index.rows(bucket, key)):
            return True
        path = self._plain_path(bucket, key)
        return path is not None and _is_file(path)

    def _plain_path(self, bucket: str, key: str) -> Path | None:
        """Return where an object lies under its key, or None if it cannot lie there."""
        if not all(map(is_plain_segment, key.split("/"))) or len(key.encode()) > LONGEST_KEY:
            return None
        if self._folds_case and key != key.casefold():
            return None
        path = os.path.join(self.root, bucket, key)
        # Resolved without its last part: a link in its place is replaced, and never followed.
        parent = os.path.dirname(path)
        return Path(path) if os.path.realpath(parent) == parent else None

    def _bucket_folder(self, name: str) -> Path:
        folder = self.root / name
        if not is_bucket_name(name) or folder.is_symlink() or not folder.is_dir():
            raise NoSuchBucketError(name)
        return folder

    def _unknown_bucket(self, name: str) -> Bucket:
        return Bucket(name, (self.root / name).stat().st_mtime)

    @contextmanager
    def _locked(self, bucket: str, key: str) -> Generator[None]:
        with self._locks[hash((bucket, key)) % _STRIPES]:
            yield

    def _drop_orphans(self) -> None:
        """Remove files that a crash left between their writing and their row."""
        names = os.listdir(self._apart)
        known = self.index.places() if names else set[str]()
        # A program that is about to write the row of a new one needs no more than moments.
        before = time.time() - _ORPHAN_SECONDS
        for name in names:
            path = self._apart / name
            if name not in known and path.lstat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _undo_broken_append(self, bucket: str, key: str) -> None:
        """Make the file of an object whole again if a crash has left it half grown."""
        with self._locked(bucket, key):
            row = self.index.broken_append(bucket, key)
            if row is None:
                return
            path = self._file(bucket, key, row.place)
            try:
                flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
                descriptor = -1 if path is None else os.open(path, flags)
            except OSError as error:
                if error.errno not in _NOT_A_FILE:
                    raise
                descriptor = -1
            if descriptor >= 0:
                try:
                    if _begins_with(descriptor, row):
                        _shrink(descriptor, row.identity)
                finally:
                    os.close(descriptor)
            self.index.end_append(bucket, key, None)

    def _file(self, bucket: str, key: str, place: str) -> Path | None:
        return self._apart / place if place else self._plain_path(bucket, key)

    def _probe_case(self) -> bool:
        """Return whether the file system takes `A` and `a` for one name."""
        probe = self._staging / "case-probe"
        probe.touch()
        try:
            return (self._staging / "CASE-PROBE").exists()
        finally:
            probe.unlink()


def _appended(
    key: str,
    before: ObjectRecord | None,
    addition: StagedFile,
    identity: Identity,
    attributes: Attributes,
) -> ObjectRecord:
    """Return what is known of an object after an append."""
    etag, checksum = (before.etag.encode(), before.crc64) if before else (b"", 0)
    digest = hashlib.md5(etag + addition.md5, usedforsecurity=False).hexdigest()
    return ObjectRecord(
        key,
        identity.size,
        identity.mtime_ns / 1e9,
        digest.upper(),
        crc64.combine(checksum, addition.crc64, addition.size),
        "Appendable",
        attributes,
    )


def _begins_with(descriptor: int, row: Row) -> bool:
    """Return whether a file is the one of a row, and has at least its content."""
    status = os.fstat(descriptor)
    if status.st_ino != row.identity.inode or status.st_size < row.identity.size:
        return False
    checksum, offset = 0, 0
    while offset < row.identity.size:
        data = os.pread(descriptor, min(row.identity.size - offset, 1024 * 1024), offset)
        checksum = crc64.update(checksum, data)
        offset += len(data)
    return checksum == row.record.crc64


def _shrink(descriptor: int, before: Identity) -> None:
    """Make a file that has grown what it was before."""
    os.ftruncate(descriptor, before.size)
    os.utime(descriptor, ns=(before.mtime_ns, before.mtime_ns))
    os.fsync(descriptor)


def compute(key: str, descriptor: int, identity: Identity) -> ObjectRecord:
    """Return what can be found out of a file of which nobody has said anything."""
    md5, checksum, offset = hashlib.md5(usedforsecurity=False), 0, 0
    while data := os.pread(descriptor, 1024 * 1024, offset):
        md5.update(data)
        checksum = crc64.update(checksum, data)
        offset += len(data)
    kind = mimetypes.guess_type(key)[0] or DEFAULT_TYPE
    return ObjectRecord(
        key,
        identity.size,
        identity.mtime_ns / 1e9,
        md5.hexdigest().upper(),
        checksum,
        "Normal",
        Attributes({"content-type": kind}),
    )


def _identity(path: Path) -> Identity | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return Identity.of(status) if stat.S_ISREG(status.st_mode) else None


def _is_file(path: Path) -> bool:
    return _identity(path) is not None


def _merged(first: Iterator[bytes], second: Iterator[bytes]) -> Iterator[bytes]:
    """Yield two ordered sequences as one, and what is in both once."""
    last: bytes | None = None
    for key in heapq.merge(first, second):
        if key != last:
            yield key
        last = key
