"""Operations that show what there is to use."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from batchcompute.server.rules.call import Call
from batchcompute.server.rules.catalogue import offered


def get_quotas(_connection: Connection, _call: Call) -> dict[str, Any]:
    """Show what an account may use."""
    return offered.quotas()


def get_available_resource(_connection: Connection, _call: Call) -> dict[str, Any]:
    """Show what can be had now."""
    return offered.available_resource()
