"""Clusters and their VMs, and what is done to them."""

from __future__ import annotations

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from batchcompute.server.console.view import View, segment
from batchcompute.server.model.errors import ApiError
from batchcompute.server.model.whole_numbers import whole_number
from batchcompute.server.rules.call import Call

PAGE: Final = 50
_VM_PAGE: Final = 200
_MOST_VMS: Final = 100_000


def clusters(view: View) -> Response:
    """Show the list of clusters."""
    query = {"MaxItemCount": PAGE, "Marker": view.value("marker")}
    with view.console.parts.database.read() as connection:
        items, following = view.page("list_clusters", connection, query)
    return view.render("clusters.html", clusters=items, following=following)


def cluster(view: View) -> Response:
    """Show one cluster with its VMs."""
    cluster_id = view.request.path_params["cluster"]
    console = view.console
    query = {"MaxItemCount": _VM_PAGE, "Marker": view.value("marker")}
    with console.parts.database.read() as connection:
        shown = view.read("get_cluster", connection, ClusterId=cluster_id)
        groups = list(shown["Groups"])
        chosen = view.value("group")
        chosen = chosen if chosen in groups else (groups[0] if groups else "")
        vms: Any = []
        following = ""
        if chosen:
            vms, following = view.page(
                "list_cluster_instances",
                connection,
                query,
                ClusterId=cluster_id,
                GroupName=chosen,
            )
        explained = view.explain("cluster", connection, ClusterId=cluster_id)
    return view.render(
        "cluster.html",
        cluster=shown,
        group=chosen,
        vms=vms,
        following=following,
        explained=explained,
    )


async def change_cluster(view: View) -> Response:
    """Scale a group of a cluster, delete or replace a VM, or delete the cluster."""
    cluster_id = view.request.path_params["cluster"]
    action, group = view.field("action"), view.field("group")
    path = {"ClusterId": cluster_id}
    back = f"/clusters/{segment(cluster_id)}"
    if action == "scale":
        text = view.field("count").strip()
        count = whole_number(text, 0, _MOST_VMS)
        if count is None:
            raise HTTPException(400, f"A number of VMs is one from 0 to {_MOST_VMS}.")
        body = {"Groups": {group: {"DesiredVMCount": count}}}
        call, operation = Call(path, body=body, caller=view.caller), "modify_cluster"
    elif action == "delete":
        call, operation = Call(path, caller=view.caller), "delete_cluster"
        back = "/clusters"
    elif action in ("delete-vm", "recreate-vm"):
        names = {**path, "GroupName": group, "InstanceId": view.field("vm")}
        call = Call(names, caller=view.caller)
        verb = action.removesuffix("-vm")
        operation = f"{verb}_cluster_instance"
    else:
        raise HTTPException(400, "There is no such action.")
    try:
        await view.console.parts.service.perform(operation, call)
    except ApiError as error:
        view.tell("bad", error.message)
        back = f"/clusters/{segment(cluster_id)}"
    else:
        view.tell("good", "Done.")
    return RedirectResponse(back, 303)
