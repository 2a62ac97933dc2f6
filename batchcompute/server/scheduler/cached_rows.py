"""Machines, tasks and attempts as the scheduler keeps them in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from batchcompute.server.model import states
from batchcompute.server.model.caller import DEFAULT_ACCOUNT
from batchcompute.server.model.plan import Mount, TaskPlan
from batchcompute.server.model.resources import Resources

#: Where a task stands in the order of dispatch: smaller is sooner.
Rank: TypeAlias = tuple[int, int, int]

#: The number of the account that a job belongs to.
Account: TypeAlias = int

#: A job's number and the place of a task in it.
TaskKey: TypeAlias = tuple[int, int]


@dataclass(slots=True, eq=False)
class CachedCluster:
    """What programs on a cluster are given, whatever their task.

    Attributes:
        id, name: The cluster's id and its name.
        variables: Its EnvVars.
        mounts: Of its InputMapping and its mounts.
        folders: Where its machines' disks are mounted.
        images: The VM image of each group.
        instance_types: The instance type of each group; "" for none.
    """

    id: str
    name: str
    variables: Mapping[str, str]
    mounts: tuple[Mount, ...]
    folders: tuple[str, ...]
    images: Mapping[str, str]
    instance_types: Mapping[str, str]


@dataclass(slots=True, eq=False)
class CachedMachine:
    """A machine that runs, or that has an attempt on it.

    Attributes:
        seq, id, cluster_seq, group_name, ip_address: As in its row.
        running: It takes attempts.
        left: The executor has let go of it; it vanishes with its last attempt.
        attempts: What was given to it and has not ended, in the order in which it was given.
        kind: What it takes of the machine that it is placed on while it has an attempt; None if
            that does not matter.
        taken: What it takes now; None if nothing.
    """

    seq: int
    id: str
    cluster_seq: int
    group_name: str
    ip_address: str
    running: bool
    left: bool = False
    attempts: list[CachedAttempt] = field(default_factory=lambda: [])
    kind: Resources | None = None
    taken: Resources | None = None

    @property
    def is_here(self) -> bool:
        """Say whether it is on this machine, and not one of an agent elsewhere."""
        return self.kind is not None

    @property
    def is_brief(self) -> bool:
        """Say whether all that it has is expected to take no time worth mentioning."""
        return all(
            attempt.task is not None and attempt.task.is_brief and not attempt.cancelled
            for attempt in self.attempts
        )


@dataclass(slots=True, eq=False)
class CachedTask:
    """A task with instances that wait for a machine or are in flight.

    Attributes:
        job_seq, pos, name, state, priority, topic, max_retries: As in its row.
        job_id: The job's id.
        fails_job: One failed instance fails the job.
        cluster_seq: Where it runs.
        rank: Its place in the order of dispatch.
        ready: Its instances may be handed out.
        queued: Whether its row says that it is ready and instances wait.
        instance_count, tail, tail_state, waiting, dispatched, running, failed, account: As in its
            row.
        in_flight: Attempts of it, those whose result does not count included.
        blocked: None of what waits may start before an attempt of the same instance is gone.
        requeued: Waiting instances that have a row, by number, ascending; None if they are not
            known and have to be read.
        plan, successors: What to run and who waits for it, once somebody asked.
        template: What all of its attempts have in common, once one was dispatched.
        is_brief: The attempt of it that ended last had taken no time worth mentioning.
    """

    job_seq: int
    pos: int
    name: str
    state: str
    priority: int
    topic: str
    max_retries: int
    job_id: str
    fails_job: bool
    cluster_seq: int
    ready: bool
    queued: bool
    instance_count: int
    tail: int
    tail_state: str
    waiting: int
    dispatched: int
    running: int
    failed: int
    account: Account = DEFAULT_ACCOUNT
    in_flight: int = 0
    blocked: bool = False
    requeued: list[RequeuedInstance] | None = None
    plan: TaskPlan | None = None
    successors: Sequence[int] = ()
    template: Any = None
    is_brief: bool = False
    rank: Rank = field(init=False)

    def __post_init__(self) -> None:
        """Work out the rank."""
        self.rank = (-self.priority, self.job_seq, self.pos)

    @property
    def key(self) -> TaskKey:
        """Return the key of its row."""
        return self.job_seq, self.pos

    @property
    def open(self) -> int:
        """Return how many of its instances have not ended."""
        return self.waiting + self.dispatched + self.running

    @property
    def waiting_in_tail(self) -> int:
        """Return how many of the waiting instances never had an attempt."""
        return self.instance_count - self.tail if self.tail_state == states.WAITING else 0

    @property
    def is_queued(self) -> bool:
        """Say whether instances may be handed out and wait."""
        return self.ready and self.waiting > 0


@dataclass(slots=True, order=True)
class RequeuedInstance:
    """A waiting instance that had an attempt before.

    Attributes:
        idx: Its number.
        number, retries, losses, started: As in its row.
    """

    idx: int
    number: int = field(compare=False)
    retries: int = field(compare=False)
    losses: int = field(compare=False)
    started: int | None = field(compare=False)


@dataclass(slots=True, eq=False)
class CachedAttempt:
    """An attempt in flight.

    Attributes:
        attempt_id: Its id.
        machine: Where it was sent.
        task: Its task; None if only the attempt is left of it.
        job_seq, task_pos, idx, number: Its instance, and which try this is.
        cancelled: Its result does not count any more.
        begun: Its program is known to run.
        settled: What became of its instance is recorded, or somebody else's to say.
        retries, losses: Failed and lost attempts of the instance before it.
        started: When the instance first began, in microseconds since the epoch; None if never.
        began_at: When its own program began, in microseconds since the epoch; None if it
            did not, or did under a former server.
        placed_at: When it was given to its machine, in microseconds since the epoch; 0 if that was
            by a former server.
        revoked: The executor was asked to take it back if it has not begun.
        size: The part of the machine that it takes, as its account is counted for it.
    """

    attempt_id: str
    machine: CachedMachine
    task: CachedTask | None
    job_seq: int
    task_pos: int
    idx: int
    number: int
    cancelled: bool = False
    begun: bool = False
    settled: bool = False
    retries: int = 0
    losses: int = 0
    started: int | None = None
    began_at: int | None = None
    placed_at: int = 0
    revoked: bool = False
    size: float = 1.0

    @property
    def state(self) -> str:
        """Return the state of its instance, as long as it is not settled."""
        return states.RUNNING if self.begun else states.DISPATCHED
