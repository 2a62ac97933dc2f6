"""Known answers: signatures that others published, checked as the service checks requests.

The requests and signatures marked with "sdk" are those of the unit tests of the vendor's client
for Python, `aliyun/alibabacloud-oss-python-sdk-v2` (`tests/unit/signer`), Copyright Alibaba Cloud,
licensed under the Apache License 2.0. Those marked with "doc" stand in the
vendor's public documentation of the protocol.
"""

from __future__ import annotations

import calendar
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from batchcompute.server.accounts.keyring import Key
from batchcompute.server.model.caller import Caller
from batchcompute.server.object_api.auth import canonical
from batchcompute.server.object_api.auth.check import ObjectSignatureCheck
from batchcompute.server.object_api.errors import OssError
from batchcompute.server.object_api.request import OssRequest

_MD5 = "eB5eJF1ptWaXm4bijSPyxw=="
_AUTHOR = {"x-oss-meta-author": "alice", "x-oss-meta-magic": "abracadabra"}
_DATE = {"x-oss-date": "Wed, 28 Dec 2022 10:27:41 GMT"}
_AT = calendar.timegm((2022, 12, 28, 10, 27, 41))
_WRITES = {"content-md5": _MD5, "content-type": "text/html", **_AUTHOR, **_DATE}
#: The headers and parameters of the client's tests of version 4.
_HEADERS = {"x-oss-head1": "value", "abc": "value", "zabc": "value", "xyz": "value"}
_TEXT = {**_HEADERS, "content-type": "text/plain", "x-oss-content-sha256": "UNSIGNED-PAYLOAD"}
_BYTES = {**_HEADERS, "content-type": "application/octet-stream"}
_PARAMETERS = {
    "param1": "value1",
    "+param1": "value3",
    "|param1": "value4",
    "+param2": "",
    "|param2": "",
    "param2": "",
}
_KEY = "1234+-/123/1.txt"


@dataclass(frozen=True)
class Known:
    """A signed request of somebody else."""

    name: str
    at: int
    method: str
    bucket: str
    key: str
    query: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    key_id: str = "ak"
    secret: str = "sk"

    def request(self, **changes: Any) -> OssRequest:
        return replace(
            OssRequest(self.method, self.bucket, self.key, self.query, self.headers, "", "host"),
            **changes,
        )


def _version_1(name: str, method: str, key: str, query: str, signature: str) -> Known:
    headers = _WRITES if method == "PUT" else _DATE
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    signed = {**headers, "authorization": f"OSS ak:{signature}"}
    return Known(name, _AT, method, "examplebucket", key, parameters, signed)


def _url_1(name: str, at: int, key: str, query: dict[str, str], signature: str) -> Known:
    signed = {"OSSAccessKeyId": "ak", "Expires": str(at), "Signature": signature}
    return Known(name, at, "GET", "bucket", key, {**query, **signed})


def _version_4(name: str, at: int, signature: str, more: str = "", token: str = "") -> Known:
    time = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{time[:8]}/cn-hangzhou/oss/aliyun_v4_request"
    added = f"AdditionalHeaders={more}," if more else ""
    headers = {
        **_TEXT,
        "x-oss-date": time,
        "authorization": f"OSS4-HMAC-SHA256 Credential=ak/{scope},{added}Signature={signature}",
    }
    if token:
        headers["x-oss-security-token"] = token
    return Known(name, at, "PUT", "bucket", _KEY, _PARAMETERS, headers)


def _url_4(name: str, at: int, signature: str, more: str = "", token: str = "") -> Known:
    time = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    query = {
        **_PARAMETERS,
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-date": time,
        "x-oss-expires": "599",
        "x-oss-credential": f"ak/{time[:8]}/cn-hangzhou/oss/aliyun_v4_request",
        "x-oss-signature": signature,
    }
    if more:
        query["x-oss-additional-headers"] = more
    if token:
        query["x-oss-security-token"] = token
    return Known(name, at, "PUT", "bucket", _KEY, query, _BYTES)


_KNOWN = [
    Known(
        "doc: version 1",
        calendar.timegm((2005, 11, 17, 18, 49, 58)),
        "PUT",
        "oss-example",
        "nelson",
        {},
        {
            "content-md5": "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=",
            "content-type": "text/html",
            "date": "Thu, 17 Nov 2005 18:49:58 GMT",
            "x-oss-meta-author": "foo@bar.com",
            "x-oss-magic": "abracadabra",
            "authorization": "OSS 44CF9590006BF252F707:26NBxoKdsyly4EDv6inkoDft/yA=",
        },
        "44CF9590006BF252F707",
        "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV",
    ),
    _version_1("sdk: version 1", "PUT", "nelson", "", "kSHKmLxlyEAKtZPkJhG9bZb5k7M="),
    _version_1("sdk: of an ACL", "PUT", "nelson", "acl", "/afkugFbmWDQ967j1vr6zygBLQk="),
    _version_1(
        "sdk: of a bucket",
        "GET",
        "",
        "resourceGroup&non-resousce=null",
        "vkQmfuUDyi1uDi3bKt67oemssIs=",
    ),
    _version_1("sdk: sorted", "GET", "", "resourceGroup&acl", "x3E5TgOvl/i7PN618s5mEvpJDYk="),
    _url_1(
        "sdk: URL of version 1",
        1699807420,
        "key",
        {"versionId": "versionId"},
        "dcLTea+Yh9ApirQ8o8dOPqtvJXQ=",
    ),
    _url_1(
        "sdk: URL of version 1 with a token",
        1699808204,
        "key+123",
        {"versionId": "versionId", "security-token": "token"},
        "jzKYRrM5y6Br0dRFPaTGOsbrDhY=",
    ),
    _version_4(
        "sdk: version 4",
        1702743657,
        "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe",
    ),
    _version_4(
        "sdk: version 4 with a token",
        1702784856,
        "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea",
        token="token",
    ),
    _version_4(
        "sdk: version 4 with more headers",
        1702747512,
        "4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f",
        more="abc;zabc",
    ),
    _url_4(
        "sdk: URL of version 4",
        1702781677,
        "a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe",
    ),
    _url_4(
        "sdk: URL of version 4 with a token",
        1702785388,
        "3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5",
        token="token",
    ),
    _url_4(
        "sdk: URL of version 4 with more headers",
        1702783809,
        "6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7",
        more="abc;zabc",
    ),
]


def test_published_canonical_request_is_right() -> None:
    # doc: the example of version 4 in a header, of which the documentation tells this digest.
    headers = {
        "content-disposition": "attachment",
        "content-length": "3",
        "content-md5": "ICy5YqxZB1uWSwcVLSNLcA==",
        "content-type": "text/plain",
        "x-oss-content-sha256": "UNSIGNED-PAYLOAD",
        "x-oss-date": "20250411T064124Z",
    }
    request = OssRequest("PUT", "examplebucket", "exampleobject", {}, headers, "", "host")
    more = ("content-disposition", "content-length")
    text = canonical.version_4(request, more, "x-oss-signature")
    assert (
        hashlib.sha256(text).hexdigest()
        == "c46d96390bdbc2d739ac9363293ae9d710b14e48081fcb22cd8ad54b63136eca"
    )


def _check(known: Known, request: OssRequest) -> str | None:
    def find(key_id: str, token: str) -> Key | None:
        if token not in ("", "token") or (not token and key_id != known.key_id):
            return None
        return Key(known.secret.encode(), Caller(key_id=key_id))

    caller = ObjectSignatureCheck(find, lambda: float(known.at)).check(request)
    return None if caller is None else caller.key_id


@pytest.mark.parametrize("known", _KNOWN, ids=lambda known: known.name)
def test_published_signature_is_right(known: Known) -> None:
    assert _check(known, known.request()) == known.key_id


@pytest.mark.parametrize("known", _KNOWN, ids=lambda known: known.name)
@pytest.mark.parametrize("change", [{"key": "other"}, {"bucket": "other"}, {"method": "DELETE"}])
def test_signature_of_another_request_is_wrong(known: Known, change: dict[str, str]) -> None:
    with pytest.raises(OssError) as caught:
        _check(known, known.request(**change))
    assert caught.value.code == "SignatureDoesNotMatch"


_IN_URLS = ("Expires", "x-oss-additional-headers")


@pytest.mark.parametrize(
    ("known", "name"),
    [(known, name) for known in _KNOWN for name in _IN_URLS if name in known.query],
    ids=lambda one: one if isinstance(one, str) else one.name,
)
def test_url_with_characters_that_no_header_has_is_wrong(known: Known, name: str) -> None:
    request = known.request(query={**known.query, name: "\N{ARABIC-INDIC DIGIT THREE}"})
    with pytest.raises(OssError) as caught:
        _check(known, request)
    assert caught.value.code == "SignatureDoesNotMatch"


def test_digest_of_a_content_is_not_taken_for_checked() -> None:
    known = next(each for each in _KNOWN if each.name == "sdk: version 4")
    digest = {"x-oss-content-sha256": hashlib.sha256(b"").hexdigest()}
    request = known.request(headers={**known.headers, **digest})
    text = canonical.version_4(request, (), "x-oss-signature")
    time = known.headers["x-oss-date"]
    scope = f"{time[:8]}/cn-hangzhou/oss/aliyun_v4_request"
    _, signature = canonical.version_4_signature(known.secret.encode(), text, time, scope)
    header = f"OSS4-HMAC-SHA256 Credential=ak/{scope},Signature={signature}"
    signed = {**known.headers, **digest, "authorization": header}
    with pytest.raises(OssError) as caught:
        _check(known, known.request(headers=signed))
    assert caught.value.code == "InvalidArgument"
