"""An object store elsewhere, as `ObjectStore`."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import math
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import TypeVar

from batchcompute.server.objects import crc64
from batchcompute.server.objects.address import OssAddress
from batchcompute.server.objects.cache.cache import Fetched, ObjectCache
from batchcompute.server.objects.cache.entries import Version
from batchcompute.server.objects.errors import (
    InvalidAddressError,
    ObjectNotFoundError,
    ObjectStoreError,
)
from batchcompute.server.objects.interface import ObjectInfo, Sources
from batchcompute.server.objects.remote.clients import open_wire
from batchcompute.server.objects.remote.location import Location
from batchcompute.server.objects.remote.patience import SECONDS, Patience
from batchcompute.server.objects.remote.wire import Download, Entry, Wire, WireError, bare_etag
from batchcompute.server.objects.unsynced import Unsynced

_Result = TypeVar("_Result")

#: Objects above this length are uploaded in parts, each of which is held in memory.
PART = 16 << 20
_MOST_PARTS = 10_000
#: OSS copies no more at once, and S3 five times as much.
_LARGEST_COPY = 1 << 30
_LONGEST_REASON = 500


class RemoteStore:
    """The objects of an OSS or S3.

    An object is written by one request, or in parts that become an object by one request, so that
    it is seen whole or not. Failures that may pass are waited out.
    """

    def __init__(
        self, location: Location, patience_seconds: float = SECONDS, wire: Wire | None = None
    ) -> None:
        """Get ready; nothing is asked yet.

        Args:
            location: Where it is.
            patience_seconds: How long it may be away before work that needs it fails.
            wire: A client of it; None makes one.

        Raises:
            ValueError: There is no usable access key, or a package is missing.
        """
        self.location = location
        self._patience = Patience(patience_seconds)
        self._process = os.getpid()
        self._stamp = self._key_stamp()
        self._wire = wire or open_wire(location)
        self._cache: ObjectCache | None = None

    def __repr__(self) -> str:
        """Say where it is."""
        return f"<RemoteStore {self.url}>"

    @property
    def url(self) -> str:
        """The store, without its access key."""
        return self.location.url

    @property
    def folder(self) -> Path | None:
        """None, as nothing lies on this machine."""
        return None

    def with_cache(self, cache: ObjectCache) -> RemoteStore:
        """Return this store, by the same connection, with a cache for what programs read."""
        found = copy.copy(self)
        found._cache = cache
        return found

    @property
    def has_cache(self) -> bool:
        """Whether it was given one."""
        return self._cache is not None

    def check(self) -> None:
        """Ask whether the store is there and takes the access key.

        Raises:
            ObjectStoreError: It does not answer, or refuses the key or the bucket.
        """
        bucket = self.location.bucket
        try:
            self._client().check(bucket)
        except WireError as error:
            if error.code == "AccessDenied" and not bucket:
                return  # The key is known, and good for single buckets alone.
            raise self._failure(self.url, bucket, error) from None

    def put_file(self, source: Path, address: str) -> None:
        """Write an object from a local file, replacing what was there."""
        bucket, key = self._object(address)
        with self._naming(address, bucket), open(source, "rb", buffering=0) as file:
            descriptor = file.fileno()
            self._put(
                bucket,
                key,
                os.fstat(descriptor).st_size,
                lambda start, length: _read_exactly(descriptor, start, length),
            )

    def put_files(
        self,
        files: Iterable[tuple[Path, str]],
        *,
        sources: Sources = "kept",
        unsynced: list[Unsynced] | None = None,
    ) -> None:
        """Write objects from local files; see `ObjectStore.put_files`."""
        del sources, unsynced
        for source, address in files:
            self.put_file(source, address)

    def put_bytes(self, data: bytes, address: str, *, if_absent: bool = False) -> bool:
        """Write an object; see `ObjectStore.put_bytes`."""
        bucket, key = self._object(address)
        with self._naming(address, bucket):
            if not if_absent:
                self._put(
                    bucket, key, len(data), lambda start, length: data[start : start + length]
                )
                return True
            tried = 0

            def put() -> bool:
                nonlocal tried
                tried += 1
                try:
                    self._client().put(bucket, key, data, if_absent=True)
                except WireError as error:
                    if not error.is_condition:
                        raise
                    # Of a try that got no answer nobody knows whether it has written.
                    return tried > 1 and self.read_range(address) == data
                return True

            return self._patience.exert(put)

    def get_file(self, address: str, target: Path) -> None:
        """Copy an object into a local file."""
        bucket, key = self._object(address)
        with self._naming(address, bucket), open(target, "wb", buffering=0) as file:
            self._fetch(address, bucket, key, file)

    def get_input(self, info: ObjectInfo, target: Path, *, shared: bool = False) -> None:
        """Put an object at a local path; see `ObjectStore.get_input`."""
        address = info.address
        if self._cache is None or not info.etag:
            self.get_file(address, target)
            return
        bucket, key = self._object(address)
        version = Version(
            self.location.endpoint, bucket, key, info.etag, info.size, info.modified_at
        )
        with self._naming(address, bucket):
            self._cache.put(
                version,
                target,
                lambda file: self._fetch(address, bucket, key, file, digest=True),
                shared=shared,
            )

    def _fetch(
        self, address: str, bucket: str, key: str, file: FileIO, *, digest: bool = False
    ) -> Fetched:
        """Fetch an object into a file that is empty."""
        coming = _Copy(
            lambda span, etag: self._client().get(bucket, key, span, etag), file.write, digest
        )

        def restart() -> None:
            file.seek(0)
            file.truncate()
            coming.restart()

        def proceed() -> None:
            try:
                coming.proceed()
            except WireError as error:
                if not (error.is_condition and coming.length):
                    raise
                # Somebody wrote another object meanwhile: that one is wanted, whole.
                restart()
                raise WireError("it is changed while it is read") from None

        self._patience.exert(proceed)
        if coming.is_corrupt:
            raise ObjectStoreError(address, "what came is not what the store has (CRC-64)")
        found = coming.md5
        if digest and coming.promised_md5 not in ("", found):
            # Some stores have ETags that only look like a digest: then the same comes again.
            restart()
            self._patience.exert(proceed)
            if coming.md5 not in (found, coming.promised_md5):
                raise ObjectStoreError(address, "what comes is not the same twice (MD5)")
        return Fetched(coming.etag, coming.md5)

    def read_range(self, address: str, start: int = 0, end: int | None = None) -> bytes:
        """Read an object from byte `start` up to, not including, byte `end` (None: its last)."""
        if start < 0 or (end is not None and end < start):
            raise ObjectStoreError(address, f"there is no range from byte {start} to byte {end}")
        bucket, key = self._object(address)
        with self._naming(address, bucket):
            if start == end:
                self._ask(lambda wire: wire.head(bucket, key))
                return b""
            try:
                return self._ask(lambda wire: _all_of(wire.get(bucket, key, (start, end))))
            except WireError as error:
                if error.status != 416:
                    raise
                return b""

    def list_prefix(self, prefix: str) -> list[ObjectInfo]:
        """List the objects whose address starts with a text, in the order of their UTF-8 keys.

        Keys that no folder can hold have no address, and are left out.
        """
        address = OssAddress.parse(prefix)
        bucket, start = self.location.place(address.bucket, address.key)
        cut = len(start) - len(address.key)
        found: list[ObjectInfo] = []
        with self._naming(prefix, bucket):
            for entry in self._entries(bucket, start):
                with contextlib.suppress(InvalidAddressError):
                    text = f"oss://{address.bucket}/{entry.key[cut:]}"
                    OssAddress.parse_object(text)
                    found.append(ObjectInfo(text, entry.size, entry.modified_at, entry.etag))
        return found

    def stat(self, address: str) -> ObjectInfo:
        """Describe one object."""
        bucket, key = self._object(address)
        with self._naming(address, bucket):
            entry = self._ask(lambda wire: wire.head(bucket, key))
        return ObjectInfo(address, entry.size, entry.modified_at, entry.etag)

    def copy(self, source: str, target: str) -> None:
        """Write an object from another one, replacing what was there."""
        origin, copy = self._object(source), self._object(target)
        with self._naming(source, origin[0]):
            size = self._ask(lambda wire: wire.head(*origin)).size
        with self._naming(target, copy[0]):
            if size <= _LARGEST_COPY:
                self._ask(lambda wire: wire.copy(origin, copy))
                return
            self._put(
                *copy,
                size,
                lambda start, length: self._ask(
                    lambda wire: _all_of(wire.get(*origin, (start, start + length)))
                ),
            )

    def delete(self, address: str) -> None:
        """Remove an object; that none is there is no error, as in OSS."""
        bucket, key = self._object(address)
        with self._naming(address, bucket):
            self._ask(lambda wire: wire.delete(bucket, key))

    def local_path(self, address: str) -> Path | None:
        """Return None, as all bytes have to be fetched."""
        OssAddress.parse(address)
        return None

    def tidy(self) -> None:
        """Do nothing: uploads in parts that were broken off are the store's to remove.

        Its owner tells it when, by a rule of its life cycle; others may be uploading there, too.
        """

    def _put(self, bucket: str, key: str, size: int, read: Callable[[int, int], bytes]) -> None:
        """Write an object of which any part can be read."""
        if size <= PART:
            data = read(0, size)
            self._ask(lambda wire: wire.put(bucket, key, data))
            return
        length = max(PART, math.ceil(size / _MOST_PARTS))
        upload = self._ask(lambda wire: wire.begin(bucket, key))
        try:
            etags: list[str] = []
            for start in range(0, size, length):
                data = read(start, min(length, size - start))
                etags.append(self._put_part(bucket, key, upload, len(etags) + 1, data))
            self._complete(bucket, key, upload, etags, size)
        except BaseException:
            # Nobody else will: what is left behind costs money.
            with contextlib.suppress(WireError):
                self._client().abort(bucket, key, upload)
            raise

    def _put_part(self, bucket: str, key: str, upload: str, number: int, data: bytes) -> str:
        return self._ask(lambda wire: wire.put_part(bucket, key, upload, number, data))

    def _entries(self, bucket: str, start: str) -> Iterator[Entry]:
        token = ""

        def page(wire: Wire) -> tuple[Sequence[Entry], str]:
            return wire.page(bucket, start, token)

        while True:
            entries, token = self._ask(page)
            yield from entries
            if not token:
                return

    def _complete(self, bucket: str, key: str, upload: str, etags: list[str], size: int) -> None:
        tried = 0

        def complete(wire: Wire) -> None:
            nonlocal tried
            tried += 1
            try:
                wire.complete(bucket, key, upload, etags)
            except WireError as error:
                if error.code != "NoSuchUpload" or tried == 1:
                    raise
                # The try before, whose answer was lost, may have done it.
                if wire.head(bucket, key).size != size:
                    raise error from None

        self._ask(complete)

    def _ask(self, verb: Callable[[Wire], _Result]) -> _Result:
        return self._patience.exert(lambda: verb(self._client()))

    def _client(self) -> Wire:
        """Return the client, or a new one where that one can be used no longer."""
        process = os.getpid()
        if process != self._process and not self._wire.may_be_forked:
            self._wire = open_wire(self.location)
        self._process = process
        stamp = self._key_stamp()
        if stamp != self._stamp:
            # While somebody is writing it, the former key may still be good.
            with contextlib.suppress(ValueError):
                self._wire = open_wire(self.location)
                self._stamp = stamp
        return self._wire

    def _key_stamp(self) -> tuple[int, ...]:
        path = self.location.credentials
        if not path:
            return ()
        try:
            status = os.stat(path)
        except OSError:
            return ()
        return status.st_ino, status.st_size, status.st_mtime_ns

    def _object(self, address: str) -> tuple[str, str]:
        parsed = OssAddress.parse_object(address)
        return self.location.place(parsed.bucket, parsed.key)

    @contextmanager
    def _naming(self, address: str, bucket: str) -> Generator[None]:
        """Say which object an error is about."""
        try:
            yield
        except WireError as error:
            raise self._failure(address, bucket, error) from None
        except OSError as error:
            raise ObjectStoreError(address, f"{error.strerror or error}") from error

    def _failure(self, address: str, bucket: str, error: WireError) -> ObjectStoreError:
        host = self.location.host
        reason = " ".join(error.reason.split())[:_LONGEST_REASON]
        if error.is_without_bucket:
            return ObjectStoreError(address, f"there is no bucket {bucket!r} at {host}")
        if error.is_missing:
            return ObjectNotFoundError(address, "there is no such object")
        word = f"{error.code or error.status}: {reason}" if error.status else reason
        if error.is_refused:
            return ObjectStoreError(address, f"{host} refuses the access key ({word})")
        word = f"cannot be reached ({word})" if error.status == 0 else f"answers {word}"
        return ObjectStoreError(address, f"{host} {word}", is_passing=error.is_passing)


class _Copy:
    """An object on its way, which is continued where it broke off."""

    def __init__(
        self,
        ask: Callable[[tuple[int, int | None], str], Download],
        write: Callable[[memoryview], int | None],
        digest: bool = False,
    ) -> None:
        self._ask = ask
        self._write = write
        self._has_digest = digest
        self.restart()

    def restart(self) -> None:
        self.length = 0
        self._etag = ""
        self._total: int | None = None
        self._expected: int | None = None
        self._checksum = 0
        self._digest = hashlib.md5(usedforsecurity=False)
        self.promised_md5 = ""

    @property
    def etag(self) -> str:
        return bare_etag(self._etag)

    @property
    def md5(self) -> str:
        return self._digest.hexdigest() if self._has_digest else ""

    @property
    def is_corrupt(self) -> bool:
        return self._expected is not None and self._expected != self._checksum

    def proceed(self) -> None:
        """Fetch what is missing.

        Raises:
            WireError: It broke off.
        """
        if self._total is not None and self.length == self._total:
            return
        download = self._ask((self.length, None), self._etag)
        if self._total is None:
            self._etag, self._total = download.etag, download.length
            self._expected = download.crc64
            self.promised_md5 = download.md5
        try:
            for piece in download.pieces:
                left = memoryview(piece)
                while left:
                    left = left[self._write(left) or 0 :]
                self.length += len(piece)
                if self._has_digest:
                    self._digest.update(piece)
                if self._expected is not None:
                    self._checksum = crc64.update(self._checksum, piece)
        finally:
            download.close()
        if self.length != self._total:
            raise WireError(f"{self.length} bytes came of {self._total}")


def _all_of(download: Download) -> bytes:
    try:
        data = b"".join(download.pieces)
    finally:
        download.close()
    if len(data) != download.length:
        raise WireError(f"{len(data)} bytes came of {download.length}")
    return data


def _read_exactly(descriptor: int, start: int, length: int) -> bytes:
    found: list[bytes] = []
    while length:
        data = os.pread(descriptor, length, start)
        if not data:
            raise OSError("the file became shorter while it was uploaded")
        found.append(data)
        start += len(data)
        length -= len(data)
    return found[0] if len(found) == 1 else b"".join(found)
