"""Explanations take as long whether ten or thousands of things wait: by the work of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from batchcompute.server.store.database import Database
from tests.unit.server.many_rows import explanations, fill, queue

_COUNT = 8000
#: Steps of SQLite's machine; a walk through the waiting tasks is 100,000 and more.
_MOST_STEPS = 40_000


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("many")
    made = Database(f"sqlite:///{folder}/service.db", now=1)
    with made.write() as connection:
        fill(connection, _COUNT)
        queue(connection, _COUNT)
    yield made
    made.close()


@pytest.mark.parametrize("name", list(explanations(_COUNT)))
def test_work_of_an_explanation_does_not_grow(database: Database, name: str) -> None:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 100
        return 0

    with database.read() as connection:
        driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        driver.set_progress_handler(count, 100)
        found = explanations(_COUNT)[name](connection)
        driver.set_progress_handler(None, 0)
    assert found is not None
    assert found.reason
    assert steps < _MOST_STEPS


def test_more_than_is_counted_is_not_said_to_be_all(database: Database) -> None:
    with database.read() as connection:
        found = explanations(_COUNT)["last job"](connection)
    assert "more than 1" in found.reason
