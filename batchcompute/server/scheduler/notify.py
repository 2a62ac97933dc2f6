"""The messages about jobs, tasks, instances and clusters, written while it happens.

Each function looks first whether anybody wants the event, so that jobs without a topic pay nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from batchcompute.server.model import states
from batchcompute.server.model.clock import to_wire
from batchcompute.server.notifications.topics import Notification, Topic, read_topic, topic_text
from batchcompute.server.scheduler.cached_rows import CachedAttempt, CachedTask
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import clusters, instances, jobs, tasks

#: Notifications of one unit of work at the most; a job of many instances has as many.
MAX_TOLD = 1000


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which instances of a task, of which there may be more than fit into memory.

    Attributes:
        first: The lowest numbers, ascending; all of them, or at least as many as can be told.
        count: How many there are.
    """

    first: Sequence[int]
    count: int


#: No instances.
NONE = Numbers((), 0)


def wants(topic: str, event: str) -> Topic | None:
    """Return the topic if the event is wanted there.

    Args:
        topic: A topic as the database keeps it.
        event: Name of the event.
    """
    read = read_topic(topic) if topic else None
    return read if read is not None and event in read.events else None


def job_became(unit: Unit, job_seq: int, topic: str, state: str) -> None:
    """Say that a job has come into a state."""
    event = f"OnJob{state}"
    if (wanted := wants(topic, event)) is not None:
        job = _job(unit, job_seq)
        times = _times(job.started, job.ended)
        start = {"CreationTime": to_wire(job.created), "StartTime": times["StartTime"]}
        end = {"EndTime": times["EndTime"], "Message": job.message}
        _add(unit, job.account, wanted, {**_of_job(job, event), **start, **end})


def priority_changed(unit: Unit, job_seq: int, topic: str, before: int, after: int) -> None:
    """Say that a job has got another place in the queue."""
    event = "OnPriorityChange"
    if (wanted := wants(topic, event)) is not None:
        job = _job(unit, job_seq)
        body = _of_job(job, event)
        _add(unit, job.account, wanted, {**body, "From": before, "To": after})


def tasks_became(unit: Unit, job_seq: int, topic: str, state: str, positions: Any) -> None:
    """Tasks of a job have come into a state.

    Args:
        unit: The unit of work.
        job_seq: The job.
        topic: Its topic.
        state: The state.
        positions: The tasks, by their place in the job; None for all.
    """
    event = f"OnTask{state}"
    wanted = wants(topic, event)
    if wanted is None:
        return
    query = (
        select(tasks.c.name, tasks.c.started, tasks.c.ended, tasks.c.account, jobs.c.id)
        .join(jobs, jobs.c.seq == tasks.c.job_seq)
        .where(tasks.c.job_seq == job_seq)
        .order_by(tasks.c.pos)
    )
    if positions is not None:
        query = query.where(tasks.c.pos.in_(positions))
    for row in unit.connection.execute(query).all():
        body = _of_task(row.id, row.name, event, state)
        _add(unit, row.account, wanted, {**body, **_times(row.started, row.ended)})


def instances_became(
    unit: Unit, job_seq: int, pos: int, topic: str, state: str, numbers: Numbers
) -> None:
    """Instances of a task have come into a state."""
    event = f"OnInstance{state}"
    wanted = wants(topic, event)
    if wanted is None or not numbers.count:
        return
    told = numbers.first[: max(0, MAX_TOLD - len(unit.effects.notifications))]
    unit.effects.lost_notifications += numbers.count - len(told)
    if not told:
        return
    query = (
        select(tasks.c.name, tasks.c.account, jobs.c.id)
        .join(jobs, jobs.c.seq == tasks.c.job_seq)
        .where(tasks.c.job_seq == job_seq, tasks.c.pos == pos)
    )
    task = unit.connection.execute(query).one()
    known = select(instances.c.idx, instances.c.started, instances.c.ended).where(
        instances.c.job_seq == job_seq,
        instances.c.task_pos == pos,
        instances.c.idx.in_(told),
    )
    times = {row.idx: _times(row.started, row.ended) for row in unit.connection.execute(known)}
    for number in told:
        body = _of_task(task.id, task.name, event, state)
        never = _times(None, None)
        told_body = {**body, **times.get(number, never), "InstanceId": number}
        _add(unit, task.account, wanted, told_body)


def instance_became(
    unit: Unit, attempt: CachedAttempt, task: CachedTask, state: str, ended: int | None
) -> None:
    """Say that an instance has come into a state by its attempt."""
    if not task.topic:
        return
    event = f"OnInstance{state}"
    if (wanted := wants(task.topic, event)) is not None:
        body = _of_task(task.job_id, task.name, event, state)
        times = _times(attempt.started, ended)
        _add(unit, task.account, wanted, {**body, **times, "InstanceId": attempt.idx})


def open_instances(unit: Unit, task: AnyRow, event: str = "stop") -> Numbers:
    """Return the numbers of a task's instances that an event may happen to.

    Args:
        unit: The unit of work.
        task: The whole row of the task.
        event: An event of instances.
    """
    sources = states.INSTANCE.sources(event)
    of_task = (
        instances.c.job_seq == task.job_seq,
        instances.c.task_pos == task.pos,
        instances.c.state.in_(sources),
    )
    count = unit.connection.scalar(select(func.count()).where(*of_task)) or 0
    query = select(instances.c.idx).where(*of_task).order_by(instances.c.idx).limit(MAX_TOLD)
    first = unit.connection.scalars(query).all()
    # Those without a row have higher numbers than all that have one.
    tail = range(task.tail, task.instance_count) if task.tail_state in sources else range(0)
    return Numbers((*first, *tail[: MAX_TOLD - len(first)]), count + len(tail))


def machines_became(
    unit: Unit, cluster_seq: int, event: str, state: str, rows: Sequence[tuple[AnyRow, str]]
) -> None:
    """Machines of a cluster were created or are active; each comes with its IP address."""
    if not rows:
        return
    cluster = _cluster(unit, cluster_seq)
    if (wanted := wants(_topic_of(cluster), event)) is None:
        return
    for machine, ip_address in rows:
        body = {
            "Category": "Cluster",
            "ClusterId": cluster.id,
            "Group": machine.group_name,
            "InstanceId": machine.id,
            "InnerIpAddress": ip_address,
            "Hints": "",
            "State": state,
            "CreationTime": to_wire(machine.created),
            "Event": event,
        }
        _add(unit, cluster.account, wanted, body)


def cluster_deleted(unit: Unit, cluster_seq: int) -> None:
    """Say that a cluster is about to vanish."""
    event = "OnClusterDeleted"
    cluster = _cluster(unit, cluster_seq)
    if (wanted := wants(_topic_of(cluster), event)) is not None:
        body = {
            "Category": "Cluster",
            "ClusterId": cluster.id,
            "ClusterName": json.loads(cluster.description)["Name"],
            "CreationTime": to_wire(cluster.created),
            "State": "Deleted",
            "Event": event,
        }
        _add(unit, cluster.account, wanted, body)


def _add(unit: Unit, account: int, topic: Topic, body: dict[str, Any]) -> None:
    if len(unit.effects.notifications) < MAX_TOLD:
        unit.effects.notifications.append(Notification(topic, body, account))
    else:
        unit.effects.lost_notifications += 1


def _job(unit: Unit, job_seq: int) -> AnyRow:
    return unit.connection.execute(select(jobs).where(jobs.c.seq == job_seq)).one()


def _cluster(unit: Unit, cluster_seq: int) -> AnyRow:
    return unit.connection.execute(select(clusters).where(clusters.c.seq == cluster_seq)).one()


def _topic_of(cluster: AnyRow) -> str:
    # Most descriptions have none, and reading one as JSON costs more than searching it.
    text = cluster.description
    return topic_text(json.loads(text)) if '"Notification"' in text else ""


def _of_job(job: AnyRow, event: str) -> dict[str, Any]:
    return {
        "Category": "Job",
        "JobId": job.id,
        "JobName": job.name,
        "Event": event,
        "State": job.state,
    }


def _of_task(job_id: str, task: str, event: str, state: str) -> dict[str, Any]:
    return {"Category": "Job", "JobId": job_id, "Task": task, "Event": event, "State": state}


def _times(started: int | None, ended: int | None) -> dict[str, str]:
    return {"StartTime": to_wire(started), "EndTime": to_wire(ended)}
