"""Reading Apps and their revisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import app_revisions, apps


def find_app(connection: Connection, name: str, revision: int | None = None) -> AnyRow | None:
    """Return an App with one of its revisions, or None if either does not exist.

    Args:
        connection: A reader.
        name: The App's name.
        revision: Number of the revision; None is the newest.
    """
    query = _with_newest().where(apps.c.name == name)
    if revision is not None:
        query = (
            _columns()
            .join(app_revisions, app_revisions.c.app_seq == apps.c.seq)
            .where(apps.c.name == name, app_revisions.c.revision == revision)
        )
    return connection.execute(query).one_or_none()


def list_apps(connection: Connection, *, marker: str, limit: int) -> Sequence[AnyRow]:
    """Return Apps with their newest revision, in the order of their names, from `marker` on."""
    query = _with_newest().where(apps.c.name >= marker).order_by(apps.c.name).limit(limit)
    return connection.execute(query).all()


def list_revisions(connection: Connection, app_seq: int) -> Sequence[AnyRow]:
    """Return the revisions of an App, oldest first."""
    query = select(app_revisions).where(app_revisions.c.app_seq == app_seq)
    return connection.execute(query.order_by(app_revisions.c.revision)).all()


def _columns() -> Select[*tuple[Any, ...]]:
    return select(
        apps.c.seq,
        apps.c.name,
        apps.c.created,
        apps.c.next_revision,
        app_revisions.c.revision,
        app_revisions.c.description,
    ).select_from(apps)


def _with_newest() -> Select[*tuple[Any, ...]]:
    newest = (
        select(func.max(app_revisions.c.revision))
        .where(app_revisions.c.app_seq == apps.c.seq)
        .correlate(apps)
        .scalar_subquery()
    )
    of_app = and_(app_revisions.c.app_seq == apps.c.seq, app_revisions.c.revision == newest)
    return _columns().join(app_revisions, of_app)
