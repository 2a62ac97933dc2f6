"""The parts of the service that the pages use."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from batchcompute.server.api.contract.document import Contract
from batchcompute.server.console.sweeps import Sweeps
from batchcompute.server.executors.interface import Capabilities
from batchcompute.server.explain import Situation
from batchcompute.server.model.caller import Caller
from batchcompute.server.model.clock import Clock
from batchcompute.server.objects.interface import ObjectStore
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.operations import EXPLANATIONS, READS, Service
from batchcompute.server.store import browse_queries
from batchcompute.server.store.database import Database
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.totals import Totals, count_jobs, read_totals

#: Seconds that counts over everything are good for: they cost more than a page.
_TOTALS_SECONDS = 2.0
_CELLS_SECONDS = 1.0
#: The most that is kept for all tabs.
_MOST_CELLS = 16
_MOST_DAGS = 64
_MOST_NOTICES = 1000


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a service that the console shows.

    Attributes:
        database: What is remembered.
        service: What the API does.
        clock: The time.
        contract: The specification, which bodies are held against.
        objects: The objects.
        library: The objects as the object protocol lists them; None if they lie elsewhere.
        take_room: Counts bytes that are about to be written to a bucket; returns the limit of its
            account if they are beyond it.
        take_bucket: Returns the limit of an account, by its number, if it is not to have a bucket
            of this name as well.
        capabilities: What the executor can do.
        situation: Returns what explanations need to know besides the database.
        trouble: Returns why nothing can be recorded at the moment, or "".
        rates: Returns how many attempts ended in the last minute, by how they ended.
        data: The data folder.
        endpoint: URL of the API.
        objects_endpoint: URL of the object protocol.
        read_only: Nothing can be changed.
    """

    database: Database
    service: Service
    clock: Clock
    contract: Contract
    objects: ObjectStore
    library: ObjectLibrary | None
    take_room: Callable[[str, int], int | None]
    take_bucket: Callable[[str, int], int | None]
    capabilities: Capabilities
    situation: Callable[[], Situation]
    trouble: Callable[[], str]
    rates: Callable[[], Mapping[str, int]]
    data: Path
    endpoint: str
    objects_endpoint: str
    read_only: bool = False


@dataclass(slots=True)
class Console:
    """The parts, and what pages share.

    Attributes:
        parts: What of the service is shown.
        sweeps: Actions on many things.
        boot: Tells this run of the service from others.
    """

    parts: Parts
    sweeps: Sweeps
    boot: str
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _totals: Totals | None = None
    _totals_at: float = 0.0
    _totals_version: int = -1
    _dags: dict[int, Sequence[tuple[int, ...]]] = field(
        default_factory=dict[int, Sequence[tuple[int, ...]]]
    )
    _cells: dict[tuple[int, int], tuple[int, float, str]] = field(
        default_factory=dict[tuple[int, int], tuple[int, float, str]]
    )
    _counts: dict[int, tuple[int, float, Mapping[str, int]]] = field(
        default_factory=dict[int, tuple[int, float, Mapping[str, int]]]
    )
    _notices: dict[str, deque[tuple[str, str]]] = field(
        default_factory=dict[str, deque[tuple[str, str]]]
    )

    def read(self, caller: Caller, operation_id: str, connection: Connection, **path: str) -> Any:
        """Return what the API answers.

        Args:
            caller: Who looks.
            operation_id: An operation that takes nothing but a path.
            connection: One consistent view.
            **path: The parameters of its path.

        Raises:
            ApiError: There is no such thing.
        """
        return READS[operation_id](connection, Call(path, caller=caller))

    def explain(
        self, caller: Caller, kind: str, connection: Connection, **path: str
    ) -> Mapping[str, Any]:
        """Return why something is in its state, as the API answers it.

        Args:
            caller: Who looks.
            kind: "job", "task", "instance" or "cluster".
            connection: One consistent view.
            **path: What it is, as in the path of a request.

        Raises:
            ApiError: There is no such thing.
        """
        explain = EXPLANATIONS[f"explain_{kind}"]
        answer: Mapping[str, Any] = explain(
            connection, Call(path, caller=caller), self.parts.situation()
        )
        return answer

    def page(
        self,
        caller: Caller,
        operation_id: str,
        connection: Connection,
        query: Mapping[str, Any],
        **path: str,
    ) -> tuple[Sequence[Any], str]:
        """Return the items of a page of a list, and the marker of the next one."""
        answer = READS[operation_id](connection, Call(path, query, caller=caller))
        return answer["Items"], str(answer["NextMarker"])

    def totals(self) -> Totals:
        """Return counts over everything, which may be two seconds old."""
        database = self.parts.database
        with self._lock:
            fresh = time.monotonic() - self._totals_at < _TOTALS_SECONDS
            if self._totals is not None and (fresh or self._totals_version == database.version):
                return self._totals
            version = database.version
            with database.read() as connection:
                self._totals = read_totals(connection)
            self._totals_at, self._totals_version = time.monotonic(), version
            return self._totals

    def job_counts(self, caller: Caller) -> Mapping[str, int]:
        """Return how many jobs there are for a caller, by their states; see `totals`."""
        account = caller.scope
        if account is None:
            return self.totals().jobs
        version = self.parts.database.version
        with self._lock:
            known = self._counts.get(account)
            if known is not None and (
                known[0] == version or time.monotonic() - known[1] < _TOTALS_SECONDS
            ):
                return known[2]
            with self.parts.database.read() as connection:
                counts = count_jobs(connection, account)
            self._counts[account] = (version, time.monotonic(), counts)
            return counts

    def dag(self, connection: Connection, job_seq: int) -> Sequence[tuple[int, ...]]:
        """Return which tasks of a job wait for which, as `browse_queries.dag_of` does.

        That never changes, and the number of a job is never given again.
        """
        known = self._dags.get(job_seq)
        if known is None:
            known = self._dags[job_seq] = browse_queries.dag_of(connection, job_seq)
            _drop_oldest(self._dags, _MOST_DAGS)
        return known

    def cells(self, connection: Connection, task: AnyRow) -> str:
        """Return the states of a task's instances, as `browse_queries.cells_of` does.

        While something happens, all tabs share an answer that may be a second old.
        """
        key = task.job_seq, task.pos
        version = self.parts.database.version
        known = self._cells.get(key)
        if known is not None and (
            known[0] == version or time.monotonic() - known[1] < _CELLS_SECONDS
        ):
            return known[2]
        letters = browse_queries.cells_of(connection, task)
        self._cells[key] = (version, time.monotonic(), letters)
        _drop_oldest(self._cells, _MOST_CELLS)
        return letters

    def notify(self, session: str, kind: str, text: str) -> None:
        """Keep a sentence for the next page of a session.

        Args:
            session: Its name.
            kind: "good" or "bad".
            text: The sentence.
        """
        with self._lock:
            self._notices.setdefault(session, deque(maxlen=5)).append((kind, text))
            _drop_oldest(self._notices, _MOST_NOTICES)

    def has_news(self, session: str) -> bool:
        """Say whether there is something for a session that is not in the database."""
        return session in self._notices or bool(self.sweeps.under_way(session))

    def notices(self, session: str) -> list[tuple[str, str]]:
        """Return the sentences that a session has not seen."""
        with self._lock:
            return list(self._notices.pop(session, ()))


def _drop_oldest(kept: dict[Any, Any], most: int) -> None:
    while len(kept) > most:
        kept.pop(next(iter(kept)), None)
