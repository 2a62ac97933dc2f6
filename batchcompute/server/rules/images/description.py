"""Rules for images: which can be registered, and which can be run on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from batchcompute.server.model.errors import invalid
from batchcompute.server.rules.catalogue.offered import (
    ECS_IMAGE,
    REGISTERED_IMAGE,
    check_image,
    unknown_image,
)
from batchcompute.server.store import image_queries

#: An image and its place in the request.
Reference = tuple[str, str]

_PLATFORMS = ("Linux", "Windows")


def check_registration(description: Mapping[str, Any]) -> None:
    """Check an ImageDescription that agrees with the specification.

    Raises:
        ApiError: A rule is broken; the message names the member.
    """
    if not ECS_IMAGE.fullmatch(description["EcsImageId"]):
        raise invalid("EcsImageId", "It must be the id of an ECS image, m-...")
    if description["Platform"] not in _PLATFORMS:
        raise invalid("Platform", f"It must be one of {', '.join(_PLATFORMS)}.")


def require_images(connection: Connection, references: Iterable[Reference]) -> None:
    """Refuse images that are not registered now, or that cannot run here.

    Args:
        connection: The transaction that is going to use them.
        references: Images whose form `check_image` has accepted.

    Raises:
        ApiError: One is unknown, or made for another system.
    """
    for image_id, path in references:
        if not REGISTERED_IMAGE.fullmatch(image_id):
            check_image(image_id, path)
            continue
        image = image_queries.find_image(connection, image_id)
        if image is None:
            raise unknown_image(image_id, path)
        if json.loads(image.description)["Platform"] == "Windows":
            detail = f"Image {image_id} is for Windows; this server runs programs on Linux only."
            raise invalid(path.rpartition(".")[2], detail, path)
