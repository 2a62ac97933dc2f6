"""Objects that are uploaded in parts."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from batchcompute.server.objects import crc64, durable
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.library_errors import (
    NoSuchUploadError,
    PartError,
    PartOrderError,
    PartTooSmallError,
)
from batchcompute.server.objects.records import Attributes, ObjectRecord, Part, Upload
from batchcompute.server.objects.staged import StagedFile

_FOLDER = ".uploads"

#: Least length in bytes of every part but the last.
LEAST_PART = 100 * 1024
#: Highest number of a part.
LAST_PART = 10_000


class Uploads:
    """The uploads of a library that are neither completed nor aborted. Threads may share one."""

    def __init__(self, library: ObjectLibrary) -> None:
        """Bind the library; parts of uploads that nobody remembers are removed."""
        self._library = library
        self._index = library.index
        self._folder = library.root / _FOLDER
        self._folder.mkdir(exist_ok=True, mode=0o700)
        names = os.listdir(self._folder)
        known = self._index.upload_ids() if names else set[str]()
        for name in names:
            if name not in known:
                shutil.rmtree(self._folder / name, ignore_errors=True)

    def initiate(self, bucket: str, key: str, attributes: Attributes) -> Upload:
        """Begin an upload.

        Raises:
            NoSuchBucketError: There is no such bucket.
        """
        self._library.bucket(bucket)
        upload = Upload(os.urandom(16).hex().upper(), bucket, key, time.time(), attributes)
        (self._folder / upload.upload_id).mkdir(mode=0o700, parents=True)
        durable.sync_directory(self._folder)
        self._index.put_upload(upload)
        return upload

    def get(self, bucket: str, key: str, upload_id: str) -> Upload:
        """Return an upload.

        Raises:
            NoSuchBucketError: There is no such bucket.
            NoSuchUploadError: There is no such upload of this key.
        """
        self._library.bucket(bucket)
        upload = self._index.upload(upload_id)
        if upload is None or (upload.bucket, upload.key) != (bucket, key):
            raise NoSuchUploadError(upload_id)
        return upload

    def list(self, bucket: str, key: str, upload_id: str, limit: int) -> Sequence[Upload]:
        """Return the uploads of a bucket behind a key and an id, in their order.

        Raises:
            NoSuchBucketError: There is no such bucket.
        """
        self._library.bucket(bucket)
        return self._index.uploads(bucket, key, upload_id, limit)

    def put_part(self, upload: Upload, number: int, staged: StagedFile) -> Part:
        """Keep a part, in place of the one with its number.

        Args:
            upload: The upload.
            number: 1 to 10000.
            staged: The content; it is gone afterwards, also after an error.

        Returns:
            What is known of the part. It is durable.

        Raises:
            NoSuchUploadError: The upload is over.
        """
        try:
            identity = staged.identity
            staged.seal()
            name = f"{number}-{os.urandom(4).hex()}"
            part = Part(
                number,
                identity.size,
                staged.md5.hex().upper(),
                staged.crc64,
                identity.mtime_ns / 1e9,
                name,
            )
            folder = self._folder / upload.upload_id
            try:
                durable.publish(staged.path, folder / name)
            except FileNotFoundError:
                raise NoSuchUploadError(upload.upload_id) from None
        finally:
            staged.discard()
        replaced = self._index.put_part(upload.upload_id, part)
        if replaced is not None:
            (folder / replaced).unlink(missing_ok=True)
        return part

    def parts(self, upload: Upload) -> Sequence[Part]:
        """Return the parts that are there, in the order of their numbers."""
        return self._index.parts(upload.upload_id)

    def complete(
        self,
        upload: Upload,
        wanted: Sequence[tuple[int, str]] | None,
        *,
        attributes: Attributes,
        if_absent: bool = False,
    ) -> ObjectRecord:
        """Make an object of the parts.

        Args:
            upload: The upload.
            wanted: Number and digest of each part, in order; None for all that are there.
            attributes: What is said of the object.
            if_absent: Leave an object that is there as it is.

        Returns:
            What is known of the object. It is durable.

        Raises:
            PartOrderError: The numbers do not ascend.
            PartError: A part is not there, or has another digest.
            PartTooSmallError: A part that is not the last is smaller than 100 KiB.
            NoSuchUploadError: The upload is over.
            ObjectExistsError: `if_absent`, and there is one.
        """
        parts = _chosen(self._index.parts(upload.upload_id), wanted)
        staged = self._library.stage()
        try:
            digests, checksum = hashlib.md5(usedforsecurity=False), 0
            for part in parts:
                self._take(staged, upload, part)
                digests.update(bytes.fromhex(part.etag))
                checksum = crc64.combine(checksum, part.crc64, part.size)
            record = self._library.commit(
                staged,
                upload.bucket,
                upload.key,
                attributes,
                if_absent=if_absent,
                kind="Multipart",
                etag=f"{digests.hexdigest().upper()}-{len(parts)}",
                crc=checksum,
            )
        finally:
            staged.discard()
        self.abort(upload)
        return record

    def abort(self, upload: Upload) -> None:
        """Drop an upload and its parts."""
        self._index.forget_upload(upload.upload_id)
        shutil.rmtree(self._folder / upload.upload_id, ignore_errors=True)

    def _take(self, staged: StagedFile, upload: Upload, part: Part) -> None:
        path: Path = self._folder / upload.upload_id / part.file
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise NoSuchUploadError(upload.upload_id) from None
        try:
            staged.take_from(descriptor, part.size)
        finally:
            os.close(descriptor)


def _chosen(there: Sequence[Part], wanted: Sequence[tuple[int, str]] | None) -> Sequence[Part]:
    chosen: list[Part] = []
    if wanted is None:
        chosen += there
    else:
        numbers = [number for number, _ in wanted]
        if any(one >= other for one, other in itertools.pairwise(numbers)):
            raise PartOrderError(str(numbers))
        by_number = {part.number: part for part in there}
        for number, etag in wanted:
            part = by_number.get(number)
            if part is None or part.etag != etag.strip().strip('"').upper():
                raise PartError(str(number))
            chosen.append(part)
    if not chosen:
        raise PartError("none")
    for part in chosen[:-1]:
        if part.size < LEAST_PART:
            raise PartTooSmallError(str(part.number))
    return chosen
