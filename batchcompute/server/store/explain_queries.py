"""Queries for explanations: each uses an index and is bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    distinct,
    exists,
    func,
    select,
    tuple_,
)

from batchcompute.server.model import states
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import (
    OF_TASK,
    QUEUED,
    REQUEUED,
    agents,
    attempts,
    cluster_logs,
    clusters,
    groups,
    instances,
    jobs,
    machines,
    task_plans,
    tasks,
)

#: Tasks, or instances, that are counted; if there are more, that is all that is said of them.
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Queued:
    """Instances that wait for a VM of a cluster.

    Attributes:
        instances: How many.
        complete: False if there are more, which were not counted.
    """

    instances: int
    complete: bool

    def __str__(self) -> str:
        """Return the number, or "more than" what was counted of it."""
        return str(self.instances) if self.complete else f"more than {self.instances}"

    def __add__(self, other: Queued) -> Queued:
        """Return both together."""
        return Queued(self.instances + other.instances, self.complete and other.complete)


@dataclass(frozen=True, slots=True)
class Machines:
    """The VMs of a cluster.

    Attributes:
        wanted, running, coming, leaving: How many there are to be, run, start and are given back.
        busy: Of those that run, how many have a program.
        busy_anywhere: How many of all clusters have one, those of agents left out if only some VMs
            are theirs.
        idle_elsewhere: How many agents are there without a program, if only some VMs are theirs.
        first_coming: The group with the VM that has been starting for the longest, or "".
        coming_since: Since when it has, in microseconds since the epoch.
        coming_from: Name of the pool of agents that brings it, or "".
    """

    wanted: int
    running: int
    coming: int
    leaving: int
    busy: int
    busy_anywhere: int
    first_coming: str = ""
    coming_since: int | None = None
    idle_elsewhere: int = 0
    coming_from: str = ""


_JOB = select(jobs).where(jobs.c.id == bindparam("wanted"), jobs.c.deleted.is_(False))
_TASKS = select(tasks).where(tasks.c.job_seq == bindparam("of_job")).order_by(tasks.c.pos)
_PREDECESSORS = (
    select(tasks, task_plans.c.successors)
    .join(task_plans, OF_TASK)
    .where(tasks.c.job_seq == bindparam("of_job"), tasks.c.state != states.FINISHED)
    .order_by(tasks.c.pos)
)
_CLUSTER = select(clusters).where(clusters.c.seq == bindparam("of_cluster"))


def _waiting(*conditions: ColumnElement[bool]) -> Select[int | None, int]:
    """Sum up the waiting instances of queued tasks, as far as they are counted."""
    some = (
        select(tasks.c.waiting)
        .where(QUEUED, tasks.c.cluster_seq == bindparam("of_cluster"), *conditions)
        # In any order the sum is the same; in this one it is found by the index.
        .order_by(tasks.c.priority.desc(), tasks.c.job_seq, tasks.c.pos)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    return select(func.sum(some.c.waiting), func.count()).select_from(some)


_WAITING = _waiting()
_HIGHER = _waiting(tasks.c.priority > bindparam("than"))
_EARLIER = _waiting(
    tasks.c.account == bindparam("of_account"),
    tasks.c.priority == bindparam("than"),
    tuple_(tasks.c.job_seq, tasks.c.pos) < tuple_(bindparam("of_job"), bindparam("of_task")),
)
_NEXT_ACCOUNT = (
    select(tasks.c.account)
    .where(
        QUEUED,
        tasks.c.cluster_seq == bindparam("of_cluster"),
        tasks.c.account > bindparam("after"),
    )
    .order_by(tasks.c.account)
    .limit(1)
)
_OF_ACCOUNT = (
    select(tasks.c.pos)
    .where(
        QUEUED,
        tasks.c.cluster_seq == bindparam("of_cluster"),
        tasks.c.account == bindparam("of_account"),
        tasks.c.priority == bindparam("than"),
    )
    .limit(1)
)
_REQUEUED_BEFORE = select(func.count()).select_from(
    select(instances.c.idx)
    .where(
        REQUEUED,
        instances.c.job_seq == bindparam("of_job"),
        instances.c.task_pos == bindparam("of_task"),
        instances.c.idx < bindparam("before"),
    )
    .with_hint(instances, "INDEXED BY instances_requeued", "sqlite")
    .limit(MOST_COUNTED)
    .subquery()
)
_WANTED = select(func.sum(groups.c.desired)).where(groups.c.cluster_seq == bindparam("of_cluster"))
_PER_STATE = (
    select(machines.c.state, func.count().label("number"))
    .where(machines.c.cluster_seq == bindparam("of_cluster"))
    # By group as well, which is the order of the index.
    .group_by(machines.c.group_name, machines.c.state)
)
_BUSY = select(func.count(distinct(attempts.c.machine_seq)))
_BUSY_HERE = _BUSY.join(machines, machines.c.seq == attempts.c.machine_seq).where(
    machines.c.cluster_seq == bindparam("of_cluster"), machines.c.state == states.RUNNING
)
_HAS_AGENT = exists().where(agents.c.machine_id == machines.c.id)
_BUSY_WITHOUT_AGENT = _BUSY.join(machines, machines.c.seq == attempts.c.machine_seq).where(
    ~_HAS_AGENT
)
_IDLE_WITH_AGENT = (
    select(func.count())
    .select_from(machines.outerjoin(attempts, attempts.c.machine_seq == machines.c.seq))
    .where(
        machines.c.cluster_seq == bindparam("of_cluster"),
        machines.c.state == states.RUNNING,
        attempts.c.attempt_id.is_(None),
        _HAS_AGENT,
    )
)
_BUSY_GROUPS = (
    select(
        clusters.c.seq,
        clusters.c.description,
        machines.c.group_name,
        func.count(distinct(machines.c.seq)).label("number"),
    )
    .select_from(
        attempts.join(machines, machines.c.seq == attempts.c.machine_seq).join(
            clusters, clusters.c.seq == machines.c.cluster_seq
        )
    )
    .where(~_HAS_AGENT)
    .group_by(clusters.c.seq, clusters.c.description, machines.c.group_name)
)
_FREE_GROUPS = (
    select(machines.c.group_name)
    .select_from(machines.outerjoin(attempts, attempts.c.machine_seq == machines.c.seq))
    .where(
        machines.c.cluster_seq == bindparam("of_cluster"),
        machines.c.state == states.RUNNING,
        attempts.c.attempt_id.is_(None),
        ~_HAS_AGENT,
    )
    .distinct()
    .order_by(machines.c.group_name)
)
_FIRST_COMING = (
    select(machines.c.group_name, machines.c.created, agents.c.pool)
    .outerjoin(agents, agents.c.machine_id == machines.c.id)
    .where(
        machines.c.cluster_seq == bindparam("of_cluster"),
        machines.c.group_name == bindparam("group"),
        machines.c.state == bindparam("in_state"),
    )
    .order_by(machines.c.seq)
    .limit(1)
)
_GROUPS = select(groups.c.name).where(groups.c.cluster_seq == bindparam("of_cluster"))
_LEFT_OF_FORMER_RUN = select(func.count()).where(
    attempts.c.job_seq == bindparam("of_job"), attempts.c.cancelled.is_(True)
)
_ON_MACHINES = select(
    attempts.c.attempt_id,
    attempts.c.idx,
    attempts.c.number,
    attempts.c.cancelled,
    machines.c.id.label("machine_id"),
    machines.c.seq.label("machine_seq"),
    machines.c.left,
    machines.c.cluster_seq,
    machines.c.group_name,
).join(machines, machines.c.seq == attempts.c.machine_seq)
_OF_TASK = (attempts.c.job_seq == bindparam("of_job"), attempts.c.task_pos == bindparam("of_task"))
_IN_FLIGHT = _ON_MACHINES.where(*_OF_TASK, attempts.c.idx == bindparam("of_index")).order_by(
    attempts.c.number.desc()
)
_ENDING = (
    _ON_MACHINES.join(
        instances,
        (instances.c.job_seq == attempts.c.job_seq)
        & (instances.c.task_pos == attempts.c.task_pos)
        & (instances.c.idx == attempts.c.idx),
    )
    .where(*_OF_TASK, instances.c.state == states.WAITING)
    .order_by(attempts.c.idx)
)
_NEIGHBOUR = (
    select(
        attempts.c.idx,
        attempts.c.cancelled,
        instances.c.state,
        tasks.c.name,
        jobs.c.id.label("job_id"),
        jobs.c.account,
    )
    .outerjoin(
        instances,
        (instances.c.job_seq == attempts.c.job_seq)
        & (instances.c.task_pos == attempts.c.task_pos)
        & (instances.c.idx == attempts.c.idx),
    )
    .outerjoin(
        tasks, (tasks.c.job_seq == attempts.c.job_seq) & (tasks.c.pos == attempts.c.task_pos)
    )
    .outerjoin(jobs, jobs.c.seq == attempts.c.job_seq)
    .where(
        attempts.c.machine_seq == bindparam("on_machine"),
        attempts.c.attempt_id != bindparam("other"),
    )
    # Of several the one that runs, and then one that was stopped.
    .order_by(case((instances.c.state == states.RUNNING, 0), else_=1), attempts.c.cancelled.desc())
    .limit(1)
)
_ON_CLUSTER = (
    select(func.count())
    .select_from(attempts.join(machines, machines.c.seq == attempts.c.machine_seq))
    .where(machines.c.cluster_seq == bindparam("of_cluster"))
)
_OWNER = (
    select(tasks, jobs.c.id.label("job_id"))
    .join(jobs, jobs.c.seq == tasks.c.job_seq)
    .where(tasks.c.cluster_seq == bindparam("of_cluster"))
    .limit(1)
)
_LOG = (
    select(cluster_logs.c.line)
    .where(cluster_logs.c.cluster_seq == bindparam("of_cluster"))
    .order_by(cluster_logs.c.number.desc())
)
_NUMBER = select(instances.c.number).where(
    instances.c.job_seq == bindparam("of_job"),
    instances.c.task_pos == bindparam("of_task"),
    instances.c.idx == bindparam("of_index"),
)


def find_job(connection: Connection, job_id: str) -> AnyRow | None:
    """Return a job, or None if there is none of this id."""
    return connection.execute(_JOB, {"wanted": job_id}).one_or_none()


def all_tasks(connection: Connection, job_seq: int) -> Sequence[AnyRow]:
    """Return the tasks of a job, in the order of its description."""
    return connection.execute(_TASKS, {"of_job": job_seq}).all()


def unfinished_with_successors(connection: Connection, job_seq: int) -> Sequence[AnyRow]:
    """Return the tasks of a job that have not finished, each with who waits for it, JSON."""
    return connection.execute(_PREDECESSORS, {"of_job": job_seq}).all()


def cluster_of_number(connection: Connection, seq: int) -> AnyRow | None:
    """Return a cluster, or None if it is gone."""
    return connection.execute(_CLUSTER, {"of_cluster": seq}).one_or_none()


def waiting_on(connection: Connection, cluster_seq: int) -> Queued:
    """Count what waits for a VM of a cluster."""
    return _counted(connection, _WAITING, {"of_cluster": cluster_seq})


def ahead_of(connection: Connection, task: AnyRow) -> tuple[Queued, Queued]:
    """Count what comes before a task: of higher priority, and of the same account but older."""
    parameters = {
        "of_cluster": task.cluster_seq,
        "than": task.priority,
        "of_job": task.job_seq,
        "of_task": task.pos,
        "of_account": task.account,
    }
    return _counted(connection, _HIGHER, parameters), _counted(connection, _EARLIER, parameters)


def rivals_of(connection: Connection, task: AnyRow) -> int:
    """Count the other accounts that take turns with a task's on its cluster."""
    of_cluster = {"of_cluster": task.cluster_seq}
    found, account = 0, -1
    for _ in range(MOST_COUNTED):
        # By index: one account after the other, and of each the first task of this priority.
        following = connection.scalar(_NEXT_ACCOUNT, {**of_cluster, "after": account})
        if following is None:
            break
        account = following
        its = {**of_cluster, "of_account": account, "than": task.priority}
        if account != task.account and connection.execute(_OF_ACCOUNT, its).first() is not None:
            found += 1
    return found


def requeued_before(connection: Connection, task: AnyRow, idx: int) -> Queued:
    """Count the instances of a task before this one that wait for another attempt."""
    parameters = {"of_job": task.job_seq, "of_task": task.pos, "before": idx}
    found = connection.scalar(_REQUEUED_BEFORE, parameters) or 0
    return Queued(found, found < MOST_COUNTED)


def machines_of(connection: Connection, cluster_seq: int, *, is_mixed: bool = False) -> Machines:
    """Count the VMs of a cluster.

    Args:
        connection: A reader.
        cluster_seq: The cluster.
        is_mixed: Whether some VMs are this machine's and others those of agents.
    """
    of_cluster = {"of_cluster": cluster_seq}
    number: Counter[str] = Counter()
    for row in connection.execute(_PER_STATE, of_cluster):
        number[row.state] += row.number
    coming = sum(number[state] for state in states.COMING)
    first = _first_coming(connection, cluster_seq) if coming else None
    return Machines(
        wanted=connection.scalar(_WANTED, of_cluster) or 0,
        running=number[states.RUNNING],
        coming=coming,
        leaving=number[states.DELETING],
        busy=connection.scalar(_BUSY_HERE, of_cluster) or 0,
        busy_anywhere=connection.scalar(_BUSY_WITHOUT_AGENT if is_mixed else _BUSY) or 0,
        first_coming=first.group_name if first is not None else "",
        coming_since=first.created if first is not None else None,
        idle_elsewhere=(connection.scalar(_IDLE_WITH_AGENT, of_cluster) or 0) if is_mixed else 0,
        coming_from=(first.pool or "") if first is not None else "",
    )


def busy_groups(connection: Connection) -> Sequence[AnyRow]:
    """Return the groups with busy VMs without agents, with the descriptions of their clusters."""
    return connection.execute(_BUSY_GROUPS).all()


def free_groups(connection: Connection, cluster_seq: int) -> Sequence[str]:
    """Return the groups of a cluster with VMs that run and have no program and no agent."""
    return connection.scalars(_FREE_GROUPS, {"of_cluster": cluster_seq}).all()


def left_of_former_run(connection: Connection, job_seq: int) -> int:
    """Count the attempts of a job that were cancelled and are not gone."""
    return connection.scalar(_LEFT_OF_FORMER_RUN, {"of_job": job_seq}) or 0


def in_flight(connection: Connection, task: AnyRow, idx: int) -> AnyRow | None:
    """Return the newest attempt of an instance that is in flight, with its VM."""
    parameters = {"of_job": task.job_seq, "of_task": task.pos, "of_index": idx}
    return connection.execute(_IN_FLIGHT, parameters).first()


def ending_attempts(connection: Connection, task: AnyRow) -> Sequence[AnyRow]:
    """Return the attempts of a task that are in flight though their instance waits."""
    return connection.execute(_ENDING, {"of_job": task.job_seq, "of_task": task.pos}).all()


def neighbour(connection: Connection, attempt: AnyRow) -> AnyRow | None:
    """Return what else is on the VM of an attempt, with its instance."""
    parameters = {"on_machine": attempt.machine_seq, "other": attempt.attempt_id}
    return connection.execute(_NEIGHBOUR, parameters).first()


def attempts_on(connection: Connection, cluster_seq: int) -> int:
    """Count the attempts in flight on the VMs of a cluster, those that leave included."""
    return connection.scalar(_ON_CLUSTER, {"of_cluster": cluster_seq}) or 0


def owner_of(connection: Connection, cluster_seq: int) -> AnyRow | None:
    """Return the task that an automatic cluster was made for, with the id of its job."""
    return connection.execute(_OWNER, {"of_cluster": cluster_seq}).first()


def log_of(connection: Connection, cluster_seq: int) -> Sequence[str]:
    """Return the operation logs of a cluster, newest first; there are never many."""
    return connection.scalars(_LOG, {"of_cluster": cluster_seq}).all()


def newest_attempt(connection: Connection, task: AnyRow, idx: int) -> int:
    """Return the number of an instance's newest attempt; 0 if it never had one."""
    parameters = {"of_job": task.job_seq, "of_task": task.pos, "of_index": idx}
    return connection.scalar(_NUMBER, parameters) or 0


def _counted(
    connection: Connection, query: Select[int | None, int], parameters: Mapping[str, int]
) -> Queued:
    found, number = connection.execute(query, parameters).one()
    return Queued(int(found or 0), number <= MOST_COUNTED)


def _first_coming(connection: Connection, cluster_seq: int) -> AnyRow | None:
    # By index: state after state of group after group, the oldest of each.
    names = connection.scalars(_GROUPS, {"of_cluster": cluster_seq}).all()
    found = [
        connection.execute(
            _FIRST_COMING, {"of_cluster": cluster_seq, "group": name, "in_state": state}
        ).first()
        for name in names
        for state in states.COMING
    ]
    return min((row for row in found if row is not None), key=lambda row: row.created, default=None)
