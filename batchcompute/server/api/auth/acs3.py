"""The newer signature, which all current libraries of the vendor make: ACS3-HMAC-SHA256.

It covers the body as well. Written from the vendor's description of it, like the older one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from operator import itemgetter
from urllib.parse import quote, unquote_to_bytes

from batchcompute.server.api.auth.dates import parse_iso_date
from batchcompute.server.api.request import SignedRequest
from batchcompute.server.model.errors import ApiError

ALGORITHM = b"ACS3-HMAC-SHA256"

_AUTHORIZATION = re.compile(
    rb"ACS3-HMAC-SHA256\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,"
    rb"\s*Signature=([0-9A-Fa-f]{64})",
    re.IGNORECASE,
)
_by_name = itemgetter(0)


class Acs3Signature:
    """The signature of a request, and how it was made.

    Attributes:
        key_id: Id of the key that is said to have signed it.
        needs_nonce: True, as all who make this signature send one.
    """

    __slots__ = ("_names", "_request", "_signature", "key_id")

    needs_nonce = True

    def __init__(self, request: SignedRequest) -> None:
        """Read the Authorization header.

        Raises:
            ApiError: It has another form.
        """
        found = _AUTHORIZATION.fullmatch(request.header(b"authorization"))
        if found is None:
            text = (
                "The Authorization header must be: ACS3-HMAC-SHA256 Credential=<AccessKeyId>,"
                "SignedHeaders=<names>,Signature=<64 hexadecimal digits>."
            )
            raise ApiError(400, "IncompleteSignature", text)
        self.key_id = found[1].decode("latin-1")
        self._names = found[2].lower().split(b";")
        self._signature = found[3].lower()
        self._request = request

    @staticmethod
    def is_meant(request: SignedRequest) -> bool:
        """Say whether a request names this algorithm."""
        return request.header(b"authorization")[: len(ALGORITHM)].upper() == ALGORITHM

    def check_form(self) -> None:
        """Refuse a request of which something that counts is not signed.

        Raises:
            ApiError: The header that is not signed is named.
        """
        self._request.required(b"x-acs-content-sha256", "ContentSha256")
        signed = set(self._names)
        for name, _ in self._request.headers:
            if name not in signed and (name == b"host" or name.startswith(b"x-acs-")):
                text = f"Header {name.decode('latin-1')} must be among the SignedHeaders."
                raise ApiError(400, "IncompleteSignature", text)

    def date(self) -> int | None:
        """Return the date of the request in seconds since the epoch; None if it is none.

        Raises:
            ApiError: It is absent.
        """
        return parse_iso_date(self._request.required(b"x-acs-date", "Date"))

    def matches(self, secret: bytes) -> bool:
        """Say whether the request, with its body, was signed with a secret."""
        digest = hashlib.sha256(self._request.body).hexdigest().encode()
        claimed = self._request.header(b"x-acs-content-sha256")
        if not hmac.compare_digest(claimed.lower(), digest):
            return False
        return any(
            hmac.compare_digest(signature_of(secret, canonical), self._signature)
            for canonical in canonical_requests(self._request, self._names)
        )


def signature_of(secret: bytes, canonical: bytes) -> bytes:
    """Return the signature of a canonical request, lower-case hexadecimal digits."""
    message = ALGORITHM + b"\n" + hashlib.sha256(canonical).hexdigest().encode()
    return hmac.digest(secret, message, hashlib.sha256).hex().encode()


def canonical_requests(request: SignedRequest, names: list[bytes]) -> Iterator[bytes]:
    """Yield the canonical requests that a client may have signed.

    Args:
        request: The request.
        names: Names of the headers that are signed, in the order of the signature.

    Clients differ in whether a parameter without a value is signed with its `=`, as it is
    documented, or without. Unless there is one, only one form is yielded.
    """
    headers = b"".join(name + b":" + request.header(name) + b"\n" for name in names)
    tail = headers + b"\n" + b";".join(names) + b"\n" + request.header(b"x-acs-content-sha256")
    head = request.method.upper().encode() + b"\n" + _encoded(request.path, b"/") + b"\n"
    pairs = sorted(
        ((_encoded(name), _encoded(value)) for name, value in request.pairs()), key=_by_name
    )
    yield head + b"&".join(name + b"=" + value for name, value in pairs) + b"\n" + tail
    if not all(value for _, value in pairs):
        bare = (name + b"=" + value if value else name for name, value in pairs)
        yield head + b"&".join(bare) + b"\n" + tail


def _encoded(text: bytes, safe: bytes = b"") -> bytes:
    """Encode anew what may have been encoded by other rules on its way here."""
    return quote(unquote_to_bytes(text), safe=safe).encode()
