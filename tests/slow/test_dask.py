"""Programs that agents run which a real Dask has started."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.executors.launchers.agent_script import Site
from batchcompute.server.executors.launchers.dask import DaskLauncher, DaskOptions
from batchcompute.server.executors.launchers.interface import AgentCommand, LaunchError, VMSpec
from tests.emulator.wire import Wire, task, until_there
from tests.processes import processes_running
from tests.slow.lives import Beats

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("default")

_PATIENCE = 120.0
#: Far longer than a look at Dask takes, and an agent has to answer.
_LOOKS_SECONDS = 8.0
_SPEC = VMSpec("cls.group", "cls", "group")


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextlib.contextmanager
def _cluster(workers: int) -> Iterator[Any]:
    """Run a scheduler with workers, each a process for one agent."""
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=None,
            host="127.0.0.1",
            protocol="tcp://",
        ) as cluster,
    ):
        warnings.simplefilter("ignore")
        cluster.wait_for_workers(workers, timeout=_PATIENCE)
        yield cluster


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    with _cluster(3) as cluster:
        yield cluster


@pytest.fixture
def visible() -> Iterator[Path]:
    """A folder that programs would see, wherever they run."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="batchcompute-") as folder:
        yield Path(folder)


@pytest.fixture
def launcher(dask: Any) -> Iterator[DaskLauncher]:
    made = DaskLauncher(DaskOptions(address=dask.scheduler_address), Site())
    yield made
    made.close()


def _standing(launcher: DaskLauncher, vm_id: str) -> str:
    return launcher.observe({vm_id: ""})[vm_id].standing


def _words_of_the_end(launcher: DaskLauncher, vm_id: str) -> str:
    deadline = time.monotonic() + _PATIENCE
    while (seen := launcher.observe({vm_id: ""})[vm_id]).standing != "gone":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return seen.words


def _agent(folder: Path, name: str) -> AgentCommand:
    """Return something that runs until it is told to end, and tells its process."""
    program = (
        "import os, pathlib, sys, time; "
        f"pathlib.Path({str(folder)!r}, {name!r} + str(os.getpid())).touch(); "
        "time.sleep(600)"
    )
    return AgentCommand(("python", "-c", program))


def _begun(folder: Path, name: str) -> bool:
    """Say whether `_agent` has begun."""
    return any(folder.glob(f"{name}*"))


def test_task_is_a_vm_that_another_server_finds_and_ends(
    dask: Any, launcher: DaskLauncher, tmp_path: Path
) -> None:
    command = _agent(tmp_path, "one-")
    assert launcher.observe({"i-1": ""})["i-1"].standing == "gone"
    launcher.ensure("i-1", command, _SPEC)
    eventually(lambda: _standing(launcher, "i-1") == "running")
    eventually(lambda: bool(list(tmp_path.iterdir())))
    launcher.close()
    # Dask knows the task, whoever asks for it.
    other = DaskLauncher(DaskOptions(address=dask.scheduler_address), Site())
    other.ensure("i-1", command, _SPEC)
    assert _standing(other, "i-1") == "running"
    (agent,) = tmp_path.iterdir()
    other.release("i-1", "")
    eventually(lambda: not Path("/proc", agent.name.removeprefix("one-")).exists())
    eventually(lambda: _standing(other, "i-1") == "gone")
    other.release("i-1", "")
    other.close()


def test_vm_that_is_released_at_once_leaves_nothing_on_a_worker(
    dask: Any, launcher: DaskLauncher, tmp_path: Path
) -> None:
    # The scheduler takes tasks in the background, and a worker may be about to begin.
    vms = [f"i-{uuid.uuid4().hex}" for _ in range(20)]
    for vm in vms:
        launcher.ensure(vm, _agent(tmp_path, f"{vm}-"), _SPEC)
        launcher.release(vm, "")
        assert _standing(launcher, vm) == "gone"
    with distributed.Client(dask.scheduler_address, set_as_default=False) as client:
        eventually(
            lambda: not any(client.run(lambda dask_worker: dask_worker.state.tasks).values())
        )
    assert not [vm for vm in vms if processes_running(vm)]


def test_vm_outlives_the_server_that_has_just_asked_for_it(
    dask: Any, launcher: DaskLauncher, tmp_path: Path
) -> None:
    other = DaskLauncher(DaskOptions(address=dask.scheduler_address), Site())
    for at in range(5):
        vm = f"i-{uuid.uuid4().hex}"
        asks = DaskLauncher(DaskOptions(address=dask.scheduler_address), Site())
        asks.ensure(vm, _agent(tmp_path, f"{at}-"), _SPEC)
        asks.close()
        eventually(partial(_begun, tmp_path, f"{at}-"))
        assert _standing(other, vm) == "running"
        other.release(vm, "")
    other.close()


def test_end_of_an_agent_is_told_with_its_last_words(launcher: DaskLauncher) -> None:
    command = AgentCommand(("sh", "-c", "echo much; echo the server is not known >&2; exit 1"))
    launcher.ensure("i-2", command, _SPEC)
    words = _words_of_the_end(launcher, "i-2")
    assert words == "its agent ended with code 1: the server is not known"
    launcher.ensure("i-3", AgentCommand(("no-such-program",)), _SPEC)
    assert "no-such-program" in _words_of_the_end(launcher, "i-3")


def test_task_without_a_worker_for_it_is_pending(dask: Any) -> None:
    options = DaskOptions(address=dask.scheduler_address, resources={"GPU": 8})
    launcher = DaskLauncher(options, Site())
    launcher.ensure("i-4", AgentCommand(("true",)), _SPEC)
    assert launcher.observe({"i-4": ""})["i-4"].standing == "pending"
    launcher.release("i-4", "")
    assert launcher.observe({"i-4": ""})["i-4"].standing == "gone"
    launcher.close()


def _worker(dask: Any, vm_id: str) -> int:
    """Return the process of the worker that has a VM's task."""
    with distributed.Client(dask.scheduler_address, set_as_default=False) as client:
        key = f"batchcompute-{vm_id}"
        (address,) = (each for each, keys in client.processing().items() if key in keys)
        (worker,) = client.run(os.getpid, workers=[address]).values()
    found: int = worker
    return found


def _kill_worker(dask: Any, vm_id: str) -> None:
    """Kill the worker that has a VM's task, and the agent that it has started."""
    for process in (_worker(dask, vm_id), *processes_running(vm_id)):
        os.kill(process, signal.SIGKILL)


def test_vm_is_gone_with_a_worker_that_was_lost_before_it_was_seen(tmp_path: Path) -> None:
    # A cluster of its own, where no other task is first, and a name that no other process has.
    vm = f"i-lost-{uuid.uuid4().hex}"
    with _cluster(2) as dask:
        launcher = DaskLauncher(DaskOptions(address=dask.scheduler_address), Site())
        launcher.ensure(vm, _agent(tmp_path, "begun-"), _SPEC)
        eventually(lambda: bool(list(tmp_path.iterdir())))
        _kill_worker(dask, vm)
        # Dask runs the task again by another worker, with an agent that nobody has asked for.
        eventually(lambda: len(list(tmp_path.iterdir())) == 2)
        assert launcher.observe({vm: ""})[vm].standing == "gone"
        launcher.release(vm, "")
        launcher.close()


def test_scheduler_that_is_not_there_is_named(tmp_path: Path) -> None:
    launcher = DaskLauncher(DaskOptions(scheduler_file="/nowhere/scheduler.json"), Site())
    with pytest.raises(LaunchError, match=r"/nowhere/scheduler\.json cannot be read"):
        launcher.check()
    file = tmp_path / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    command += ["--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as scheduler:
        eventually(lambda: file.exists() and file.stat().st_size > 0)
        launcher = DaskLauncher(DaskOptions(scheduler_file=str(file)), Site())
        assert "0 workers" in launcher.check()[0]
        scheduler.kill()
    with pytest.raises(LaunchError, match="Dask: "):
        launcher.observe({"i-9": ""})
    launcher.close()


def test_job_survives_the_loss_of_a_worker(dask: Any, tmp_path: Path, visible: Path) -> None:
    config = tmp_path / "service.toml"
    config.write_text(
        '[pools.dask]\nkind = "dask"\nobserve-seconds = 1\n'
        f'options = {{ address = "{dask.scheduler_address}" }}\n'
    )
    with LocalServer(tmp_path / "data", pools=config, lease_seconds=600) as service:
        wire = Wire(service.endpoint, service.access_key_id, service.access_key_secret)
        cluster = wire.cluster(1)
        quick = wire.job({"t": task("echo here", cluster, 4)})
        assert wire.ended(quick, seconds=_PATIENCE)["State"] == "Finished"
        (vm,) = wire.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
        gate = visible / "gate"
        held = wire.job({"t": task(until_there(gate), cluster)})
        wire.until(f"/jobs/{held}", lambda job: job["State"] == "Running", seconds=_PATIENCE)
        _kill_worker(dask, vm["Id"])
        wire.until(
            f"/clusters/{cluster}/groups/group/instances",
            lambda vms: vm["Id"] not in [each["Id"] for each in vms["Items"]] and vms["Items"],
            seconds=_PATIENCE,
        )
        gate.touch()
        assert wire.ended(held, seconds=_PATIENCE)["State"] == "Finished"
        wire.close()


def test_agent_goes_on_although_dask_has_lost_its_worker(
    dask: Any, launcher: DaskLauncher, tmp_path: Path, visible: Path
) -> None:
    beats = Beats(visible)
    with _service(tmp_path, dask.scheduler_address) as wire:
        cluster = wire.cluster(1)
        job = wire.job({"t": task(beats.command, cluster)})
        beats.await_lives(1)
        (vm,) = wire.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
        os.kill(_worker(dask, vm["Id"]), signal.SIGKILL)
        eventually(lambda: _standing(launcher, vm["Id"]) == "gone")
        _goes_on(wire, beats, job)
        wire.send("DELETE", f"/clusters/{cluster}")
        eventually(lambda: not processes_running(vm["Id"]))


def test_scheduler_that_is_killed_and_started_again_costs_nothing(
    tmp_path: Path, visible: Path
) -> None:
    beats = Beats(visible)
    with contextlib.ExitStack() as stack:

        def start(module: str, *words: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", f"distributed.cli.{module}", "--no-dashboard", *words]
            with (tmp_path / "dask.log").open("ab") as log:
                process = subprocess.Popen(command, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        address = f"tcp://127.0.0.1:{port}"
        scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port))
        worker = start("dask_worker", "--no-nanny", "--nthreads", "1", address)
        with _service(tmp_path, address) as wire:
            cluster = wire.cluster(1)
            job = wire.job({"t": task(beats.command, cluster)})
            beats.await_lives(1)
            scheduler.kill()
            scheduler.wait()
            start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port))
            # It knows nothing of what was before.
            worker.kill()
            start("dask_worker", "--no-nanny", "--nthreads", "1", address)
            _goes_on(wire, beats, job)
            # And new VMs come by it.
            other = wire.cluster(1)
            then = wire.job({"t": task("true", other)})
            assert wire.ended(then, seconds=_PATIENCE)["State"] == "Finished"
            for each in (cluster, other):
                wire.send("DELETE", f"/clusters/{each}")


def _goes_on(wire: Wire, beats: Beats, job: str) -> None:
    """See that a program goes on over several looks of the service at Dask, and ends well."""
    (before,) = beats.lives()
    eventually(lambda: beats.lives()[-1].last > before.last + _LOOKS_SECONDS)
    beats.gate.touch()
    assert wire.ended(job, seconds=_PATIENCE)["State"] == "Finished"
    assert len(beats.lives()) == 1


@contextlib.contextmanager
def _service(place: Path, address: str) -> Iterator[Wire]:
    """Run a service whose agents a scheduler has started."""
    config = place / "service.toml"
    config.write_text(
        f'[pools.dask]\nkind = "dask"\nobserve-seconds = 1\noptions = {{ address = "{address}" }}\n'
    )
    with LocalServer(place / "data", pools=config, isolation="process-group") as service:
        wire = Wire(service.endpoint, service.access_key_id, service.access_key_secret)
        try:
            yield wire
        finally:
            wire.close()
