"""The tutorials, followed word for word."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchcompute.server import LocalServer

_DOCS = Path(__file__).parents[2] / "docs"
_PAGES = [_DOCS / "tutorial.md", _DOCS / "tutorial.zh-CN.md"]


def _blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def _commands(page: Path) -> Iterator[tuple[str, str]]:
    """Yield each command that is shown with a prompt, and what is shown behind it."""
    for block in _blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(boot_seconds=0.05, slots=4) as running:
        yield running


def test_pages_have_the_same_commands_and_programs() -> None:
    one, other = _PAGES
    assert list(_commands(one)) == list(_commands(other))
    assert _blocks(one, "python") == _blocks(other, "python")


def test_commands_do_what_is_shown(server: LocalServer) -> None:
    folder = str(Path(sys.executable).parent)
    environment = {**os.environ, **server.environment()}
    environment["PATH"] = f"{folder}{os.pathsep}{environment['PATH']}"
    for command, output in _commands(_PAGES[0]):
        done = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True, env=environment, timeout=120
        )
        if output:
            assert done.stdout + done.stderr == output, command
        else:
            assert done.returncode == (3 if "exit 3" in command else 0), done.stderr


def test_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = _blocks(_PAGES[0], "python")
    exec(compile(program, "tutorial", "exec"), {})
    assert capsys.readouterr().out == "words\nmore words\n" * 2
