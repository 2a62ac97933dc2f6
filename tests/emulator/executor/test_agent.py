"""An agent never waits: not for an engine that hangs, not for a disk, not for a full machine."""

from __future__ import annotations

import gzip
import os
import resource
import select
import signal
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchcompute.server.executors.agent.forker_process import ForkerProcess
from batchcompute.server.executors.agent.protocol import Findings, Settings
from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from batchcompute.server.executors.interface import AttemptStarted, WorkerWarned
from tests.emulator.executor.conftest import Bench, tune, wait_until
from tests.emulator.executor.engines import IMAGE

if TYPE_CHECKING:
    from tests.emulator.executor.engines import Docker

pytestmark = pytest.mark.slow

#: A limit of transfers, in seconds: short for what takes many times as long, and long for nothing.
_LIMIT = 2.0
_PATIENCE = 60.0


@pytest.fixture
def isolation() -> Isolation:
    """Of no account here."""
    return "process-group"


def test_container_engine_that_hangs_keeps_nobody_else_waiting(
    docker: Docker, bench: Bench
) -> None:
    bench.start("a.1", "sleep 600", container=IMAGE)
    wait_until(lambda: bool(bench.sleepers()), "the program runs")
    docker.answers.clear()
    os.kill(bench.shim("a.1"), signal.SIGKILL)
    # Somebody calls the engine about what is left of that.
    wait_until(lambda: ["kill", "batchcompute-a.1"] in docker.calls, "the engine is asked")
    assert bench.run("a.2", "exit 3", worker_id="vm-1").exit_code == 3
    bench.executor.stop(["never.1"])
    bench.events.lost("never.1")
    assert bench.events.ends_of("a.1") == []
    docker.answers.set()
    bench.events.lost("a.1")
    assert bench.sleepers() == []


def test_forker_ends_in_silence_when_its_agent_is_gone_with_something_unread(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    forker = ForkerProcess(str(tmp_path))
    settings = Settings(str(tmp_path), str(tmp_path), (tmp_path / "objects").as_uri())
    forker.configure(settings, Findings(), "boot", None)
    # It says that it is ready, which nobody reads.
    assert select.select([forker], [], [], _PATIENCE)[0]
    forker.close()
    assert forker._process.wait(_PATIENCE) == 0
    assert capfd.readouterr().err == ""


def test_removal_that_takes_long_keeps_nobody_waiting(
    own_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    tune(monkeypatch, removal=str(gate))
    own_bench.open()
    own_bench.start("a.1", "touch left; sleep 600")
    wait_until(lambda: (own_bench.work("a.1") / "left").exists(), "it has left something")
    os.kill(own_bench.shim("a.1"), signal.SIGKILL)
    own_bench.events.lost("a.1")
    own_bench.executor.forget(["a.1"])
    trash = own_bench.data_dir / "trash"
    assert [path.name for path in trash.rglob("left")] == ["left"]
    assert own_bench.run("a.2", "exit 3").exit_code == 3
    gate.touch()
    wait_until(lambda: not os.listdir(trash), "it is removed")


def test_attempt_is_taken_back_also_while_a_process_is_made_for_it(
    own_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = tmp_path / "full"
    full.touch()
    tune(monkeypatch, forks=str(full))
    own_bench.open()
    # In one message, so that the forker has not answered when the second is read.
    with own_bench.executor.together():
        own_bench.start("a.1", "true")
        own_bench.executor.revoke(["a.1"])
    assert own_bench.events.lost("a.1").cause == "it was taken back before it began"
    full.unlink()
    assert own_bench.run("a.2", "exit 3").exit_code == 3


def test_fork_that_fails_is_tried_again_with_pauses_and_said_once(
    own_bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    full = tmp_path / "full"
    full.touch()
    tune(monkeypatch, forks=str(full))
    own_bench.open()
    for number in range(3):
        own_bench.start(f"a.{number}", "exit 3", worker_id=f"vm-{number}")
    warned = own_bench.events.wait_for(WorkerWarned, lambda event: event.pool_id == "pool")
    assert "Resource temporarily unavailable" in warned.message
    tries = Path(f"{full}.tries")
    wait_until(lambda: tries.exists() and len(tries.read_text().split()) >= 4, "it is tried again")
    # Nothing of it has begun, so it can be taken back.
    own_bench.executor.stop(["a.0"])
    own_bench.executor.revoke(["a.1"])
    assert own_bench.events.lost("a.0").cause == own_bench.events.lost("a.1").cause
    said = [record.message for record in caplog.records if "can be started" in record.message]
    assert len(said) == 1
    assert not any(isinstance(event, AttemptStarted) for event in own_bench.events.seen)
    full.unlink()
    assert own_bench.events.receipt("a.2").exit_code == 3
    own_bench.events.wait_for(WorkerWarned, lambda event: "again" in event.message.split()[-1])
    warnings = [event for event in own_bench.events.seen if isinstance(event, WorkerWarned)]
    assert len(warnings) == 2


def test_programs_have_the_limit_of_open_files_that_the_service_had(
    own_bench: Bench,
) -> None:
    own_bench.executor = own_bench.new_executor(open_files=321)
    own_bench.open()
    own_bench.run("a.1", "ulimit -Sn; ulimit -Hn")
    soft, hard = own_bench.stdout("a.1").split()
    assert (soft, hard) == ("321", str(resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def test_what_a_killed_shim_wrote_of_an_object_is_removed(bench: Bench) -> None:
    bench.start_gated("a.1", "true")
    staged = Path(bench.objects.url.removeprefix("file://")) / ".staging" / "half"
    staged.write_bytes(b"half of an output")
    os.kill(bench.shim("a.1"), signal.SIGKILL)
    bench.events.lost("a.1")
    wait_until(lambda: not staged.exists(), "it is removed")


def test_transfers_have_a_limit_of_their_own(own_bench: Bench) -> None:
    own_bench.executor = own_bench.new_executor(transfer_seconds=_LIMIT)
    own_bench.open()
    # One small file again and again, of which each gzip member has many, takes minutes.
    member = tarfile.TarInfo("file").tobuf()
    own_bench.objects.put_bytes(gzip.compress(member * 1000) * 2000, "oss://b/big.tar.gz")
    receipt = own_bench.run("a.1", "true", package="oss://b/big.tar.gz", timeout_seconds=3600.0)
    assert (receipt.reason, receipt.error_code) == ("failed", "TransferTimedOut")
    assert receipt.error_message == (
        "Its package, inputs and image took longer than 2 seconds to fetch, which is the limit "
        "of the service for transfers (--transfer-timeout)."
    )
    # The program has its own.
    assert own_bench.run("a.2", f"sleep {_LIMIT + 0.2}; exit 3").exit_code == 3


def test_uploads_have_the_same_limit(own_bench: Bench) -> None:
    own_bench.executor = own_bench.new_executor(transfer_seconds=_LIMIT)
    own_bench.open()
    folders = ["/".join(["out"] * depth) for depth in range(1, 101)]
    receipt = own_bench.run(
        "a.1",
        f"mkdir -p {folders[-1]}; cd {folders[-1]};"
        "i=0; while [ $i -lt 2000 ]; do echo x > $i; i=$((i+1)); done",
        output_mapping={f"{each}/": f"oss://b/{depth}/" for depth, each in enumerate(folders)},
    )
    assert (receipt.reason, receipt.error_code) == ("failed", "TransferTimedOut")
    assert "streams and outputs took longer than 2 seconds to upload" in receipt.error_message


def test_waiting_for_a_place_is_no_transfer(own_bench: Bench, visible: Path) -> None:
    own_bench.executor = own_bench.new_executor(transfer_seconds=_LIMIT)
    own_bench.open()
    mapping = {f"{visible}/out/": "oss://b/out/"}
    own_bench.start_gated("a.1", "exit 3", output_mapping=mapping)
    own_bench.start("a.2", "exit 4", output_mapping=mapping, worker_id="vm-1")
    # Longer than the limit, so that it has passed where it is not suspended.
    time.sleep(_LIMIT + 0.2)
    own_bench.let_on("a.1")
    assert own_bench.events.receipt("a.1").exit_code == 3
    assert own_bench.events.receipt("a.2").exit_code == 4
