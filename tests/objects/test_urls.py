"""Signed URLs in the hands of somebody who tries what else they are good for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from batchcompute.server import LocalServer
from tests.objects.conftest import bucket_name

#: A digit that is none to the protocol, and no character of Latin-1.
_DIGIT = "\N{ARABIC-INDIC DIGIT THREE}"


class _Signer:
    """Signs URLs of version 1, and asks for them."""

    def __init__(self, server: LocalServer, http: httpx.Client) -> None:
        self._server = server
        self._http = http
        self.bucket = bucket_name()

    def url(self, method: str, key: str = "", expires: object = "", **query: str) -> str:
        expires = str(expires or int(time.time()) + 600)
        path = f"/{self.bucket}/{key}"
        named = {f"response-content-{name}": value for name, value in sorted(query.items())}
        resource = "&".join(f"{name}={value}".rstrip("=") for name, value in named.items())
        text = f"{method}\n\n\n{expires}\n{path}{'?' * bool(named)}{resource}"
        secret = self._server.access_key_secret.encode()
        proof = base64.b64encode(hmac.digest(secret, text.encode(), hashlib.sha1)).decode()
        key_id = self._server.access_key_id
        signed = {**named, "OSSAccessKeyId": key_id, "Expires": expires, "Signature": proof}
        told = "&".join(f"{name}={quote(value, safe='')}" for name, value in signed.items())
        return f"{self._server.objects_endpoint}{quote(path)}?{told}"

    def send(self, method: str, url: str, content: bytes = b"") -> httpx.Response:
        return self._http.request(method, url, content=content)


@pytest.fixture(scope="module")
def signer(server: LocalServer) -> Iterator[_Signer]:
    with httpx.Client(trust_env=False, timeout=60) as http:
        found = _Signer(server, http)
        assert found.send("PUT", found.url("PUT")).status_code == 200
        assert found.send("PUT", found.url("PUT", "page"), b"<b>words</b>").status_code == 200
        yield found


def test_url_is_good_for_what_was_signed_alone(signer: _Signer) -> None:
    url = signer.url("GET", "page")
    assert signer.send("GET", url).text == "<b>words</b>"
    for method, other in (
        ("DELETE", url),
        ("PUT", url),
        ("GET", url.replace("/page", "/pagf")),
        ("GET", f"{url}&acl"),
        ("GET", f"{url}&response-content-type=text/html"),
        ("GET", f"{url}&Expires=9999999999"),
    ):
        answer = signer.send(method, other)
        assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True), other


@pytest.mark.parametrize("expires", [-1, "1e20", _DIGIT, "9" * 40])
def test_url_without_a_time_is_refused(signer: _Signer, expires: object) -> None:
    answer = signer.send("GET", signer.url("GET", "page", expires))
    assert (answer.status_code, "<Code>AccessDenied<" in answer.text) == (403, True)


@pytest.mark.parametrize("character", ["\0", "\x0b", "\r\nX-More: 1", "\x7f"])
def test_header_that_no_answer_can_have_is_refused(signer: _Signer, character: str) -> None:
    answer = signer.send("GET", signer.url("GET", "page", disposition=f"a{character}b"))
    assert (answer.status_code, "control character" in answer.text) == (400, True)


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "", "application/pdf,text/html"])
def test_page_of_somebody_runs_as_a_stranger(signer: _Signer, kind: str) -> None:
    """The console has the same name at another port, and browsers take the two for one site."""
    policy = signer.send("GET", signer.url("GET", "page", type=kind)).headers[
        "content-security-policy"
    ]
    assert policy.startswith("sandbox ")
    assert "allow-same-origin" not in policy


def test_document_that_browsers_show_in_no_sandbox_has_none(signer: _Signer) -> None:
    headers = signer.send("GET", signer.url("GET", "page", type="application/pdf")).headers
    assert "content-security-policy" not in headers
