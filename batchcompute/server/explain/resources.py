"""Explain what resources of the machine VMs without a program wait for."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection

from batchcompute.server.explain import codes
from batchcompute.server.explain.explanation import Cause, Situation, count
from batchcompute.server.model.resources import (
    Placement,
    Resources,
    in_words,
    instance_type_of,
)
from batchcompute.server.store import explain_queries as queries
from batchcompute.server.store.rows import AnyRow


@dataclass(frozen=True, slots=True)
class _Free:
    """The free part of the machine.

    Attributes:
        resources: It.
        programs: The programs that have the rest.
    """

    resources: Resources
    programs: int


def shortage(connection: Connection, situation: Situation, cluster: AnyRow) -> Cause | None:
    """Say what the free VMs of a cluster lack to have a program.

    Args:
        connection: A reader.
        situation: What the database does not say.
        cluster: The cluster.

    Returns:
        The cause, or None if one of them could have one.
    """
    placement = situation.placement
    if placement is None:
        return None
    description = json.loads(cluster.description)
    kinds = [
        placement.needs(instance_type_of(description, group))
        for group in queries.free_groups(connection, cluster.seq)
    ]
    if not kinds:
        return None
    needs = min(kinds, key=placement.share)
    offered = placement.machine.offered
    details: dict[str, float] = {
        "Processors": needs.processors,
        "MemoryMiB": needs.memory_mib,
        "MachineProcessors": offered.processors,
        "MachineMemoryMiB": offered.memory_mib,
    }
    related = {"ClusterId": cluster.id}
    if not needs.fits_into(offered):
        clause = (
            f"a VM of cluster {cluster.id} needs {in_words(needs, offered)}, which is more than "
            f"this machine has for VMs, {in_words(offered, needs)}"
        )
        return Cause(codes.WAITS_FOR_RESOURCES, clause, details, related)
    free = _free(connection, placement)
    details |= {
        "FreeProcessors": free.resources.processors,
        "FreeMemoryMiB": free.resources.memory_mib,
        "ProgramCount": free.programs,
    }
    if not needs.fits_into(free.resources):
        clause = (
            f"a VM of cluster {cluster.id} needs {in_words(needs, offered)}, and of the "
            f"{in_words(offered, needs)} of this machine {in_words(free.resources, needs)} are "
            f"free, beside {count(free.programs, 'program')}"
        )
        return Cause(codes.WAITS_FOR_RESOURCES, clause, details, related)
    awaited = situation.awaited
    if awaited is not None and not awaited.fits_into(free.resources):
        clause = (
            f"a larger VM comes first, which needs {in_words(awaited, offered)} and has waited so "
            "long that nothing else begins before it"
        )
        details |= {
            "AwaitedProcessors": awaited.processors,
            "AwaitedMemoryMiB": awaited.memory_mib,
        }
        return Cause(codes.WAITS_FOR_RESOURCES, clause, details, related)
    return None


def _free(connection: Connection, placement: Placement) -> _Free:
    offered = placement.machine.offered
    milli, memory, programs = round(offered.processors * 1000), offered.memory_mib, 0
    devices = Counter(dict(offered.devices))
    for row in queries.busy_groups(connection):
        needs = placement.needs(instance_type_of(json.loads(row.description), row.group_name))
        milli -= round(needs.processors * 1000) * row.number
        memory -= needs.memory_mib * row.number
        devices.subtract({kind: number * row.number for kind, number in needs.devices})
        programs += row.number
    # More is taken than there is after the machine, or what a type stands for, has changed.
    left = {kind: max(0, number) for kind, number in devices.items()}
    return _Free(Resources.of(max(0, milli) / 1000, max(0, memory), left), programs)
