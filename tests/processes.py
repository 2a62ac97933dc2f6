"""The processes of this machine, of which any may end while one looks at it."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path


def processes() -> list[int]:
    """Return the processes there are."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def command_line(process: int) -> list[bytes]:
    """Return the words a process was started with, none once it has ended."""
    return _read(process, "cmdline").split(b"\0")[:-1]


def environment(process: int) -> list[bytes]:
    """Return the variables a process was started with as `NAME=value`, none once it has ended."""
    return _read(process, "environ").split(b"\0")[:-1]


def status(process: int) -> list[bytes]:
    """Return the fields of a process's status from its state on, none once it has ended.

    They are state, parent, group, session and further ones; see `man 5 proc_pid_stat`.
    """
    # The second field is the program's name, which may hold blanks and brackets.
    return _read(process, "stat").rpartition(b") ")[2].split()


def processor_seconds(process: int) -> float:
    """Return how long a process has worked, which other programs of the machine hardly change."""
    user, system = map(int, status(process)[11:13])
    return (user + system) / os.sysconf("SC_CLK_TCK")


def processes_running(text: str) -> list[int]:
    """Return the processes whose command line holds a text, in one of its words."""
    wanted = text.encode()
    return [each for each in processes() if any(wanted in word for word in command_line(each))]


def processes_with(variable: str) -> list[int]:
    """Return the processes that were started with a variable, given as `NAME=value`."""
    wanted = variable.encode()
    return [each for each in processes() if wanted in environment(each)]


def unique_seconds() -> str:
    """Return more than an hour, to sleep for, which no other process of this machine is told."""
    return f"3600.{uuid.uuid4().int:039d}"


def until_processes(text: str, wanted: bool) -> None:
    """Wait until there are processes whose command line holds a text, or none any more."""
    deadline = time.monotonic() + 60
    while bool(processes_running(text)) is not wanted:
        assert time.monotonic() < deadline, processes_running(text)
        time.sleep(0.01)


def _read(process: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{file}").read_bytes()
    except OSError:
        return b""
