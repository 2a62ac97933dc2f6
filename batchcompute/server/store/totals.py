"""How much there is: counts over everything, for whoever looks after the service.

Each is one query over an index or over what is under way, so that it costs little while a million
jobs are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Connection, func, select

from batchcompute.server.model import states
from batchcompute.server.store.tables import agents, attempts, clusters, jobs, machines, tasks

_DELETED = jobs.c.deleted.is_(True)
_UNDER_WAY = (states.WAITING, states.RUNNING)
_MACHINE_STATES = (states.PENDING, states.STARTING, states.RUNNING, states.DELETING)
_CLUSTER_STATES = (states.ACTIVE, states.DELETING)


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals in one consistent view of the database.

    Attributes:
        jobs: Jobs by their states.
        instances: Instances of unfinished jobs that have not ended: "Waiting", "Dispatched",
            "Running".
        machines: VMs by their states.
        clusters: Clusters by their states.
        busy: VMs with an attempt.
        pools: VMs by the pool of agents that they come from, and by their states.
        oldest_waiting: When the oldest job was submitted that has not begun, in microseconds since
            the epoch; None if there is none.
    """

    jobs: Mapping[str, int]
    instances: Mapping[str, int]
    machines: Mapping[str, int]
    clusters: Mapping[str, int]
    busy: int
    pools: Mapping[tuple[str, str], int]
    oldest_waiting: int | None


def read_totals(connection: Connection) -> Totals:
    """Count everything.

    Args:
        connection: One consistent view.
    """
    of_jobs = count_jobs(connection)
    sums = (tasks.c.waiting, tasks.c.dispatched, tasks.c.running)
    open_instances = connection.execute(
        select(*(func.coalesce(func.sum(column), 0) for column in sums))
        .select_from(jobs)
        .join(tasks, tasks.c.job_seq == jobs.c.seq)
        .where(jobs.c.state.in_(_UNDER_WAY))
    ).one()
    of_machines = _by_state(connection, machines.c.state, _MACHINE_STATES)
    of_clusters = _by_state(connection, clusters.c.state, _CLUSTER_STATES)
    busy = connection.scalar(select(func.count(attempts.c.machine_seq.distinct()))) or 0
    oldest = connection.scalar(
        select(jobs.c.created)
        .where(jobs.c.state == states.WAITING, jobs.c.deleted.is_(False))
        .order_by(jobs.c.seq)
        .limit(1)
    )
    names = (states.WAITING, states.DISPATCHED, states.RUNNING)
    instances = {name: int(count) for name, count in zip(names, open_instances, strict=True)}
    of_pools = _by_pool(connection)
    return Totals(of_jobs, instances, of_machines, of_clusters, busy, of_pools, oldest)


def count_jobs(connection: Connection, account: int | None = None) -> Mapping[str, int]:
    """Count the jobs by their states.

    Args:
        connection: One consistent view.
        account: Only jobs of this account; None for those of all.
    """
    # Deleted jobs are few, and not in the index of the states: so they are taken off.
    of_account = () if account is None else (jobs.c.account == account,)
    found: dict[str, int] = dict.fromkeys(states.VISIBLE, 0)
    query = select(jobs.c.state, func.count()).where(*of_account).group_by(jobs.c.state)
    for state, number in connection.execute(query):
        found[state] = number
    for state, number in connection.execute(query.where(_DELETED)):
        found[state] -= number
    return found


def _by_pool(connection: Connection) -> Mapping[tuple[str, str], int]:
    """Count the VMs of agents by (pool, state); every state of a pool that has any is there."""
    query = (
        select(agents.c.pool, machines.c.state, func.count())
        .join(machines, machines.c.id == agents.c.machine_id)
        .group_by(agents.c.pool, machines.c.state)
    )
    counts: dict[tuple[str, str], int] = {}
    for pool, state, number in connection.execute(query):
        for each in _MACHINE_STATES:
            counts.setdefault((pool, each), 0)
        counts[pool, state] = number
    return counts


def _by_state(
    connection: Connection, column: Column[str], known: Iterable[str]
) -> Mapping[str, int]:
    """Count the rows of a table by their state; a state without any counts 0."""
    counts = dict.fromkeys(known, 0)
    for state, number in connection.execute(select(column, func.count()).group_by(column)):
        counts[state] = number
    return counts
