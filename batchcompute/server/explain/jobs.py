"""Why a job does not run, or failed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from batchcompute.server.explain import codes, tasks
from batchcompute.server.explain.explanation import Cause, Explanation, Situation, count
from batchcompute.server.model import states
from batchcompute.server.store import explain_queries as queries
from batchcompute.server.store.rows import AnyRow


def explain_job(connection: Connection, situation: Situation, job_id: str) -> Explanation | None:
    """Explain a job.

    Args:
        connection: A reader.
        situation: What the database does not say.
        job_id: The job.

    Returns:
        Its explanation, or None if there is no such job.
    """
    job = queries.find_job(connection, job_id)
    if job is None:
        return None
    of_job = queries.all_tasks(connection, job.seq)
    return Explanation(job.state, _cause(connection, situation, job, of_job))


def _cause(
    connection: Connection, situation: Situation, job: AnyRow, of_job: Sequence[AnyRow]
) -> Cause:
    counted = tasks.counts(*of_job)
    match job.state:
        case states.FINISHED:
            return _finished(job, of_job, counted)
        case states.FAILED:
            return _failed(connection, job, of_job)
        case states.STOPPED:
            so_far = f"{int(counted['FinishedCount'])} of {_instances(counted)}"
            clause = f"it was stopped by its caller, when {so_far} had finished"
            return Cause(codes.STOPPED, clause, counted, {}, job.ended)
        case _:
            return _open(connection, situation, job, of_job, counted)


def _open(
    connection: Connection,
    situation: Situation,
    job: AnyRow,
    of_job: Sequence[AnyRow],
    counted: dict[str, float],
) -> Cause:
    waiting = [task for task in of_job if task.waiting]
    why: Cause | None = None
    if waiting:
        # Tasks that may run come before those that wait for other tasks.
        first = min(waiting, key=lambda task: (not task.ready, task.unmet > 0, task.pos))
        why = tasks.why_waiting(connection, situation, job, first).of_task(first.name)
    trouble = tasks.trouble(connection, *of_job)
    return tasks.progress(_finished_of(counted), counted, why, job.started, trouble)


def _finished(job: AnyRow, of_job: Sequence[AnyRow], counted: dict[str, float]) -> Cause:
    failed = int(counted["FailedCount"])
    what = f"{count(len(of_job), 'task')} with {_instances(counted)}"
    if not failed:
        return Cause(codes.FINISHED, f"it finished: {what}", counted, {}, job.ended)
    clause = (
        f"it finished, though {failed} of {_instances(counted)} failed, which it allows "
        "(JobFailOnInstanceFail is false)"
    )
    first = next(task for task in of_job if task.failed)
    related = {"TaskName": first.name}
    return Cause(codes.FINISHED_WITH_FAILURES, clause, counted, related, job.ended)


def _failed(connection: Connection, job: AnyRow, of_job: Sequence[AnyRow]) -> Cause:
    task = next((task for task in of_job if task.state == states.FAILED), of_job[0])
    return tasks.failed(connection, job, task).of_task(task.name)


def _finished_of(counted: dict[str, float]) -> str:
    finished = int(counted["FinishedCount"])
    verb = "has" if 1 in (finished, counted["InstanceCount"]) else "have"
    return f"{finished} of {_instances(counted)} {verb} finished"


def _instances(counted: dict[str, float]) -> str:
    return count(int(counted["InstanceCount"]), "instance")
