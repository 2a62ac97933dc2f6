"""Reading jobs, a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, select

from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import clusters, job_descriptions, jobs, tasks

#: A set of jobs that is smaller than this is small: all of it may be looked at for a page.
_SMALL = 1000

#: What is read of a job.
JOB_COLUMNS: Final = (
    jobs.c.seq,
    jobs.c.id,
    jobs.c.name,
    jobs.c.state,
    jobs.c.message,
    jobs.c.created,
    jobs.c.started,
    jobs.c.ended,
    jobs.c.priority,
    jobs.c.account,
)
_COUNTERS = ("waiting", "dispatched", "running", "finished", "failed", "stopped")


# The statements of frequent questions are made once: putting one together costs more than asking.
_OF_ID = (jobs.c.id == bindparam("wanted"), jobs.c.deleted.is_(False))
_FIND_JOB = select(*JOB_COLUMNS).where(*_OF_ID)
_FIND_DESCRIPTION = (
    select(job_descriptions.c.description, jobs.c.priority, jobs.c.account)
    .join(jobs, jobs.c.seq == job_descriptions.c.job_seq)
    .where(*_OF_ID)
)
_COUNTED = (
    tasks.c.state.label("task_state"),
    func.count().label("tasks"),
    *(func.sum(tasks.c[name]).label(name) for name in _COUNTERS),
)
_COUNTED_JOB = CompiledStatement(
    select(*JOB_COLUMNS, *_COUNTED)
    .join_from(jobs, tasks, tasks.c.job_seq == jobs.c.seq)
    .where(*_OF_ID)
    .group_by(jobs.c.seq, tasks.c.state)
)
_COUNT_OF_JOBS = (
    select(tasks.c.job_seq, *_COUNTED)
    .where(tasks.c.job_seq.in_(bindparam("seqs", expanding=True)))
    .group_by(tasks.c.job_seq, tasks.c.state)
)
_ON_CLUSTER = (
    tasks.c.cluster_seq
    == select(clusters.c.seq).where(clusters.c.id == bindparam("of_cluster")).scalar_subquery()
)
_OTHER_TASKS = tasks.alias()
_FIRST_TASK = (
    select(func.min(_OTHER_TASKS.c.pos))
    .where(
        _OTHER_TASKS.c.cluster_seq == tasks.c.cluster_seq,
        _OTHER_TASKS.c.job_seq == tasks.c.job_seq,
    )
    .scalar_subquery()
)
_BY_STATE = select(*JOB_COLUMNS).where(jobs.c.deleted.is_(False))
_BY_CLUSTER = (
    select(*JOB_COLUMNS)
    .join_from(tasks, jobs, jobs.c.seq == tasks.c.job_seq)
    # A job has an entry for each of its tasks on the cluster, of which one counts.
    .where(_ON_CLUSTER, tasks.c.pos == _FIRST_TASK, jobs.c.deleted.is_(False))
)


def find_job(connection: Connection, job_id: str) -> AnyRow | None:
    """Return a job, or None if there is none of this id."""
    return connection.execute(_FIND_JOB, {"wanted": job_id}).one_or_none()


def find_description(connection: Connection, job_id: str) -> AnyRow | None:
    """Return a job's description, as it was sent, its present priority, and its account."""
    return connection.execute(_FIND_DESCRIPTION, {"wanted": job_id}).one_or_none()


def list_jobs(
    connection: Connection,
    *,
    marker: str,
    limit: int,
    state: str | None = None,
    cluster_id: str | None = None,
    reverse: bool = False,
    account: int | None = None,
) -> Sequence[AnyRow]:
    """Return jobs in the order of their ids, which is that of their creation.

    Args:
        connection: A reader.
        marker: Id of the first one, or of one near it that is gone; "" for the beginning.
        limit: How many at the most.
        state: Only jobs in this state.
        cluster_id: Only jobs with a task on this cluster.
        reverse: Newest first.
        account: Only jobs of this account; None for those of all.
    """
    query, seq = _BY_STATE, jobs.c.seq
    if cluster_id is not None:
        if _is_by_cluster(connection, state, cluster_id, account):
            query, seq = _BY_CLUSTER, tasks.c.job_seq
        else:
            query = query.where(exists().where(tasks.c.job_seq == jobs.c.seq, _ON_CLUSTER))
    if state is not None:
        query = query.where(jobs.c.state == state)
    if account is not None:
        query = query.where(jobs.c.account == bindparam("of_account"))
    if marker:
        query = query.where(_from_marker(seq, reverse=reverse))
    query = query.order_by(seq.desc() if reverse else seq.asc()).limit(limit)
    parameters = {"from_id": marker, "of_cluster": cluster_id, "of_account": account}
    return connection.execute(query, parameters).all()


def _from_marker(seq: ColumnElement[int], *, reverse: bool) -> ColumnElement[bool]:
    # Indexes have the number; the order of the two is the same.
    if reverse:
        at = jobs.c.id <= bindparam("from_id")
        return seq <= _seq_of(select(jobs.c.seq).where(at).order_by(jobs.c.id.desc()))
    at = jobs.c.id >= bindparam("from_id")
    return seq >= _seq_of(select(jobs.c.seq).where(at).order_by(jobs.c.id))


def _seq_of(query: Select[int]) -> ColumnElement[int]:
    return query.limit(1).correlate(None).scalar_subquery()


def _is_by_cluster(
    connection: Connection, state: str | None, cluster_id: str, account: int | None
) -> bool:
    """Say whether the jobs of a cluster are the fewest to look through."""
    if account is not None:
        owner = select(clusters.c.account).where(clusters.c.id == cluster_id)
        if connection.scalar(owner) != account:
            # There may be any number of others' jobs on what belongs to somebody else.
            return False
    return state is None or _has_many_jobs(connection, state, account)


def _has_many_jobs(connection: Connection, state: str, account: int | None) -> bool:
    query = select(jobs.c.seq).where(jobs.c.state == state)
    if account is not None:
        query = query.where(jobs.c.account == account)
    some = query.limit(_SMALL).subquery()
    return connection.scalar(select(func.count()).select_from(some)) == _SMALL


def find_counted_job(connection: Connection, job_id: str) -> Sequence[AnyRow]:
    """Return a job with what to show as its metrics, in one question: every poll asks it.

    Returns:
        A row per state that tasks of the job are in, each with the job's columns, and with its
        tasks and instances counted. No row if there is no job of this id.
    """
    return _COUNTED_JOB.all(connection, {"wanted": job_id})


def count_of_jobs(connection: Connection, seqs: Collection[int]) -> Mapping[int, Sequence[AnyRow]]:
    """Return what to show as metrics: per job and task state, tasks and instances counted."""
    found: dict[int, list[AnyRow]] = {seq: [] for seq in seqs}
    for row in connection.execute(_COUNT_OF_JOBS, {"seqs": list(seqs)}):
        found[row.job_seq].append(row)
    return found
