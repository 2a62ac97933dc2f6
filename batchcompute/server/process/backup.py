"""A copy of all that a service remembers, taken while it runs, and a service made from one.

The database comes first and the objects second, so that every result that the copy knows has its
objects. In a copy the database is an SQLite file, wherever it was before: it can be restored into
either kind.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import Connection, create_engine, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from batchcompute._version import __version__
from batchcompute.server.explain.explanation import count
from batchcompute.server.model.errors import StartError
from batchcompute.server.objects.copies import copy_objects
from batchcompute.server.process.data_folder import DATABASE_NAME, DataFolder
from batchcompute.server.store import sqlite, tables
from batchcompute.server.store.database import SCHEMA_VERSION, Database, open_engine
from batchcompute.server.store.owner import forget_owner
from batchcompute.server.store.sqlite import copy_database

#: The description of a copy; written last, so that a folder without it is no copy.
MANIFEST: Final = "backup.json"

_OBJECTS: Final = "objects"
#: Small files that belong to a service, besides its database.
_KEPT: Final = (
    "credentials",
    "object-secret",
    "accounts.json",
    "accounts.key",
    "token-secret",
    "agent-secret",
)
#: Folder of what agents trust and show; what is in folders below belongs to agents of this machine.
_AGENTS: Final = "agents"
#: Rows that are carried over at a time.
_ROWS: Final = 5000


def back_up(
    folder: DataFolder,
    target: Path,
    *,
    database: str = "",
    objects: bool = True,
    say: Callable[[str], None],
) -> None:
    """Copy everything, also while the service runs.

    Args:
        folder: The data folder.
        target: A new folder for the copy.
        database: SQLAlchemy URL; "" is the file in the data folder.
        objects: Copy the objects as well.
        say: Told what is done.

    Raises:
        StartError: There is nothing to copy, or no place for it; what was copied so far is removed.
    """
    source = folder.path / DATABASE_NAME
    if not database and not source.is_file():
        raise StartError(f"there is no database in the data folder {folder.path}")
    if objects and target.resolve().is_relative_to(folder.objects.resolve()):
        raise StartError(f"{target} is among the objects, which would be copied into themselves")
    with _new_folder(target):
        copy = target / DATABASE_NAME
        try:
            if database:
                jobs = _export(database, copy)
            else:
                copy_database(source, copy)
                jobs = _count_jobs(copy)
        except SQLAlchemyError as error:
            raise StartError(f"the database cannot be read: {error.__cause__ or error}") from error
        say(f"{count(jobs, 'job')} copied")
        try:
            _copy_kept(folder.path, target)
            if objects:
                files = copy_objects(folder.objects, target / _OBJECTS)
                say(f"{count(files, 'object')} copied")
            manifest = {
                "Version": __version__,
                "Time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "Jobs": jobs,
                "Objects": objects,
            }
            (target / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        except (OSError, sqlite3.Error) as error:
            raise StartError(f"the copy {target} cannot be written: {error}") from error


def _copy_kept(source: Path, target: Path) -> None:
    """Copy the small files that belong to a service, with their modes."""
    for name in _KEPT:
        if (source / name).is_file():
            shutil.copy2(source / name, target / name)
    if (source / _AGENTS).is_dir():
        (target / _AGENTS).mkdir(mode=0o700, exist_ok=True)
        for path in (source / _AGENTS).iterdir():
            if path.is_file():
                shutil.copy2(path, target / _AGENTS / path.name)


def restore(
    source: Path, folder: DataFolder, *, database: str = "", now: int, say: Callable[[str], None]
) -> None:
    """Make a data folder from a copy.

    Args:
        source: The copy.
        folder: A data folder without a database.
        database: SQLAlchemy URL of an empty database; "" is a file in the data folder.
        now: The present, in microseconds since the epoch.
        say: Told what is done.

    Raises:
        StartError: It is no whole copy, or there is something already where it is to go.
    """
    jobs, objects = _read_manifest(source)
    if (folder.path / DATABASE_NAME).exists():
        raise StartError(
            f"there is a database in the data folder {folder.path} already; move the folder away, "
            "or name another one"
        )
    folder.create()
    folder.lock()
    try:
        _copy_kept(source, folder.path)
        if objects:
            files = copy_objects(source / _OBJECTS, folder.objects)
            say(f"{count(files, 'object')} restored")
        # The database comes last: without one the folder can be filled again.
        partial = folder.path / f"{DATABASE_NAME}.restored"
        try:
            copy_database(source / DATABASE_NAME, partial)
            _renew(partial, now)
            if (found := _count_jobs(partial)) != jobs:
                raise StartError(
                    f"{source} is not a complete back-up: {count(jobs, 'job')} were copied, and "
                    f"{DATABASE_NAME} has {found}"
                )
            if database:
                _import(partial, database)
            else:
                partial.replace(folder.path / DATABASE_NAME)
        finally:
            _remove_database(partial)
        say(f"{count(jobs, 'job')} restored")
    except (OSError, sqlite3.Error) as error:
        raise StartError(f"{folder.path} cannot be written: {error}") from error
    except SQLAlchemyError as error:
        raise StartError(f"the database cannot be written: {error.__cause__ or error}") from error
    finally:
        folder.unlock()


def _read_manifest(source: Path) -> tuple[int, bool]:
    """Return how many jobs a copy has, and whether it has the objects.

    Raises:
        StartError: It is not whole.
    """
    try:
        manifest: object = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        told = cast("dict[str, Any]", manifest) if isinstance(manifest, dict) else {}
        jobs, objects = told.get("Jobs"), told.get("Objects")
        if not isinstance(jobs, int) or not isinstance(objects, bool):
            raise ValueError("it has no Jobs or Objects")
        if not (source / DATABASE_NAME).is_file():
            # SQLite would make an empty one.
            raise FileNotFoundError(f"there is no {DATABASE_NAME} beside it")
    except (OSError, ValueError) as error:
        raise StartError(f"{source} is not a complete back-up: {MANIFEST}: {error}") from error
    return jobs, objects


@contextmanager
def _new_folder(target: Path) -> Generator[None]:
    """Make a folder, which is removed again if the block fails."""
    try:
        target.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise StartError(f"{target} is there already; name a new folder") from None
    except OSError as error:
        raise StartError(f"the folder {target} cannot be made: {error.strerror}") from error
    try:
        yield
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _renew(path: Path, now: int) -> None:
    """Let a copy of a database begin a life of its own; an older one is upgraded."""
    copy = Database(f"sqlite:///{path}", now=now)
    try:
        with copy.write() as connection:
            # It belongs to no folder yet, and ids given since the copy must not be given again.
            forget_owner(connection)
            copy.renew_identifiers(connection, now)
    finally:
        copy.close()
    _remove_database(path, but_for_itself=True)


def _remove_database(path: Path, *, but_for_itself: bool = False) -> None:
    """Remove a file of a database, and what SQLite and the service keep beside it."""
    for suffix in ("-wal", "-shm", "-lock", *([] if but_for_itself else [""])):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _export(url: str, target: Path) -> int:
    """Copy a database into a file, as one moment sees it; return the number of jobs."""
    engine = open_engine(url, sqlite.READER)
    file = create_engine(f"sqlite:///{target}")
    try:
        with engine.connect() as rows, file.begin() as connection:
            rows = rows.execution_options(isolation_level="REPEATABLE READ")
            version = rows.scalar(select(tables.meta.c.value).where(tables.meta.c.name == "schema"))
            if version != SCHEMA_VERSION:
                raise StartError(
                    f"the database has tables {version}, and this program knows {SCHEMA_VERSION}: "
                    "make the back-up with the program that runs the service"
                )
            tables.metadata.create_all(connection)
            _carry(rows, connection)
            return _jobs(connection)
    finally:
        engine.dispose()
        file.dispose()


def _import(source: Path, url: str) -> None:
    """Fill an empty database from a file.

    Raises:
        StartError: It is not empty.
    """
    engine = open_engine(url, sqlite.WRITER)
    file = create_engine(f"sqlite:///{source}")
    try:
        with file.connect() as rows, engine.begin() as connection:
            tables.metadata.create_all(connection)
            if connection.scalar(select(func.count()).select_from(tables.meta)):
                raise StartError("the database is not empty: name one without tables")
            _carry(rows, connection)
    finally:
        engine.dispose()
        file.dispose()


def _carry(source: Connection, target: Connection) -> None:
    for table in tables.metadata.sorted_tables:
        found = source.execution_options(yield_per=_ROWS).execute(select(table))
        for rows in found.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in rows])


def _count_jobs(path: Path) -> int:
    file = create_engine(f"sqlite:///{path}")
    try:
        with file.connect() as connection:
            return _jobs(connection)
    finally:
        file.dispose()


def _jobs(connection: Connection) -> int:
    query = select(func.count()).select_from(tables.jobs).where(tables.jobs.c.deleted.is_(False))
    return connection.scalar(query) or 0
