"""The service itself: its health, what it can do, and how much there is."""

from __future__ import annotations

import shutil

from starlette.responses import Response

from batchcompute.server.console.view import View
from batchcompute.server.model.caller import Role
from batchcompute.server.model.errors import not_found


def service(view: View) -> Response:
    """Show the service, which all accounts share, to an admin."""
    if view.caller.role is not Role.ADMIN:
        raise not_found()
    parts = view.console.parts
    disk = shutil.disk_usage(parts.data)
    return view.render(
        "service.html",
        totals=view.console.totals(),
        capabilities=parts.capabilities,
        situation=parts.situation(),
        rates=parts.rates(),
        disk=disk,
        database="SQLite" if parts.database.is_sqlite else "PostgreSQL",
    )
