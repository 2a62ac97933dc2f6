"""The agents that programs run on."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Column, String, Text


def add_agents(operations: Operations) -> None:
    """Add the table that says which agent each VM is."""
    operations.create_table(
        "agents",
        Column("machine_id", String(64), primary_key=True),
        Column("pool_id", String(255), nullable=False),
        Column("pool", String(64), nullable=False),
        Column("reference", Text, nullable=False),
        Column("agent", String(64), nullable=False),
        sqlite_with_rowid=False,
    )
