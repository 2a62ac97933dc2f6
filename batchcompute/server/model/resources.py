"""The resources of instance types, and those that a machine has for its VMs."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

_MEBIBYTE: Final = 2**20
_PER_GIBIBYTE: Final = 1024

#: The instance type that says what the machine has.
THIS_MACHINE: Final = "local.machine"
#: The instance type of VMs that name none, or one that nobody knows.
DEFAULT_TYPE: Final = "default"
#: The devices that programs find in CUDA_VISIBLE_DEVICES.
GPU: Final = "gpu"

#: Of the machine's memory, what is left to the system: a share, within bounds in MiB.
_MARGIN_SHARE: Final = 0.05
_LEAST_MARGIN: Final = 256
_LARGEST_MARGIN: Final = 2048
#: Processes and threads that the program of a VM may have.
DEFAULT_PROCESSES: Final = 4096


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources that a VM needs, or that a machine has.

    Attributes:
        processors: Processors; a VM may need a part of one.
        memory_mib: Memory, in MiB.
        devices: Kind of device -> number of them, as pairs in the order of their names.
    """

    processors: float
    memory_mib: int
    devices: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def of(processors: float, memory_mib: int, devices: Mapping[str, int]) -> Resources:
        """Make resources, with devices as a mapping of kinds to numbers."""
        some = tuple(sorted((kind, number) for kind, number in devices.items() if number))
        return Resources(round(processors, 3), memory_mib, some)

    @property
    def gpus(self) -> int:
        """How many GPUs there are."""
        return dict(self.devices).get(GPU, 0)

    def fits_into(self, other: Resources) -> bool:
        """Say whether others have at least as much of everything."""
        there = dict(other.devices)
        return (
            self.processors <= other.processors
            and self.memory_mib <= other.memory_mib
            and all(number <= there.get(kind, 0) for kind, number in self.devices)
        )

    def __str__(self) -> str:
        """Return it in words: "4 processors, 8192 MiB of memory and 1 gpu"."""
        return in_words(self)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that runs VMs.

    Attributes:
        offered: What all of its VMs together may take.
        memory_mib: Its memory, with that of the system, in MiB.
        devices: Kind of device -> names of those that it has, as programs are to find them.
        processes: Processes and threads that the program of one VM may have.
        cgroup: Path of a cgroup that is left to this service; "" to find one.
    """

    offered: Resources
    memory_mib: int
    devices: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    processes: int = DEFAULT_PROCESSES
    cgroup: str = ""

    @property
    def margin_mib(self) -> int:
        """The memory that is left to the system, in MiB."""
        return max(0, self.memory_mib - self.offered.memory_mib)


def this_machine(
    *,
    processors: float | None = None,
    memory_mib: int | None = None,
    margin_mib: int | None = None,
    devices: Mapping[str, tuple[str, ...]] | None = None,
    processes: int = DEFAULT_PROCESSES,
    cgroup: str = "",
) -> Machine:
    """Describe the machine that this process runs on.

    Args:
        processors: What VMs may take of them; None for all that this process may use.
        memory_mib: What VMs may take of the memory; None for all but the margin.
        margin_mib: What is left to the system; None for a share of the memory.
        devices: Kind of device -> names of those that VMs may have.
        processes: Processes and threads that the program of one VM may have.
        cgroup: Path of a cgroup that is left to this service; "" to find one.
    """
    there = machine_memory_mib()
    if margin_mib is None:
        share = int(there * _MARGIN_SHARE)
        margin_mib = min(max(share, _LEAST_MARGIN), _LARGEST_MARGIN, there // 2)
    if memory_mib is None:
        memory_mib = max(0, there - margin_mib)
    named = dict(devices or {})
    offered = Resources.of(
        usable_processors() if processors is None else processors,
        memory_mib,
        {kind: len(names) for kind, names in named.items()},
    )
    return Machine(offered, there, named, processes, cgroup)


def usable_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine_memory_mib() -> int:
    """Return the memory of this machine, in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MEBIBYTE


#: The vendor's instance types, with their processors and gibibytes of memory.
_VENDOR: Final[Mapping[str, tuple[int, int]]] = {
    "bcs.a2.large": (4, 8),
    "bcs.a2.xlarge": (8, 16),
    "bcs.a2.3xlarge": (16, 32),
    "bcs.a2.4xlarge": (20, 40),
    "bcs.b2.3xlarge": (16, 32),
    "bcs.b4.xlarge": (8, 32),
    "bcs.b4.3xlarge": (16, 64),
    "bcs.b4.4xlarge": (20, 80),
    "bcs.b4.5xlarge": (24, 96),
    "ecs.sn1ne.large": (2, 4),
    "ecs.sn1ne.xlarge": (4, 8),
    "ecs.sn2ne.large": (2, 8),
    "ecs.sn2ne.xlarge": (4, 16),
}

#: The instance types that everybody knows.
VENDOR_TYPES: Final[Mapping[str, Resources]] = MappingProxyType(
    {
        name: Resources(processors, gibibytes * _PER_GIBIBYTE)
        for name, (processors, gibibytes) in _VENDOR.items()
    }
)


@dataclass(frozen=True)
class InstanceTypes:
    """The instance types that a service knows.

    Attributes:
        own: Those of its configuration, which come before the vendor's of the same name.
        machine: What VMs may take of this machine.
    """

    own: Mapping[str, Resources] = field(default_factory=dict[str, Resources])
    machine: Machine = field(default_factory=this_machine)

    def find(self, name: str) -> Resources | None:
        """Return what a type stands for; None if nobody knows."""
        return self._known.get(name)

    def __iter__(self) -> Iterator[tuple[str, Resources]]:
        """Yield the names of all types with what they stand for, the vendor's first."""
        return iter(self._known.items())

    @cached_property
    def _known(self) -> Mapping[str, Resources]:
        return {**VENDOR_TYPES, THIS_MACHINE: self.machine.offered, **self.own}


@dataclass(frozen=True)
class Placement:
    """VMs take what their instance types stand for, and a machine has no more than it has.

    Attributes:
        types: The instance types.
    """

    types: InstanceTypes

    @property
    def machine(self) -> Machine:
        """The machine that the VMs are placed on."""
        return self.types.machine

    def needs(self, instance_type: str) -> Resources:
        """Return what a VM takes.

        Args:
            instance_type: Its type. One that nobody knows, or "", is the default type.
        """
        return self.types.find(instance_type) or self.default

    @cached_property
    def default(self) -> Resources:
        """The resources of a VM of unknown type: one processor, with its share of the memory."""
        given = self.types.find(DEFAULT_TYPE)
        if given is not None:
            return given
        offered = self.machine.offered
        processors = min(1.0, offered.processors)
        return Resources(processors, int(offered.memory_mib * processors / offered.processors))

    def refusal(self, instance_type: str) -> str | None:
        """Say why a VM can never run here; None if it can."""
        needs, machine = self.needs(instance_type), self.machine
        if needs.fits_into(machine.offered):
            return None
        named = f"InstanceType {instance_type}" if instance_type else "a VM without an InstanceType"
        margin = machine.margin_mib
        system = f" ({machine.memory_mib} MiB less {margin} for the system)" if margin else ""
        return (
            f"{named} needs {in_words(needs, machine.offered)}, and this machine has "
            f"{in_words(machine.offered, needs)} for VMs{system}."
        )

    def count(self, needs: Resources) -> int:
        """Return how many VMs of a kind run at once, if there are no others."""
        offered = self.machine.offered
        there = dict(offered.devices)
        ratios = [
            math.inf if not needs.processors else (offered.processors + 1e-9) / needs.processors,
            math.inf if not needs.memory_mib else offered.memory_mib / needs.memory_mib,
            *(there.get(kind, 0) / number for kind, number in needs.devices),
        ]
        return int(min(ratios)) if min(ratios) < math.inf else 1

    @property
    def most(self) -> int:
        """Return how many VMs run at once, if all are of the smallest kind."""
        kinds = [self.default, *(needs for _, needs in self.types)]
        return max(1, *map(self.count, kinds))

    def share(self, needs: Resources) -> float:
        """Return the part of the machine that a VM takes: of what it takes the largest part of."""
        offered = self.machine.offered
        there = dict(offered.devices)
        parts = [
            needs.processors / offered.processors if offered.processors else 1.0,
            needs.memory_mib / offered.memory_mib if offered.memory_mib else 1.0,
            *(number / max(1, there.get(kind, 0)) for kind, number in needs.devices),
        ]
        return max(parts)


def in_words(resources: Resources, also: Resources | None = None) -> str:
    """Return resources as words: "4 processors, 8192 MiB of memory and 1 gpu".

    Args:
        resources: They.
        also: Others, whose kinds of devices are named as well, with 0 if there are none.
    """
    number = resources.processors
    processors = f"{number:g} {'processor' if number == 1 else 'processors'}"
    there = dict(resources.devices)
    kinds = sorted({*there, *(kind for kind, _ in (also.devices if also else ()))})
    parts = [processors, f"{resources.memory_mib} MiB of memory"]
    parts += [f"{there.get(kind, 0)} {kind}" for kind in kinds]
    return _joined(parts)


def instance_type_of(description: Mapping[str, Any], group: str) -> str:
    """Return the instance type of a group: its own, or else that of its cluster; "" for none.

    Args:
        description: The ClusterDescription.
        group: Name of the group.
    """
    groups: Mapping[str, Mapping[str, Any]] = description.get("Groups") or {}
    own: str = groups.get(group, {}).get("InstanceType") or ""
    of_cluster: str = description.get("InstanceType") or ""
    return own or of_cluster


def _joined(parts: Iterable[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
