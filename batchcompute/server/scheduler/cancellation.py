"""Ending a job before its tasks have ended: its caller stops it, or one of its instances failed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from batchcompute.server.model import states
from batchcompute.server.model.plan import TaskPlan
from batchcompute.server.scheduler import auto_clusters, cluster_rows, notify
from batchcompute.server.scheduler.job_waiters import JobEnded
from batchcompute.server.scheduler.times import end_of
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.tables import OF_TASK, clusters, instances, jobs, task_plans, tasks


def halt(
    unit: Unit, job_seq: int, event: str, message: str, *, failed_pos: int | None = None
) -> None:
    """End a job before its tasks did; everything in it that is not final is stopped.

    Args:
        unit: The unit of work.
        job_seq: The job.
        event: "stop" or "fail".
        message: The job's message from now on.
        failed_pos: The task that failed, if one did.
    """
    changed = unit.connection.execute(
        update(jobs)
        .where(jobs.c.seq == job_seq, jobs.c.state.in_(states.JOB.sources(event)))
        .values(state=states.JOB.target(event), message=message, ended=end_of(jobs, unit.now))
        .returning(
            jobs.c.topic,
            jobs.c.id,
            jobs.c.state,
            jobs.c.message,
            jobs.c.started,
            jobs.c.ended,
            jobs.c.created,
        )
    ).one_or_none()
    if changed is None:
        return
    topic = changed.topic
    unit.effects.ended.append(
        JobEnded(
            changed.id,
            changed.state,
            changed.message,
            changed.started,
            changed.ended,
            created=changed.created,
        )
    )
    stopped = _open_instances(unit, job_seq, topic)
    _cancel_attempts(unit, job_seq)
    unit.connection.execute(
        update(instances)
        .where(
            instances.c.job_seq == job_seq,
            instances.c.state.in_(states.INSTANCE.sources("stop")),
        )
        .values(state=states.INSTANCE.target("stop"), ended=end_of(instances, unit.now))
    )
    if failed_pos is not None:
        _halt_tasks(unit, job_seq, topic, "fail", tasks.c.pos == failed_pos)
    _halt_tasks(unit, job_seq, topic, "stop")
    unit.task_changed(job_seq)
    for pos, numbers in stopped.items():
        notify.instances_became(unit, job_seq, pos, topic, states.STOPPED, numbers)
    notify.job_became(unit, job_seq, topic, states.JOB.target(event))
    _release_clusters(unit, job_seq)


def _cancel_attempts(unit: Unit, job_seq: int) -> None:
    for attempt in unit.cache.attempts_of_job(job_seq):
        attempt.settled = True
        if cluster_rows.cancel(unit, attempt):
            unit.effects.stops.append(attempt.attempt_id)


def _release_clusters(unit: Unit, job_seq: int) -> None:
    own = select(tasks.c.cluster_seq, tasks.c.state, task_plans.c.plan).join(task_plans, OF_TASK)
    for task in unit.connection.execute(
        own.join(clusters, clusters.c.seq == tasks.c.cluster_seq).where(
            tasks.c.job_seq == job_seq,
            tasks.c.state != states.FINISHED,
            clusters.c.auto.is_(True),
        )
    ).all():
        plan = TaskPlan.from_json(task.plan)
        auto_clusters.release(unit, plan, task.cluster_seq, failed=task.state == states.FAILED)


def _open_instances(unit: Unit, job_seq: int, topic: str) -> dict[int, notify.Numbers]:
    if notify.wants(topic, "OnInstanceStopped") is None:
        return {}
    query = select(tasks).where(tasks.c.job_seq == job_seq).order_by(tasks.c.pos)
    found = unit.connection.execute(query).all()
    return {task.pos: notify.open_instances(unit, task) for task in found}


def _halt_tasks(unit: Unit, job_seq: int, topic: str, event: str, *conditions: Any) -> None:
    not_final = tasks.c.waiting + tasks.c.dispatched + tasks.c.running
    halted = unit.connection.execute(
        update(tasks)
        .where(
            tasks.c.job_seq == job_seq,
            tasks.c.state.in_(states.TASK.sources(event)),
            *conditions,
        )
        .values(
            state=states.TASK.target(event),
            ended=end_of(tasks, unit.now),
            ready=False,
            queued=False,
            stopped=tasks.c.stopped + not_final,
            waiting=0,
            dispatched=0,
            running=0,
        )
        .returning(tasks.c.pos)
    ).all()
    positions = [row.pos for row in halted]
    notify.tasks_became(unit, job_seq, topic, states.TASK.target(event), positions)
    unit.connection.execute(
        update(tasks)
        .where(tasks.c.job_seq == job_seq, tasks.c.tail_state == states.WAITING, *conditions)
        .values(tail_state=states.INSTANCE.after(states.WAITING, "stop"), tail_ended=unit.now)
    )
