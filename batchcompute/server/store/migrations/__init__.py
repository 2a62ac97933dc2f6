"""Bringing a database that an older version has made up to date.

Each step leads from one version of the tables to a later one, on SQLite and PostgreSQL, and is
frozen once a version with its tables was published: it names what it changes, and uses nothing of
`store.tables`, which goes on. The steps run in one transaction, so that a database is either as it
was or up to date.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

from batchcompute.server.store.migrations import from_3_to_6, from_6_to_7
from batchcompute.server.store.migrations.step import Step

#: Version of the tables -> the step that leads on from there.
STEPS: Final[Mapping[str, Step]] = {
    "3": from_3_to_6.STEP,
    "6": from_6_to_7.STEP,
}


def can_upgrade(found: str, wanted: str) -> bool:
    """Say whether there is a way from one version of the tables to another."""
    while found != wanted and found in STEPS:
        found = STEPS[found].to
    return found == wanted


def upgrade(connection: Connection, found: str, wanted: str) -> None:
    """Bring tables up to date.

    Args:
        connection: The writer's transaction; nothing happened if it is rolled back.
        found: The version that they have.
        wanted: The version that they are to have; there must be a way.

    Raises:
        StartError: They hold what cannot be carried over, and how to get rid of it.
    """
    operations = Operations(MigrationContext.configure(connection))
    while found != wanted:
        step = STEPS[found]
        step.check(connection)
        step.upgrade(operations)
        found = step.to
