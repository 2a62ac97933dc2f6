"""The scheduler without its thread: a batch in one transaction, and what follows from it.

Tests drive it step by step.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import DataError

from batchcompute.server.executors.interface import (
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Capabilities,
    Executor,
    WorkerJoined,
    WorkerLeft,
    WorkerWarned,
)
from batchcompute.server.model import crash_points
from batchcompute.server.model.clock import Clock
from batchcompute.server.model.environment import ObjectAccess, ObjectScope, Site
from batchcompute.server.model.errors import ApiError, invalid
from batchcompute.server.model.resources import Placement
from batchcompute.server.notifications.topics import Notification
from batchcompute.server.scheduler import (
    completion,
    error_classification,
    instructions,
    lifecycle,
    purge,
    recovery,
    worker_events,
)
from batchcompute.server.scheduler.batch import Command, Item, Outcome, PoolRequested
from batchcompute.server.scheduler.cache import Cache
from batchcompute.server.scheduler.dispatch import dispatch, take_back
from batchcompute.server.scheduler.instructions import Instructions, Instructor
from batchcompute.server.scheduler.job_waiters import JobWaiters
from batchcompute.server.scheduler.limits import AccountLimits
from batchcompute.server.scheduler.observer import Observer
from batchcompute.server.scheduler.room import Wanted
from batchcompute.server.scheduler.transaction import Effects, Unit
from batchcompute.server.scheduler.turns import Weight
from batchcompute.server.store.database import Database
from batchcompute.server.store.tables import attempts

logger = logging.getLogger("batchcompute.server.scheduler")

#: Takes notifications, and how many more were too many.
Publish = Callable[[Sequence[Notification], int], None]

_ATTEMPT_EVENTS = (AttemptStarted, AttemptEnded, AttemptLost)
# What an agent says when it comes: that it is there, and something of its machine.
_MACHINE_NEWS = (WorkerJoined, WorkerWarned)


class Core:
    """The scheduler's rules on one database and one executor.

    Attributes:
        job_waiters: Those who wait for the end of a job.
        follow_up: Items for the next batch: what follows from what the executor was told, and the
            rest of what is to be started.
        hold: True while no instance is to be started: before recovery is over, and at the end.
        paused: Why no instance is started for a while; "" if they are.
        purging: True while rows of deleted jobs wait for `purge`.
        wanted: What is next and does not fit on the machine; None if all that is next does.
    """

    def __init__(
        self,
        database: Database,
        executor: Executor,
        clock: Clock,
        *,
        region: str,
        images: Mapping[str, str] | None = None,
        placement: Placement | None = None,
        object_access: Callable[[str, int], ObjectAccess] | None = None,
        object_scope: Callable[[int], ObjectScope | None] | None = None,
        limits: AccountLimits | None = None,
        weight: Weight | None = None,
        max_losses: int = completion.MAX_LOSSES,
        publish: Publish | None = None,
        observer: Observer | None = None,
        story: Callable[[Effects], None] | None = None,
    ) -> None:
        """Bind the parts; nothing happens yet.

        Args:
            database: What is remembered.
            executor: What runs programs; it is open already.
            clock: The time.
            region: Region id that programs are told.
            images: The container images that VM images stand for, by their ids.
            placement: What VMs take of the machine; None if that does not matter.
            limits: What accounts may have at the most; None for no limits.
            object_scope: Returns which buckets the attempts of an account reach; None for all.
            weight: Returns how much an account gets in comparison with others; None for all alike.
            object_access: Returns how the program of an attempt reaches objects, by its id and the
                account of its job; None for the hosted service's.
            max_losses: Lost attempts of one instance after which it is given up.
            publish: Takes notifications for callers, and returns at once; None tells nobody.
            observer: Counts what was done; None for nobody.
            story: Tells of what has followed from a commit, and returns at once; None for nobody.
        """
        self._database = database
        self._instructor = Instructor(executor)
        self._clock = clock
        self._images = images or {}
        self._placement = placement
        self._limits = limits or AccountLimits()
        self._weight = weight
        self._site = Site(region, object_access, object_scope)
        self._max_losses = max_losses
        self._publish = publish
        self._observer = observer
        self._story = story
        # What the database says of what runs and waits; None if it has to be read.
        self._cache: Cache | None = None
        self._due: Instructions | None = None
        # Whether the last commit left instances and machines for another one.
        self._unfinished = False
        self.job_waiters = JobWaiters()
        self.follow_up: list[Item] = []
        self.hold = False
        self.paused = ""
        self.purging = False
        self.wanted: Wanted | None = None

    @property
    def capabilities(self) -> Capabilities:
        """The capabilities of the executor."""
        return self._instructor.capabilities

    def is_urgent(self, batch: Sequence[Item]) -> bool:
        """Say whether somebody waits for what follows from a batch.

        Nobody does while it only has events of attempts whose machines have the next one already,
        unless all that can come has come.
        """
        if self._cache is None:
            return True
        machines: set[int] = set()
        for item in batch:
            match item:
                case AttemptStarted():
                    continue
                case AttemptEnded(receipt):
                    attempt = self._cache.attempts.get(receipt.attempt_id)
                case _:
                    return True
            if attempt is not None:
                machine = attempt.machine
                machines.add(machine.seq)
                if len(machine.attempts) < 2 or machine.attempts[0] is not attempt:
                    return True
        return len(machines) >= self._cache.busy

    def apply(self, batch: Sequence[Item]) -> list[Outcome]:
        """Commit items and carry out what follows from them."""
        outcomes = self.commit(batch)
        self.carry_out()
        return outcomes

    def commit(self, batch: Sequence[Item]) -> list[Outcome]:
        """Apply items in their order, in one transaction; `carry_out` has to follow.

        Args:
            batch: Commands and events.

        Returns:
            One outcome per item. All of them are durable.

        Raises:
            Exception: The database failed; nothing of the batch happened.
        """
        # A request that is refused after it has changed something is rare, so only then the batch
        # is applied once more, with a way back for each request.
        try:
            return self._commit(batch, savepoints=False)
        except _ChangedError:
            return self._commit(batch, savepoints=True)

    def carry_out(self) -> None:
        """Tell others what follows from the last commit, most of it the executor."""
        due, self._due = self._due, None
        if due is None:
            return
        effects = due.effects
        self.job_waiters.announce(effects.ended)
        if self._observer:
            _tell(self._observer, effects)
        if self._story:
            self._story(effects)
        if self._publish and (effects.notifications or effects.lost_notifications):
            self._publish(effects.notifications, effects.lost_notifications)
        # The transaction is committed: an error of the executor must not look like one of it.
        self._instructor.closing = self.hold
        self.follow_up += self._instructor.tell(due)
        if self._unfinished:
            self.follow_up.append(_go_on)
        self.purging = self.purging or effects.purge

    def purge(self) -> None:
        """Remove some rows of deleted jobs; `purging` says whether more are left."""
        with self._database.write() as connection:
            self.purging = purge.purge(connection)

    def recover(self) -> None:
        """Find out what became of everything since the last server ended; see `recovery`."""
        self._cache = None
        found = recovery.settle(self._database, self._instructor)
        held, self.hold = self.hold, True
        try:
            self.apply([recovery.forget_leaving_machines])
        finally:
            self.hold = held
        self.apply([recovery.request_pools])
        recovery.finish(self._instructor, found, self.in_flight())
        self.purging = True

    def in_flight(self) -> set[str]:
        """Return the attempts that were handed to the executor, and whose end is not recorded."""
        with self._database.read() as connection:
            return set(connection.scalars(select(attempts.c.attempt_id)))

    def running(self) -> frozenset[str]:
        """Return those in flight that do not wait on their machine for another one to end."""
        return recovery.running_attempts(self._database)

    def instead_of(self, item: Item) -> Item | None:
        """Return what can be recorded in place of an item that can never be; None for nothing."""
        return error_classification.instead_of(item, self._clock.now())

    def _commit(self, batch: Sequence[Item], *, savepoints: bool) -> list[Outcome]:
        began = time.perf_counter()
        self._unfinished = False
        try:
            with self._database.write() as connection:
                unit = self._begin(connection)
                outcomes = [
                    outcome
                    for kind, items in itertools.groupby(batch, key=_kind)
                    for outcome in self._apply_all(unit, kind, list(items), savepoints=savepoints)
                ]
                self._write(unit, savepoints=savepoints)
                if self.paused:
                    take_back(unit)
                elif not self.hold:
                    self._unfinished = not dispatch(unit, site=self._site)
                due = instructions.collect(unit, batch)
                unit.complete()
                wanted = unit.cache.room.wanted
                applied = time.perf_counter()
                crash_points.reach("commit.before")
        except BaseException:
            # It has what did not happen.
            self._cache = None
            raise
        crash_points.reach("commit.after")
        self._due = due
        self.wanted = wanted
        if self._observer:
            self._observer.committed(
                items=len(batch),
                dispatched=len(due.effects.starts),
                apply_seconds=applied - began,
                commit_seconds=time.perf_counter() - applied,
            )
        return outcomes

    def _begin(self, connection: Connection) -> Unit:
        cache = self._cache or Cache(
            self._placement, self._weight, self._instructor.capabilities.this_machine
        )
        capabilities = self._instructor.capabilities
        unit = Unit(
            connection,
            cache,
            self._clock.now(),
            self._database.identifiers,
            capabilities.slots,
            containers=capabilities.containers,
            prefetch=capabilities.prefetch,
            findings=capabilities.notes,
            images=self._images,
            placement=self._placement,
            limits=self._limits,
            this_machine=capabilities.this_machine,
        )
        cache.bind(lambda: unit.connection)
        if self._cache is None:
            cache.load()
            self._cache = cache
        return unit

    def _apply_all(
        self, unit: Unit, kind: Any, items: Sequence[Any], *, savepoints: bool
    ) -> list[Outcome]:
        """Apply items of one kind that came one after the other."""
        if kind is _ATTEMPT_EVENTS:
            completion.record(unit, items, max_losses=self._max_losses)
        elif kind is _MACHINE_NEWS:
            worker_events.joined(unit, [each for each in items if isinstance(each, WorkerJoined)])
            worker_events.warned(unit, [each for each in items if isinstance(each, WorkerWarned)])
        elif kind is WorkerLeft:
            worker_events.left(unit, items)
        elif kind is PoolRequested:
            for item in items:
                worker_events.requested(unit, item.cluster_seq, item.group)
        else:
            return [self._execute(unit, item, savepoint=savepoints) for item in items]
        return [Outcome()] * len(items)

    def _write(self, unit: Unit, *, savepoints: bool) -> None:
        """Write what was applied.

        Raises:
            _ChangedError: The database refuses what one of the commands has brought.
        """
        try:
            unit.flush()
        except DataError as error:
            if savepoints:
                raise
            raise _ChangedError from error

    def _execute(self, unit: Unit, command: Command, *, savepoint: bool) -> Outcome:
        """Do what a caller asked for, or refuse it and change nothing.

        Raises:
            _ChangedError: It was refused after it had changed something, and there is no savepoint.
        """
        kept = unit.effects
        unit.effects = Effects()
        unit.resumable.clear()
        unit.request_id = ""
        mark = unit.mark(savepoint=savepoint)
        try:
            value = command(unit)
            lifecycle.advance(unit)
            unit.go_on(mark)
        except (ApiError, DataError) as error:
            if not unit.go_back(mark, failed=isinstance(error, DataError)):
                raise _ChangedError from error
            unit.effects = kept
            return Outcome(error=_refusal(error))
        kept.merge(unit.effects)
        unit.effects = kept
        return Outcome(value)


class _ChangedError(Exception):
    """A command was refused after it had changed something."""


def _go_on(_unit: Unit) -> None:
    """Change nothing; what is left to start is started with it."""


def _tell(observer: Observer, effects: Effects) -> None:
    for summary in effects.summaries:
        observer.attempt_ended(summary)
    for ended in effects.ended:
        observer.job_ended(ended)


def _kind(item: Item) -> Any:
    for kinds in (_ATTEMPT_EVENTS, _MACHINE_NEWS):
        if isinstance(item, kinds):
            return kinds
    return type(item)


def _refusal(error: ApiError | DataError) -> ApiError:
    if isinstance(error, ApiError):
        return error
    # What a command brings comes from its request. Others of the batch need not suffer.
    logger.warning("a request cannot be stored: %r", str(error.orig))
    return invalid("HttpBody", "It holds a text or a number that the database cannot keep.")
