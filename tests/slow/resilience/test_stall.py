"""A machine, or a process of the service, that stands still for a while and then goes on."""

from __future__ import annotations

import subprocess
import sys

from tests.processes import processes_running, unique_seconds

#: Ten seconds pass between the first looks at the clock.
_STALLS = """
import itertools, os, subprocess, sys, time, types
from batchcompute.server.executors.attempt import processes

looks = itertools.count()
processes.time = types.SimpleNamespace(
    monotonic=lambda: time.monotonic() + 10 * min(next(looks), 3), sleep=time.sleep
)
processes.become_subreaper()
command = f"exec 2>&-; setsid sh -c 'setsid sleep {sys.argv[1]} & exec sleep {sys.argv[1]}' & wait"
nothing = subprocess.DEVNULL
program = subprocess.Popen(["sh", "-c", command], start_new_session=True, stdout=nothing)
while len(processes.descendants()) < 3:
    pass
print(processes.kill_descendants(group=program.pid), processes.descendants(), flush=True)
os._exit(0)
"""


def test_programs_are_ended_however_long_the_shim_stood_still() -> None:
    seconds = unique_seconds()
    done = subprocess.run(
        [sys.executable, "-c", _STALLS, seconds], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "[]"]
    assert processes_running(seconds) == []
