"""What the journal of a machine says, for tests that kill those who write it."""

from __future__ import annotations

import json
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from batchcompute.server.executors.agent.journal import Journal
from batchcompute.server.executors.interface import Receipt


@dataclass(frozen=True)
class Written:
    """What is written of an attempt.

    Attributes:
        shim: The process that began it last, 0 if none has.
        held: Whether that one has it still: it lives, and has written no end.
        started_at: When it began.
        receipt: How it ended, or None.
    """

    shim: int = 0
    held: bool = False
    started_at: float = 0.0
    receipt: Receipt | None = None


def written(folder: Path, attempt_id: str) -> Written:
    """Return what is written of an attempt.

    Args:
        folder: The agent's folder.
        attempt_id: The attempt.
    """
    return all_written(folder).get(attempt_id, Written())


def all_written(folder: Path) -> dict[str, Written]:
    """Return what is written of all attempts, as long as that is there."""
    found: dict[str, Written] = {}
    for path in sorted((folder / "journal").glob("*")):
        with suppress(FileNotFoundError):
            found |= _read(path, found)
    return found


def _read(path: Path, known: dict[str, Written]) -> dict[str, Written]:
    whole = (json.loads(line) for line in path.read_bytes().split(b"\n") if line.endswith(b"]"))
    # What is kept of objects does not matter here.
    lines = [line for line in whole if line[0] in ("shim", "begin", "refuse", "end")]
    processes = {number: process for word, number, process, *_ in lines if word == "shim"}
    found: dict[str, Written] = {}
    with closing(Journal(path)) as journal:
        for word, number, name, *rest in lines:
            if word == "begin":
                alive = journal.is_alive(number)
                if alive or name not in known:
                    found[name] = Written(processes[number], alive, rest[2])
            elif word == "end":
                receipt = Receipt(number, name, *rest)
                shim = found.get(receipt.attempt_id, Written()).shim
                found[receipt.attempt_id] = Written(shim, False, receipt.started_at, receipt)
    return found
