"""Ending what an agent that is gone has left running, also if it is followed by no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from batchcompute.server.executors.agent.journal import Journal, journals
from batchcompute.server.executors.agent.shim_process import REQUESTS
from batchcompute.server.executors.agent.shims import wake
from batchcompute.server.executors.agent.supervisor import JOURNAL
from batchcompute.server.executors.attempt import marks
from batchcompute.server.executors.attempt.requests import Requests


def evict_leftovers(data_dir: Path) -> bool:
    """Ask all shims of an agent that is gone to give way, and kill what dead ones have left.

    Args:
        data_dir: The agent's folder.

    Returns:
        Whether any of that still lives; then it is to be called again.
    """
    requests = Requests(data_dir / REQUESTS)
    found = False
    left: set[int] = set()
    for journal in _journals(data_dir):
        entries = journal.refresh()
        for number, process in entries.shims.items():
            if not journal.is_alive(number):
                continue
            found = True
            for name, begun in entries.begun.items():
                if begun.shim == number:
                    requests.ask(name, "evict")
            wake(process, number, journal)
        left |= _left(journal)
    return marks.kill(left) or found


def end_remains(data_dir: Path) -> None:
    """Kill what dead shims have left; those that live go on with what they run.

    Args:
        data_dir: The agent's folder.
    """
    left: set[int] = set()
    for journal in _journals(data_dir):
        journal.refresh()
        left |= _left(journal)
    marks.end(left)


def _journals(data_dir: Path) -> Iterator[Journal]:
    folder = data_dir / JOURNAL
    if not folder.is_dir():
        return
    for path in journals(folder):
        with closing(Journal(path)) as journal:
            yield journal


def _left(journal: Journal) -> set[int]:
    return {mark for name in journal.entries.begun if (mark := journal.left_by_dead(name))}
