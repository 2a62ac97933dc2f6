"""How much the writer has changed, to know whether there is anything to undo."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, event

_KEY = "batchcompute_changes"
#: How statements begin that leave everything as it is.
_HARMLESS = ("SELECT", "SAVEPOINT", "RELEASE")


def watch(connection: Connection) -> None:
    """Count the changes of a connection from now on; SQLite counts by itself."""
    if connection.dialect.name == "sqlite":
        return
    connection.info[_KEY] = 0

    def count(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if not statement.startswith(_HARMLESS):
            connection.info[_KEY] += 1

    event.listen(connection, "before_cursor_execute", count)


def counts_rows(connection: Connection) -> bool:
    """Say whether the number of changes grows by one with every row, and not with every statement.

    Then it does not matter for it when rows are written, and how many of them together.
    """
    return connection.dialect.name == "sqlite"


def count_changes(connection: Connection) -> int:
    """Return a number that grows with every change of a writer that `watch` was told of."""
    if connection.dialect.name != "sqlite":
        return int(connection.info[_KEY])
    driver: Any = connection.connection.dbapi_connection
    return int(driver.total_changes)
