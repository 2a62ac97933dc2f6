"""The record of VMs for the server after a restart, or for another one in its place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A VM that an agent is, or is to be.

    Attributes:
        vm_id: The VM.
        pool: Name of the pool that it comes from.
        pool_id: The group of a cluster that it belongs to, as executors name it.
        reference: What the engine calls its agent; "" as long as that is not known.
        agent: The agent that has joined as this VM; "" before.
    """

    vm_id: str
    pool: str
    pool_id: str
    reference: str = ""
    agent: str = ""


class Ledger(Protocol):
    """Keeps entries durably. What is returned is done once the change is."""

    def load(self) -> Sequence[LedgerEntry]:
        """Return all entries."""
        ...

    def confirm(self) -> Future[Any]:
        """Find out whether this server still keeps them, and no other one does in its place."""
        ...

    def add(self, entries: Sequence[LedgerEntry]) -> Future[Any]:
        """Keep new entries."""
        ...

    def refer(self, vm_id: str, reference: str) -> Future[Any]:
        """Keep what the engine calls a VM's agent."""
        ...

    def name(self, vm_id: str, agent: str) -> Future[Any]:
        """Keep which agent has a VM."""
        ...

    def remove(self, vm_ids: Collection[str]) -> Future[Any]:
        """Forget VMs."""
        ...
