"""What an account may have at the most, and that one account does not use up another's."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute.server import LocalServer
from tests.emulator.sharing.people import add_key, keys
from tests.emulator.wire import Wire

_QUIET: dict[str, Any] = {"Parameters": {"Command": {"CommandLine": "true"}}, "InstanceCount": 1}


@dataclass
class Shared:
    """A service with a limited account, and another one."""

    server: LocalServer
    data: Path
    name: str
    ann: Wire
    bob: Wire

    def limit(self, *limits: str) -> None:
        """Limit Ann."""
        keys(self.data, "limit", self.name, *limits)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalServer, Path]]:
    data = tmp_path_factory.mktemp("limited")
    with LocalServer(data, boot_seconds=0.02, slots=2) as running:
        yield running, data


@pytest.fixture
def shared(server: tuple[LocalServer, Path], request: pytest.FixtureRequest) -> Iterator[Shared]:
    """Two new accounts of the service."""
    running, data = server
    names = [f"{who}-{request.node.name}" for who in ("ann", "bob")]
    ann, bob = (Wire(running.endpoint, *add_key(data, name[:64])) for name in names)
    yield Shared(running, data, names[0][:64], ann, bob)
    ann.close()
    bob.close()


def _job(cluster: str, instances: int = 1) -> dict[str, Any]:
    described = {**_QUIET, "ClusterId": cluster, "InstanceCount": instances}
    return {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": described}}}


def test_jobs_and_instances_of_an_account_are_limited(shared: Shared) -> None:
    ann, bob = shared.ann, shared.bob
    # Nothing runs on it, so that all jobs wait.
    empty = {wire: wire.cluster(0) for wire in (ann, bob)}
    shared.limit("--jobs", "2", "--instances", "10")
    first = ann.create("/jobs", _job(empty[ann], 5))
    refused = ann.refused("POST", "/jobs", _job(empty[ann], 6))
    assert refused == (403, "QuotaExhausted", "The Instances (10) quota is exhausted.")
    ann.create("/jobs", _job(empty[ann], 5))
    refused = ann.refused("POST", "/jobs", _job(empty[ann]))
    assert refused == (403, "QuotaExhausted", "The Jobs (2) quota is exhausted.")
    for _ in range(3):
        bob.create("/jobs", _job(empty[bob], 20))
    # What has stopped does not wait any more, and is held against the limits once it does again.
    assert ann.send("POST", f"/jobs/{first}/stop").status_code == 201

    def is_taken() -> bool:
        return ann.send("POST", "/jobs", _job(empty[ann])).status_code == 201

    # What waits is not counted at each request.
    ann.until("/jobs", lambda _: is_taken())
    assert ann.refused("POST", f"/jobs/{first}/start")[1] == "QuotaExhausted"
    shared.limit("--jobs", "none", "--instances", "none")
    assert ann.send("POST", f"/jobs/{first}/start").status_code == 201
    listed = keys(shared.data, "accounts")
    assert next(line for line in listed.splitlines() if shared.name in line).endswith("-")


def test_no_account_passes_by_the_turns_of_others_with_its_priority(shared: Shared) -> None:
    ann, bob = shared.ann, shared.bob
    cluster = ann.cluster(2)
    before = ann.create("/jobs", {**_job(ann.cluster(0)), "Priority": 9})
    assert ann.send("POST", f"/jobs/{before}/stop").status_code == 201
    shared.limit("--priority", "5")
    refused = ann.refused("POST", "/jobs", {**_job(cluster), "Priority": 6})
    assert refused == (403, "QuotaExhausted", "The Priority (5) quota is exhausted.")
    assert ann.refused("POST", f"/jobs/{before}/start")[1] == "QuotaExhausted"
    raised = ann.refused("PUT", f"/jobs/{before}", {"Priority": 10})
    assert raised[1] == "QuotaExhausted"
    assert ann.send("PUT", f"/jobs/{before}", {"Priority": 5}).status_code == 200
    assert ann.send("POST", f"/jobs/{before}/start").status_code == 201
    assert bob.create("/jobs", {**_job(bob.cluster(0)), "Priority": 1000})
    # A queue of the highest priority that it may have lets the other account have its turn.
    slow = _job(cluster, 2000)
    slow["DAG"]["Tasks"]["t"]["Parameters"] = {"Command": {"CommandLine": "sleep 0.1"}}
    queue = ann.create("/jobs", {**slow, "Priority": 5})
    turn = bob.create("/jobs", {**_job(bob.cluster(1), 2), "Priority": 5})
    assert bob.ended(turn)["State"] == "Finished"
    assert ann.get(f"/jobs/{queue}")["State"] == "Running"
    assert ann.send("POST", f"/jobs/{queue}/stop").status_code == 201


def test_vms_of_an_account_are_limited(shared: Shared) -> None:
    ann = shared.ann
    shared.limit("--vms", "3")
    cluster = ann.cluster(2)
    body = {"Name": "c", "ImageId": "img-ubuntu", "Groups": {"g": {"DesiredVMCount": 2}}}
    assert ann.refused("POST", "/clusters", body)[:2] == (403, "QuotaExhausted")
    change = {"Groups": {"group": {"DesiredVMCount": 4}}}
    assert ann.refused("PUT", f"/clusters/{cluster}", change)[:2] == (403, "QuotaExhausted")
    assert ann.get(f"/clusters/{cluster}")["Groups"]["group"]["DesiredVMCount"] == 2
    change = {"Groups": {"group": {"DesiredVMCount": 3}}}
    assert ann.send("PUT", f"/clusters/{cluster}", change).status_code == 200
    # The cluster of a task has at least one, so that its job ends.
    auto = {"AutoCluster": {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1.medium"}}
    job = ann.job({"t": {**_QUIET, **auto, "InstanceCount": 3}})
    assert ann.ended(job)["State"] == "Finished"
    assert shared.bob.cluster(9)


def test_a_job_of_another_account_has_its_turn(shared: Shared) -> None:
    """One who fills the queue does not keep another's job from running, with a limit or without."""
    ann, bob = shared.ann, shared.bob
    shared.limit("--instances", "300", "--vms", "1")
    many = ann.create("/jobs", _job(ann.cluster(1), 300))
    job = bob.create("/jobs", _job(bob.cluster(1)))
    assert bob.ended(job)["State"] == "Finished"
    ann.send("POST", f"/jobs/{many}/stop")


def _put(server: LocalServer, wire: Wire, path: str, content: bytes) -> httpx.Response:
    date = formatdate(usegmt=True)
    message = f"PUT\n\n\n{date}\n{path}"
    digest = hmac.new(wire.secret.encode(), message.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode()
    headers = {"Date": date, "Authorization": f"OSS {wire.key_id}:{signature}"}
    with httpx.Client(base_url=server.objects_endpoint, timeout=60, trust_env=False) as http:
        return http.put(path, content=content, headers=headers)


def test_bytes_of_objects_of_an_account_are_limited(shared: Shared) -> None:
    server, ann, bob = shared.server, shared.ann, shared.bob
    for wire, bucket in ((ann, "hers"), (bob, "his")):
        assert _put(server, wire, f"/{bucket}", b"").status_code == 200
    shared.limit("--object-bytes", "1000")
    assert _put(server, ann, "/hers/a", b"x" * 600).status_code == 200
    refused = _put(server, ann, "/hers/b", b"x" * 600)
    assert (refused.status_code, "QuotaExceeded" in refused.text) == (403, True)
    assert _put(server, bob, "/his/b", b"x" * 6000).status_code == 200
    # What came past the service is found, and then jobs are refused that would write more.
    server.write_object("oss://hers/c", "x" * 600)
    cluster = ann.cluster(0)

    def is_refused() -> bool:
        _put(server, ann, "/hers/d", b"x" * 600)
        answer = ann.send("POST", "/jobs", _job(cluster))
        return answer.status_code == 403 and answer.json()["Code"] == "QuotaExhausted"

    ann.until("/jobs", lambda _: is_refused())
    bob.create("/jobs", _job(bob.cluster(0)))
