"""The log file of an agent, its forker and its shims: what goes wrong in them ends up there."""

from __future__ import annotations

import os
from pathlib import Path

#: Its name, in the agent's folder.
LOG_NAME = "agent.log"
#: How long it may be, and how much of it is kept then, in bytes.
_LONGEST, _KEPT = 1_000_000, 250_000
#: How much of it is quoted, in bytes.
_QUOTED = 2000


def bound(log: Path) -> None:
    """Keep only the end of a log that has become long; whoever writes to it appends.

    A line that is written meanwhile may be lost.
    """
    try:
        with log.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= _LONGEST:
                return
            file.seek(size - _KEPT)
            rest = file.read().partition(b"\n")[2]
            file.truncate(0)
        with log.open("ab") as file:
            file.write(rest)
    except OSError:
        return


def last_words(log: Path) -> str:
    """Return the end of a log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _QUOTED))
            return file.read(_QUOTED).decode(errors="replace").strip()
    except OSError:
        return ""
