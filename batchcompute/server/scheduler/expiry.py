"""Old jobs and their logs leave: what the scheduler writes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, bindparam, insert, select, update

from batchcompute.server.model import states
from batchcompute.server.scheduler.purge import PURGE_CHUNK, remove_some
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.tables import earlier_attempts, jobs, logless_jobs

_SEQS: BindParameter[Any] = bindparam("seqs", expanding=True)
_STILL = select(jobs.c.seq, jobs.c.ended).where(
    jobs.c.seq.in_(_SEQS),
    jobs.c.state.in_(sorted(states.JOB_ACTIONS["delete"])),
    jobs.c.deleted.is_(False),
)
_DELETE = update(jobs).where(jobs.c.seq.in_(_SEQS)).values(deleted=True)


def expire(unit: Unit, found: Sequence[tuple[int, int | None]]) -> list[int]:
    """Delete jobs that have ended, unless they were started again meanwhile.

    Args:
        unit: The unit of work.
        found: Number of each job, and when it ended, in microseconds since the epoch.

    Returns:
        The numbers of those that were deleted. Their rows are removed in the background.
    """
    wanted = dict(found)
    rows = unit.connection.execute(_STILL, {"seqs": list(wanted)})
    deleted = [row.seq for row in rows if row.ended == wanted[row.seq]]
    if deleted:
        unit.connection.execute(_DELETE, {"seqs": deleted})
        unit.effects.purge = True
    return deleted


def note_logs_removed(unit: Unit, job_seq: int) -> None:
    """Remember that a job has no logs any more, if it is still there."""
    is_there = select(jobs.c.seq).where(jobs.c.seq == job_seq)
    noted = select(logless_jobs.c.job_seq).where(logless_jobs.c.job_seq == job_seq)
    if unit.connection.scalar(is_there) is not None and unit.connection.scalar(noted) is None:
        unit.connection.execute(insert(logless_jobs).values(job_seq=job_seq))


def forget_attempts(unit: Unit, job_seq: int) -> bool:
    """Remove some of what is known of a job's earlier attempts; return True if that was all."""
    return remove_some(unit.connection, (earlier_attempts,), job_seq, PURGE_CHUNK)
