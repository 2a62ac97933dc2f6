"""The VMs of agents as rows, changed by the scheduler's thread like all others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select

from batchcompute.server.executors.network.ledger import LedgerEntry
from batchcompute.server.scheduler.batch import Command
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.database import Database
from batchcompute.server.store.tables import agents, attempts, machines

#: Rows in one statement; databases limit the number of its parameters.
_CHUNK = 500


class AgentLedger:
    """Keeps who the agents are; see `Ledger` for what the verbs mean.

    What is to be kept is remembered here as well, and each change writes what a VM's row is to be
    by then. So nothing is lost by a database that cannot be written for a while, in whatever order
    the changes are made up for.
    """

    def __init__(self, database: Database) -> None:
        """Take the database; `bind` has to follow before anything is changed."""
        self._database = database
        self._call: Callable[[Command], Future[Any]] | None = None
        self._record: Callable[[Command], Future[Any]] | None = None
        self._lock = threading.Lock()
        self._entries: dict[str, LedgerEntry] = {}

    def bind(
        self,
        call: Callable[[Command], Future[Any]],
        record: Callable[[Command], Future[Any]],
    ) -> None:
        """Learn how to have the database read and written.

        Args:
            call: Has a command carried out now, or refused.
            record: Has a command carried out, however long that takes.
        """
        self._call, self._record = call, record

    def load(self) -> Sequence[LedgerEntry]:
        """Return all entries."""
        with self._database.read() as connection:
            rows = connection.execute(select(agents).order_by(agents.c.machine_id)).all()
        found = [
            LedgerEntry(row.machine_id, row.pool, row.pool_id, row.reference, row.agent)
            for row in rows
        ]
        with self._lock:
            for entry in found:
                self._entries.setdefault(entry.vm_id, entry)
        return found

    def clear(self) -> None:
        """Forget all VMs, before anything else is done with the database."""
        with self._database.write() as connection:
            connection.execute(delete(agents))

    def count_running(self) -> int:
        """Return how many attempts are under way on agents."""
        return self._count(agents.c.machine_id.is_not(None))

    def count_without_agents(self) -> int:
        """Return how many attempts are under way that no agent has."""
        return self._count(agents.c.machine_id.is_(None))

    def _count(self, condition: ColumnElement[bool]) -> int:
        query = (
            select(func.count())
            .select_from(attempts)
            .join(machines, machines.c.seq == attempts.c.machine_seq)
            .outerjoin(agents, agents.c.machine_id == machines.c.id)
            .where(condition)
        )
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def confirm(self) -> Future[Any]:
        """Find out whether this server still writes the database."""

        def ask(unit: Unit) -> None:
            unit.connection.execute(select(1))

        if self._call is None:
            raise RuntimeError("the scheduler is not there yet")
        return self._call(ask)

    def add(self, entries: Sequence[LedgerEntry]) -> Future[Any]:
        """Keep new entries."""
        with self._lock:
            self._entries |= {each.vm_id: each for each in entries}
        return self._write([each.vm_id for each in entries])

    def refer(self, vm_id: str, reference: str) -> Future[Any]:
        """Keep what the engine calls a VM's agent."""
        return self._set(vm_id, reference=reference)

    def name(self, vm_id: str, agent: str) -> Future[Any]:
        """Keep which agent has a VM."""
        return self._set(vm_id, agent=agent)

    def remove(self, vm_ids: Collection[str]) -> Future[Any]:
        """Forget VMs."""
        with self._lock:
            for vm_id in vm_ids:
                self._entries.pop(vm_id, None)
        return self._write(vm_ids)

    def _set(self, vm_id: str, **values: str) -> Future[Any]:
        with self._lock:
            # One that was forgotten meanwhile stays so.
            if (entry := self._entries.get(vm_id)) is not None:
                self._entries[vm_id] = replace(entry, **values)
        return self._write([vm_id])

    def _write(self, vm_ids: Collection[str]) -> Future[Any]:
        """Have the rows of VMs made what they are to be, at the moment of writing."""
        ids = list(vm_ids)

        def write(unit: Unit) -> None:
            with self._lock:
                found = [self._entries[each] for each in ids if each in self._entries]
            for start in range(0, len(ids), _CHUNK):
                some = ids[start : start + _CHUNK]
                unit.connection.execute(delete(agents).where(agents.c.machine_id.in_(some)))
            if found:
                unit.connection.execute(insert(agents), [_row(each) for each in found])

        if self._record is None:
            raise RuntimeError("the scheduler is not there yet")
        return self._record(write)


def _row(entry: LedgerEntry) -> dict[str, str]:
    return {
        "machine_id": entry.vm_id,
        "pool_id": entry.pool_id,
        "pool": entry.pool,
        "reference": entry.reference,
        "agent": entry.agent,
    }
