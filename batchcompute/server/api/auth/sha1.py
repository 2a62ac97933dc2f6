"""The signature of the API's own documentation: `acs <AccessKeyId>:<Signature>`, HMAC-SHA1.

Written from the description of the protocol, on its own: a client's signer must not share it,
or one mistake would be made on both sides and cancel out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from urllib.parse import unquote_to_bytes

from batchcompute.server.api.request import SignedRequest
from batchcompute.server.model.errors import ApiError

_PREFIX = b"x-acs-"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_by_name = itemgetter(0)


class Sha1Signature:
    """What a request says of its signature.

    Attributes:
        key_id: Id of the key that is said to have signed it.
    """

    __slots__ = ("_request", "_signature", "key_id")

    def __init__(self, request: SignedRequest) -> None:
        """Read the Authorization header.

        Raises:
            ApiError: It has another form.
        """
        scheme, _, rest = request.header(b"authorization").partition(b" ")
        key_id, separator, signature = rest.strip().rpartition(b":")
        if scheme.lower() != b"acs" or not separator or not key_id or not signature:
            text = (
                "The Authorization header must be: acs <AccessKeyId>:<Signature>, or: "
                "ACS3-HMAC-SHA256 Credential=<AccessKeyId>,SignedHeaders=<names>,Signature=<hex>."
            )
            raise ApiError(400, "IncompleteSignature", text)
        self.key_id = key_id.decode("latin-1")
        self._signature = signature
        self._request = request

    def check_form(self) -> None:
        """Refuse another method than the one that is known.

        Raises:
            ApiError: It is another one, or none is named.
        """
        method = self._request.required(b"x-acs-signature-method", "SignatureMethod")
        if method.upper() != b"HMAC-SHA1":
            text = "Specified signature method is not supported; HMAC-SHA1 is."
            raise ApiError(400, "InvalidSignatureMethod", text)

    def date(self) -> int | None:
        """Return the date of the request in seconds since the epoch; None if it is none.

        Raises:
            ApiError: It is absent.
        """
        return _parse_date(self._request.required(b"date", "Date"))

    def matches(self, secret: bytes) -> bool:
        """Say whether the request was signed with a secret."""
        return any(
            hmac.compare_digest(signature_of(secret, message), self._signature)
            for message in strings_to_sign(self._request)
        )


def signature_of(secret: bytes, message: bytes) -> bytes:
    """Return the base64 signature of a string to sign."""
    return base64.b64encode(hmac.digest(secret, message, hashlib.sha1))


def strings_to_sign(request: SignedRequest) -> Iterable[bytes]:
    """Return the strings that a client may have signed for this request.

    Clients differ in whether the path and the query are signed percent-encoded, as they travel,
    or as they are meant. Both are accepted; without anything encoded there is only one.
    """
    header = request.header
    lines = [
        request.method.encode(),
        header(b"accept"),
        header(b"content-md5"),
        header(b"content-type"),
        header(b"date"),
    ]
    acs = [pair for pair in request.headers if pair[0].startswith(_PREFIX)]
    acs.sort(key=_by_name)
    lines += [name + b":" + value for name, value in acs]
    head = b"\n".join(lines) + b"\n"
    pairs = request.pairs()
    yield head + _resource(request.path, pairs)
    if b"%" in request.path or b"%" in request.query or b"+" in request.query:
        path = unquote_to_bytes(request.path)
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


def _resource(path: bytes, pairs: list[tuple[bytes, bytes]]) -> bytes:
    if not pairs:
        return path
    ordered = sorted(pairs, key=_by_name)
    shown = (name + b"=" + value if value else name for name, value in ordered)
    return path + b"?" + b"&".join(shown)


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
