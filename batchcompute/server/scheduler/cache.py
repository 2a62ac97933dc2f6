"""The part of the database that the scheduler needs at every step, in memory.

The scheduler is the only writer, so what it has read stays true as long as each of its changes is
made here as well. It is read anew when the service starts, and after every transaction that failed.
Its size depends on machines and on what runs, not on how much waits.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from batchcompute.server.executors.interface import ThisMachine, WorkerGroup
from batchcompute.server.model import states
from batchcompute.server.model.plan import TaskPlan, disk_folders, mounted_objects
from batchcompute.server.model.resources import Placement, Resources, instance_type_of
from batchcompute.server.scheduler.cached_rows import (
    Account,
    CachedAttempt,
    CachedCluster,
    CachedMachine,
    CachedTask,
    RequeuedInstance,
    TaskKey,
)
from batchcompute.server.scheduler.contests import Contests
from batchcompute.server.scheduler.prefetched import Prefetched
from batchcompute.server.scheduler.room import NOTHING, Room
from batchcompute.server.scheduler.run_queue import RunQueue
from batchcompute.server.scheduler.turns import Turns, Weight
from batchcompute.server.scheduler.vm_images import image_of
from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import (
    QUEUED,
    REQUEUED,
    attempts,
    clusters,
    instances,
    jobs,
    machines,
    task_plans,
    tasks,
)

#: Requeued instances of a task that are read at a time.
REQUEUED_WINDOW = 256

_TASK = (
    tasks.c.job_seq,
    tasks.c.pos,
    tasks.c.name,
    tasks.c.state,
    tasks.c.priority,
    tasks.c.topic,
    tasks.c.max_retries,
    jobs.c.id.label("job_id"),
    jobs.c.fail_on_instance_fail.label("fails_job"),
    tasks.c.cluster_seq,
    tasks.c.ready,
    tasks.c.queued,
    tasks.c.instance_count,
    tasks.c.tail,
    tasks.c.tail_state,
    tasks.c.waiting,
    tasks.c.dispatched,
    tasks.c.running,
    tasks.c.failed,
    tasks.c.account,
)
_TASKS = select(*_TASK).join(jobs, jobs.c.seq == tasks.c.job_seq)
_FIND_TASK = CompiledStatement(
    _TASKS.where(tasks.c.job_seq == bindparam("of_job"), tasks.c.pos == bindparam("of_task"))
)
_QUEUED_TASKS = CompiledStatement(
    _TASKS.where(QUEUED, tasks.c.cluster_seq == bindparam("of_cluster"))
    .order_by(tasks.c.priority.desc(), tasks.c.job_seq, tasks.c.pos)
    .limit(bindparam("most"))
)
_QUEUED_TASKS_OF_ACCOUNT = CompiledStatement(
    _TASKS.where(
        QUEUED,
        tasks.c.cluster_seq == bindparam("of_cluster"),
        tasks.c.account == bindparam("of_account"),
    )
    .order_by(tasks.c.priority.desc(), tasks.c.job_seq, tasks.c.pos)
    .limit(bindparam("most"))
)
_NEXT_ACCOUNT = CompiledStatement(
    select(tasks.c.account)
    .where(
        QUEUED,
        tasks.c.cluster_seq == bindparam("of_cluster"),
        tasks.c.account > bindparam("after"),
    )
    .order_by(tasks.c.account)
    .limit(bindparam("most"))
)
_REQUEUED_INSTANCES = CompiledStatement(
    select(
        instances.c.idx,
        instances.c.number,
        instances.c.retries,
        instances.c.losses,
        instances.c.started,
    )
    .where(
        REQUEUED,
        instances.c.job_seq == bindparam("of_job"),
        instances.c.task_pos == bindparam("of_task"),
    )
    .order_by(instances.c.idx)
    .limit(bindparam("most"))
    # Without being told, SQLite walks through all instances of the task.
    .with_hint(instances, "INDEXED BY instances_requeued", "sqlite")
)
_FIND_PLAN = CompiledStatement(
    select(task_plans.c.plan, task_plans.c.successors).where(
        task_plans.c.job_seq == bindparam("of_job"), task_plans.c.pos == bindparam("of_task")
    )
)
_FIND_CLUSTER = CompiledStatement(
    select(clusters.c.id, clusters.c.description).where(clusters.c.seq == bindparam("of_cluster"))
)
_MACHINE = (
    machines.c.seq,
    machines.c.id,
    machines.c.cluster_seq,
    machines.c.group_name,
    machines.c.ip_address,
    machines.c.state,
    machines.c.left,
)
_RUNNING_MACHINES = select(*_MACHINE).where(machines.c.state == states.RUNNING)
_BUSY_MACHINES = (
    select(*_MACHINE)
    .join(attempts, attempts.c.machine_seq == machines.c.seq)
    .where(machines.c.state != states.RUNNING)
    .distinct()
)
_IN_FLIGHT = (
    select(
        attempts,
        instances.c.number.label("current"),
        instances.c.state,
        instances.c.retries,
        instances.c.losses,
        instances.c.started,
    )
    .outerjoin(
        instances,
        and_(
            instances.c.job_seq == attempts.c.job_seq,
            instances.c.task_pos == attempts.c.task_pos,
            instances.c.idx == attempts.c.idx,
        ),
    )
    .order_by(attempts.c.job_seq, attempts.c.task_pos, attempts.c.idx)
)
_UNDER_WAY = (states.DISPATCHED, states.RUNNING)


class Cache:
    """Machines, attempts in flight, and the tasks that they are about.

    Attributes:
        machines: Those that run or have an attempt, by number.
        attempts: Those in flight, by id.
        queue: What waits for a machine.
        busy: How many machines have an attempt.
        prefetched: Attempts that wait on their machine for the end of another one.
        contests: Where something else could have their turn, as of the last look.
        grown: True if something waits that did not, since this was last set to False.
        room: What is left of the machine.
        turns: Whose turn it is.
    """

    _connect: Callable[[], Connection]

    def __init__(
        self,
        placement: Placement | None = None,
        weight: Weight | None = None,
        this_machine: ThisMachine | None = None,
    ) -> None:
        """Make an empty cache, for `load` to fill.

        Args:
            placement: What VMs take of the machine; None if that does not matter.
            weight: Returns how much an account gets in comparison with others; None for all alike.
            this_machine: What this machine runs, if other VMs are elsewhere.
        """
        self._placement = placement
        self._weight = weight
        self._this_machine = this_machine
        self.room = Room(placement, None if this_machine is None else this_machine.slots)
        self.turns = Turns(weight)
        self.machines: dict[int, CachedMachine] = {}
        self.attempts: dict[str, CachedAttempt] = {}
        self.queue = RunQueue(self._read_queued, self._read_accounts, self.turns)
        self.busy = 0
        self.prefetched = Prefetched()
        self.contests = Contests()
        self.grown = True
        self._tasks: dict[TaskKey, CachedTask] = {}
        self._clusters: dict[int, CachedCluster] = {}
        self._blocked: set[TaskKey] = set()
        # Attempts of each instance, of each job, and those of the latter that were cancelled.
        self._of_instance: Counter[tuple[int, int, int]] = Counter()
        self._of_job: dict[int, dict[str, CachedAttempt]] = {}
        self._cancelled: Counter[int] = Counter()

    def bind(self, connect: Callable[[], Connection]) -> None:
        """Belong to a transaction from now on.

        Args:
            connect: Returns the transaction, with all changes that were made here.
        """
        self._connect = connect

    def load(self) -> None:
        """Read everything, and forget what was known before."""
        connect = self._connect
        Cache.__init__(self, self._placement, self._weight, self._this_machine)
        self._connect = connect
        connection = connect()
        for query in (_RUNNING_MACHINES, _BUSY_MACHINES):
            for row in connection.execute(query):
                self.machines[row.seq] = self._machine(row)
        for row in connection.execute(_IN_FLIGHT).all():
            is_current = row.current == row.number and row.state in _UNDER_WAY
            attempt = CachedAttempt(
                row.attempt_id,
                self.machines[row.machine_seq],
                self._find_task((row.job_seq, row.task_pos)),
                row.job_seq,
                row.task_pos,
                row.idx,
                row.number,
                cancelled=bool(row.cancelled),
                begun=row.state == states.RUNNING,
                settled=row.cancelled or not is_current,
                retries=row.retries or 0,
                losses=row.losses or 0,
                started=row.started,
            )
            self._add(attempt)
        for machine in self.machines.values():
            # Tasks that have begun come first.
            machine.attempts.sort(key=lambda attempt: not attempt.begun)
            self.prefetched.look_at(machine)
            self.queue.put_machine(machine)

    # --- machines and clusters

    def put_machine(self, row: AnyRow) -> None:
        """Take in a machine that has begun to run.

        Args:
            row: Its columns, or an object with attributes of their names.
        """
        if row.seq not in self.machines:
            self.machines[row.seq] = machine = self._machine(row)
            self.queue.put_machine(machine)

    def retire_machine(self, seq: int) -> Sequence[CachedAttempt]:
        """Give nothing more to a machine; return what is on it."""
        machine = self.machines.get(seq)
        if machine is None:
            return ()
        machine.running = False
        self._placed(machine)
        return machine.attempts

    def machine_left(self, seq: int) -> Sequence[CachedAttempt]:
        """Note that the executor has let go of a machine; return what is on it."""
        found = self.retire_machine(seq)
        if found:
            self.machines[seq].left = True
        return found

    def cluster(self, seq: int) -> CachedCluster:
        """Return what programs on a cluster are given."""
        found = self._clusters.get(seq)
        if found is None:
            row = _FIND_CLUSTER.first(self._connect(), {"of_cluster": seq})
            if row is None:
                raise LookupError(f"there is no cluster {seq}")
            self._clusters[seq] = found = _cluster(row)
        return found

    def cluster_changed(self, seq: int) -> None:
        """Forget what programs on a cluster are given, as it was changed."""
        self._clusters.pop(seq, None)
        if self._placement is not None:
            for machine in [each for each in self.machines.values() if each.cluster_seq == seq]:
                self.queue.change_kind(machine, self._kind(seq, machine.group_name, machine.id))

    def cluster_gone(self, seq: int) -> None:
        """Forget a cluster."""
        self._clusters.pop(seq, None)
        self.queue.forget_cluster(seq)

    # --- attempts

    def add(self, attempt: CachedAttempt) -> None:
        """Put an attempt on its machine."""
        self._add(attempt)
        self.prefetched.look_at(attempt.machine)
        self.queue.put_machine(attempt.machine)

    def remove(self, attempt: CachedAttempt) -> None:
        """Take an attempt off its machine, whatever became of it; `task_changed` has to follow."""
        del self.attempts[attempt.attempt_id]
        machine = attempt.machine
        machine.attempts.remove(attempt)
        for each in (attempt, *machine.attempts[:1]):
            self.prefetched.discard(each)
        if not machine.attempts:
            self.busy -= 1
            self.room.give(machine.taken)
            machine.taken = None
        of_job = self._of_job[attempt.job_seq]
        del of_job[attempt.attempt_id]
        if not of_job:
            del self._of_job[attempt.job_seq]
        instance = (attempt.job_seq, attempt.task_pos, attempt.idx)
        self._of_instance[instance] -= 1
        if not self._of_instance[instance]:
            del self._of_instance[instance]
        if attempt.cancelled:
            self._uncount_cancelled(attempt.job_seq)
        self._placed(machine)
        task = attempt.task
        if task is not None:
            task.in_flight -= 1
            self.turns.ended(task.account, attempt.size)
            self._unblock(task)

    def cancel(self, attempt: CachedAttempt) -> None:
        """Note that the result of an attempt does not count any more."""
        if not attempt.cancelled:
            attempt.cancelled = True
            self.prefetched.discard(attempt)
            self._cancelled[attempt.job_seq] += 1
            self.queue.put_machine(attempt.machine)

    def attempts_of_job(self, job_seq: int) -> list[CachedAttempt]:
        """Return what is in flight for a job."""
        return list(self._of_job.get(job_seq, {}).values())

    def has_cancelled(self, job_seq: int) -> bool:
        """Say whether a stopped attempt of a job is not gone yet."""
        return job_seq in self._cancelled

    def begin(self, attempt: CachedAttempt) -> None:
        """Note that the program of an attempt runs."""
        attempt.begun = True
        self.prefetched.discard(attempt)

    def look_at_contests(self) -> None:
        """Bring the contests of clusters up to date in which something has changed."""
        for changed in (self.prefetched.changed, self.queue.changed):
            while changed:
                cluster = changed.pop()
                heads = self.queue.may_be_first_of(cluster)
                self.contests.put(cluster, self.prefetched.sorts(cluster), heads)

    # --- tasks

    def find_plan(self, task: CachedTask) -> TaskPlan:
        """Return what to run for a task, which from now on is a part of it."""
        if task.plan is None:
            row = _FIND_PLAN.first(self._connect(), _of(task.key))
            if row is None:
                raise LookupError(f"task {task.name} of {task.job_id} has no plan")
            task.plan = TaskPlan.from_json(row.plan)
            task.successors = json.loads(row.successors)
        return task.plan

    def find_task(self, key: TaskKey) -> CachedTask:
        """Return a task that has a cluster."""
        found = self._find_task(key)
        if found is None:
            raise LookupError(f"there is no task {key}")
        return found

    def add_tasks(self, made: Iterable[CachedTask]) -> None:
        """Take in tasks that were just written, and whose instances wait."""
        self.grown = True
        for task in made:
            self._tasks[task.key] = task
            self._sort(task)

    def task_changed(self, task: CachedTask) -> None:
        """Sort a task anew, after its counters have changed."""
        self._sort(task)

    def requeue(self, task: CachedTask, instance: RequeuedInstance) -> None:
        """Add an instance to those that wait for another attempt; its task counts it already."""
        self.grown = True
        if task.requeued is None and task.waiting - task.waiting_in_tail == 1:
            # It is the only one.
            task.requeued = []
        if task.requeued is not None:
            task.requeued.append(instance)
            task.requeued.sort()
        self._unblock(task)

    def take_requeued(self, task: CachedTask) -> RequeuedInstance | None:
        """Take the first instance that waits for another attempt, and may start at once."""
        if task.waiting <= task.waiting_in_tail:
            return None
        found = self._pop_requeued(task)
        if found is None:
            # There may be more of them than were read.
            self._read_requeued(task)
            found = self._pop_requeued(task)
        return found

    def block(self, task: CachedTask) -> None:
        """Pass over a task until one of its attempts is gone."""
        task.blocked = True
        self._blocked.add(task.key)
        self._sort(task)

    def refresh(self, keys: Iterable[tuple[int, int | None]]) -> None:
        """Read tasks again that were changed in the database alone.

        Args:
            keys: Tasks; without a place all tasks of the job that are known here.
        """
        wanted: set[TaskKey] = set()
        for job_seq, pos in keys:
            if pos is not None:
                wanted.add((job_seq, pos))
            else:
                wanted.update(key for key in self._tasks if key[0] == job_seq)
        self.grown = True
        for key in sorted(wanted):
            self._refresh(key)

    # --- inside

    def _add(self, attempt: CachedAttempt) -> None:
        self.attempts[attempt.attempt_id] = attempt
        machine = attempt.machine
        if not machine.attempts:
            self.busy += 1
            machine.taken = machine.kind
            self.room.take(machine.kind)
        if self._placement is not None and machine.kind is not None:
            attempt.size = self._placement.share(machine.kind)
        attempt.machine.attempts.append(attempt)
        self._of_job.setdefault(attempt.job_seq, {})[attempt.attempt_id] = attempt
        self._of_instance[attempt.job_seq, attempt.task_pos, attempt.idx] += 1
        if attempt.cancelled:
            self._cancelled[attempt.job_seq] += 1
        if attempt.task is not None:
            attempt.task.in_flight += 1
            self.turns.began(attempt.task.account, attempt.size)

    def _uncount_cancelled(self, job_seq: int) -> None:
        self._cancelled[job_seq] -= 1
        if not self._cancelled[job_seq]:
            del self._cancelled[job_seq]

    def _placed(self, machine: CachedMachine) -> None:
        if not machine.running and not machine.attempts:
            self.machines.pop(machine.seq, None)
        self.queue.put_machine(machine)

    def _unblock(self, task: CachedTask) -> None:
        if task.blocked:
            task.blocked = False
            self._blocked.discard(task.key)
            self._sort(task)

    def _sort(self, task: CachedTask) -> None:
        # What is neither in flight nor among the next of its cluster is read again.
        unused = [*self.queue.put_task(task), *([] if task.is_queued else [task])]
        for each in unused:
            if not each.in_flight:
                self._tasks.pop(each.key, None)

    def _find_task(self, key: TaskKey) -> CachedTask | None:
        found = self._tasks.get(key)
        if found is None:
            row = _FIND_TASK.first(self._connect(), _of(key))
            if row is not None and row.cluster_seq is not None:
                self._tasks[key] = found = CachedTask(*row)
        return found

    def _refresh(self, key: TaskKey) -> None:
        task = self._tasks.get(key)
        if task is None:
            task = self._find_task(key)
            if task is not None:
                self.task_changed(task)
            return
        row = _FIND_TASK.first(self._connect(), _of(key))
        # First out of the queue, while its rank is the one that it is found by.
        task.ready = False
        self.queue.put_task(task)
        self._tasks[key] = task
        if row is not None and row.cluster_seq is not None:
            # Named like a private one, and public by the library's documentation.
            for name, value in row._mapping.items():  # pyright: ignore[reportPrivateUsage]
                setattr(task, name, value)
            task.rank = (-task.priority, *task.key)
            task.requeued = task.template = None
            self._unblock(task)
        self.task_changed(task)

    def _machine(self, row: AnyRow) -> CachedMachine:
        return CachedMachine(
            row.seq,
            row.id,
            row.cluster_seq,
            row.group_name,
            row.ip_address,
            running=row.state == states.RUNNING,
            left=bool(row.left),
            kind=self._kind(row.cluster_seq, row.group_name, row.id),
        )

    def _kind(self, cluster_seq: int, group: str, machine_id: str) -> Resources | None:
        if self._placement is None and self._this_machine is None:
            return None
        cluster = self.cluster(cluster_seq)
        instance_type = cluster.instance_types.get(group, "")
        if self._this_machine is not None:
            about = WorkerGroup(cluster.id, cluster.name, group, instance_type)
            if not self._this_machine.has(machine_id, about):
                return None
        return NOTHING if self._placement is None else self._placement.needs(instance_type)

    def _read_accounts(self, cluster_seq: int) -> Sequence[Account]:
        """Return whose tasks wait for a cluster; each is one step in an index."""
        found: list[Account] = []
        after = {"of_cluster": cluster_seq, "after": -1, "most": 1}
        while (row := _NEXT_ACCOUNT.first(self._connect(), after)) is not None:
            found.append(row.account)
            after["after"] = row.account
        return found

    def _read_queued(
        self, cluster_seq: int, account: Account | None, most: int
    ) -> list[CachedTask]:
        # Those that are passed over are waiting in the database as well.
        parameters = {"of_cluster": cluster_seq, "most": most + len(self._blocked)}
        found: list[CachedTask] = []
        query = _QUEUED_TASKS
        if account is not None:
            query = _QUEUED_TASKS_OF_ACCOUNT
            parameters["of_account"] = account
        for row in query.all(self._connect(), parameters):
            task = self._tasks.get((row.job_seq, row.pos))
            if task is None:
                task = self._tasks[row.job_seq, row.pos] = CachedTask(*row)
            if task.is_queued and not task.blocked:
                found.append(task)
        return found[:most]

    def _pop_requeued(self, task: CachedTask) -> RequeuedInstance | None:
        for at, instance in enumerate(task.requeued or ()):
            if (task.job_seq, task.pos, instance.idx) not in self._of_instance:
                return (task.requeued or []).pop(at)
        return None

    def _read_requeued(self, task: CachedTask) -> None:
        most = REQUEUED_WINDOW + task.in_flight
        found = _REQUEUED_INSTANCES.all(self._connect(), {**_of(task.key), "most": most})
        task.requeued = [RequeuedInstance(*row) for row in found]


def _of(key: TaskKey) -> dict[str, Any]:
    return {"of_job": key[0], "of_task": key[1]}


def _cluster(row: AnyRow) -> CachedCluster:
    description: dict[str, Any] = json.loads(row.description)
    configs: Mapping[str, Any] = description.get("Configs") or {}
    mounts: Mapping[str, Any] = configs.get("Mounts") or {}
    groups: Mapping[str, Any] = description.get("Groups") or {}
    write_support = bool(description.get("WriteSupport"))
    mapping: dict[str, str] = description.get("InputMapping") or {}
    return CachedCluster(
        row.id,
        description.get("Name") or "",
        description.get("EnvVars") or {},
        (
            *mounted_objects(mounts.get("Entries") or (), write_support),
            *((source, local, write_support) for source, local in mapping.items()),
        ),
        disk_folders(configs),
        {group: image_of(description, group) for group in groups},
        {group: instance_type_of(description, group) for group in groups},
    )
