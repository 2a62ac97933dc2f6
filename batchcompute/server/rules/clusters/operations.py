"""Operations on clusters and their machines."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection

from batchcompute.server.model.caller import Kind
from batchcompute.server.model.errors import not_found
from batchcompute.server.model.plan import notes_on
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.clusters import shown
from batchcompute.server.rules.clusters.description import check_change, check_cluster, images_of
from batchcompute.server.rules.images.description import require_linux
from batchcompute.server.rules.paging import cut
from batchcompute.server.rules.tokens import once
from batchcompute.server.scheduler import clusters
from batchcompute.server.scheduler.batch import Command
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store import cluster_queries
from batchcompute.server.store.rows import AnyRow


def create_cluster(call: Call) -> Command:
    """Make a cluster."""
    body = call.body
    check_cluster(body)
    # A member of changes only; here it is one of those that nobody knows, and nothing checked it.
    description = {name: body[name] for name in body if name != "InputMapping"}

    def create(unit: Unit) -> dict[str, Any]:
        def make(unit: Unit) -> str:
            require_linux(unit, images_of(body), call.caller)
            account = call.caller.account
            return clusters.create(unit, description, notes_on(description), account)

        return {"Id": once(unit, "cluster", call.token, body, make, call.caller.account)}

    return create


def modify_cluster(call: Call) -> Command:
    """Change a cluster."""
    change = check_change(call.body)

    def modify(unit: Unit) -> None:
        require_linux(unit, images_of(change), call.caller)
        clusters.modify(unit, call.path["ClusterId"], change, notes_on(change), call.caller)

    return modify


def delete_cluster(call: Call) -> Command:
    """Delete a cluster."""
    return lambda unit: clusters.remove(unit, call.path["ClusterId"], call.caller)


def delete_cluster_instance(call: Call) -> Command:
    """Delete one machine of a cluster."""
    path = call.path
    return lambda unit: clusters.remove_machine(
        unit, path["ClusterId"], path["GroupName"], path["InstanceId"], call.caller
    )


def recreate_cluster_instance(call: Call) -> Command:
    """Replace one machine of a cluster."""
    path = call.path
    return lambda unit: clusters.recreate_machine(
        unit, path["ClusterId"], path["GroupName"], path["InstanceId"], call.caller
    )


def list_clusters(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a page of clusters, those that belong to a task included."""
    found = cluster_queries.list_clusters(
        connection,
        marker=call.marker,
        limit=call.page_size + 1,
        account=call.caller.scope,
        granted=call.caller.granted(Kind.CLUSTER),
    )
    page = cut(found, call.page_size, lambda cluster: cluster.id)
    seqs = [cluster.seq for cluster in page.items]
    groups = cluster_queries.groups_of(connection, seqs)
    counts = cluster_queries.machine_counts(connection, seqs)
    logs = cluster_queries.logs_of(connection, seqs)
    return page.to_wire(
        lambda cluster: shown.show_cluster(
            cluster, groups[cluster.seq], counts[cluster.seq], logs[cluster.seq]
        )
    )


def get_cluster(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a cluster."""
    cluster = _cluster(connection, call)
    seqs = [cluster.seq]
    return shown.show_cluster(
        cluster,
        cluster_queries.groups_of(connection, seqs)[cluster.seq],
        cluster_queries.machine_counts(connection, seqs)[cluster.seq],
        cluster_queries.logs_of(connection, seqs)[cluster.seq],
    )


def list_cluster_instances(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a page of the machines of a group."""
    cluster = _cluster(connection, call)
    group = call.path["GroupName"]
    if group not in json.loads(cluster.description)["Groups"]:
        raise not_found()
    found = cluster_queries.list_machines(
        connection, cluster.seq, group, marker=call.marker, limit=call.page_size + 1
    )
    page = cut(found, call.page_size, lambda machine: machine.id)
    return page.to_wire(lambda machine: shown.show_machine(machine, hint=_hint(cluster)))


def get_cluster_instance(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a machine of a group."""
    cluster = _cluster(connection, call)
    machine = cluster_queries.find_machine(
        connection, cluster.seq, call.path["GroupName"], call.path["InstanceId"]
    )
    if machine is None:
        raise not_found()
    return shown.show_machine(machine, hint=_hint(cluster))


def _cluster(connection: Connection, call: Call) -> AnyRow:
    cluster = cluster_queries.find_cluster(connection, call.path["ClusterId"])
    if cluster is None or not call.caller.sees(cluster.account, Kind.CLUSTER, cluster.id):
        raise not_found()
    return cluster


def _hint(cluster: AnyRow) -> str:
    name: str = json.loads(cluster.description)["Name"]
    return name if cluster.auto else ""
