"""Finding out who sent a request, by its signature."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from batchcompute.server.model.caller import Caller
from batchcompute.server.model.whole_numbers import whole_number
from batchcompute.server.object_api.auth import canonical
from batchcompute.server.object_api.auth.credentials import FindKey
from batchcompute.server.object_api.errors import OssError, access_denied, invalid_argument
from batchcompute.server.object_api.request import OssRequest

#: Seconds that a request's date may be away from the time here.
_SKEW = 15 * 60
#: The longest time for which a version 4 URL may be valid, in seconds.
_LONGEST = 7 * 24 * 3600
_LATEST = 2**40

_V4 = "OSS4-HMAC-SHA256"
#: A header of version 4, and the one value of it that the protocol has.
_DIGEST, _UNSIGNED = "x-oss-content-sha256", "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class _Claim:
    """The signature of a request, and how it was made."""

    version: int
    key_id: str
    signature: str
    additional: tuple[str, ...]
    scope: str
    time: str
    expires: str | None
    token: str


class ObjectSignatureCheck:
    """Tells callers with a key from those without, and refuses wrong signatures."""

    def __init__(self, find: FindKey, now: Callable[[], float]) -> None:
        """Bind the parts.

        Args:
            find: Finds keys, those of programs as well.
            now: Seconds since the epoch, UTC.
        """
        self._find = find
        self._now = now

    def check(self, request: OssRequest) -> Caller | None:
        """Return who has signed a request, or None if it is not signed.

        Raises:
            OssError: The key is unknown, the signature is wrong, or its time is over.
        """
        claim = _claim(request)
        if claim is None:
            return None
        key = self._find(claim.key_id, claim.token)
        if key is None:
            raise OssError(
                403,
                "InvalidAccessKeyId",
                "The OSS Access Key Id you provided does not exist in our records.",
                "0002-00000902",
                {"OSSAccessKeyId": claim.key_id},
            )
        text, *rights = _signed(request, claim, key.secret)
        said = claim.signature.encode("utf-8", "replace")
        if not any(hmac.compare_digest(right.encode(), said) for right in rights):
            raise OssError(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
                "0002-00000040",
                {
                    "OSSAccessKeyId": claim.key_id,
                    "SignatureProvided": claim.signature,
                    "StringToSign": text,
                },
            )
        self._check_time(claim)
        _check_digest(request, claim)
        if not key.is_active(self._now()):
            raise _inactive(claim)
        return key.caller

    def _check_time(self, claim: _Claim) -> None:
        now = self._now()
        if claim.expires is None:
            if abs(_seconds(claim.time) - now) > _SKEW:
                raise OssError(
                    403,
                    "RequestTimeTooSkewed",
                    "The difference between the request time and the current time is too large.",
                    "0002-00000504",
                    {
                        "RequestTime": claim.time,
                        "ServerTime": _iso(now),
                        "MaxAllowedSkewMilliseconds": str(_SKEW * 1000),
                    },
                )
            return
        until = whole_number(claim.expires, 0, 10**19)
        if until is None:
            raise access_denied("Invalid expires parameter.", "0002-00000069")
        until = min(until, _LATEST)
        if claim.version == 4:
            if not 1 <= until <= _LONGEST:
                message = f"x-oss-expires must be a number from 1 to {_LONGEST}."
                raise invalid_argument(message, "x-oss-expires", claim.expires)
            begin = _seconds(claim.time)
            if begin - now > _SKEW:
                raise access_denied("Request is not valid yet.", "0002-00000069")
            until += int(begin)
        if now > until:
            details = {"Expires": _iso(until), "ServerTime": _iso(now)}
            raise OssError(403, "AccessDenied", "Request has expired.", "0002-00000069", details)


def _check_digest(request: OssRequest, claim: _Claim) -> None:
    """Refuse a signed digest, which says that a content that was changed on its way is refused."""
    said = request.headers.get(_DIGEST, _UNSIGNED)
    if claim.version == 4 and said != _UNSIGNED:
        raise invalid_argument(f"{_DIGEST} must be {_UNSIGNED}.", _DIGEST, said)


def _inactive(claim: _Claim) -> OssError:
    if claim.token:
        text = "The security token you provided has expired."
        return OssError(403, "SecurityTokenExpired", text, "0002-00000903")
    text = "The OSS Access Key Id you provided is disabled."
    details = {"OSSAccessKeyId": claim.key_id}
    return OssError(403, "InvalidAccessKeyId", text, "0002-00000904", details)


def _signed(request: OssRequest, claim: _Claim, secret: bytes) -> tuple[str, ...]:
    """Return the text that had to be signed, and the signatures that are right."""
    if claim.version == 4:
        request_text = canonical.version_4(request, claim.additional, "x-oss-signature")
        text, right = canonical.version_4_signature(secret, request_text, claim.time, claim.scope)
        return text, right
    date = claim.time if claim.expires is None else claim.expires
    if claim.version == 2:
        signed = canonical.version_2(request, date, claim.additional, "x-oss-signature")
        return _shown(signed), canonical.signature(secret, signed, "sha256")
    signed = canonical.version_1(request, date)
    # Some clients leave out the slash behind a bucket that stands in the path.
    bare = canonical.version_1(request, date, slash="")
    return _shown(signed), *(canonical.signature(secret, one, "sha1") for one in (signed, bare))


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _claim(request: OssRequest) -> _Claim | None:
    header = request.headers.get("authorization", "")
    if header:
        return _claim_of_header(request, header)
    query = request.query
    if "x-oss-signature" in query:
        version = query.get("x-oss-signature-version", "")
        additional = _names(query.get("x-oss-additional-headers", ""))
        expires = query.get("x-oss-expires", "")
        if version == _V4:
            key_id, scope = _credential(query.get("x-oss-credential", ""))
            time = query.get("x-oss-date", "")
            _check_scope(scope, time)
            token = query.get("x-oss-security-token", "")
            return _Claim(
                4, key_id, query["x-oss-signature"], additional, scope, time, expires, token
            )
        key_id = query.get("x-oss-access-key-id", "")
        token = query.get("security-token", "")
        return _Claim(2, key_id, query["x-oss-signature"], additional, "", "", expires, token)
    if "Signature" in query or "OSSAccessKeyId" in query:
        return _Claim(
            1,
            query.get("OSSAccessKeyId", ""),
            query.get("Signature", ""),
            (),
            "",
            "",
            query.get("Expires", ""),
            query.get("security-token", ""),
        )
    return None


def _claim_of_header(request: OssRequest, header: str) -> _Claim:
    scheme, _, rest = header.partition(" ")
    headers = request.headers
    token = headers.get("x-oss-security-token", "") or headers.get("security-token", "")
    date = headers.get("x-oss-date", "") or headers.get("date", "")
    if scheme == "OSS":
        key_id, separator, signature = rest.strip().partition(":")
        if separator:
            return _Claim(1, key_id, signature, (), "", date, None, token)
    elif scheme == "OSS2":
        fields = _fields(rest, ":")
        if "AccessKeyId" in fields and "Signature" in fields:
            additional = _names(fields.get("AdditionalHeaders", ""))
            # Version 2 signs the Date header alone.
            date = headers.get("date", "") or date
            return _Claim(
                2, fields["AccessKeyId"], fields["Signature"], additional, "", date, None, token
            )
    elif scheme == _V4:
        fields = _fields(rest, "=")
        if "Credential" in fields and "Signature" in fields:
            key_id, scope = _credential(fields["Credential"])
            additional = _names(fields.get("AdditionalHeaders", ""))
            time = headers.get("x-oss-date", "")
            if not time and headers.get("date"):
                time = datetime.fromtimestamp(_seconds(headers["date"]), UTC).strftime(
                    "%Y%m%dT%H%M%SZ"
                )
            _check_scope(scope, time)
            return _Claim(4, key_id, fields["Signature"], additional, scope, time, None, token)
    raise OssError(
        403,
        "AccessDenied",
        "The Authorization header must be of signature version 1, 2 or 4: 'OSS <id>:<signature>', "
        "'OSS2 AccessKeyId:…' or 'OSS4-HMAC-SHA256 Credential=…'.",
        "0002-00000203",
    )


def _fields(text: str, separator: str) -> dict[str, str]:
    pairs = (part.strip().partition(separator) for part in text.split(","))
    return {name: value for name, _, value in pairs}


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in text.split(";") if name)


def _credential(text: str) -> tuple[str, str]:
    key_id, _, scope = text.partition("/")
    return key_id, scope


def _check_scope(scope: str, time: str) -> None:
    if not re.fullmatch(r"\d{8}T\d{6}Z", time, re.ASCII):
        raise invalid_argument("x-oss-date must look like 20260101T000000Z.", "x-oss-date", time)
    parts = scope.split("/")
    if len(parts) != 4 or parts[0] != time[:8] or parts[3] != "aliyun_v4_request":
        raise invalid_argument(
            "The credential's scope must be <date>/<region>/oss/aliyun_v4_request, with the date "
            "of x-oss-date.",
            "Credential",
            scope,
        )


def _seconds(date: str) -> float:
    """Return a date in seconds since the epoch, in the forms of both headers."""
    try:
        if re.fullmatch(r"\d{8}T\d{6}Z", date, re.ASCII):
            return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        found = parsedate_to_datetime(date)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        raise access_denied(
            "The request has no valid Date or x-oss-date.", "0002-00000203"
        ) from None


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
