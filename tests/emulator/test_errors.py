from __future__ import annotations

import re
import zlib
from typing import Any

import httpx
import pytest

from tests.emulator.wire import Wire, sign, task


def check_headers(response: httpx.Response) -> None:
    identity = response.headers["x-acs-request-id"]
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", identity)
    assert response.headers["Request-Id"] == identity
    assert response.headers["Server"] == "AliyunBatchCompute"
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert "Date" in response.headers
    if response.status_code >= 400:
        body = response.json()
        assert body.keys() == {"Code", "Message", "RequestId"}
        assert body["RequestId"] == identity


@pytest.mark.parametrize(
    ("method", "target", "status", "code"),
    [
        ("GET", "/nothing", 400, "InvalidUrlPattern"),
        ("GET", "/", 400, "InvalidUrlPattern"),
        ("PUT", "/jobs", 400, "MethodNotAllowed"),
        ("PATCH", "/jobs/job-1", 400, "MethodNotAllowed"),
        ("GET", "/jobs/job-1/stop", 400, "MethodNotAllowed"),
        ("GET", "/jobs/job-1", 404, "InvalidResource.NotFound"),
        ("GET", "/jobs/job-1?description", 404, "InvalidResource.NotFound"),
        ("GET", "/jobs/job-1/tasks/t", 404, "InvalidResource.NotFound"),
        ("GET", "/jobs/job-1/tasks/t/instances/0", 404, "InvalidResource.NotFound"),
        ("POST", "/jobs/job-1/stop", 404, "InvalidResource.NotFound"),
        ("POST", "/jobs/job-1/start", 404, "InvalidResource.NotFound"),
        ("DELETE", "/jobs/job-1", 404, "InvalidResource.NotFound"),
        ("DELETE", "/jobs/", 404, "InvalidResource.NotFound"),
        ("DELETE", "/jobs/other", 404, "InvalidResource.NotFound"),
        ("GET", "/clusters/cls-1", 404, "InvalidResource.NotFound"),
        ("GET", "/clusters/cls-1/groups/g/instances", 404, "InvalidResource.NotFound"),
        ("DELETE", "/clusters/cls-1", 404, "InvalidResource.NotFound"),
        ("GET", "/jobs?MaxItemCount=101", 400, "InvalidMaxItemCount"),
        ("GET", "/jobs?State=Foo", 400, "InvalidState"),
    ],
)
def test_error(wire: Wire, method: str, target: str, status: int, code: str) -> None:
    response = wire.send(method, target)
    assert (response.status_code, response.json()["Code"]) == (status, code)
    check_headers(response)


def test_success_has_the_headers_too(wire: Wire, cluster: str) -> None:
    check_headers(wire.send("GET", "/jobs"))
    job = wire.job({"t": task("sleep 600", cluster)})
    for method, target, status in (
        ("POST", f"/jobs/{job}/stop", 201),
        ("DELETE", f"/jobs/{job}", 204),
    ):
        response = wire.send(method, target)
        assert (response.status_code, response.content) == (status, b"")
        check_headers(response)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "InvalidHttpBody"),
        (b"[]", "InvalidHttpBody"),
        (b"{", "InvalidJsonFormat"),
        ({}, "MissingName"),
        ({"Name": "j", "Type": "Other"}, "InvalidType"),
    ],
)
def test_wrong_bodies(wire: Wire, body: Any, code: str) -> None:
    assert wire.refused("POST", "/jobs", body)[:2] == (400, code)


@pytest.mark.parametrize(
    ("dependencies", "code"),
    [({"t": ["t"]}, "BadDAG"), ({"t": ["x"]}, "InvalidDependencies")],
)
def test_wrong_dependencies(
    wire: Wire, cluster: str, dependencies: dict[str, list[str]], code: str
) -> None:
    dag = {"Tasks": {"t": task("true", cluster)}, "Dependencies": dependencies}
    body = {"Name": "j", "Type": "DAG", "DAG": dag}
    assert wire.refused("POST", "/jobs", body)[:2] == (400, code)


def test_unknown_cluster(wire: Wire) -> None:
    body = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": task("true", "cls-unknown")}}}
    status, code, message = wire.refused("POST", "/jobs", body)
    assert (status, code) == (400, "InvalidClusterId")
    assert "cls-unknown" in message


def test_body_is_checked_before_the_resource_exists(wire: Wire) -> None:
    assert wire.refused("PUT", "/jobs/job-1", {"Priority": -1})[1] == "InvalidPriority"
    assert wire.refused("PUT", "/jobs/job-1", {"Priority": 1})[0] == 404


@pytest.mark.parametrize("size", [256 * 1024 + 1, 3_000_000])
def test_body_limit(wire: Wire, size: int) -> None:
    body = b'{"Name": "' + b"x" * (size - 12) + b'"}'
    assert len(body) == size
    assert wire.refused("POST", "/jobs", body)[:2] == (400, "InvalidHttpBody")
    # The connection goes on.
    wire.get("/jobs")


def test_body_at_the_limit_is_read(wire: Wire) -> None:
    body = b'{"Name": "' + b"x" * (256 * 1024 - 12) + b'"}'
    assert wire.refused("POST", "/jobs", body)[1] == "InvalidName"


def test_compressed_body(wire: Wire) -> None:
    headers = wire.headers(x_acs_compress_type="deflate")
    plain = b'{"Name": "9"}'
    response = wire.send("POST", "/jobs", zlib.compress(plain), headers=headers)
    assert response.json()["Code"] == "InvalidName"
    bomb = zlib.compress(b"x" * 50_000_000)
    headers = wire.headers(x_acs_compress_type="deflate")
    response = wire.send("POST", "/jobs", bomb, headers=headers)
    assert response.json()["Code"] == "InvalidHttpBody"
    headers = wire.headers(x_acs_compress_type="zip")
    assert wire.send("POST", "/jobs", plain, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"Date": "yesterday"}, 400, "InvalidTimeStamp.Format"),
        ({"Date": "Wed, 11 Nov 2015 10:00:57 GMT"}, 400, "InvalidTimeStamp.Expired"),
        ({"Date": None}, 400, "MissingDate"),
        ({"x_acs_signature_method": "MD5"}, 400, "InvalidSignatureMethod"),
        ({"x_acs_version": "2014-11-11"}, 403, "InvalidVersion.NotFound"),
        ({"x_acs_version": None}, 400, "MissingVersion"),
    ],
)
def test_signature_failures(
    wire: Wire, changes: dict[str, str | None], status: int, code: str
) -> None:
    # Also on an unknown path: who does not sign rightly learns nothing else.
    for target in ("/jobs", "/nothing"):
        response = wire.send("GET", target, headers=wire.headers(**changes))
        assert (response.status_code, response.json()["Code"]) == (status, code)
        check_headers(response)


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        ("", 400, "IncompleteSignature"),
        ("Bearer x", 400, "IncompleteSignature"),
        ("acs nobody:x", 404, "InvalidAccessKeyId.NotFound"),
    ],
)
def test_authorization_failures(wire: Wire, authorization: str, status: int, code: str) -> None:
    response = wire.send("GET", "/jobs", authorization=authorization)
    assert (response.status_code, response.json()["Code"]) == (status, code)


def test_wrong_secret(wire: Wire) -> None:
    headers = wire.headers()
    authorization = sign("GET", "/jobs", headers, wire.key_id, "guessed")
    response = wire.send("GET", "/jobs", headers=headers, authorization=authorization)
    assert (response.status_code, response.json()["Code"]) == (400, "SignatureDoesNotMatch")


def test_replay_is_refused(wire: Wire) -> None:
    headers = wire.headers()
    assert wire.send("GET", "/jobs", headers=headers).status_code == 200
    response = wire.send("GET", "/jobs", headers=headers)
    assert (response.status_code, response.json()["Code"]) == (400, "SignatureNonceUsed")


def test_content_md5_is_signed_as_it_is(wire: Wire) -> None:
    headers = {**wire.headers(), "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}
    assert wire.send("GET", "/jobs", headers=headers).status_code == 200
    without = sign("GET", "/jobs", wire.headers(), wire.key_id, wire.secret)
    response = wire.send("GET", "/jobs", headers=headers, authorization=without)
    assert response.json()["Code"] == "SignatureDoesNotMatch"
