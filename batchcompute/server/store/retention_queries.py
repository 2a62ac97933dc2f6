"""Questions about jobs that have ended and may leave."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, select

from batchcompute.server.model import states
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import OF_TASK, jobs, logless_jobs, task_plans, tasks

_ENDED = tuple(sorted(states.JOB_ACTIONS["delete"]))

_BEYOND = (
    select(jobs.c.seq)
    .where(jobs.c.state.in_(_ENDED), jobs.c.deleted.is_(False))
    .order_by(jobs.c.seq.desc())
    .offset(bindparam("kept"))
    .limit(1)
)
_WALK = (
    select(
        jobs.c.seq,
        jobs.c.id,
        jobs.c.state,
        jobs.c.created,
        jobs.c.ended,
        jobs.c.deleted,
        logless_jobs.c.job_seq.is_not(None).label("is_logless"),
    )
    .outerjoin(logless_jobs, logless_jobs.c.job_seq == jobs.c.seq)
    .where(jobs.c.seq > bindparam("behind"))
    .order_by(jobs.c.seq)
    .limit(bindparam("most"))
)
_NOW = select(jobs.c.state, jobs.c.ended, jobs.c.deleted).where(jobs.c.seq == bindparam("of_job"))
_STREAMS = (
    select(tasks.c.tail, task_plans.c.plan)
    .join(task_plans, OF_TASK)
    .where(tasks.c.job_seq == bindparam("of_job"))
    .order_by(tasks.c.pos)
)


def has_ended(job: AnyRow) -> bool:
    """Say whether a job of `walk` is over, and there for callers."""
    return job.state in _ENDED and not job.deleted


def is_unchanged(connection: Connection, job: AnyRow) -> bool:
    """Say whether a job of `walk` is still as it was found: not started again, and not deleted."""
    now = connection.execute(_NOW, {"of_job": job.seq}).first()
    return now is not None and tuple(now) == (job.state, job.ended, job.deleted)


def newest_beyond(connection: Connection, kept: int) -> int:
    """Return the number of the newest job that has ended and is not among the newest ones.

    Args:
        connection: A reader.
        kept: How many of the newest jobs that have ended are passed over.

    Returns:
        Its number; 0 if there are no more than that.
    """
    return connection.scalar(_BEYOND, {"kept": kept}) or 0


def walk(connection: Connection, behind: int, most: int) -> Sequence[AnyRow]:
    """Return the next jobs in the order of their submission, whatever their states.

    Args:
        connection: A reader.
        behind: Number of the last one that was looked at; 0 for the beginning.
        most: How many at the most.
    """
    return connection.execute(_WALK, {"behind": behind, "most": most}).all()


def streams_of(connection: Connection, job_seq: int) -> Collection[AnyRow]:
    """Return the plan of each task of a job, and how many of its instances ever ran."""
    return connection.execute(_STREAMS, {"of_job": job_seq}).all()
