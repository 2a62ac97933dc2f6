"""Programs whose VMs are jobs of a real Slurm, of one node; `make test-slurm` runs them.

Agents are looked for often here, so that nothing takes long; all else is as people have it.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, task, until_there

_NODE = Path(__file__).with_name("single-node")
_PATIENCE = 240.0
_POOL = """\
[pools.slurm]
kind = "parsl"
provider = "slurm"
walltime = "{walltime}"
observe-seconds = 1
options = {{ partition = "batch" }}
"""


def _slurm(*words: str) -> str:
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def _eventually(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, _slurm("squeue", "--states=all")
        time.sleep(0.1)
    return found


@pytest.fixture(scope="session")
def slurm() -> Iterator[Path]:
    """The configuration of a Slurm that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="slurm-", dir="/var/tmp") as folder:
        try:
            subprocess.run([_NODE, "up", folder], check=True, stdout=subprocess.DEVNULL)
            os.environ["SLURM_CONF"] = f"{folder}/slurm.conf"
            yield Path(folder)
        finally:
            subprocess.run([_NODE, "down", folder], check=True)
            os.environ.pop("SLURM_CONF", None)


@pytest.fixture
def folder(slurm: Path) -> Iterator[Path]:
    """A folder that programs would see, wherever they run."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="batchcompute-") as made:
        yield Path(made)


def _service(place: Path, walltime: str = "1:00:00", **options: Any) -> LocalServer:
    config = place / "service.toml"
    config.write_text(_POOL.format(walltime=walltime))
    return LocalServer(place / "data", pools=config, isolation="process-group", **options)


def _wire(service: LocalServer) -> Wire:
    return Wire(service.endpoint, service.access_key_id, service.access_key_secret)


@pytest.fixture
def wire(slurm: Path, tmp_path: Path) -> Iterator[Wire]:
    with _service(tmp_path) as service:
        client = _wire(service)
        yield client
        client.close()
    _eventually(lambda: not _jobs())


def _jobs(*states: str) -> list[str]:
    """Return the jobs of Slurm that are not over."""
    which = [f"--states={','.join(states)}"] if states else []
    return _slurm("squeue", "--noheader", "--format=%i", *which).split()


def _resume(node: str) -> None:
    # Slurm refuses it of one that came back by itself.
    resume = ["scontrol", "update", f"NodeName={node}", "State=RESUME"]
    subprocess.run(resume, check=False, capture_output=True)
    good = ("idle", "mixed", "allocated", "completing")
    _eventually(lambda: _slurm("sinfo", "--noheader", "--format=%T").startswith(good))


def _vms(wire: Wire, cluster: str) -> list[str]:
    found = wire.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
    return sorted(each["Id"] for each in found if each["State"] == "Running")


def _running(wire: Wire, cluster: str, gate: Path, mark: Path) -> str:
    """Start a program that notes each of its beginnings, and waits for a gate."""
    job = wire.job({"t": task(f"echo . >>{mark}; {until_there(gate)}", cluster)})
    _eventually(mark.exists)
    return job


def _beginnings(mark: Path) -> int:
    """Count how often a program began; an agent that is about to end may still begin one."""
    return mark.read_text().count(".")


def _finishes(wire: Wire, job: str) -> None:
    ended = wire.ended(job, seconds=_PATIENCE)
    assert ended["State"] == "Finished", wire.instances(job, "t")


def test_group_grows_and_shrinks_with_its_jobs(wire: Wire, folder: Path) -> None:
    cluster = wire.cluster(1)
    _finishes(wire, wire.job({"t": task("true", cluster, 3)}))
    assert len(_jobs()) == 1
    wire.send("PUT", f"/clusters/{cluster}", {"Groups": {"group": {"DesiredVMCount": 3}}})
    _eventually(lambda: len(_vms(wire, cluster)) == 3)
    assert len(_jobs("RUNNING")) == 3
    _finishes(wire, wire.job({"t": task("true", cluster, 9)}))
    # The one that runs a program is kept.
    gate = folder / "gate"
    job = _running(wire, cluster, gate, folder / "mark")
    wire.send("PUT", f"/clusters/{cluster}", {"Groups": {"group": {"DesiredVMCount": 1}}})
    _eventually(lambda: len(_jobs()) == 1)
    gate.touch()
    _finishes(wire, job)
    assert _beginnings(folder / "mark") == 1
    wire.send("DELETE", f"/clusters/{cluster}")
    _eventually(lambda: not _jobs())


def test_job_that_somebody_cancels_is_another_vm(wire: Wire, folder: Path) -> None:
    cluster = wire.cluster(1)
    gate, mark = folder / "gate", folder / "mark"
    job = _running(wire, cluster, gate, mark)
    before = _vms(wire, cluster)
    (pilot,) = _jobs()
    _slurm("scancel", pilot)
    _eventually(lambda: _beginnings(mark) >= 2)
    assert _vms(wire, cluster) != before
    gate.touch()
    _finishes(wire, job)


def test_job_that_slurm_puts_back_is_another_vm(wire: Wire, folder: Path) -> None:
    cluster = wire.cluster(1)
    gate, mark = folder / "gate", folder / "mark"
    job = _running(wire, cluster, gate, mark)
    (pilot,) = _jobs()
    # Ours are not to be put back; if somebody insists, the agent that comes is turned away.
    refused = subprocess.run(["scontrol", "requeue", pilot], check=False, capture_output=True)
    assert refused.returncode != 0
    _slurm("scontrol", "update", f"JobId={pilot}", "Requeue=1")
    _slurm("scontrol", "requeue", pilot)
    _eventually(lambda: _beginnings(mark) >= 2)
    gate.touch()
    _finishes(wire, job)


def test_node_that_dies_is_another_vm(wire: Wire, folder: Path, slurm: Path) -> None:
    cluster = wire.cluster(1)
    gate, mark = folder / "gate", folder / "mark"
    job = _running(wire, cluster, gate, mark)
    (node,) = _slurm("sinfo", "--noheader", "--format=%n").split()
    _slurm("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=trial")
    _eventually(lambda: not _jobs("RUNNING"))
    # The new one waits, and people are told what for.
    _eventually(lambda: _jobs("PENDING"))
    _resume(node)
    _eventually(lambda: _beginnings(mark) >= 2)
    gate.touch()
    _finishes(wire, job)


def test_drained_node_ends_what_runs_and_takes_no_more(wire: Wire, folder: Path) -> None:
    cluster = wire.cluster(1)
    gate, mark = folder / "gate", folder / "mark"
    job = _running(wire, cluster, gate, mark)
    (node,) = _slurm("sinfo", "--noheader", "--format=%n").split()
    _slurm("scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=trial")
    try:
        wire.send("PUT", f"/clusters/{cluster}", {"Groups": {"group": {"DesiredVMCount": 2}}})
        _eventually(lambda: _jobs("PENDING"))
        gate.touch()
        _finishes(wire, job)
        assert _beginnings(mark) == 1
    finally:
        _resume(node)
    _eventually(lambda: len(_vms(wire, cluster)) == 2)


def test_controller_that_is_restarted_costs_nothing(wire: Wire, folder: Path, slurm: Path) -> None:
    cluster = wire.cluster(1)
    gate, mark = folder / "gate", folder / "mark"
    job = _running(wire, cluster, gate, mark)
    before = _vms(wire, cluster)
    subprocess.run([_NODE, "restart-controller", slurm], check=True)
    _finishes(wire, wire.job({"t": task("true", wire.cluster(1))}))
    assert _vms(wire, cluster) == before
    gate.touch()
    _finishes(wire, job)
    assert _beginnings(mark) == 1


def test_agent_leaves_before_its_walltime_is_over(folder: Path, tmp_path: Path) -> None:
    # Two minutes is the shortest; the agent needs half a minute of them to end.
    with _service(tmp_path, walltime="0:02:00") as service:
        wire = _wire(service)
        cluster = wire.cluster(1)
        gate, mark = folder / "gate", folder / "mark"
        job = _running(wire, cluster, gate, mark)
        (first,) = _vms(wire, cluster)
        # It had all of the walltime, so it would not end on another VM either.
        ended = wire.ended(job, seconds=_PATIENCE)
        assert ended["State"] == "Failed"
        assert "WalltimeExceeded" in str(wire.instances(job, "t"))
        assert _beginnings(mark) == 1
        _eventually(lambda: first not in _vms(wire, cluster))
        states = _slurm("squeue", "--noheader", "--states=all", "--format=%j %T")
        (state,) = (line.split()[1] for line in states.splitlines() if first in line)
        # It left by itself, or was cancelled when it had left.
        assert state in ("COMPLETED", "COMPLETING", "CANCELLED")
        _finishes(wire, wire.job({"t": task("true", cluster)}))
        wire.close()


def test_program_whose_time_limit_does_not_fit_gets_another_vm(slurm: Path, tmp_path: Path) -> None:
    with _service(tmp_path, walltime="0:02:00") as service:
        wire = _wire(service)
        cluster = wire.cluster(1)
        _finishes(wire, wire.job({"t": task("sleep 17", cluster)}))
        (first,) = _vms(wire, cluster)
        # It would fit into what an agent has at its beginning, and does not fit into what is left.
        _finishes(wire, wire.job({"t": task("true", cluster, Timeout=80)}))
        assert _vms(wire, cluster) != [first]
        (fresh,) = _vms(wire, cluster)
        # One without a limit of its own may begin.
        _finishes(wire, wire.job({"t": task("true", cluster)}))
        assert _vms(wire, cluster) == [fresh]
        wire.close()


def test_service_that_is_started_again_finds_its_jobs(folder: Path, tmp_path: Path) -> None:
    gate, mark = folder / "gate", folder / "mark"
    with _service(tmp_path, stop_instances=False) as service:
        wire = _wire(service)
        cluster = wire.cluster(1)
        job = _running(wire, cluster, gate, mark)
        pilots = _jobs()
        wire.close()
    with _service(tmp_path) as service:
        wire = _wire(service)
        gate.touch()
        _finishes(wire, job)
        assert _jobs() == pilots
        assert _beginnings(mark) == 1
        wire.send("DELETE", f"/clusters/{cluster}")
        _eventually(lambda: not _jobs())
        wire.close()


def test_partition_that_is_not_there_is_said(slurm: Path, tmp_path: Path) -> None:
    config = tmp_path / "service.toml"
    config.write_text(_POOL.format(walltime="1:00:00").replace('"batch"', '"nope"'))
    with LocalServer(tmp_path / "data", pools=config) as service:
        wire = _wire(service)
        cluster = wire.cluster(1)
        wire.until(
            f"/clusters/{cluster}",
            lambda seen: any("Invalid partition" in line for line in seen["OperationLogs"]),
            seconds=_PATIENCE,
        )
        wire.close()
