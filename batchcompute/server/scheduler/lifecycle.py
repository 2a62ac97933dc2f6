"""How tasks and jobs begin, go on and end."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, case, func, select, update

from batchcompute.server.model import states
from batchcompute.server.model.plan import TaskPlan, notes_on
from batchcompute.server.scheduler import machines, notifications
from batchcompute.server.scheduler.completion import JobEnded
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import OF_TASK, clusters, instances, jobs, task_plans, tasks

#: Name of the only group of a cluster that was made for a task.
AUTO_GROUP = "auto"

_COUNTED = (
    tasks.c.job_seq,
    tasks.c.pos,
    tasks.c.state,
    tasks.c.waiting,
    tasks.c.dispatched,
    tasks.c.running,
    tasks.c.topic,
)

#: The columns of a `JobEnded`, in its order.
_ENDED = (jobs.c.id, jobs.c.state, jobs.c.message, jobs.c.started, jobs.c.ended)

# Made once: putting a statement together costs more than running it.
_JOB_STATE = select(jobs.c.state).where(
    jobs.c.seq == bindparam("of_job"), jobs.c.deleted.is_(False)
)
_CLUSTER_STATE = select(clusters.c.state).where(clusters.c.seq == bindparam("of_cluster"))
_UNBLOCKED_TASKS = (
    select(tasks, task_plans.c.plan)
    .join(task_plans, OF_TASK)
    .where(
        tasks.c.job_seq == bindparam("of_job"),
        tasks.c.state == states.WAITING,
        tasks.c.unmet == 0,
        tasks.c.ready.is_(False),
    )
    .order_by(tasks.c.pos)
)
_PLAN = select(task_plans.c.plan, task_plans.c.successors).where(
    task_plans.c.job_seq == bindparam("of_job"), task_plans.c.pos == bindparam("of_task")
)
_HAND_OUT = (
    update(tasks)
    .where(tasks.c.job_seq == bindparam("of_job"), tasks.c.pos == bindparam("of_task"))
    .values(ready=True, queued=tasks.c.waiting > 0, cluster_seq=bindparam("on_cluster"))
)


def count(unit: Unit, job_seq: int, pos: int, **deltas: int) -> AnyRow:
    """Change a task's counters.

    Args:
        unit: The unit of work.
        job_seq: The job.
        pos: The task.
        **deltas: Name of a counter, or `tail`, and what to add to it.

    Returns:
        The task's key, state, and counters of what is not final.
    """
    parameters = {f"add_{name}": delta for name, delta in deltas.items()}
    return unit.connection.execute(
        _counting(tuple(deltas)), {"of_job": job_seq, "of_task": pos, **parameters}
    ).one()


@cache
def _counting(names: tuple[str, ...]) -> Any:
    # Made once per set of counters: putting a statement together costs more than running it.
    waiting = tasks.c.waiting + bindparam("add_waiting")
    queued = {"queued": tasks.c.ready & (waiting > 0)} if "waiting" in names else {}
    return (
        update(tasks)
        .where(tasks.c.job_seq == bindparam("of_job"), tasks.c.pos == bindparam("of_task"))
        .values({name: tasks.c[name] + bindparam(f"add_{name}") for name in names} | queued)
        .returning(*_COUNTED)
    )


def instance_began(unit: Unit, task: AnyRow, started: int) -> None:
    """An instance's program runs; with the first one its task runs, and its job."""
    if task.state != states.WAITING:
        return
    unit.connection.execute(
        update(tasks)
        .where(*_key(task))
        .values(state=states.TASK.after(task.state, "begin"), started=started)
    )
    notifications.tasks_became(unit, task.job_seq, task.topic, states.RUNNING, [task.pos])
    began = unit.connection.execute(
        update(jobs)
        .where(jobs.c.seq == task.job_seq, jobs.c.state.in_(states.JOB.sources("begin")))
        .values(state=states.JOB.target("begin"), started=func.coalesce(jobs.c.started, started))
    )
    if began.rowcount:
        notifications.job_became(unit, task.job_seq, task.topic, states.RUNNING)


def instance_done(unit: Unit, task: AnyRow) -> None:
    """An instance reached its end; with the last one its task does."""
    if not (task.waiting or task.dispatched or task.running):
        finish_task(unit, task.job_seq, task.pos)


def instance_failed(unit: Unit, task: AnyRow, message: str) -> None:
    """An instance has no attempt left."""
    query = select(jobs.c.fail_on_instance_fail).where(jobs.c.seq == task.job_seq)
    if unit.connection.scalar(query):
        halt(unit, task.job_seq, "fail", message, failed_pos=task.pos)
    else:
        instance_done(unit, task)


def finish_task(unit: Unit, job_seq: int, pos: int) -> None:
    """All instances of a task have ended: its successors may run, or its job has finished."""
    task = unit.connection.execute(
        update(tasks)
        .where(
            tasks.c.job_seq == job_seq,
            tasks.c.pos == pos,
            tasks.c.state.in_(states.TASK.sources("finish")),
        )
        .values(
            state=states.TASK.target("finish"),
            ended=_end(unit, tasks),
            ready=False,
            queued=False,
        )
        .returning(tasks.c.job_seq, tasks.c.pos, tasks.c.cluster_seq, tasks.c.failed, tasks.c.topic)
    ).one_or_none()
    if task is None:
        return
    notifications.tasks_became(unit, job_seq, task.topic, states.FINISHED, [pos])
    found = unit.connection.execute(_PLAN, {"of_job": job_seq, "of_task": pos}).one()
    _release_cluster(unit, task, found.plan, failed=task.failed > 0)
    successors = json.loads(found.successors)
    if successors:
        unit.connection.execute(
            update(tasks)
            .where(tasks.c.job_seq == job_seq, tasks.c.pos.in_(successors))
            .values(unmet=tasks.c.unmet - 1)
        )
        resume(unit, job_seq)
    _finish_job(unit, job_seq, task.failed)


def resume(unit: Unit, job_seq: int) -> None:
    """Note that tasks of a job may have become free to run; `advance` looks at them."""
    unit.resumable.add(job_seq)


def advance(unit: Unit) -> None:
    """Hand out the instances of all tasks that may run now, in the jobs noted by `resume`.

    A list of work and no recursion, because one task may end for want of a cluster and free the
    next, which ends the same way, through a DAG of any depth.
    """
    while unit.resumable:
        _advance(unit, unit.resumable.pop())


def _advance(unit: Unit, job_seq: int) -> None:
    """Make the tasks of one job ready that wait for nothing.

    A job that was stopped and started again waits until what its former run left behind is gone,
    so that two programs of one instance never run at the same time.
    """
    state = unit.connection.scalar(_JOB_STATE, {"of_job": job_seq})
    if state not in states.JOB.sources("stop") or machines.has_cancelled(unit, job_seq):
        return
    found = unit.connection.execute(_UNBLOCKED_TASKS, {"of_job": job_seq}).all()
    for task in found:
        if not _make_ready(unit, task):
            # That ended the task and perhaps the job, so what was read is out of date.
            resume(unit, job_seq)
            return


def abandon(unit: Unit, task: AnyRow, message: str) -> None:
    """Fail all instances of a task that still wait: there is nothing left for them to run on."""
    failed = _waiting_instances(unit, task)
    unit.connection.execute(
        update(instances)
        .where(
            instances.c.job_seq == task.job_seq,
            instances.c.task_pos == task.pos,
            instances.c.state.in_(states.INSTANCE.sources("abandon")),
        )
        .values(state=states.INSTANCE.target("abandon"), ended=unit.now, error_message=message)
    )
    counted = unit.connection.execute(
        update(tasks)
        .where(*_key(task))
        .values(
            ready=False,
            queued=False,
            failed=tasks.c.failed + tasks.c.waiting,
            waiting=0,
            tail_state=states.INSTANCE.target("abandon"),
            tail_ended=unit.now,
            tail_message=message,
        )
        .returning(*_COUNTED)
    ).one()
    notifications.instances_became(unit, task.job_seq, task.pos, task.topic, states.FAILED, failed)
    instance_failed(unit, counted, f"Task {task.name}: {message}")


def _waiting_instances(unit: Unit, task: AnyRow) -> notifications.Numbers:
    if notifications.wants(task.topic, "OnInstanceFailed") is None:
        return notifications.NONE
    return notifications.open_instances(unit, task, "abandon")


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
        .values(state=states.JOB.target(event), message=message, ended=_end(unit, jobs))
        .returning(jobs.c.topic, *_ENDED)
    ).one_or_none()
    if changed is None:
        return
    topic, *ended = changed
    unit.effects.ended.append(JobEnded(*ended))
    stopped = _open_instances(unit, job_seq, topic)
    machines.cancel(unit, job_seq)
    unit.connection.execute(
        update(instances)
        .where(
            instances.c.job_seq == job_seq,
            instances.c.state.in_(states.INSTANCE.sources("stop")),
        )
        .values(state=states.INSTANCE.target("stop"), ended=_end(unit, instances))
    )
    if failed_pos is not None:
        _halt_tasks(unit, job_seq, topic, "fail", tasks.c.pos == failed_pos)
    _halt_tasks(unit, job_seq, topic, "stop")
    for pos, numbers in stopped.items():
        notifications.instances_became(unit, job_seq, pos, topic, states.STOPPED, numbers)
    notifications.job_became(unit, job_seq, topic, states.JOB.target(event))
    own = select(tasks, task_plans.c.plan).join(task_plans, OF_TASK)
    for task in unit.connection.execute(
        own.join(clusters, clusters.c.seq == tasks.c.cluster_seq).where(
            tasks.c.job_seq == job_seq,
            tasks.c.state != states.FINISHED,
            clusters.c.auto.is_(True),
        )
    ).all():
        _release_cluster(unit, task, task.plan, failed=task.state == states.FAILED)


def _open_instances(unit: Unit, job_seq: int, topic: str) -> dict[int, notifications.Numbers]:
    if notifications.wants(topic, "OnInstanceStopped") is None:
        return {}
    query = select(tasks).where(tasks.c.job_seq == job_seq).order_by(tasks.c.pos)
    found = unit.connection.execute(query).all()
    return {task.pos: notifications.open_instances(unit, task) for task in found}


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
            ended=_end(unit, tasks),
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
    notifications.tasks_became(unit, job_seq, topic, states.TASK.target(event), positions)
    unit.connection.execute(
        update(tasks)
        .where(tasks.c.job_seq == job_seq, tasks.c.tail_state == states.WAITING, *conditions)
        .values(tail_state=states.INSTANCE.after(states.WAITING, "stop"), tail_ended=unit.now)
    )


def _make_ready(unit: Unit, task: AnyRow) -> bool:
    """Hand out a task's instances; return False if the task ended instead."""
    plan = TaskPlan.from_json(task.plan)
    cluster_seq = task.cluster_seq
    if plan.auto_cluster:
        cluster_seq = _make_cluster(unit, plan)
    else:
        state = unit.connection.scalar(_CLUSTER_STATE, {"of_cluster": cluster_seq})
        if state != states.ACTIVE:
            abandon(unit, task, f"cluster {plan.cluster_id} was deleted.")
            return False
    unit.connection.execute(
        _HAND_OUT, {"of_job": task.job_seq, "of_task": task.pos, "on_cluster": cluster_seq}
    )
    unit.effects.claimable.add(cluster_seq)
    return True


def _make_cluster(unit: Unit, plan: TaskPlan) -> int:
    auto = plan.auto_cluster
    copied = ("ImageId", "InstanceType", "Configs", "UserData", "DependencyIsvService")
    description = {name: auto[name] for name in copied if name in auto}
    description["Name"] = plan.name
    description["ImageId"] = auto.get("ImageId") or auto.get("ECSImageId")
    group = ("InstanceType", "ResourceType", "SpotStrategy", "SpotPriceLimit")
    description["Groups"] = {AUTO_GROUP: {name: auto[name] for name in group if name in auto}}
    # More machines than programs that can run at once would only stand idle.
    sizes = {AUTO_GROUP: min(plan.instance_count, unit.slots)}
    seq, _ = machines.create_cluster(unit, description, sizes, auto=True)
    machines.log(unit, seq, notes_on(description))
    return seq


def _release_cluster(unit: Unit, task: AnyRow, text: str, *, failed: bool) -> None:
    plan = TaskPlan.from_json(text)
    if plan.auto_cluster and task.cluster_seq is not None:
        if failed and plan.reserve_on_fail:
            machines.log(unit, task.cluster_seq, ["Reserved because its task failed"])
        else:
            machines.dissolve(unit, task.cluster_seq)


def _finish_job(unit: Unit, job_seq: int, failed: int) -> None:
    open_task = select(tasks.c.pos).where(
        tasks.c.job_seq == job_seq, tasks.c.state != states.FINISHED
    )
    if unit.connection.execute(open_task.limit(1)).first() is not None:
        return
    job = unit.connection.execute(
        update(jobs)
        .where(jobs.c.seq == job_seq, jobs.c.state.in_(states.JOB.sources("finish")))
        .values(state=states.JOB.target("finish"), ended=_end(unit, jobs))
        .returning(jobs.c.auto_release, jobs.c.topic, *_ENDED)
    ).one_or_none()
    if job is None:
        return
    unit.effects.ended.append(
        JobEnded(job.id, job.state, job.message, job.started, job.ended, failed)
    )
    notifications.job_became(unit, job_seq, job.topic, job.state)
    if job.auto_release:
        remove(unit, job_seq)


def remove(unit: Unit, job_seq: int) -> None:
    """Hide a job from everybody; its rows are removed in the background."""
    unit.connection.execute(update(jobs).where(jobs.c.seq == job_seq).values(deleted=True))
    unit.effects.purge = True


def _end(unit: Unit, table: Table) -> ColumnElement[int]:
    """Return the present as an end: never before the beginning, though clocks are set back."""
    began = table.c.started
    return case((began > unit.now, began), else_=unit.now)


def _key(task: AnyRow) -> tuple[Any, Any]:
    job_seq = task.job_seq
    return tasks.c.job_seq == job_seq, tasks.c.pos == task.pos
