"""The request signature: base64(HMAC-SHA1) over method, some headers and the resource.

Pure functions. The algorithm is described at the security scheme of the specification, which also
has test vectors.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import quote

_SIGNED_PREFIX = "x-acs-"


def canonical_query(params: Mapping[str, object]) -> str:
    """Write query parameters the one way in which they are both sent and signed.

    Args:
        params: Names and values; None leaves a parameter out, True and False become words.

    Returns:
        The query without "?": sorted by name, percent-encoded, a bare name for an empty value.
    """
    parts = []
    for name in sorted(params):
        value = params[name]
        if value is None:
            continue
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        encoded = quote(name, safe="")
        parts.append(f"{encoded}={quote(text, safe='')}" if text else encoded)
    return "&".join(parts)


def string_to_sign(method: str, target: str, headers: Iterable[tuple[str, str]]) -> str:
    """Return the text that the signature covers.

    Args:
        method: HTTP method.
        target: Path and query exactly as they are sent, in canonical form.
        headers: The request's headers; those that the signature does not cover are ignored.
    """
    fixed = {"accept": "", "content-md5": "", "content-type": "", "date": ""}
    signed = []
    for name, value in headers:
        lower = name.strip().lower()
        if lower in fixed:
            fixed[lower] = value.strip()
        elif lower.startswith(_SIGNED_PREFIX):
            signed.append(f"{lower}:{value}\n")
    lines = (method.upper(), *fixed.values())
    return "\n".join(lines) + "\n" + "".join(sorted(signed)) + target


def signature(secret: str, text: str) -> str:
    """Return the base64 signature of a text.

    Args:
        secret: The access key secret.
        text: What `string_to_sign` gave.
    """
    digest = hmac.digest(secret.encode("utf-8"), text.encode("utf-8"), hashlib.sha1)
    return base64.b64encode(digest).decode("ascii")


def authorization(
    access_key_id: str,
    secret: str,
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]],
) -> str:
    """Return the value of the Authorization header of a request.

    Args:
        access_key_id: The access key's id.
        secret: The access key's secret.
        method: HTTP method.
        target: Path and query exactly as they are sent.
        headers: All headers of the request.
    """
    return f"acs {access_key_id}:{signature(secret, string_to_sign(method, target, headers))}"
