"""How tasks and jobs begin, go on and finish."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, func, select, text, update

from batchcompute.server.model import states
from batchcompute.server.model.plan import TaskPlan
from batchcompute.server.scheduler import auto_clusters, cancellation, notify
from batchcompute.server.scheduler.cached_rows import CachedTask, TaskKey
from batchcompute.server.scheduler.job_waiters import JobEnded
from batchcompute.server.scheduler.times import end_of
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import OF_TASK, clusters, instances, jobs, task_plans, tasks

_TASK = (tasks.c.job_seq == bindparam("of_job"), tasks.c.pos == bindparam("of_task"))
_BEGIN_TASK = CompiledStatement(
    update(tasks)
    .where(*_TASK)
    .values(
        state=text(f"'{states.TASK.after(states.WAITING, 'begin')}'"), started=bindparam("began")
    )
)
(_BEFORE_BEGIN,) = states.JOB.sources("begin")
_BEGIN_JOB = CompiledStatement(
    update(jobs)
    .where(jobs.c.seq == bindparam("of_job"), jobs.c.state == text(f"'{_BEFORE_BEGIN}'"))
    .values(
        state=text(f"'{states.JOB.target('begin')}'"),
        started=func.coalesce(jobs.c.started, bindparam("began")),
    )
)
_FINISH_TASK = CompiledStatement(
    update(tasks)
    .where(*_TASK, tasks.c.state == bindparam("in_state"))
    .values(
        state=text(f"'{states.TASK.target('finish')}'"),
        ended=end_of(tasks, bindparam("now")),
        ready=text("false"),
        queued=text("false"),
    )
)
_MEET = CompiledStatement(
    update(tasks).where(*_TASK).values(unmet=tasks.c.unmet - text("1")).returning(tasks.c.unmet)
)
_COUNT_DOWN = CompiledStatement(
    update(jobs)
    .where(jobs.c.seq == bindparam("of_job"))
    .values(unfinished=jobs.c.unfinished - text("1"))
    .returning(jobs.c.unfinished, jobs.c.state)
)
_FINISH_JOB = CompiledStatement(
    update(jobs)
    .where(jobs.c.seq == bindparam("of_job"))
    .values(state=text(f"'{states.JOB.target('finish')}'"), ended=end_of(jobs, bindparam("now")))
    .returning(
        jobs.c.id,
        jobs.c.state,
        jobs.c.message,
        jobs.c.started,
        jobs.c.ended,
        jobs.c.created,
        jobs.c.auto_release,
        jobs.c.topic,
    )
)
_JOB_STATE = CompiledStatement(
    select(jobs.c.state, jobs.c.account).where(
        jobs.c.seq == bindparam("of_job"), jobs.c.deleted.is_(False)
    )
)
_CLUSTER_STATE = CompiledStatement(
    select(clusters.c.state).where(clusters.c.seq == bindparam("of_cluster"))
)
_UNBLOCKED_TASKS = CompiledStatement(
    select(
        tasks.c.job_seq,
        tasks.c.pos,
        tasks.c.name,
        tasks.c.cluster_seq,
        tasks.c.topic,
        tasks.c.tail,
        tasks.c.tail_state,
        tasks.c.instance_count,
        task_plans.c.plan,
    )
    .join(task_plans, OF_TASK)
    .where(
        tasks.c.job_seq == bindparam("of_job"),
        tasks.c.state == text(f"'{states.WAITING}'"),
        tasks.c.unmet == text("0"),
        tasks.c.ready.is_(False),
    )
    .order_by(tasks.c.pos)
)
_HAND_OUT = CompiledStatement(
    update(tasks)
    .where(*_TASK)
    .values(
        ready=text("true"),
        queued=tasks.c.waiting > text("0"),
        cluster_seq=bindparam("on_cluster"),
    )
)


def instance_began(unit: Unit, task: CachedTask, started: int) -> None:
    """Take note that an instance's program runs; with the first one its task and job run."""
    if task.state != states.WAITING:
        return
    task.state = states.TASK.after(task.state, "begin")
    began = {**_of(task.key), "began": started}
    _BEGIN_TASK.run(unit.connection, began)
    notify.tasks_became(unit, task.job_seq, task.topic, task.state, [task.pos])
    if _BEGIN_JOB.run(unit.connection, began):
        notify.job_became(unit, task.job_seq, task.topic, states.RUNNING)


def instance_done(unit: Unit, task: CachedTask) -> None:
    """Take note of the end of an instance; with the last one its task ends."""
    if not task.open:
        _finish_task(unit, task)


def instance_failed(unit: Unit, task: CachedTask, message: str) -> None:
    """Take note that an instance has no attempt left."""
    if task.fails_job:
        cancellation.halt(unit, task.job_seq, "fail", message, failed_pos=task.pos)
    else:
        instance_done(unit, task)


def _finish_task(unit: Unit, task: CachedTask) -> None:
    """Finish a task whose instances have ended: successors may run, or its job finishes."""
    plan = unit.cache.find_plan(task)
    finished = {**_of(task.key), "in_state": task.state, "now": unit.now}
    _FINISH_TASK.run(unit.connection, finished)
    task.state = states.TASK.after(task.state, "finish")
    task.ready = task.queued = False
    notify.tasks_became(unit, task.job_seq, task.topic, task.state, [task.pos])
    auto_clusters.release(unit, plan, task.cluster_seq, failed=task.failed > 0)
    unblocked = [pos for pos in task.successors if _is_unblocked(unit, task.job_seq, pos)]
    if unblocked:
        resume(unit, task.job_seq, unblocked)
    _finish_job(unit, task)


def _is_unblocked(unit: Unit, job_seq: int, pos: int) -> bool:
    """Note that a predecessor of a task has finished; say whether it was the last one."""
    found = _MEET.first(unit.connection, _of((job_seq, pos)))
    return found is not None and found.unmet == 0


def _finish_job(unit: Unit, task: CachedTask) -> None:
    of_job = {"of_job": task.job_seq}
    left = _COUNT_DOWN.first(unit.connection, of_job)
    if left is None or left.unfinished or not states.JOB.may(left.state, "finish"):
        return
    job = _FINISH_JOB.first(unit.connection, {**of_job, "now": unit.now})
    if job is None:
        return
    unit.effects.ended.append(
        JobEnded(job.id, job.state, job.message, job.started, job.ended, task.failed, job.created)
    )
    notify.job_became(unit, task.job_seq, job.topic, job.state)
    if job.auto_release:
        remove(unit, task.job_seq)


def remove(unit: Unit, job_seq: int) -> None:
    """Hide a job from everybody; its rows are removed in the background."""
    unit.connection.execute(update(jobs).where(jobs.c.seq == job_seq).values(deleted=True))
    unit.effects.purge = True


def resume(unit: Unit, job_seq: int, positions: Iterable[int] | None = None) -> None:
    """Note that tasks of a job may have become free to run; `advance` looks at them.

    Args:
        unit: The unit of work.
        job_seq: The job.
        positions: The tasks; None for all of the job.
    """
    noted = unit.resumable.setdefault(job_seq, set())
    if positions is None:
        unit.resumable[job_seq] = None
    elif noted is not None:
        noted.update(positions)


def advance(unit: Unit) -> None:
    """Hand out the instances of all tasks that may run now, of those noted by `resume`.

    A list of work and no recursion, because one task may end for want of a cluster and free the
    next, which ends the same way, through a DAG of any depth.
    """
    while unit.resumable:
        _advance(unit, *unit.resumable.popitem())


def _advance(unit: Unit, job_seq: int, positions: set[int] | None) -> None:
    """Make the tasks of one job ready that wait for nothing.

    A job that was stopped and started again waits until what its former run left behind is gone,
    so that two programs of one instance never run at the same time.
    """
    job = _JOB_STATE.first(unit.connection, {"of_job": job_seq})
    if job is None or job.state not in states.JOB.sources("stop"):
        return
    if unit.cache.has_cancelled(job_seq):
        return
    found = _UNBLOCKED_TASKS.all(unit.connection, {"of_job": job_seq})
    for task in found:
        if positions is not None and task.pos not in positions:
            continue
        if not _make_ready(unit, task, job.account):
            # That ended the task and perhaps the job, so what was read is out of date.
            resume(unit, job_seq)
            return


def _make_ready(unit: Unit, task: AnyRow, account: int) -> bool:
    """Hand out a task's instances; return False if the task ended instead."""
    plan = TaskPlan.from_json(task.plan)
    cluster_seq = task.cluster_seq
    if plan.auto_cluster:
        cluster_seq = auto_clusters.make(unit, plan, account)
    else:
        cluster = _CLUSTER_STATE.first(unit.connection, {"of_cluster": cluster_seq})
        if cluster is None or cluster.state != states.ACTIVE:
            abandon(unit, task, f"cluster {plan.cluster_id} was deleted.")
            return False
    key = (task.job_seq, task.pos)
    _HAND_OUT.run(unit.connection, {**_of(key), "on_cluster": cluster_seq})
    unit.task_changed(*key)
    return True


def abandon(unit: Unit, task: AnyRow, message: str) -> None:
    """Fail all instances of a task that still wait: there is nothing left for them to run on.

    Args:
        unit: The unit of work.
        task: Key, name, topic, number of instances and tail of the task.
        message: Why.
    """
    failed = _waiting_instances(unit, task)
    of_task = (tasks.c.job_seq == task.job_seq, tasks.c.pos == task.pos)
    unit.connection.execute(
        update(instances)
        .where(
            instances.c.job_seq == task.job_seq,
            instances.c.task_pos == task.pos,
            instances.c.state.in_(states.INSTANCE.sources("abandon")),
        )
        .values(state=states.INSTANCE.target("abandon"), ended=unit.now, error_message=message)
    )
    unit.connection.execute(
        update(tasks)
        .where(*of_task)
        .values(
            ready=False,
            queued=False,
            failed=tasks.c.failed + tasks.c.waiting,
            waiting=0,
            tail_state=states.INSTANCE.target("abandon"),
            tail_ended=unit.now,
            tail_message=message,
        )
    )
    unit.task_changed(task.job_seq, task.pos)
    notify.instances_became(unit, task.job_seq, task.pos, task.topic, states.FAILED, failed)
    known = unit.cache.find_task((task.job_seq, task.pos))
    instance_failed(unit, known, f"Task {task.name}: {message}")
    unit.cache.task_changed(known)


def _waiting_instances(unit: Unit, task: AnyRow) -> notify.Numbers:
    if notify.wants(task.topic, "OnInstanceFailed") is None:
        return notify.NONE
    return notify.open_instances(unit, task, "abandon")


def _of(key: TaskKey) -> dict[str, Any]:
    return {"of_job": key[0], "of_task": key[1]}
