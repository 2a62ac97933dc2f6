"""Opening the database, and transactions on it.

There is one writer, the scheduler's thread, and any number of readers. On SQLite the write-ahead
log lets readers go on while the writer commits; a commit is on disk when it returns.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from batchcompute.local.errors import StartError
from batchcompute.local.ids import Identifiers
from batchcompute.local.store import sqlite, tables

#: Version of the tables; data of another version are refused, not guessed at.
SCHEMA_VERSION = "3"

_COUNTERS = ("job", "cluster", "machine", "log", "image", "app")

_ADVISORY_LOCK = 0x6261746368

_NEXT_NUMBERS = (
    update(tables.counters)
    .where(tables.counters.c.name == bindparam("counter"))
    .values(value=tables.counters.c.value + bindparam("count"))
    .returning(tables.counters.c.value)
)


class Database:
    """One database, opened.

    Attributes:
        identifiers: The maker of ids for this installation.
        version: Grows with every transaction of the writer, before anybody is told of it.
    """

    version = 0

    def __init__(self, url: str, *, now: int) -> None:
        """Open the database and make its tables if it has none.

        Args:
            url: An SQLAlchemy URL.
            now: The present, in microseconds since the epoch.

        Raises:
            StartError: It cannot be opened, or was made by another version.
        """
        try:
            self._engine = _create(url, sqlite.WRITER)
            self._readers = _create(url, sqlite.READER) if self.is_sqlite else self._engine
            self._lock = self._take_lock()
            with self.write() as connection:
                # First of all: nothing is added to what another version has made.
                _check_version(connection)
                tables.metadata.create_all(connection)
                self.identifiers = _identify(connection, now)
        except (SQLAlchemyError, ImportError) as error:
            cause = error.__cause__ or error
            raise StartError(f"the database {_name(url)} cannot be opened: {cause}") from error

    @property
    def is_sqlite(self) -> bool:
        """True if reads are calls into this process and need no thread of their own."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Generator[Connection, None, None]:
        """Give the writer a transaction; it is durable when the block has ended well."""
        try:
            with self._engine.begin() as connection:
                yield connection
        finally:
            # Also after an error: one of the connection can hide that the commit was made.
            self.version += 1

    @contextmanager
    def read(self) -> Generator[Connection, None, None]:
        """Give a reader one consistent view of the last commit."""
        with self._readers.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of all connections."""
        if self._lock is not None:
            self._lock.close()
        self._engine.dispose()
        self._readers.dispose()

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
    last: int = connection.execute(_NEXT_NUMBERS, {"counter": name, "count": count}).scalar_one()
    return range(last - count + 1, last + 1)


def _name(url: str) -> str:
    """Return what people are told about a URL."""
    try:
        parsed = make_url(url)
    except SQLAlchemyError:
        # What cannot be read may hold a password anywhere.
        return "of this URL"
    if parsed.get_backend_name() == "sqlite":
        return parsed.database or "in memory"
    return parsed.render_as_string(hide_password=True)


def _check_version(connection: Connection) -> None:
    """Refuse tables of another version.

    Raises:
        StartError: There are such.
    """
    if not inspect(connection).has_table(tables.meta.name):
        return
    query = select(tables.meta.c.value).where(tables.meta.c.name == "schema")
    found = connection.scalar(query)
    if found is not None and found != SCHEMA_VERSION:
        newer = found.isdigit() and int(found) > int(SCHEMA_VERSION)
        raise StartError(
            f"the data were made by {'a newer' if newer else 'another'} version of this program "
            f"(tables {found}, expected {SCHEMA_VERSION})"
        )


def _create(url: str, sqlite_driver: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername=sqlite_driver)
    engine = create_engine(parsed, pool_size=5, max_overflow=50)
    if engine.dialect.name == "sqlite":
        # Of the pool: events of the engine would be looked for at every statement.
        event.listen(engine.pool, "connect", sqlite.configure)
    return engine


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
    return Identifiers(int(found["epoch"]), int(found["node"]))
