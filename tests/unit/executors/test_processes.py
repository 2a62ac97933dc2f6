"""The processes below this one, on machines that do not show all of them."""

from __future__ import annotations

import builtins
import os
import subprocess
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
    with subprocess.Popen(["sleep", "600"]) as child:
        try:
            assert child.pid in processes.descendants()
        finally:
            child.kill()
