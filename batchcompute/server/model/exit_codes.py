"""The meaning of exit codes."""

from __future__ import annotations

import signal
from typing import Final

#: A program that a signal has ended shows this plus the signal's number.
SIGNALLED: Final = 128

#: How a shell says that there was nothing to run.
_OF_SHELL = {126: "the command cannot be executed", 127: "the command was not found"}


def signal_of(exit_code: int) -> str:
    """Return the name of the signal that ended a program; "" if none did."""
    try:
        return signal.Signals(exit_code - SIGNALLED).name if exit_code > SIGNALLED else ""
    except ValueError:
        return ""


def describe(exit_code: int) -> str:
    """Return an exit code in words: "code 137 (killed by SIGKILL)"."""
    name = signal_of(exit_code)
    words = f"killed by {name}" if name else _OF_SHELL.get(exit_code, "")
    return f"code {exit_code} ({words})" if words else f"code {exit_code}"
