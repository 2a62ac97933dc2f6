"""Who may do what: owners everything, programs objects, everybody what an ACL allows."""

from __future__ import annotations

from batchcompute.server.object_api.errors import OssError, access_denied
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.library_errors import NoSuchBucketError, NoSuchObjectError

ACLS = ("private", "public-read", "public-read-write")

#: Parameters of an object's address that change nothing about who may read or write it.
_HARMLESS = ("append", "objectMeta", "partNumber", "position", "uploadId", "uploads")


def check_anonymous(request: OssRequest, library: ObjectLibrary) -> None:
    """Refuse a request without a signature, unless an ACL lets everybody do this.

    Raises:
        OssError: It is refused.
    """
    if not request.bucket:
        raise _refused("service")
    try:
        acl = library.bucket(request.bucket).acl
    except NoSuchBucketError:
        raise _refused("bucket") from None
    if not request.key:
        raise _refused("bucket")
    subresources = [
        name
        for name in request.query
        if name not in _HARMLESS and not name.startswith(("response-", "x-oss-"))
    ]
    if subresources:
        raise _refused("object")
    try:
        own = library.record(request.bucket, request.key).attributes.acl
    except NoSuchObjectError:
        own = "default"
    effective = acl if own == "default" else own
    reads = request.method in ("GET", "HEAD")
    if effective == "public-read-write" or (reads and effective == "public-read"):
        return
    raise _refused("bucket" if own == "default" else "object")


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
