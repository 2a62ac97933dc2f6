"""Operations on jobs, tasks and instances."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection

from batchcompute.server.model.errors import invalid, not_found
from batchcompute.server.rules.apps.runs import create_app_job
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.images.description import require_linux
from batchcompute.server.rules.jobs import shown
from batchcompute.server.rules.jobs.description import images_of, plan_job
from batchcompute.server.rules.paging import cut, read_instance_marker
from batchcompute.server.rules.tokens import once
from batchcompute.server.scheduler import admission, jobs
from batchcompute.server.scheduler.batch import Command
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store import instance_queries, job_queries, task_queries
from batchcompute.server.store.rows import AnyRow

_PRIORITY_RANGE = (0, 1000)


def create_job(call: Call) -> Command:
    """Make a job, of either type."""
    body = call.body
    if body["Type"] == "App":
        return create_app_job(call)
    plan = plan_job(body)
    text = to_json(body).decode()

    def create(unit: Unit) -> dict[str, Any]:
        return {"Id": once(unit, "job", call.token, body, make, call.caller.account)}

    def make(unit: Unit) -> str:
        require_linux(unit, images_of(plan), call.caller)
        return admission.create(unit, plan, text, call.caller)

    return create


def stop_job(call: Call) -> Command:
    """Stop a job; it shows Stopped at once."""
    return lambda unit: jobs.stop(unit, call.path["JobId"], call.caller)


def start_job(call: Call) -> Command:
    """Run again what of a stopped or failed job has not finished."""
    return lambda unit: jobs.start(unit, call.path["JobId"], call.caller)


def change_job_priority(call: Call) -> Command:
    """Change the priority of a stopped or failed job."""
    priority = int(call.body["Priority"])
    low, high = _PRIORITY_RANGE
    if not low <= priority <= high:
        raise invalid("Priority", f"It must be in [{low}, {high}].")
    return lambda unit: jobs.change_priority(unit, call.path["JobId"], priority, call.caller)


def delete_job(call: Call) -> Command:
    """Delete a job that has ended."""
    return lambda unit: jobs.remove(unit, call.path["JobId"], call.caller)


def list_jobs(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a page of jobs."""
    query = call.query
    found = job_queries.list_jobs(
        connection,
        marker=call.marker,
        limit=call.page_size + 1,
        state=query.get("State"),
        cluster_id=query.get("ClusterId"),
        # Ids ascend with creation, so that both keys of OrderBy give the same order.
        reverse=query.get("IsReverse", False),
        account=call.caller.scope,
    )
    page = cut(found, call.page_size, lambda job: job.id)
    counts = job_queries.count_of_jobs(connection, [job.seq for job in page.items])
    return page.to_wire(lambda job: shown.show_job(job, counts[job.seq]))


def get_job(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a job."""
    rows = job_queries.find_counted_job(connection, call.path["JobId"])
    if not rows or not call.caller.owns(rows[0].account):
        raise not_found()
    return shown.show_job(rows[0], rows)


def get_job_description(connection: Connection, call: Call) -> dict[str, Any]:
    """Echo what was sent, with the present priority, and with the job's id."""
    found = job_queries.find_description(connection, call.path["JobId"])
    if found is None or not call.caller.owns(found.account):
        raise not_found()
    description = json.loads(found.description)
    return {**description, "Priority": found.priority, "Id": call.path["JobId"]}


def list_tasks(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a page of a job's tasks, in the order of its description."""
    found = task_queries.list_tasks(
        connection,
        _job(connection, call).seq,
        marker=call.marker,
        limit=call.page_size + 1,
        state=call.query.get("State"),
        cluster_id=call.query.get("ClusterId"),
    )
    return cut(found, call.page_size, lambda task: task.name).to_wire(shown.show_task)


def get_task(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a task."""
    return shown.show_task(_task(connection, call))


def list_instances(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a page of a task's instances."""
    start = read_instance_marker(call.marker)
    task = _task(connection, call)
    found = instance_queries.list_instances(
        connection,
        task,
        start=start,
        limit=call.page_size + 1,
        state=call.query.get("State"),
    )
    plan = task_queries.find_plan(connection, task)
    job_id = call.path["JobId"]
    page = cut(found, call.page_size, lambda instance: instance.idx)
    return page.to_wire(lambda instance: shown.show_instance(job_id, plan, instance))


def get_instance(connection: Connection, call: Call) -> dict[str, Any]:
    """Show an instance."""
    task = _task(connection, call)
    instance = instance_queries.find_instance(connection, task, call.instance)
    if instance is None:
        raise not_found()
    plan = task_queries.find_plan(connection, task)
    return shown.show_instance(call.path["JobId"], plan, instance)


def _job(connection: Connection, call: Call) -> AnyRow:
    job = job_queries.find_job(connection, call.path["JobId"])
    if job is None or not call.caller.owns(job.account):
        raise not_found()
    return job


def _task(connection: Connection, call: Call) -> AnyRow:
    job = _job(connection, call)
    task = task_queries.find_task(connection, job.seq, call.path["TaskName"])
    if task is None:
        raise not_found()
    return task
