"""Tables 6 to 7: nothing of what was there changes; each subject of `version_7` adds its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from alembic.operations import Operations
from sqlalchemy import Connection

from batchcompute.server.store.migrations.step import Step
from batchcompute.server.store.migrations.version_7.accounts import add_accounts
from batchcompute.server.store.migrations.version_7.agents import add_agents
from batchcompute.server.store.migrations.version_7.earlier_attempts import add_earlier_attempts
from batchcompute.server.store.migrations.version_7.logs import add_logless_jobs
from batchcompute.server.store.migrations.version_7.requests import add_job_requests
from batchcompute.server.store.migrations.version_7.turns import add_turns

#: The modules that add the tables of each subject, in this order.
_PARTS: Final[tuple[Callable[[Operations], None], ...]] = (
    add_agents,
    add_accounts,
    add_earlier_attempts,
    add_logless_jobs,
    add_job_requests,
    add_turns,
)


def _check(connection: Connection) -> None:
    """Carry over everything: also attempts in flight, whose tables stay as they are."""


def _upgrade(operations: Operations) -> None:
    for part in _PARTS:
        part(operations)


STEP = Step("7", _check, _upgrade)
