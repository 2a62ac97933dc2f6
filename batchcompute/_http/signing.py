"""Sign requests: base64(HMAC-SHA1) over method, some headers and the resource.

The algorithm is described at the security scheme of the specification, which also has test vectors.
`authorization` is the whole of it, for one request; `Signer` does the same for many.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import quote

_SIGNED_PREFIX = "x-acs-"
#: Headers that are signed in places of their own, in that order.
_SIGNED_NAMES = ("accept", "content-md5", "content-type", "date")
#: Stands for what is not known yet; no header can contain it.
_GAP = "\0"


def canonical_query(params: Mapping[str, object]) -> str:
    """Encode query parameters as they are both sent and signed.

    Args:
        params: Names and values; None leaves a parameter out, True and False become words.

    Returns:
        The query without "?": sorted by name, percent-encoded, a bare name for an empty value.
    """
    parts: list[str] = []
    for name in sorted(params):
        value = params[name]
        if value is None:
            continue
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        encoded = quote(name, safe="")
        parts.append(f"{encoded}={quote(text, safe='')}" if text else encoded)
    return "&".join(parts)


def string_to_sign(method: str, target: str, headers: Iterable[tuple[str, str]]) -> str:
    """Return the string that the signature covers.

    Args:
        method: HTTP method.
        target: Path and query exactly as they are sent, in canonical form.
        headers: The request's headers; those that the signature does not cover are ignored.
    """
    fixed = dict.fromkeys(_SIGNED_NAMES, "")
    signed: list[str] = []
    for name, value in headers:
        lower = name.strip().lower()
        if lower in fixed:
            fixed[lower] = value.strip()
        elif lower.startswith(_SIGNED_PREFIX):
            signed.append(f"{lower}:{value}\n")
    lines = (method.upper(), *fixed.values())
    return "\n".join(lines) + "\n" + "".join(sorted(signed)) + target


def is_signed(name: str) -> bool:
    """Return whether the signature covers a header of that name."""
    lower = name.strip().lower()
    return lower in _SIGNED_NAMES or lower.startswith(_SIGNED_PREFIX)


def signature(secret: str, text: str) -> str:
    """Return the base64 signature of a string.

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


class Signer:
    """Signs requests of one access key that differ in method, target, date and nonce alone.

    It gives what `authorization` gives. What all the requests have in common is written, and the
    key taken in, only once.

    Args:
        access_key_id: The access key's id.
        secret: The access key's secret.
        headers: The headers that all the requests have, without Date and nonce.
    """

    # Threads may share one: nothing changes after construction.
    __slots__ = ("_after_date", "_after_nonce", "_before_date", "_key", "_scheme")

    def __init__(self, access_key_id: str, secret: str, headers: Iterable[tuple[str, str]]) -> None:
        gaps = (("date", _GAP), ("x-acs-signature-nonce", _GAP))
        text = string_to_sign("", "", [*headers, *gaps])
        self._before_date, self._after_date, self._after_nonce = text.split(_GAP)
        self._key = hmac.new(secret.encode("utf-8"), digestmod=hashlib.sha1)
        self._scheme = f"acs {access_key_id}:"

    def authorization(self, method: str, target: str, date: str, nonce: str) -> str:
        """Return the value of the Authorization header of a request.

        Args:
            method: HTTP method, in upper case.
            target: Path and query exactly as they are sent.
            date: The Date header.
            nonce: The x-acs-signature-nonce header.
        """
        text = (
            f"{method}{self._before_date}{date}{self._after_date}{nonce}{self._after_nonce}{target}"
        )
        keyed = self._key.copy()
        keyed.update(text.encode("utf-8"))
        return self._scheme + base64.b64encode(keyed.digest()).decode("ascii")
