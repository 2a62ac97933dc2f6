"""The interface of one step of an upgrade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alembic.operations import Operations
from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        to: The version of the tables after it.
        check: Raises StartError if the data cannot be carried over as they are.
        upgrade: Changes tables and data.
    """

    to: str
    check: Callable[[Connection], None]
    upgrade: Callable[[Operations], None]
