"""Reading the images that callers have registered."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from batchcompute.server.store.ownership import list_owned
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import images


def find_image(connection: Connection, image_id: str) -> AnyRow | None:
    """Return an image, or None if none of this id is registered."""
    query = select(images).where(images.c.id == image_id)
    return connection.execute(query).one_or_none()


def list_images(
    connection: Connection,
    *,
    marker: str,
    limit: int,
    account: int | None = None,
    granted: Sequence[str] = (),
) -> Sequence[AnyRow]:
    """Return registered images in the order of their ids, from `marker` on.

    Args:
        connection: A reader.
        marker: Id of the first one, or of one near it that is gone; "" for the beginning.
        limit: How many at the most.
        account: Only images of this account; None for those of all.
        granted: Ids of images of other accounts that are listed with its own.
    """
    return list_owned(connection, images, marker, limit, account, granted)
