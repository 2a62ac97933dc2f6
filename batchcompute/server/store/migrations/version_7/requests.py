"""The requests that set jobs in motion."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, Integer, String


def add_job_requests(operations: Operations) -> None:
    """Add the table that says which request a job goes on for."""
    operations.create_table(
        "job_requests",
        Column(
            "job_seq",
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("request_id", String(64), nullable=False),
    )
