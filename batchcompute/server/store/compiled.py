"""Statements that are run so often that SQLAlchemy's way to them costs more than they do.

On SQLite a lookup or a change of one row takes a few microseconds, and the way from a statement to
its text many times as long. So the text is made once and goes to the driver itself. Other databases
are asked the usual way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Executable
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import DBAPIError

from batchcompute.server.store import sqlite
from batchcompute.server.store.rows import AnyRow

#: Readers and the writer differ in how they open a transaction, and in no text.
_DIALECT = sqlite.Writer(paramstyle="qmark")


#: Takes the values of a statement's parameters out of what they are given in.
_Pick: TypeAlias = Callable[[Mapping[str, Any]], Sequence[Any]]


def _pick(names: Sequence[str]) -> _Pick:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda given: [given[name] for name in names]


class CompiledStatement:
    """One statement, compiled at its first use: a question, or a change by the writer."""

    def __init__(self, statement: Executable, columns: Sequence[str] = ()) -> None:
        """Take a statement.

        Args:
            statement: It deals in texts, integers and booleans only, for nothing converts them.
                A reader's stands alone: what it asks next may see a later commit.
            columns: Names of the columns, and so of the parameters, if it is a bare `insert`.
        """
        self._statement: Any = statement
        self._columns = columns or None

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """Run it once.

        Args:
            connection: The writer's transaction.
            parameters: A value for every parameter of the statement.

        Returns:
            How many rows it changed.
        """
        if connection.dialect.name != "sqlite":
            return self.run_many(connection, [parameters])
        return self._execute(connection, [parameters]).rowcount

    def run_many(self, connection: Connection, parameters: Sequence[Mapping[str, Any]]) -> int:
        """Run it once for each set of parameters; return how many rows that changed."""
        if connection.dialect.name != "sqlite":
            done = connection.execute(
                self._statement, list(parameters), execution_options={"preserve_rowcount": True}
            )
            return int(done.rowcount)
        return self._execute(connection, parameters).rowcount

    def all(self, connection: Connection, parameters: Mapping[str, Any]) -> Sequence[AnyRow]:
        """Run a statement that returns rows; return all of them."""
        if connection.dialect.name != "sqlite":
            rows: Sequence[AnyRow] = connection.execute(self._statement, parameters).all()
            return rows
        return [self._row(found) for found in self._execute(connection, [parameters]).fetchall()]

    def first(self, connection: Connection, parameters: Mapping[str, Any]) -> AnyRow | None:
        """Run a statement that returns rows; return the first one, or None if there is none."""
        found = self.all(connection, parameters)
        return found[0] if found else None

    @cached_property
    def _compiled(self) -> tuple[str, _Pick, Mapping[str, Any]]:
        compiled = self._statement.compile(dialect=_DIALECT, column_keys=self._columns)
        names = compiled.positiontup or ()
        constants = {
            name: compiled.binds[name].value for name in names if not compiled.binds[name].required
        }
        return str(compiled), _pick(names), constants

    @cached_property
    def _row(self) -> Any:
        return result_tuple([str(column.key) for column in self._statement.exported_columns])

    def _execute(
        self, connection: Connection, parameters: Sequence[Mapping[str, Any]]
    ) -> sqlite3.Cursor:
        text, pick, constants = self._compiled
        if constants:
            parameters = [{**constants, **given} for given in parameters]
        driver: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
        try:
            if len(parameters) == 1:
                return driver.execute(text, pick(parameters[0]))
            return driver.executemany(text, map(pick, parameters))
        except sqlite3.Error as error:
            # What classifies errors knows those of SQLAlchemy; parameters may hold secrets.
            raise DBAPIError.instance(
                text, None, error, sqlite3.Error, hide_parameters=True, dialect=_DIALECT
            ) from error
