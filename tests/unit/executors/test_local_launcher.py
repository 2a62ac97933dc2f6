"""Agents as processes of this machine, as far as their launcher goes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from batchcompute.server.executors.launchers.interface import AgentCommand, VMSpec
from batchcompute.server.executors.launchers.local import LocalLauncher

_SPEC = VMSpec("cls.group", "cls", "group")
_PATIENCE = 60.0


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def launcher(tmp_path: Path) -> LocalLauncher:
    return LocalLauncher(tmp_path / "agents")


def _command(said: Path, script: str) -> AgentCommand:
    return AgentCommand(
        ("/bin/sh", "-c", f'echo "$TOKEN $$ $*" >> {said}; {script}', "agent"), {"TOKEN": "secret"}
    )


def _standing(launcher: LocalLauncher, vm_id: str) -> tuple[str, str]:
    found = launcher.observe({vm_id: ""})[vm_id]
    return found.standing, found.words


def test_agent_is_started_once_and_ends_when_it_is_released(
    launcher: LocalLauncher, tmp_path: Path
) -> None:
    said = tmp_path / "said"
    command = _command(said, "exec sleep 600")
    assert "secret" not in repr(command)
    reference = launcher.ensure("i-1", command, _SPEC)
    assert launcher.ensure("i-1", command, _SPEC) == reference
    _eventually(said.exists)
    # Whoever comes after a server that was killed finds the agent as well.
    later = LocalLauncher(tmp_path / "agents")
    assert later.ensure("i-1", command, _SPEC) == reference
    assert _standing(later, "i-1") == ("running", "")
    _eventually(lambda: said.read_text().endswith("\n"))
    (line,) = said.read_text().splitlines()
    token, process, *arguments = line.split()
    assert token == "secret"
    assert arguments[0] == "--data-dir"
    later.release("i-1", reference)
    launcher.observe({})  # Which collects what has ended.
    assert not os.path.exists(f"/proc/{process}")
    assert not (tmp_path / "agents" / "i-1").exists()
    assert _standing(later, "i-1")[0] == "gone"
    later.release("i-1", reference)


def test_agent_that_ended_is_gone_with_its_last_words(
    launcher: LocalLauncher, tmp_path: Path
) -> None:
    launcher.ensure("i-1", _command(tmp_path / "said", "echo no such server >&2; exit 1"), _SPEC)
    _eventually(lambda: _standing(launcher, "i-1")[0] == "gone")
    assert _standing(launcher, "i-1") == ("gone", "no such server")
