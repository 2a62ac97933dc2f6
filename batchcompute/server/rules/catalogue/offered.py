"""What this service offers: images, kinds of machines, disks."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from batchcompute.server.model.clock import to_wire
from batchcompute.server.model.errors import invalid
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

_GIGABYTE = 2**30


def _this_machine() -> tuple[int, int]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return os.cpu_count() or 1, max(1, memory // _GIGABYTE)


#: The instance type that says what the machine has.
THIS_MACHINE: Final = "local.machine"

#: Instance types with their processors and gigabytes of memory. They are names here, so callers
#: may also write others: a program gets what the machine has.
INSTANCE_TYPES: Final[Mapping[str, tuple[int, int]]] = {
    "bcs.a2.large": (4, 8),
    "bcs.a2.xlarge": (8, 16),
    "bcs.a2.3xlarge": (16, 32),
    "bcs.a2.4xlarge": (20, 40),
    "bcs.b2.3xlarge": (16, 32),
    "bcs.b4.xlarge": (8, 32),
    "bcs.b4.3xlarge": (16, 64),
    "bcs.b4.4xlarge": (20, 80),
    "bcs.b4.5xlarge": (24, 96),
    "ecs.sn1ne.large": (2, 4),
    "ecs.sn1ne.xlarge": (4, 8),
    "ecs.sn2ne.large": (2, 8),
    "ecs.sn2ne.xlarge": (4, 16),
    THIS_MACHINE: _this_machine(),
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


def quotas() -> dict[str, Any]:
    """Show what an account may use, as GetQuotas does.

    It names the vendor's instance types only: tools sort them by tables of their own, and break on
    any other. `available_resource` shows the machine's own as well.
    """
    spot = [name for name in INSTANCE_TYPES if name.startswith("ecs.")]
    return {
        "AvailableClusterResourceType": list(RESOURCE_TYPES),
        "AvailableClusterInstanceType": [name for name in INSTANCE_TYPES if name != THIS_MACHINE],
        "AvailableSpotInstanceType": spot,
        "AvailableClusterInstanceSystemDiskType": list(DISK_TYPES),
        "AvailableClusterInstanceDataDiskType": list(DISK_TYPES),
    }


def available_resource() -> dict[str, Any]:
    """Show what can be had now, as GetAvailableResource does."""
    kinds = [
        {
            "InstanceType": name,
            "CpuCore": cores,
            "MemorySize": memory,
            "Network": {
                "Classic": not name.startswith("ecs."),
                "Vpc": not name.startswith("bcs."),
            },
        }
        for name, (cores, memory) in INSTANCE_TYPES.items()
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
