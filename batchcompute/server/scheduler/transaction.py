"""One unit of work: a transaction, and what is to be done once it is committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, NestedTransaction

from batchcompute.server.executors.interface import Attempt, ThisMachine
from batchcompute.server.model.ids import Identifiers
from batchcompute.server.model.resources import Placement
from batchcompute.server.notifications.topics import Notification
from batchcompute.server.scheduler.cache import Cache
from batchcompute.server.scheduler.cached_rows import CachedTask
from batchcompute.server.scheduler.job_waiters import JobEnded
from batchcompute.server.scheduler.limits import AccountLimits
from batchcompute.server.scheduler.observer import AttemptSummary
from batchcompute.server.scheduler.write_batch import WriteBatch
from batchcompute.server.store.changes import count_changes, counts_rows
from batchcompute.server.store.numbers import forget_numbers


@dataclass(frozen=True, slots=True)
class JobTouched:
    """A request has done something with a job.

    Attributes:
        job_id: The job.
        touch: What: "created", "stopped", "started again" or "deleted".
        request_id: The request.
        former: The request that the job went on for until then; "" if that is not known.
    """

    job_id: str
    touch: str
    request_id: str
    former: str = ""


@dataclass(slots=True)
class Effects:
    """Messages sent after the commit, most of them to the executor.

    Attributes:
        starts: Attempts to start.
        stops: Attempts to stop.
        revokes: Attempts to take back, unless they have begun.
        pools: Pools whose machines changed, as (cluster seq, group name).
        orphans: Attempts whose worker left unasked, with these workers; what became of them must be
            found out.
        purge: Rows of deleted jobs wait for removal.
        ended: Jobs that ended, for those who wait for that.
        notifications: What callers wanted to be told.
        lost_notifications: How many more there were, too many to be told.
        summaries: Attempts that have ended, for those who count them.
        touched: What requests have done with jobs.
    """

    starts: list[Attempt] = field(default_factory=list[Attempt])
    stops: list[str] = field(default_factory=list[str])
    revokes: list[str] = field(default_factory=list[str])
    pools: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    orphans: dict[str, str] = field(default_factory=dict[str, str])
    purge: bool = False
    ended: list[JobEnded] = field(default_factory=list[JobEnded])
    notifications: list[Notification] = field(default_factory=list[Notification])
    lost_notifications: int = 0
    summaries: list[AttemptSummary] = field(default_factory=list[AttemptSummary])
    touched: list[JobTouched] = field(default_factory=list[JobTouched])

    @property
    def concern_executor(self) -> bool:
        """Whether the executor has to be told of any but the changes of pools."""
        return bool(self.starts or self.stops or self.revokes or self.orphans)

    def merge(self, other: Effects) -> None:
        """Add the effects of a part of the unit that went well."""
        self.starts += other.starts
        self.stops += other.stops
        self.revokes += other.revokes
        self.pools |= other.pools
        self.orphans |= other.orphans
        self.purge = self.purge or other.purge
        self.ended += other.ended
        self.notifications += other.notifications
        self.lost_notifications += other.lost_notifications
        self.summaries += other.summaries
        self.touched += other.touched


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a part of a transaction began.

    Attributes:
        changes: How much was changed before.
        savepoint: The way back, if there is one.
    """

    changes: int
    savepoint: NestedTransaction | None


@dataclass(slots=True)
class Unit:
    """The context of every change of the database.

    What runs and waits is in the database and in the cache. Whoever looks into one of the two finds
    in it all that was changed in the other.

    Attributes:
        now: The moment of the change, in microseconds since the epoch.
        identifiers: Maker of ids.
        slots: Programs that the executor runs at once, at the most.
        effects: Filled in by the change.
        resumable: Jobs, by seq, with the tasks that may have become free to run; None for all.
        containers: Whether the executor can run programs in containers.
        prefetch: Whether machines take an attempt while they run another one.
        findings: What the executor found out about this machine, one sentence each.
        images: The container images that VM images stand for, by their ids.
        placement: What VMs take of the machine; None if that does not matter.
        request_id: The request that is carried out; "" while nobody's is.
        limits: Limits of accounts.
        this_machine: What this machine runs, if other VMs are elsewhere; None if all are alike.
        writes: Changes that the cache has, and the database does not have yet.
    """

    _connection: Connection
    _cache: Cache
    now: int
    identifiers: Identifiers
    slots: int
    effects: Effects = field(default_factory=Effects)
    resumable: dict[int, set[int] | None] = field(default_factory=dict[int, set[int] | None])
    containers: bool = False
    prefetch: bool = False
    findings: tuple[str, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict[str, str])
    placement: Placement | None = None
    request_id: str = ""
    limits: AccountLimits = field(default_factory=AccountLimits)
    this_machine: ThisMachine | None = None
    writes: WriteBatch = field(default_factory=WriteBatch)
    _uses_cache: bool = False
    _new_tasks: list[CachedTask] = field(default_factory=list[CachedTask])
    _changed_tasks: set[tuple[int, int | None]] = field(default_factory=set[tuple[int, int | None]])

    @property
    def connection(self) -> Connection:
        """The writer's transaction, with all that was decided until now."""
        if self.writes:
            self.writes.flush(self._connection)
        return self._connection

    @property
    def written(self) -> Connection:
        """The writer's transaction as far as it is written, for what new jobs do not change."""
        return self._connection

    @property
    def cache(self) -> Cache:
        """The running and waiting work, in memory."""
        self._uses_cache = True
        if self._new_tasks:
            made = list(self._new_tasks)
            self._new_tasks.clear()
            self._cache.add_tasks(made)
        if self._changed_tasks:
            changed = sorted(self._changed_tasks, key=str)
            self._changed_tasks.clear()
            self._cache.refresh(changed)
        return self._cache

    def task_made(self, task: CachedTask) -> None:
        """Note that a task was written to the database whose instances may be handed out."""
        self._new_tasks.append(task)

    def task_changed(self, job_seq: int, pos: int | None = None) -> None:
        """Note that a task was changed in the database alone; without a place all of the job."""
        self._changed_tasks.add((job_seq, pos))

    def flush(self) -> None:
        """Write what was decided until now."""
        if self.writes:
            self.writes.flush(self._connection)

    def complete(self) -> None:
        """Write what was decided, and take into the cache what was written."""
        _ = self.cache
        self.flush()

    def mark(self, *, savepoint: bool) -> Mark:
        """Begin a part of the transaction that may be refused.

        Args:
            savepoint: Be able to go back also when something was changed.
        """
        if not savepoint:
            self._flush_updates()
            return Mark(self._count_changes(), None)
        self.flush()
        _ = self.cache
        self._uses_cache = False
        return Mark(0, self._connection.begin_nested())

    def go_on(self, mark: Mark) -> None:
        """Keep what was changed since a mark.

        Raises:
            DataError: The database cannot keep it; there is still a way back.
        """
        if mark.savepoint is None:
            self._flush_updates()
            return
        self.flush()
        mark.savepoint.commit()

    def go_back(self, mark: Mark, *, failed: bool) -> bool:
        """Undo what was changed since a mark; return False if that cannot be done.

        Args:
            mark: Where to go back to.
            failed: The database refused a statement, which may have ended the transaction.
        """
        if mark.savepoint is None:
            return (
                not failed and not self.writes.has_updates and self._count_changes() == mark.changes
            )
        mark.savepoint.rollback()
        forget_numbers(self._connection)
        self.writes.clear()
        self._new_tasks.clear()
        self._changed_tasks.clear()
        if self._uses_cache:
            self._cache.load()
        return True

    def _flush_updates(self) -> None:
        """Write what was decided until now, but for new rows that may wait for those of others."""
        if self.writes.has_updates or not counts_rows(self._connection):
            self.flush()

    def _count_changes(self) -> int:
        """Return a number that grows with every change, whether it is written already or not."""
        return count_changes(self._connection) + self.writes.inserted
