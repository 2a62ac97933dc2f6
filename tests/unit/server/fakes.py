"""A scheduler without threads, processes and time, for tests that say what happens when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import func, select

from batchcompute.server.executors.interface import (
    Attempt,
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Capabilities,
    EndReason,
    Event,
    Receipt,
    Standing,
    ThisMachine,
    WorkerGroup,
    WorkerJoined,
    WorkerLeft,
)
from batchcompute.server.model.caller import DEFAULT_ACCOUNT, OPERATOR
from batchcompute.server.model.errors import ApiError
from batchcompute.server.model.plan import JobPlan, TaskPlan
from batchcompute.server.model.resources import Placement
from batchcompute.server.notifications.topics import Notification
from batchcompute.server.scheduler import admission, clusters, jobs
from batchcompute.server.scheduler.batch import Item
from batchcompute.server.scheduler.cache import Cache
from batchcompute.server.scheduler.cached_rows import CachedAttempt, CachedMachine, CachedTask
from batchcompute.server.scheduler.core import Core
from batchcompute.server.scheduler.turns import Weight
from batchcompute.server.store import cluster_queries, instance_queries, job_queries, task_queries
from batchcompute.server.store.database import Database
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import attempts, machines, tasks
from tests.unit.server.walked import check_indexes


class FakeClock:
    """Moves by a second whenever it is read, unless it is given another step."""

    def __init__(self) -> None:
        self.moment = 1_700_000_000_000_000
        self.step = 1_000_000

    def now(self) -> int:
        self.moment += self.step
        return self.moment


class FakeExecutor:
    """Remembers what it was told."""

    def __init__(self, slots: int, *, containers: bool = False, prefetch: bool = False) -> None:
        self.slots = slots
        self.prefetch = prefetch
        self.containers = containers
        self.started: list[Attempt] = []
        self.stopped: list[str] = []
        self.revoked: list[str] = []
        self.pools: dict[str, dict[str, bool]] = {}
        self.answers: dict[str, Receipt | Literal["alive", "lost"]] = {}
        #: What it tells because it was asked to settle something.
        self.events: list[Event] = []
        self.settled: list[str] = []
        self.forgotten: set[str] = set()
        #: What this machine runs, if others are elsewhere.
        self.this_machine: ThisMachine | None = None

    def open(self, emit: Callable[[Event], None]) -> None:
        """Nothing to do."""

    def probe(self) -> Capabilities:
        return Capabilities(
            "fake",
            self.slots,
            complete_kill=True,
            containers=self.containers,
            prefetch=self.prefetch,
            notes=("programs run in a test", "nothing else does"),
            this_machine=self.this_machine,
        )

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    def request_workers(
        self, pool_id: str, workers: Mapping[str, bool], group: WorkerGroup | None = None
    ) -> None:
        self.pools.setdefault(pool_id, {}).update(workers)

    def release_workers(self, pool_id: str, worker_ids: Collection[str]) -> None:
        for worker_id in worker_ids:
            self.pools[pool_id].pop(worker_id, None)

    def start(self, attempts: Sequence[Attempt]) -> None:
        self.started += attempts

    def revoke(self, attempt_ids: Collection[str]) -> None:
        self.revoked += attempt_ids

    def stop(self, attempt_ids: Collection[str]) -> None:
        self.stopped += attempt_ids

    def settle(self, attempt_ids: Mapping[str, str], /) -> dict[str, Standing]:
        self.settled += attempt_ids
        found: dict[str, Standing] = {}
        for attempt in attempt_ids:
            answer = self.answers.get(attempt, "lost")
            if isinstance(answer, Receipt):
                found[attempt] = "ended"
                self.events.append(AttemptEnded(answer))
            elif answer == "alive":
                found[attempt] = "alive"
                self.events.append(AttemptStarted(attempt, 1_700_000_100.5))
            else:
                found[attempt] = "unknown"
                self.events.append(AttemptLost(attempt, "it was lost"))
        return found

    def take_events(self) -> list[Event]:
        events = list(self.events)
        self.events.clear()
        return events

    def forget(self, attempt_ids: Collection[str]) -> None:
        self.forgotten |= set(attempt_ids)

    def kept_attempts(self) -> frozenset[str]:
        return frozenset({attempt.attempt_id for attempt in self.started} - self.forgotten)

    def close(self, *, stop_attempts: bool) -> None:
        """Nothing to do."""


def receipt(
    attempt: str,
    exit_code: int = 0,
    reason: EndReason = "exited",
    *,
    seconds: float = 99.75,
    **members: Any,
) -> AttemptEnded:
    """An attempt that ended like this."""
    began = 1_700_000_100.5
    return AttemptEnded(Receipt(attempt, reason, exit_code, began, began + seconds, **members))


def plan_of(name: str, cluster_id: str = "", count: int = 1, **members: Any) -> TaskPlan:
    """A task that runs `true`."""
    return TaskPlan(
        name=name, cluster_id=cluster_id, instance_count=count, command_line="true", **members
    )


class World:
    """A database and a scheduler's core, driven by hand."""

    def __init__(
        self,
        url: str,
        clock: FakeClock,
        executor: FakeExecutor,
        images: Mapping[str, str] | None = None,
        placement: Placement | None = None,
        weight: Weight | None = None,
    ) -> None:
        self.clock = clock
        self.executor = executor
        self.placement = placement
        self.database = Database(url, now=clock.now())
        #: Bodies of the notifications that were published.
        self.told: list[dict[str, Any]] = []
        self.lost_notifications = 0
        self.core = Core(
            self.database,
            executor,
            clock,
            region="cn-hangzhou",
            images=images,
            placement=placement,
            weight=weight,
            publish=self._publish,
        )

    def close(self) -> None:
        self.database.close()

    def _publish(self, notifications: Sequence[Notification], lost: int) -> None:
        self.told += [dict(notification.body) for notification in notifications]
        self.lost_notifications += lost

    def apply(self, *items: Item) -> list[Any]:
        """Apply items, and what follows from them, and return what the commands returned."""
        outcomes = self.core.apply(items)
        while further := [*self.core.follow_up, *self.executor.take_events()]:
            self.core.follow_up.clear()
            self.core.apply(further)
        return [outcome.value if outcome.error is None else outcome.error for outcome in outcomes]

    def cluster(self, count: int = 1, instance_type: str = "") -> str:
        """Make a cluster whose machines run."""
        description: dict[str, Any] = {
            "Name": "cluster",
            "ImageId": "img-ubuntu",
            "Groups": {"group": {"DesiredVMCount": count}},
        }
        if instance_type:
            description["InstanceType"] = instance_type
        (cluster_id,) = self.apply(lambda unit: clusters.create(unit, description))
        self.join()
        return str(cluster_id)

    def join(self) -> None:
        """All machines that the executor was told of are ready."""
        joined = [
            WorkerJoined(pool, worker)
            for pool, workers in self.executor.pools.items()
            for worker, ran_before in workers.items()
            if not ran_before
        ]
        self.apply(*joined)

    def job(
        self,
        *plans: TaskPlan,
        successors: tuple[tuple[int, ...], ...] | None = None,
        fail: bool = True,
        priority: int = 0,
        auto_release: bool = False,
        topic: str = "",
        account: int = DEFAULT_ACCOUNT,
    ) -> str:
        """Make a job."""
        plan = JobPlan(
            name="job",
            priority=priority,
            fail_on_instance_fail=fail,
            auto_release=auto_release,
            tasks=plans,
            successors=successors or ((),) * len(plans),
            topic=topic,
        )
        caller = replace(OPERATOR, account=account)
        (job_id,) = self.apply(lambda unit: admission.create(unit, plan, "{}", caller))
        assert isinstance(job_id, str), job_id
        return job_id

    def stop(self, job_id: str) -> Any:
        return self.apply(lambda unit: jobs.stop(unit, job_id))[0]

    def restart(self, job_id: str) -> Any:
        return self.apply(lambda unit: jobs.start(unit, job_id))[0]

    def delete(self, job_id: str) -> Any:
        return self.apply(lambda unit: jobs.remove(unit, job_id))[0]

    def delete_cluster(self, cluster_id: str) -> Any:
        return self.apply(lambda unit: clusters.remove(unit, cluster_id))[0]

    def begun(self) -> list[str]:
        """Ids of the attempts that were started since this was last asked."""
        ids = [attempt.attempt_id for attempt in self.executor.started]
        self.executor.started.clear()
        return ids

    def run(self, attempt: str, exit_code: int = 0) -> None:
        """An attempt begins and ends."""
        self.apply(AttemptStarted(attempt, 1_700_000_100.5), receipt(attempt, exit_code))

    def run_briefly(self, *attempts: str) -> None:
        """Attempts end so soon that they are told by their ends alone."""
        self.apply(*(receipt(attempt, seconds=0.001) for attempt in attempts))

    def start(self, attempt: str) -> None:
        self.apply(AttemptStarted(attempt, 1_700_000_100.5))

    def lose(self, attempt: str) -> None:
        self.apply(AttemptLost(attempt, "it was killed"))

    def leave(self, worker: str) -> None:
        self.apply(WorkerLeft("pool", worker, "it broke"))

    def job_state(self, job_id: str) -> str:
        with self.database.read() as connection:
            job = job_queries.find_job(connection, job_id)
            return "gone" if job is None else str(job.state)

    def message(self, job_id: str) -> str:
        with self.database.read() as connection:
            job = job_queries.find_job(connection, job_id)
            assert job is not None
            return str(job.message)

    def task(self, job_id: str, name: str) -> Any:
        with self.database.read() as connection:
            job = job_queries.find_job(connection, job_id)
            assert job is not None
            return task_queries.find_task(connection, job.seq, name)

    def instances(self, job_id: str, name: str) -> list[instance_queries.InstanceRecord]:
        task = self.task(job_id, name)
        with self.database.read() as connection:
            return instance_queries.list_instances(
                connection, task, start=0, limit=task.instance_count
            )

    def states(self, job_id: str, name: str) -> list[str]:
        return [instance.state for instance in self.instances(job_id, name)]

    def in_flight(self) -> list[str]:
        with self.database.read() as connection:
            query = select(attempts.c.attempt_id).order_by(attempts.c.machine_seq)
            return [str(name) for name in connection.scalars(query)]

    def current(self) -> set[str]:
        """Attempts in flight whose result is still waited for."""
        with self.database.read() as connection:
            query = select(attempts.c.attempt_id).where(attempts.c.cancelled.is_(False))
            return {str(name) for name in connection.scalars(query)}

    def cluster_state(self, cluster_id: str) -> str:
        with self.database.read() as connection:
            cluster = cluster_queries.find_cluster(connection, cluster_id)
            return "gone" if cluster is None else str(cluster.state)

    def machines(self) -> Sequence[AnyRow]:
        with self.database.read() as connection:
            return connection.execute(select(machines).order_by(machines.c.seq)).all()

    def machine_states(self) -> list[str]:
        return [str(machine.state) for machine in self.machines()]

    def check_cache(self) -> None:
        """What the scheduler has in memory is what it would read."""
        known = self.core._cache
        if known is None:
            return
        with self.database.read() as connection:
            read = Cache(self.placement, this_machine=self.executor.this_machine)
            read.bind(lambda: connection)
            read.load()
        assert _contents(known) == _contents(read)
        check_indexes(known)

    def check_counters(self) -> None:
        """The counters of every task say what its instances say, and so does the cache."""
        self.check_cache()
        with self.database.read() as connection:
            for task in connection.execute(select(tasks)).all():
                found = instance_queries.list_instances(
                    connection, task, start=0, limit=task.instance_count
                )
                assert len(found) == task.instance_count
                for column, state in (
                    ("waiting", "Waiting"),
                    ("dispatched", "Dispatched"),
                    ("running", "Running"),
                    ("finished", "Finished"),
                    ("failed", "Failed"),
                    ("stopped", "Stopped"),
                ):
                    counted = sum(1 for instance in found if instance.state == state)
                    assert getattr(task, column) == counted, (task.name, column)
            busy = select(func.count(attempts.c.machine_seq.distinct()))
            assert (connection.scalar(busy) or 0) <= self.executor.slots


def _contents(cache: Cache) -> Any:
    def machine(each: CachedMachine) -> Any:
        names = sorted(attempt.attempt_id for attempt in each.attempts)
        return each.id, each.cluster_seq, each.running, each.left, names

    def task(each: CachedTask) -> Any:
        counts = (each.waiting, each.dispatched, each.running, each.failed, each.in_flight)
        return (
            each.key,
            each.state,
            each.rank,
            bool(each.ready),
            bool(each.queued),
            each.tail,
            counts,
        )

    def attempt(each: CachedAttempt) -> Any:
        about = (each.machine.id, each.job_seq, each.task_pos, each.idx, each.number)
        counts = (each.begun, each.retries, each.losses, each.started)
        # What is cancelled says nothing any more of its instance.
        return each.attempt_id, about, each.cancelled, each.cancelled or counts

    open_clusters = {
        seq: each
        for seq, each in cache.queue._clusters.items()
        if any(each.idle.values()) or each.occupied
    }
    return (
        {seq: machine(each) for seq, each in cache.machines.items()},
        {name: attempt(each) for name, each in cache.attempts.items()},
        # What cannot go anywhere need not be known.
        {
            key: task(each)
            for key, each in cache._tasks.items()
            if each.in_flight or (each.cluster_seq in open_clusters and not each.blocked)
        },
        {
            seq: (
                {kind: idle for kind, idle in each.idle.items() if idle},
                sorted(each.occupied),
                {
                    account: [task.key for task in lane.tasks]
                    for account, lane in each.lanes.items()
                    if lane.tasks
                },
            )
            for seq, each in open_clusters.items()
        },
        cache.busy,
        vars(cache.room) | {"wanted": None},
        dict(cache.turns._running),
    )


def refusal(answer: Any) -> tuple[int, str]:
    """Status and code of a command that was refused."""
    assert isinstance(answer, ApiError), answer
    return answer.status, answer.code
