"""Old jobs and their logs leave: what the scheduler writes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    deleted = _still(unit, dict(found))
    if deleted:
        unit.connection.execute(_DELETE, {"seqs": deleted})
        unit.effects.purge = True
    return deleted


def note_logs_removed(unit: Unit, job_seq: int, ended: int | None) -> None:
    """Remember that a job has no logs any more, unless it is gone or was started again.

    Args:
        unit: The unit of work.
        job_seq: Number of the job.
        ended: When it ended, in microseconds since the epoch.
    """
    noted = select(logless_jobs.c.job_seq).where(logless_jobs.c.job_seq == job_seq)
    if _still(unit, {job_seq: ended}) and unit.connection.scalar(noted) is None:
        unit.connection.execute(insert(logless_jobs).values(job_seq=job_seq))


def forget_attempts(unit: Unit, job_seq: int, ended: int | None) -> bool:
    """Remove some of what is known of a job's earlier attempts, unless it was started again.

    Args:
        unit: The unit of work.
        job_seq: Number of the job.
        ended: When it ended, in microseconds since the epoch.

    Returns:
        True if there is nothing more to remove.
    """
    if not _still(unit, {job_seq: ended}):
        return True
    return remove_some(unit.connection, (earlier_attempts,), job_seq, PURGE_CHUNK)


def _still(unit: Unit, found: Mapping[int, int | None]) -> list[int]:
    """Return the numbers of those jobs that have not been started again, or deleted."""
    rows = unit.connection.execute(_STILL, {"seqs": list(found)})
    return [row.seq for row in rows if row.ended == found[row.seq]]
