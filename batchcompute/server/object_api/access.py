"""Access control: owners may do everything, others what was granted or an ACL allows."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from batchcompute.server.model.caller import Caller, Role
from batchcompute.server.object_api.errors import OssError, access_denied, translated
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.object_api.sources import source_of
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.library_errors import (
    BucketExistsError,
    NoSuchBucketError,
    NoSuchObjectError,
)
from batchcompute.server.objects.owners import LEAVES, Leave
from batchcompute.server.objects.records import ObjectRecord

ACLS = ("private", "public-read", "public-read-write")

#: Changes of objects that say who may do what, and are for the bucket's owner.
_OF_OWNERS: Final = ("PutObjectAcl",)

#: Operations that read another object than the one in the address.
COPIES: Final = ("CopyObject", "UploadPartCopy")

#: Parameters of an object's address that change nothing about who may read or write it.
_HARMLESS = ("append", "objectMeta", "partNumber", "position", "uploadId", "uploads")


def check_anonymous(request: OssRequest, operation: str, library: ObjectLibrary) -> None:
    """Refuse a request without a signature, unless ACLs let everybody do this.

    Raises:
        OssError: It is refused.
    """
    _check_everybody(request, library)
    if operation in COPIES:
        source = source_of(request)
        _check_public(source.bucket, source.key, library, reads=True)


def _check_everybody(request: OssRequest, library: ObjectLibrary) -> None:
    """Refuse what not everybody may do with the object that a request names.

    Raises:
        OssError: It is refused.
    """
    if not request.bucket:
        raise _refused("service")
    if not request.key:
        raise _refused("bucket")
    subresources = [
        name
        for name in request.query
        if name not in _HARMLESS and not name.startswith(("response-", "x-oss-"))
    ]
    if subresources:
        raise _refused("object")
    reads = request.method in ("GET", "HEAD")
    _check_public(request.bucket, request.key, library, reads=reads)
    if not reads and _says_acl(request):
        raise _refused("object")


def _check_public(bucket: str, key: str, library: ObjectLibrary, *, reads: bool) -> None:
    """Refuse to read or write an object, unless its ACL lets everybody do so.

    Objects of a private bucket are refused alike, whether or not they are there.

    Raises:
        OssError: It is refused.
    """
    record = _check_acl(bucket, key, library, reads=reads)
    if reads and record is not None and record.kind == "Symlink":
        # Its target is what is read, and has an ACL of its own.
        _check_acl(bucket, record.attributes.target, library, reads=True)


def _check_acl(
    bucket: str, key: str, library: ObjectLibrary, *, reads: bool
) -> ObjectRecord | None:
    """Refuse what the ACL of one object does not allow; return the object, or None without one.

    Raises:
        OssError: It is refused.
    """
    allowing = ("public-read", "public-read-write") if reads else ("public-read-write",)
    try:
        acl = library.bucket(bucket).acl
    except NoSuchBucketError:
        raise _refused("bucket") from None
    record = None
    own = "default"
    with suppress(NoSuchObjectError):
        record = library.record(bucket, key)
        own = record.attributes.acl
    if (acl if own == "default" else own) not in allowing:
        raise _refused("object" if acl in allowing else "bucket")
    return record


def _says_acl(request: OssRequest) -> bool:
    """Say whether the object that is written is to have an ACL of its own."""
    return request.headers.get("x-oss-object-acl", "default") != "default"


def check_caller(request: OssRequest, operation: str, library: ObjectLibrary) -> None:
    """Refuse what the caller's account has no leave for.

    A bucket of another account is answered as one that does not exist; that its name is taken is
    said to whoever wants to make one, as all accounts share the names.

    Raises:
        OssError: It is refused.
    """
    caller = request.caller
    reads = request.method in ("GET", "HEAD")
    if caller.role is Role.READ and not reads:
        raise access_denied("The access key may read only.")
    if not request.bucket:
        return
    if operation in COPIES:
        _check_bucket(caller, source_of(request).bucket, library, leave="read")
    if operation == "PutBucket":
        _claim(request, library)
        return
    of_objects = request.key or operation == "DeleteMultipleObjects"
    leave: Leave = "read" if reads else "write" if of_objects else "own"
    if operation in _OF_OWNERS or (not reads and _says_acl(request)):
        leave = "own"
    try:
        _check_bucket(caller, request.bucket, library, leave=leave)
    except NoSuchBucketError:
        # The caller may do what everybody may.
        try:
            _check_everybody(request, library)
        except OssError:
            raise translated(NoSuchBucketError(request.bucket), request.bucket) from None


def _check_bucket(caller: Caller, bucket: str, library: ObjectLibrary, *, leave: Leave) -> None:
    """Refuse what goes beyond the leave that a caller has.

    Raises:
        NoSuchBucketError: There is no leave at all.
        OssError: There is less.
    """
    given = library.owners.leave(caller, bucket)
    if given is None:
        raise NoSuchBucketError(bucket)
    if LEAVES.index(given) < LEAVES.index(leave):
        raise access_denied(f"The bucket was granted to you to {given} only.")


def _claim(request: OssRequest, library: ObjectLibrary) -> None:
    """Let a new bucket belong to the caller.

    Raises:
        OssError: It belongs to somebody else.
    """
    if not request.caller.owns(library.owners.owner(request.bucket) or request.caller.account):
        raise translated(BucketExistsError(request.bucket), request.bucket)


def check_acl(value: str, *, bucket: bool) -> str:
    """Return an ACL if it is one.

    Raises:
        OssError: There is no such ACL.
    """
    if value in ACLS or (value == "default" and not bucket):
        return value
    text = f"no such {'bucket' if bucket else 'object'} access control exists"
    return _raise(OssError(400, "InvalidArgument", text, "0017-00000203"))


def _raise(error: OssError) -> str:
    raise error


def _refused(what: str) -> OssError:
    if what == "service":
        return access_denied("Anonymous access is forbidden for this operation.", "0002-00000201")
    return access_denied(f"You have no right to access this object because of {what} acl.")
