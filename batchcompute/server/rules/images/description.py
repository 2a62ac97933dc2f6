"""Rules for images: which can be registered, and which can be run on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from batchcompute.server.model.caller import OPERATOR, Caller, Kind
from batchcompute.server.model.errors import invalid
from batchcompute.server.model.vm_images import WINDOWS
from batchcompute.server.rules.catalogue.offered import ECS_IMAGE
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store import image_queries

#: An image and its place in the request.
Reference = tuple[str, str]

_PLATFORMS = ("Linux", "Windows")


def check_registration(description: Mapping[str, Any]) -> None:
    """Check an ImageDescription that agrees with the specification.

    Nothing is made of the ECS image, but the API's documentation names another form an error; the
    platform decides whether programs can run at all.

    Raises:
        ApiError: A rule is broken; the message names the member.
    """
    if not ECS_IMAGE.fullmatch(description["EcsImageId"]):
        raise invalid("EcsImageId", "It must be the id of an ECS image, m-...")
    if description["Platform"] not in _PLATFORMS:
        raise invalid("Platform", f"It must be one of {', '.join(_PLATFORMS)}.")


def require_linux(unit: Unit, references: Iterable[Reference], caller: Caller = OPERATOR) -> None:
    """Refuse images for Windows, whose commands nothing can run here.

    Args:
        unit: The transaction that is going to use them.
        references: The images; one that stands for a container image is fine.
        caller: Who calls; what they do not see is like an image that nobody has registered.

    Raises:
        ApiError: One is for Windows.
    """
    for image_id, path in references:
        if image_id not in unit.images and _is_for_windows(unit, image_id, caller):
            detail = f"Image {image_id} is for Windows; this server runs programs on Linux only."
            raise invalid(path.rpartition(".")[2], detail, path)


def _is_for_windows(unit: Unit, image_id: str, caller: Caller) -> bool:
    image = image_queries.find_image(unit.connection, image_id)
    if image is None or not caller.sees(image.account, Kind.IMAGE, image_id):
        return image_id.startswith(WINDOWS)
    return bool(json.loads(image.description)["Platform"] == "Windows")
