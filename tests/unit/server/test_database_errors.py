"""What errors of the database tell, as they come into the log."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from batchcompute.server.store import tables
from batchcompute.server.store.database import Database


@pytest.mark.parametrize("rows", [1, 2])
def test_error_shows_nothing_of_what_was_to_be_stored(tmp_path: Path, rows: int) -> None:
    # A description may hold a password, such as a variable of its command.
    values = [{"name": "schema", "value": "secret"}] * rows
    database = Database(f"sqlite:///{tmp_path}/service.db", now=0)
    try:
        with pytest.raises(DBAPIError) as caught, database.write() as connection:
            connection.execute(insert(tables.meta), values)
    finally:
        database.close()
    assert "UNIQUE constraint failed" in str(caught.value)
    assert "INSERT INTO meta" in str(caught.value)
    assert "secret" not in str(caught.value)
