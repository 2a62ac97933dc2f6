"""Signatures of OSS requests, in version 4 (`OSS4-HMAC-SHA256`)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

_UNSIGNED = "UNSIGNED-PAYLOAD"
_PREFIX = "x-oss-"


def signed_headers(
    key: tuple[str, str, str],
    region: str,
    method: str,
    resource: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    now: datetime,
) -> dict[str, str]:
    """Return the headers of a request, with its signature.

    Args:
        key: Id, secret and security token ("" without one).
        region: Region id.
        method: HTTP method.
        resource: `/`, `/bucket/` or `/bucket/key`, not quoted.
        query: Parameters of the query, not quoted.
        headers: Headers that the request has besides, by lower-case names.
        now: The present, in UTC.
    """
    key_id, secret, token = key
    made = {
        **headers,
        "x-oss-date": now.strftime("%Y%m%dT%H%M%SZ"),
        "x-oss-content-sha256": _UNSIGNED,
    }
    if token:
        made["x-oss-security-token"] = token
    scope = f"{now:%Y%m%d}/{region}/oss/aliyun_v4_request"
    canonical = "\n".join(
        (
            method,
            quote(resource, safe="/"),
            canonical_query(query),
            "".join(f"{name}:{made[name].strip()}\n" for name in sorted(made) if _is_signed(name)),
            "",
            _UNSIGNED,
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"OSS4-HMAC-SHA256\n{made['x-oss-date']}\n{scope}\n{digest}"
    signing_key = f"aliyun_v4{secret}".encode()
    for part in scope.split("/"):
        signing_key = hmac.new(signing_key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(signing_key, text.encode(), hashlib.sha256).hexdigest()
    made["authorization"] = f"OSS4-HMAC-SHA256 Credential={key_id}/{scope},Signature={signature}"
    return made


def canonical_query(query: Mapping[str, str]) -> str:
    """Return the query of a URL as it is signed, and as it may be sent.

    Args:
        query: Parameters, not quoted.
    """
    pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in query.items())
    return "&".join(f"{name}={value}" if value else name for name, value in pairs)


def _is_signed(name: str) -> bool:
    return name.startswith(_PREFIX) or name in ("content-type", "content-md5")
