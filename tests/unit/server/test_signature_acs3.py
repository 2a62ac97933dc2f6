from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.accounts.keyring import KeyRing
from batchcompute.server.api.auth.acs3 import (
    Acs3Signature,
    canonical_requests,
    signature_of,
)
from batchcompute.server.api.auth.authentication import SignatureCheck
from batchcompute.server.api.request import SignedRequest
from batchcompute.server.model.errors import ApiError

KEY = AccessKey("testAccessKeyId", "testAccessKeySecret")
NOON = datetime(2015, 11, 11, 10, 0, 57, tzinfo=UTC)
EMPTY = hashlib.sha256(b"").hexdigest()


class FixedClock:
    def now(self) -> int:
        return int(NOON.timestamp()) * 1_000_000


# The example that the vendor publishes with the description of the algorithm.
PUBLISHED_NAMES = (
    b"host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
)
PUBLISHED = SignedRequest(
    "POST",
    b"/",
    b"ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
    [
        (b"host", b"ecs.cn-shanghai.aliyuncs.com"),
        (b"x-acs-action", b"RunInstances"),
        (b"x-acs-content-sha256", EMPTY.encode()),
        (b"x-acs-date", b"2023-10-26T10:22:32Z"),
        (b"x-acs-signature-nonce", b"3156853299f313e23d1673dc12e1703d"),
        (b"x-acs-version", b"2014-05-26"),
        (
            b"authorization",
            b"ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=" + PUBLISHED_NAMES + b","
            b"Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
    ],
)


def test_published_example() -> None:
    (canonical,) = canonical_requests(PUBLISHED, PUBLISHED_NAMES.split(b";"))
    assert hashlib.sha256(canonical).hexdigest() == (
        "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
    )
    signature = Acs3Signature(PUBLISHED)
    assert signature.key_id == "YourAccessKeyId"
    signature.check_form()
    assert signature.date() == 1698315752
    assert signature.matches(b"YourAccessKeySecret")
    assert not signature.matches(b"YourAccessKeySecreT")
    shuffled = replace(PUBLISHED, query=b"&".join(reversed(PUBLISHED.query.split(b"&"))))
    assert Acs3Signature(shuffled).matches(b"YourAccessKeySecret")


def signed(
    method: str = "GET",
    path: str = "/jobs",
    query: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    unsigned: tuple[str, ...] = (),
    secret: str = KEY.secret,
    bare: bool = False,
    **changes: str | None,
) -> SignedRequest:
    """Sign a request as the description says, with nothing of the service."""
    headers: dict[str, str | None] = {
        "content-type": "application/json",
        "host": "batchcompute.cn-qingdao.aliyuncs.com",
        "x-acs-action": "ListJobs",
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-acs-date": "2015-11-11T10:00:57Z",
        "x-acs-signature-nonce": "4b3f1b1e88",
        "x-acs-version": "2015-11-11",
    }
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    sent = {name: value for name, value in headers.items() if value is not None}
    names = sorted(name for name in sent if name not in unsigned)
    parameters = sorted(
        (quote(k, safe="-_.~"), quote(v, safe="")) for k, v in (query or {}).items()
    )
    asked = "&".join(k if bare and not v else f"{k}={v}" for k, v in parameters)
    canonical = "\n".join(
        [
            method,
            quote(path, safe="/-_.~"),
            asked,
            "".join(f"{name}:{sent[name].strip()}\n" for name in names),
            ";".join(names),
            sent.get("x-acs-content-sha256", ""),
        ]
    )
    message = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    sent["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={KEY.key_id},"
        f"SignedHeaders={';'.join(names)},Signature={digest}"
    )
    listed = [(name.encode(), value.encode()) for name, value in sent.items()]
    return SignedRequest(method, quote(path).encode(), asked.encode(), listed, body)


def check(request: SignedRequest) -> str:
    return SignatureCheck(KeyRing([KEY]), FixedClock()).check(request).key_id


def code_of(request: SignedRequest) -> tuple[int, str]:
    with pytest.raises(ApiError) as caught:
        check(request)
    return caught.value.status, caught.value.code


@pytest.mark.parametrize(
    "request_",
    [
        signed(),
        signed("POST", body=b'{"Name": "j"}'),
        signed(query={"Marker": "", "MaxItemCount": "10"}),
        signed(query={"description": ""}, bare=True),
        signed(path="/apps/a b*c~", query={"Qualifier": "a+b /*~\u00e4"}),
        signed(x_acs_security_token="token"),
        signed(unsigned=("content-type",)),
        signed(content_type=None),
        signed(x_acs_date="2015-11-11T10:15:57Z"),
        signed(accept="application/json", user_agent="AlibabaCloud"),
    ],
)
def test_signed_requests_are_let_through(request_: SignedRequest) -> None:
    assert check(request_) == KEY.key_id


def test_encoding_on_the_way_does_not_matter() -> None:
    request = signed(query={"Qualifier": "a~b"})
    assert check(replace(request, query=b"Qualifier=%61%7Eb")) == KEY.key_id


def test_blanks_and_case_of_the_authorization_do_not_matter() -> None:
    request = signed()
    value = request.header(b"authorization")
    loose = value.replace(b",", b", ").replace(b"ACS3-HMAC", b"acs3-hmac")
    headers = [pair for pair in request.headers if pair[0] != b"authorization"]
    assert check(replace(request, headers=[*headers, (b"authorization", loose)])) == KEY.key_id


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (signed(secret="guessed"), (400, "SignatureDoesNotMatch")),
        (replace(signed(), method="POST"), (400, "SignatureDoesNotMatch")),
        (replace(signed(), path=b"/clusters"), (400, "SignatureDoesNotMatch")),
        (replace(signed(), query=b"State=Running"), (400, "SignatureDoesNotMatch")),
        (replace(signed("POST", body=b"{}"), body=b"{ }"), (400, "SignatureDoesNotMatch")),
        (replace(signed("POST", body=b"{}"), body=b""), (400, "SignatureDoesNotMatch")),
        (signed(x_acs_content_sha256="UNSIGNED-PAYLOAD"), (400, "SignatureDoesNotMatch")),
        (signed(x_acs_content_sha256=None), (400, "MissingContentSha256")),
        (signed(unsigned=("x-acs-date",)), (400, "IncompleteSignature")),
        (signed(unsigned=("x-acs-content-sha256",)), (400, "IncompleteSignature")),
        (signed(unsigned=("x-acs-signature-nonce",)), (400, "IncompleteSignature")),
        (signed(unsigned=("x-acs-version",)), (400, "IncompleteSignature")),
        (signed(unsigned=("host",)), (400, "IncompleteSignature")),
        (signed(x_acs_date=None), (400, "MissingDate")),
        (signed(x_acs_date="Wed, 11 Nov 2015 10:00:57 GMT"), (400, "InvalidTimeStamp.Format")),
        (signed(x_acs_date="2015-02-31T10:00:57Z"), (400, "InvalidTimeStamp.Format")),
        (signed(x_acs_date="2015-11-11T10:15:58Z"), (400, "InvalidTimeStamp.Expired")),
        (signed(x_acs_date="2015-11-11T09:45:56Z"), (400, "InvalidTimeStamp.Expired")),
        (signed(x_acs_signature_nonce=None), (400, "MissingSignatureNonce")),
        (signed(x_acs_version="2014-05-26"), (403, "InvalidVersion.NotFound")),
        (signed(x_acs_version=None), (400, "MissingVersion")),
    ],
)
def test_failure_has_its_own_code(request_: SignedRequest, expected: tuple[int, str]) -> None:
    assert code_of(request_) == expected


@pytest.mark.parametrize(
    "authorization",
    [
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 Credential=a",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=" + "0" * 64,
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=,Signature=" + "0" * 64,
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=" + "0" * 63,
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=" + "g" * 64,
        "ACS3-HMAC-SM3 Credential=a,SignedHeaders=host,Signature=" + "0" * 64,
    ],
)
def test_malformed_authorization(authorization: str) -> None:
    headers = [pair for pair in signed().headers if pair[0] != b"authorization"]
    request = replace(signed(), headers=[*headers, (b"authorization", authorization.encode())])
    assert code_of(request) == (400, "IncompleteSignature")


def test_unknown_key() -> None:
    other = SignatureCheck(KeyRing([]), FixedClock())
    with pytest.raises(ApiError) as caught:
        other.check(signed())
    assert caught.value.code == "InvalidAccessKeyId.NotFound"


def test_a_nonce_is_good_for_one_request_of_either_form() -> None:
    once = SignatureCheck(KeyRing([KEY]), FixedClock())
    once.check(signed())
    with pytest.raises(ApiError) as caught:
        once.check(signed(path="/clusters"))
    assert caught.value.code == "SignatureNonceUsed"


def test_the_body_is_hashed_and_not_only_its_name() -> None:
    request = signed("POST", body=b"{}")
    names = sorted(name for name, _ in request.headers if name != b"authorization")
    (canonical,) = canonical_requests(request, names)
    assert signature_of(KEY.secret.encode(), canonical) in request.header(b"authorization")
    assert canonical.endswith(hashlib.sha256(b"{}").hexdigest().encode())
