"""Clusters and their machines, as rows; nothing here looks at jobs.

A pool of the executor is one group of one cluster. A machine's row outlives the machine while
an attempt stands on it, because an attempt in flight is known by that row alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, insert, null, or_, select, update

from batchcompute.local import states
from batchcompute.local.clock import to_wire
from batchcompute.local.executors.interface import WorkerJoined, WorkerLeft
from batchcompute.local.scheduler import notices
from batchcompute.local.scheduler.unit import Unit
from batchcompute.local.store.database import next_numbers
from batchcompute.local.store.rows import AnyRow
from batchcompute.local.store.tables import (
    IN_FLIGHT,
    cluster_logs,
    clusters,
    groups,
    machines,
)
from batchcompute.local.store.texts import storable

#: States of machines that count for a group's size.
PRESENT = states.MACHINE.sources("delete")

_DOOMED = (
    select(machines.c.seq)
    .where(IN_FLIGHT, machines.c.job_seq == bindparam("of_job"), machines.c.doomed.is_(True))
    .limit(1)
)
_RELEASE = (
    update(machines)
    .where(machines.c.seq == bindparam("machine"))
    .values(
        attempt_id=null(), job_seq=null(), task_pos=null(), idx=null(), number=null(), doomed=False
    )
)

_JOIN = (
    update(machines)
    .where(machines.c.seq == bindparam("machine"))
    .values(
        state=states.MACHINE.target("join"),
        ip_address=bindparam("new_ip"),
        host_name=bindparam("new_host"),
    )
)
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
_CHUNK = 1000

T = TypeVar("T")

#: The newest operation logs of a cluster that are kept.
MAX_LOGS = 200


def create_cluster(
    unit: Unit, description: Mapping[str, Any], sizes: Mapping[str, int], *, auto: bool
) -> tuple[int, str]:
    """Make a cluster; it is Active at once, and its machines follow.

    Args:
        unit: The unit of work.
        description: The ClusterDescription.
        sizes: Machines wanted, per group.
        auto: It belongs to one task.

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
        )
    )
    rows = [
        {"cluster_seq": seq, "name": name, "pos": pos, "desired": desired}
        for pos, (name, desired) in enumerate(sizes.items())
    ]
    if rows:
        unit.connection.execute(insert(groups), rows)
    lines = [f"[{name}]Creating instance group successfully" for name in sizes]
    log(unit, seq, [*lines, "Creating cluster successfully"])
    for name, desired in sizes.items():
        add_machines(unit, seq, name, desired)
    return seq, cluster_id


def add_machines(unit: Unit, cluster_seq: int, group: str, count: int) -> None:
    """Ask for more machines; they are Pending until the executor was told."""
    if count <= 0:
        return
    rows = [
        {
            "seq": seq,
            "id": unit.identifiers.machine(seq),
            "cluster_seq": cluster_seq,
            "group_name": group,
            "state": states.PENDING,
            "created": unit.now,
            "ip_address": "",
            "host_name": "",
            "left": False,
            "doomed": False,
        }
        for seq in next_numbers(unit.connection, "machine", count)
    ]
    unit.connection.execute(insert(machines), rows)
    unit.effects.pools.add((cluster_seq, group))


def retire(unit: Unit, rows: Sequence[AnyRow]) -> None:
    """Give machines back; whatever runs on them ends with them."""
    if not rows:
        return
    for seqs in _chunks([row.seq for row in rows]):
        unit.connection.execute(
            update(machines)
            .where(machines.c.seq.in_(seqs), machines.c.state.in_(PRESENT))
            .values(state=states.MACHINE.target("delete"), doomed=or_(machines.c.doomed, IN_FLIGHT))
        )
    unit.effects.pools.update((row.cluster_seq, row.group_name) for row in rows)
    lines = [_line(row, "Release ECS instance...") for row in rows[-MAX_LOGS:]]
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


def requested(unit: Unit, cluster_seq: int, group: str) -> None:
    """The executor was told of a group's machines, so the Pending ones are under way."""
    changed = unit.connection.execute(
        update(machines)
        .where(
            machines.c.cluster_seq == cluster_seq,
            machines.c.group_name == group,
            machines.c.state.in_(states.MACHINE.sources("request")),
        )
        .values(state=states.MACHINE.target("request"))
        .returning(machines.c.id, machines.c.group_name, machines.c.created)
    ).all()
    if not changed:
        return
    log(unit, cluster_seq, [_line(row, "Instance created") for row in changed[-MAX_LOGS:]])
    starting = [(row, "") for row in changed]
    notices.machines_became(unit, cluster_seq, "OnInstanceCreated", states.STARTING, starting)


def joined(unit: Unit, joins: Sequence[WorkerJoined]) -> None:
    """Machines are ready to run programs.

    All at once, because a cluster of thousands has them at the same moment.
    """
    news: dict[str, WorkerJoined] = {}
    for join in joins:
        news.setdefault(join.worker_id, join)
    rows = [row for row in _machines(unit, news) if states.MACHINE.may(row.state, "join")]
    if not rows:
        return
    unit.connection.execute(
        _JOIN,
        [
            {
                "machine": row.seq,
                "new_ip": news[row.id].ip_address,
                "new_host": news[row.id].host_name,
            }
            for row in rows
        ],
    )
    for cluster_seq, of_cluster in _by_cluster(rows).items():
        _tell_joined(unit, cluster_seq, of_cluster, news)
        unit.effects.claimable.add(cluster_seq)


def left(unit: Unit, leaves: Sequence[WorkerLeft]) -> None:
    """Machines are gone; one that nobody gave back is replaced, so its group keeps its size."""
    causes = {leave.worker_id: leave.cause for leave in reversed(leaves)}
    for cluster_seq, rows in _by_cluster(_machines(unit, causes)).items():
        lost = [row for row in rows if states.MACHINE.may(row.state, "delete")]
        lines = {row.seq: f"Instance lost: {causes[row.id]}" for row in lost}
        log(
            unit,
            cluster_seq,
            [_line(row, lines.get(row.seq, "Instance released")) for row in rows[-MAX_LOGS:]],
        )
        _replace(unit, cluster_seq, lost)
        unit.effects.orphans += [row.attempt_id for row in rows if row.attempt_id is not None]
        for seqs in _chunks([row.seq for row in rows if row.attempt_id is not None]):
            unit.connection.execute(
                update(machines).where(machines.c.seq.in_(seqs)).values(left=True)
            )
        for seqs in _chunks([row.seq for row in rows if row.attempt_id is None]):
            unit.connection.execute(delete(machines).where(machines.c.seq.in_(seqs)))
        vanish(unit, cluster_seq)


def release(unit: Unit, row: AnyRow) -> None:
    """The attempt on a machine is over, whatever became of it."""
    # Not only the machine is free now, but also its instance, which may wait for another.
    unit.effects.claimable.add(row.cluster_seq)
    if row.left:
        unit.connection.execute(delete(machines).where(machines.c.seq == row.seq))
        vanish(unit, row.cluster_seq)
        return
    unit.connection.execute(_RELEASE, {"machine": row.seq})


def doom(unit: Unit, job_seq: int) -> None:
    """Stop what runs for a job; no result of it counts any more."""
    doomed = unit.connection.execute(
        update(machines)
        .where(IN_FLIGHT, machines.c.job_seq == job_seq, machines.c.doomed.is_(False))
        .values(doomed=True)
        .returning(machines.c.attempt_id)
    ).all()
    unit.effects.stops += [row.attempt_id for row in doomed]


def has_doomed(unit: Unit, job_seq: int) -> bool:
    """Say whether a stopped attempt of the job is not gone yet."""
    return unit.connection.scalar(_DOOMED, {"of_job": job_seq}) is not None


def vanish(unit: Unit, cluster_seq: int) -> None:
    """Remove a cluster that is being deleted and has no machine left."""
    state = unit.connection.scalar(select(clusters.c.state).where(clusters.c.seq == cluster_seq))
    if state != states.DELETING:
        return
    query = select(machines.c.seq).where(machines.c.cluster_seq == cluster_seq).limit(1)
    if unit.connection.execute(query).first() is not None:
        return
    notices.cluster_deleted(unit, cluster_seq)
    for table, column in (
        (cluster_logs, cluster_logs.c.cluster_seq),
        (groups, groups.c.cluster_seq),
        (clusters, clusters.c.seq),
    ):
        unit.connection.execute(delete(table).where(column == cluster_seq))


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


def _line(row: AnyRow, text: str) -> str:
    return f"[{row.group_name}][{row.id}]{text}"


def _tell_joined(
    unit: Unit, cluster_seq: int, rows: Sequence[AnyRow], news: Mapping[str, WorkerJoined]
) -> None:
    lines: list[str] = []
    for row in rows[-MAX_LOGS:]:
        if row.state == states.PENDING:
            lines.append(_line(row, "Instance created"))
        lines.append(_line(row, "Instance is active"))
    log(unit, cluster_seq, lines)
    created = [(row, news[row.id].ip_address) for row in rows if row.state == states.PENDING]
    notices.machines_became(unit, cluster_seq, "OnInstanceCreated", states.STARTING, created)
    active = [(row, news[row.id].ip_address) for row in rows]
    notices.machines_became(unit, cluster_seq, "OnInstanceActive", states.RUNNING, active)


def _replace(unit: Unit, cluster_seq: int, lost: Sequence[AnyRow]) -> None:
    """Give groups new machines for those that went by themselves."""
    if not lost:
        return
    for seqs in _chunks([row.seq for row in lost]):
        unit.connection.execute(
            update(machines)
            .where(machines.c.seq.in_(seqs), machines.c.state.in_(PRESENT))
            .values(state=states.MACHINE.target("delete"))
        )
    for group, count in Counter(row.group_name for row in lost).items():
        add_machines(unit, cluster_seq, group, count)


def _machines(unit: Unit, ids: Iterable[str]) -> list[AnyRow]:
    """Return machines in the order of their ids here; unknown ones are left out."""
    found: dict[str, AnyRow] = {}
    wanted = list(ids)
    for chunk in _chunks(wanted):
        query = select(machines).where(machines.c.id.in_(chunk))
        found |= {row.id: row for row in unit.connection.execute(query)}
    return [found[machine_id] for machine_id in wanted if machine_id in found]


def _by_cluster(rows: Sequence[AnyRow]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    for row in rows:
        found.setdefault(row.cluster_seq, []).append(row)
    return found


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Divide what is too much for the parameters of one statement."""
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
