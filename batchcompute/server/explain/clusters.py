"""Explain what the VMs of a cluster do, and what keeps them from doing more."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from batchcompute.server.explain import codes, resources, waiting
from batchcompute.server.explain.explanation import Cause, Explanation, Situation, count, is_or_are
from batchcompute.server.model import states
from batchcompute.server.store import cluster_queries
from batchcompute.server.store import explain_queries as queries
from batchcompute.server.store.explain_queries import Machines, Queued
from batchcompute.server.store.rows import AnyRow


def explain_cluster(
    connection: Connection, situation: Situation, cluster_id: str
) -> Explanation | None:
    """Explain a cluster.

    Args:
        connection: A reader.
        situation: What the database does not say.
        cluster_id: The cluster.

    Returns:
        Its explanation, or None if there is no such cluster.
    """
    cluster = cluster_queries.find_cluster(connection, cluster_id)
    if cluster is None:
        return None
    machines = queries.machines_of(connection, cluster.seq, is_mixed=situation.is_mixed)
    if cluster.state == states.DELETING:
        return Explanation(cluster.state, _deleting(connection, cluster, machines))
    return Explanation(cluster.state, _active(connection, situation, cluster, machines))


def _deleting(connection: Connection, cluster: AnyRow, machines: Machines) -> Cause:
    programs = queries.attempts_on(connection, cluster.seq)
    vms = machines.running + machines.coming + machines.leaving
    clause = f"it is being deleted, and {count(vms, 'VM')} {is_or_are(vms)} still being given back"
    if programs:
        clause += f", with {count(programs, 'program')} being stopped there"
    details: dict[str, float] = {"StoppingCount": vms, "ProgramCount": programs}
    return Cause(codes.DELETING, clause, details)


def _active(
    connection: Connection, situation: Situation, cluster: AnyRow, machines: Machines
) -> Cause:
    queued = queries.waiting_on(connection, cluster.seq)
    waits = (
        f"{queued} {'instance waits' if str(queued) == '1' else 'instances wait'}"
        if queued.instances
        else "no instance waits"
    )
    details: dict[str, float] = {
        "DesiredVMCount": machines.wanted,
        "ActualVMCount": machines.running,
        "StartingCount": machines.coming,
        "BusyVMCount": machines.busy,
        "WaitingCount": queued.instances,
    }
    if not machines.wanted and not machines.running and not machines.coming:
        clause = f"it wants no VMs, and {waits} for one"
        return Cause(codes.POOL_EMPTY, clause, details)
    if machines.running < machines.wanted:
        cause = waiting.pool_starting(connection, cluster, machines, situation)
        return Cause(
            cause.code,
            f"{waits} for a VM: {cause.clause}",
            {**cause.details, **details},
            cause.related,
            cause.since,
        )
    return _complete(connection, situation, cluster, machines, queued, waits, details)


def _complete(
    connection: Connection,
    situation: Situation,
    cluster: AnyRow,
    machines: Machines,
    queued: Queued,
    waits: str,
    details: dict[str, float],
) -> Cause:
    owner = queries.owner_of(connection, cluster.seq) if cluster.auto else None
    if owner is not None and owner.state not in states.TASK.sources("finish"):
        clause = (
            f"it is kept for inspection (ReserveOnFail), as task {owner.name} of {owner.job_id}, "
            "which it was made for, failed"
        )
        related = {"JobId": owner.job_id, "TaskName": owner.name}
        return Cause(codes.RESERVED, clause, details, related, owner.ended)
    free = machines.running - machines.busy
    if free and queued.instances and situation.paused:
        return Cause(codes.WAITS_FOR_DISK, f"{waits}, as {situation.paused}", details)
    if free and queued.instances and situation.holds:
        clause = f"{waits}, as the service has just started or is about to end"
        return Cause(codes.SERVICE_HOLDS, clause, details)
    waits_here = free and queued.instances and not machines.idle_elsewhere
    if waits_here and machines.busy_anywhere >= situation.slots:
        clause = (
            f"{waits}, as {situation.who} runs {count(situation.slots, 'program')} at once, "
            f"as many as it may, of which {machines.busy} here"
        )
        return Cause(codes.WAITS_FOR_SLOT, clause, {**details, "SlotCount": situation.slots})
    lack = resources.shortage(connection, situation, cluster) if waits_here else None
    if lack is not None:
        return replace(lack, clause=f"{waits}: {lack.clause}", details={**details, **lack.details})
    if not machines.busy:
        vms = count(machines.running, "VM")
        return Cause(
            codes.IDLE, f"its {vms} {is_or_are(machines.running)} free, and {waits}", details
        )
    clause = f"{machines.busy} of its {count(machines.running, 'VM')} "
    clause += f"{is_or_are(machines.busy)} busy, and {waits}"
    return Cause(codes.BUSY, clause, details)
