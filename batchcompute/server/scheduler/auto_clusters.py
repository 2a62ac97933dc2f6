"""The cluster of one task: made when the task may run, released when it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchcompute.server.executors.interface import WorkerGroup
from batchcompute.server.model.plan import TaskPlan, notes_on
from batchcompute.server.scheduler import cluster_rows
from batchcompute.server.scheduler.places import placement_of, slots_for, worker_group
from batchcompute.server.scheduler.transaction import Unit

#: Name of the only group of such a cluster.
AUTO_GROUP = "auto"


def make(unit: Unit, plan: TaskPlan, account: int) -> int:
    """Make the cluster of a task; return its number.

    Args:
        unit: The unit of work.
        plan: The task's.
        account: The account of its job.
    """
    description = describe(plan)
    # More machines than programs that can run at once would only stand idle.
    about = worker_group("", description, AUTO_GROUP)
    size = min(plan.instance_count, slots_for(unit, about), _most(unit, about))
    left = unit.limits.vms_left(unit.connection, account)
    # With none at all the task would wait for ever, so each has one.
    sizes = {AUTO_GROUP: size if left is None else max(1, min(size, left))}
    seq, _ = cluster_rows.create_cluster(unit, description, sizes, auto=True, account=account)
    cluster_rows.log(unit, seq, notes_on(description))
    return seq


def describe(plan: TaskPlan) -> dict[str, Any]:
    """Return the ClusterDescription of a task's own cluster."""
    auto: Mapping[str, Any] = plan.auto_cluster
    copied = ("ImageId", "InstanceType", "Configs", "UserData", "DependencyIsvService")
    description: dict[str, Any] = {name: auto[name] for name in copied if name in auto}
    description["Name"] = plan.name
    description["ImageId"] = auto.get("ImageId") or auto.get("ECSImageId")
    group = ("InstanceType", "ResourceType", "SpotStrategy", "SpotPriceLimit")
    description["Groups"] = {AUTO_GROUP: {name: auto[name] for name in group if name in auto}}
    return description


def _most(unit: Unit, group: WorkerGroup) -> int:
    """Return how many machines of a group can have a program at once."""
    placement = placement_of(unit, group)
    if placement is None:
        return unit.slots
    return max(1, placement.count(placement.needs(group.instance_type)))


def release(unit: Unit, plan: TaskPlan, cluster_seq: int | None, *, failed: bool) -> None:
    """Give the cluster of a task back, if it has one.

    Args:
        unit: The unit of work.
        plan: The task's.
        cluster_seq: Where the task runs; None if it never could.
        failed: The task failed, or an instance of it did.
    """
    if not plan.auto_cluster or cluster_seq is None:
        return
    if failed and plan.reserve_on_fail:
        cluster_rows.log(unit, cluster_seq, ["Reserved because its task failed"])
    else:
        cluster_rows.dissolve(unit, cluster_seq)
