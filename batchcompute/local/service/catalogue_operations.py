"""Operations that show what there is to use."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from batchcompute.local.errors import not_found
from batchcompute.local.service import catalogue
from batchcompute.local.service.call import Call
from batchcompute.local.service.paging import cut


def list_images(_connection: Connection, call: Call) -> dict[str, Any]:
    """Show a page of images; there are only those of the system."""
    images = sorted(catalogue.SYSTEM_IMAGES.values(), key=lambda image: image.image_id)
    found = [
        image
        for image in images
        if call.query.get("Type") == "System" and image.image_id >= call.marker
    ]
    page = cut(found, call.page_size, lambda image: image.image_id)
    return page.to_wire(catalogue.SystemImage.to_wire)


def get_image(_connection: Connection, call: Call) -> dict[str, Any]:
    """Show an image."""
    image = catalogue.SYSTEM_IMAGES.get(call.path["ImageId"])
    if image is None:
        raise not_found()
    return image.to_wire()


def get_quotas(_connection: Connection, _call: Call) -> dict[str, Any]:
    """Show what an account may use."""
    return catalogue.quotas()


def get_available_resource(_connection: Connection, _call: Call) -> dict[str, Any]:
    """Show what can be had now."""
    return catalogue.available_resource()
