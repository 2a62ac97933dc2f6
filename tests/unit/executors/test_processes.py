"""The processes below this one, on machines that do not show all of them."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
from typing import Any

import pytest

from batchcompute.server.executors.attempt import processes


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no /proc")
def test_processes_of_others_may_be_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a user who is not root, where /proc is mounted with `hidepid`."""

    def open_ours(path: str, mode: str) -> Any:
        if path == "/proc/1/stat":
            raise PermissionError(1, "Operation not permitted", path)
        return builtins.open(path, mode)

    monkeypatch.setattr(processes, "open", open_ours, raising=False)
    monkeypatch.setattr(processes, "_lists_children", lambda: False)
    with subprocess.Popen(["sleep", "600"]) as child:
        try:
            assert child.pid in processes.descendants()
        finally:
            child.kill()


#: A program whose own child outlives it; what it prints is whether all were found, and ended.
_LEAVES_ONE = """
import subprocess, sys
from batchcompute.server.executors.attempt import processes

if sys.argv[1] == "scanned":
    processes._lists_children = lambda: False
processes.become_subreaper()
command = "sleep 600 & sleep 600 & echo $$ $!; read line"
program = subprocess.Popen(
    ["sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
)
shell, last = map(int, program.stdout.readline().split())
found = processes.descendants()
reaped = []
spared = processes.descendants(spared=[shell])
program.stdin.close()
program.wait()
ended = processes.kill_descendants(reaped=lambda process, status: reaped.append((process, status)))
print(len(found), {shell, last} <= set(found), spared, ended, (last, 9) in reaped, len(reaped))
print(processes.descendants())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there all processes are found")
@pytest.mark.parametrize("how", ["listed", "scanned"])
def test_what_a_program_leaves_is_found_and_ended(how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LEAVES_ONE, how], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["3 True [] True True 2", "[]"]
