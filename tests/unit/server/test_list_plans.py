"""Lists take as long as their pages are, however much there is: by the plans and by the work."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection

from batchcompute.server.scheduler import cache
from batchcompute.server.store.database import Database
from tests.unit.server.many_rows import fill, questions

_COUNT = 6000
#: Steps of SQLite's machine for a page; a walk through all instances is 24,000 and more.
_MOST_STEPS = 20_000

_NAMES = list(questions(_COUNT))
#: A walk through what has to be counted, or through what has most likely finished.
_WALKS = ("machines per state", "instances Finished")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("many")
    made = Database(f"sqlite:///{folder}/service.db", now=1)
    with made.write() as connection:
        fill(connection, _COUNT)
    yield made
    made.close()


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


@pytest.mark.parametrize("name", _NAMES)
def test_plan_of_a_list_sorts_nothing(database: Database, name: str) -> None:
    ask, index = questions(_COUNT)[name]
    asked: list[str] = []
    with database.read() as connection:
        driver = _driver(connection)
        driver.set_trace_callback(asked.append)
        ask(connection)
        driver.set_trace_callback(None)
        plan = [
            str(row[3])
            for each in asked
            if each.startswith("SELECT")
            for row in driver.execute(f"EXPLAIN QUERY PLAN {each}")
        ]
    assert any(index in line for line in plan), plan
    # Attempts in flight are few, and so are the rows that are counted to see whether they are.
    few = ["SCAN attempts", "SCAN anon_1"]
    if name.startswith("jobs None on None"):
        # In the order of their numbers, until the page is full.
        few.append("SCAN jobs")
    full = [line for line in plan if line.startswith("SCAN") and " INDEX " not in line]
    assert not [line for line in full if line not in few], plan
    assert not [line for line in plan if "TEMP B-TREE" in line], plan


@pytest.mark.parametrize("name", [name for name in _NAMES if name not in _WALKS])
def test_work_of_a_list_does_not_grow(database: Database, name: str) -> None:
    ask, _ = questions(_COUNT)[name]
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 100
        return 0

    with database.read() as connection:
        driver = _driver(connection)
        driver.set_progress_handler(count, 100)
        ask(connection)
        driver.set_progress_handler(None, 0)
    assert steps < _MOST_STEPS


def test_scheduler_finds_instances_that_wait_once_more(database: Database) -> None:
    text, _, _ = cache._REQUEUED_INSTANCES._compiled
    with database.read() as connection:
        rows = _driver(connection).execute(f"EXPLAIN QUERY PLAN {text}", [1] * text.count("?"))
        plan = [str(row[3]) for row in rows]
    assert plan == ["SEARCH instances USING INDEX instances_requeued (job_seq=? AND task_pos=?)"]
