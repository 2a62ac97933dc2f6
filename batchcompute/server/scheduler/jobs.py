"""Changes that callers make to existing jobs."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import and_, case, delete, exists, func, insert, select, update

from batchcompute.server.model import states
from batchcompute.server.model.caller import OPERATOR, Caller, Kind
from batchcompute.server.model.errors import forbidden, not_found, state_conflict
from batchcompute.server.model.plan import TaskPlan
from batchcompute.server.scheduler import cancellation, causes, lifecycle, notify
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.scheduler.write_batch import MAX_EARLIER, MAX_EARLIER_MESSAGE
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import (
    FAILED,
    OF_TASK,
    clusters,
    earlier_attempts,
    instances,
    jobs,
    task_plans,
    tasks,
)


def stop(unit: Unit, job_id: str, caller: Caller = OPERATOR) -> None:
    """Stop a job at once; its programs are killed right after.

    Raises:
        ApiError: The job is unknown or has ended.
    """
    job = _find(unit, job_id, "stop", caller)
    causes.touched(unit, job.seq, job_id, "stopped")
    cancellation.halt(unit, job.seq, "stop", "")


def start(unit: Unit, job_id: str, caller: Caller = OPERATOR) -> None:
    """Run again what of a job has not finished.

    Raises:
        ApiError: The job is unknown, or neither stopped nor failed, or its cluster may not be used
            any more.
    """
    job = _find(unit, job_id, "start", caller)
    rows = unit.connection.execute(
        select(
            tasks.c.pos,
            tasks.c.state,
            tasks.c.cluster_seq,
            tasks.c.failed,
            tasks.c.stopped,
            task_plans.c.successors,
            task_plans.c.plan,
        )
        .join(task_plans, OF_TASK)
        .where(tasks.c.job_seq == job.seq)
    ).all()
    open_tasks = [row for row in rows if row.state != states.FINISHED]
    again = sum(row.failed + row.stopped for row in open_tasks)
    unit.limits.check_job(lambda: unit.connection, job.account, again, job.priority)
    _check_clusters(unit, {row.cluster_seq for row in rows}, caller)
    causes.touched(unit, job.seq, job_id, "started again")
    unit.connection.execute(
        update(jobs)
        .where(jobs.c.seq == job.seq)
        .values(state=states.JOB.after(job.state, "restart"), message="", started=None, ended=None)
    )
    unmet = {row.pos: 0 for row in rows}
    for row in rows:
        if row.state != states.FINISHED:
            for pos in json.loads(row.successors):
                unmet[pos] += 1
    for row in rows:
        if states.TASK.may(row.state, "restart"):
            _restart_task(unit, job, row, unmet[row.pos])
    unit.task_changed(job.seq)
    notify.job_became(unit, job.seq, job.topic, states.WAITING)
    again = [row.pos for row in rows if states.TASK.may(row.state, "restart")]
    notify.tasks_became(unit, job.seq, job.topic, states.WAITING, again)
    for pos in again:
        _tell_of_waiting(unit, job, pos)
    lifecycle.resume(unit, job.seq)


def change_priority(unit: Unit, job_id: str, priority: int, caller: Caller = OPERATOR) -> None:
    """Change a job's place in the queue.

    Raises:
        ApiError: The job is unknown, or neither stopped nor failed, or its account may not have
            such a priority.
    """
    job = _find(unit, job_id, "change_priority", caller)
    unit.limits.check_priority(job.account, priority)
    for table, column in ((jobs, jobs.c.seq), (tasks, tasks.c.job_seq)):
        unit.connection.execute(update(table).where(column == job.seq).values(priority=priority))
    unit.task_changed(job.seq)
    notify.priority_changed(unit, job.seq, job.topic, job.priority, priority)


def remove(unit: Unit, job_id: str, caller: Caller = OPERATOR) -> None:
    """Delete a job.

    Raises:
        ApiError: The job is unknown or under way.
    """
    job = _find(unit, job_id, "delete", caller)
    causes.touched(unit, job.seq, job_id, "deleted")
    lifecycle.remove(unit, job.seq)


def _find(unit: Unit, job_id: str, action: str, caller: Caller) -> AnyRow:
    columns = (jobs.c.seq, jobs.c.state, jobs.c.topic, jobs.c.priority, jobs.c.account)
    query = select(*columns).where(jobs.c.id == job_id, jobs.c.deleted.is_(False))
    job = unit.connection.execute(query).one_or_none()
    if job is None or not caller.owns(job.account):
        raise not_found()
    if job.state not in states.JOB_ACTIONS[action]:
        raise state_conflict(job.state)
    return job


def _check_clusters(unit: Unit, seqs: Iterable[int | None], caller: Caller) -> None:
    """Refuse to go on where a grant has been taken back."""
    if caller.scope is None:
        return
    query = select(clusters.c.id, clusters.c.account).where(clusters.c.seq.in_(list(seqs)))
    for cluster in unit.connection.execute(query):
        if not caller.sees(cluster.account, Kind.CLUSTER, cluster.id):
            raise forbidden(f"Cluster {cluster.id} is not granted any more.")


def _tell_of_waiting(unit: Unit, job: AnyRow, pos: int) -> None:
    if notify.wants(job.topic, "OnInstanceWaiting") is not None:
        query = select(tasks).where(tasks.c.job_seq == job.seq, tasks.c.pos == pos)
        numbers = notify.open_instances(unit, unit.connection.execute(query).one())
        notify.instances_became(unit, job.seq, pos, job.topic, states.WAITING, numbers)


def _restart_task(unit: Unit, job: AnyRow, task: AnyRow, unmet: int) -> None:
    _keep_failed(unit, job.seq, task.pos)
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
            machine_id=None,
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


def _keep_failed(unit: Unit, job_seq: int, pos: int) -> None:
    """Keep how the failed instances of a task ended, before they forget it and run again."""
    kept = earlier_attempts.c
    of_task = (instances.c.job_seq == job_seq, instances.c.task_pos == pos)
    same = and_(
        kept.job_seq == instances.c.job_seq,
        kept.task_pos == instances.c.task_pos,
        kept.idx == instances.c.idx,
    )
    is_first = and_(instances.c.retries == 0, instances.c.losses == 0)
    found = select(
        instances.c.job_seq,
        instances.c.task_pos,
        instances.c.idx,
        instances.c.number,
        func.coalesce(instances.c.machine_id, ""),
        # That of the first attempt; when a later one began is not known.
        case((is_first, instances.c.started)),
        func.coalesce(instances.c.ended, unit.now),
        instances.c.exit_code,
        instances.c.error_code,
        func.substr(instances.c.error_message, 1, MAX_EARLIER_MESSAGE),
    ).where(
        *of_task,
        FAILED,
        # What never ran since its last attempt was kept has nothing to add.
        ~exists().where(same, kept.number == instances.c.number),
    )
    unit.connection.execute(insert(earlier_attempts).from_select([*kept.keys()], found))
    unit.connection.execute(
        delete(earlier_attempts).where(
            kept.job_seq == job_seq,
            kept.task_pos == pos,
            exists().where(same, instances.c.number >= kept.number + MAX_EARLIER),
        )
    )
