"""Changes that callers make to clusters and their machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from batchcompute.server.model import states
from batchcompute.server.model.caller import DEFAULT_ACCOUNT, OPERATOR, Caller, Kind
from batchcompute.server.model.errors import invalid, not_found, state_conflict
from batchcompute.server.scheduler import cancellation, cluster_rows, completion, lifecycle
from batchcompute.server.scheduler.cached_rows import CachedAttempt
from batchcompute.server.scheduler.fitting import require_room_for_groups
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.scheduler.vm_images import notes_on_images
from batchcompute.server.scheduler.write_batch import Result
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import QUEUED, clusters, groups, jobs, machines, tasks


def create(
    unit: Unit,
    description: Mapping[str, Any],
    notes: Sequence[str] = (),
    account: int = DEFAULT_ACCOUNT,
) -> str:
    """Make a cluster.

    Args:
        unit: The unit of work.
        description: The ClusterDescription.
        notes: Lines for its operation logs.
        account: The account that it belongs to.

    Returns:
        The cluster's id.

    Raises:
        ApiError: Its VMs are larger than the machine, or more than the account may have.
    """
    require_room_for_groups(unit, description)
    sizes = {name: group["DesiredVMCount"] for name, group in description["Groups"].items()}
    unit.limits.check_vms(unit.connection, account, sum(sizes.values()))
    seq, cluster_id = cluster_rows.create_cluster(
        unit, description, sizes, auto=False, account=account
    )
    cluster_rows.log(unit, seq, notes)
    return cluster_id


def modify(
    unit: Unit,
    cluster_id: str,
    change: Mapping[str, Any],
    notes: Sequence[str] = (),
    caller: Caller = OPERATOR,
) -> None:
    """Change what a cluster is, and how large; absent members keep their value.

    Args:
        unit: The unit of work.
        cluster_id: The cluster.
        change: A ModifyClusterDescription.
        notes: Lines for its operation logs.
        caller: Who calls.

    Raises:
        ApiError: The cluster or a group is unknown, or the cluster is being deleted.
    """
    cluster = _find(unit, cluster_id, caller)
    _check_active(cluster)
    description: dict[str, Any] = json.loads(cluster.description)
    known = {row.name: row for row in _groups(unit, cluster.seq)}
    changed_groups: dict[str, dict[str, Any]] = change.get("Groups") or {}
    for name in changed_groups:
        if name not in known:
            raise invalid("Groups", f"The cluster has no group {name}.", f"Groups.{name}")
    for name in ("ImageId", "UserData", "EnvVars", "InputMapping"):
        if name in change:
            description[name] = change[name]
    configs: dict[str, Any] = change.get("Configs") or {}
    mounts = configs.get("Mounts")
    if mounts is not None:
        description["Configs"] = {**(description.get("Configs") or {}), "Mounts": mounts}
    for name, group in changed_groups.items():
        kept = {key: value for key, value in group.items() if key in _GROUP_MEMBERS}
        description["Groups"][name] = {**description["Groups"].get(name, {}), **kept}
    more = sum(
        group["DesiredVMCount"] - known[name].desired
        for name, group in changed_groups.items()
        if "DesiredVMCount" in group
    )
    if more > 0:
        unit.limits.check_vms(unit.connection, cluster.account, more)
    if any("InstanceType" in group for group in changed_groups.values()):
        require_room_for_groups(unit, description, cluster_id)
    unit.connection.execute(
        update(clusters)
        .where(clusters.c.seq == cluster.seq)
        .values(description=json.dumps(description, separators=(",", ":")))
    )
    unit.cache.cluster_changed(cluster.seq)
    for name, group in changed_groups.items():
        if "DesiredVMCount" in group:
            _resize(unit, cluster.seq, name, group["DesiredVMCount"])
    cluster_rows.log(unit, cluster.seq, [*notes_on_images(unit.images, change), *notes])


_GROUP_MEMBERS = frozenset({"DesiredVMCount", "InstanceType", "SpotStrategy", "SpotPriceLimit"})


def remove(unit: Unit, cluster_id: str, caller: Caller = OPERATOR) -> None:
    """Delete a cluster: what runs on it fails as on a lost machine, what waits for it fails.

    Raises:
        ApiError: The cluster is unknown or already being deleted.
    """
    cluster = _find(unit, cluster_id, caller)
    _check_active(cluster)
    gone = f"cluster {cluster_id} was deleted."
    running, prefetched = _on_machines(unit, cluster_rows.present(unit, cluster.seq))
    cluster_rows.dissolve(unit, cluster.seq)
    _fail_attempts(unit, running, gone, final=True)
    _give_back(unit, prefetched)
    waiting = unit.connection.execute(
        select(tasks, jobs.c.fail_on_instance_fail)
        .join(jobs, jobs.c.seq == tasks.c.job_seq)
        .where(tasks.c.cluster_seq == cluster.seq, tasks.c.state.in_(states.TASK.sources("stop")))
        .order_by(tasks.c.job_seq, tasks.c.pos)
    ).all()
    for task in waiting:
        if task.ready:
            _abandon(unit, task, gone)
        elif task.fail_on_instance_fail:
            # Its turn would come later, but the job cannot be saved any more.
            cancellation.halt(
                unit, task.job_seq, "fail", f"Task {task.name}: {gone}", failed_pos=task.pos
            )


def remove_machine(
    unit: Unit, cluster_id: str, group: str, machine_id: str, caller: Caller = OPERATOR
) -> None:
    """Delete one machine; its group is wanted smaller by one from now on.

    The last one of a cluster that was made for a task is replaced while instances wait for it:
    nobody but this service decides how many machines such a cluster has, and without any the task
    would wait for ever.

    Raises:
        ApiError: Something named is unknown, or the machine is already being deleted.
    """
    cluster, machine = _find_machine(unit, cluster_id, group, machine_id, caller)
    _want(unit, cluster.seq, group, -1)
    _take_away(unit, [machine], f"its cluster instance {machine_id} was deleted")
    if (
        cluster.auto
        and _is_awaited(unit, cluster.seq)
        and not cluster_rows.present(unit, cluster.seq)
    ):
        cluster_rows.log(
            unit, cluster.seq, [f"[{group}]Instance replaced, because the task needs one"]
        )
        _want(unit, cluster.seq, group, 1)
        cluster_rows.add_machines(unit, cluster.seq, group, 1)


def recreate_machine(
    unit: Unit, cluster_id: str, group: str, machine_id: str, caller: Caller = OPERATOR
) -> None:
    """Replace one machine by a new one.

    Raises:
        ApiError: Something named is unknown, or the machine is already being deleted.
    """
    cluster, machine = _find_machine(unit, cluster_id, group, machine_id, caller)
    _take_away(unit, [machine], f"its cluster instance {machine_id} was recreated")
    cluster_rows.add_machines(unit, cluster.seq, group, 1)


def _resize(unit: Unit, cluster_seq: int, group: str, desired: int) -> None:
    unit.connection.execute(
        update(groups)
        .where(groups.c.cluster_seq == cluster_seq, groups.c.name == group)
        .values(desired=desired)
    )
    present = cluster_rows.present(unit, cluster_seq, group)
    cluster_rows.add_machines(unit, cluster_seq, group, desired - len(present))
    # Those without a program go first, and of these the newest.
    busy = {attempt.machine.seq for attempt in cluster_rows.on_machines(unit, present)}
    by_worth = sorted(present, key=lambda row: (row.seq not in busy, row.seq))
    excess = by_worth[::-1][: max(0, len(present) - desired)]
    _take_away(unit, excess, "its cluster instance was removed")


def _want(unit: Unit, cluster_seq: int, group: str, more: int) -> None:
    unit.connection.execute(
        update(groups)
        .where(groups.c.cluster_seq == cluster_seq, groups.c.name == group)
        .values(desired=groups.c.desired + more)
    )


def _is_awaited(unit: Unit, cluster_seq: int) -> bool:
    """Say whether instances wait for a machine of the cluster."""
    query = select(tasks.c.pos).where(QUEUED, tasks.c.cluster_seq == cluster_seq).limit(1)
    return unit.connection.execute(query).first() is not None


def _take_away(unit: Unit, hosts: Sequence[AnyRow], reason: str) -> None:
    running, prefetched = _on_machines(unit, hosts)
    cluster_rows.retire(unit, hosts)
    _fail_attempts(unit, running, reason, final=False)
    _give_back(unit, prefetched)


def _on_machines(
    unit: Unit, hosts: Sequence[AnyRow]
) -> tuple[list[CachedAttempt], list[CachedAttempt]]:
    """Return the attempts that run on machines, and those that wait there."""
    found = cluster_rows.on_machines(unit, hosts)
    waiting = [attempt for attempt in found if attempt in unit.cache.prefetched]
    return [attempt for attempt in found if attempt not in waiting], waiting


def _fail_attempts(
    unit: Unit, running: Sequence[CachedAttempt], reason: str, *, final: bool
) -> None:
    """End what runs on machines that the caller took away, which counts as a failed attempt."""
    message = f"The program was ended because {reason.rstrip('.')}."
    result = Result(unit.now, error_code="InstanceLost", error_message=message)
    for attempt in running:
        # Failing one may end its job, and with it the others.
        if not attempt.settled:
            why = f"was ended because {reason.rstrip('.')}"
            completion.fail(unit, attempt, result, why, final=final)


def _give_back(unit: Unit, prefetched: Sequence[CachedAttempt]) -> None:
    for attempt in prefetched:
        if not attempt.settled:
            completion.give_back(unit, attempt)


def _abandon(unit: Unit, task: AnyRow, reason: str) -> None:
    query = select(tasks).where(tasks.c.job_seq == task.job_seq, tasks.c.pos == task.pos)
    now = unit.connection.execute(query).one()
    # Ending one task may have ended its job, and with it the others.
    if states.TASK.may(now.state, "stop"):
        lifecycle.abandon(unit, now, reason)


def _find(unit: Unit, cluster_id: str, caller: Caller) -> AnyRow:
    query = select(clusters).where(clusters.c.id == cluster_id)
    cluster = unit.connection.execute(query).one_or_none()
    if cluster is None:
        raise not_found()
    caller.check_owns(cluster.account, Kind.CLUSTER, cluster_id)
    return cluster


def _check_active(cluster: AnyRow) -> None:
    if cluster.state != states.ACTIVE:
        raise state_conflict(cluster.state)


def _find_machine(
    unit: Unit, cluster_id: str, group: str, machine_id: str, caller: Caller
) -> tuple[AnyRow, AnyRow]:
    cluster = _find(unit, cluster_id, caller)
    query = select(machines).where(
        machines.c.cluster_seq == cluster.seq,
        machines.c.group_name == group,
        machines.c.id == machine_id,
    )
    machine = unit.connection.execute(query).one_or_none()
    if machine is None:
        raise not_found()
    if not states.MACHINE.may(machine.state, "delete"):
        raise state_conflict(machine.state)
    return cluster, machine


def _groups(unit: Unit, cluster_seq: int) -> Sequence[AnyRow]:
    query = select(groups).where(groups.c.cluster_seq == cluster_seq).order_by(groups.c.pos)
    return unit.connection.execute(query).all()
