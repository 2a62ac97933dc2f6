"""Removing the rows of deleted jobs in the background, some at a time."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from batchcompute.server.store.tables import (
    earlier_attempts,
    instances,
    job_descriptions,
    jobs,
    task_plans,
    tasks,
)

#: Rows removed in one go for deleted jobs, so that nobody waits long for the writer.
PURGE_CHUNK = 5000


def purge(connection: Connection) -> bool:
    """Remove some rows of deleted jobs; return True if more are left."""
    query = select(jobs.c.seq).where(jobs.c.deleted.is_(True)).order_by(jobs.c.seq).limit(1)
    seq = connection.scalar(query)
    if seq is None:
        return False
    bound = connection.execute(
        select(instances.c.task_pos, instances.c.idx)
        .where(instances.c.job_seq == seq)
        .order_by(instances.c.task_pos, instances.c.idx)
        .offset(PURGE_CHUNK)
        .limit(1)
    ).one_or_none()
    for table in (earlier_attempts, instances):
        statement = delete(table).where(table.c.job_seq == seq)
        if bound is not None:
            same = (table.c.task_pos == bound.task_pos) & (table.c.idx < bound.idx)
            statement = statement.where((table.c.task_pos < bound.task_pos) | same)
        connection.execute(statement)
    if bound is None:
        for column in (
            task_plans.c.job_seq,
            tasks.c.job_seq,
            job_descriptions.c.job_seq,
            jobs.c.seq,
        ):
            connection.execute(delete(column.table).where(column == seq))
    return True
