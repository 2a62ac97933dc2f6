"""Turns: a task knows the account of its job, by which what waits is found."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Column, Integer, text


def add_turns(operations: Operations) -> None:
    """Give the tasks that there are to the first account, as their jobs are."""
    operations.add_column("tasks", Column("account", Integer, nullable=False, server_default="1"))
    operations.create_index(
        "tasks_queued_by_account",
        "tasks",
        ["cluster_seq", "account", text("priority DESC"), "job_seq", "pos"],
        # Word for word as the program's queries say it.
        sqlite_where=text("queued IS 1"),
        postgresql_where=text("queued IS true"),
    )
