"""Opening the database, and transactions on it.

There is one writer, the scheduler's thread, and any number of readers. On SQLite the write-ahead
log lets readers go on while the writer commits; a commit is on disk when it returns.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from batchcompute.local.errors import StartError
from batchcompute.local.ids import Identifiers
from batchcompute.local.store import tables

#: Version of the tables; data of another version are refused, not guessed at.
SCHEMA_VERSION = "3"

_COUNTERS = ("job", "cluster", "machine", "log", "image", "app")

_ADVISORY_LOCK = 0x6261746368


class Database:
    """One database, opened.

    Attributes:
        identifiers: The maker of ids for this installation.
    """

    def __init__(self, url: str, *, now: int) -> None:
        """Open the database and make its tables if it has none.

        Args:
            url: An SQLAlchemy URL.
            now: The present, in microseconds since the epoch.

        Raises:
            StartError: It cannot be opened, or was made by another version.
        """
        try:
            self._engine = _create(url)
            self._readers = self._engine.execution_options(batchcompute_read=True)
            self._lock = self._take_lock()
            with self.write() as connection:
                tables.metadata.create_all(connection)
                self.identifiers = _identify(connection, now)
        except (SQLAlchemyError, ImportError) as error:
            cause = error.__cause__ or error
            raise StartError(f"the database cannot be opened: {cause}") from error

    @property
    def is_sqlite(self) -> bool:
        """True if reads are calls into this process and need no thread of their own."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give the writer a transaction; it is durable when the block has ended well."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a reader one consistent view of the last commit."""
        with self._readers.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of all connections."""
        if self._lock is not None:
            self._lock.close()
        self._engine.dispose()

    def _take_lock(self) -> Connection | None:
        # SQLite lives in a data folder, which has a lock of its own.
        if self.is_sqlite:
            return None
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        query = text("SELECT pg_try_advisory_lock(:key)")
        if not connection.scalar(query, {"key": _ADVISORY_LOCK}):
            connection.close()
            raise StartError("another server already uses this database")
        return connection


def next_numbers(connection: Connection, name: str, count: int = 1) -> range:
    """Take ascending numbers, never to be handed out again.

    Args:
        connection: The writer's transaction.
        name: Which numbers, one of `_COUNTERS`.
        count: How many.
    """
    statement = (
        update(tables.counters)
        .where(tables.counters.c.name == name)
        .values(value=tables.counters.c.value + count)
        .returning(tables.counters.c.value)
    )
    last: int = connection.execute(statement).scalar_one()
    return range(last - count + 1, last + 1)


def _create(url: str) -> Engine:
    engine = create_engine(url, pool_size=5, max_overflow=50)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # The driver opens transactions late and by its own rules; with None it opens none, and
    # `_begin_sqlite` says which kind is wanted.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # A job that was acknowledged must survive a power cut, not only a killed process.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A write transaction takes the lock at once: one that began as a reader could find, at its
    # first write, that the data it read have changed, and would have to be repeated.
    reading = connection.get_execution_options().get("batchcompute_read", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _identify(connection: Connection, now: int) -> Identifiers:
    found = {row.name: row.value for row in connection.execute(select(tables.meta))}
    if not found:
        found = {
            "schema": SCHEMA_VERSION,
            "epoch": str(now // 1_000_000),
            "node": str(secrets.randbits(32)),
        }
        rows = [{"name": name, "value": value} for name, value in found.items()]
        connection.execute(insert(tables.meta), rows)
        counters = [{"name": name, "value": 0} for name in _COUNTERS]
        connection.execute(insert(tables.counters), counters)
    if found["schema"] != SCHEMA_VERSION:
        raise StartError(
            f"the data were made by another version of this program "
            f"(tables {found['schema']}, expected {SCHEMA_VERSION})"
        )
    return Identifiers(int(found["epoch"]), int(found["node"]))
