"""Questions that are asked so often that asking costs more than the answer.

Programs poll. On SQLite, where a lookup takes some ten microseconds, SQLAlchemy's way from a
statement to rows takes several times as long. So such a statement is compiled once, and the text
goes to the driver itself. Everything else goes the usual way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.engine import result_tuple

from batchcompute.server.store.rows import AnyRow


class HotQuery:
    """One statement, compiled at its first use."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        """Take a statement.

        Args:
            statement: It asks for texts and integers only, for nothing converts what is found, and
                stands alone: what is asked next may see a later commit.
        """
        self._statement = statement
        self._row = result_tuple([str(column.key) for column in statement.selected_columns])
        self._text = ""
        self._names: Sequence[str] = ()

    def all(self, connection: Connection, parameters: Mapping[str, Any]) -> Sequence[AnyRow]:
        """Return all rows.

        Args:
            connection: A reader.
            parameters: A value for every parameter of the statement.
        """
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, parameters).all()
        if not self._text:
            compiled = self._statement.compile(dialect=connection.dialect)
            self._names = compiled.positiontup or ()
            self._text = str(compiled)
        cursor = connection.connection.cursor()
        cursor.execute(self._text, [parameters[name] for name in self._names])
        return [self._row(found) for found in cursor.fetchall()]

    def first(self, connection: Connection, parameters: Mapping[str, Any]) -> AnyRow | None:
        """Return the first row, or None if there is none."""
        found = self.all(connection, parameters)
        return found[0] if found else None
