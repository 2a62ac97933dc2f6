"""Reading jobs, tasks and instances, a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, select

from batchcompute.server.model import states
from batchcompute.server.model.plan import TaskPlan
from batchcompute.server.store.compiled import HotQuery
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import (
    clusters,
    instances,
    job_descriptions,
    jobs,
    task_plans,
    tasks,
)


@dataclass(frozen=True, slots=True)
class InstanceRecord:
    """An instance, with a row of its own or in its task's tail."""

    idx: int
    state: str
    started: int | None = None
    ended: int | None = None
    retries: int = 0
    exit_code: int = 0
    error_code: str = ""
    error_message: str = ""
    detail: str = ""
    node_ip: str = ""


_JOB = (
    jobs.c.seq,
    jobs.c.id,
    jobs.c.name,
    jobs.c.state,
    jobs.c.message,
    jobs.c.created,
    jobs.c.started,
    jobs.c.ended,
    jobs.c.priority,
)
_COUNTERS = ("waiting", "dispatched", "running", "finished", "failed", "stopped")
_INSTANCE = tuple(instances.c[name] for name in InstanceRecord.__dataclass_fields__)


# The statements of frequent questions are made once: putting one together costs more than asking.
_OF_ID = (jobs.c.id == bindparam("wanted"), jobs.c.deleted.is_(False))
_FIND_JOB = select(*_JOB).where(*_OF_ID)
_FIND_DESCRIPTION = (
    select(job_descriptions.c.description, jobs.c.priority)
    .join(jobs, jobs.c.seq == job_descriptions.c.job_seq)
    .where(*_OF_ID)
)
_COUNTED = (
    tasks.c.state.label("task_state"),
    func.count().label("tasks"),
    *(func.sum(tasks.c[name]).label(name) for name in _COUNTERS),
)
_COUNTED_JOB = HotQuery(
    select(*_JOB, *_COUNTED)
    .join_from(jobs, tasks, tasks.c.job_seq == jobs.c.seq)
    .where(*_OF_ID)
    .group_by(jobs.c.seq, tasks.c.state)
)
_COUNT_OF_JOBS = (
    select(tasks.c.job_seq, *_COUNTED)
    .where(tasks.c.job_seq.in_(bindparam("seqs", expanding=True)))
    .group_by(tasks.c.job_seq, tasks.c.state)
)
_FIND_TASK = select(tasks).where(
    tasks.c.job_seq == bindparam("of_job"), tasks.c.name == bindparam("named")
)
_FIND_PLAN = select(task_plans.c.plan).where(
    task_plans.c.job_seq == bindparam("of_job"), task_plans.c.pos == bindparam("of_task")
)
_INSTANCES = (
    select(*_INSTANCE)
    .where(
        instances.c.job_seq == bindparam("of_job"),
        instances.c.task_pos == bindparam("of_task"),
        instances.c.idx >= bindparam("first"),
    )
    .order_by(instances.c.idx)
    .limit(bindparam("most"))
)
_INSTANCES_IN_STATES = _INSTANCES.where(instances.c.state.in_(bindparam("hidden", expanding=True)))


def find_job(connection: Connection, job_id: str) -> AnyRow | None:
    """Return a job, or None if there is none of this id."""
    return connection.execute(_FIND_JOB, {"wanted": job_id}).one_or_none()


def find_description(connection: Connection, job_id: str) -> AnyRow | None:
    """Return a job's description, as it was sent, and its present priority."""
    return connection.execute(_FIND_DESCRIPTION, {"wanted": job_id}).one_or_none()


def list_jobs(
    connection: Connection,
    *,
    marker: str,
    limit: int,
    state: str | None = None,
    cluster_id: str | None = None,
    reverse: bool = False,
) -> Sequence[AnyRow]:
    """Return jobs in the order of their ids, which is that of their creation.

    Args:
        connection: A reader.
        marker: Id of the first one, or of one near it that is gone; "" for the beginning.
        limit: How many at the most.
        state: Only jobs in this state.
        cluster_id: Only jobs with a task on this cluster.
        reverse: Newest first.
    """
    query = select(*_JOB).where(jobs.c.deleted.is_(False))
    if marker:
        query = query.where(jobs.c.id <= marker if reverse else jobs.c.id >= marker)
    if state is not None:
        query = query.where(jobs.c.state == state)
    if cluster_id is not None:
        on_cluster = select(clusters.c.seq).where(clusters.c.id == cluster_id).scalar_subquery()
        query = query.where(
            exists().where(tasks.c.job_seq == jobs.c.seq, tasks.c.cluster_seq == on_cluster)
        )
    order = jobs.c.id.desc() if reverse else jobs.c.id.asc()
    return connection.execute(query.order_by(order).limit(limit)).all()


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


def find_task(connection: Connection, job_seq: int, name: str) -> AnyRow | None:
    """Return a task, or None if the job has none of this name."""
    return connection.execute(_FIND_TASK, {"of_job": job_seq, "named": name}).one_or_none()


def find_plan(connection: Connection, task: AnyRow) -> TaskPlan:
    """Return what is to be run for a task."""
    parameters = {"of_job": task.job_seq, "of_task": task.pos}
    return TaskPlan.from_json(connection.execute(_FIND_PLAN, parameters).scalar_one())


def list_tasks(
    connection: Connection,
    job_seq: int,
    *,
    marker: str,
    limit: int,
    state: str | None = None,
    cluster_id: str | None = None,
) -> Sequence[AnyRow]:
    """Return a job's tasks in the order of its description, from the one named `marker` on."""
    query = select(tasks).where(tasks.c.job_seq == job_seq)
    if marker:
        first = select(tasks.c.pos).where(tasks.c.job_seq == job_seq, tasks.c.name == marker)
        query = query.where(tasks.c.pos >= first.scalar_subquery())
    if state is not None:
        query = query.where(tasks.c.state == state)
    if cluster_id is not None:
        on_cluster = select(clusters.c.seq).where(clusters.c.id == cluster_id).scalar_subquery()
        query = query.where(tasks.c.cluster_seq == on_cluster)
    return connection.execute(query.order_by(tasks.c.pos).limit(limit)).all()


def find_instance(connection: Connection, task: AnyRow, index: int) -> InstanceRecord | None:
    """Return an instance of a task, or None if the number is too large."""
    found = list_instances(connection, task, start=index, limit=1)
    return found[0] if found and found[0].idx == index else None


def list_instances(
    connection: Connection, task: AnyRow, *, start: int, limit: int, state: str | None = None
) -> list[InstanceRecord]:
    """Return a task's instances from number `start` on, in their order."""
    found: list[InstanceRecord] = []
    if start < task.tail:
        parameters: dict[str, Any] = {
            "of_job": task.job_seq,
            "of_task": task.pos,
            "first": start,
            "most": limit,
        }
        if state is not None:
            parameters["hidden"] = [
                each for each in _INSTANCE_STATES if states.visible(each) == state
            ]
        query = _INSTANCES if state is None else _INSTANCES_IN_STATES
        rows = connection.execute(query, parameters)
        found = [InstanceRecord(*row) for row in rows]
    if state is None or states.visible(task.tail_state) == state:
        first = max(start, task.tail)
        last = min(task.instance_count, first + limit - len(found))
        found += [_of_tail(task, index) for index in range(first, last)]
    return found


_INSTANCE_STATES = (states.DISPATCHED, *states.VISIBLE)


def _of_tail(task: AnyRow, index: int) -> InstanceRecord:
    return InstanceRecord(
        index, task.tail_state, ended=task.tail_ended, error_message=task.tail_message
    )
