"""When something ended, in the database's words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, case


def end_of(table: Table, now: Any) -> ColumnElement[int]:
    """Return the present as an end: never before the beginning, though clocks are set back.

    Args:
        table: Where the beginning is the column `started`.
        now: The present in microseconds since the epoch, or a parameter for it.
    """
    began = table.c.started
    return case((began > now, began), else_=now)
