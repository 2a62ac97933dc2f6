"""Which jobs may still have programs."""

from __future__ import annotations

from typing import Final

from batchcompute.server.model.clock import Clock
from batchcompute.server.store.database import Database
from batchcompute.server.store.job_queries import find_job

#: How long after its end programs of a job may still be about, in microseconds: one that was
#: stopped, or was lost with its machine, is not gone at once.
_GRACE: Final = 600 * 1_000_000


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
