"""Questions of somebody who looks around: names with a text, all instances, a DAG, pools."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, case, exists, func, or_, select

from batchcompute.server.model import states
from batchcompute.server.store.job_queries import JOB_COLUMNS
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import (
    attempts,
    clusters,
    groups,
    instances,
    jobs,
    machines,
    task_plans,
    tasks,
)

#: Jobs that are looked at for a page of those whose names hold a text. There is no index of what is
#: in a name, so that a page is bounded by this.
WINDOW: Final = 20_000

#: One letter for each state of an instance. "D" is given to a VM, and not seen to run.
LETTERS: Final[Mapping[str, str]] = {
    states.WAITING: "W",
    states.DISPATCHED: "D",
    states.RUNNING: "R",
    states.FINISHED: "F",
    states.FAILED: "X",
    states.STOPPED: "S",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A page of jobs whose names hold a text.

    Attributes:
        rows: The jobs, newest first.
        next_id: Id of the job that the next page begins with; "" if there is none.
        is_cut: Whether the page ended because enough jobs were looked at.
    """

    rows: Sequence[AnyRow]
    next_id: str
    is_cut: bool


def search_jobs(
    connection: Connection,
    *,
    text: str,
    marker: str,
    limit: int,
    state: str | None = None,
    cluster_id: str | None = None,
    account: int | None = None,
) -> Found:
    """Return the newest jobs with a text in their name, or at the beginning of their id.

    Args:
        connection: A reader.
        text: The text; its case does not matter.
        marker: Id of the first job to look at, or of one near it; "" for the newest.
        limit: Jobs of a page at the most.
        state: Only jobs in this state.
        cluster_id: Only jobs with a task on this cluster.
        account: Only jobs of this account; None for those of all.
    """
    window = select(*JOB_COLUMNS).where(jobs.c.deleted.is_(False))
    if account is not None:
        window = window.where(jobs.c.account == account)
    if state is not None:
        window = window.where(jobs.c.state == state)
    if marker:
        first = select(jobs.c.seq).where(jobs.c.id <= marker).order_by(jobs.c.id.desc()).limit(1)
        window = window.where(jobs.c.seq <= first.scalar_subquery())
    looked_at = window.order_by(jobs.c.seq.desc()).limit(WINDOW).subquery()
    matches = or_(
        func.lower(looked_at.c.name).contains(text.lower(), autoescape=True),
        looked_at.c.id.startswith(text, autoescape=True),
    )
    query = select(looked_at).where(matches).order_by(looked_at.c.seq.desc()).limit(limit + 1)
    if cluster_id is not None:
        cluster = select(clusters.c.seq).where(clusters.c.id == cluster_id).scalar_subquery()
        on_it = (tasks.c.job_seq == looked_at.c.seq, tasks.c.cluster_seq == cluster)
        query = query.where(exists().where(*on_it))
    rows = connection.execute(query).all()
    if len(rows) > limit:
        return Found(rows[:limit], rows[limit].id, False)
    beyond = connection.execute(window.order_by(jobs.c.seq.desc()).offset(WINDOW).limit(1)).first()
    return Found(rows, "" if beyond is None else beyond.id, beyond is not None)


_CELLS = (
    select(
        case(LETTERS, value=instances.c.state).label("letter"),
    )
    .where(instances.c.job_seq == bindparam("of_job"), instances.c.task_pos == bindparam("of_task"))
    .order_by(instances.c.idx)
    .subquery()
)
# The database puts them together, which leaves the interpreter to others meanwhile.
_ALL_CELLS = select(func.aggregate_strings(_CELLS.c.letter, ""))


def cells_of(connection: Connection, task: AnyRow) -> str:
    """Return a letter for each instance of a task that has a row, in their order.

    Those from `task.tail` on have none, and are all alike.
    """
    parameters = {"of_job": task.job_seq, "of_task": task.pos}
    return connection.execute(_ALL_CELLS, parameters).scalar() or ""


def dag_of(connection: Connection, job_seq: int) -> list[tuple[int, ...]]:
    """Return for each task of a job, in their order, the positions of those that wait for it."""
    query = select(task_plans.c.successors).where(task_plans.c.job_seq == job_seq)
    rows = connection.execute(query.order_by(task_plans.c.pos))
    return [tuple(json.loads(row.successors)) for row in rows]


def cluster_ids(connection: Connection, seqs: Sequence[int]) -> Mapping[int, str]:
    """Return the ids of clusters by their numbers."""
    query = select(clusters.c.seq, clusters.c.id).where(clusters.c.seq.in_(seqs))
    return {row.seq: row.id for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Pool:
    """The VMs of one group of a cluster.

    Attributes:
        cluster_id: Id of the cluster.
        group: Name of the group.
        desired: VMs that it is to have.
        starting: VMs that do not run yet.
        running: VMs that run.
        busy: Those of them with an attempt.
    """

    cluster_id: str
    group: str
    desired: int
    starting: int
    running: int
    busy: int


def list_pools(connection: Connection, limit: int) -> list[Pool]:
    """Return the pools of active clusters, of the newest ones if there are more than the limit."""
    active = select(clusters.c.seq).where(clusters.c.state == states.ACTIVE)
    newest = active.order_by(clusters.c.seq.desc()).limit(limit).subquery()
    found = connection.execute(
        select(clusters.c.id, groups)
        .join(groups, groups.c.cluster_seq == clusters.c.seq)
        .where(clusters.c.seq.in_(select(newest.c.seq)))
        .order_by(clusters.c.seq.desc(), groups.c.pos)
        .limit(limit)
    ).all()
    seqs = {row.cluster_seq for row in found}
    of_group = (machines.c.cluster_seq, machines.c.group_name)
    counts: Counter[tuple[int, str, str]] = Counter()
    query = select(*of_group, machines.c.state, func.count()).where(
        machines.c.cluster_seq.in_(seqs)
    )
    for seq, name, state, number in connection.execute(query.group_by(*of_group, machines.c.state)):
        counts[seq, name, state] = number
    busy: Counter[tuple[int, str]] = Counter()
    query = (
        select(*of_group, func.count(attempts.c.machine_seq.distinct()))
        .select_from(attempts)
        .join(machines, machines.c.seq == attempts.c.machine_seq)
        .where(machines.c.cluster_seq.in_(seqs))
    )
    for seq, name, number in connection.execute(query.group_by(*of_group)):
        busy[seq, name] = number
    return [
        Pool(
            row.id,
            row.name,
            row.desired,
            sum(counts[row.cluster_seq, row.name, each] for each in states.COMING),
            counts[row.cluster_seq, row.name, states.RUNNING],
            busy[row.cluster_seq, row.name],
        )
        for row in found
    ]
