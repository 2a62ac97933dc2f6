"""Whether the VMs of a group are this machine's, where a service also has others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchcompute.server.executors.interface import WorkerGroup
from batchcompute.server.model.resources import Placement, instance_type_of
from batchcompute.server.scheduler.transaction import Unit


def worker_group(cluster_id: str, description: Mapping[str, Any], group: str) -> WorkerGroup:
    """Return what an executor is told of a group.

    Args:
        cluster_id: Its cluster; "" for one that is not there yet.
        description: The ClusterDescription.
        group: Name of the group.
    """
    name: str = description.get("Name") or ""
    return WorkerGroup(cluster_id, name, group, instance_type_of(description, group))


def is_here(unit: Unit, group: WorkerGroup) -> bool:
    """Say whether new VMs of a group run their programs on this machine, if others do not."""
    return unit.this_machine is None or unit.this_machine.has("", group)


def placement_of(unit: Unit, group: WorkerGroup) -> Placement | None:
    """Return what places the VMs of a group on this machine; None if nothing does."""
    return unit.placement if is_here(unit, group) else None


def slots_for(unit: Unit, group: WorkerGroup) -> int:
    """Return how many programs can run at once on new VMs of a group, if there are no others."""
    if unit.this_machine is None:
        return unit.slots
    slots = unit.this_machine.slots
    return slots if is_here(unit, group) else unit.slots - slots
