"""A service whose pools are this machine itself and agents, side by side and through restarts."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from tests.emulator.serving import Serve, run
from tests.emulator.wire import Wire, task, until_there
from tests.processes import processes_running

_PATIENCE = 120.0
_OPTIONS = ("--isolation", "process-group")
_MIXED = """
[pools.far]
kind = "local"
groups = ["big", "auto"]
clusters = ["far*"]

[pools.here]
kind = "embedded"
"""

_PAGE = Path(__file__).parents[2] / "docs" / "scale-out.md"
_BLOCKS = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What is of Slurm alone.
_OF_SLURM = re.compile(r"^(provider|walltime|folder|options) = .*\n", re.MULTILINE)


def _of_the_page() -> str:
    """Return the pools that the page about several machines shows, with agents of this machine."""
    (shown,) = (text for text in _BLOCKS.findall(_PAGE.read_text()) if "embedded" in text)
    pools = shown[shown.index("[pools.") :].replace('"parsl"', '"local"')
    return _OF_SLURM.sub("", pools)


def _cluster(wire: Wire, name: str, machines: int = 1, group: str = "big") -> str:
    return wire.cluster(machines, Name=name, Groups={group: {"DesiredVMCount": machines}})


def _clusters(wire: Wire) -> set[str]:
    return {each["Id"] for each in wire.get("/clusters")["Items"]}


def _vms(wire: Wire, cluster: str, group: str = "big") -> list[str]:
    return [
        each["Id"] for each in wire.get(f"/clusters/{cluster}/groups/{group}/instances")["Items"]
    ]


def _has_agent(vm: str) -> bool:
    return bool(processes_running(vm))


def _begin(wire: Wire, cluster: str, folder: Path, name: str, count: int = 1) -> str:
    """Start instances that note that they began, and run until a file is there."""
    note = f"echo {name} >> {folder}/begun; {until_there(folder / 'gate')}"
    return wire.job({name: task(note, cluster, count)})


def _until_begun(wire: Wire, job: str, count: int) -> None:
    wire.until(
        f"/jobs/{job}",
        lambda seen: seen["InstanceMetrics"]["RunningCount"] == count,
        seconds=_PATIENCE,
    )


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    folder = tmp_path_factory.mktemp("mixed")
    config = folder / "service.toml"
    config.write_text(_MIXED)
    with LocalServer(folder / "data", pools=config, slots=1, isolation="process-group") as service:
        client = Wire(service.endpoint, service.access_key_id, service.access_key_secret)
        yield client
        client.close()


def test_groups_run_where_their_pools_are(wire: Wire, tmp_path: Path) -> None:
    far, here = _cluster(wire, "far-1", 2), _cluster(wire, "near", 2)
    jobs = {
        name: _begin(wire, cluster, tmp_path, name, count)
        for name, cluster, count in (("f", far, 2), ("h", here, 3))
    }
    # This machine runs one at once, and agents are not counted there.
    _until_begun(wire, jobs["f"], 2)
    _until_begun(wire, jobs["h"], 1)
    assert all(map(_has_agent, _vms(wire, far)))
    assert not any(map(_has_agent, _vms(wire, here)))
    # Both of its VMs run, and one of them does nothing.
    said = wire.until(
        f"/extensions/explain/clusters/{here}",
        lambda seen: seen["Code"] == "WaitsForSlot",
        seconds=_PATIENCE,
    )
    assert "as this machine runs 1 program at once" in said["Reason"]
    (tmp_path / "gate").touch()
    for job in jobs.values():
        assert wire.ended(job, seconds=_PATIENCE)["State"] == "Finished"
    for cluster in (far, here):
        assert wire.send("DELETE", f"/clusters/{cluster}").status_code == 204


@pytest.mark.parametrize(("name", "is_far"), [("far", True), ("near", False)])
def test_tasks_have_clusters_of_their_own_in_each(
    wire: Wire, tmp_path: Path, name: str, is_far: bool
) -> None:
    auto = {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1ne.large"}
    before = _clusters(wire)
    gated = task(until_there(tmp_path / "gate"), count=3)
    job = wire.job({name: {**gated, "AutoCluster": auto}})
    # This machine runs one at once.
    _until_begun(wire, job, 3 if is_far else 1)
    (cluster,) = _clusters(wire) - before
    vms = _vms(wire, cluster, "auto")
    assert vms
    assert {_has_agent(vm) for vm in vms} == {is_far}
    (tmp_path / "gate").touch()
    assert wire.ended(job, seconds=_PATIENCE)["State"] == "Finished"


@pytest.mark.timeout(400)
def test_kills_and_other_pools_run_nothing_again(tmp_path: Path) -> None:
    data, config = tmp_path / "data", tmp_path / "service.toml"
    config.write_text(_of_the_page())
    mixed = (*_OPTIONS, "--config", str(config))
    # Everything is this machine's.
    alone = Serve(data, *_OPTIONS, forked=True)
    moved, kept = _cluster(alone.wire, "c-2"), _cluster(alone.wire, "c-1", group="small")
    jobs = [
        _begin(alone.wire, moved, tmp_path, "moved"),
        _begin(alone.wire, kept, tmp_path, "kept"),
    ]
    idle = _cluster(alone.wire, "cluster-3")
    for job in jobs:
        _until_begun(alone.wire, job, 1)
    (vm,) = _vms(alone.wire, moved)
    assert alone.end(signal.SIGKILL) == -signal.SIGKILL
    # A pool of agents comes to it, and has one of the groups with a running program.
    service = Serve(data, *mixed, forked=True)
    agents = _cluster(service.wire, "cluster-4")
    for cluster, name in ((agents, "agents"), (idle, "idle")):
        jobs.append(_begin(service.wire, cluster, tmp_path, name))
        _until_begun(service.wire, jobs[-1], 1)
        assert all(map(_has_agent, _vms(service.wire, cluster)))
    assert _vms(service.wire, moved) == [vm]
    assert not _has_agent(vm)
    before = [_vms(service.wire, each) for each in (moved, idle, agents)]
    for _ in range(2):
        assert service.end(signal.SIGKILL) == -signal.SIGKILL
        service = Serve(data, *mixed, forked=True)
        for job in jobs:
            _until_begun(service.wire, job, 1)
    assert [_vms(service.wire, each) for each in (moved, idle, agents)] == before
    assert service.end() == 0
    # Without the agents' pool nobody would know of them.
    refused = run("serve", "--data", str(data), "--port", "0", *_OPTIONS)
    assert refused.returncode == 1
    assert "run on agents (2 of them)" in refused.stderr
    service = Serve(data, *mixed, "--stop-instances", forked=True)
    (tmp_path / "gate").touch()
    for job in jobs:
        assert service.wire.ended(job, seconds=_PATIENCE)["State"] == "Finished"
    begun = (tmp_path / "begun").read_text().split()
    assert sorted(begun) == ["agents", "idle", "kept", "moved"]
    # The group moves with its next VM.
    body = {"Groups": {"big": {"DesiredVMCount": 0}}}
    service.wire.send("PUT", f"/clusters/{moved}", body)
    service.wire.send("PUT", f"/clusters/{moved}", {"Groups": {"big": {"DesiredVMCount": 1}}})
    last = service.wire.job({"t": task("true", moved)})
    assert service.wire.ended(last, seconds=_PATIENCE)["State"] == "Finished"
    assert all(map(_has_agent, _vms(service.wire, moved)))
    assert service.end() == 0
