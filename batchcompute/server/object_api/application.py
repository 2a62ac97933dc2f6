"""The ASGI application of the object protocol: who may do what, and which handler does it."""

from __future__ import annotations

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
from batchcompute.server.model import limits
from batchcompute.server.model.asgi import OPERATION
from batchcompute.server.model.caller import Role
from batchcompute.server.model.clock import SystemClock, to_wire
from batchcompute.server.object_api.access import COPIES, check_anonymous, check_caller
from batchcompute.server.object_api.auth.check import ObjectSignatureCheck
from batchcompute.server.object_api.buckets import BucketOperations
from batchcompute.server.object_api.conditions import range_of
from batchcompute.server.object_api.content import (
    Content,
    check_md5,
    length_of,
    md5_of,
    write_content,
)
from batchcompute.server.object_api.errors import OssError, internal_error, translated
from batchcompute.server.object_api.listing import list_objects, list_objects_v2, list_versions
from batchcompute.server.object_api.multipart import MultipartOperations
from batchcompute.server.object_api.objects import ObjectOperations
from batchcompute.server.object_api.quota import Quota, refuse_beyond
from batchcompute.server.object_api.reply import Reply
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.object_api.routing import operation_of
from batchcompute.server.object_api.sending import close, error_reply, send_reply
from batchcompute.server.object_api.sources import source_of
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.library_errors import LibraryError
from batchcompute.server.objects.staged import StagedFile
from batchcompute.server.objects.uploads import Uploads

logger = logging.getLogger("batchcompute.server.objects")

_Handler: TypeAlias = Callable[[OssRequest, bytes], Reply]
_Check: TypeAlias = Callable[[OssRequest], None]
_Store: TypeAlias = Callable[[OssRequest, StagedFile], Reply]

#: Content up to this length is received at once and stored in one go.
_SMALL = 1024 * 1024
#: Operations that may make the objects of an account larger.
_GROWING = frozenset(
    {"PutObject", "AppendObject", "UploadPart", "CopyObject", "UploadPartCopy", "PutSymlink"}
)
#: Those that make something of which an account may have so many.
_COUNTED = frozenset({"PutBucket", "InitiateMultipartUpload"})
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
        quota: Quota | None = None,
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
            quota: The limits of accounts; None for no limits.
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
        content = Content(receive)
        try:
            request = OssRequest.read(scope, identity)
            bucket, host = request.bucket, request.host
            if self._hosts is not None and not self._hosts.allows(host.encode("latin-1")):
                raise OssError(400, "InvalidHost", "This host is not served here.", "0004-00000002")
            reply = await self._respond(scope, request, content)
        except ClientDisconnect:
            return
        except OssError as error:
            reply = error_reply(error, identity, host, scope["method"])
        except LibraryError as refusal:
            reply = error_reply(translated(refusal, bucket), identity, host, scope["method"])
        except Exception as error:
            logger.exception("object request %s failed", identity)
            reply = error_reply(internal_error(error), identity, host, scope["method"])
        try:
            await content.drain()
        except ClientDisconnect:
            close(reply)
            return
        if logger.isEnabledFor(logging.DEBUG):
            path = scope["raw_path"].decode("latin-1")
            logger.debug("%s %r %d %s", scope["method"], path, reply.status, identity)
        await send_reply(send, reply, identity, head=scope["method"] == "HEAD")

    async def _respond(self, scope: Scope, request: OssRequest, content: Content) -> Reply:
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
        self, request: OssRequest, operation: str, content: Content, *, signed: bool
    ) -> Reply:
        if not signed:
            await to_thread.run_sync(check_anonymous, request, operation, self._library)
        else:
            caller = request.caller
            if self._make_buckets and operation in _WRITING:
                await to_thread.run_sync(self._library.have_bucket, request.bucket, caller.account)
            if caller.role is not Role.ADMIN:
                await to_thread.run_sync(check_caller, request, operation, self._library)
        if self._quota is not None and operation in (*_GROWING, *_COUNTED):
            await to_thread.run_sync(self._check_quota, request, operation, self._quota)
        store = self._stores.get(operation)
        if store is not None:
            return await self._store(request, content, *store)
        body = await content.document()
        check_md5(request, lambda: md5_of(body))
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

    def _check_quota(self, request: OssRequest, operation: str, quota: Quota) -> None:
        """Refuse what the account has no room for, which is that of the bucket if there is one.

        Raises:
            OssError: It is beyond the limit.
        """
        if operation == "PutBucket":
            account = request.caller.account
            refuse_beyond(limits.BUCKETS, quota.take_bucket(request.bucket, account))
        elif operation == "InitiateMultipartUpload":
            refuse_beyond(limits.UPLOADS, quota.take_upload(request.bucket))
        else:
            size = self._size_of_copy(request) if operation in COPIES else length_of(request) or 0
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
        most = None if self._quota is None else self._quota.take_room(bucket, size)
        refuse_beyond(limits.OBJECT_BYTES, most)

    async def _store(
        self, request: OssRequest, content: Content, check: _Check, store: _Store
    ) -> Reply:
        length = length_of(request)
        if length is not None and length <= _SMALL:
            body = await content.whole()
            return await to_thread.run_sync(self._store_small, request, body, check, store)
        await to_thread.run_sync(check, request)
        staged = await to_thread.run_sync(self._library.stage)
        try:
            counted = length is not None or self._quota is None
            count = None if counted else partial(self._take_room, request.bucket)
            await write_content(content, staged, count)
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


def _finish(request: OssRequest, staged: StagedFile, store: _Store) -> Reply:
    check_md5(request, lambda: staged.md5)
    return store(request, staged)
