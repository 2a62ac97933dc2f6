"""An instance: how it ended, and what it printed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response, StreamingResponse

from batchcompute.server.console.logs import read_part, stream
from batchcompute.server.console.pages.tasks import command_of, find_task
from batchcompute.server.console.view import View
from batchcompute.server.model import states
from batchcompute.server.model.errors import not_found
from batchcompute.server.model.whole_numbers import whole_number
from batchcompute.server.objects.errors import ObjectNotFoundError
from batchcompute.server.store import task_queries

_STREAMS = {"stdout": "StdoutRedirectPath", "stderr": "StderrRedirectPath"}


def instance(view: View) -> Response:
    """Show one instance."""
    path = view.request.path_params
    names = {"JobId": path["job"], "TaskName": path["task"], "InstanceId": path["instance"]}
    console = view.console
    with console.parts.database.read() as connection:
        shown = view.read("get_instance", connection, **names)
        row = find_task(view, connection, path["job"], path["task"])
        plan = task_queries.find_plan(connection, row)
        command = command_of(view, connection, path["job"], plan)
        job = view.read("get_job", connection, JobId=path["job"])
        explained = view.explain("instance", connection, **names)
        attempts = view.read("get_attempts", connection, **names)["Items"]
    chosen = view.value("stream")
    if chosen not in _STREAMS:
        failed = shown["State"] == "Failed" and shown[_STREAMS["stderr"]]
        chosen = "stderr" if failed or not shown[_STREAMS["stdout"]] else "stdout"
    address = shown[_STREAMS[chosen]]
    # What a page that renews itself shows of the log, it asks for by itself.
    renewed = "hx-request" in view.request.headers
    part = None if renewed or not address else read_part(view.objects, address, None)
    return view.render(
        "instance.html",
        job=job,
        task=row,
        command=command,
        instance=shown,
        index=int(shown["InstanceId"]),
        explained=explained,
        attempts=attempts,
        stream=chosen,
        address=address,
        part=part,
        over=shown["State"] in states.ENDED,
    )


def log(view: View) -> Response:
    """Answer with a part of a log."""
    stream_name = view.value("stream", "stdout")
    shown = _shown(view)
    address = shown[_STREAMS[stream_name]] if stream_name in _STREAMS else ""
    at = whole_number(view.value("from"), 0, 10**18)
    # Whoever goes on from what it has knows the numbers of its lines.
    counted = not view.value("follow")
    part = read_part(view.objects, address, at, counted=counted) if address else None
    over = shown["State"] in states.ENDED
    if part is None:
        return JSONResponse({"there": False, "over": over})
    return JSONResponse(
        {
            "there": True,
            "over": over,
            "text": part.text,
            "start": part.start,
            "end": part.end,
            "size": part.size,
            "line": part.line,
        }
    )


def download(view: View) -> Response:
    """Send a log as a file."""
    path = view.request.path_params
    if path["stream"] not in _STREAMS:
        raise not_found()
    address = _shown(view)[_STREAMS[path["stream"]]]
    if not address:
        raise not_found()
    objects = view.objects
    try:
        size = objects.stat(address).size
    except ObjectNotFoundError:
        raise not_found() from None
    return as_download(address.rpartition("/")[2], stream(objects, address, size))


def as_download(name: str, content: Any) -> Response:
    """Return an answer that a browser keeps as a file, and never shows."""
    return StreamingResponse(
        content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"},
    )


def _shown(view: View) -> dict[str, Any]:
    path = view.request.path_params
    with view.console.parts.database.read() as connection:
        shown: dict[str, Any] = view.read(
            "get_instance",
            connection,
            JobId=path["job"],
            TaskName=path["task"],
            InstanceId=path["instance"],
        )
    return shown
