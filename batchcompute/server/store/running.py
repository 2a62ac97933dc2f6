"""Which programs may be running, and for which account."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select

from batchcompute.server.model.clock import Clock
from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.database import Database
from batchcompute.server.store.job_queries import find_job
from batchcompute.server.store.tables import attempts, jobs

#: How long after its end programs of a job may still be about, in microseconds: one that was
#: stopped, or was lost with its machine, is not gone at once.
_GRACE: Final = 600 * 1_000_000

# One whose result does not count any more is being killed, and has nothing to do meanwhile.
_OF_ATTEMPT = CompiledStatement(
    select(jobs.c.account)
    .join_from(attempts, jobs, jobs.c.seq == attempts.c.job_seq)
    .where(
        attempts.c.attempt_id == bindparam("wanted"),
        attempts.c.cancelled.is_(False),
        jobs.c.deleted.is_(False),
    )
)
_OF_JOB = CompiledStatement(select(jobs.c.account).where(jobs.c.id == bindparam("wanted")))


def account_of_attempt(database: Database, attempt_id: str) -> int | None:
    """Return the account of an attempt that is under way; None if it is not, or is to end.

    Args:
        database: Where attempts are kept.
        attempt_id: Id of the attempt.
    """
    return _account(database, _OF_ATTEMPT, attempt_id)


def account_of_job(database: Database, job_id: str) -> int | None:
    """Return the account of a job, which may be deleted already; None if there is none.

    Args:
        database: Where jobs are kept.
        job_id: Id of the job.
    """
    return _account(database, _OF_JOB, job_id)


def may_run(database: Database, clock: Clock, job_id: str) -> bool:
    """Say whether a job may still have programs.

    Args:
        database: Where jobs are kept.
        clock: Tells the time.
        job_id: Id of the job.
    """
    with database.read() as connection:
        job = find_job(connection, job_id)
    return job is not None and (job.ended is None or clock.now() < job.ended + _GRACE)


def _account(database: Database, statement: CompiledStatement, wanted: str) -> int | None:
    with database.read() as connection:
        found = statement.first(connection, {"wanted": wanted})
    return None if found is None else int(found.account)
