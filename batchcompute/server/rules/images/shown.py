"""How images look on the wire."""

from __future__ import annotations

import json
from typing import Any

from batchcompute.server.model.clock import to_wire
from batchcompute.server.store.rows import AnyRow


def show_image(image: AnyRow) -> dict[str, Any]:
    """Show an image that a caller has registered."""
    description = json.loads(image.description)
    return {
        "Id": image.id,
        "Name": description.get("Name", ""),
        "Description": description.get("Description", ""),
        "EcsImageId": description["EcsImageId"],
        "Platform": description["Platform"],
        "Type": "Self",
        "CreationTime": to_wire(image.created),
        "OwnerId": image.account,
    }
