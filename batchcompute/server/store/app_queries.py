"""Reading Apps and their revisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select, tuple_

from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import app_revisions, apps

#: Stands between the name of an App and the number of its account in a marker; no name has it.
_SEPARATOR = "\x1f"
_MOST_DIGITS = 10


def find_app(
    connection: Connection, name: str, revision: int | None = None, *, account: int
) -> AnyRow | None:
    """Return an App with one of its revisions, or None if either does not exist.

    Args:
        connection: A reader.
        name: The App's name.
        revision: Number of the revision; None is the newest.
        account: The account that it belongs to.
    """
    query = _with_newest()
    if revision is not None:
        query = (
            _columns()
            .join(app_revisions, app_revisions.c.app_seq == apps.c.seq)
            .where(app_revisions.c.revision == revision)
        )
    query = query.where(apps.c.account == account, apps.c.name == name)
    return connection.execute(query).one_or_none()


def accounts_with(connection: Connection, name: str) -> Sequence[int]:
    """Return the accounts that have an App of a name, in the order of their numbers."""
    query = select(apps.c.account).where(apps.c.name == name).order_by(apps.c.account)
    return connection.execute(query).scalars().all()


def list_apps(
    connection: Connection, *, marker: str, limit: int, account: int | None
) -> Sequence[AnyRow]:
    """Return Apps with their newest revision, in the order of their names, from `marker` on.

    Args:
        connection: A reader.
        marker: A name, or what `marker_of` returns; "" for the beginning.
        limit: How many at the most.
        account: Only Apps of this account; None for those of all, whose names may repeat.
    """
    name, owner = read_marker(marker)
    query = _with_newest().order_by(apps.c.name, apps.c.account).limit(limit)
    if account is not None:
        query = query.where(apps.c.account == account, apps.c.name >= name)
    elif owner:
        query = query.where(tuple_(apps.c.name, apps.c.account) >= (name, owner))
    else:
        query = query.where(apps.c.name >= name)
    return connection.execute(query).all()


def read_marker(marker: str) -> tuple[str, int]:
    """Return the name and the account at which a page begins; without an account it is 0."""
    name, _, owner = marker.partition(_SEPARATOR)
    is_number = owner.isascii() and owner.isdigit() and len(owner) < _MOST_DIGITS
    return name, int(owner) if is_number else 0


def marker_of(app: AnyRow) -> str:
    """Return the marker of the page that begins with an App, where names may repeat."""
    return f"{app.name}{_SEPARATOR}{app.account}"


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
        apps.c.account,
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
