"""Operations that say why something does not run, or why it failed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from batchcompute.server import explain
from batchcompute.server.explain import Explanation, Situation
from batchcompute.server.model.caller import Kind
from batchcompute.server.model.clock import to_wire
from batchcompute.server.model.errors import not_found
from batchcompute.server.rules.call import Call
from batchcompute.server.store import cluster_queries, job_queries


def explain_job(connection: Connection, call: Call, situation: Situation) -> dict[str, Any]:
    """Explain a job."""
    _require_job(connection, call)
    return _show(explain.explain_job(connection, situation, call.path["JobId"]))


def explain_task(connection: Connection, call: Call, situation: Situation) -> dict[str, Any]:
    """Explain a task of a job."""
    _require_job(connection, call)
    path = call.path
    return _show(explain.explain_task(connection, situation, path["JobId"], path["TaskName"]))


def explain_instance(connection: Connection, call: Call, situation: Situation) -> dict[str, Any]:
    """Explain an instance of a task."""
    _require_job(connection, call)
    path, idx = call.path, call.instance
    return _show(
        explain.explain_instance(connection, situation, path["JobId"], path["TaskName"], idx)
    )


def explain_cluster(connection: Connection, call: Call, situation: Situation) -> dict[str, Any]:
    """Explain a cluster."""
    _require_cluster(connection, call)
    return _show(explain.explain_cluster(connection, situation, call.path["ClusterId"]))


def _require_job(connection: Connection, call: Call) -> None:
    if call.caller.scope is None:
        return
    job = job_queries.find_job(connection, call.path["JobId"])
    if job is None or not call.caller.owns(job.account):
        raise not_found()


def _require_cluster(connection: Connection, call: Call) -> None:
    if call.caller.scope is None:
        return
    cluster = cluster_queries.find_cluster(connection, call.path["ClusterId"])
    if cluster is None or not call.caller.sees(cluster.account, Kind.CLUSTER, cluster.id):
        raise not_found()


def _show(found: Explanation | None) -> dict[str, Any]:
    if found is None:
        raise not_found()
    cause = found.cause
    return {
        "State": found.state,
        "Code": cause.code,
        "Reason": found.reason,
        "Details": dict(cause.details),
        "Related": dict(cause.related),
        "Since": to_wire(cause.since),
    }
