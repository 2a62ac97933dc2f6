"""The texts that are signed, in the three versions of the protocol's signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import quote

from batchcompute.server.object_api.request import OssRequest

#: Parameters that are part of a version 1 signature. All others are not.
SUBRESOURCES = frozenset(
    [
        "accelerate",
        "acl",
        "append",
        "asyncFetch",
        "bucketArchiveDirectRead",
        "bucketInfo",
        "callback",
        "callback-var",
        "cloudboxes",
        "cname",
        "comp",
        "continuation-token",
        "cors",
        "delete",
        "encryption",
        "endTime",
        "group",
        "httpsConfig",
        "img",
        "inventory",
        "inventoryId",
        "lifecycle",
        "link",
        "live",
        "location",
        "logging",
        "metaQuery",
        "objectInfo",
        "objectMeta",
        "partNumber",
        "policy",
        "policyStatus",
        "position",
        "publicAccessBlock",
        "qos",
        "qosInfo",
        "qosRequester",
        "queryExpires",
        "referer",
        "regionList",
        "regionProperty",
        "replication",
        "replicationLocation",
        "replicationProgress",
        "requestPayment",
        "requesterQosInfo",
        "resourceGroup",
        "restore",
        "security-token",
        "select",
        "sequential",
        "startTime",
        "stat",
        "status",
        "style",
        "styleName",
        "symlink",
        "tagging",
        "transferAcceleration",
        "udf",
        "udfApplication",
        "udfApplicationLog",
        "udfId",
        "udfImage",
        "udfName",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "vip",
        "vod",
        "website",
        "worm",
        "wormExtend",
        "wormId",
        "x-oss-ac-forward-allow",
        "x-oss-ac-source-ip",
        "x-oss-ac-subnet-mask",
        "x-oss-ac-vpc-id",
        "x-oss-async-process",
        "x-oss-process",
        "x-oss-request-payer",
        "x-oss-traffic-limit",
        "x-oss-write-get-object-response",
    ]
) | {
    f"response-{name}"
    for name in (
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    )
}
_PREFIX = "x-oss-"


def version_1(request: OssRequest, date: str, slash: str = "/") -> bytes:
    """Return the text that a version 1 signature signs.

    Args:
        request: The request.
        date: Its date, or for a URL the second at which it expires.
        slash: What stands behind the name of a bucket if there is no key.
    """
    signed = sorted((name, v) for name, v in request.query.items() if name in SUBRESOURCES)
    resource = _resource(request, slash).encode() + _query(signed).encode()
    return b"\n".join(
        (
            request.method.encode(),
            _header(request, "content-md5"),
            _header(request, "content-type"),
            date.encode(),
            _headers(request, ()) + resource,
        )
    )


def version_2(request: OssRequest, date: str, additional: Collection[str], own: str) -> bytes:
    """Return the text that a version 2 signature signs.

    Args:
        request: The request.
        date: Its date, or for a URL the second at which it expires.
        additional: Lower-case names of headers that are signed besides those of the protocol.
        own: Name of the parameter that holds the signature itself.
    """
    pairs = _encoded(request.query, {own})
    return b"\n".join(
        (
            request.method.encode(),
            _header(request, "content-md5"),
            _header(request, "content-type"),
            date.encode(),
            _headers(request, additional)
            + ";".join(sorted(additional)).encode()
            + b"\n"
            + quote(_resource(request), safe="").encode()
            + _query(pairs).encode(),
        )
    )


def version_4(request: OssRequest, additional: Collection[str], own: str) -> bytes:
    """Return the canonical request of a version 4 signature.

    Args:
        request: The request.
        additional: Lower-case names of headers that are signed besides the usual ones.
        own: Name of the parameter that holds the signature itself.
    """
    usual = ("content-type", "content-md5")
    payload = request.headers.get("x-oss-content-sha256", "UNSIGNED-PAYLOAD")
    return b"\n".join(
        (
            request.method.encode(),
            quote(_resource(request), safe="/").encode(),
            _query(_encoded(request.query, {own})).encode()[1:],
            _headers(request, (*usual, *additional)),
            ";".join(sorted(additional)).encode(),
            payload.encode("latin-1"),
        )
    )


def version_4_signature(secret: bytes, canonical: bytes, time: str, scope: str) -> tuple[str, str]:
    """Return the text that is signed, and the signature in hexadecimal.

    Args:
        secret: The key's secret.
        canonical: The canonical request.
        time: `20260101T000000Z`.
        scope: `20260101/region/oss/aliyun_v4_request`.
    """
    digest = hashlib.sha256(canonical).hexdigest()
    text = f"OSS4-HMAC-SHA256\n{time}\n{scope}\n{digest}"
    key = b"aliyun_v4" + secret
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return text, hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def signature(secret: bytes, text: bytes, algorithm: str) -> str:
    """Return the signature of versions 1 ("sha1") and 2 ("sha256"), in base64."""
    return base64.b64encode(hmac.new(secret, text, algorithm).digest()).decode()


def _resource(request: OssRequest, slash: str = "/") -> str:
    if not request.bucket:
        return "/"
    return f"/{request.bucket}/{request.key}" if request.key else f"/{request.bucket}{slash}"


def _header(request: OssRequest, name: str) -> bytes:
    return request.headers.get(name, "").encode("latin-1")


def _headers(request: OssRequest, more: Collection[str]) -> bytes:
    chosen = sorted(
        (name, value)
        for name, value in request.headers.items()
        if name.startswith(_PREFIX) or name in more
    )
    return b"".join(f"{name}:{value}\n".encode("latin-1") for name, value in chosen)


def _encoded(query: Mapping[str, str], without: Collection[str]) -> list[tuple[str, str]]:
    return sorted(
        (quote(name, safe=""), quote(value, safe=""))
        for name, value in query.items()
        if name not in without
    )


def _query(pairs: Iterable[tuple[str, str]]) -> str:
    text = "&".join(f"{name}={value}" if value else name for name, value in pairs)
    return f"?{text}" if text else ""
