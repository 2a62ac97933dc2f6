"""Clusters and their machines, as rows; nothing here looks at jobs.

A pool of the executor is one group of one cluster. A machine's row outlives the machine while
an attempt stands on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, insert, select, update

from batchcompute.server.model import log_lines, states
from batchcompute.server.model.addresses import loopback_address
from batchcompute.server.model.caller import DEFAULT_ACCOUNT
from batchcompute.server.model.clock import to_wire
from batchcompute.server.scheduler import notify
from batchcompute.server.scheduler.cached_rows import CachedAttempt
from batchcompute.server.scheduler.fitting import notes_on_types
from batchcompute.server.scheduler.places import is_here, worker_group
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.scheduler.vm_images import notes_on_images
from batchcompute.server.store.numbers import next_numbers
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.strings import storable
from batchcompute.server.store.tables import (
    cluster_logs,
    clusters,
    groups,
    machines,
)

#: States of machines that count for a group's size.
PRESENT = states.MACHINE.sources("delete")


_ADD_LINES = insert(cluster_logs)
_NEWEST_DROPPED = (
    select(cluster_logs.c.number)
    .where(cluster_logs.c.cluster_seq == bindparam("of_cluster"))
    .order_by(cluster_logs.c.number.desc())
    .offset(bindparam("kept"))
    .limit(1)
    .scalar_subquery()
)
_DROP_LINES = delete(cluster_logs).where(
    cluster_logs.c.cluster_seq == bindparam("of_cluster"),
    cluster_logs.c.number <= _NEWEST_DROPPED,
)

#: Machines in one statement; databases limit the number of its parameters.
CHUNK = 1000

T = TypeVar("T")

#: The newest operation logs of a cluster that are kept.
MAX_LOGS = 200


def create_cluster(
    unit: Unit,
    description: Mapping[str, Any],
    sizes: Mapping[str, int],
    *,
    auto: bool,
    account: int = DEFAULT_ACCOUNT,
) -> tuple[int, str]:
    """Make a cluster; it is Active at once, and its machines follow.

    Args:
        unit: The unit of work.
        description: The ClusterDescription.
        sizes: Machines wanted, per group.
        auto: It belongs to one task.
        account: The account that it belongs to.

    Returns:
        The cluster's number and its id.
    """
    (seq,) = next_numbers(unit.connection, "cluster")
    cluster_id = unit.identifiers.cluster(seq)
    unit.connection.execute(
        insert(clusters).values(
            seq=seq,
            id=cluster_id,
            state=states.ACTIVE,
            created=unit.now,
            description=json.dumps(description, separators=(",", ":")),
            auto=auto,
            account=account,
        )
    )
    rows = [
        {"cluster_seq": seq, "name": name, "pos": pos, "desired": desired}
        for pos, (name, desired) in enumerate(sizes.items())
    ]
    if rows:
        unit.connection.execute(insert(groups), rows)
    lines = [f"[{name}]Creating instance group successfully" for name in sizes]
    # Who asks why a program could do something, or could not, looks here.
    about = [worker_group("", description, name) for name in sizes]
    found = unit.findings
    if unit.this_machine is not None and any(is_here(unit, each) for each in about):
        found = (*unit.this_machine.notes, *found)
    findings = [text[:1].upper() + text[1:] for text in found]
    notes = [
        *findings,
        *notes_on_images(unit.images, description),
        *notes_on_types(unit, description),
    ]
    log(unit, seq, [*lines, "Creating cluster successfully", *notes])
    for name, desired in sizes.items():
        add_machines(unit, seq, name, desired)
    return seq, cluster_id


def add_machines(unit: Unit, cluster_seq: int, group: str, count: int) -> None:
    """Ask for more machines; they are Pending until the executor was told."""
    if count <= 0:
        return
    numbers = next_numbers(unit.connection, "machine", count)
    rows = [
        {
            "seq": seq,
            "id": machine_id,
            "cluster_seq": cluster_seq,
            "group_name": group,
            "state": states.PENDING,
            "created": unit.now,
            # From the beginning: tools look machines up by them before they run.
            "ip_address": loopback_address(seq),
            "host_name": machine_id,
            "left": False,
        }
        for seq, machine_id in zip(numbers, map(unit.identifiers.machine, numbers), strict=True)
    ]
    unit.connection.execute(insert(machines), rows)
    unit.effects.pools.add((cluster_seq, group))


def retire(unit: Unit, rows: Sequence[AnyRow]) -> None:
    """Give machines back; whatever runs on them ends with them."""
    if not rows:
        return
    for seqs in chunks([row.seq for row in rows]):
        unit.connection.execute(
            update(machines)
            .where(machines.c.seq.in_(seqs), machines.c.state.in_(PRESENT))
            .values(state=states.MACHINE.target("delete"))
        )
    for row in rows:
        for attempt in unit.cache.retire_machine(row.seq):
            cancel(unit, attempt)
    unit.effects.pools.update((row.cluster_seq, row.group_name) for row in rows)
    lines = [line_of(row, log_lines.RELEASING) for row in rows[-MAX_LOGS:]]
    log(unit, rows[0].cluster_seq, lines)


def dissolve(unit: Unit, cluster_seq: int) -> None:
    """Begin to delete a cluster: all its machines are given back, then it vanishes."""
    unit.connection.execute(
        update(clusters)
        .where(
            clusters.c.seq == cluster_seq,
            clusters.c.state.in_(states.CLUSTER.sources("delete")),
        )
        .values(state=states.CLUSTER.target("delete"))
    )
    retire(unit, present(unit, cluster_seq))
    vanish(unit, cluster_seq)


def present(unit: Unit, cluster_seq: int, group: str | None = None) -> Sequence[AnyRow]:
    """Return the machines that count for the size of a cluster or group, oldest first."""
    query = select(machines).where(
        machines.c.cluster_seq == cluster_seq, machines.c.state.in_(PRESENT)
    )
    if group is not None:
        query = query.where(machines.c.group_name == group)
    return unit.connection.execute(query.order_by(machines.c.seq)).all()


def names(unit: Unit, cluster_seq: int, group: str) -> Sequence[tuple[str, str]]:
    """Return ids and states of the machines that count for the size of a group, oldest first."""
    query = select(machines.c.id, machines.c.state).where(
        machines.c.cluster_seq == cluster_seq,
        machines.c.group_name == group,
        machines.c.state.in_(PRESENT),
    )
    rows = unit.connection.execute(query.order_by(machines.c.seq))
    return [(row.id, row.state) for row in rows]


def release(unit: Unit, attempt: CachedAttempt) -> None:
    """Free the machine of an attempt that is over, whatever became of it."""
    unit.writes.release(attempt)
    unit.cache.remove(attempt)
    machine = attempt.machine
    if machine.left and not machine.attempts:
        unit.connection.execute(delete(machines).where(machines.c.seq == machine.seq))
        vanish(unit, machine.cluster_seq)


def on_machines(unit: Unit, rows: Iterable[AnyRow]) -> list[CachedAttempt]:
    """Return the attempts on machines, in the order of the machines."""
    known = unit.cache.machines
    hosts = [known[row.seq] for row in rows if row.seq in known]
    return [attempt for host in hosts for attempt in host.attempts]


def cancel(unit: Unit, attempt: CachedAttempt) -> bool:
    """Let the result of an attempt not count any more; return False if it did not before."""
    if attempt.cancelled:
        return False
    unit.cache.cancel(attempt)
    unit.writes.cancel(attempt)
    return True


def vanish(unit: Unit, cluster_seq: int) -> None:
    """Remove a cluster that is being deleted and has no machine left."""
    state = unit.connection.scalar(select(clusters.c.state).where(clusters.c.seq == cluster_seq))
    if state != states.DELETING:
        return
    query = select(machines.c.seq).where(machines.c.cluster_seq == cluster_seq).limit(1)
    if unit.connection.execute(query).first() is not None:
        return
    notify.cluster_deleted(unit, cluster_seq)
    for table, column in (
        (cluster_logs, cluster_logs.c.cluster_seq),
        (groups, groups.c.cluster_seq),
        (clusters, clusters.c.seq),
    ):
        unit.connection.execute(delete(table).where(column == cluster_seq))
    unit.cache.cluster_gone(cluster_seq)


def log(unit: Unit, cluster_seq: int, lines: Sequence[str]) -> None:
    """Add to a cluster's operation logs; the oldest fall off."""
    if not lines:
        return
    lines = lines[-MAX_LOGS:]
    numbers = next_numbers(unit.connection, "log", len(lines))
    stamp = to_wire(unit.now)
    rows = [
        {"cluster_seq": cluster_seq, "number": number, "line": f"[{stamp}]{storable(line)}"}
        for number, line in zip(numbers, lines, strict=True)
    ]
    unit.connection.execute(_ADD_LINES, rows)
    unit.connection.execute(_DROP_LINES, {"of_cluster": cluster_seq, "kept": MAX_LOGS})


def line_of(row: AnyRow, text: str) -> str:
    """Return a line for the operation logs that is about one machine."""
    return f"[{row.group_name}][{row.id}]{text}"


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Divide what is too much for the parameters of one statement."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
