"""Opening the database, and transactions on it.

There is one writer, the scheduler's thread, and any number of readers. On SQLite the write-ahead
log lets readers go on while the writer commits; a commit is on disk when it returns.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from batchcompute.server.model.errors import StartError, TakenError
from batchcompute.server.model.file_lock import FileLock, LockedError
from batchcompute.server.model.ids import Identifiers
from batchcompute.server.store import changes, sqlite, tables
from batchcompute.server.store.network_folder import network_kind
from batchcompute.server.store.numbers import NAMES, forget_numbers

logger = logging.getLogger("batchcompute.server")

#: Version of the tables. Data of an older one are upgraded, by `migrations`, or refused.
SCHEMA_VERSION = "7"

_LOCK = 0x6261746368
_TRY_LOCK = select(func.pg_try_advisory_lock(_LOCK))
_IS_LOCKED = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
    "AND classid = :high AND objid = :low AND database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database()))"
).bindparams(high=_LOCK >> 32, low=_LOCK & 0xFFFFFFFF)
#: A server whose machine is gone says so to nobody: the database asks for it, and lets go of its
#: lock within seconds. On a socket of the machine itself it has no meaning.
_KEEP_ALIVE = ("tcp_keepalives_idle = 2", "tcp_keepalives_interval = 1", "tcp_keepalives_count = 3")


class DatabaseTakenError(Exception):
    """Another server writes the database."""


class Database:
    """One database, opened.

    Attributes:
        name: What people are told about its URL.
        identifiers: The maker of ids for this installation.
        version: Grows with every transaction of the writer, before anybody is told of it.
    """

    version = 0
    _writer: Connection | None = None

    def __init__(self, url: str, *, now: int, allow_network: bool = False) -> None:
        """Open the database and make its tables if it has none.

        Args:
            url: An SQLAlchemy URL.
            now: The present, in microseconds since the epoch.
            allow_network: Take a file on a network file system as well.

        Raises:
            StartError: It cannot be opened, or was made by another version, or is used already.
        """
        self.name = _name(url)
        self._lock: FileLock | None = None
        self._idle: list[Connection] = []
        self._engines: list[Engine] = []
        try:
            self._open(url, now, allow_network)
        except DatabaseTakenError as error:
            self.close()
            raise TakenError(str(error)) from error
        except SQLAlchemyError as error:
            self.close()
            cause = error.__cause__ or error
            raise StartError(f"the database {self.name} cannot be opened: {cause}") from error
        except BaseException:
            self.close()
            raise

    def _open(self, url: str, now: int, allow_network: bool) -> None:
        self._engine = open_engine(url, sqlite.WRITER)
        self._engines.append(self._engine)
        if self.is_sqlite:
            self._lock_file(allow_network)
            self._readers = open_engine(url, sqlite.READER)
            self._engines.append(self._readers)
        else:
            # One view for all statements of a reader, which SQLite gives anyway.
            self._readers = self._engine.execution_options(isolation_level="REPEATABLE READ")
            self._take_writer()
        # First of all: nothing is added to what another version has made.
        with self.read() as connection:
            found = _check_version(connection)
        if found is not None and found != SCHEMA_VERSION:
            self._upgrade(found)
        with self.write() as connection:
            tables.metadata.create_all(connection)
            self.identifiers = _identify(connection, now)

    @property
    def is_sqlite(self) -> bool:
        """True if reads are calls into this process and need no thread of their own."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Generator[Connection, None, None]:
        """Give the writer a transaction; it is durable when the block has ended well.

        Raises:
            DatabaseTakenError: Another server has taken the database, while this one had lost it.
        """
        connection = self._take_writer()
        try:
            with connection.begin():
                yield connection
        except BaseException:
            if self.is_sqlite:
                # It may still be in a transaction that cannot be ended; the next one is fresh.
                self._drop_writer()
            elif not connection.invalidated:
                forget_numbers(connection)
            raise
        finally:
            # Also after an error: one of the connection can hide that the commit was made.
            self.version += 1

    @contextmanager
    def read(self) -> Generator[Connection, None, None]:
        """Give a reader one consistent view of the last commit."""
        if not self.is_sqlite:
            with self._readers.connect() as connection:
                yield connection
            return
        # A file does not lose its connections, and to take one from the pool costs more than many
        # a lookup, so they are kept at hand.
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._readers.connect()
        try:
            yield connection
        finally:
            connection.rollback()
            self._idle.append(connection)

    def close(self) -> None:
        """Let go of all connections."""
        while self._idle:
            self._idle.pop().close()
        self._drop_writer()
        for engine in self._engines:
            engine.dispose()
        if self._lock is not None:
            self._lock.release()

    def renew_identifiers(self, connection: Connection, now: int) -> None:
        """Give no id again that may have been given by what this database is a copy of.

        Args:
            connection: The writer's transaction.
            now: The present, in microseconds since the epoch.
        """
        # Later than before, so that order by id stays order of creation.
        epoch = max(now // 1_000_000, self.identifiers.epoch + 1)
        self.identifiers = Identifiers(epoch, secrets.randbits(32))
        for name, value in (("epoch", epoch), ("node", self.identifiers.node)):
            connection.execute(
                update(tables.meta).where(tables.meta.c.name == name).values(value=str(value))
            )

    def _lock_file(self, allow_network: bool) -> None:
        """Take a lock on a database that is a file.

        Raises:
            DatabaseTakenError: Another server has it.
            StartError: There can be no lock where it lies.
        """
        # Without the links on the way: a file is one database, whatever leads to it.
        file = Path(os.path.realpath(self._engine.url.database or ""))
        kind = network_kind(file.parent) if file.parent.is_dir() else None
        if kind is not None and not allow_network:
            raise StartError(
                f"the database {self.name} lies on a network file system ({kind}), where it may be "
                "damaged; choose a folder of this machine, or insist with --allow-network-folder"
            )
        lock = FileLock(Path(f"{file}-lock"))
        try:
            lock.acquire()
        except LockedError as error:
            raise DatabaseTakenError(
                f"another server (process {error.holder}) already uses the database {self.name}"
            ) from None
        except OSError as error:
            raise StartError(
                f"the database {self.name} cannot be opened: {error.strerror} ({file}-lock)"
            ) from error
        self._lock = lock
        self._make_private(file)

    def _make_private(self, file: Path) -> None:
        """Let nobody else read a database that is a file, and what lies beside it."""
        # What cannot be opened is said by the database itself, in its words.
        with suppress(OSError):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            file.chmod(0o600)

    def _upgrade(self, found: str) -> None:
        """Bring the tables of an older version up to date.

        Raises:
            StartError: They hold what cannot be carried over; they are as they were.
        """
        # Only needed here, and slow to load.
        from batchcompute.server.store.migrations import upgrade

        kept = ""
        if self.is_sqlite:
            copy = Path(f"{self._engine.url.database}-tables-{found}")
            sqlite.copy_database(Path(self._engine.url.database or ""), copy)
            kept = f"; a copy of what it was is kept in {copy}"
        with self.write() as connection:
            upgrade(connection, found, SCHEMA_VERSION)
            connection.execute(
                update(tables.meta)
                .where(tables.meta.c.name == "schema")
                .values(value=SCHEMA_VERSION)
            )
        logger.warning(
            "the database %s was upgraded from tables %s to %s%s",
            self.name,
            found,
            SCHEMA_VERSION,
            kept,
        )

    def _take_writer(self) -> Connection:
        """Return the connection that writes.

        On PostgreSQL it also holds the lock on the database, so that whoever has lost the lock
        cannot write any more.
        """
        if self._writer is not None and not self._writer.invalidated:
            return self._writer
        self._drop_writer()
        self._writer = connection = self._engine.connect()
        changes.watch(connection)
        if not self.is_sqlite:
            self._lock_database(connection)
        return connection

    def _lock_database(self, connection: Connection) -> None:
        try:
            for setting in _KEEP_ALIVE:
                connection.execute(text(f"SET {setting}"))
            locked = connection.scalar(_TRY_LOCK)
            # The lock is the session's and outlives the transaction.
            connection.commit()
            if not locked:
                raise DatabaseTakenError("another server already uses this database")
        except BaseException:
            self._drop_writer()
            raise

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            # Closed for good: back in the pool it would still hold its lock, or a transaction.
            with suppress(SQLAlchemyError):
                writer.invalidate()
            writer.close()


def is_taken(url: str) -> bool:
    """Return whether a server uses a database of PostgreSQL now, without touching it.

    Args:
        url: An SQLAlchemy URL.

    Raises:
        SQLAlchemyError: It cannot be asked.
    """
    engine = open_engine(url, sqlite.READER)
    try:
        with engine.connect() as connection:
            return bool(connection.scalar(_IS_LOCKED))
    finally:
        engine.dispose()


def _name(url: str) -> str:
    """Return what people are told about a URL."""
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError):
        # What cannot be read may hold a password anywhere.
        return "of this URL"
    if parsed.get_backend_name() == "sqlite":
        return parsed.database or "in memory"
    return parsed.render_as_string(hide_password=True)


def _check_version(connection: Connection) -> str | None:
    """Return the version of the tables, which is this one or one to upgrade; None without any.

    Raises:
        StartError: It is one of neither.
    """
    if not inspect(connection).has_table(tables.meta.name):
        return None
    query = select(tables.meta.c.value).where(tables.meta.c.name == "schema")
    found: str | None = connection.scalar(query)
    if found is None or found == SCHEMA_VERSION:
        return found
    from batchcompute.server.store.migrations import can_upgrade

    if not can_upgrade(found, SCHEMA_VERSION):
        newer = found.isdigit() and int(found) > int(SCHEMA_VERSION)
        raise StartError(
            f"the data were made by {'a newer' if newer else 'another'} version of this program "
            f"(tables {found}, expected {SCHEMA_VERSION})"
        )
    return found


def open_engine(url: str, sqlite_driver: str) -> Engine:
    """Return what connects to a database; nothing is connected yet.

    Args:
        url: An SQLAlchemy URL.
        sqlite_driver: Which kind of transactions a file is opened with.

    Raises:
        StartError: It names no database that can be used, or PostgreSQL's package is missing.
    """
    try:
        parsed = make_url(url)
    except ValueError:
        # Neither shown nor chained: what is taken for the port may be a part of the password.
        raise StartError(
            f"the database {_name(url)} cannot be opened: its port is not a number "
            "(write @ and : in a password as %40 and %3A)"
        ) from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StartError("a database in memory would forget what was acknowledged; name a file")
        parsed = parsed.set(drivername=sqlite_driver)
    elif parsed.get_backend_name() != "postgresql":
        raise StartError(f"the database {_name(url)} can be none: only PostgreSQL and SQLite can")
    elif parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    # A server that was restarted has forgotten its connections; a file has not.
    remote = parsed.get_backend_name() != "sqlite"
    try:
        engine = create_engine(
            parsed,
            pool_size=5,
            max_overflow=50,
            pool_pre_ping=remote,
            # Errors come into the log, and what is stored may hold a caller's secrets.
            hide_parameters=True,
        )
    except ImportError as error:
        raise StartError(
            f"PostgreSQL needs a package that is not installed ({error}): "
            "pip install 'batchcompute[postgresql]'"
        ) from error
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
        counters = [{"name": name, "value": 0} for name in NAMES]
        connection.execute(insert(tables.counters), counters)
    return Identifiers(int(found["epoch"]), int(found["node"]))
