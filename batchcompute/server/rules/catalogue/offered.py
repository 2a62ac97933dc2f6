"""The catalogue of this service: images, instance types and disks."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from batchcompute.server.model.clock import to_wire
from batchcompute.server.model.errors import invalid
from batchcompute.server.model.resources import (
    THIS_MACHINE,
    InstanceTypes,
    Placement,
    Resources,
)
from batchcompute.server.model.vm_images import is_image_id

#: When the system images came to be; they are part of the program.
_IMAGES_CREATED = 1_477_896_933_921_878


@dataclass(frozen=True, slots=True)
class SystemImage:
    """An image that is always there. Programs run on the system of this machine, whatever it says.

    Attributes:
        image_id: Its id.
        name: Its name.
        description: What it stands for.
    """

    image_id: str
    name: str
    description: str

    def to_wire(self) -> dict[str, Any]:
        """Show the image as the API does."""
        return {
            "Id": self.image_id,
            "Name": self.name,
            "Description": self.description,
            "EcsImageId": "m-" + self.image_id.removeprefix("img-"),
            "Platform": "Linux",
            "Type": "System",
            "CreationTime": to_wire(_IMAGES_CREATED),
            "OwnerId": 0,
        }


_STANDS_FOR = "Stands for the system of the machine that runs the programs"

SYSTEM_IMAGES: Final[Mapping[str, SystemImage]] = {
    image_id: SystemImage(image_id, name, f"{_STANDS_FOR}; accepted for {kind} clusters")
    for image_id, name, kind in (
        ("img-centos", "Centos", "classic"),
        ("img-centos-vpc", "Centos-VPC", "VPC"),
        ("img-ubuntu", "Ubuntu", "classic"),
        ("img-ubuntu-vpc", "Ubuntu-VPC", "VPC"),
    )
}

RESOURCE_TYPES: Final = ("OnDemand", "Spot", "PrePaid")
DISK_TYPES: Final = ("cloud_efficiency", "cloud_ssd", "cloud", "ephemeral", "ephemeral_ssd")

ECS_IMAGE: Final = re.compile(r"m-[0-9A-Za-z-]+")


def check_image(image_id: str, path: str) -> None:
    """Refuse what has not the form of an image's id.

    This machine stands in for whatever image there is or was, registered here or with the hosted
    service. What has another form is the name of a container image in the wrong place: the program
    would run outside of its container without a word.

    Args:
        image_id: Id of a registered image or an ECS image.
        path: Where it stands in the request.

    Raises:
        ApiError: It has another form.
    """
    if not is_image_id(image_id):
        detail = (
            f"{image_id!r} is not the id of an image, img-... or m-...; "
            "an image of a container belongs into Docker.Image."
        )
        raise invalid(path.rpartition(".")[2], detail, path)


def quotas(types: InstanceTypes, placement: Placement | None) -> dict[str, Any]:
    """Show what an account may use, as GetQuotas does.

    It names no instance type that is this machine's: tools sort the vendor's by tables of their
    own, and break on any other. `available_resource` shows it as well.

    Args:
        types: The instance types of the service.
        placement: Whether they fit; None if that does not matter.
    """
    names = [name for name in _fitting(types, placement) if name != THIS_MACHINE]
    names = names or [THIS_MACHINE]
    spot = [name for name in names if name.startswith("ecs.")]
    return {
        "AvailableClusterResourceType": list(RESOURCE_TYPES),
        "AvailableClusterInstanceType": names,
        "AvailableSpotInstanceType": spot,
        "AvailableClusterInstanceSystemDiskType": list(DISK_TYPES),
        "AvailableClusterInstanceDataDiskType": list(DISK_TYPES),
    }


def available_resource(types: InstanceTypes, placement: Placement | None) -> dict[str, Any]:
    """Show what can be had now, as GetAvailableResource does; see `quotas` for the arguments."""
    kinds = [
        {
            "InstanceType": name,
            "CpuCore": math.ceil(needs.processors),
            "MemorySize": max(1, needs.memory_mib // 1024),
            "Network": {
                "Classic": not name.startswith("ecs."),
                "Vpc": not name.startswith("bcs."),
            },
        }
        for name, needs in _fitting(types, placement).items()
    ]
    vpc = [kind for kind in kinds if str(kind["InstanceType"]).startswith("ecs.")]
    return {
        "AvailableClusterInstanceType": kinds,
        "AvailableSpotInstanceType": vpc,
        "AvailablePrepaidInstanceType": vpc,
        "AvailableResourceType": list(RESOURCE_TYPES),
        "AvailableSystemDiskType": list(DISK_TYPES),
        "AvailableDataDiskType": list(DISK_TYPES),
    }


def _fitting(types: InstanceTypes, placement: Placement | None) -> dict[str, Resources]:
    return {
        name: needs
        for name, needs in types
        if placement is None or needs.fits_into(placement.machine.offered)
    }
