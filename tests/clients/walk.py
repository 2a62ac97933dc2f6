"""The walk of CONTRIBUTING.md: its patches and commands, in a copy of the checkout.

`python -m tests.clients.walk` writes what the commands print into the page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "CONTRIBUTING.md"

_COPIED = (
    "Makefile",
    "CHANGELOG.md",
    "pyproject.toml",
    "batchcompute",
    "codegen",
    "spec",
)
_BLOCK = re.compile(r"```(diff|console)\n(.*?)```", re.DOTALL)


def replay(page: str, folder: Path) -> str:
    """Apply every patch and run every command of a page.

    Args:
        page: The text.
        folder: An empty folder for the copy.

    Returns:
        The text, with what the commands print under each of them.
    """
    _copy(folder)

    def block(found: re.Match[str]) -> str:
        kind, text = found.groups()
        if kind == "diff":
            _run(["patch", "--strip=1", "--fuzz=0", "--quiet"], folder, text)
            return found.group()
        commands = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
        if not commands:
            return found.group()
        said = "".join(f"$ {command}\n{_shell(command, folder)}" for command in commands)
        return f"```console\n{said}```"

    return _BLOCK.sub(block, page)


def _copy(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "dist", "docs")
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy2(source, folder / name)
    # The same environment with marks of its own: make must not find it outdated and install.
    (folder / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name not in (".made", ".local", ".dev", ".clients"):
            (folder / ".venv" / part.name).symlink_to(part)
    for mark in (".made", ".local", ".dev"):
        (folder / ".venv" / mark).touch()
    (folder / ".gitignore").write_text("/.venv/\n__pycache__/\n", encoding="utf-8")
    _run(["git", "init", "--quiet"], folder)
    _run(["git", "add", "."], folder)
    author = ["-c", "user.name=walk", "-c", "user.email=walk@localhost"]
    _run(["git", *author, "commit", "--quiet", "--message=Start"], folder)


def _shell(command: str, folder: Path) -> str:
    said = _run(["sh", "-c", command], folder)
    return re.sub(r"(?m)^make: .*\n", "", said.replace(f"{folder}/", ""))


def _run(command: list[str], folder: Path, given: str = "") -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C",
        # What the page shows is the same with and without npm.
        "NPM": "off",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    environment.pop("MAKEFLAGS", None)
    environment.pop("MAKELEVEL", None)
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} failed:\n{done.stdout}")
    return done.stdout


def main() -> None:
    """Write the real output into the page."""
    with tempfile.TemporaryDirectory(prefix="batchcompute-walk-") as folder:
        text = replay(PAGE.read_text(encoding="utf-8"), Path(folder).resolve())
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
