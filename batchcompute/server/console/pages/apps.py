"""Images and Apps, and a form to run one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from batchcompute.server.api.contract.body import check_body, parse_body
from batchcompute.server.console.view import View, job_path, segment
from batchcompute.server.model.errors import ApiError
from batchcompute.server.rules.call import Call

PAGE: Final = 50
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]+)?")


def images(view: View) -> Response:
    """Show the registered images, and those of the system."""
    query = {"MaxItemCount": PAGE, "Marker": view.value("marker")}
    with view.console.parts.database.read() as connection:
        own, following = view.page("list_images", connection, query)
        system, _ = view.page("list_images", connection, {"MaxItemCount": 100, "Type": "System"})
    return view.render("images.html", images=own, following=following, system=system)


def apps(view: View) -> Response:
    """Show the list of Apps."""
    query = {"MaxItemCount": PAGE, "Marker": view.value("marker")}
    with view.console.parts.database.read() as connection:
        items, following = view.page("list_apps", connection, query)
    return view.render("apps.html", apps=items, following=following)


def app(view: View) -> Response:
    """Show one App, with a form to run it."""
    name = view.request.path_params["app"]
    console = view.console
    with console.parts.database.read() as connection:
        detail = view.read("get_app_detail", connection, AppName=name)
        revisions = view.read("get_app_revisions", connection, AppName=name)
    return view.render("app.html", app=detail, revisions=revisions)


async def run_app(view: View) -> Response:
    """Run an App with what the form says; fields that are empty are left to the App."""
    name = view.request.path_params["app"]
    given = {
        kind: {
            field.partition(":")[2]: _value(values[-1])
            for field, values in view.body.items()
            if field.startswith(f"{kind}:") and values[-1] != ""
        }
        for kind in ("Inputs", "Outputs", "Config")
    }
    app: dict[str, Any] = {"AppName": name}
    app |= {kind: values for kind, values in given.items() if values}
    body: dict[str, Any] = {"Name": view.field("name") or name, "Type": "App", "App": app}
    if logging := view.field("logging"):
        app["Logging"] = {"StdoutPath": logging, "StderrPath": logging}
    try:
        call = Call({}, body=_checked(view, body), caller=view.caller)
        made = await view.console.parts.service.perform("create_job", call)
    except ApiError as error:
        view.tell("bad", error.message)
        return RedirectResponse(f"/apps/{segment(name)}", 303)
    return RedirectResponse(job_path(made["Id"]), 303)


def _checked(view: View, body: Mapping[str, Any]) -> dict[str, Any]:
    """Hold a body against the contract, as if it had been sent."""
    sent = parse_body(json.dumps(body).encode())
    check_body(view.console.parts.contract, "AppJobDescription", sent)
    return sent


def _value(text: str) -> Any:
    """Return what somebody has typed as the type that it looks like."""
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text
