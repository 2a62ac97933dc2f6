"""A task: all of its instances at a glance, and a list of them."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from batchcompute.server.console.graph.drawing import counts_of
from batchcompute.server.console.view import View
from batchcompute.server.model import states
from batchcompute.server.model.errors import not_found
from batchcompute.server.model.plan import TaskPlan
from batchcompute.server.store import app_queries, browse_queries, job_queries, task_queries
from batchcompute.server.store.browse_queries import LETTERS
from batchcompute.server.store.rows import AnyRow

PAGE: Final = 100


def task(view: View) -> Response:
    """Show one task."""
    job_id, name = view.request.path_params["job"], view.request.path_params["task"]
    state = view.value("state")
    state = state if state in states.VISIBLE else ""
    console = view.console
    with console.parts.database.read() as connection:
        row = find_task(view, connection, job_id, name)
        command = command_of(view, connection, job_id, task_queries.find_plan(connection, row))
        query: dict[str, Any] = {"MaxItemCount": PAGE, "Marker": view.value("marker")}
        if state:
            query["State"] = state
        items, following = view.page(
            "list_instances", connection, query, JobId=job_id, TaskName=name
        )
        seq: int | None = row.cluster_seq
        known = browse_queries.cluster_ids(connection, [] if seq is None else [seq])
        cluster = "" if seq is None else known.get(seq, "")
        explained = view.explain("task", connection, JobId=job_id, TaskName=name)
        job = view.read("get_job", connection, JobId=job_id)
    return view.render(
        "task.html",
        job=job,
        task=row,
        command=command,
        counts=counts_of([row]),
        instances=items,
        following=following,
        state=state,
        cluster=cluster,
        explained=explained,
    )


def cells(view: View) -> Response:
    """Answer with the state of every instance: a letter each, and what all the rest are."""
    path = view.request.path_params
    with view.console.parts.database.read() as connection:
        row = find_task(view, connection, path["job"], path["task"])
        letters = view.console.cells(connection, row)
    rest = row.instance_count - row.tail
    return JSONResponse({"cells": letters, "rest": rest, "of": LETTERS[row.tail_state]})


def command_of(view: View, connection: Connection, job_id: str, plan: TaskPlan) -> str:
    """Return the command of a task; "" if it is that of an App of another account.

    Args:
        view: Who looks.
        connection: One consistent view.
        job_id: A job that they may see.
        plan: The task.
    """
    if plan.app_outputs is None or view.caller.scope is None:
        return plan.command_line
    found = job_queries.find_description(connection, job_id)
    name = "" if found is None else str(json.loads(found.description)["App"]["AppName"])
    own = app_queries.find_app(connection, name, account=view.caller.account)
    return plan.command_line if own is not None else ""


def find_task(view: View, connection: Connection, job_id: str, name: str) -> AnyRow:
    """Return a task.

    Raises:
        ApiError: There is none.
    """
    job = job_queries.find_job(connection, job_id)
    if job is None or not view.caller.owns(job.account):
        raise not_found()
    row = task_queries.find_task(connection, job.seq, name)
    if row is None:
        raise not_found()
    return row
