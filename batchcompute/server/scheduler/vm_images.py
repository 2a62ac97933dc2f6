"""Tell callers what the VM images of their clusters are here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def image_of(description: Mapping[str, Any], group: str) -> str:
    """Return the VM image of a group: its own, or else that of its cluster; "" for none.

    Args:
        description: The ClusterDescription.
        group: Name of the group.
    """
    own: str = description.get("Groups", {}).get(group, {}).get("ImageId", "")
    image_id: str = own or description.get("ImageId", "")
    return image_id


def notes_on_images(images: Mapping[str, str], description: Mapping[str, Any]) -> list[str]:
    """Say where programs run whatever their images are, in lines for a cluster's operation logs.

    Args:
        images: The container images that VM images stand for, by their ids.
        description: A ClusterDescription, or a change of one.
    """
    named = [description.get("ImageId", "")]
    named += [group.get("ImageId", "") for group in description.get("Groups", {}).values()]
    return [
        f"Image {image_id} stands for the container image {images[image_id]}"
        if image_id in images
        else f"Image {image_id} is a name here: programs run on the system of this machine"
        for image_id in dict.fromkeys(named)
        if image_id
    ]
