"""A program that was killed for want of memory is told from one that was killed by somebody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from batchcompute.server.executors.attempt import memory

#: Waits for a program, as a shim does, and prints its end. In a process of its own, which collects
#: all of its children.
_SHIM = """
import math, subprocess, sys, time
from pathlib import Path
from batchcompute.server.executors.attempt import memory, program

class Interrupts:
    request = None

    def wait(self, seconds):
        time.sleep(min(max(seconds, 0), 0.01))

    def wait_for_request(self, seconds):
        return None

class NotLive:
    due, children = math.inf, ()

    def nothing(self, *_):
        pass

    tick = reaped = interrupt = end = nothing

class NoCaps:
    due = math.inf

    def tick(self, *_):
        return False

    def verdict(self, *_):
        return ""

memory._COUNTERS = Path(sys.argv[1])
child = subprocess.Popen(["sh", "-c", sys.argv[2]], start_new_session=True)
end = program._wait(child.pid, 100, Interrupts(), NotLive(), NoCaps(), None, lambda: 0)
print(end.exit_code, end.out_of_memory)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts")
@pytest.mark.parametrize(
    ("kills", "signal", "expected"),
    [(8, 9, "137 True"), (7, 9, "137 False"), (8, 15, "143 False")],
)
def test_kill_counts_for_want_of_memory_if_the_system_counted_one(
    tmp_path: Path, kills: int, signal: int, expected: str
) -> None:
    counters = tmp_path / "vmstat"
    counters.write_text("nr_free_pages 5\noom_kill 7\nunused 1\n")
    new = f"nr_free_pages 5\\noom_kill {kills}\\n"
    command = f"sleep 0.2; printf '{new}' > {counters}; kill -{signal} $$"
    done = subprocess.run(
        [sys.executable, "-c", _SHIM, str(counters), command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout.strip(), done.stderr) == (expected, "")


def test_system_that_does_not_count_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_COUNTERS", tmp_path / "none")
    assert memory.count_kills() is None
    assert not memory.has_killed_since(3)
    (tmp_path / "none").write_text("oom_kill many\n")
    assert memory.count_kills() is None
    (tmp_path / "none").write_text("oom_kill 4\n")
    assert memory.has_killed_since(3)
    assert not memory.has_killed_since(None)
