"""The machine's clock jumps by hours, both ways, while the service runs: nothing gets stuck.

Every process of the service reads a clock that is off by what a file says. Python loads the module
that does it by itself, in the server, agents, the forker and the shims alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.emulator.serving import Serve
from tests.emulator.wire import Wire, task, until_there

_CLOCK = """
import pathlib, time
_time, _time_ns, _file = time.time, time.time_ns, pathlib.Path({file!r})
def _offset():
    return int(_file.read_text() or 0)
time.time = lambda: _time() + _offset()
time.time_ns = lambda: _time_ns() + _offset() * 10**9
"""

_HOURS = 3600


class Shifted(Wire):
    """A client whose clock is that of the service."""

    offset = 0

    def headers(self, **changes: str | None) -> dict[str, str]:
        date = formatdate(time.time() + self.offset, usegmt=True)
        return super().headers(**{"Date": date, **changes})


class Clock:
    """The clock of a service."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "offset"
        self._file.write_text("0")
        modules = folder / "modules"
        modules.mkdir()
        (modules / "sitecustomize.py").write_text(_CLOCK.format(file=str(self._file)))
        self.environment = {"PYTHONPATH": str(modules)}

    def set(self, wire: Shifted, seconds: int) -> None:
        wire.offset = seconds
        new = self._file.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self._file)


def _refusal(wire: Wire, **headers: str) -> tuple[int, str]:
    answer = wire.send("GET", "/jobs", headers=wire.headers(**headers))
    return answer.status_code, answer.json()["Code"]


@pytest.mark.parametrize("agents", ["", "local"])
@pytest.mark.parametrize("hours", [7, -7])
def test_jump_of_the_clock_loses_nothing(
    serve: Callable[..., Serve], tmp_path: Path, hours: int, agents: str
) -> None:
    clock = Clock(tmp_path)
    server = serve("--agents", agents, environment=clock.environment)
    server.wire.close()
    wire = Shifted(server.endpoint, server.wire.key_id, server.wire.secret)
    cluster = wire.cluster(3)
    gate = until_there(tmp_path / "gate")
    running = wire.job({"t": task(f"{gate}; exit 3", cluster, Timeout=2 * _HOURS)})
    limited = wire.job({"t": task("sleep 600", cluster, Timeout=2)})
    token = "/jobs?IdempotentToken=kept"
    body = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": task("true", cluster)}}}
    made = wire.create(token, body)
    for job in (running, limited):
        # The one with a limit may have reached it already, on a slow machine.
        wire.until(f"/jobs/{job}", lambda seen: seen["State"] != "Waiting")
    # Machines that boot are caught by it as well.
    other = wire.cluster(1)
    clock.set(wire, hours * _HOURS)
    later = wire.job({"t": task("true", other)})
    assert wire.ended(later)["State"] == "Finished"
    # A time limit is one of the program's own seconds.
    assert wire.ended(limited)["State"] == "Failed"
    assert wire.instances(limited, "t")[0]["Result"]["ErrorCode"] == "TimedOut"
    assert wire.get(f"/jobs/{running}")["State"] == "Running"
    assert wire.create(token, body) == made
    (tmp_path / "gate").touch()
    assert wire.ended(running)["State"] == "Failed"
    assert wire.instances(running, "t")[0]["Result"]["ExitCode"] == 3
    for job in (running, limited, later):
        shown = wire.get(f"/jobs/{job}")
        assert shown["StartTime"] <= shown["EndTime"]
        (instance,) = wire.instances(job, "t")
        assert instance["StartTime"] <= instance["EndTime"]
    # Who did not notice the jump is told what is wrong.
    date = formatdate(usegmt=True)
    status, code = _refusal(wire, Date=date)
    assert (status, code) == (400, "InvalidTimeStamp.Expired")
    wire.close()


def test_restart_at_another_time_adopts_and_orders(
    serve: Callable[..., Serve], tmp_path: Path
) -> None:
    clock = Clock(tmp_path)
    server = serve(environment=clock.environment)
    wire = Shifted(server.endpoint, server.wire.key_id, server.wire.secret)
    wire.cluster(1)
    first = [wire.job({"t": task("true", wire.cluster(1))}) for _ in range(2)]
    for job in first:
        assert wire.ended(job)["State"] == "Finished"
    wire.close()
    assert server.end() == 0
    for hours in (-48, 96):
        clock.set(wire, hours * _HOURS)
        again = serve(environment=clock.environment)
        other = Shifted(again.endpoint, wire.key_id, wire.secret)
        other.offset = hours * _HOURS
        first.append(other.job({"t": task("true", other.cluster(1))}))
        assert other.ended(first[-1])["State"] == "Finished"
        # Lists are in the order of creation, whatever the clock said.
        assert [job["Id"] for job in other.get("/jobs")["Items"]] == first
        other.close()
        assert again.end() == 0
