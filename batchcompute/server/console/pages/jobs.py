"""Jobs: the list, one of them, and what is done to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from batchcompute.server.console.graph.drawing import draw
from batchcompute.server.console.guard import own_path
from batchcompute.server.console.sweeps import ACTIONS, Sweep
from batchcompute.server.console.timeline import draw_timeline
from batchcompute.server.console.view import View
from batchcompute.server.model import states
from batchcompute.server.model.errors import not_found
from batchcompute.server.model.whole_numbers import whole_number
from batchcompute.server.rules.jobs.shown import show_job
from batchcompute.server.store import browse_queries, job_queries, task_queries
from batchcompute.server.store.rows import AnyRow

PAGE: Final = 50
TASK_PAGE: Final = 200
#: Tasks that are read for a graph or a timeline.
_MOST_TASKS: Final = 5000
_VIEWS: Final = ("graph", "tasks", "timeline", "description")
#: Seconds that an action is waited for before the page says that it goes on.
_PATIENCE: Final = 1.5
#: Message about jobs that a rule refused, for one and for more.
LEFT: Final = (
    "{number} job was left as it is: {reason}",
    "{number} jobs were left as they are: {reason}",
)
#: Messages about an action that was carried out, on one job and on more.
DONE: Final[Mapping[str, tuple[str, str]]] = {
    "stop": ("Stopped {number} job.", "Stopped {number} jobs."),
    "start": ("Started {number} job again.", "Started {number} jobs again."),
    "delete": ("Deleted {number} job.", "Deleted {number} jobs."),
    "priority": (
        "Changed the priority of {number} job.",
        "Changed the priority of {number} jobs.",
    ),
}
_HIGHEST_PRIORITY: Final = 1000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs are listed.

    Attributes:
        state: Those in this state; "" for all.
        text: Those with this in their name, or at the beginning of their id.
        cluster: Those with a task on this cluster.
    """

    state: str = ""
    text: str = ""
    cluster: str = ""

    @staticmethod
    def of(values: Mapping[str, str]) -> Filter:
        """Read a filter; an unknown state is none."""
        state = values.get("state", "")
        return Filter(
            state if state in states.VISIBLE else "",
            values.get("q", "").strip()[:200],
            values.get("cluster", "").strip()[:100],
        )


def jobs(view: View) -> Response:
    """Show the list of jobs."""
    chosen = Filter.of(view.request.query_params)
    with view.console.parts.database.read() as connection:
        items, following, is_cut = _page(view, connection, chosen, view.value("marker"), PAGE)
    counts = view.console.job_counts(view.caller)
    return view.render(
        "jobs.html",
        chosen=chosen,
        jobs=items,
        following=following,
        is_cut=is_cut,
        counts=counts,
        all_jobs=sum(counts.values()),
        window=browse_queries.WINDOW,
    )


def job(view: View) -> Response:
    """Show one job."""
    job_id = view.request.path_params["job"]
    kind = view.value("view", "graph")
    if kind not in _VIEWS:
        kind = "graph"
    console = view.console
    with console.parts.database.read() as connection:
        row = job_queries.find_job(connection, job_id)
        if row is None or not view.caller.owns(row.account):
            raise not_found()
        shown = view.read("get_job", connection, JobId=job_id)
        values: dict[str, Any] = {
            "job": shown,
            "kind": kind,
            "can": {name: row.state in allowed for name, (_, allowed) in ACTIONS.items()},
            "explained": view.explain("job", connection, JobId=job_id),
        }
        if kind == "description":
            values["description"] = view.read("get_job_description", connection, JobId=job_id)
        elif kind == "tasks":
            values |= _tasks(connection, row, view.value("marker"), view.value("state"))
        else:
            tasks = task_queries.list_tasks(connection, row.seq, marker="", limit=_MOST_TASKS + 1)
            complete = len(tasks) <= _MOST_TASKS
            values["complete"] = complete
            if kind == "graph":
                values["drawing"] = (
                    draw(tasks, console.dag(connection, row.seq)) if complete else None
                )
                values["tasks"] = tasks
            else:
                now = console.parts.clock.now()
                values["timeline"] = draw_timeline(row, tasks, now)
    return view.render("job.html", **values)


async def act(view: View) -> Response:
    """Do something to one job, to some, or to all that match."""
    action = view.field("action")
    if action not in ACTIONS:
        raise HTTPException(400, "There is no such action.")
    body: dict[str, Any] = {}
    if action == "priority":
        text = view.field("priority").strip()
        priority = whole_number(text, 0, _HIGHEST_PRIORITY)
        if priority is None:
            raise HTTPException(400, f"A priority is a number from 0 to {_HIGHEST_PRIORITY}.")
        body["Priority"] = priority
    back = RedirectResponse(own_path(view.field("back", "/jobs")), 303)
    if view.field("scope") == "all":
        fields = {name: view.field(name) for name in ("state", "q", "cluster")}
        pages = _all_matching(view, Filter.of(fields), ACTIONS[action][1])
    elif ids := view.body.get("id", []):
        pages = _chosen(ids)
    else:
        view.tell("bad", "Select jobs first, or apply it to all matching jobs.")
        return back
    sweep = await view.console.sweeps.run(
        view.session.name,
        action,
        pages,
        body,
        caller=view.caller,
        patience=_PATIENCE,
        told=lambda sweep: _tell(view, sweep),
    )
    if not sweep.over:
        view.tell("good", "It is still in progress, which is shown here.")
    return back


async def _chosen(ids: Sequence[str]) -> AsyncIterator[list[str]]:
    yield list(dict.fromkeys(ids))


async def _all_matching(
    view: View, chosen: Filter, possible: frozenset[str]
) -> AsyncIterator[list[str]]:
    """Yield the ids of all jobs that match now and that can be in for an action.

    Newer jobs come before the first page, so that none of them is among them.
    """
    marker = ""

    def read() -> tuple[list[str], str]:
        with view.console.parts.database.read() as connection:
            items, following, _ = _page(view, connection, chosen, marker, 500)
        return [item["Id"] for item in items if item["State"] in possible], following

    while True:
        ids, marker = await run_in_threadpool(read)
        if ids:
            yield ids
        if not marker:
            return


def _page(
    view: View, connection: Connection, chosen: Filter, marker: str, size: int
) -> tuple[Sequence[Any], str, bool]:
    """Return a page of jobs, newest first, the marker of the next one, and if it was cut short."""
    if chosen.text:
        found = browse_queries.search_jobs(
            connection,
            text=chosen.text,
            marker=marker,
            limit=size,
            state=chosen.state or None,
            cluster_id=chosen.cluster or None,
            account=view.caller.scope,
        )
        counts = job_queries.count_of_jobs(connection, [row.seq for row in found.rows])
        items: Sequence[Any] = [show_job(row, counts[row.seq]) for row in found.rows]
        return items, found.next_id, found.is_cut
    query: dict[str, Any] = {"MaxItemCount": size, "Marker": marker, "IsReverse": True}
    if chosen.state:
        query["State"] = chosen.state
    if chosen.cluster:
        query["ClusterId"] = chosen.cluster
    items, following = view.page("list_jobs", connection, query)
    return items, following, False


def _tasks(connection: Connection, row: AnyRow, marker: str, state: str) -> dict[str, Any]:
    chosen = state if state in states.VISIBLE else ""
    found = task_queries.list_tasks(
        connection, row.seq, marker=marker, limit=TASK_PAGE + 1, state=chosen or None
    )
    following = found[TASK_PAGE].name if len(found) > TASK_PAGE else ""
    return {"tasks": found[:TASK_PAGE], "following": following, "state_chosen": chosen}


def _tell(view: View, sweep: Sweep) -> None:
    if sweep.done or not sweep.refused:
        view.say("good", view.count(sweep.done, *DONE[sweep.action]))
    for reason, number in sweep.refused.most_common(3):
        view.say("bad", view.count(number, *LEFT, reason=reason))
    if sweep.fault:
        view.tell("bad", sweep.fault)
