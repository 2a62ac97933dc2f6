"""Refuse VMs that are larger than the machine, and say what the others take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batchcompute.server.executors.interface import WorkerGroup
from batchcompute.server.model.errors import invalid
from batchcompute.server.scheduler.places import is_here, placement_of, worker_group
from batchcompute.server.scheduler.transaction import Unit


def require_room(unit: Unit, group: WorkerGroup, path: str) -> None:
    """Refuse VMs that could never have a program.

    Args:
        unit: The unit of work.
        group: Their group.
        path: Where it stands in the request.

    Raises:
        ApiError: It is larger than the machine.
    """
    placement = placement_of(unit, group)
    refusal = None if placement is None else placement.refusal(group.instance_type)
    if refusal is not None:
        raise invalid("InstanceType", refusal[:1].upper() + refusal[1:], path)


def require_room_for_groups(
    unit: Unit, description: Mapping[str, Any], cluster_id: str = ""
) -> None:
    """Refuse a cluster with VMs that could never have a program.

    Args:
        unit: The unit of work.
        description: A ClusterDescription, or what is left of it after a change.
        cluster_id: The cluster; "" if it is not there yet.

    Raises:
        ApiError: One of its groups is larger than the machine.
    """
    for name, group in description["Groups"].items():
        own = f"Groups.{name}.InstanceType"
        path = "InstanceType" if description.get("InstanceType") else own
        path = own if group.get("InstanceType") else path
        require_room(unit, worker_group(cluster_id, description, name), path)


def notes_on_types(unit: Unit, description: Mapping[str, Any]) -> Iterator[str]:
    """Say what the VMs of a cluster take, in lines for its operation logs."""
    if unit.placement is None:
        return
    groups = [worker_group("", description, name) for name in description["Groups"]]
    here = {each.group: each.instance_type for each in groups if is_here(unit, each)}
    for name, instance_type in here.items():
        known = unit.placement.types.find(instance_type) is not None
        what = f"InstanceType {instance_type}" if instance_type else "No InstanceType"
        unknown = "" if known or not instance_type else " is not known here and"
        yield f"[{name}]{what}{unknown} stands for {unit.placement.needs(instance_type)}"
    if here and _names_disks(description):
        yield "Sizes of disks are not enforced: programs share the disk of this machine"


def _names_disks(description: Mapping[str, Any]) -> bool:
    configs: Mapping[str, Any] = description.get("Configs") or {}
    disks: Mapping[str, Mapping[str, Any]] = configs.get("Disks") or {}
    return any(disk and disk.get("Size") for disk in disks.values())
