"""How SQLite is spoken to.

The driver of the standard library opens transactions late and by its own rules. Here it opens
none, and a dialect for each of the two kinds of users opens the kind that is wanted.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import FromClause
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import PoolProxiedConnection

from batchcompute.server.model.errors import StartError

#: Names of the drivers, as they stand in a URL.
READER = "sqlite+batchcompute_reader"
WRITER = "sqlite+batchcompute_writer"


class _Compiler(SQLiteCompiler):
    """Lets statements name the index that serves them: `with_hint(table, "INDEXED BY …")`."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        return text


class Reader(SQLiteDialect_pysqlite):
    """Sees the last commit, and waits for nobody."""

    supports_statement_cache = True
    statement_compiler = _Compiler

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Open a transaction."""
        dbapi_connection.cursor().execute("BEGIN")


class Writer(SQLiteDialect_pysqlite):
    """Takes the lock at once.

    A transaction that began as a reader could find, at its first write, that the data it read
    have changed, and would have to be repeated.
    """

    supports_statement_cache = True
    statement_compiler = _Compiler

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Open a transaction."""
        dbapi_connection.cursor().execute("BEGIN IMMEDIATE")


def configure(connection: sqlite3.Connection, _record: Any) -> None:
    """Set up a new connection."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # A job that was acknowledged must survive a power cut, not only a killed process.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as its last commit left it; the copy is on disk when this returns.

    Args:
        source: The file.
        target: The copy; one that is there already is replaced.

    Raises:
        StartError: There is no space for it, or it cannot be written.
    """
    partial = target.with_name(target.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(partial)) as new:
            old.backup(new)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise StartError(f"the database cannot be copied to {target}: {error}") from error


registry.register("sqlite.batchcompute_reader", __name__, "Reader")
registry.register("sqlite.batchcompute_writer", __name__, "Writer")
