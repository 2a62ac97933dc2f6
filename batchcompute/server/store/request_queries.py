"""Which request a job goes on for."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.tables import job_requests, jobs

_OF_JOB = CompiledStatement(
    select(job_requests.c.request_id)
    .join(jobs, jobs.c.seq == job_requests.c.job_seq)
    .where(jobs.c.id == bindparam("wanted"))
)


def request_of(connection: Connection, job_id: str) -> str:
    """Return the id of the request that a job goes on for; "" if that is not known."""
    found = _OF_JOB.first(connection, {"wanted": job_id})
    return "" if found is None else str(found.request_id)
