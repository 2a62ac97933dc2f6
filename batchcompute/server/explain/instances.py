"""Why an instance does not run, or failed."""

from __future__ import annotations

from sqlalchemy import Connection

from batchcompute.server.explain import codes, failures, tasks, waiting
from batchcompute.server.explain.explanation import Cause, Explanation, Situation, seconds
from batchcompute.server.model import states
from batchcompute.server.store import explain_queries as queries
from batchcompute.server.store import instance_queries, task_queries
from batchcompute.server.store.attempt_queries import EarlierAttempt, find_earlier
from batchcompute.server.store.instance_queries import InstanceRecord
from batchcompute.server.store.rows import AnyRow


def explain_instance(
    connection: Connection, situation: Situation, job_id: str, task_name: str, idx: int
) -> Explanation | None:
    """Explain an instance.

    Args:
        connection: A reader.
        situation: What the database does not say.
        job_id: Its job.
        task_name: Its task.
        idx: Its number.

    Returns:
        Its explanation, or None if there is no such job, task or instance.
    """
    job = queries.find_job(connection, job_id)
    task = None if job is None else task_queries.find_task(connection, job.seq, task_name)
    if job is None or task is None:
        return None
    instance = instance_queries.find_instance(connection, task, idx)
    if instance is None:
        return None
    cause = _cause(connection, situation, job, task, instance)
    return Explanation(states.visible(instance.state), cause)


def _cause(
    connection: Connection,
    situation: Situation,
    job: AnyRow,
    task: AnyRow,
    instance: InstanceRecord,
) -> Cause:
    match instance.state:
        case states.FINISHED:
            return _finished(connection, task, instance)
        case states.FAILED:
            return failures.of_instance(connection, task, instance)
        case states.STOPPED:
            return tasks.stopped(job, instance.ended)
        case states.RUNNING:
            return _running(connection, situation, task, instance)
        case states.DISPATCHED:
            return _dispatched(connection, job, task, instance)
        case _:
            return _waits(connection, situation, job, task, instance)


def _finished(connection: Connection, task: AnyRow, instance: InstanceRecord) -> Cause:
    attempts = instance.retries + 1
    clause = "its program exited with code 0"
    if attempts > 1:
        clause += f" in attempt {attempts}{_after(connection, task, instance)}"
    return Cause(
        codes.FINISHED, clause, {"AttemptCount": attempts, "ExitCode": 0}, {}, instance.ended
    )


def _running(
    connection: Connection, situation: Situation, task: AnyRow, instance: InstanceRecord
) -> Cause:
    attempt = queries.in_flight(connection, task, instance.idx)
    details: dict[str, float] = {
        "AttemptCount": instance.retries + 1,
        "MaxAttemptCount": task.max_retries + 1,
    }
    clause = "its program runs"
    related: dict[str, str] = {}
    if attempt is not None:
        clause += f" on VM {attempt.machine_id}"
        related["MachineId"] = attempt.machine_id
        if attempt.left:
            return _machine_gone(attempt.machine_id, related)
    if instance.started is not None:
        details["Seconds"] = seconds(instance.started, situation.now)
        clause += f" since {details['Seconds']} s"
    if instance.retries:
        clause += f", in attempt {instance.retries + 1} of {task.max_retries + 1}"
        clause += _after(connection, task, instance)
    return Cause(codes.RUNNING, clause, details, related, instance.started)


def _dispatched(
    connection: Connection, job: AnyRow, task: AnyRow, instance: InstanceRecord
) -> Cause:
    attempt = queries.in_flight(connection, task, instance.idx)
    if attempt is None:
        return Cause(codes.STARTING, "it is being started")
    related = {"MachineId": attempt.machine_id}
    if attempt.left:
        return _machine_gone(attempt.machine_id, related)
    before = queries.neighbour(connection, attempt)
    if before is not None and (before.cancelled or before.state == states.RUNNING):
        clause = f"it is the next on VM {attempt.machine_id}, where "
        if before.job_id is None:
            clause += "a program that was stopped has not ended"
        elif before.account != job.account:
            # Neither its account nor its name is told to others.
            clause += "a program of another account has not ended"
        else:
            related |= {
                "JobId": before.job_id,
                "TaskName": before.name,
                "InstanceId": str(before.idx),
            }
            clause += (
                f"instance {before.idx} of task {before.name} of {before.job_id} has not ended"
            )
        return Cause(codes.WAITS_FOR_PREVIOUS, clause, {}, related)
    clause = f"it was given to VM {attempt.machine_id}, "
    if trouble := waiting.trouble_on(connection, attempt.cluster_seq, attempt.group_name):
        clause += f"where programs wait, and are tried again: {trouble}"
    else:
        clause += "which fetches its files and starts it"
    return Cause(codes.STARTING, clause, {}, related)


def _machine_gone(machine_id: str, related: dict[str, str]) -> Cause:
    clause = f"its VM {machine_id} is gone, and the service finds out what became of its program"
    return Cause(codes.MACHINE_GONE, clause, {}, related)


def _waits(
    connection: Connection,
    situation: Situation,
    job: AnyRow,
    task: AnyRow,
    instance: InstanceRecord,
) -> Cause:
    if task.ready:
        why = waiting.of_instance(connection, situation, task, instance.idx)
    else:
        why = tasks.not_ready(connection, job, task)
    earlier = find_earlier(connection, task, instance.idx)
    if earlier and earlier[-1].is_lost and _is_newest(connection, task, earlier[-1], instance):
        cause = failures.short_end(earlier[-1])
        return why.after(f"its last attempt does not count ({cause});")
    if not instance.retries:
        return why
    _, how = failures.last_end(instance)
    again = f"attempt {instance.retries + 1} of {task.max_retries + 1} follows ({how})"
    details = {"AttemptCount": instance.retries, "MaxAttemptCount": task.max_retries + 1}
    return why.after(f"{again};", **details)


def _after(connection: Connection, task: AnyRow, instance: InstanceRecord) -> str:
    """Return how an instance's earlier attempts ended, in brackets; "" if nothing is known."""
    earlier = find_earlier(connection, task, instance.idx)
    ends = failures.earlier_ends(earlier, instance.retries)
    return f" (before: {failures.in_order(ends)})" if ends else ""


def _is_newest(
    connection: Connection, task: AnyRow, attempt: EarlierAttempt, instance: InstanceRecord
) -> bool:
    return attempt.number == queries.newest_attempt(connection, task, instance.idx)
