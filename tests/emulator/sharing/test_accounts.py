"""Two accounts on one service: neither sees or touches what the other has, whatever they ask."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute.server import LocalServer
from batchcompute.server.commands.main import run
from batchcompute.server.process.data_folder import DataFolder
from tests.emulator.certificates import make_certificate
from tests.emulator.declared import OPERATIONS, Operation
from tests.emulator.sharing.people import add_key, key_in, keys, wire_of
from tests.emulator.wire import Wire, task

#: What an operation that takes a body is sent.
_BODIES: dict[str, Any] = {
    "change_job_priority": {"Priority": 7},
    "modify_cluster": {"Groups": {"group": {"DesiredVMCount": 9}}},
    "modify_app": {"Name": "hers", "CommandLine": "false", "VM": {"ECSImageId": "img-ubuntu"}},
}
_IMAGE = {"EcsImageId": "m-1", "Platform": "Linux", "Name": "hers"}
_APP = {"Name": "hers", "CommandLine": "echo hers", "VM": {"ECSImageId": "img-ubuntu"}}


@dataclass
class Shared:
    """A service, and those who share it.

    Attributes:
        server: The service.
        data: Its data folder.
        operator: Whoever runs it.
        ann: Has a job, a cluster, an image and an App.
        bob: Has another account, and nothing.
        names: What Ann has, by the parameters of paths.
        trusted: Whom clients trust, as the service is reached over TLS.
    """

    server: LocalServer
    data: Path
    operator: Wire
    ann: Wire
    bob: Wire
    names: dict[str, str]
    trusted: ssl.SSLContext

    def wire(self, key: tuple[str, str]) -> Wire:
        """Return what sends requests with a key."""
        return Wire(self.server.endpoint, *key, trusted=self.trusted)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    data = tmp_path_factory.mktemp("shared")
    files = make_certificate(tmp_path_factory.mktemp("certificate"))
    trusted = files.trust()
    with LocalServer(
        data, boot_seconds=0.02, slots=4, tls=(files.certificate, files.key)
    ) as server:
        assert server.endpoint.startswith("https:")
        operator = Wire(
            server.endpoint, server.access_key_id, server.access_key_secret, trusted=trusted
        )
        ann, bob = (
            wire_of(server.endpoint, data, name, trusted=trusted) for name in ("ann", "bob")
        )
        cluster = ann.cluster(1)
        job = ann.job({"t": task("echo hers", cluster)})
        ann.ended(job)
        path = f"/clusters/{cluster}/groups/group/instances"
        machine = ann.until(path, lambda found: found["Items"])["Items"][0]["Id"]
        assert ann.send("POST", "/apps", _APP).status_code == 201
        names = {
            "JobId": job,
            "TaskName": "t",
            "ClusterId": cluster,
            "GroupName": "group",
            "MachineId": machine,
            "InstanceId": "0",
            "ImageId": ann.create("/images", _IMAGE),
            "AppName": "hers",
        }
        yield Shared(server, data, operator, ann, bob, names, trusted)
        for wire in (operator, ann, bob):
            wire.close()


def _target(operation: Operation, names: dict[str, str]) -> str:
    """Return the path of an operation on what the names say."""
    path = operation.path
    if "/groups/" in path:
        path = path.replace("{InstanceId}", "{MachineId}")
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, path
    return path + (f"?{operation.query}" if operation.query else "")


def _said(response: httpx.Response) -> tuple[int, Any]:
    """Return what a response says, but for what tells requests apart."""
    answer = response.json() if response.content else None
    if isinstance(answer, dict):
        answer.pop("RequestId", None)
    return response.status_code, answer


def _state_of(shared: Shared) -> list[Any]:
    """Return all that Ann can see of what she has."""
    reads = [each for each in OPERATIONS if each.method == "GET" and "explain" not in each.path]
    return [_said(shared.ann.send("GET", _target(each, shared.names))) for each in reads]


_ON_SOMETHING = [each for each in OPERATIONS if "{" in each.path]


@pytest.mark.parametrize("operation", _ON_SOMETHING, ids=lambda each: each.name)
def test_what_another_account_has_is_answered_like_what_does_not_exist(
    shared: Shared, operation: Operation
) -> None:
    body = _BODIES.get(operation.name) if operation.method == "PUT" else None
    before = _state_of(shared)
    wanted = _said(shared.bob.send(operation.method, _target(operation, shared.names), body))
    nothing = {**shared.names, "JobId": "job-0", "ClusterId": "cls-0", "ImageId": "img-0"}
    if body is not None and "Name" in body:
        body = {**body, "Name": "nobodys"}
    absent = _said(
        shared.bob.send(
            operation.method, _target(operation, {**nothing, "AppName": "nobodys"}), body
        )
    )
    assert wanted == absent
    assert wanted[0] == 404
    assert _state_of(shared) == before


_LISTS = [each for each in OPERATIONS if each.method == "GET" and "{" not in each.path]


@pytest.mark.parametrize("operation", _LISTS, ids=lambda each: each.name)
def test_lists_hold_nothing_of_another_account(shared: Shared, operation: Operation) -> None:
    queries = [""]
    if operation.name == "list_jobs":
        cluster = shared.names["ClusterId"]
        queries = [
            "",
            "?State=Finished",
            f"?ClusterId={cluster}",
            f"?ClusterId={cluster}&State=Finished",
            f"?Marker={shared.names['JobId']}",
            "?IsReverse=true",
        ]
    elif operation.name == "list_apps":
        queries = ["?Scope=Private", "?Scope=Public"]
    for query in queries:
        found = shared.bob.get(operation.path + query)
        assert not found.get("Items"), query
        assert shared.names["JobId"] not in json.dumps(found)


def test_lists_of_the_owner_and_of_an_admin_hold_it(shared: Shared) -> None:
    names = shared.names
    for wire in (shared.ann, shared.operator):
        for path, member, name in (
            ("/jobs", "Id", names["JobId"]),
            (f"/jobs?ClusterId={names['ClusterId']}", "Id", names["JobId"]),
            ("/jobs?State=Finished", "Id", names["JobId"]),
            ("/clusters", "Id", names["ClusterId"]),
            ("/images", "Id", names["ImageId"]),
            ("/apps", "Name", names["AppName"]),
        ):
            found = [each for each in wire.get(path)["Items"] if each[member] == name]
            assert [each["OwnerId"] for each in found if "OwnerId" in each] == [2], path


def test_a_job_cannot_run_on_what_another_account_has(shared: Shared) -> None:
    answers = [
        shared.bob.refused(
            "POST",
            "/jobs",
            {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": task("true", cluster)}}},
        )
        for cluster in (shared.names["ClusterId"], "cls-0")
    ]
    assert answers[0][:2] == answers[1][:2] == (400, "InvalidClusterId")
    assert answers[0][2].replace(shared.names["ClusterId"], "cls-0") == answers[1][2]
    for name in ("hers", ":hers", "Public:hers"):
        body = {"Name": "j", "Type": "App", "App": {"AppName": name}}
        assert shared.bob.refused("POST", "/jobs", body)[:2] == (400, "InvalidAppName")


def test_names_and_tokens_of_accounts_are_their_own(shared: Shared) -> None:
    """An App's name that another has taken is free, and so is a token."""
    token = "IdempotentToken=together"
    for wire in (shared.ann, shared.bob):
        wire.create(f"/images?{token}", {**_IMAGE, "Name": "twice"})
    first = shared.ann.create(f"/images?{token}", {**_IMAGE, "Name": "twice"})
    second = shared.bob.create(f"/images?{token}", {**_IMAGE, "Name": "twice"})
    assert first != second
    body = {**_APP, "Name": "same", "Description": "his"}
    for wire in (shared.ann, shared.bob):
        assert wire.send("POST", "/apps", {**body, "Name": "same"}).status_code == 201
    assert shared.bob.send("DELETE", "/apps/same").status_code == 204
    assert shared.ann.get("/apps/same")["OwnerId"] == 2
    assert shared.ann.send("DELETE", "/apps/same").status_code == 204


def test_admin_pages_through_apps_of_one_name(shared: Shared) -> None:
    wires = [
        shared.operator,
        *(shared.wire(add_key(shared.data, f"page{at}")) for at in range(3)),
    ]
    for wire in wires:
        assert wire.send("POST", "/apps", {**_APP, "Name": "paged"}).status_code == 201
    owners: list[int] = []
    marker = "paged"
    while marker:
        page = shared.operator.send("GET", f"/apps?Marker={marker}&MaxItemCount=1").json()
        owners += [each["OwnerId"] for each in page["Items"] if each["Name"] == "paged"]
        marker = page["NextMarker"].replace("\x1f", "%1F")
    assert len(owners) == len(set(owners)) == 4
    for wire in wires:
        assert wire.send("DELETE", "/apps/paged").status_code == 204
        if wire is not shared.operator:
            wire.close()


def test_what_is_granted_can_be_used_and_not_changed(shared: Shared) -> None:
    names, bob = shared.names, shared.bob
    granted = (
        ("--cluster", names["ClusterId"]),
        ("--image", names["ImageId"]),
        ("--app", "ann/hers"),
    )
    for kind, name in granted:
        keys(shared.data, "grant", "bob", kind, name)
    try:
        assert bob.get(f"/clusters/{names['ClusterId']}")["OwnerId"] == 2
        assert [each["Id"] for each in bob.get("/clusters")["Items"]] == [names["ClusterId"]]
        assert names["ImageId"] in [each["Id"] for each in bob.get("/images")["Items"]]
        assert [each["Name"] for each in bob.get("/apps?Scope=Public")["Items"]] == ["hers"]
        assert bob.get("/apps/hers?Scope=Public")["OwnerId"] == 2
        for method, target, body in (
            ("DELETE", f"/clusters/{names['ClusterId']}", None),
            ("PUT", f"/clusters/{names['ClusterId']}", _BODIES["modify_cluster"]),
            ("DELETE", f"/images/{names['ImageId']}", None),
        ):
            assert bob.refused(method, target, body)[:2] == (403, "Forbidden")
        # An App that was granted is used by its public name, and its command stays its owner's.
        assert bob.send("GET", "/apps/hers?Detail=True").status_code == 404
        assert bob.send("DELETE", "/apps/hers").status_code == 404
        on_cluster = {"Config": {"ClusterId": names["ClusterId"]}}
        body = {"Name": "j", "Type": "App", "App": {"AppName": ":hers", **on_cluster}}
        run = bob.create("/jobs", body)
        quiet: dict[str, Any] = {"Parameters": {"Command": {"CommandLine": "true"}}}
        job = bob.job({"t": task("true", names["ClusterId"], **quiet)})
        assert [bob.ended(each)["State"] for each in (run, job)] == ["Finished"] * 2
        assert bob.get(f"/jobs/{job}")["OwnerId"] == 3
        assert shared.ann.send("GET", f"/jobs/{job}").status_code == 404
        found = bob.get(f"/jobs?ClusterId={names['ClusterId']}")["Items"]
        assert [each["Id"] for each in found] == [run, job]
        hers = shared.ann.get(f"/jobs?ClusterId={names['ClusterId']}")["Items"]
        assert [each["Id"] for each in hers] == [names["JobId"]]
    finally:
        for kind, name in granted:
            keys(shared.data, "revoke", "bob", kind, name)
    # What was cached for him while he might see it is not shown to him any more.
    assert bob.send("GET", f"/clusters/{names['ClusterId']}").status_code == 404
    assert bob.refused("POST", f"/jobs/{job}/start")[0] == 409


_CHANGES = [each for each in OPERATIONS if each.method != "GET" and "/console/" not in each.path]


@pytest.mark.parametrize("operation", _CHANGES, ids=lambda each: each.name)
def test_the_role_read_changes_nothing(shared: Shared, operation: Operation) -> None:
    try:
        key = add_key(shared.data, "reader", "--account", "ann", "--role", "read")
        reader = shared.wire(key)
        assert reader.get(f"/jobs/{shared.names['JobId']}")["OwnerId"] == 2
        before = _state_of(shared)
        answer = reader.refused(operation.method, _target(operation, shared.names), {"Name": "x"})
        assert answer[:2] == (403, "Forbidden")
        assert _state_of(shared) == before
        line = json.loads(DataFolder(shared.data).audit_log.read_text().splitlines()[-1])
        assert (line["KeyId"], line["Code"]) == (key[0], "Forbidden")
        reader.close()
    finally:
        keys(shared.data, "remove", "reader")


def test_keys_change_while_the_service_runs(shared: Shared) -> None:
    first = shared.wire(add_key(shared.data, "eve"))
    assert first.get("/jobs")["Items"] == []
    second = shared.wire(key_in(keys(shared.data, "rotate", "eve")))
    # Both are good for the time of the rotation.
    assert [wire.get("/jobs")["Items"] for wire in (first, second)] == [[], []]
    keys(shared.data, "disable", "eve")
    assert second.refused("GET", "/jobs")[:2] == (400, "InvalidAccessKeyId.Inactive")
    assert first.get("/jobs")["Items"] == []
    keys(shared.data, "enable", "eve")
    assert second.get("/jobs")["Items"] == []
    third = shared.wire(key_in(keys(shared.data, "rotate", "eve", "--grace-hours", "0")))
    assert second.refused("GET", "/jobs")[1].startswith("InvalidAccessKeyId")
    keys(shared.data, "remove", "eve")
    assert third.refused("GET", "/jobs")[:2] == (404, "InvalidAccessKeyId.NotFound")
    for wire in (first, second, third):
        wire.close()


@pytest.mark.parametrize(
    ("kind", "name"), [("cluster", "cls-none"), ("image", "img-none"), ("app", "ann/none")]
)
def test_what_is_not_there_cannot_be_granted(
    shared: Shared, capsys: pytest.CaptureFixture[str], kind: str, name: str
) -> None:
    data = str(shared.data)
    assert run(["keys", "grant", "bob", f"--{kind}", name, "--data", data]) == 1
    assert f"there is no {kind} {name}" in capsys.readouterr().err
    assert name not in keys(shared.data, "grants")


@pytest.mark.parametrize("words", [["add", "ann"], ["list"], ["grants"]])
def test_keys_of_a_folder_without_a_service_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    wrong = tmp_path / "wrong"
    for _ in range(2):
        assert run(["keys", *words, "--data", str(wrong)]) == 1
        assert str(wrong) in capsys.readouterr().err
        assert not wrong.exists() or not list(wrong.iterdir())
        wrong.mkdir(exist_ok=True)


def test_own_key_of_the_service_can_be_rotated(tmp_path: Path) -> None:
    with LocalServer(tmp_path, boot_seconds=0.02, slots=1) as server:
        first = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        second = Wire(server.endpoint, *key_in(keys(tmp_path, "rotate", "default")))
        for wire in (first, second):
            assert wire.get("/jobs")["Items"] == []
            wire.close()


def test_no_secret_lies_about_in_the_clear(shared: Shared) -> None:
    for path in ("accounts.json", "accounts.key", "service.db", "credentials"):
        assert (shared.data / path).stat().st_mode & 0o777 == 0o600, path
    text = (shared.data / "accounts.json").read_text()
    listed = keys(shared.data, "list")
    for wire in (shared.ann, shared.bob):
        assert wire.key_id in text
        assert wire.key_id in listed
        assert wire.secret not in text + listed
