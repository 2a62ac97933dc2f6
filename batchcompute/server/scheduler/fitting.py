"""Refuse VMs that are larger than the machine, and say what the others take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batchcompute.server.model.errors import invalid
from batchcompute.server.model.resources import instance_type_of
from batchcompute.server.scheduler.transaction import Unit


def require_room(unit: Unit, instance_type: str, path: str) -> None:
    """Refuse a VM that could never have a program.

    Args:
        unit: The unit of work.
        instance_type: What it stands for; "" for the default type.
        path: Where it stands in the request.

    Raises:
        ApiError: It is larger than the machine.
    """
    refusal = None if unit.placement is None else unit.placement.refusal(instance_type)
    if refusal is not None:
        raise invalid("InstanceType", refusal[:1].upper() + refusal[1:], path)


def require_room_for_groups(unit: Unit, description: Mapping[str, Any]) -> None:
    """Refuse a cluster with VMs that could never have a program.

    Args:
        unit: The unit of work.
        description: A ClusterDescription, or what is left of it after a change.

    Raises:
        ApiError: One of its groups is larger than the machine.
    """
    for name, group in description["Groups"].items():
        own = f"Groups.{name}.InstanceType"
        path = "InstanceType" if description.get("InstanceType") else own
        path = own if group.get("InstanceType") else path
        require_room(unit, instance_type_of(description, name), path)


def notes_on_types(unit: Unit, description: Mapping[str, Any]) -> Iterator[str]:
    """Say what the VMs of a cluster take, in lines for its operation logs."""
    if unit.placement is None:
        return
    types = {name: instance_type_of(description, name) for name in description["Groups"]}
    for name, instance_type in types.items():
        known = unit.placement.types.find(instance_type) is not None
        what = f"InstanceType {instance_type}" if instance_type else "No InstanceType"
        unknown = "" if known or not instance_type else " is not known here and"
        yield f"[{name}]{what}{unknown} stands for {unit.placement.needs(instance_type)}"
    if _names_disks(description):
        yield "Sizes of disks are not enforced: programs share the disk of this machine"


def _names_disks(description: Mapping[str, Any]) -> bool:
    configs: Mapping[str, Any] = description.get("Configs") or {}
    disks: Mapping[str, Mapping[str, Any]] = configs.get("Disks") or {}
    return any(disk and disk.get("Size") for disk in disks.values())
