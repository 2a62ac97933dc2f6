"""Say which texts are ids of VM images, and which container images these may stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from batchcompute.server.model.image_references import is_image_name

_ID = re.compile(r"(?:img|m)-[0-9A-Za-z][0-9A-Za-z_.-]*")

#: How the ids of the hosted service's images for Windows begin.
WINDOWS = "img-windows"


def is_image_id(text: str) -> bool:
    """Say whether a text has the form of the id of a registered image or of an ECS image."""
    return _ID.fullmatch(text) is not None


def parse_stand_in(text: str) -> tuple[str, str]:
    """Read which container image a VM image stands for.

    Args:
        text: `<id of the VM image>=<name of the container image>`.

    Returns:
        The two.

    Raises:
        ValueError: It has another form.
    """
    image_id, _, container = text.partition("=")
    check_stand_ins({image_id: container})
    return image_id, container


def check_stand_ins(images: Mapping[str, str]) -> None:
    """Check which container images VM images stand for.

    Args:
        images: Ids of VM images, and names of container images.

    Raises:
        ValueError: One of them can be none.
    """
    for image_id, container in images.items():
        if not is_image_id(image_id):
            raise ValueError(f"{image_id!r} is not the id of a VM image, img-... or m-...")
        if not is_image_name(container):
            raise ValueError(f"{container!r} is not the name of a container image")
