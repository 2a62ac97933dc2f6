"""A service on PostgreSQL that begins on what an older version has left."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from batchcompute.server import LocalServer
from batchcompute.server.store.database import Database
from tests.databases import restore, restore_into
from tests.emulator.test_upgrade import MADE, check_jobs
from tests.emulator.wire import Wire
from tests.slow.postgres import find_programs, postgres

_PROGRAMS = find_programs()
pytestmark = pytest.mark.skipif(_PROGRAMS is None, reason="there is no PostgreSQL")


def _structure(url: str) -> dict[str, object]:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    found: dict[str, object] = {}
    with engine.connect() as connection:
        seen = inspect(connection)
        for table in seen.get_table_names():
            columns = {
                (each["name"], str(each["type"]), each["nullable"], str(each["default"]))
                for each in seen.get_columns(table)
            }
            indexes = {repr(sorted(each.items())) for each in map(dict, seen.get_indexes(table))}
            key = seen.get_pk_constraint(table)["constrained_columns"]
            found[table] = (columns, indexes, key)
    engine.dispose()
    return found


@pytest.mark.parametrize("version", MADE)
def test_older_database_is_upgraded(version: str, tmp_path: Path) -> None:
    assert _PROGRAMS is not None
    source = tmp_path / "old.db"
    restore(version, source)
    with postgres(_PROGRAMS) as running:
        fresh, old = running.database("fresh"), running.database("old")
        restore_into(version, source, old)
        Database(fresh, now=0).close()
        with LocalServer(
            tmp_path / "data", "testKey:testSecret", boot_seconds=0.05, slots=4, database=old
        ) as server:
            wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
            check_jobs(wire, MADE[version])
            wire.close()
        assert _structure(old) == _structure(fresh)
