"""Queries of commands to the database of a running service."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError

from batchcompute.server.model.caller import Grant, Kind
from batchcompute.server.model.file_lock import FileLock
from batchcompute.server.store import sqlite
from batchcompute.server.store.database import open_engine
from batchcompute.server.store.tables import apps, clusters, images


def lacks(file: Path, grant: Grant) -> bool:
    """Say whether a running service's database does not have what is to be granted.

    Args:
        file: The database, if it is a file.
        grant: Of a cluster, an image or an App.

    Returns:
        True if no account has it; False also if nobody knows, as no service runs on that file.
    """
    real = os.path.realpath(file)
    try:
        if not FileLock(Path(f"{real}-lock")).is_taken():
            return False
    except OSError:
        return False
    engine = open_engine(f"sqlite:///{real}", sqlite.READER)
    try:
        with closing(engine.connect()) as connection:
            return connection.execute(_query(grant)).first() is None
    except SQLAlchemyError:
        # Of a former version, or just being restored.
        return False
    finally:
        engine.dispose()


def _query(grant: Grant) -> Select[Any]:
    match grant.kind:
        case Kind.CLUSTER:
            return select(clusters.c.id).where(clusters.c.id == grant.name)
        case Kind.IMAGE:
            return select(images.c.id).where(images.c.id == grant.name)
        case _:
            account, _, name = grant.name.partition("/")
            return select(apps.c.name).where(apps.c.account == int(account), apps.c.name == name)
