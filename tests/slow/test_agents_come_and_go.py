"""A service that ran programs without agents, and then with them, and the reverse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.emulator.serving import Serve, run
from tests.emulator.wire import task, until_there
from tests.processes import command_line, processes

_OPTIONS = ("--isolation", "process-group")


def _running(mark: str) -> int:
    return sum(mark.encode() in command_line(each) for each in processes())


@pytest.mark.timeout(300)
def test_nothing_runs_twice_if_agents_come_or_go(tmp_path: Path) -> None:
    data, gate, mark = tmp_path / "data", tmp_path / "gate", f"mark-{os.getpid()}"
    without = Serve(data, *_OPTIONS)
    cluster = without.wire.cluster(1)
    job = without.wire.job({"t": task(f"sh -c '{until_there(gate)}' {mark}", cluster)})
    without.wire.until(f"/jobs/{job}", lambda _: _running(mark) == 1)
    assert without.end() == 0
    assert _running(mark) == 1
    # What this machine ran gives way before an agent runs it again.
    within = Serve(data, *_OPTIONS, "--agents", "local")
    within.wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    within.wire.until(f"/jobs/{job}", lambda _: _running(mark) == 1)
    assert len(within.wire.get(f"/clusters/{cluster}/groups/group/instances")["Items"]) == 1
    assert within.end() == 0
    assert _running(mark) == 1
    # Without agents nobody knows of it.
    refused = run("serve", "--data", str(data), "--port", "0", *_OPTIONS)
    assert refused.returncode == 1
    assert "run on agents (1 of them)" in refused.stderr
    again = Serve(data, *_OPTIONS, "--agents", "local", "--stop-instances")
    again.wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    assert _running(mark) == 1
    gate.touch()
    assert again.wire.ended(job, seconds=100)["State"] == "Finished"
    assert again.end() == 0
    assert _running(mark) == 0
