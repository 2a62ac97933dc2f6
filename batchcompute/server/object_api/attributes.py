"""The attributes of an object, from the headers of the request that writes it."""

from __future__ import annotations

from collections.abc import Mapping

from batchcompute.server.object_api.access import check_acl
from batchcompute.server.object_api.buckets import STORAGE_CLASSES
from batchcompute.server.object_api.errors import OssError, invalid_argument, not_implemented
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.object_api.tagging import tags_of_header
from batchcompute.server.objects.records import DEFAULT_TYPE, Attributes

META = "x-oss-meta-"
_ENCRYPTION = "x-oss-server-side-encryption"
_KEPT = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    _ENCRYPTION,
)
#: User metadata of one object at the most, names and values together, in bytes.
_MOST_META = 8 * 1024

#: Headers that ask for something that is not done here, and whose absence would be a loss.
_REFUSED = {
    "x-oss-callback": "A callback",
    "x-oss-server-side-data-encryption": "Encryption by SM4",
    "x-oss-server-side-encryption-key-id": "Encryption by KMS",
    "x-oss-object-worm-mode": "Retention of objects",
    "x-oss-process": "Processing of objects",
}


def attributes_of(request: OssRequest) -> Attributes:
    """Return what a request says of the object that it writes.

    Raises:
        OssError: It says something that cannot be kept.
    """
    headers = request.headers
    refuse_unserved(headers)
    kept = {name: headers[name] for name in _KEPT if headers.get(name)}
    kept.setdefault("content-type", DEFAULT_TYPE)
    meta = {name: value for name, value in headers.items() if name.startswith(META)}
    if sum(len(name) - len(META) + len(value) for name, value in meta.items()) > _MOST_META:
        text = "The user metadata is larger than 8 KB."
        raise OssError(400, "InvalidArgument", text, "0017-00000019")
    storage = headers.get("x-oss-storage-class", "Standard")
    if storage not in STORAGE_CLASSES:
        raise invalid_argument("There is no such storage class.", "x-oss-storage-class", storage)
    return Attributes(
        {**kept, **meta},
        check_acl(headers.get("x-oss-object-acl", "default"), bucket=False),
        storage,
        tags_of_header(headers.get("x-oss-tagging", "")),
    )


def refuse_unserved(headers: Mapping[str, str]) -> None:
    """Refuse, before anything is stored, what would silently be something else.

    Raises:
        OssError: A header asks for what is not done here.
    """
    for name, what in _REFUSED.items():
        if headers.get(name):
            raise not_implemented(what)
    encryption = headers.get(_ENCRYPTION, "")
    if encryption == "KMS":
        raise not_implemented("Encryption by KMS")
    if encryption not in ("", "AES256", "None"):
        text = "The encryption algorithm you specified is not valid."
        raise OssError(
            400, "InvalidEncryptionAlgorithmError", text, "0017-00000801", {"Method": encryption}
        )
