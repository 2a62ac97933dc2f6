"""Operations that show what there is to use."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from batchcompute.local.service import catalogue
from batchcompute.local.service.call import Call


def get_quotas(_connection: Connection, _call: Call) -> dict[str, Any]:
    """Show what an account may use."""
    return catalogue.quotas()


def get_available_resource(_connection: Connection, _call: Call) -> dict[str, Any]:
    """Show what can be had now."""
    return catalogue.available_resource()
