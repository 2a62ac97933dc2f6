"""To which data folder a database belongs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from batchcompute.server.store.tables import meta

_FOLDER, _PLACE, _STARTS = "folder", "folder_place", "folder_starts"


@dataclass(frozen=True, slots=True)
class Owner:
    """The data folder that a database belongs to.

    Attributes:
        folder: Its identity.
        place: Where it was at its last start, for people.
        starts: How often a service was started on the two.
    """

    folder: str
    place: str
    starts: int


def read_owner(connection: Connection) -> Owner | None:
    """Return whom the database belongs to; None if no service was ever started on it."""
    query = select(meta.c.name, meta.c.value).where(meta.c.name.in_((_FOLDER, _PLACE, _STARTS)))
    found: dict[str, str] = {row.name: row.value for row in connection.execute(query)}
    if _FOLDER not in found:
        return None
    return Owner(found[_FOLDER], found[_PLACE], int(found[_STARTS]))


def forget_owner(connection: Connection) -> None:
    """Let the database belong to nobody."""
    connection.execute(delete(meta).where(meta.c.name.in_((_FOLDER, _PLACE, _STARTS))))


def write_owner(connection: Connection, owner: Owner) -> None:
    """Give the database to a data folder."""
    values = {_FOLDER: owner.folder, _PLACE: owner.place, _STARTS: str(owner.starts)}
    connection.execute(delete(meta).where(meta.c.name.in_(list(values))))
    rows = [{"name": name, "value": value} for name, value in values.items()]
    connection.execute(insert(meta), rows)
