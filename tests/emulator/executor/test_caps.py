"""Programs that have no more than their VMs: real memory, real processors, and devices by name."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.executors.attempt.caps.rules import CapRules
from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from batchcompute.server.executors.embedded import EmbeddedExecutor
from batchcompute.server.executors.interface import Receipt
from batchcompute.server.objects import open_store
from tests.emulator.executor.conftest import Bench, Events, gated, wait_until
from tests.emulator.executor.engines import IMAGE, Docker

#: Takes memory until it is ended, or has far more than it may have.
_GREEDY = """exec python3 -c "
import time
taken = []
while len(taken) < 200:
    taken.append(bytearray(b'x') * (8 << 20))
    time.sleep(0.01)
" """
_RULES = CapRules(processes=100, devices={"gpu": ("0", "3")})


def _opened(folder: Path, isolation: Isolation, rules: CapRules) -> Bench:
    objects = open_store(folder / "objects")
    executor = EmbeddedExecutor(
        folder / "data", objects, boot_seconds=0.0, isolation=isolation, caps=rules
    )
    made = Bench(folder / "data", objects, isolation, uuid.uuid4().hex, Events(), executor)
    made.open()
    return made


@pytest.fixture(scope="module", params=["namespace", "process-group"])
def capped(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """An executor for all tests; each of them has attempts and VMs of other names."""
    if request.param == "namespace" and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap (bwrap) is not installed")
    made = _opened(tmp_path_factory.mktemp("capped"), request.param, _RULES)
    yield made
    made.executor.close(stop_attempts=True)


def _run(bench: Bench, name: str, command: str, **more: Any) -> Receipt:
    bench.executor.start([bench.attempt(name, command, **more)])
    return bench.events.receipt(name)


def _check_named(receipt: Receipt, what: str, limit: int) -> None:
    assert (receipt.reason, receipt.error_code) == ("exited", "OutOfMemory")
    assert receipt.error_message == (
        f"Its program {what}, as it needed more than the {limit} MiB of memory that its VM has."
    )
    assert receipt.detail.startswith(f"Out of memory: the limit is {limit} MiB.")


def test_program_over_its_memory_is_killed_alone_and_named(capped: Bench) -> None:
    other = capped.attempt("other", gated("echo done"), worker_id="vm-1", memory_mib=64)
    capped.executor.start([other])
    capped.events.started("other")
    receipt = _run(capped, "greedy", f"{_GREEDY} & wait", memory_mib=200, processors=0.5)
    _check_named(receipt, "was killed", 200)
    assert receipt.exit_code == 128 + signal.SIGKILL
    wait_until(lambda: (capped.work("other") / ".here").exists(), "the other one runs")
    (capped.work("other") / ".go").touch()
    assert capped.events.receipt("other").exit_code == 0
    assert capped.stdout("other") == "done\n"


def test_program_that_is_refused_memory_is_named(capped: Bench) -> None:
    receipt = _run(capped, "refused", "python3 -c 'bytearray(64 << 30)'", memory_mib=100)
    _check_named(receipt, "failed", 100)
    assert receipt.exit_code == 1
    assert "says that it got no more" in receipt.detail


def test_program_that_fails_within_its_memory_is_not_named(capped: Bench) -> None:
    receipt = _run(capped, "fails", "exit 3", memory_mib=20)
    assert (receipt.exit_code, receipt.error_code, receipt.detail) == (3, "", "")


def test_program_reads_nothing_and_keeps_its_arguments(capped: Bench) -> None:
    receipt = _run(capped, "reads", 'cat; echo "it\'s $0 in $PWD"', memory_mib=100)
    assert receipt.exit_code == 0
    assert capped.stdout("reads").startswith("it's /bin/sh in /")


def test_programs_have_processors_for_themselves(capped: Bench) -> None:
    count = len(os.sched_getaffinity(0))
    ask = "python3 -c 'import os; print(sorted(os.sched_getaffinity(0)))'"
    attempts = [
        capped.attempt(
            f"cpu{n}",
            f"{ask} > seen; {gated('cat seen')}",
            worker_id=f"vm-{n}",
            memory_mib=200,
            processors=1.0,
        )
        for n in range(min(count, 2))
    ]
    capped.executor.start(attempts)
    for attempt in attempts:
        here = capped.work(attempt.attempt_id) / ".here"
        wait_until(here.exists, "all run at once")
    for attempt in attempts:
        (capped.work(attempt.attempt_id) / ".go").touch()
        assert capped.events.receipt(attempt.attempt_id).exit_code == 0
    seen = [capped.stdout(attempt.attempt_id) for attempt in attempts]
    assert len(set(seen)) == len(seen)
    assert all("," not in each for each in seen)
    # More than there are: it shares all of them.
    receipt = _run(capped, "all", ask, memory_mib=200, processors=float(count + 1))
    assert receipt.exit_code == 0
    assert capped.stdout("all").count(",") == count - 1


def test_programs_have_devices_by_their_names(capped: Bench) -> None:
    say = 'echo "$CUDA_VISIBLE_DEVICES $BATCH_COMPUTE_DEVICES_GPU"'
    first = capped.attempt("a", gated(say), memory_mib=100, devices={"gpu": 1})
    capped.executor.start([first])
    wait_until((capped.work("a") / ".here").exists, "the first one has its device")
    assert _run(capped, "b", say, worker_id="vm-1", memory_mib=9, devices={"gpu": 1}).exit_code == 0
    assert capped.stdout("b") == "3 3\n"
    assert _run(capped, "c", say, worker_id="vm-2", memory_mib=9).exit_code == 0
    assert capped.stdout("c") == " \n"
    (capped.work("a") / ".go").touch()
    assert capped.events.receipt("a").exit_code == 0
    assert capped.stdout("a") == "0 0\n"
    assert _run(capped, "d", say, memory_mib=9, devices={"gpu": 2}).exit_code == 0
    assert capped.stdout("d") == "0,3 0,3\n"


_FILES = ("memory.max", "memory.swap.max", "cpu.max", "pids.max", "cgroup.procs", "cgroup.kill")


class _Kernel(threading.Thread):
    """Does with the files of a folder what the kernel does with those of a cgroup."""

    def __init__(self, tree: Path, attempt_id: str) -> None:
        super().__init__(daemon=True)
        self.group = tree / f"attempt-{attempt_id}"
        self.wrote: dict[str, str] = {}
        self.group.mkdir()
        for name in _FILES:
            (self.group / name).touch()
        (self.group / "memory.events").write_text("low 0\noom 0\noom_kill 0\n")
        self.start()

    def run(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.005)
            with contextlib.suppress(OSError):
                if (self.group / "cgroup.kill").read_text() != "1":
                    continue
                self.wrote = {name: (self.group / name).read_text() for name in _FILES}
                for path in self.group.iterdir():
                    path.unlink()
                return


@pytest.fixture(scope="module")
def in_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, Path]]:
    """An executor with a folder that stands for a delegated cgroup."""
    folder = tmp_path_factory.mktemp("tree")
    tree = folder / "tree"
    tree.mkdir()
    (tree / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    for name in ("cgroup.subtree_control", "cgroup.procs"):
        (tree / name).touch()
    left = tree / "attempt-left"
    left.mkdir()
    made = _opened(folder, "process-group", CapRules(cgroup=str(tree), processes=100))
    assert not left.exists(), "what a former agent has left is removed"
    yield made, tree
    made.executor.close(stop_attempts=True)


def test_program_is_put_into_a_cgroup_with_its_limits(in_tree: tuple[Bench, Path]) -> None:
    bench, tree = in_tree
    kernel = _Kernel(tree, "limits")
    assert bench.executor.probe().notes[-2] == (f"programs are limited by cgroups below {tree}")
    assert (tree / "cgroup.subtree_control").read_text() == "+memory +cpu +pids"
    command = f"test -s {kernel.group}/cgroup.procs && cat {kernel.group}/cgroup.procs"
    receipt = _run(bench, "limits", command, memory_mib=300, processors=0.5)
    assert (receipt.exit_code, receipt.error_code) == (0, "")
    kernel.join()
    process = int(bench.stdout("limits"))
    assert kernel.wrote == {
        "memory.max": str(300 << 20),
        "memory.swap.max": "0",
        "cpu.max": "50000 100000",
        "pids.max": "100",
        "cgroup.procs": str(process),
        "cgroup.kill": "1",
    }
    wait_until(lambda: not kernel.group.exists(), "its cgroup is removed")


def test_program_that_the_kernel_killed_for_memory_is_named(in_tree: tuple[Bench, Path]) -> None:
    bench, tree = in_tree
    kernel = _Kernel(tree, "named")
    events = kernel.group / "memory.events"
    command = f"printf 'oom 1\\noom_kill 1\\n' > {events}; kill -9 $$"
    receipt = _run(bench, "named", command, memory_mib=300, processors=2.0)
    _check_named(receipt, "was killed", 300)
    assert "when it was killed for that" in receipt.detail


def test_program_does_not_run_without_its_limits(in_tree: tuple[Bench, Path]) -> None:
    bench, tree = in_tree
    # A folder in which no limit can be written.
    (tree / "attempt-unlimited").mkdir()
    receipt = _run(bench, "unlimited", "echo ran", memory_mib=300)
    assert (receipt.reason, receipt.error_code) == ("failed", "InternalError")
    assert receipt.error_message.startswith("Its cgroup could not be made: ")
    assert all(not each.size for each in bench.objects.list_prefix("oss://logs/stdout.unlimited"))
    assert not (tree / "attempt-unlimited").exists()


def test_program_that_somebody_else_killed_is_not_named(in_tree: tuple[Bench, Path]) -> None:
    bench, tree = in_tree
    kernel = _Kernel(tree, "other")
    receipt = _run(bench, "other", "kill -9 $$", memory_mib=300)
    assert (receipt.exit_code, receipt.error_code) == (137, "")
    kernel.join()


def test_limits_are_said_at_the_start(capped: Bench) -> None:
    notes = capped.executor.probe().notes
    assert any(note.startswith("programs run without cgroups: ") for note in notes)
    assert any("sizes of disks are not enforced" in note for note in notes)


def test_container_engine_limits_containers(docker: Docker, tmp_path: Path) -> None:
    docker.limits = docker.killed_for_memory = True
    bench = _opened(tmp_path / "own", "process-group", _RULES)
    try:
        more: dict[str, Any] = {
            "container": IMAGE,
            "processors": 0.5,
            "memory_mib": 128,
            "devices": {"gpu": 1},
        }
        receipt = _run(bench, "a.1", 'echo "$CUDA_VISIBLE_DEVICES"; kill -9 $$', **more)
        _check_named(receipt, "was killed", 128)
        assert "The container engine says" in receipt.detail
        (run,) = docker.runs()
        assert run[1:9] == [
            *["--memory", str(128 << 20), "--memory-swap", str(128 << 20)],
            *["--cpus", "0.5", "--pids-limit", "100"],
        ]
        assert run[9:11] == ["--gpus", '"device=0"']
        assert bench.stdout("a.1") == "0\n"
        docker.killed_for_memory = False
        assert _run(bench, "a.2", "exit 4", **more).error_code == ""
    finally:
        bench.executor.close(stop_attempts=True)


_SYSTEMD = """#!/bin/sh
echo "$@" >> {log}
while [ "$1" != -- ] && [ "$1" != true ]; do shift; done
[ "$1" = -- ] && shift
exec "$@"
"""


def test_systemd_is_asked_for_a_cgroup_for_the_agent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, command = tmp_path / "log", tmp_path / "systemd-run"
    command.write_text(_SYSTEMD.format(log=log))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    bench = _opened(tmp_path / "own", "process-group", _RULES)
    try:
        assert _run(bench, "a.1", "true", memory_mib=100).exit_code == 0
    finally:
        bench.executor.close(stop_attempts=True)
    asked, started = log.read_text().splitlines()
    assert "--scope" in asked
    assert "Delegate=yes -- " in started
    assert ("--user" in started) == (os.getuid() != 0)
