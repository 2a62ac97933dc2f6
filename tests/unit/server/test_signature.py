from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.accounts.keyring import KeyRing
from batchcompute.server.api.auth.authentication import SignatureCheck
from batchcompute.server.api.auth.sha1 import signature_of, strings_to_sign
from batchcompute.server.api.request import SignedRequest
from batchcompute.server.model.errors import ApiError

_FILE = Path(__file__).parents[3] / "spec" / "examples" / "signature-vectors.json"
VECTORS = json.loads(_FILE.read_text(encoding="utf-8"))
KEY = AccessKey(VECTORS["access_key_id"], VECTORS["access_key_secret"])
NOON = datetime(2015, 11, 11, 10, 0, 57, tzinfo=UTC)


class FixedClock:
    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> int:
        return int(self.moment.timestamp()) * 1_000_000


def request_of(vector: Mapping[str, Any], **headers: str | None) -> SignedRequest:
    path, _, query = vector["request_target"].partition("?")
    sent: dict[str, str | None] = {**vector["headers"], "Authorization": vector["authorization"]}
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    return SignedRequest(
        vector["method"],
        path.encode(),
        query.encode(),
        [(name.lower().encode(), value.encode()) for name, value in sent.items() if value],
        vector["body"].encode(),
    )


def code_of(request: SignedRequest, *, clock: FixedClock | None = None) -> tuple[int, str]:
    check = SignatureCheck(KeyRing([KEY]), clock or FixedClock())
    with pytest.raises(ApiError) as caught:
        check.check(request)
    return caught.value.status, caught.value.code


by_name = pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda each: each["name"])


@by_name
def test_vector_is_accepted(vector: Mapping[str, Any]) -> None:
    check = SignatureCheck(KeyRing([KEY]), FixedClock())
    assert check.check(request_of(vector)).key_id == KEY.key_id


@by_name
def test_string_to_sign_is_the_vectors(vector: Mapping[str, Any]) -> None:
    candidates = list(strings_to_sign(request_of(vector)))
    expected = vector["string_to_sign"].encode()
    assert expected in candidates
    assert signature_of(KEY.secret.encode(), expected).decode() == vector["signature"]


def _other_method(request: SignedRequest) -> SignedRequest:
    return replace(request, method="PUT" if request.method != "PUT" else "POST")


def _other_path(request: SignedRequest) -> SignedRequest:
    return replace(request, path=request.path + b"x")


def _other_query(request: SignedRequest) -> SignedRequest:
    return replace(request, query=request.query + b"&Extra=1")


def _other_header(request: SignedRequest) -> SignedRequest:
    return replace(request, headers=[*request.headers, (b"x-acs-extra", b"1")])


def _other_signature(request: SignedRequest) -> SignedRequest:
    headers = [
        (name, value.replace(b":", b":A") if name == b"authorization" else value)
        for name, value in request.headers
    ]
    return replace(request, headers=headers)


@by_name
@pytest.mark.parametrize(
    "change", [_other_method, _other_path, _other_query, _other_header, _other_signature]
)
def test_changed_vector_is_refused(
    vector: Mapping[str, Any], change: Callable[[SignedRequest], SignedRequest]
) -> None:
    assert code_of(change(request_of(vector))) == (400, "SignatureDoesNotMatch")


FIRST = VECTORS["vectors"][0]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Authorization": None}, (400, "IncompleteSignature")),
        ({"Authorization": "Basic abc"}, (400, "IncompleteSignature")),
        ({"Authorization": "acs noseparator"}, (400, "IncompleteSignature")),
        ({"Authorization": "acs :xyz"}, (400, "IncompleteSignature")),
        ({"Authorization": "acs unknown:xyz"}, (404, "InvalidAccessKeyId.NotFound")),
        ({"x_acs_signature_method": "HMAC-SHA256"}, (400, "InvalidSignatureMethod")),
        ({"x_acs_signature_method": None}, (400, "MissingSignatureMethod")),
        ({"Date": None}, (400, "MissingDate")),
        ({"Date": "2015-11-11T10:00:57Z"}, (400, "InvalidTimeStamp.Format")),
        ({"Date": "Wed, 11 Nov 2015 10:00:57 CET"}, (400, "InvalidTimeStamp.Format")),
        ({"Date": "Wed, 31 Feb 2015 10:00:57 GMT"}, (400, "InvalidTimeStamp.Format")),
        ({"Date": "Wed, 11 Nov 2015 10:15:58 GMT"}, (400, "InvalidTimeStamp.Expired")),
        ({"Date": "Wed, 11 Nov 2015 09:45:56 GMT"}, (400, "InvalidTimeStamp.Expired")),
        # Within the window the date is fine, and what it breaks is the signature.
        ({"Date": "Wed, 11 Nov 2015 10:15:57 GMT"}, (400, "SignatureDoesNotMatch")),
    ],
)
def test_failure_has_its_own_code(
    changes: dict[str, str | None], expected: tuple[int, str]
) -> None:
    assert code_of(request_of(FIRST, **changes)) == expected


def _signed(vector: Mapping[str, Any] = FIRST, **headers: str | None) -> SignedRequest:
    request = request_of(vector, **headers)
    message = next(iter(strings_to_sign(request)))
    signature = signature_of(KEY.secret.encode(), message)
    changed = [
        (name, b"acs " + KEY.key_id.encode() + b":" + signature)
        if name == b"authorization"
        else (name, value)
        for name, value in request.headers
    ]
    return replace(request, headers=changed)


def test_signature_method_is_compared_without_case() -> None:
    check = SignatureCheck(KeyRing([KEY]), FixedClock())
    assert check.check(_signed(x_acs_signature_method="hmac-sha1"))


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2014-01-01", (403, "InvalidVersion.NotFound")), (None, (400, "MissingVersion"))],
)
def test_version_is_checked_after_the_signature(
    version: str | None, expected: tuple[int, str]
) -> None:
    assert code_of(_signed(x_acs_version=version)) == expected
    assert code_of(request_of(FIRST, x_acs_version=version))[1] == "SignatureDoesNotMatch"


def test_replay_is_refused() -> None:
    check = SignatureCheck(KeyRing([KEY]), FixedClock())
    check.check(request_of(FIRST))
    with pytest.raises(ApiError) as caught:
        check.check(request_of(FIRST))
    assert caught.value.code == "SignatureNonceUsed"


def test_refused_request_does_not_use_up_its_nonce() -> None:
    check = SignatureCheck(KeyRing([KEY]), FixedClock())
    with pytest.raises(ApiError):
        check.check(_other_signature(request_of(FIRST)))
    check.check(request_of(FIRST))


def test_request_without_a_nonce_is_accepted_again() -> None:
    """As the Java library before 2021 sends it; nothing in it tells a repetition from a replay."""
    check = SignatureCheck(KeyRing([KEY]), FixedClock())
    for _ in range(2):
        assert check.check(_signed(x_acs_signature_nonce=None)).key_id == KEY.key_id


def test_nonce_cannot_be_taken_away() -> None:
    assert code_of(request_of(FIRST, x_acs_signature_nonce=None)) == (400, "SignatureDoesNotMatch")


def test_nonces_can_be_insisted_on() -> None:
    check = SignatureCheck(KeyRing([KEY]), FixedClock(), require_nonce=True)
    check.check(_signed())
    with pytest.raises(ApiError) as caught:
        check.check(_signed(x_acs_signature_nonce=None))
    assert caught.value.code == "MissingSignatureNonce"


@pytest.mark.parametrize(
    "date", [FIRST["headers"]["Date"], "2015-11-11T10:00:57Z", "2015-11-11T10:00:57.123Z"]
)
@pytest.mark.parametrize("among_headers", [True, False])
def test_date_of_the_javascript_library(date: str, among_headers: bool) -> None:
    line = f"x-acs-date:{date}\n"
    message = FIRST["string_to_sign"].replace(FIRST["headers"]["Date"], date)
    if among_headers:
        message = message.replace("x-acs-region-id:", line + "x-acs-region-id:")
    signature = signature_of(KEY.secret.encode(), message.encode())
    authorization = f"acs {KEY.key_id}:{signature.decode()}"
    request = request_of(FIRST, Date=None, x_acs_date=date, Authorization=authorization)
    check = SignatureCheck(KeyRing([KEY]), FixedClock())
    assert check.check(request).key_id == KEY.key_id


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"x_acs_date": "Wed, 11 Nov 2015 10:15:58 GMT"}, "InvalidTimeStamp.Expired"),
        ({"x_acs_date": "2015-11-11T09:45:56Z"}, "InvalidTimeStamp.Expired"),
        ({"x_acs_date": "yesterday"}, "InvalidTimeStamp.Format"),
        ({"x_acs_date": "2015-02-31T10:00:57Z"}, "InvalidTimeStamp.Format"),
        # It counts where there is no Date only; beside one it is a header like any other.
        ({"Date": "Wed, 11 Nov 2015 10:15:58 GMT"}, "InvalidTimeStamp.Expired"),
    ],
)
def test_date_of_the_javascript_library_is_checked(
    changes: dict[str, str | None], expected: str
) -> None:
    headers = {"Date": None, "x_acs_date": FIRST["headers"]["Date"], **changes}
    assert code_of(_signed(**headers)) == (400, expected)


WITH_BODY = next(each for each in VECTORS["vectors"] if each["name"] == "V4-put-md5-base64")


@pytest.mark.parametrize(
    "digest",
    [
        "rnKvNFZjKabUwearae/4bA==",
        "AE72AF34566329A6D4C1E6AB69EFF86C",
        "ae72af34566329a6d4c1e6ab69eff86c",
    ],
)
def test_digest_of_the_body_is_compared(digest: str) -> None:
    request = _signed(WITH_BODY, Content_MD5=digest)
    check = SignatureCheck(KeyRing([KEY]), FixedClock())
    with pytest.raises(ApiError) as caught:
        check.check(replace(request, body=b'{"Priority":11}'))
    assert (caught.value.status, caught.value.code) == (400, "InvalidContentMD5")
    # What was changed on its way is sent again as it was.
    assert check.check(request).key_id == KEY.key_id


@pytest.mark.parametrize("digest", ["1B2M2Y8AsgTpgAmY7PhCfg==", "none", "rnKvNFZjKabUwearae/4bA"])
def test_digest_of_something_else_is_refused(digest: str) -> None:
    assert code_of(_signed(WITH_BODY, Content_MD5=digest)) == (400, "InvalidContentMD5")


def test_secrets_are_not_shown() -> None:
    assert KEY.secret not in repr(KEY)
