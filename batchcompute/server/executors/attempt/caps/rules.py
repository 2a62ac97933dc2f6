"""Rules that keep programs to the resources of their VMs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class CapRules:
    """How programs of a machine are kept to what they have.

    Attributes:
        cgroup: Folder of a delegated cgroup below which programs get cgroups of their own; "" to
            keep them to it by other means.
        processes: Processes and threads that a program may have, where that can be limited.
        devices: Kind of device -> names of those that the machine has.
        containers: The container engine can limit memory and processors.
    """

    cgroup: str = ""
    processes: int = 0
    devices: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    containers: bool = False

    def to_text(self) -> str:
        """Write the rules for another process."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_text(text: str) -> CapRules | None:
        """Read what `to_text` wrote; None for ""."""
        if not text:
            return None
        told = json.loads(text)
        told["devices"] = {kind: tuple(names) for kind, names in told["devices"].items()}
        return CapRules(**told)
