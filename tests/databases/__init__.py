"""Databases as versions of the program have made them, for those that come after.

`tables-N.sql` is a database with tables of version N, as text; `tables-N.postgresql.sql` has its
tables as PostgreSQL has them. None belongs to a data folder, so that any can begin on it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import MetaData, create_engine, insert, select

_FOLDER = Path(__file__).parent


def restore(version: str, target: Path) -> None:
    """Make the SQLite database of a version."""
    text = (_FOLDER / f"tables-{version}.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(target)) as connection:
        connection.executescript(text)


def restore_into(version: str, source: Path, url: str) -> None:
    """Make the same database in PostgreSQL.

    Args:
        version: The version of its tables.
        source: Where `restore` has made it.
        url: URL of an empty database.
    """
    ddl = (_FOLDER / f"tables-{version}.postgresql.sql").read_text(encoding="utf-8")
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    old = create_engine(f"sqlite:///{source}")
    tables = MetaData()
    with engine.begin() as connection, old.connect() as rows:
        connection.exec_driver_sql(ddl)
        tables.reflect(connection)
        for table in tables.sorted_tables:
            found = [dict(row) for row in rows.execute(select(table)).mappings()]
            if found:
                connection.execute(insert(table), found)
    engine.dispose()
    old.dispose()
