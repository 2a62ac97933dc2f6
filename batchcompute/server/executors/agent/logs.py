"""The log file of an agent, its forker and its shims: what goes wrong in them ends up there."""

from __future__ import annotations

import os
from pathlib import Path

#: Its name, in the agent's folder.
LOG_NAME = "agent.log"
#: How much of it is quoted, in bytes.
_QUOTED = 2000


def last_words(log: Path) -> str:
    """Return the end of a log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _QUOTED))
            return file.read(_QUOTED).decode(errors="replace").strip()
    except OSError:
        return ""
