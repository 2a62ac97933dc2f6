"""Removing the rows of deleted jobs in the background, some at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Table, bindparam, delete, func, select

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

_NEXT = (
    select(jobs.c.seq).where(jobs.c.deleted.is_(True)).order_by(jobs.c.seq).limit(bindparam("most"))
)
_SEQS: BindParameter[Any] = bindparam("seqs", expanding=True)
# How many instances have rows is known of the tasks, which are few.
_SIZES = (
    select(tasks.c.job_seq, func.sum(tasks.c.tail).label("size"))
    .where(tasks.c.job_seq.in_(_SEQS))
    .group_by(tasks.c.job_seq)
)
#: All tables with rows of jobs, the jobs' own last.
OF_JOBS = (
    earlier_attempts,
    instances,
    task_plans,
    tasks,
    job_descriptions,
    job_requests,
    logless_jobs,
    jobs,
)
#: One statement for each table, and not for each job: nobody waits while statements are made.
_REMOVE = tuple(
    delete(table).where((table.c.seq if table is jobs else table.c.job_seq).in_(_SEQS))
    for table in OF_JOBS
)


def purge(connection: Connection) -> bool:
    """Remove some rows of deleted jobs; return True if more may be left."""
    found = connection.scalars(_NEXT, {"most": PURGE_JOBS}).all()
    if not found:
        return False
    sizes = {row.job_seq: row.size for row in connection.execute(_SIZES, {"seqs": found})}
    whole: list[int] = []
    rows = 0
    for seq in found:
        rows += sizes.get(seq, 0)
        if rows > PURGE_CHUNK:
            break
        whole.append(seq)
    if not whole:
        # The first one is large.
        if not remove_some(connection, (instances, earlier_attempts), found[0], PURGE_CHUNK):
            return True
        whole = [found[0]]
    for statement in _REMOVE:
        connection.execute(statement, {"seqs": whole})
    return len(whole) < len(found) or len(found) == PURGE_JOBS


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
