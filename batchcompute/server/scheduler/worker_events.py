"""Turns the executor's reports about machines, from boot to release, into rows.

A cluster of thousands has all of its news at the same moment, so reports that follow each other
are taken as one set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, delete, select, update

from batchcompute.server.executors.interface import WorkerJoined, WorkerLeft, WorkerWarned
from batchcompute.server.model import log_lines, states
from batchcompute.server.scheduler import cluster_rows, notify
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import machines

_JOIN = (
    update(machines)
    .where(machines.c.seq == bindparam("machine"))
    .values(
        state=states.MACHINE.target("join"),
        ip_address=bindparam("new_ip"),
        host_name=bindparam("new_host"),
    )
)


def requested(unit: Unit, cluster_seq: int, group: str) -> None:
    """Take note that the executor knows a group's machines: the Pending ones are under way."""
    changed = unit.connection.execute(
        update(machines)
        .where(
            machines.c.cluster_seq == cluster_seq,
            machines.c.group_name == group,
            machines.c.state.in_(states.MACHINE.sources("request")),
        )
        .values(state=states.MACHINE.target("request"))
        .returning(machines.c.id, machines.c.group_name, machines.c.created, machines.c.ip_address)
    ).all()
    if not changed:
        return
    lines = [
        cluster_rows.line_of(row, log_lines.CREATED) for row in changed[-cluster_rows.MAX_LOGS :]
    ]
    cluster_rows.log(unit, cluster_seq, lines)
    starting = [(row, row.ip_address) for row in changed]
    notify.machines_became(unit, cluster_seq, "OnInstanceCreated", states.STARTING, starting)


def joined(unit: Unit, joins: Sequence[WorkerJoined]) -> None:
    """Machines are ready to run programs."""
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
                "new_ip": news[row.id].ip_address or row.ip_address,
                "new_host": news[row.id].host_name or row.host_name,
            }
            for row in rows
        ],
    )
    for cluster_seq, of_cluster in _by_cluster(rows).items():
        _tell_joined(unit, cluster_seq, of_cluster, news)
    for row in _machines(unit, [row.id for row in rows]):
        unit.cache.put_machine(row)


def left(unit: Unit, leaves: Sequence[WorkerLeft]) -> None:
    """Machines are gone; one that nobody gave back is replaced, so its group keeps its size."""
    causes = {leave.worker_id: leave.cause for leave in reversed(leaves)}
    for cluster_seq, rows in _by_cluster(_machines(unit, causes)).items():
        lost = [row for row in rows if states.MACHINE.may(row.state, "delete")]
        said = {row.seq: f"{log_lines.LOST}{causes[row.id]}" for row in lost}
        last = rows[-cluster_rows.MAX_LOGS :]
        lines = [cluster_rows.line_of(row, said.get(row.seq, log_lines.RELEASED)) for row in last]
        cluster_rows.log(unit, cluster_seq, lines)
        _replace(unit, cluster_seq, lost)
        orphans = [attempt for row in rows for attempt in unit.cache.machine_left(row.seq)]
        unit.effects.orphans |= {each.attempt_id: each.machine.id for each in orphans}
        busy = {attempt.machine.seq for attempt in orphans}
        for seqs in cluster_rows.chunks(sorted(busy)):
            unit.connection.execute(
                update(machines).where(machines.c.seq.in_(seqs)).values(left=True)
            )
        for seqs in cluster_rows.chunks([row.seq for row in rows if row.seq not in busy]):
            unit.connection.execute(delete(machines).where(machines.c.seq.in_(seqs)))
        cluster_rows.vanish(unit, cluster_seq)


def warned(unit: Unit, warnings: Sequence[WorkerWarned]) -> None:
    """Say in the operation logs of machines' clusters what is the matter with them."""
    about = {row.id: row for row in _machines(unit, {each.worker_id for each in warnings})}
    lines: dict[int, list[str]] = {}
    for warning in warnings:
        if (row := about.get(warning.worker_id)) is not None:
            of_cluster = lines.setdefault(row.cluster_seq, [])
            of_cluster.append(cluster_rows.line_of(row, warning.message))
    for cluster_seq, of_cluster in lines.items():
        cluster_rows.log(unit, cluster_seq, of_cluster)


def _tell_joined(
    unit: Unit, cluster_seq: int, rows: Sequence[AnyRow], news: Mapping[str, WorkerJoined]
) -> None:
    lines: list[str] = []
    for row in rows[-cluster_rows.MAX_LOGS :]:
        if row.state == states.PENDING:
            lines.append(cluster_rows.line_of(row, log_lines.CREATED))
        lines.append(cluster_rows.line_of(row, log_lines.ACTIVE))
    cluster_rows.log(unit, cluster_seq, lines)
    addresses = {row.id: news[row.id].ip_address or row.ip_address for row in rows}
    created = [(row, addresses[row.id]) for row in rows if row.state == states.PENDING]
    notify.machines_became(unit, cluster_seq, "OnInstanceCreated", states.STARTING, created)
    active = [(row, addresses[row.id]) for row in rows]
    notify.machines_became(unit, cluster_seq, "OnInstanceActive", states.RUNNING, active)


def _replace(unit: Unit, cluster_seq: int, lost: Sequence[AnyRow]) -> None:
    """Give groups new machines for those that went by themselves."""
    if not lost:
        return
    for seqs in cluster_rows.chunks([row.seq for row in lost]):
        unit.connection.execute(
            update(machines)
            .where(machines.c.seq.in_(seqs), machines.c.state.in_(cluster_rows.PRESENT))
            .values(state=states.MACHINE.target("delete"))
        )
    for group, count in Counter(row.group_name for row in lost).items():
        cluster_rows.add_machines(unit, cluster_seq, group, count)


def _machines(unit: Unit, ids: Iterable[str]) -> list[AnyRow]:
    """Return machines in the order of their ids here; unknown ones are left out."""
    found: dict[str, AnyRow] = {}
    wanted = list(ids)
    for chunk in cluster_rows.chunks(wanted):
        query = select(machines).where(machines.c.id.in_(chunk))
        found |= {row.id: row for row in unit.connection.execute(query)}
    return [found[machine_id] for machine_id in wanted if machine_id in found]


def _by_cluster(rows: Sequence[AnyRow]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    for row in rows:
        found.setdefault(row.cluster_seq, []).append(row)
    return found
