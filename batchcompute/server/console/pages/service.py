"""The service itself: its health, what it can do, and how much there is."""

from __future__ import annotations

import shutil
from typing import Final

from starlette.responses import Response

from batchcompute.server.console.view import View
from batchcompute.server.model.caller import Role
from batchcompute.server.model.errors import not_found
from batchcompute.server.store import browse_queries

_MOST_POOLS: Final = 50


def service(view: View) -> Response:
    """Show the service, which all accounts share, to an admin."""
    if view.caller.role is not Role.ADMIN:
        raise not_found()
    parts = view.console.parts
    disk = shutil.disk_usage(parts.data)
    with parts.database.read() as connection:
        pools = browse_queries.list_pools(connection, _MOST_POOLS + 1)
    return view.render(
        "service.html",
        totals=view.console.totals(),
        capabilities=parts.capabilities,
        situation=parts.situation(),
        rates=parts.rates(),
        disk=disk,
        pools=pools[:_MOST_POOLS],
        has_more=len(pools) > _MOST_POOLS,
        database="SQLite" if parts.database.is_sqlite else "PostgreSQL",
    )
