"""The scheduler's input: requests of callers, and events of the executor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from batchcompute.server.executors.interface import Event
from batchcompute.server.model.errors import ApiError
from batchcompute.server.scheduler.transaction import Unit

#: A caller's change in a unit of work; it may refuse with an ApiError.
Command: TypeAlias = Callable[[Unit], Any]


@dataclass(frozen=True, slots=True)
class PoolRequested:
    """The executor was asked for the machines that a pool is to have."""

    cluster_seq: int
    group: str


Item: TypeAlias = Command | Event | PoolRequested


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one item of a batch.

    Attributes:
        value: What a command returned.
        error: Why a command was refused, or None.
    """

    value: Any = None
    error: ApiError | None = None
