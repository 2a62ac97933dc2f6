"""The signature of the API's own documentation: `acs <AccessKeyId>:<Signature>`, HMAC-SHA1.

Written from the description of the protocol, on its own: a client's signer must not share it,
or one mistake would be made on both sides and cancel out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter
from urllib.parse import unquote_to_bytes

from batchcompute.server.api.auth.dates import parse_http_date, parse_iso_date
from batchcompute.server.api.request import SignedRequest
from batchcompute.server.model.errors import ApiError

_PREFIX = b"x-acs-"
#: Sent by programs in a browser, where `Date` cannot be set.
_OWN_DATE = b"x-acs-date"
_by_name = itemgetter(0)


class Sha1Signature:
    """The signature of a request, and how it was made.

    Attributes:
        key_id: Id of the key that is said to have signed it.
        needs_nonce: False, as the vendor's libraries for Java before 2021 and for JavaScript send
            none.
    """

    __slots__ = ("_request", "_signature", "key_id")

    needs_nonce = False

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

        It is that of `Date`, or where that is absent, of `x-acs-date`.

        Raises:
            ApiError: Both are absent.
        """
        if own := _own_date(self._request):
            return parse_http_date(own) or parse_iso_date(own)
        return parse_http_date(self._request.required(b"date", "Date"))

    def matches(self, secret: bytes) -> bool:
        """Say whether the request was signed with a secret."""
        # Nearly always the first one is right.
        for message in strings_to_sign(self._request):
            if hmac.compare_digest(signature_of(secret, message), self._signature):
                return True
        return False


def signature_of(secret: bytes, message: bytes) -> bytes:
    """Return the base64 signature of a string to sign."""
    signing = _keyed(secret).copy()
    signing.update(message)
    return base64.b64encode(signing.digest())


@lru_cache(maxsize=256)
def _keyed(secret: bytes) -> hmac.HMAC:
    # To look for the algorithm and to take in the key is most of what one signature costs.
    return hmac.new(secret, digestmod=hashlib.sha1)


def strings_to_sign(request: SignedRequest) -> Iterable[bytes]:
    """Return the strings that a client may have signed for this request.

    Clients differ in whether the path and the query are signed percent-encoded, as they travel,
    or as they are meant. Both are accepted; without anything encoded there is only one. A date
    that came as `x-acs-date` stands in the date's line, and may be missing among the headers.
    """
    header = request.header
    own_date = _own_date(request)
    lines = [
        request.method.encode(),
        header(b"accept"),
        header(b"content-md5"),
        header(b"content-type"),
        own_date or header(b"date"),
    ]
    acs = [pair for pair in request.headers if pair[0].startswith(_PREFIX)]
    acs.sort(key=_by_name)
    resources = _resources(request)
    candidates = [acs]
    if own_date:
        candidates.append([pair for pair in acs if pair[0] != _OWN_DATE])
    for signed in candidates:
        head = b"\n".join([*lines, *(name + b":" + value for name, value in signed)]) + b"\n"
        for resource in resources:
            yield head + resource


def _own_date(request: SignedRequest) -> bytes:
    """Return the `x-acs-date` of a request that has no `Date`; empty if that does not count."""
    return b"" if request.header(b"date") else request.header(_OWN_DATE)


def _resources(request: SignedRequest) -> list[bytes]:
    pairs = request.pairs() if request.query else []
    sent = _resource(request.path, pairs)
    if not (b"%" in request.path or b"%" in request.query or b"+" in request.query):
        return [sent]
    path = unquote_to_bytes(request.path)
    meant = [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, value in pairs]
    # Some mean a blank by a plus.
    with_blanks = [
        (unquote_to_bytes(name), unquote_to_bytes(value.replace(b"+", b"%20")))
        for name, value in pairs
    ]
    return [sent, _resource(path, meant), _resource(path, with_blanks)]


def _resource(path: bytes, pairs: list[tuple[bytes, bytes]]) -> bytes:
    if not pairs:
        return path
    ordered = sorted(pairs, key=_by_name)
    shown = (name + b"=" + value if value else name for name, value in ordered)
    return path + b"?" + b"&".join(shown)
