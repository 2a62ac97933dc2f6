"""Requests as the vendor's libraries for Java and JavaScript write them, byte for byte."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from tests.emulator.raw import (
    EVERYBODY,
    JAVA,
    JAVASCRIPT,
    PYTHON,
    Answer,
    Habits,
    RawClient,
    exchange,
)
from tests.emulator.wire import Wire, task

TASK = task("true", AutoCluster={"ImageId": "img-ubuntu"})
JOB = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": TASK}}}

_OLD_JAVA = """\
{method} {target} HTTP/1.1
Accept: application/json
Content-Type: application/octet-stream
Content-MD5: {md5}
Date: {date}
x-acs-accesskey-id: {key}
x-acs-signature-method: HMAC-SHA1
x-acs-signature-version: 1.0
x-acs-version: {version}
Authorization: acs {key}:{signature}
Host: batchcompute.cn-shenzhen.aliyuncs.com
Content-Length: {length}

"""
_OLD_JAVA_SIGNED = """\
{method}
application/json
{md5}
application/octet-stream
{date}
x-acs-accesskey-id:{key}
x-acs-signature-method:HMAC-SHA1
x-acs-signature-version:1.0
x-acs-version:{version}
{target}"""

_JAVASCRIPT = """\
{method} {target} HTTP/1.1
accept: application/json
content-type: text/plain
x-acs-date: {date}
x-acs-signature-method: HMAC-SHA1
x-acs-signature-version: 1.0
x-acs-version: {version}
authorization: acs {key}:{signature}
host: batchcompute.cn-shenzhen.aliyuncs.com
content-length: {length}

"""
_JAVASCRIPT_SIGNED = """\
{method}
application/json

text/plain
{date}
x-acs-date:{date}
x-acs-signature-method:HMAC-SHA1
x-acs-signature-version:1.0
x-acs-version:{version}
{target}"""

FORMS = {
    "java": (_OLD_JAVA, _OLD_JAVA_SIGNED),
    "javascript": (_JAVASCRIPT, _JAVASCRIPT_SIGNED),
}


def http_date(late: timedelta = timedelta()) -> str:
    return format_datetime(datetime.now(UTC) - late, usegmt=True)


def request(
    wire: Wire,
    form: str,
    method: str,
    target: str,
    content: bytes = b"",
    *,
    secret: str | None = None,
    **changes: str,
) -> bytes:
    """Write a request, with a signature that is made here and nowhere else."""
    head, signed = FORMS[form]
    values = {
        "method": method,
        "target": target,
        "key": wire.key_id,
        "date": http_date(),
        "version": "2015-11-11",
        "md5": base64.b64encode(hashlib.md5(content).digest()).decode(),
        **changes,
    }
    message = signed.format(**values).encode()
    digest = hmac.new((secret or wire.secret).encode(), message, hashlib.sha1).digest()
    values["signature"] = base64.b64encode(digest).decode()
    lines = head.format(length=len(content), **values)
    return lines.replace("\n", "\r\n").encode() + content


def code(answer: Answer) -> str:
    found: str = answer.json["Code"]
    return found


by_form = pytest.mark.parametrize("form", list(FORMS))


@by_form
def test_job_goes_all_its_way(wire: Wire, form: str) -> None:
    content = json.dumps(JOB, separators=(",", ":")).encode()
    target = f"/jobs?IdempotentToken={uuid.uuid4()}"
    made = exchange(wire, request(wire, form, "POST", target, content))
    assert made.status == 201, made.body
    job = made.json["Id"]
    assert wire.ended(job)["State"] == "Finished"
    listed = exchange(wire, request(wire, form, "GET", "/jobs?MaxItemCount=100&State=Finished"))
    assert job in [each["Id"] for each in listed.json["Items"]]
    assert exchange(wire, request(wire, form, "DELETE", f"/jobs/{job}")).status == 204
    assert exchange(wire, request(wire, form, "GET", f"/jobs/{job}")).status == 404


@by_form
def test_request_without_a_nonce_may_be_sent_twice(wire: Wire, form: str) -> None:
    """Two equal requests within a second are what a program sends, and no replay."""
    sent = request(wire, form, "GET", "/quotas")
    assert [exchange(wire, sent).status for _ in range(2)] == [200, 200]


@by_form
def test_wrong_secret_is_refused(wire: Wire, form: str) -> None:
    answer = exchange(wire, request(wire, form, "GET", "/jobs", secret="guessed"))
    assert (answer.status, code(answer)) == (400, "SignatureDoesNotMatch")


@by_form
@pytest.mark.parametrize("minutes", [16, -16])
def test_date_of_another_time_is_refused(wire: Wire, form: str, minutes: int) -> None:
    date = http_date(timedelta(minutes=minutes))
    answer = exchange(wire, request(wire, form, "GET", "/jobs", date=date))
    assert (answer.status, code(answer)) == (400, "InvalidTimeStamp.Expired")


@by_form
def test_date_is_signed(wire: Wire, form: str) -> None:
    date = http_date(timedelta(minutes=2))
    sent = request(wire, form, "GET", "/jobs", date=date)
    answer = exchange(wire, sent.replace(date.encode(), http_date().encode()))
    assert (answer.status, code(answer)) == (400, "SignatureDoesNotMatch")


@by_form
def test_another_version_has_a_code_of_its_own(wire: Wire, form: str) -> None:
    answer = exchange(wire, request(wire, form, "GET", "/jobs", version="2015-06-30"))
    assert (answer.status, code(answer)) == (403, "InvalidVersion.NotFound")


def test_date_of_javascript_may_be_written_as_its_language_does(wire: Wire) -> None:
    date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.123Z")
    assert exchange(wire, request(wire, "javascript", "GET", "/jobs", date=date)).status == 200


@pytest.mark.parametrize("digest", ["base64", "hex", "HEX"])
def test_body_is_compared_with_its_digest(wire: Wire, digest: str) -> None:
    content = b'{"Priority":7}'
    md5 = hashlib.md5(content)
    written = {
        "base64": base64.b64encode(md5.digest()).decode(),
        "hex": md5.hexdigest(),
        "HEX": md5.hexdigest().upper(),
    }[digest]
    sent = request(wire, "java", "PUT", "/jobs/job-none", content, md5=written)
    # The body is right, so what is wrong is that there is no such job.
    assert code(exchange(wire, sent)) == "InvalidResource.NotFound"
    answer = exchange(wire, sent.replace(content, b'{"Priority":8}'))
    assert (answer.status, code(answer)) == (400, "InvalidContentMD5")


@pytest.mark.parametrize("habits", EVERYBODY, ids=lambda each: each.name)
def test_nobody_is_let_in_with_a_wrong_secret(wire: Wire, habits: Habits) -> None:
    stranger = Wire(str(wire.http.base_url), wire.key_id, "guessed")
    answer = RawClient(stranger, habits).send("POST", "/jobs", JOB)
    assert (answer.status, code(answer)) == (400, "SignatureDoesNotMatch")
    stranger.close()


def test_request_with_a_nonce_is_good_once(wire: Wire) -> None:
    headers = wire.headers()
    assert wire.send("GET", "/jobs", headers=headers).status_code == 200
    answer = wire.send("GET", "/jobs", headers=headers)
    assert (answer.status_code, answer.json()["Code"]) == (400, "SignatureNonceUsed")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """Connect to a service that insists on nonces."""
    data: Path = tmp_path_factory.mktemp("strict")
    with LocalServer(data, boot_seconds=0, require_nonce=True) as server:
        client = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        yield client
        client.close()


@pytest.mark.parametrize("habits", EVERYBODY, ids=lambda each: each.name)
def test_service_may_insist_on_nonces(strict: Wire, habits: Habits) -> None:
    answer = RawClient(strict, habits).send("GET", "/jobs")
    assert answer.status == (200 if habits.nonce else 400)
    if not habits.nonce:
        assert code(answer) == "MissingSignatureNonce"
        assert RawClient(strict, replace(habits, nonce=True)).send("GET", "/jobs").status == 200


@pytest.mark.parametrize(
    "token",
    [
        str(uuid.UUID(int=2**127)),
        "token_of_64_" + "x" * 52,
        "x" * 65,
        "-" * 128,
        "2015-11-11T10:00:57Z~b.c",
    ],
)
@pytest.mark.parametrize("habits", [PYTHON, JAVA, JAVASCRIPT], ids=lambda each: each.name)
def test_token_makes_one_thing(wire: Wire, habits: Habits, token: str) -> None:
    client = RawClient(wire, habits)
    target = f"/images?IdempotentToken={habits.name[-2:]}{token[2:]}"
    body: dict[str, Any] = {"EcsImageId": "m-1", "Platform": "Linux", "Name": habits.name}
    first, second = (client.send("POST", target, body) for _ in range(2))
    assert (first.status, second.status) == (201, 201), first.body
    assert first.json == second.json
    other = client.send("POST", target, {**body, "Name": "other"})
    assert (other.status, code(other)) == (400, "IdempotentTokenMismatch")


def test_token_in_a_body_may_be_a_uuid(wire: Wire) -> None:
    body = {"EcsImageId": "m-1", "Platform": "Linux", "IdempotentToken": str(uuid.uuid4())}
    assert wire.create("/images", body) == wire.create("/images", body)


def test_token_has_an_end(wire: Wire) -> None:
    refusal = wire.refused("POST", f"/images?IdempotentToken={'x' * 129}", {})
    assert refusal[:2] == (400, "InvalidIdempotentToken")
