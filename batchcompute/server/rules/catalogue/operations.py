"""Operations that show what there is to use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from batchcompute.server.model.resources import InstanceTypes, Placement
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.catalogue import offered


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The catalogue of a service.

    Attributes:
        types: Its instance types.
        placement: What their VMs take of this machine; None if that does not matter.
        has_others: Whether there are others elsewhere, for types that do not fit here.
    """

    types: InstanceTypes = field(default_factory=InstanceTypes)
    placement: Placement | None = None
    has_others: bool = False

    @property
    def _limits(self) -> Placement | None:
        return None if self.has_others else self.placement

    def get_quotas(self, _connection: Connection, _call: Call) -> dict[str, Any]:
        """Show what an account may use."""
        return offered.quotas(self.types, self._limits)

    def get_available_resource(self, _connection: Connection, _call: Call) -> dict[str, Any]:
        """Show what can be had now."""
        return offered.available_resource(self.types, self._limits)
