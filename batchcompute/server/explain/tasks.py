"""Why a task does not run, or failed."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import Connection

from batchcompute.server.explain import codes, failures, waiting
from batchcompute.server.explain.explanation import Cause, Explanation, Situation, count, is_or_are
from batchcompute.server.model import states
from batchcompute.server.store import explain_queries as queries
from batchcompute.server.store import instance_queries, task_queries
from batchcompute.server.store.rows import AnyRow


def explain_task(
    connection: Connection, situation: Situation, job_id: str, task_name: str
) -> Explanation | None:
    """Explain a task.

    Args:
        connection: A reader.
        situation: What the database does not say.
        job_id: Its job.
        task_name: Its name.

    Returns:
        Its explanation, or None if there is no such job or task.
    """
    job = queries.find_job(connection, job_id)
    task = None if job is None else task_queries.find_task(connection, job.seq, task_name)
    if job is None or task is None:
        return None
    return Explanation(task.state, cause_of(connection, situation, job, task))


def cause_of(connection: Connection, situation: Situation, job: AnyRow, task: AnyRow) -> Cause:
    """Say why a task is in its state."""
    match task.state:
        case states.FINISHED:
            return _finished(connection, task)
        case states.FAILED:
            return failed(connection, job, task)
        case states.STOPPED:
            return stopped(job, task.ended)
        case _:
            return _open(connection, situation, job, task)


def not_ready(connection: Connection, job: AnyRow, task: AnyRow) -> Cause:
    """Say what a task waits for before its instances may run."""
    if task.unmet:
        return _waits_for_tasks(connection, task)
    left = queries.left_of_former_run(connection, job.seq)
    if left:
        clause = (
            f"{count(left, 'program')} of the job's former run {is_or_are(left)} still being "
            "stopped, and no instance runs twice at a time"
        )
        return Cause(codes.WAITS_FOR_FORMER_RUN, clause, {"LeftCount": left})
    return Cause(codes.NEXT_TO_RUN, "its instances are about to be handed out")


def failed(connection: Connection, job: AnyRow, task: AnyRow) -> Cause:
    """Say why a task failed: for its first failed instance."""
    found = instance_queries.list_instances(connection, task, start=0, limit=1, state=states.FAILED)
    if found:
        cause = failures.of_instance(connection, task, found[0])
        if task.failed > 1:
            others = task.failed - 1
            cause = Cause(
                cause.code,
                f"{cause.clause}; {count(others, 'other instance')} failed, too",
                {**cause.details, "FailedCount": task.failed},
                cause.related,
                cause.since,
            )
        return cause
    # Its turn would have come later, so no instance of it has failed.
    message = job.message.removeprefix(f"Task {task.name}: ") or "it failed before it ran"
    return Cause(codes.CLUSTER_DELETED, message, {}, {}, task.ended)


def stopped(job: AnyRow, ended: int | None) -> Cause:
    """Say why something of a job was stopped.

    Args:
        job: The job.
        ended: When that was, in microseconds since the epoch.
    """
    if job.state == states.FAILED:
        clause = f"it was stopped, because its job failed: {job.message}"
        return Cause(codes.STOPPED_WITH_JOB, clause, {}, {"JobId": job.id}, ended)
    return Cause(codes.STOPPED, "its job was stopped by its caller", {}, {"JobId": job.id}, ended)


def finished_of(counted: AnyRow) -> str:
    """Return how far a task is: "3 of 5 instances have finished"."""
    verb = "has" if 1 in (counted.finished, counted.instance_count) else "have"
    return f"{counted.finished} of {count(counted.instance_count, 'instance')} {verb} finished"


def _finished(connection: Connection, task: AnyRow) -> Cause:
    details = {"InstanceCount": task.instance_count, "FailedCount": task.failed}
    if not task.failed:
        ran = count(task.instance_count, "instance")
        clause = "its only instance finished" if task.instance_count == 1 else f"all {ran} finished"
        return Cause(codes.FINISHED, clause, details, {}, task.ended)
    first = instance_queries.list_instances(connection, task, start=0, limit=1, state=states.FAILED)
    clause = (
        f"it finished, though {task.failed} of {count(task.instance_count, 'instance')} failed, "
        "which its job allows (JobFailOnInstanceFail is false)"
    )
    related = {"InstanceId": str(first[0].idx)} if first else {}
    return Cause(codes.FINISHED_WITH_FAILURES, clause, details, related, task.ended)


def _open(connection: Connection, situation: Situation, job: AnyRow, task: AnyRow) -> Cause:
    why = why_waiting(connection, situation, job, task) if task.waiting else None
    return progress(finished_of(task), counts(task), why, task.started, trouble(connection, task))


def why_waiting(connection: Connection, situation: Situation, job: AnyRow, task: AnyRow) -> Cause:
    """Say why the next of a task's waiting instances waits."""
    if task.ready:
        return waiting.of_task(connection, situation, task)
    return not_ready(connection, job, task)


def counts(*tasks: AnyRow) -> dict[str, float]:
    """Count the instances of tasks by what becomes of them."""
    return {
        "InstanceCount": sum(task.instance_count for task in tasks),
        "FinishedCount": sum(task.finished for task in tasks),
        "FailedCount": sum(task.failed for task in tasks),
        "RunningCount": sum(task.running for task in tasks),
        "StartingCount": sum(task.dispatched for task in tasks),
        "WaitingCount": sum(task.waiting for task in tasks),
    }


def trouble(connection: Connection, *tasks: AnyRow) -> str:
    """Return what keeps the programs of tasks from starting of which none runs; "" if nothing."""
    if any(task.running for task in tasks):
        return ""
    placed = (task for task in tasks if task.dispatched and task.cluster_seq is not None)
    first = next(placed, None)
    return "" if first is None else waiting.trouble_on(connection, first.cluster_seq)


def progress(
    finished: str,
    counted: dict[str, float],
    why: Cause | None,
    since: int | None,
    trouble: str,
) -> Cause:
    """Say how far something is that goes on, and why the rest of it does not.

    Args:
        finished: How much has finished, in words.
        counted: Its instances, as `counts` has them.
        why: Why the next one waits; None if none does.
        since: Since when it goes on, in microseconds since the epoch.
        trouble: What keeps programs from starting; "" if nothing.
    """
    running, starting = int(counted["RunningCount"]), int(counted["StartingCount"])
    if why is not None:
        counted = {**why.details, **counted}
        if not (running or starting or counted["FinishedCount"]):
            return replace(why, details=counted)
    parts = [finished]
    if running:
        parts.append(f"{running} {'runs' if running == 1 else 'run'}")
    if starting:
        tried = f" (programs wait, and are tried again: {trouble})" if trouble else ""
        parts.append(f"{starting} {is_or_are(starting)} being started{tried}")
    clause = ", ".join(parts)
    if why is not None:
        clause = f"{clause}; next: {why.clause}"
        if not (running or starting):
            return replace(why, clause=clause, details=counted)
    code = codes.RUNNING if running else codes.STARTING
    return Cause(code, clause, counted, why.related if why is not None else {}, since)


def _waits_for_tasks(connection: Connection, task: AnyRow) -> Cause:
    before = [
        row
        for row in queries.unfinished_with_successors(connection, task.job_seq)
        if task.pos in json.loads(row.successors)
    ]
    if not before:
        return Cause(codes.WAITS_FOR_TASK, f"it waits for {count(task.unmet, 'task')}")
    # A running task is nearer to its end than one that waits itself.
    first = next((row for row in before if row.state == states.RUNNING), before[0])
    clause = f"it waits for task {first.name}, of which {finished_of(first)}"
    if len(before) > 1:
        clause += f", and for {count(len(before) - 1, 'other task')}"
    details = {
        "TaskCount": len(before),
        "FinishedCount": first.finished,
        "InstanceCount": first.instance_count,
    }
    return Cause(codes.WAITS_FOR_TASK, clause, details, {"TaskName": first.name})
