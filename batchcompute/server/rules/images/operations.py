"""Operations on images.

A registered image is a name: programs run on the system of this machine, whatever the image is.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, delete, insert

from batchcompute.server.model.caller import Kind
from batchcompute.server.model.errors import forbidden, not_found
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.catalogue import offered
from batchcompute.server.rules.images import shown
from batchcompute.server.rules.images.description import check_registration
from batchcompute.server.rules.paging import cut
from batchcompute.server.rules.tokens import once
from batchcompute.server.scheduler.batch import Command
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store import image_queries
from batchcompute.server.store.numbers import next_numbers
from batchcompute.server.store.tables import images


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
            insert(images).values(
                id=image_id, created=unit.now, description=text, account=call.caller.account
            )
        )
        return image_id

    return lambda unit: {"Id": once(unit, "image", token, body, make, call.caller.account)}


def delete_image(call: Call) -> Command:
    """Forget a registered image; clusters that were made with it go on."""
    image_id = call.path["ImageId"]
    if image_id in offered.SYSTEM_IMAGES:
        raise forbidden("It is an image of the system.")

    def remove(unit: Unit) -> None:
        image = image_queries.find_image(unit.connection, image_id)
        if image is None:
            raise not_found()
        call.caller.check_owns(image.account, Kind.IMAGE, image_id)
        unit.connection.execute(delete(images).where(images.c.id == image_id))

    return remove


def list_images(connection: Connection, call: Call) -> dict[str, Any]:
    """Show a page of images, registered ones unless those of the system are asked for."""
    if call.query.get("Type") == "System":
        every = sorted(offered.SYSTEM_IMAGES.values(), key=lambda image: image.image_id)
        system = [image for image in every if image.image_id >= call.marker]
        page = cut(system, call.page_size, lambda image: image.image_id)
        return page.to_wire(offered.SystemImage.to_wire)
    own = image_queries.list_images(
        connection,
        marker=call.marker,
        limit=call.page_size + 1,
        account=call.caller.scope,
        granted=call.caller.granted(Kind.IMAGE),
    )
    return cut(own, call.page_size, lambda image: image.id).to_wire(shown.show_image)


def get_image(connection: Connection, call: Call) -> dict[str, Any]:
    """Show an image."""
    image_id = call.path["ImageId"]
    system = offered.SYSTEM_IMAGES.get(image_id)
    if system is not None:
        return system.to_wire()
    own = image_queries.find_image(connection, image_id)
    if own is None or not call.caller.sees(own.account, Kind.IMAGE, image_id):
        raise not_found()
    return shown.show_image(own)
