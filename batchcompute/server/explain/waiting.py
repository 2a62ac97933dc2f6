"""Why instances that may run do not: what the scheduler looks at before it starts one."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from batchcompute.server.explain import codes, resources
from batchcompute.server.explain.explanation import (
    Cause,
    Situation,
    count,
    is_or_are,
    seconds,
)
from batchcompute.server.model import log_lines, states
from batchcompute.server.store import explain_queries as queries
from batchcompute.server.store.explain_queries import Machines, Queued
from batchcompute.server.store.rows import AnyRow


def of_task(connection: Connection, situation: Situation, task: AnyRow) -> Cause:
    """Say why the first waiting instance of a task that may run has no VM."""
    ending = queries.ending_attempts(connection, task)
    if len(ending) >= task.waiting:
        first = ending[0]
        return Cause(
            codes.WAITS_FOR_FORMER_ATTEMPT,
            f"{count(task.waiting, 'instance')} {'waits' if task.waiting == 1 else 'wait'} until "
            f"the former attempt has ended, that of instance {first.idx} on VM {first.machine_id}",
            {"WaitingCount": task.waiting},
            {"InstanceId": str(first.idx), "MachineId": first.machine_id},
        )
    return _of_queue(connection, situation, task, Queued(0, complete=True))


def of_instance(connection: Connection, situation: Situation, task: AnyRow, idx: int) -> Cause:
    """Say why an instance that waits, and whose task may run, has no VM."""
    former = queries.in_flight(connection, task, idx)
    if former is not None:
        return Cause(
            codes.WAITS_FOR_FORMER_ATTEMPT,
            f"it waits until its former attempt has ended on VM {former.machine_id}",
            {"Attempt": former.number},
            {"MachineId": former.machine_id},
        )
    return _of_queue(connection, situation, task, _before_in_task(connection, task, idx))


def _before_in_task(connection: Connection, task: AnyRow, idx: int) -> Queued:
    """Count the instances of the same task that come first."""
    # Those that are tried again, by number; then those that were never tried.
    if idx < task.tail:
        return queries.requeued_before(connection, task, idx)
    in_tail = task.instance_count - task.tail if task.tail_state == states.WAITING else 0
    return Queued(task.waiting - in_tail + idx - task.tail, complete=True)


def _of_queue(connection: Connection, situation: Situation, task: AnyRow, own: Queued) -> Cause:
    cluster = queries.cluster_of_number(connection, task.cluster_seq)
    if cluster is None or cluster.state != states.ACTIVE:
        # Its instances fail with the next commit, if they have not already.
        return Cause(codes.CLUSTER_DELETED, "its cluster was deleted")
    related = {"ClusterId": cluster.id}
    machines = queries.machines_of(connection, task.cluster_seq, is_mixed=situation.is_mixed)
    if not machines.running:
        return no_machine(connection, cluster, machines, situation)
    higher, earlier = queries.ahead_of(connection, task)
    ahead = higher + earlier + own
    details: dict[str, float] = {
        "DesiredVMCount": machines.wanted,
        "ActualVMCount": machines.running,
        "BusyVMCount": machines.busy,
        "AheadCount": ahead.instances,
        "AheadOfHigherPriorityCount": higher.instances,
    }
    if situation.paused:
        return Cause(codes.WAITS_FOR_DISK, situation.paused, details, related)
    if situation.holds:
        return Cause(
            codes.SERVICE_HOLDS,
            "the service has just started or is about to end, and starts no instances now",
            details,
            related,
        )
    # What is free elsewhere needs nothing of this machine.
    free_here = machines.busy < machines.running and not machines.idle_elsewhere
    if free_here and machines.busy_anywhere >= situation.slots:
        clause = (
            f"{situation.who} runs {count(situation.slots, 'program')} at once, as many as it may"
            f"{_and_ahead(ahead)}"
        )
        details["SlotCount"] = situation.slots
        return Cause(codes.WAITS_FOR_SLOT, clause, details, related)
    lack = resources.shortage(connection, situation, cluster) if free_here else None
    if lack is not None:
        clause = f"{lack.clause}{_and_ahead(ahead)}"
        return replace(lack, clause=clause, details={**details, **lack.details})
    rivals = queries.rivals_of(connection, task)
    where = f"in cluster {cluster.id}, {_all_busy(machines)}{_takes_turns(rivals)}"
    if rivals:
        details["OtherAccountCount"] = rivals
    if higher.instances:
        clause = f"{_ahead(higher, ' of higher priority')} before it {where}"
        return Cause(codes.WAITS_FOR_PRIORITY, clause, details, related)
    if machines.busy < machines.running and not ahead.instances:
        clause = f"it is the next to be given to a VM of cluster {cluster.id}"
        return Cause(codes.NEXT_TO_RUN, clause, details, related)
    if ahead.instances:
        return Cause(
            codes.WAITS_FOR_MACHINE, f"{_ahead(ahead)} before it {where}", details, related
        )
    clause = f"it is the next {where}"
    return Cause(codes.WAITS_FOR_MACHINE, clause, details, related)


def no_machine(
    connection: Connection, cluster: AnyRow, machines: Machines, situation: Situation
) -> Cause:
    """Say why a cluster has no VM that runs."""
    if not machines.wanted and not machines.coming:
        return Cause(
            codes.POOL_EMPTY,
            f"cluster {cluster.id} wants no VMs; its DesiredVMCount must be 1 or more",
            {"DesiredVMCount": 0, "ActualVMCount": 0},
            {"ClusterId": cluster.id},
        )
    return pool_starting(connection, cluster, machines, situation)


def pool_starting(
    connection: Connection, cluster: AnyRow, machines: Machines, situation: Situation
) -> Cause:
    """Say that VMs of a cluster are on their way."""
    runs = f"{machines.running or 'none'} {'runs' if machines.running < 2 else 'run'}"
    clause = f"cluster {cluster.id} wants {count(machines.wanted, 'VM')} and {runs}: "
    details: dict[str, float] = {
        "DesiredVMCount": machines.wanted,
        "ActualVMCount": machines.running,
        "StartingCount": machines.coming,
    }
    related = {"ClusterId": cluster.id}
    if machines.coming_since is None:
        clause += f"{count(machines.leaving, 'VM')} must be given back first"
        return Cause(codes.POOL_STARTING, clause, details, related)
    details["Seconds"] = seconds(machines.coming_since, situation.now)
    related["GroupName"] = machines.first_coming
    logged = queries.log_of(connection, cluster.seq)
    trouble = log_lines.trouble_of_start(logged, machines.first_coming)
    clause += f"group {machines.first_coming} "
    if machines.coming_from:
        clause += f"of pool {machines.coming_from} "
    if log_lines.AWAITS_AGENT in trouble:
        how = trouble.partition(log_lines.AWAITS_AGENT)[2].rstrip(".")
        clause += f"waits for an agent to join ({details['Seconds']} s): {how}"
        return Cause(codes.POOL_STARTING, clause, details, related, machines.coming_since)
    clause += f"is starting ({details['Seconds']} s)"
    if trouble:
        clause += f", and its operation logs say: {trouble.rstrip('.')}"
    return Cause(codes.POOL_STARTING, clause, details, related, machines.coming_since)


def trouble_on(connection: Connection, cluster_seq: int, group: str | None = None) -> str:
    """Return what keeps programs from starting on VMs that run; "" if nothing is known of.

    Args:
        connection: A reader.
        cluster_seq: The cluster.
        group: The group of the VMs; None for any.
    """
    return log_lines.trouble_of_programs(queries.log_of(connection, cluster_seq), group).rstrip(".")


def _all_busy(machines: Machines) -> str:
    if machines.running == 1:
        found = "whose only running VM is busy" if machines.busy else "whose only VM is free"
    elif machines.busy >= machines.running:
        found = f"whose {machines.running} running VMs are all busy"
    else:
        found = f"where {machines.busy} of {machines.running} running VMs are busy"
    coming = f" and {machines.coming} more {is_or_are(machines.coming)} starting"
    return found + coming if machines.coming else found


def _ahead(queued: Queued, kind: str = "") -> str:
    noun = "instance" if queued.instances == 1 and queued.complete else "instances"
    verb = "is" if queued.instances == 1 and queued.complete else "are"
    return f"{queued} {noun}{kind} {verb}"


def _and_ahead(queued: Queued) -> str:
    return f", and {_ahead(queued)} before it" if queued.instances else ""


def _takes_turns(rivals: int) -> str:
    if not rivals:
        return ""
    verb = "takes" if rivals == 1 else "take"
    return f", where {count(rivals, 'other account')} {verb} turns with this one"
