"""Pages of what an account has, and of what others have granted it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, select

from batchcompute.server.store.rows import AnyRow

#: Ids in one statement; databases limit the number of its parameters.
_CHUNK = 500


def list_owned(
    connection: Connection,
    table: Table,
    marker: str,
    limit: int,
    account: int | None,
    granted: Sequence[str],
) -> Sequence[AnyRow]:
    """Return rows in the order of their ids.

    Args:
        connection: A reader.
        table: It has the columns `id` and `account`, and an index of both.
        marker: Where to begin.
        limit: How many at the most.
        account: Only rows of this account; None for those of all.
        granted: Ids of rows of other accounts that are listed as well.
    """
    query = select(table).where(table.c.id >= marker).order_by(table.c.id).limit(limit)
    if account is None:
        return connection.execute(query).all()
    own = connection.execute(query.where(table.c.account == account)).all()
    # Asked for by their ids, so that neither question walks through what others have.
    wanted = [each for each in granted if each >= marker]
    others = [
        row
        for start in range(0, len(wanted), _CHUNK)
        for row in connection.execute(
            select(table).where(table.c.id.in_(wanted[start : start + _CHUNK]))
        )
        if row.account != account
    ]
    return sorted((*own, *others), key=lambda row: str(row.id))[:limit] if others else own
