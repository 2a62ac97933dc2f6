"""Operations that run an App."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from batchcompute.server.model import states
from batchcompute.server.model.clock import to_wire
from batchcompute.server.model.errors import ApiError, invalid, not_found
from batchcompute.server.model.plan import JobPlan
from batchcompute.server.rules.apps.description import images_of
from batchcompute.server.rules.apps.found import find_named
from batchcompute.server.rules.apps.jobs import TASK_NAME, plan_app_job
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.images.description import require_linux
from batchcompute.server.rules.tokens import once
from batchcompute.server.scheduler import admission
from batchcompute.server.scheduler.batch import Command
from batchcompute.server.scheduler.job_waiters import JobEnded, JobWaiters
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store import job_queries, task_queries


def create_app_job(call: Call) -> Command:
    """Make a job that runs the newest revision of an App."""
    return lambda unit: {"Id": _create(unit, call)}


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is waited for.

    Attributes:
        job_id: Its job.
        outputs: Name of an output to the place where it goes.
        ending: Its end, which may have come already.
    """

    job_id: str
    outputs: Mapping[str, str]
    ending: Future[JobEnded]


def start_run(call: Call, waiters: JobWaiters) -> Command:
    """Make a job that runs an App, or find it again by its token; the result is a `Run`."""

    def start(unit: Unit) -> Run:
        job_id = _create(unit, call)
        job = job_queries.find_job(unit.connection, job_id)
        task = job and task_queries.find_task(unit.connection, job.seq, TASK_NAME)
        if not job or not task:
            # The token's job was deleted since, or its token made a job of another type.
            raise not_found()
        outputs = task_queries.find_plan(unit.connection, task).app_outputs or {}
        if states.JOB.may(job.state, "stop"):
            return Run(job_id, outputs, waiters.watch(job_id))
        known: Future[JobEnded] = Future()
        known.set_result(
            JobEnded(job_id, job.state, job.message, job.started, job.ended, task.failed)
        )
        return Run(job_id, outputs, known)

    return start


async def await_run(call: Call, run: Run, waiters: JobWaiters) -> dict[str, Any]:
    """Wait for the end of a run, and show the run.

    Raises:
        ApiError: The service is being stopped.
    """
    try:
        ended = await asyncio.wrap_future(run.ending)
    finally:
        waiters.forget(run.job_id, run.ending)
    return {
        "RequestId": call.request_id,
        "StartTime": to_wire(ended.started),
        "EndTime": to_wire(ended.ended),
        "Outputs": dict(run.outputs),
        "Error": _error(ended),
    }


def _error(ended: JobEnded) -> dict[str, str]:
    code, message = "", ""
    if ended.state == states.STOPPED:
        code, message = "JobStopped", ended.message or "The job was stopped."
    elif ended.state == states.FAILED:
        code, message = "JobFailed", ended.message
    elif ended.failed:
        code, message = "InstanceFailed", f"Instances that failed: {ended.failed}."
    return {"Code": code, "Message": message}


def _create(unit: Unit, call: Call) -> str:
    def make(unit: Unit) -> str:
        plan = _plan(unit, call)
        text = json.dumps(call.body, separators=(",", ":"), ensure_ascii=False)
        return admission.create(unit, plan, text, call.caller)

    return once(unit, "job", call.token, call.body, make, call.caller.account)


def _plan(unit: Unit, call: Call) -> JobPlan:
    name = call.body["App"]["AppName"]
    app = find_named(unit.connection, call.caller, name)
    if app is None:
        raise _unknown_app(name)
    description = json.loads(app.description)
    plan = plan_app_job(call.body, description)
    if plan.tasks[0].auto_cluster:
        require_linux(unit, images_of(description), call.caller)
    return plan


def _unknown_app(name: str) -> ApiError:
    kind = "Public App" if ":" in name else "App"
    return invalid("AppName", f"{kind} {name} is not found.", "App.AppName")
