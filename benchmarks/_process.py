"""A server in a process of its own, and what it uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from _load import answer_of, signed

KEY = ("benchmark", "secret")

#: What was measured, the figure, "<" or ">" and the budget; "" and 0 for none.
Row: TypeAlias = tuple[str, float, str, float]

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A server in a process."""

    pid: int
    endpoint: str

    def send(self, method: str, target: str, body: Any = None) -> Any:
        """Send a signed request, and return what was answered."""
        content = b"" if body is None else json.dumps(body).encode()
        answer = json.loads(answer_of(self.endpoint, signed(method, target, KEY, content)) or b"{}")
        if "Code" in answer and "Message" in answer:
            raise RuntimeError(answer)
        return answer

    def ended(self, job: str) -> None:
        """Wait until a job has ended."""
        while self.send("GET", f"/jobs/{job}")["State"] not in ("Finished", "Failed", "Stopped"):
            time.sleep(0.02)

    @property
    def megabytes(self) -> float:
        """Resident memory."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        (found,) = (line for line in lines if line.startswith("VmRSS:"))
        return int(found.split()[1]) / 1024

    @property
    def processor_seconds(self) -> float:
        """Processor time that was used until now."""
        return sum(_times(self.pid)[:2]) / _TICKS

    @property
    def tree_seconds(self) -> float:
        """Processor time of it and of all that it started, also of what has ended."""
        parents = {int(each.name): _parent(int(each.name)) for each in _processes()}
        of_tree = {self.pid}
        while more := {pid for pid, parent in parents.items() if parent in of_tree} - of_tree:
            of_tree |= more
        # What has ended is in the times of whoever waited for it.
        return sum(sum(_times(pid)) for pid in of_tree) / _TICKS


def _processes() -> list[Path]:
    return [each for each in Path("/proc").iterdir() if each.name.isdigit()]


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _parent(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[1]) if fields else 0


def _times(pid: int) -> list[int]:
    return [int(ticks) for ticks in _fields(pid)[11:15]]


@cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="compiled-", ignore_cleanup_errors=True)


@contextmanager
def running(*command: str) -> Iterator[Process]:
    """Run a program of Python that says where it listens.

    An installed package has compiled files. A checkout has none if the environment forbids to write
    them, so they are kept for all that a benchmark runs: what one process has compiled, of the
    service and of all that it loads, the next one finds.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": _compiled().name}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield Process(process.pid, line.removeprefix("listening on ").strip())
    finally:
        process.terminate()
        process.communicate()
