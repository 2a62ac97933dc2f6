"""Which groups of clusters run where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from batchcompute.server.executors.launchers.interface import Launcher, VMSpec


def _as_it_is(spec: VMSpec) -> VMSpec:
    return spec


@dataclass(frozen=True, slots=True)
class Pools:
    """The launchers of a service, and what each of them is for.

    Attributes:
        launchers: Name of a pool -> its launcher.
        embedded: Names of the pools that are this machine itself, without agents.
        pool_of: Returns the name of the pool that a group's VMs come from.
        most_vms: Programs that run at once, at the most.
        limits: Name of a pool -> VMs of it that there are at once, at the most; others wait.
        notes: What is to be known about them, one sentence each.
        resources: Fills in what an instance type stands for.
        advertise: Host that agents are told to join; "" for the one that is listened on.
    """

    launchers: Mapping[str, Launcher]
    pool_of: Callable[[VMSpec], str]
    most_vms: int = 1000
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    notes: tuple[str, ...] = ()
    resources: Callable[[VMSpec], VMSpec] = _as_it_is
    advertise: str = ""
    embedded: frozenset[str] = frozenset()
