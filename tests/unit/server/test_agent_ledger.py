"""Who the agents are, on a database that fails now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from batchcompute.server.executors.network.ledger import LedgerEntry
from batchcompute.server.scheduler.agent_ledger import AgentLedger
from batchcompute.server.store.database import Database

_ENTRY = LedgerEntry("i-1", "pool", "cls.group")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path / 'database.sqlite'}", now=0)
    yield found
    found.close()


class _Late:
    """Carries out what is recorded when a test says so, in the order that it says."""

    def __init__(self, database: Database) -> None:
        self.waiting: list[Callable[[Any], None]] = []
        self._database = database

    def record(self, command: Callable[[Any], None]) -> Future[Any]:
        self.waiting.append(command)
        return Future()

    def carry_out(self, command: Callable[[Any], None]) -> None:
        with self._database.write() as connection:
            command(SimpleNamespace(connection=connection))


def _kept(database: Database) -> list[LedgerEntry]:
    return list(AgentLedger(database).load())


def test_rows_are_right_in_whatever_order_changes_are_made_up_for(database: Database) -> None:
    ledger, late = AgentLedger(database), _Late(database)
    ledger.bind(late.record, late.record)
    ledger.add([_ENTRY, LedgerEntry("i-2", "pool", "cls.group")])
    ledger.refer("i-1", "job 7")
    ledger.name("i-1", "agent")
    ledger.remove(["i-2"])
    # Nothing is twice, whether a change was made before or not.
    for command in (*reversed(late.waiting), *late.waiting):
        late.carry_out(command)
    assert _kept(database) == [LedgerEntry("i-1", "pool", "cls.group", "job 7", "agent")]


def test_next_server_changes_what_the_one_before_it_kept(database: Database) -> None:
    changes: list[Callable[[AgentLedger], object]] = [
        lambda ledger: ledger.add([_ENTRY]),
        lambda ledger: ledger.name("i-1", "agent"),
        lambda ledger: ledger.refer("i-1", "job 7"),
    ]
    for change in changes:
        ledger, late = AgentLedger(database), _Late(database)
        ledger.bind(late.record, late.record)
        ledger.load()
        change(ledger)
        late.carry_out(late.waiting[0])
    assert _kept(database) == [LedgerEntry("i-1", "pool", "cls.group", "job 7", "agent")]
