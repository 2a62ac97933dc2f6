"""Disks that are full, or cannot be written for a while: clear errors, and nothing lost."""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from tests.emulator.serving import Serve, in_mounts, run, serve_command, tmpfs
from tests.emulator.wire import Wire, until_there
from tests.slow.resilience.disks import Disk

T = TypeVar("T")

#: Longer than the service waits between two tries.
_A_WHILE = 1.5
_COUNT = 3


@dataclass
class Gated:
    """A job whose instances note their start, wait for a file, and exit with their number."""

    wire: Wire
    folder: Path
    cluster: str
    id: str = ""

    def begin(self) -> None:
        index = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
        gate = until_there(self.folder / "gate")
        command = f"echo {index} >> {self.folder}/starts; {gate}; exit {index}"
        body = _dag(command, self.cluster, _COUNT, JobFailOnInstanceFail=False)
        self.id = self.wire.create("/jobs", body)
        self.wire.until(
            f"/jobs/{self.id}", lambda job: job["InstanceMetrics"]["RunningCount"] == _COUNT
        )

    def open_gate(self) -> None:
        (self.folder / "gate").touch()

    def check(self) -> None:
        """It ended as if nothing had been the matter, and nothing of it ran twice."""
        assert self.wire.ended(self.id)["State"] == "Finished"
        found = self.wire.instances(self.id, "t")
        assert [each["Result"]["ExitCode"] for each in found] == [0, 1, 2]
        starts = (self.folder / "starts").read_text().split()
        assert Counter(starts) == {"0": 1, "1": 1, "2": 1}


def _dag(command: str, cluster: str, count: int = 1, **members: Any) -> dict[str, Any]:
    parameters = {"Command": {"CommandLine": command}}
    described = {"Parameters": parameters, "InstanceCount": count, "ClusterId": cluster}
    return {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": described}}, **members}


def _fill_up(wire: Wire, body: Any) -> list[str]:
    """Create jobs until one is refused; return those that were accepted."""
    accepted: list[str] = []
    for _ in range(500):
        answer = wire.send("POST", "/jobs", body)
        if answer.status_code != 201:
            assert (answer.status_code, answer.json()["Code"]) == (500, "InternalError")
            return accepted
        accepted.append(answer.json()["Id"])
    raise AssertionError("the disk never became full")


def test_full_disk_refuses_what_is_new_and_keeps_what_is_there(
    disk: Callable[..., Disk], tmp_path: Path
) -> None:
    small = disk("", "8m")
    wire = small.server.wire
    gated = Gated(wire, tmp_path, wire.cluster(4))
    gated.begin()
    small.fill()
    # The last of the space in the database's own files.
    accepted = _fill_up(wire, _dag("true", gated.cluster, Description="x" * 1000))
    accepted += _fill_up(wire, _dag("true", gated.cluster))
    assert wire.refused("POST", f"/jobs/{gated.id}/stop")[:2] == (500, "InternalError")
    gated.open_gate()
    time.sleep(_A_WHILE)
    # What is on the disk can be seen all the time.
    assert wire.get(f"/jobs/{gated.id}")["State"] == "Running"
    _until(small.server.log, lambda log: "disk is full" in log)
    small.clear()
    gated.check()
    for job in accepted:
        assert wire.ended(job)["State"] == "Finished"
    kept = {job["Id"] for job in wire.get("/jobs?MaxItemCount=100")["Items"]}
    assert kept == {gated.id, *accepted}


def test_receipts_that_find_no_place_outlive_the_server(
    disk: Callable[..., Disk], tmp_path: Path
) -> None:
    small = disk("executor", "1m")
    server = small.server
    gated = Gated(server.wire, tmp_path, server.wire.cluster(4))
    gated.begin()
    small.fill()
    gated.open_gate()
    time.sleep(_A_WHILE)
    small.kill()
    # Without space there is no new server, and the shims wait on.
    assert "executor is not writable: No space left" in _refusal(server.data, *small.enter())
    small.clear()
    small.start()
    gated.wire = small.server.wire
    gated.check()


def test_executor_whose_disk_is_full_waits_for_space(
    disk: Callable[..., Disk], tmp_path: Path
) -> None:
    small = disk("executor", "1m")
    server = small.server
    gated = Gated(server.wire, tmp_path, server.wire.cluster(4))
    gated.begin()
    small.fill()
    # They find a free machine and a database that takes them, and little or no place for the rest.
    late = server.wire.create("/jobs", _dag("true", gated.cluster))
    stopped = server.wire.create("/jobs", _dag("sleep 600", gated.cluster))
    gated.open_gate()
    time.sleep(_A_WHILE)
    assert server.wire.send("POST", f"/jobs/{stopped}/stop").status_code == 201
    small.clear()
    gated.check()
    assert server.wire.ended(late)["State"] == "Finished"
    assert server.wire.instances(late, "t")[0]["RetryCount"] == 0
    assert server.wire.get(f"/jobs/{stopped}")["State"] == "Stopped"
    # Nothing is stuck: a new job finds all four machines.
    job = server.wire.create("/jobs", _dag("true", gated.cluster, 8))
    assert server.wire.ended(job)["State"] == "Finished"


def test_data_that_can_only_be_read_for_a_while(disk: Callable[..., Disk], tmp_path: Path) -> None:
    small = disk("", "16m")
    server = small.server
    gated = Gated(server.wire, tmp_path, server.wire.cluster(4))
    gated.begin()
    small.forbid_writing()
    late = server.wire.create("/jobs", _dag("true", gated.cluster))
    gated.open_gate()
    time.sleep(_A_WHILE)
    # What is open already can be written, so some of it may have gone on; none of it has failed.
    states = {job["State"] for job in server.wire.get("/jobs")["Items"]}
    assert states <= {"Waiting", "Running", "Finished"}
    small.allow_writing()
    gated.check()
    assert server.wire.ended(late)["State"] == "Finished"


def test_nearly_full_disk_lets_new_programs_wait_until_there_is_space(
    disk: Callable[..., Disk], tmp_path: Path
) -> None:
    small = disk("objects", "32m", "--disk-reserve", "8", "--disk-warning", "16", "--metrics", "0")
    wire = small.server.wire
    ready = re.findall(r"metrics are on (\S+)/metrics", small.server.log())[-1] + "/ready"
    gated = Gated(wire, tmp_path, wire.cluster(4))
    gated.begin()
    assert httpx.get(ready, trust_env=False).status_code == 200
    small.fill(leave=4 << 20)
    answer = _until(lambda: httpx.get(ready, trust_env=False), lambda it: it.status_code == 503)
    assert re.search(r"objects has 4\.0 MiB free, .* below (8\.0|10) MiB$", answer.json()["Reason"])
    late = wire.create("/jobs", _dag(f"echo > {tmp_path}/late", gated.cluster))
    why = wire.get(f"/extensions/explain/jobs/{late}")
    assert why["Code"] == "WaitsForDisk"
    # What runs goes on meanwhile.
    gated.open_gate()
    gated.check()
    assert wire.get(f"/jobs/{late}")["State"] == "Waiting"
    assert not (tmp_path / "late").exists()
    assert "fills up" in small.server.log()
    small.clear()
    assert wire.ended(late)["State"] == "Finished"
    assert httpx.get(ready, trust_env=False).status_code == 200


def _until(ask: Callable[[], T], condition: Callable[[T], bool]) -> T:
    deadline = time.monotonic() + 60
    while not condition(found := ask()):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def test_full_object_store_fails_an_instance_and_says_why(disk: Callable[..., Disk]) -> None:
    # Without the watch, which would let it wait.
    small = disk("objects", "64k", "--disk-reserve", "0")
    wire = small.server.wire
    cluster = wire.cluster(1)
    small.fill()
    command = {"CommandLine": "echo words"}
    parameters = {"Command": command, "StdoutRedirectPath": "oss://bucket/logs/"}
    described = {"Parameters": parameters, "InstanceCount": 1, "ClusterId": cluster}
    body = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": described}}}
    job = wire.create("/jobs", body)
    assert wire.ended(job)["State"] == "Failed"
    result = wire.instances(job, "t")[0]["Result"]
    assert result["ErrorCode"] == "InvalidStdoutRedirectPath"
    assert "No space left on device" in result["ErrorMessage"]
    small.clear()
    assert wire.send("POST", f"/jobs/{job}/start").status_code == 201
    assert wire.ended(job)["State"] == "Finished"


def _refusal(data: Path, *within: str) -> str:
    """Start a server within a command; return the sentence with which it refuses."""
    found = subprocess.run(
        [*within, *serve_command(data)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (found.returncode, found.stdout) == (1, ""), found.stderr
    assert "Traceback" not in found.stderr
    (sentence,) = [line for line in found.stderr.splitlines() if line.startswith("error: ")]
    return sentence


@pytest.mark.usefixtures("mounts")
def test_data_folder_that_can_only_be_read_is_refused(
    serve: Callable[..., Serve], tmp_path: Path
) -> None:
    serve().end()
    data = tmp_path / "data"
    bind = [f"mount --bind {data} {data}", f"mount -o remount,bind,ro {data}"]
    assert _refusal(data, *in_mounts(*bind)) == (
        f"error: the data folder {data} is not writable: Read-only file system"
    )


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("folder", ["executor", "objects"])
def test_part_of_the_data_that_can_only_be_read_is_refused(
    serve: Callable[..., Serve], tmp_path: Path, folder: str
) -> None:
    serve().end()
    part = tmp_path / "data" / folder
    bind = [f"mount --bind {part} {part}", f"mount -o remount,bind,ro {part}"]
    sentence = _refusal(tmp_path / "data", *in_mounts(*bind))
    assert str(part) in sentence
    assert "Read-only file system" in sentence


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("size", ["8k", "900k"])
def test_disk_that_is_full_at_the_start_is_refused(tmp_path: Path, size: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    sentence = _refusal(data, *in_mounts(tmpfs(data, size)))
    assert "No space left on device" in sentence


def test_env_reads_a_folder_that_cannot_be_written(mounts: None, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    bind = [f"mount --bind {tmp_path} {tmp_path}", f"mount -o remount,bind,ro {tmp_path}"]
    found = run("env", "--data", str(tmp_path / "data"), within=in_mounts(*bind))
    assert found.returncode == 1
    assert "no server is running" in found.stderr
