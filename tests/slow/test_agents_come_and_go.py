"""A service that ran programs without agents, and then with them, and the reverse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.emulator.serving import Serve, run
from tests.emulator.wire import task, until_there
from tests.processes import command_line, processes, status

_OPTIONS = ("--isolation", "process-group")


def _running(mark: str) -> int:
    return len(_processes(mark))


def _processes(mark: str) -> list[int]:
    """Return the shells of programs that were started with a word of their own."""
    parents: dict[bytes, list[bytes]] = {}
    for each in processes():
        parent = status(each)[1:2]
        if mark.encode() in command_line(each):
            parents[str(each).encode()] = parent
    # A shell that is about to start another program is there twice for a moment.
    return [int(each) for each, parent in parents.items() if not parents.keys() & parent]


@pytest.mark.timeout(300)
def test_nothing_runs_twice_if_agents_come_or_go(tmp_path: Path) -> None:
    data, gate, mark = tmp_path / "data", tmp_path / "gate", f"mark-{os.getpid()}"
    without = Serve(data, *_OPTIONS, forked=True)
    cluster = without.wire.cluster(1)
    job = without.wire.job({"t": task(f"sh -c '{until_there(gate)}' {mark}", cluster)})
    without.wire.until(f"/jobs/{job}", lambda _: _running(mark) == 1)
    assert without.end() == 0
    assert _running(mark) == 1
    # What this machine runs goes on beside agents.
    within = Serve(data, *_OPTIONS, "--agents", "local", forked=True)
    within.wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    within.wire.until(f"/jobs/{job}", lambda _: _running(mark) == 1)
    assert len(within.wire.get(f"/clusters/{cluster}/groups/group/instances")["Items"]) == 1
    (process,) = _processes(mark)
    of_agent = within.wire.cluster(1)
    other = within.wire.job({"t": task(f"sh -c '{until_there(gate)}' {mark}", of_agent)})
    within.wire.until(f"/jobs/{other}", lambda _: _running(mark) == 2, seconds=100)
    assert process in _processes(mark)
    assert within.end() == 0
    assert _running(mark) == 2
    # Without agents nobody knows of what they run.
    refused = run("serve", "--data", str(data), "--port", "0", *_OPTIONS)
    assert refused.returncode == 1
    assert "run on agents (1 of them)" in refused.stderr
    again = Serve(data, *_OPTIONS, "--agents", "local", "--stop-instances", forked=True)
    for each in (job, other):
        again.wire.until(f"/jobs/{each}", lambda seen: seen["State"] == "Running")
    assert process in _processes(mark)
    assert _running(mark) == 2
    gate.touch()
    for each in (job, other):
        assert again.wire.ended(each, seconds=100)["State"] == "Finished"
    assert again.end() == 0
    assert _running(mark) == 0


@pytest.mark.timeout(300)
def test_vms_that_had_agents_are_this_machines_once_there_are_none(tmp_path: Path) -> None:
    data, gate, mark = tmp_path / "data", tmp_path / "gate", f"former-{os.getpid()}"
    service = Serve(data, *_OPTIONS, "--agents", "local", forked=True)
    cluster = service.wire.cluster(1)
    quick = service.wire.job({"t": task("true", cluster)})
    assert service.wire.ended(quick, seconds=100)["State"] == "Finished"
    assert service.end() == 0
    service = Serve(data, *_OPTIONS, forked=True)
    job = service.wire.job({"t": task(f"sh -c '{until_there(gate)}' {mark}", cluster)})
    service.wire.until(f"/jobs/{job}", lambda _: _running(mark) == 1)
    (process,) = _processes(mark)
    for options in ((), ("--agents", "local")):
        assert service.end() == 0
        service = Serve(data, *_OPTIONS, *options, forked=True)
        service.wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
        assert _processes(mark) == [process]
    gate.touch()
    assert service.wire.ended(job, seconds=100)["State"] == "Finished"
    assert service.end() == 0
    assert _running(mark) == 0
