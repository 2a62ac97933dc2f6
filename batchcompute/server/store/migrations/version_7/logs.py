"""The jobs whose logs were removed."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, Integer


def add_logless_jobs(operations: Operations) -> None:
    """Add the table of the jobs whose logs have left the object store."""
    operations.create_table(
        "logless_jobs",
        Column(
            "job_seq",
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
    )
