"""The pinned formatter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from codegen.document import SpecError

_CONFIG = Path(__file__).parent / "ruff.toml"


def run_ruff(target: Path) -> None:
    """Sort imports, drop unused ones and format, with our settings alone.

    Args:
        target: The folder.

    Raises:
        SpecError: The formatter is missing or complained; that is an error, not a skip.
    """
    _run("check", "--fix", "--quiet", target)
    _run("format", "--quiet", target)


def _run(command: str, *arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", command, "--config", _CONFIG, "--no-cache", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SpecError(f"ruff {command}: {(done.stderr + done.stdout).strip()}")
