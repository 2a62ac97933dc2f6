"""Temporary keys of programs, and the log of who did what."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute.server import LocalServer
from batchcompute.server.accounts.audit import AuditLog
from batchcompute.server.accounts.temporary import TemporaryTokens
from batchcompute.server.model.caller import OPERATOR, Role
from batchcompute.server.process.data_folder import DataFolder
from tests.emulator.sharing.people import add_key, keys
from tests.emulator.wire import Wire, sign


@dataclass
class Shared:
    """A service with an account of somebody."""

    server: LocalServer
    data: Path
    ann: Wire

    def send(self, method: str, target: str, key: tuple[str, str, str]) -> httpx.Response:
        """Send a request with a temporary key: its id, its secret and its token."""
        key_id, secret, token = key
        headers = self.ann.headers(x_acs_security_token=token or None)
        authorization = sign(method, target, headers, key_id, secret)
        return self.ann.send(method, target, headers=headers, authorization=authorization)

    def code(self, method: str, target: str, key: tuple[str, str, str]) -> tuple[int, str]:
        """Send a request that is refused; return its status and code."""
        answer = self.send(method, target, key)
        return answer.status_code, answer.json()["Code"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    data = tmp_path_factory.mktemp("shared")
    with LocalServer(data, boot_seconds=0.02, slots=2, console_port=0) as server:
        ann = Wire(server.endpoint, *add_key(data, "ann"))
        yield Shared(server, data, ann)
        ann.close()


def _token(shared: Shared, *arguments: str) -> tuple[str, str, str]:
    printed = keys(shared.data, "token", *arguments).replace("export ", "")
    found = dict(word.partition("=")[::2] for word in shlex.split(printed))
    names = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")
    key_id, secret, token = (found[f"ALIBABA_CLOUD_{name}"] for name in names)
    assert found["OSS_SESSION_TOKEN"] == token
    return key_id, secret, token


def test_temporary_key_acts_for_its_account(shared: Shared) -> None:
    key = _token(shared, "ann")
    assert key[0].startswith("STS.")
    cluster = shared.ann.cluster(0)
    answer = shared.send("GET", f"/clusters/{cluster}", key)
    assert answer.json()["OwnerId"] == 2
    assert shared.send("DELETE", f"/clusters/{cluster}", key).status_code == 204
    # A session of the console would outlast it.
    assert shared.code("POST", "/extensions/console/links", key) == (403, "Forbidden")


def test_temporary_key_may_do_less_and_never_more(shared: Shared) -> None:
    reader = _token(shared, "ann", "--role", "read")
    assert shared.send("GET", "/jobs", reader).status_code == 200
    assert shared.code("DELETE", "/jobs/job-1", reader) == (403, "Forbidden")
    admin = _token(shared, "ann", "--role", "admin")
    operator = Wire(
        shared.server.endpoint, shared.server.access_key_id, shared.server.access_key_secret
    )
    theirs = operator.cluster(0)
    operator.close()
    assert shared.code("GET", f"/clusters/{theirs}", admin)[0] == 404


def test_temporary_key_needs_its_token_in_time(shared: Shared) -> None:
    key_id, secret, token = key = _token(shared, "ann")
    other = _token(shared, "ann")
    assert shared.code("GET", "/jobs", (key_id, secret, "")) == (400, "MissingSecurityToken")
    for wrong in (other[2], "x", token[:-1]):
        assert shared.code("GET", "/jobs", (key_id, secret, wrong)) == (
            400,
            "InvalidSecurityToken",
        )
    assert shared.code("GET", "/jobs", (key_id, other[1], token))[1] == "SignatureDoesNotMatch"
    ended = _token(shared, "ann", "--hours", "0")
    assert shared.code("GET", "/jobs", ended) == (400, "InvalidSecurityToken")
    # It goes with the key that it was made with.
    keys(shared.data, "disable", "ann")
    assert shared.code("GET", "/jobs", key)[0] == 400
    keys(shared.data, "enable", "ann")
    assert shared.send("GET", "/jobs", key).status_code == 200


def test_token_of_another_service_is_worth_nothing(shared: Shared) -> None:
    key, token = TemporaryTokens(b"other").make(shared.ann.key_id, Role.ADMIN, 2**33)
    found = shared.code("GET", "/jobs", (key.key_id, key.secret, token))
    assert found == (400, "InvalidSecurityToken")


def test_audit_log_says_who_did_what(shared: Shared) -> None:
    cluster = shared.ann.cluster(0)
    answer = shared.ann.send("DELETE", f"/clusters/{cluster}")
    shared.ann.send("DELETE", "/clusters/cls-none")
    shared.ann.get("/jobs")
    path = DataFolder(shared.data).audit_log
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    lines: list[Any] = [json.loads(line) for line in text.splitlines()]
    by_action = {(line["Action"], line["Target"].get("ClusterId")): line for line in lines}
    gone = by_action["delete_cluster", cluster]
    assert (gone["Account"], gone["KeyId"], gone["Code"]) == (2, shared.ann.key_id, "OK")
    assert gone["RequestId"] == answer.headers["x-acs-request-id"]
    assert by_action["delete_cluster", "cls-none"]["Code"] == "InvalidResource.NotFound"
    made = [line for line in lines if line["Action"] == "create_cluster"]
    assert cluster in [line["Target"].get("Id") for line in made]
    added = next(line for line in lines if line["Action"] == "keys add")
    assert added["Target"]["name"] == "ann"
    assert not [line for line in lines if line["Action"].startswith(("list_", "get_"))]
    assert shared.ann.secret not in text


def test_audit_log_is_bounded(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.log", largest=1000, kept=2)
    for number in range(50):
        log.write(OPERATOR, "stop_job", {"JobId": f"job-{number}"}, at="now", request_id="r")
    log.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["audit.log", "audit.log.1", "audit.log.2"]
    assert all(file.stat().st_size < 1200 for file in files)
    last = (files[0].read_text() or files[1].read_text()).splitlines()[-1]
    assert json.loads(last)["Target"] == {"JobId": "job-49"}


def test_a_disk_that_takes_no_audit_log_stops_nothing(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "none" / "audit.log")
    log.write(OPERATOR, "stop_job", {}, at="now")
    (tmp_path / "none").mkdir()
    log.write(OPERATOR, "stop_job", {}, at="now")
    log.close()
    assert len((tmp_path / "none" / "audit.log").read_text().splitlines()) == 1
