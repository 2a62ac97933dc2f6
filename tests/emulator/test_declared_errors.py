"""Each error that the contract declares for an operation is one that the service answers with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batchcompute.server.executors.embedded.executor import EmbeddedExecutor
from tests.emulator import declared
from tests.emulator.wire import Wire, task

_GROUPS = {"g": {"DesiredVMCount": 0}}
_CLUSTER = {"Name": "c", "ImageId": "img-ubuntu", "Groups": _GROUPS}
_IMAGE = {"Name": "i", "Platform": "Linux", "EcsImageId": "m-1"}
_APP = {"Name": "declared", "CommandLine": "true", "VM": {"ECSImageId": "img-ubuntu"}}
#: The service has no quotas: nobody pays for this machine.
_NEVER_HERE = {"QuotaExhausted"}


class World:
    """What the requests are about: something of every kind, and something that has ended."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.cluster = wire.cluster(1)
        self.gone = wire.cluster(0, Name="gone")
        self.finished = wire.job({"t": task("true", self.cluster)})
        self.waiting = wire.job({"t": task("true", self.gone)})
        wire.send("POST", "/apps", _APP)
        wire.ended(self.finished)
        self.made = [
            f"/jobs/{self.finished}",
            f"/jobs/{self.waiting}",
            f"/clusters/{self.cluster}",
            f"/clusters/{self.gone}",
            "/apps/declared",
        ]

    def close(self) -> None:
        """Leave nothing to the tests that share the service."""
        for target in self.made:
            if target.startswith("/jobs/"):
                self.wire.send("POST", f"{target}/stop")
            assert self.wire.send("DELETE", target).status_code == 204, target


@pytest.fixture(scope="module")
def world(server: Any) -> Iterator[World]:
    wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
    made = World(wire)
    yield made
    made.close()
    wire.close()


@pytest.fixture(autouse=True)
def vms_stay() -> Iterator[None]:
    """Keep VMs that are being deleted in that state until the test has ended."""
    held: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmbeddedExecutor, "release_workers", lambda *call: held.append(call))
        yield
    for call in held:
        EmbeddedExecutor.release_workers(*call)


def _job(**members: Any) -> dict[str, Any]:
    return {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": task("true", "cls")}}, **members}


def _dag(dependencies: dict[str, list[str]]) -> dict[str, Any]:
    return _job(DAG={"Tasks": {"t": task("true", "cls")}, "Dependencies": dependencies})


_BODIES: dict[str, Any] = {
    "create_job": _job(),
    "create_job_sync": {"Name": "a", "Type": "App", "App": {"AppName": "declared", "Inputs": {}}},
    "change_job_priority": {"Priority": 1},
    "create_cluster": _CLUSTER,
    "modify_cluster": {"UserData": {"a": "b"}},
    "create_image": _IMAGE,
    "create_app": _APP,
    "modify_app": _APP,
}
_PATHS = {
    "{JobId}": "job-none",
    "{TaskName}": "t",
    "{InstanceId}": "0",
    "{ClusterId}": "cls-none",
    "{GroupName}": "g",
    "{ImageId}": "img-none",
    "{AppName}": "none",
}


def _target(operation: declared.Operation, **ids: str) -> str:
    path = operation.path
    for name, value in _PATHS.items():
        path = path.replace(name, ids.get(name.strip("{}"), value))
    return path + (f"?{operation.query}" if operation.query else "")


def _with_query(target: str, query: str) -> str:
    return f"{target}{'&' if '?' in target else '?'}{query}"


Request = tuple[str, Any]
Provoke = Callable[[World, declared.Operation], Request]


def _running(found: dict[str, Any]) -> list[str]:
    return [each["Id"] for each in found["Items"] if each["State"] == "Running"]


def _existing(world: World, operation: declared.Operation) -> str:
    """Return the target of an operation on something that is there."""
    cluster = world.cluster
    machine = ""
    if "{GroupName}/instances/{InstanceId}" in operation.path:
        instances = f"/clusters/{cluster}/groups/group/instances"
        # Those that tests before have had removed may still be leaving.
        found = world.wire.until(instances, lambda seen: bool(_running(seen)))
        machine = _running(found)[0]
    return _target(
        operation,
        JobId=world.finished,
        ClusterId=cluster,
        GroupName="group",
        AppName="declared",
        InstanceId=machine or "0",
    )


def _mismatch(world: World, operation: declared.Operation) -> Request:
    body = _BODIES[operation.name]
    token = f"declared_{operation.name}"
    target = _with_query(_target(operation), f"IdempotentToken={token}")
    if operation.name == "create_job":
        body = _job(DAG={"Tasks": {"t": task("true", world.gone)}})
    if operation.name == "create_app":
        body = {**_APP, "Name": "declared_mismatch"}
    first = world.wire.send(operation.method, target, body)
    assert first.status_code < 300, first.text
    kind = operation.path.strip("/")
    made = body["Name"] if kind == "apps" else first.json().get("Id")
    if made is not None:
        world.made.insert(0, f"/{kind}/{made}")
    return target, {**body, "Description": "another"}


def _conflict(world: World, operation: declared.Operation) -> Request:
    target = _existing(world, operation)
    if operation.name == "delete_job":
        target = _target(operation, JobId=world.waiting)
    elif operation.name in ("delete_cluster", "modify_cluster"):
        # It stays while its VM does.
        doomed = world.wire.cluster(1)
        world.wire.until(f"/clusters/{doomed}", lambda c: c["Metrics"]["RunningCount"] == 1)
        world.wire.send("DELETE", f"/clusters/{doomed}")
        target = _target(operation, ClusterId=doomed)
    elif operation.name.endswith("_cluster_instance"):
        world.wire.send("POST", f"{target.removesuffix('/recreate')}/recreate")
    return target, _BODIES.get(operation.name)


def _missing(_world: World, operation: declared.Operation) -> Request:
    body = _BODIES.get(operation.name)
    # The name in the body of an app is that of the path.
    return _target(operation), {**body, "Name": "none"} if body == _APP else body


_PROVOKED: dict[str, Provoke] = {
    "InvalidResource.NotFound": _missing,
    "InvalidMaxItemCount": lambda w, o: (_with_query(_existing(w, o), "MaxItemCount=101"), None),
    "InvalidState": lambda w, o: (_with_query(_existing(w, o), "State=Odd"), None),
    "InvalidScope": lambda w, o: (_with_query(_target(o), "Scope=Odd"), None),
    "Missing{Member}": lambda w, o: (_target(o), {}),
    "Invalid{Member}": lambda w, o: (
        _existing(w, o),
        {**_BODIES[o.name], "Description": 5, "UserData": 5},
    ),
    "MissingGroups": lambda w, o: (_existing(w, o), {}),
    "MissingPriority": lambda w, o: (_existing(w, o), {}),
    "InvalidPriority": lambda w, o: (_existing(w, o), {"Priority": 1001}),
    "InvalidDependencies": lambda w, o: (_target(o), _dag({"t": ["other"]})),
    "BadDAG": lambda w, o: (_target(o), _dag({"t": ["t"]})),
    "IdempotentTokenMismatch": _mismatch,
    "InvalidResource.AlreadyExisting": lambda w, o: (_target(o), _APP),
    "Forbidden": lambda w, o: (_target(o, ImageId="img-ubuntu"), None),
    "StateConflict": _conflict,
}

_CASES = [
    pytest.param(operation, code, id=f"{operation.name} {code}")
    for operation in declared.OPERATIONS
    for code in operation.errors
    if code not in _NEVER_HERE
]


@pytest.mark.parametrize(("operation", "code"), _CASES)
def test_declared_error_is_answered(world: World, operation: declared.Operation, code: str) -> None:
    target, body = _PROVOKED[code](world, operation)

    response = world.wire.send(operation.method, target, body)

    assert response.status_code >= 400, response.text
    assert declared.fits(code, response.json()["Code"]), response.text
    row = declared.TABLE.row(code)
    assert row is not None
    assert response.status_code == row.status


def test_every_operation_that_is_about_something_can_miss_it() -> None:
    silent = [
        one.name
        for one in declared.OPERATIONS
        if "{" in one.path and "InvalidResource.NotFound" not in one.errors
    ]
    assert silent == []
    assert len(_CASES) > 60
