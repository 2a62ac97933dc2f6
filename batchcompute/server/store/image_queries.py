"""Reading the images that callers have registered."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import images


def find_image(connection: Connection, image_id: str) -> AnyRow | None:
    """Return an image, or None if none of this id is registered."""
    query = select(images).where(images.c.id == image_id)
    return connection.execute(query).one_or_none()


def list_images(connection: Connection, *, marker: str, limit: int) -> Sequence[AnyRow]:
    """Return registered images in the order of their ids, from `marker` on."""
    query = select(images).where(images.c.id >= marker).order_by(images.c.id).limit(limit)
    return connection.execute(query).all()
