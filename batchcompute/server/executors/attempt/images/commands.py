"""Calls of a container engine's command line."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence


def call(
    arguments: Sequence[str], seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, and collect what it says.

    Args:
        arguments: The command and its arguments.
        seconds: How long it may take; None for as long as it needs.

    Returns:
        Its exit code and output.

    Raises:
        OSError: It cannot be run.
        subprocess.TimeoutExpired: It took longer, and was killed.
    """
    return subprocess.run(
        arguments,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
    )


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line that a command said about its failure."""
    words = done.stderr.strip().splitlines()
    return words[-1] if words else f"exit code {done.returncode}"
