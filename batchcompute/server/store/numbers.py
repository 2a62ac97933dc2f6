"""Sources of ascending numbers, from which ids are made."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, update

from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.tables import counters

#: The sources.
NAMES: Final = ("job", "cluster", "machine", "log", "image", "app")

#: Numbers that are taken from the database at once. Those that are left when the service ends are
#: never handed out.
_BLOCK = 100

_KEPT = "numbers"

_TAKE = CompiledStatement(
    update(counters)
    .where(counters.c.name == bindparam("counter"))
    .values(value=counters.c.value + bindparam("count"))
    .returning(counters.c.value)
)


def next_numbers(connection: Connection, name: str, count: int = 1) -> range:
    """Take ascending numbers, never to be handed out again.

    Args:
        connection: The writer's transaction.
        name: Which numbers, one of `NAMES`.
        count: How many.
    """
    blocks: dict[str, range] = connection.info.setdefault(_KEPT, {})
    left = blocks.get(name, range(0))
    if len(left) < count:
        size = max(count, _BLOCK)
        (row,) = _TAKE.all(connection, {"counter": name, "count": size})
        left = range(row.value - size + 1, row.value + 1)
    blocks[name] = left[count:]
    return left[:count]


def forget_numbers(connection: Connection) -> None:
    """Keep nothing of what a transaction took that is rolled back, in whole or in part."""
    connection.info.pop(_KEPT, None)
