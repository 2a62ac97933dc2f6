"""Reading the tasks of a job, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from batchcompute.server.model.plan import TaskPlan
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import clusters, task_plans, tasks

_FIND_TASK = select(tasks).where(
    tasks.c.job_seq == bindparam("of_job"), tasks.c.name == bindparam("named")
)
_FIND_PLAN = select(task_plans.c.plan).where(
    task_plans.c.job_seq == bindparam("of_job"), task_plans.c.pos == bindparam("of_task")
)


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
