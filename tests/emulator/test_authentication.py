"""Who is let in, at the wire: both signatures, replays over a restart, strange names."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from batchcompute.server import LocalServer
from tests.emulator.serving import Serve
from tests.emulator.wire import Wire, task


def send_acs3(wire: Wire, method: str, target: str, body: Any = None, **tricks: Any) -> Any:
    """Send a request with the newer signature, for a target that needs no encoding."""
    content = b"" if body is None else json.dumps(body).encode()
    path, _, query = target.partition("?")
    headers = {
        "content-type": "application/json",
        "host": urlsplit(str(wire.http.base_url)).netloc,
        "x-acs-action": "Something",
        "x-acs-content-sha256": hashlib.sha256(content).hexdigest(),
        "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": uuid4().hex,
        "x-acs-version": "2015-11-11",
        **tricks.get("headers", {}),
    }
    names = sorted(headers)
    asked = "&".join(
        part if "=" in part else f"{part}=" for part in sorted(query.split("&")) if part
    )
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical = "\n".join(
        [method, path, asked, lines, ";".join(names), headers["x-acs-content-sha256"]]
    )
    message = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    digest = hmac.new(wire.secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={wire.key_id},SignedHeaders={';'.join(names)},"
        f"Signature={digest}"
    )
    sent = tricks.get("sent", content)
    return wire.http.request(method, target, content=sent, headers=headers)


def test_newer_signature_makes_and_shows_a_job(wire: Wire, cluster: str) -> None:
    dag = {"Tasks": {"t": task("true", cluster)}}
    made = send_acs3(wire, "POST", "/jobs", {"Name": "j", "Type": "DAG", "DAG": dag})
    assert made.status_code == 201, made.text
    job = made.json()["Id"]
    shown = send_acs3(wire, "GET", f"/jobs/{job}?description")
    assert shown.json()["Name"] == "j"
    listed = send_acs3(wire, "GET", "/jobs?Marker&MaxItemCount=100")
    assert listed.status_code == 200


def test_newer_signature_covers_the_body(wire: Wire) -> None:
    answer = send_acs3(wire, "POST", "/jobs", {"Name": "j"}, sent=b'{"Name":"k"}')
    assert (answer.status_code, answer.json()["Code"]) == (400, "SignatureDoesNotMatch")


def test_newer_signature_is_good_once(wire: Wire) -> None:
    once = {"x-acs-signature-nonce": uuid4().hex}
    assert send_acs3(wire, "GET", "/jobs", headers=once).status_code == 200
    answer = send_acs3(wire, "GET", "/jobs", headers=once)
    assert (answer.status_code, answer.json()["Code"]) == (400, "SignatureNonceUsed")


def test_no_replay_after_a_kill(tmp_path: Path) -> None:
    """A request that was accepted is not accepted again by the next process."""
    first = Serve(tmp_path / "data")
    headers = first.wire.headers()
    assert first.wire.send("GET", "/jobs", headers=headers).status_code == 200
    first.wire.close()
    first.process.kill()
    first.process.wait(timeout=60)
    assert first.process.stdout is not None
    first.process.stdout.close()
    second = Serve(tmp_path / "data")
    try:
        answer = second.wire.send("GET", "/jobs", headers=headers)
        assert (answer.status_code, answer.json()["Code"]) == (400, "SignatureNonceUsed")
        assert second.wire.send("GET", "/jobs").status_code == 200
    finally:
        second.end()


@pytest.mark.parametrize(
    "host",
    ["batchcompute.cn-qingdao.aliyuncs.com", "localhost:1", "10.1.2.3", "[::1]:80", "service"],
)
def test_names_of_real_clients(wire: Wire, host: str) -> None:
    # The older signature does not cover the name.
    assert wire.send("GET", "/jobs", headers={**wire.headers(), "Host": host}).status_code == 200


@pytest.mark.parametrize("target", ["/jobs", "/docs", "/docs/", "/nothing"])
def test_strange_names_are_told_nothing(wire: Wire, target: str) -> None:
    headers = {**wire.headers(), "Host": "rebound.attacker.com"}
    answer = wire.send("GET", target, headers=headers)
    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidHost")
    assert set(answer.json()) == {"Code", "Message", "RequestId"}


def test_strange_names_do_not_use_up_a_connection(wire: Wire) -> None:
    for _ in range(3):
        headers = {**wire.headers(), "Host": "rebound.attacker.com"}
        assert wire.send("POST", "/jobs", b"x" * 100_000, headers=headers).status_code == 400
    wire.get("/jobs")


def test_docs_need_no_signature(wire: Wire) -> None:
    # 404 with a hint where the page was not built.
    assert wire.http.get("/docs").status_code in (200, 404)


def test_no_secret_and_no_signature_in_logs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with LocalServer(tmp_path, boot_seconds=0) as server:
        key, secret = server.access_key_id, server.access_key_secret
        wire = Wire(server.endpoint, key, secret)
        wire.create("/images?IdempotentToken=told", {"EcsImageId": "m-1", "Platform": "Linux"})
        wire.refused("POST", "/jobs", {"Name": "9"})
        headers = wire.headers(x_acs_security_token="temporary-token")
        assert wire.send("GET", "/jobs", headers=headers).status_code == 200
        guessed = wire.send("GET", "/jobs", authorization=f"acs {key}:guessed-signature")
        assert guessed.json()["Code"] == "SignatureDoesNotMatch"
        assert secret not in guessed.text
        send_acs3(wire, "GET", "/jobs")
        wire.close()
    ours = [record for record in caplog.records if record.name.startswith("batchcompute")]
    assert any("GET '/jobs' 200" in record.getMessage() for record in ours)
    text = "\n".join(logging.Formatter().format(record) for record in ours)
    for hidden in (secret, "guessed-signature", "temporary-token"):
        assert hidden not in text
