"""Lists take as long as their pages are, in PostgreSQL too: by its plans for many rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from batchcompute.server.store.database import Database
from tests.slow.postgres import postgres_or_skip
from tests.unit.server.many_rows import explanations, fill, questions, queue

_COUNT = 30_000
#: All of these have many rows. A scan that is about to find its first thousand anywhere is short.
_LARGE = r"(?<!rows=1000 width=8\)\n        ->  )Seq Scan on (jobs|tasks|instances|machines)"
#: Of these there are few rows, or all are counted.
_FEW = ("images", "apps", "clusters")
_OTHERS = (*_FEW, *(f"{name} of an account" for name in _FEW), "machines per state")


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with postgres_or_skip() as running:
        made = Database(running.database("plans"), now=1)
        with made.write() as connection:
            fill(connection, _COUNT)
        with made.write() as connection:
            connection.execute(text("ANALYZE"))
        yield made
        made.close()


@pytest.mark.parametrize("name", [name for name in questions(_COUNT) if name not in _OTHERS])
def test_plan_of_a_list(database: Database, name: str) -> None:
    ask, _ = questions(_COUNT)[name]
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with database.read() as connection:
            ask(connection)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with database.read() as connection:
        plans = [
            "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
            for statement, parameters in asked
        ]
    for plan in plans:
        assert not re.search(_LARGE, plan), plan
        # The attempts in flight are few, and so are those who are looked up for them.
        assert "Sort" not in plan or "Seq Scan on attempts" in plan, plan


@pytest.fixture(scope="module")
def queued(database: Database) -> Database:
    """The same database, in which nearly all jobs wait; for the last tests."""
    with database.write() as connection:
        queue(connection, _COUNT)
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
    return database


@pytest.mark.parametrize("name", list(explanations(_COUNT)))
def test_explanation_walks_through_no_table(queued: Database, name: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with queued.read() as connection:
            assert explanations(_COUNT)[name](connection).reason
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with queued.read() as connection:
        for statement, parameters in asked:
            plan = "\n".join(
                connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars()
            )
            assert not re.search(r"Seq Scan on (jobs|tasks|instances|machines)", plan), plan
