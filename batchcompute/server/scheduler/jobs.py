"""What callers do with jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from batchcompute.server.model import states
from batchcompute.server.model.environment import DOCKER_VARIABLE
from batchcompute.server.model.errors import invalid, not_found, state_conflict
from batchcompute.server.model.plan import JobPlan, TaskPlan
from batchcompute.server.scheduler import cancellation, lifecycle, notifications
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.database import next_numbers
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import (
    OF_TASK,
    clusters,
    instances,
    job_descriptions,
    jobs,
    task_plans,
    tasks,
)

#: Rows removed in one go for deleted jobs, so that nobody waits long for the writer.
PURGE_CHUNK = 5000

# Made once: putting a statement together costs more than running it.
_INSERT_JOB = insert(jobs)
_INSERT_DESCRIPTION = insert(job_descriptions)
_INSERT_TASKS = insert(tasks)
_INSERT_PLANS = insert(task_plans)
_FIND_CLUSTER = select(clusters.c.seq, clusters.c.state).where(clusters.c.id == bindparam("wanted"))


def create(unit: Unit, plan: JobPlan, description: str) -> str:
    """Make a job, Waiting, with all its tasks and instances.

    Args:
        unit: The unit of work.
        plan: What to run.
        description: The JobDescription as it was sent, JSON.

    Returns:
        The job's id.

    Raises:
        ApiError: A cluster is unknown or being deleted, or a container is wanted and there are
            none here.
    """
    _check_containers(unit, plan)
    cluster_seqs = _find_clusters(unit, plan)
    (seq,) = next_numbers(unit.connection, "job")
    job_id = unit.identifiers.job(seq)
    row = {
        "seq": seq,
        "id": job_id,
        "name": plan.name,
        "state": states.WAITING,
        "message": "",
        "created": unit.now,
        "priority": plan.priority,
        "fail_on_instance_fail": plan.fail_on_instance_fail,
        "auto_release": plan.auto_release,
        "topic": plan.topic,
        "unfinished": len(plan.tasks),
        "deleted": False,
    }
    unit.connection.execute(_INSERT_JOB, row)
    unit.connection.execute(_INSERT_DESCRIPTION, {"job_seq": seq, "description": description})
    unmet = [0] * len(plan.tasks)
    for successors in plan.successors:
        for pos in successors:
            unmet[pos] += 1
    rows = [
        {
            "job_seq": seq,
            "pos": pos,
            "name": task.name,
            "state": states.WAITING,
            "cluster_seq": cluster_seqs.get(task.cluster_id),
            "unmet": unmet[pos],
            "ready": False,
            "queued": False,
            "priority": plan.priority,
            "topic": plan.topic,
            "instance_count": task.instance_count,
            "max_retries": task.max_retries,
            "tail": 0,
            "tail_state": states.WAITING,
            "tail_message": "",
            "waiting": task.instance_count,
            "dispatched": 0,
            "running": 0,
            "finished": 0,
            "failed": 0,
            "stopped": 0,
        }
        for pos, task in enumerate(plan.tasks)
    ]
    unit.connection.execute(_INSERT_TASKS, rows)
    plans = [
        {
            "job_seq": seq,
            "pos": pos,
            "plan": task.to_json(),
            "successors": json.dumps(plan.successors[pos]),
        }
        for pos, task in enumerate(plan.tasks)
    ]
    unit.connection.execute(_INSERT_PLANS, plans)
    notifications.job_became(unit, seq, plan.topic, states.WAITING)
    notifications.tasks_became(unit, seq, plan.topic, states.WAITING, None)
    for pos, task in enumerate(plan.tasks):
        every = notifications.Numbers(range(task.instance_count), task.instance_count)
        notifications.instances_became(unit, seq, pos, plan.topic, states.WAITING, every)
    lifecycle.resume(unit, seq)
    return job_id


def stop(unit: Unit, job_id: str) -> None:
    """Stop a job at once; its programs are killed right after.

    Raises:
        ApiError: The job is unknown or has ended.
    """
    job = _find(unit, job_id, "stop")
    cancellation.halt(unit, job.seq, "stop", "")


def start(unit: Unit, job_id: str) -> None:
    """Run again what of a job has not finished.

    Raises:
        ApiError: The job is unknown, or neither stopped nor failed.
    """
    job = _find(unit, job_id, "start")
    unit.connection.execute(
        update(jobs)
        .where(jobs.c.seq == job.seq)
        .values(state=states.JOB.after(job.state, "restart"), message="", started=None, ended=None)
    )
    rows = unit.connection.execute(
        select(
            tasks.c.pos,
            tasks.c.state,
            tasks.c.cluster_seq,
            task_plans.c.successors,
            task_plans.c.plan,
        )
        .join(task_plans, OF_TASK)
        .where(tasks.c.job_seq == job.seq)
    ).all()
    unmet = {row.pos: 0 for row in rows}
    for row in rows:
        if row.state != states.FINISHED:
            for pos in json.loads(row.successors):
                unmet[pos] += 1
    for row in rows:
        if states.TASK.may(row.state, "restart"):
            _restart_task(unit, job, row, unmet[row.pos])
    unit.task_changed(job.seq)
    notifications.job_became(unit, job.seq, job.topic, states.WAITING)
    again = [row.pos for row in rows if states.TASK.may(row.state, "restart")]
    notifications.tasks_became(unit, job.seq, job.topic, states.WAITING, again)
    for pos in again:
        _tell_of_waiting(unit, job, pos)
    lifecycle.resume(unit, job.seq)


def change_priority(unit: Unit, job_id: str, priority: int) -> None:
    """Change a job's place in the queue.

    Raises:
        ApiError: The job is unknown, or neither stopped nor failed.
    """
    job = _find(unit, job_id, "change_priority")
    for table, column in ((jobs, jobs.c.seq), (tasks, tasks.c.job_seq)):
        unit.connection.execute(update(table).where(column == job.seq).values(priority=priority))
    unit.task_changed(job.seq)
    notifications.priority_changed(unit, job.seq, job.topic, job.priority, priority)


def remove(unit: Unit, job_id: str) -> None:
    """Delete a job.

    Raises:
        ApiError: The job is unknown or under way.
    """
    job = _find(unit, job_id, "delete")
    lifecycle.remove(unit, job.seq)


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
    statement = delete(instances).where(instances.c.job_seq == seq)
    if bound is not None:
        same = (instances.c.task_pos == bound.task_pos) & (instances.c.idx < bound.idx)
        statement = statement.where((instances.c.task_pos < bound.task_pos) | same)
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


def _find(unit: Unit, job_id: str, action: str) -> AnyRow:
    columns = (jobs.c.seq, jobs.c.state, jobs.c.topic, jobs.c.priority)
    query = select(*columns).where(jobs.c.id == job_id, jobs.c.deleted.is_(False))
    job = unit.connection.execute(query).one_or_none()
    if job is None:
        raise not_found()
    if job.state not in states.JOB_ACTIONS[action]:
        raise state_conflict(job.state)
    return job


def _tell_of_waiting(unit: Unit, job: AnyRow, pos: int) -> None:
    if notifications.wants(job.topic, "OnInstanceWaiting") is not None:
        query = select(tasks).where(tasks.c.job_seq == job.seq, tasks.c.pos == pos)
        numbers = notifications.open_instances(unit, unit.connection.execute(query).one())
        notifications.instances_became(unit, job.seq, pos, job.topic, states.WAITING, numbers)


def _check_containers(unit: Unit, plan: JobPlan) -> None:
    # Running the command outside of its container would be worse than not running it.
    refusal = (
        "This server cannot run programs in containers: it needs docker or podman, "
        "working for its user when it starts."
    )
    for task in plan.tasks:
        if not task.container or unit.containers:
            continue
        by_variable = task.environment.get(DOCKER_VARIABLE) == task.container
        member = f"EnvVars.{DOCKER_VARIABLE}" if by_variable else "Docker.Image"
        of_app = task.app_outputs is not None
        path = member if of_app else f"DAG.Tasks.{task.name}.Parameters.Command.{member}"
        raise invalid("EnvVars" if by_variable else "Docker", refusal, path)


def _find_clusters(unit: Unit, plan: JobPlan) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for task in plan.tasks:
        cluster_id = task.cluster_id
        if not cluster_id or cluster_id in found:
            continue
        cluster = unit.connection.execute(_FIND_CLUSTER, {"wanted": cluster_id}).one_or_none()
        of_app = task.app_outputs is not None
        path = "App.Config.ClusterId" if of_app else f"DAG.Tasks.{task.name}.ClusterId"
        if cluster is None:
            raise invalid("ClusterId", f"Cluster {cluster_id} is not found.", path)
        if cluster.state != states.ACTIVE:
            detail = f"Cluster {cluster_id} is in state {cluster.state}."
            raise invalid("ClusterId", detail, path)
        found[cluster_id] = cluster.seq
    return found


def _restart_task(unit: Unit, job: AnyRow, task: AnyRow, unmet: int) -> None:
    restarted = states.INSTANCE.target("restart")
    unit.connection.execute(
        update(instances)
        .where(
            instances.c.job_seq == job.seq,
            instances.c.task_pos == task.pos,
            instances.c.state.in_(states.INSTANCE.sources("restart")),
        )
        .values(
            state=restarted,
            retries=0,
            losses=0,
            started=None,
            ended=None,
            exit_code=0,
            error_code="",
            error_message="",
            detail="",
            node_ip="",
        )
    )
    own_cluster = bool(TaskPlan.from_json(task.plan).auto_cluster)
    unit.connection.execute(
        update(tasks)
        .where(tasks.c.job_seq == job.seq, tasks.c.pos == task.pos)
        .values(
            # A cluster of its own is made anew; the former one is gone or kept for inspection.
            cluster_seq=None if own_cluster else task.cluster_seq,
            state=states.TASK.after(task.state, "restart"),
            started=None,
            ended=None,
            unmet=unmet,
            waiting=tasks.c.waiting + tasks.c.failed + tasks.c.stopped,
            failed=0,
            stopped=0,
            tail_state=restarted,
            tail_ended=None,
            tail_message="",
        )
    )
