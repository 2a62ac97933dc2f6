"""Every command of docs/cli.md works, in the order in which the page has them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from batchcompute.cli.catalogue import COMMANDS
from batchcompute.server import LocalServer

pytestmark = pytest.mark.slow

_PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
#: Commands that do not end, or belong to no service; other tests run them.
_ELSEWHERE = {
    *("serve", "env", "keys", "console", "config", "backup", "restore"),
    *("pools", "certificates", "agent", "doctor"),
}


def _commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", _PAGE, flags=re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


def test_commands_of_the_page_work(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "batchcompute"
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys\nfrom batchcompute.cli.main import main\nsys.exit(main())\n"
    )
    program.chmod(0o755)
    place = tmp_path / "here"
    (place / "words").mkdir(parents=True)
    (place / "words" / "a.txt").write_text("a\nb\n")
    (place / "code").mkdir()
    (place / "code" / "count.sh").write_text("wc -l < /tmp/in/a.txt > /tmp/out/lines\n")
    with LocalServer(boot_seconds=0, slots=4) as server:
        environ = {
            **os.environ,
            **server.environment(),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
        }
        for command in _commands():
            done = subprocess.run(
                ["sh", "-c", command],
                env=environ,
                cwd=place,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert server.read_object("oss://batchcompute/out/lines") == b"2\n"
    assert (place / "copy" / "a.txt").read_text() == "a\nb\n"


def test_page_has_every_command() -> None:
    shown = {match[1] for line in _commands() if (match := re.match(r"batchcompute (\S+)", line))}

    assert {command.name for command in COMMANDS} - _ELSEWHERE == shown


def test_commands_of_the_readme_are_on_the_page() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    named = {
        line for block in blocks for line in block.splitlines() if line[:13] == "batchcompute "
    }

    assert named
    assert named <= set(_commands())
