"""Removing the rows of deleted jobs in the background, some at a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, bindparam, delete, func, select

from batchcompute.server.store.tables import (
    earlier_attempts,
    instances,
    job_descriptions,
    job_requests,
    jobs,
    logless_jobs,
    task_plans,
    tasks,
)

#: Rows of instances removed in one go, so that nobody waits long for the writer.
PURGE_CHUNK = 2000
#: Jobs removed in one go.
PURGE_JOBS = 20

_BY_JOB = (
    task_plans.c.job_seq,
    tasks.c.job_seq,
    job_descriptions.c.job_seq,
    job_requests.c.job_seq,
    logless_jobs.c.job_seq,
    jobs.c.seq,
)
_COUNT = select(func.sum(tasks.c.tail)).where(tasks.c.job_seq == bindparam("of_job"))
_NEXT = select(jobs.c.seq).where(jobs.c.deleted.is_(True)).order_by(jobs.c.seq).limit(1)


def purge(connection: Connection) -> bool:
    """Remove some rows of deleted jobs; return True if more may be left."""
    rows = 0
    for _ in range(PURGE_JOBS):
        seq = connection.scalar(_NEXT)
        if seq is None:
            return False
        # How many there are is known of the tasks, which are few.
        rows += connection.scalar(_COUNT, {"of_job": seq}) or 0
        if not remove_some(connection, (instances, earlier_attempts), seq, PURGE_CHUNK):
            return True
        for column in _BY_JOB:
            connection.execute(delete(column.table).where(column == seq))
        if rows >= PURGE_CHUNK:
            return True
    return True


def remove_some(connection: Connection, tables: Sequence[Table], job_seq: int, most: int) -> bool:
    """Remove rows of the first instances of a job.

    Args:
        connection: The writer's transaction.
        tables: Where from; the first one says how many instances are so many rows.
        job_seq: The job.
        most: Rows of the first table at the most, give or take those of one instance.

    Returns:
        True if that were all.
    """
    first = tables[0].c
    bound = connection.execute(
        select(first.task_pos, first.idx)
        .where(first.job_seq == job_seq)
        .order_by(first.task_pos, first.idx)
        .offset(most)
        .limit(1)
    ).one_or_none()
    for table in tables:
        statement = delete(table).where(table.c.job_seq == job_seq)
        if bound is not None:
            same = (table.c.task_pos == bound.task_pos) & (table.c.idx <= bound.idx)
            statement = statement.where((table.c.task_pos < bound.task_pos) | same)
        connection.execute(statement)
    return bound is None
