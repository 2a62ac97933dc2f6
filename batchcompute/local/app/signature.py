"""Checking the signature of a request.

Written from the description of the protocol, on its own: a client's signer must not share it,
or one mistake would be made on both sides and cancel out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from batchcompute.local.app.nonces import NonceMemory
from batchcompute.local.clock import Clock
from batchcompute.local.credentials import KeyRing
from batchcompute.local.errors import ApiError

#: Seconds that a request's Date may be away from our time.
DATE_WINDOW = 15 * 60

#: The version of the API that is spoken here.
API_VERSION = b"2015-11-11"

_PREFIX = b"x-acs-"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parts of a request that are signed.

    Attributes:
        method: HTTP method.
        path: Path as received, percent-encoded.
        query: Query string as received, without the question mark.
        headers: Names in lower case, and values, as received.
    """

    method: str
    path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]

    def header(self, name: bytes) -> bytes:
        """Return a header's value without surrounding blanks; an absent one is empty."""
        for key, value in self.headers:
            if key == name:
                return value.strip()
        return b""


class SignatureCheck:
    """Lets through who knows a secret, within the time window, and once per nonce."""

    def __init__(self, keys: KeyRing, clock: Clock) -> None:
        """Check against these keys and this time."""
        self._keys = keys
        self._clock = clock
        self._nonces = NonceMemory(DATE_WINDOW)

    def check(self, request: SignedRequest) -> str:
        """Check a request, and return the id of the key that signed it.

        Raises:
            ApiError: Something about the signature is wrong.
        """
        key_id, signature = _authorization(request)
        secret = self._keys.secret(key_id)
        if secret is None:
            text = "Specified access key is not found."
            raise ApiError(404, "InvalidAccessKeyId.NotFound", text)
        method = _required(request, b"x-acs-signature-method", "SignatureMethod")
        if method.upper() != b"HMAC-SHA1":
            text = "Specified signature method is not supported; HMAC-SHA1 is."
            raise ApiError(400, "InvalidSignatureMethod", text)
        now = self._clock.now() // 1_000_000
        date = _date(_required(request, b"date", "Date"))
        if abs(now - date) > DATE_WINDOW:
            text = "Specified time stamp or date value is expired."
            raise ApiError(400, "InvalidTimeStamp.Expired", text)
        nonce = _required(request, b"x-acs-signature-nonce", "SignatureNonce")
        _compare(request, secret, signature)
        # Only what was signed rightly is remembered, so that nobody can use up another's nonces.
        if not self._nonces.add(key_id.encode() + b"\n" + nonce, date, now):
            text = "Specified signature nonce was used already."
            raise ApiError(400, "SignatureNonceUsed", text)
        _check_version(request)
        return key_id


def signature_of(secret: bytes, message: bytes) -> bytes:
    """Return the base64 signature of a string to sign."""
    return base64.b64encode(hmac.digest(secret, message, hashlib.sha1))


def strings_to_sign(request: SignedRequest) -> Iterable[bytes]:
    """Return the strings that a client may have signed for this request.

    Clients differ in whether the path and the query are signed percent-encoded, as they travel,
    or as they are meant. Both are accepted; without anything encoded there is only one.
    """
    fixed = b"\n".join(
        [
            request.method.encode(),
            request.header(b"accept"),
            request.header(b"content-md5"),
            request.header(b"content-type"),
            request.header(b"date"),
        ]
    )
    acs = sorted(
        ((name, value) for name, value in request.headers if name.startswith(_PREFIX)),
        key=lambda pair: pair[0],
    )
    head = fixed + b"\n" + b"".join(name + b":" + value + b"\n" for name, value in acs)
    yield head + _resource(request.path, _pairs(request.query))
    if b"%" in request.path or b"%" in request.query or b"+" in request.query:
        path = unquote_to_bytes(request.path)
        pairs = _pairs(request.query)
        yield head + _resource(
            path, [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, value in pairs]
        )
        yield head + _resource(
            path,
            [
                (unquote_to_bytes(name), unquote_to_bytes(value.replace(b"+", b"%20")))
                for name, value in pairs
            ],
        )


def _compare(request: SignedRequest, secret: bytes, signature: bytes) -> None:
    for message in strings_to_sign(request):
        if hmac.compare_digest(signature_of(secret, message), signature):
            return
    text = "Specified signature is not matched with our calculation."
    raise ApiError(400, "SignatureDoesNotMatch", text)


def _pairs(query: bytes) -> list[tuple[bytes, bytes]]:
    parts = (part.partition(b"=") for part in query.split(b"&") if part)
    return [(name, value) for name, _, value in parts]


def _resource(path: bytes, pairs: list[tuple[bytes, bytes]]) -> bytes:
    if not pairs:
        return path
    ordered = sorted(pairs, key=lambda pair: pair[0])
    shown = (name + b"=" + value if value else name for name, value in ordered)
    return path + b"?" + b"&".join(shown)


def _authorization(request: SignedRequest) -> tuple[str, bytes]:
    scheme, _, rest = request.header(b"authorization").partition(b" ")
    key_id, separator, signature = rest.strip().rpartition(b":")
    if scheme.lower() != b"acs" or not separator or not key_id or not signature:
        text = "The Authorization header must be: acs <AccessKeyId>:<Signature>."
        raise ApiError(400, "IncompleteSignature", text)
    return key_id.decode("latin-1"), signature


def _required(request: SignedRequest, header: bytes, name: str) -> bytes:
    value = request.header(header)
    if not value:
        text = f"Header {header.decode()} is mandatory for this action."
        raise ApiError(400, f"Missing{name}", text)
    return value


def _check_version(request: SignedRequest) -> None:
    if _required(request, b"x-acs-version", "Version") != API_VERSION:
        text = "Specified version is not found."
        raise ApiError(403, "InvalidVersion.NotFound", text)


def _date(value: bytes) -> int:
    seconds = _parse_date(value)
    if seconds is None:
        text = "Specified time stamp or date value is not well formatted."
        raise ApiError(400, "InvalidTimeStamp.Format", text)
    return seconds


@lru_cache(maxsize=1024)
def _parse_date(value: bytes) -> int | None:
    """Read `Wed, 11 Nov 2015 10:00:57 GMT`, whatever language the machine is set to."""
    try:
        weekday, day, month, year, clock, zone = value.decode("ascii").split(" ")
        hour, minute, second = clock.split(":")
        if not weekday.endswith(",") or zone != "GMT":
            return None
        number = _MONTHS.index(month) + 1
        moment = datetime(
            int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except ValueError:
        return None
    return int(moment.timestamp())
