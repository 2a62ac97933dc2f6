"""The ASGI application of the object protocol."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from anyio import to_thread
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from batchcompute.server.accounts.audit import AuditLog
from batchcompute.server.api.hosts import HostCheck
from batchcompute.server.model.asgi import OPERATION
from batchcompute.server.model.caller import Role
from batchcompute.server.model.clock import SystemClock, to_wire
from batchcompute.server.object_api.access import COPIES, check_anonymous, check_caller
from batchcompute.server.object_api.auth.check import ObjectSignatureCheck
from batchcompute.server.object_api.buckets import BucketOperations
from batchcompute.server.object_api.conditions import range_of
from batchcompute.server.object_api.errors import OssError, translated
from batchcompute.server.object_api.listing import list_objects, list_objects_v2, list_versions
from batchcompute.server.object_api.multipart import MultipartOperations
from batchcompute.server.object_api.objects import ObjectOperations
from batchcompute.server.object_api.reply import FileRange, Reply
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.object_api.routing import operation_of
from batchcompute.server.object_api.sources import source_of
from batchcompute.server.object_api.xml import document, element
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.library_errors import LibraryError
from batchcompute.server.objects.staged import StagedFile
from batchcompute.server.objects.uploads import Uploads

logger = logging.getLogger("batchcompute.server.objects")

_Handler: TypeAlias = Callable[[OssRequest, bytes], Reply]
_Check: TypeAlias = Callable[[OssRequest], None]
_Store: TypeAlias = Callable[[OssRequest, StagedFile], Reply]

#: Bytes of a request that is a document at the most.
_MOST_DOCUMENT = 8 * 1024 * 1024
#: Content up to this length is received at once and stored in one go.
_SMALL = 1024 * 1024
#: Operations that may make the objects of an account larger.
_GROWING = frozenset(
    {"PutObject", "AppendObject", "UploadPart", "CopyObject", "UploadPartCopy", "PutSymlink"}
)
#: Operations that are written to the audit log; objects are written too often for that.
_AUDITED = frozenset(
    {
        "PutBucket",
        "DeleteBucket",
        "PutBucketAcl",
        "DeleteObject",
        "DeleteMultipleObjects",
        "PutObjectAcl",
    }
)
#: Operations that may be sent for a bucket that does not exist yet.
_WRITING = ("PutObject", "CopyObject", "InitiateMultipartUpload")
#: Bytes that are written, or read and sent, at a time.
_STEP = 1024 * 1024
#: Bytes of an unwanted content that are received before the refusal is sent, as most clients only
#: look for an answer when they have sent all of it.
_MOST_DRAINED = 256 * 1024 * 1024


class ObjectApplication:
    """Answers requests of the object protocol."""

    def __init__(
        self,
        library: ObjectLibrary,
        uploads: Uploads,
        check: ObjectSignatureCheck,
        *,
        region: str,
        endpoint: str,
        hosts: HostCheck | None = None,
        make_buckets: bool = False,
        quota: Callable[[str, int], int | None] | None = None,
        audit: AuditLog | None = None,
    ) -> None:
        """Bind the parts.

        Args:
            library: The objects.
            uploads: The uploads of the library.
            check: Who asks.
            region: Region id that buckets are said to be in.
            endpoint: URL under which clients reach every bucket.
            hosts: Under which names the service may be asked; None for any.
            quota: Counts bytes for a bucket, and returns the limit of its account if they are
                beyond it; None for no limits.
            audit: Where it is written down who made, shared and deleted what; None for nowhere.
            make_buckets: Let objects be written to buckets that are not there, as the service's own
                programs do.
        """
        self._library = library
        self._check = check
        self._hosts = hosts
        self._make_buckets = make_buckets
        self._quota = quota
        self._audit = audit
        buckets = BucketOperations(library, uploads, region, endpoint)
        objects = ObjectOperations(library)
        multipart = MultipartOperations(library, uploads)
        self._handlers: Mapping[str, _Handler] = {
            "ListBuckets": buckets.list_buckets,
            "PutBucket": buckets.create,
            "DeleteBucket": buckets.delete,
            "GetBucketInfo": buckets.info,
            "GetBucketLocation": buckets.location,
            "GetBucketStat": buckets.statistics,
            "GetBucketAcl": buckets.get_acl,
            "PutBucketAcl": buckets.put_acl,
            "GetBucketTags": buckets.get_tags,
            "PutBucketTags": buckets.put_tags,
            "DeleteBucketTags": buckets.delete_tags,
            "GetBucketVersioning": buckets.get_versioning,
            "ListLiveChannel": buckets.list_channels,
            "ListObjects": lambda request, _: list_objects(request, library),
            "ListObjectsV2": lambda request, _: list_objects_v2(request, library),
            "ListObjectVersions": lambda request, _: list_versions(request, library),
            "DeleteMultipleObjects": objects.delete_many,
            "GetObject": objects.get,
            "HeadObject": objects.head,
            "GetObjectMeta": objects.get_meta,
            "CopyObject": objects.copy,
            "DeleteObject": objects.delete,
            "GetObjectAcl": objects.get_acl,
            "PutObjectAcl": objects.put_acl,
            "GetObjectTagging": objects.get_tags,
            "PutObjectTagging": objects.put_tags,
            "DeleteObjectTagging": objects.delete_tags,
            "GetSymlink": objects.get_symlink,
            "PutSymlink": objects.put_symlink,
            "InitiateMultipartUpload": multipart.initiate,
            "UploadPartCopy": multipart.copy_part,
            "CompleteMultipartUpload": multipart.complete,
            "AbortMultipartUpload": multipart.abort,
            "ListParts": multipart.list_parts,
            "ListMultipartUploads": multipart.list_uploads,
        }
        self._stores: Mapping[str, tuple[_Check, _Store]] = {
            "PutObject": (objects.check_put, objects.put),
            "AppendObject": (objects.check_append, objects.append),
            "UploadPart": (multipart.check_part, multipart.put_part),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        identity = os.urandom(12).hex().upper()
        bucket = host = ""
        content = _Content(receive)
        try:
            request = OssRequest.read(scope, identity)
            bucket, host = request.bucket, request.host
            if self._hosts is not None and not self._hosts.allows(host.encode("latin-1")):
                raise OssError(400, "InvalidHost", "This host is not served here.", "0004-00000002")
            reply = await self._respond(scope, request, content)
        except ClientDisconnect:
            return
        except OssError as error:
            reply = _error_reply(error, identity, host, scope["method"])
        except LibraryError as refusal:
            reply = _error_reply(translated(refusal, bucket), identity, host, scope["method"])
        except Exception as error:
            logger.exception("object request %s failed", identity)
            reply = _error_reply(_internal(error), identity, host, scope["method"])
        try:
            await content.drain()
        except ClientDisconnect:
            _close(reply)
            return
        if logger.isEnabledFor(logging.DEBUG):
            path = scope["raw_path"].decode("latin-1")
            logger.debug("%s %r %d %s", scope["method"], path, reply.status, identity)
        await _send(send, reply, identity, head=scope["method"] == "HEAD")

    async def _respond(self, scope: Scope, request: OssRequest, content: _Content) -> Reply:
        caller = self._check.check(request)
        scope[OPERATION] = operation = operation_of(request)
        if caller is not None:
            request = replace(request, caller=caller)
        try:
            reply = await self._perform(request, operation, content, signed=caller is not None)
        except (OssError, LibraryError) as error:
            refusal = error if isinstance(error, OssError) else translated(error, request.bucket)
            if caller is not None and _is_noted(request, operation, refusal):
                self._note(request, operation, refusal.code)
            raise
        if operation in _AUDITED:
            self._note(request, operation, "OK")
        return reply

    async def _perform(
        self, request: OssRequest, operation: str, content: _Content, *, signed: bool
    ) -> Reply:
        if not signed:
            await to_thread.run_sync(check_anonymous, request, operation, self._library)
        else:
            caller = request.caller
            if self._make_buckets and operation in _WRITING:
                await to_thread.run_sync(self._library.have_bucket, request.bucket, caller.account)
            if caller.role is not Role.ADMIN:
                await to_thread.run_sync(check_caller, request, operation, self._library)
        if self._quota is not None and operation in _GROWING:
            await to_thread.run_sync(self._check_quota, request, operation)
        store = self._stores.get(operation)
        if store is not None:
            return await self._store(request, content, *store)
        body = await content.document()
        _check_md5(request, lambda: _md5(body))
        return await to_thread.run_sync(self._handlers[operation], request, body)

    def _note(self, request: OssRequest, operation: str, code: str) -> None:
        """Write down who did something, or was refused to."""
        if self._audit is None:
            return
        target = {"Bucket": request.bucket, **({"Key": request.key} if request.key else {})}
        now = to_wire(SystemClock().now())
        self._audit.write(
            request.caller, operation, target, at=now, request_id=request.request_id, code=code
        )

    def _check_quota(self, request: OssRequest, operation: str) -> None:
        """Refuse content that the account of the bucket has no room for.

        Raises:
            OssError: It is beyond the limit.
        """
        size = self._size_of_copy(request) if operation in COPIES else _length_of(request) or 0
        self._take_room(request.bucket, max(1, size))

    def _size_of_copy(self, request: OssRequest) -> int:
        """Return how many bytes a copy adds; 0 if there is nothing to copy, as is said later."""
        source = source_of(request)
        try:
            size = self._library.record(source.bucket, source.key).size
        except LibraryError:
            return 0
        wanted = request.headers.get("x-oss-copy-source-range", "")
        return range_of(wanted, size, standard=True).length if wanted else size

    def _take_room(self, bucket: str, size: int) -> None:
        most = None if self._quota is None else self._quota(bucket, size)
        if most is not None:
            text = f"The ObjectBytes ({most}) quota of the bucket's account is exhausted."
            raise OssError(403, "QuotaExceeded", text, "0003-00000009")

    async def _store(
        self, request: OssRequest, content: _Content, check: _Check, store: _Store
    ) -> Reply:
        length = _length_of(request)
        if length is not None and length <= _SMALL:
            body = await content.whole()
            return await to_thread.run_sync(self._store_small, request, body, check, store)
        await to_thread.run_sync(check, request)
        staged = await to_thread.run_sync(self._library.stage)
        try:
            counted = length is not None or self._quota is None
            count = None if counted else partial(self._take_room, request.bucket)
            await _receive(content, staged, count)
            return await to_thread.run_sync(_finish, request, staged, store)
        finally:
            await to_thread.run_sync(staged.discard)

    def _store_small(
        self, request: OssRequest, body: bytes | bytearray, check: _Check, store: _Store
    ) -> Reply:
        check(request)
        staged = self._library.stage()
        try:
            staged.write(body)
            return _finish(request, staged, store)
        finally:
            staged.discard()


def _is_noted(request: OssRequest, operation: str, refusal: OssError) -> bool:
    """Say whether a refusal is written down.

    Of what is audited each is; of other changes those for want of a right, which may be answered
    like what does not exist.
    """
    changes = request.method not in ("GET", "HEAD")
    return operation in _AUDITED or (changes and refusal.status in (403, 404))


class _Content:
    """The content of a request, received as it is wanted."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._over = False

    async def next(self) -> bytes | None:
        """Return the next bytes, or None at the end.

        Raises:
            ClientDisconnect: The caller is gone.
        """
        if self._over:
            return None
        message = await self._receive()
        if message["type"] != "http.request":
            self._over = True
            raise ClientDisconnect
        self._over = not message.get("more_body", False)
        data: bytes = message.get("body", b"")
        return data

    async def piece(self) -> bytearray:
        """Return some of it, as much as is written at a time; nothing at the end.

        Raises:
            ClientDisconnect: The caller is gone.
        """
        buffer = bytearray()
        while len(buffer) < _STEP and (data := await self.next()) is not None:
            buffer += data
        return buffer

    async def whole(self) -> bytes | bytearray:
        """Return all of it."""
        first = await self.next()
        if self._over:
            return first or b""
        body = bytearray(first or b"")
        while (data := await self.next()) is not None:
            body += data
        return body

    async def document(self) -> bytes:
        """Return all of it, if it is no longer than a document may be.

        Raises:
            OssError: It is longer.
        """
        body = bytearray()
        while (data := await self.next()) is not None:
            body += data
            if len(body) > _MOST_DOCUMENT:
                text = "Your request is too big."
                raise OssError(400, "EntityTooLarge", text, "0027-00000001")
        return bytes(body)

    async def drain(self) -> None:
        """Receive the rest of it, within reason."""
        left = _MOST_DRAINED
        while left > 0 and (data := await self.next()) is not None:
            left -= len(data)


async def _receive(
    content: _Content, staged: StagedFile, count: Callable[[int], None] | None
) -> None:
    """Write a content, each piece of it while the next one comes.

    Args:
        content: The content.
        staged: Where it goes.
        count: Called with the length of each piece, to refuse it; None if all of it is counted.

    Raises:
        ClientDisconnect: The caller is gone.
        OSError: The disk does not take it.
        OssError: It was refused.
    """

    def write(piece: bytearray) -> None:
        if count is not None:
            count(len(piece))
        staged.write(piece)

    writing: asyncio.Future[None] | None = None
    try:
        while piece := await content.piece():
            if writing is not None:
                await writing
            writing = asyncio.ensure_future(to_thread.run_sync(write, piece))
    finally:
        if writing is not None:
            await writing


def _length_of(request: OssRequest) -> int | None:
    """Return how long the content is said to be; None if that is not said."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _finish(request: OssRequest, staged: StagedFile, store: _Store) -> Reply:
    _check_md5(request, lambda: staged.md5)
    return store(request, staged)


def _check_md5(request: OssRequest, found: Callable[[], bytes]) -> None:
    said = request.headers.get("content-md5", "")
    if not said:
        return
    try:
        digest = base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 16:
        message = "The Content-MD5 you specified is not the base64 of an MD5."
        raise OssError(400, "InvalidDigest", message, "0017-00000015", {"Content-MD5": said})
    if digest != found():
        raise OssError(
            400,
            "InvalidDigest",
            "The Content-MD5 you specified did not match what we received.",
            "0017-00000016",
            {"ClientDigest": said, "OSSDigest": base64.b64encode(found()).decode()},
        )


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


def _internal(error: Exception) -> OssError:
    if isinstance(error, OSError) and error.strerror:
        text = f"The object store cannot do this now: {error.strerror}."
    else:
        text = "We encountered an internal error. Please try again."
    return OssError(500, "InternalError", text, "0004-00000001")


def _error_reply(error: OssError, identity: str, host: str, method: str) -> Reply:
    body = document(
        element(
            "Error",
            element("Code", error.code),
            element("Message", error.message),
            element("RequestId", identity),
            element("HostId", host),
            [element(name, value) for name, value in error.details.items()],
            element("EC", error.ec),
        )
    )
    headers = {"content-type": "application/xml", "x-oss-ec": error.ec, **error.headers}
    if method == "HEAD":
        headers["x-oss-err"] = base64.b64encode(body).decode()
    if error.status == 304:
        return Reply(304, headers)
    return Reply(error.status, headers, body)


def _close(reply: Reply) -> None:
    if isinstance(reply.body, FileRange):
        os.close(reply.body.descriptor)


async def _send(send: Send, reply: Reply, identity: str, *, head: bool) -> None:
    headers = {"server": "AliyunOSS", "x-oss-request-id": identity, **reply.headers}
    body = reply.body
    if isinstance(body, bytes) and reply.status not in (204, 304):
        headers.setdefault("content-length", str(len(body)))
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    try:
        await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
        if isinstance(body, bytes):
            await send({"type": "http.response.body", "body": b"" if head else body})
            return
        position, left = body.start, body.length
        while left:
            data = await to_thread.run_sync(os.pread, body.descriptor, min(left, _STEP), position)
            if not data:
                # It became shorter while it was sent; the connection ends, and the caller sees it.
                raise ClientDisconnect
            position += len(data)
            left -= len(data)
            await send({"type": "http.response.body", "body": data, "more_body": left > 0})
    finally:
        _close(reply)
