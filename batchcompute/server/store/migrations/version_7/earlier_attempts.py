"""How attempts ended that did not end their instance, and where the newest one ran.

Of those before the upgrade nobody knows.
"""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, Integer, String, Text


def add_earlier_attempts(operations: Operations) -> None:
    """Add the table, and the column of instances."""
    operations.create_table(
        "earlier_attempts",
        Column("job_seq", BigInteger, primary_key=True),
        Column("task_pos", Integer, primary_key=True),
        Column("idx", Integer, primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("machine_id", String(64), nullable=False),
        Column("started", BigInteger, nullable=True),
        Column("ended", BigInteger, nullable=False),
        Column("exit_code", Integer, nullable=False),
        Column("error_code", Text, nullable=False),
        Column("error_message", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    operations.add_column("instances", Column("machine_id", String(64), nullable=True))
