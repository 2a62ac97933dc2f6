"""Operations on images.

A registered image is a name: programs run on the system of this machine, whatever the image is.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, delete, insert

from batchcompute.local.errors import forbidden, not_found
from batchcompute.local.scheduler.core import Command
from batchcompute.local.scheduler.unit import Unit
from batchcompute.local.service import catalogue, show
from batchcompute.local.service.call import Call
from batchcompute.local.service.image_rules import check_registration
from batchcompute.local.service.paging import cut
from batchcompute.local.service.tokens import once
from batchcompute.local.store import image_queries
from batchcompute.local.store.database import next_numbers
from batchcompute.local.store.tables import images


def create_image(call: Call) -> Command:
    """Register an image."""
    body = call.body
    check_registration(body)
    # Some clients put the token into the body.
    token = call.token or body.get("IdempotentToken", "")

    def make(unit: Unit) -> str:
        (number,) = next_numbers(unit.connection, "image")
        image_id = unit.identifiers.image(number)
        text = json.dumps(body, separators=(",", ":"))
        unit.connection.execute(
            insert(images).values(id=image_id, created=unit.now, description=text)
        )
        return image_id

    return lambda unit: {"Id": once(unit, "image", token, body, make)}


def delete_image(call: Call) -> Command:
    """Forget a registered image; clusters that were made with it go on."""
    image_id = call.path["ImageId"]
    if image_id in catalogue.SYSTEM_IMAGES:
        raise forbidden("It is an image of the system.")

    def remove(unit: Unit) -> None:
        if not unit.connection.execute(delete(images).where(images.c.id == image_id)).rowcount:
            raise not_found()

    return remove


def list_images(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a page of images, registered ones unless those of the system are asked for."""
    if call.query.get("Type") == "System":
        every = sorted(catalogue.SYSTEM_IMAGES.values(), key=lambda image: image.image_id)
        system = [image for image in every if image.image_id >= call.marker]
        page = cut(system, call.page_size, lambda image: image.image_id)
        return page.to_wire(catalogue.SystemImage.to_wire)
    own = image_queries.list_images(connection, marker=call.marker, limit=call.page_size + 1)
    return cut(own, call.page_size, lambda image: image.id).to_wire(show.show_image)


def get_image(connection: Connection, call: Call) -> dict[str, Any]:
    """Show an image."""
    image_id = call.path["ImageId"]
    system = catalogue.SYSTEM_IMAGES.get(image_id)
    if system is not None:
        return system.to_wire()
    own = image_queries.find_image(connection, image_id)
    if own is None:
        raise not_found()
    return show.show_image(own)
