"""Reading clusters and their machines, a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, func, select

from batchcompute.server.store.ownership import list_owned
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import cluster_logs, clusters, groups, machines


def find_cluster(connection: Connection, cluster_id: str) -> AnyRow | None:
    """Return a cluster, or None if there is none of this id."""
    query = select(clusters).where(clusters.c.id == cluster_id)
    return connection.execute(query).one_or_none()


def list_clusters(
    connection: Connection,
    *,
    marker: str,
    limit: int,
    account: int | None = None,
    granted: Sequence[str] = (),
) -> Sequence[AnyRow]:
    """Return clusters in the order of their ids, from `marker` on.

    Args:
        connection: A reader.
        marker: Id of the first one, or of one near it that is gone; "" for the beginning.
        limit: How many at the most.
        account: Only clusters of this account; None for those of all.
        granted: Ids of clusters of other accounts that are listed with its own.
    """
    return list_owned(connection, clusters, marker, limit, account, granted)


def groups_of(connection: Connection, seqs: Collection[int]) -> Mapping[int, Sequence[AnyRow]]:
    """Return the groups of clusters, in the order of their descriptions."""
    query = select(groups).where(groups.c.cluster_seq.in_(seqs)).order_by(groups.c.pos)
    return _by_cluster(connection.execute(query).all(), seqs)


def machine_counts(connection: Connection, seqs: Collection[int]) -> Mapping[int, Sequence[AnyRow]]:
    """Count the machines of clusters, per group and state."""
    key = (machines.c.cluster_seq, machines.c.group_name, machines.c.state)
    query = (
        select(*key, func.count().label("number"))
        .where(machines.c.cluster_seq.in_(seqs))
        .group_by(*key)
    )
    return _by_cluster(connection.execute(query).all(), seqs)


def logs_of(connection: Connection, seqs: Collection[int]) -> Mapping[int, Sequence[AnyRow]]:
    """Return the operation logs of clusters, oldest first."""
    query = select(cluster_logs).where(cluster_logs.c.cluster_seq.in_(seqs))
    return _by_cluster(connection.execute(query.order_by(cluster_logs.c.number)).all(), seqs)


def find_machine(
    connection: Connection, cluster_seq: int, group: str, machine_id: str
) -> AnyRow | None:
    """Return a machine of a group, or None."""
    query = select(machines).where(
        machines.c.cluster_seq == cluster_seq,
        machines.c.group_name == group,
        machines.c.id == machine_id,
    )
    return connection.execute(query).one_or_none()


def list_machines(
    connection: Connection, cluster_seq: int, group: str, *, marker: str, limit: int
) -> Sequence[AnyRow]:
    """Return the machines of a group in the order of their ids, from `marker` on."""
    query = select(machines).where(
        machines.c.cluster_seq == cluster_seq, machines.c.group_name == group
    )
    if marker:
        # The index has the number; the order of the two is the same.
        first = select(machines.c.seq).where(machines.c.id >= marker).order_by(machines.c.id)
        query = query.where(machines.c.seq >= first.limit(1).correlate(None).scalar_subquery())
    return connection.execute(query.order_by(machines.c.seq).limit(limit)).all()


def _by_cluster(rows: Sequence[AnyRow], seqs: Collection[int]) -> Mapping[int, Sequence[AnyRow]]:
    found: dict[int, list[AnyRow]] = {seq: [] for seq in seqs}
    for row in rows:
        found[row.cluster_seq].append(row)
    return found
