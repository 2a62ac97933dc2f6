"""The places where tests kill: nobody dies there who was not told to twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from batchcompute.server.model import crash_points

_SCRIPT = """
from batchcompute.server.model import crash_points
for number in range(1, 4):
    crash_points.reach("commit.after")
    print(number, flush=True)
"""


def _run(**environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {crash_points.ENABLE: "kill"},
        {crash_points.FAULT: "commit.after:1:/marker"},
        {crash_points.ENABLE: "1", crash_points.FAULT: "commit.after:1:/marker"},
    ],
)
def test_one_variable_alone_kills_nobody(environment: dict[str, str]) -> None:
    assert _run(**environment) == (0, "1\n2\n3\n")


def test_kills_once_at_the_visit_that_was_named(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    armed = {crash_points.ENABLE: "kill", crash_points.FAULT: f"commit.after:2:{marker}"}
    assert _run(**armed) == (-signal.SIGKILL, "1\n")
    assert marker.exists()
    assert _run(**armed) == (0, "1\n2\n3\n")


def test_faults_come_one_after_the_other(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    faulty = f"commit.after:3:{first};commit.after:1:{second}"
    armed = {crash_points.ENABLE: "kill", crash_points.FAULT: faulty}
    assert _run(**armed) == (-signal.SIGKILL, "1\n2\n")
    assert (first.exists(), second.exists()) == (True, False)
    assert _run(**armed) == (-signal.SIGKILL, "")
    assert second.exists()
    assert _run(**armed) == (0, "1\n2\n3\n")


def test_other_places_are_passed(tmp_path: Path) -> None:
    armed = {
        crash_points.ENABLE: "kill",
        crash_points.FAULT: f"commit.before:1:{tmp_path / 'marker'}",
    }
    assert _run(**armed) == (0, "1\n2\n3\n")
