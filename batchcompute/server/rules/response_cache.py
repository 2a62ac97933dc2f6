"""Answers to what callers ask again and again, kept until the next commit.

Programs wait for a job by asking for it, and most of the time nothing has happened in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from batchcompute.server.rules.call import Call
from batchcompute.server.store.database import Database

#: Reads whose answers are small, and depend on the path of the request, on what the caller sees,
#: and on the database.
POLLED: Final = frozenset(
    {"get_job", "get_task", "get_instance", "get_cluster", "get_cluster_instance"}
)

CAPACITY = 256


class PolledAnswers:
    """The latest answers, each with the version of the database that it was read from."""

    def __init__(self, database: Database) -> None:
        """Keep answers from this database."""
        self._database = database
        self._kept: dict[tuple[object, ...], tuple[int, Any]] = {}

    def answer(self, operation_id: str, call: Call, read: Callable[[Call], Any]) -> Any:
        """Return an answer that was kept, or read it now.

        Args:
            operation_id: One of `POLLED`.
            call: The call.
            read: Reads the answer; an error of it is not kept.
        """
        # One caller may see what another may not.
        key = (operation_id, call.caller.view, *call.path.values())
        # Before the read: what is committed during it makes its answer old at once, at worst.
        version = self._database.version
        kept = self._kept.get(key)
        if kept is not None and kept[0] == version:
            return kept[1]
        answer = read(call)
        if len(self._kept) >= CAPACITY:
            self._kept.clear()
        self._kept[key] = (version, answer)
        return answer
