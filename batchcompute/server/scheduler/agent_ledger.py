"""The VMs of agents as rows, changed by the scheduler's thread like all others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from batchcompute.server.executors.network.ledger import LedgerEntry
from batchcompute.server.scheduler.batch import Command
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.database import Database
from batchcompute.server.store.tables import agents, attempts, machines

#: Rows in one statement; databases limit the number of its parameters.
_CHUNK = 500


class AgentLedger:
    """Keeps who the agents are; see `Ledger` for what the verbs mean."""

    def __init__(self, database: Database) -> None:
        """Take the database; `bind` has to follow before anything is changed."""
        self._database = database
        self._call: Callable[[Command], Future[Any]] | None = None

    def bind(self, call: Callable[[Command], Future[Any]]) -> None:
        """Learn how to have a command carried out."""
        self._call = call

    def load(self) -> Sequence[LedgerEntry]:
        """Return all entries."""
        with self._database.read() as connection:
            rows = connection.execute(select(agents).order_by(agents.c.machine_id)).all()
        return [
            LedgerEntry(row.machine_id, row.pool, row.pool_id, row.reference, row.agent)
            for row in rows
        ]

    def count_running(self) -> int:
        """Return how many attempts are under way on agents."""
        query = (
            select(func.count())
            .select_from(attempts)
            .join(machines, machines.c.seq == attempts.c.machine_seq)
            .join(agents, agents.c.machine_id == machines.c.id)
        )
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def confirm(self) -> Future[Any]:
        """Find out whether this server still writes the database."""

        def ask(unit: Unit) -> None:
            unit.connection.execute(select(1))

        return self._do(ask)

    def add(self, entries: Sequence[LedgerEntry]) -> Future[Any]:
        """Keep new entries."""
        rows = [
            {
                "machine_id": each.vm_id,
                "pool_id": each.pool_id,
                "pool": each.pool,
                "reference": each.reference,
                "agent": each.agent,
            }
            for each in entries
        ]

        def add(unit: Unit) -> None:
            unit.connection.execute(insert(agents), rows)

        return self._do(add)

    def refer(self, vm_id: str, reference: str) -> Future[Any]:
        """Keep what the engine calls a VM's agent."""
        return self._set(vm_id, reference=reference)

    def name(self, vm_id: str, agent: str) -> Future[Any]:
        """Keep which agent has a VM."""
        return self._set(vm_id, agent=agent)

    def remove(self, vm_ids: Collection[str]) -> Future[Any]:
        """Forget VMs."""
        ids = list(vm_ids)

        def remove(unit: Unit) -> None:
            for start in range(0, len(ids), _CHUNK):
                some = ids[start : start + _CHUNK]
                unit.connection.execute(delete(agents).where(agents.c.machine_id.in_(some)))

        return self._do(remove)

    def _set(self, vm_id: str, **values: str) -> Future[Any]:
        def change(unit: Unit) -> None:
            unit.connection.execute(
                update(agents).where(agents.c.machine_id == vm_id).values(**values)
            )

        return self._do(change)

    def _do(self, command: Command) -> Future[Any]:
        if self._call is None:
            raise RuntimeError("the scheduler is not there yet")
        return self._call(command)
