"""Ending what an agent that is gone, and is followed by no other, has left running."""

from __future__ import annotations

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
    folder = data_dir / JOURNAL
    requests = Requests(data_dir / REQUESTS)
    found = False
    left: set[int] = set()
    if not folder.is_dir():
        return False
    for path in journals(folder):
        journal = Journal(path)
        try:
            entries = journal.refresh()
            for number, process in entries.shims.items():
                if not journal.is_alive(number):
                    continue
                found = True
                for name, begun in entries.begun.items():
                    if begun.shim == number:
                        requests.ask(name, "evict")
                wake(process, number, journal)
            left |= {mark for each in entries.begun if (mark := journal.left_by_dead(each))}
        finally:
            journal.close()
    return marks.kill(left) or found
