"""Applying a batch of requests and reports in one transaction, and telling the executor after it.

This is the whole scheduler without its thread, so that tests drive it step by step.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import DataError

from batchcompute.server.executors.interface import (
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Event,
    Executor,
    WorkerJoined,
    WorkerLeft,
    WorkerWarned,
)
from batchcompute.server.model import crash_points, states
from batchcompute.server.model.clock import Clock
from batchcompute.server.model.environment import ObjectAccess, Site
from batchcompute.server.model.errors import ApiError, invalid
from batchcompute.server.notifications.topics import Notice
from batchcompute.server.scheduler import (
    completion,
    error_classification,
    jobs,
    lifecycle,
    worker_events,
)
from batchcompute.server.scheduler import machines as fleet
from batchcompute.server.scheduler.attempt_spec import pool_id
from batchcompute.server.scheduler.cache import Cache
from batchcompute.server.scheduler.dispatch import dispatch
from batchcompute.server.scheduler.job_waiters import Endings
from batchcompute.server.scheduler.transaction import Effects, Unit
from batchcompute.server.store.database import Database
from batchcompute.server.store.tables import attempts as in_flight
from batchcompute.server.store.tables import clusters, groups, machines

logger = logging.getLogger("batchcompute.server.scheduler")

#: What a caller wants done in a unit of work; it may refuse with an ApiError.
Command = Callable[[Unit], Any]

#: Takes notices, and how many more were too many.
Publish = Callable[[Sequence[Notice], int], None]


@dataclass(frozen=True, slots=True)
class PoolTold:
    """The executor knows which machines a pool is to have."""

    cluster_seq: int
    group: str


Item = Command | Event | PoolTold

_ATTEMPT_EVENTS = (AttemptStarted, AttemptEnded, AttemptLost)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item of a batch.

    Attributes:
        value: What a command returned.
        error: Why a command was refused, or None.
    """

    value: Any = None
    error: ApiError | None = None


@dataclass(frozen=True, slots=True)
class _Due:
    """What the executor has to be told after a commit."""

    effects: Effects
    pools: dict[str, tuple[int, str, dict[str, bool]]]
    ended: list[str]


class Core:
    """The scheduler's rules on one database and one executor."""

    def __init__(
        self,
        database: Database,
        executor: Executor,
        clock: Clock,
        *,
        region: str,
        images: Mapping[str, str] | None = None,
        object_access: Callable[[str], ObjectAccess] | None = None,
        max_losses: int = completion.MAX_LOSSES,
        publish: Publish | None = None,
    ) -> None:
        """Bind the parts; nothing happens yet.

        Args:
            database: What is remembered.
            executor: What runs programs; it is open already.
            clock: The time.
            region: Region id that programs are told.
            images: The container images that VM images stand for, by their ids.
            object_access: Returns how the programs of a job reach objects; None for the hosted
                service's.
            max_losses: Lost attempts of one instance after which it is given up.
            publish: Takes notices for callers, and returns at once; None tells nobody.
        """
        self._database = database
        self._executor = executor
        self._clock = clock
        self._images = images or {}
        self._site = Site(region, object_access)
        self._max_losses = max_losses
        self._publish = publish
        self._capabilities = executor.probe()
        # What the database says of what runs and waits; None if it has to be read.
        self._cache: Cache | None = None
        # The machines of each pool that the executor was asked for, and not told to release.
        self._requested: dict[str, set[str]] = {}
        self._due: _Due | None = None
        #: Those who wait for the end of a job.
        self.endings = Endings()
        #: Reports that follow from what the executor was told; they go into the next batch.
        self.follow_up: list[Item] = []
        #: True while no instance is to be started: before recovery is over, and at the end.
        self.hold = False
        #: True while rows of deleted jobs wait for `purge`.
        self.purging = False

    def is_urgent(self, batch: Sequence[Item]) -> bool:
        """Say whether somebody waits for what follows from a batch.

        Nobody does while it only has news of attempts whose machines have the next one already,
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
            return self._commit(batch, savepoints=not self._database.is_sqlite)
        except _ChangedError:
            return self._commit(batch, savepoints=True)

    def _commit(self, batch: Sequence[Item], *, savepoints: bool) -> list[Outcome]:
        try:
            with self._database.write() as connection:
                unit = self._begin(connection)
                outcomes = [
                    outcome
                    for kind, items in itertools.groupby(batch, key=_kind)
                    for outcome in self._apply_all(unit, kind, list(items), savepoints=savepoints)
                ]
                if not self.hold:
                    dispatch(unit, site=self._site)
                pools = {
                    pool_id(cluster_id, group): (seq, group, workers)
                    for seq, group, cluster_id, workers in self._wanted(unit)
                }
                unit.complete()
                crash_points.reach("commit.before")
        except BaseException:
            # It has what did not happen.
            self._cache = None
            raise
        crash_points.reach("commit.after")
        self._due = _Due(unit.effects, pools, _ended(batch))
        return outcomes

    def carry_out(self) -> None:
        """Tell the executor what follows from the last commit."""
        due, self._due = self._due, None
        if due is None:
            return
        effects = due.effects
        self.endings.announce(effects.ended)
        if self._publish and (effects.notices or effects.lost_notices):
            self._publish(effects.notices, effects.lost_notices)
        # The transaction is committed: an error of the executor must not look like one of it.
        with self._executor.together():
            self._instruct(due)
        self.purging = self.purging or effects.purge

    def _instruct(self, due: _Due) -> None:
        effects = due.effects
        for pool, (seq, group, workers) in due.pools.items():
            if self._change_pool(pool, workers):
                self.follow_up.append(PoolTold(seq, group))
        if effects.stops:
            self._tell(self._executor.stop, effects.stops)
        if effects.revokes:
            self._tell(self._executor.revoke, effects.revokes)
        if effects.starts and not self._tell(self._executor.start, effects.starts):
            effects.orphans += [attempt.attempt_id for attempt in effects.starts]
        if effects.orphans:
            # Events say what became of them.
            self._tell(self._executor.settle, effects.orphans)
        if due.ended:
            self._forget(due.ended)

    def purge(self) -> None:
        """Remove some rows of deleted jobs; `purging` says whether more are left."""
        with self._database.write() as connection:
            self.purging = jobs.purge(connection)

    def recover(self) -> None:
        """Find out what became of everything since the last server ended.

        The executor is asked first what became of the attempts in flight, and tells it by events:
        one that ended is recorded, one that is alive is adopted, and one that is gone is fenced off
        and its instance waits again. Until then each of them keeps its machine.
        """
        self._cache = None
        with self._database.read() as connection:
            rows = connection.execute(select(in_flight.c.attempt_id, in_flight.c.cancelled)).all()
        cancelled = {row.attempt_id for row in rows if row.cancelled}
        found = self._executor.settle([row.attempt_id for row in rows]) if rows else {}
        alive = {attempt for attempt, standing in found.items() if standing == "alive"}
        logger.info("attempts found: %d, of which %d are alive", len(found), len(alive))
        held, self.hold = self.hold, True
        try:
            self.apply([_forget_leaving])
        finally:
            self.hold = held
        self.apply([_tell_of_pools])
        if stopping := sorted(alive & cancelled):
            self._executor.stop(stopping)
        self._forget(self._executor.kept_attempts() - alive - self.in_flight())
        self.purging = True

    def instead_of(self, item: Item) -> Item | None:
        """Return what can be recorded in place of an item that can never be; None for nothing."""
        return error_classification.instead_of(item, self._clock.now())

    def _begin(self, connection: Connection) -> Unit:
        cache = self._cache or Cache()
        unit = Unit(
            connection,
            cache,
            self._clock.now(),
            self._database.identifiers,
            self._capabilities.slots,
            containers=self._capabilities.containers,
            prefetch=self._capabilities.prefetch,
            findings=self._capabilities.notes,
            images=self._images,
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
        elif kind is WorkerJoined:
            worker_events.joined(unit, items)
        elif kind is WorkerLeft:
            worker_events.left(unit, items)
        elif kind is WorkerWarned:
            for item in items:
                worker_events.warned(unit, item)
        elif kind is PoolTold:
            for item in items:
                worker_events.requested(unit, item.cluster_seq, item.group)
        else:
            return [self._obey(unit, item, savepoint=savepoints) for item in items]
        return [Outcome()] * len(items)

    def _obey(self, unit: Unit, command: Command, *, savepoint: bool) -> Outcome:
        """Do what a caller asked for, or refuse it and change nothing.

        Raises:
            _ChangedError: It was refused after it had changed something, and there is no savepoint.
        """
        kept = unit.effects
        unit.effects = Effects()
        unit.resumable.clear()
        mark = unit.mark(savepoint=savepoint)
        try:
            value = command(unit)
            lifecycle.advance(unit)
            unit.flush()
        except (ApiError, DataError) as error:
            if not unit.go_back(mark):
                raise _ChangedError from error
            unit.effects = kept
            return Outcome(error=_refusal(error))
        unit.go_on(mark)
        kept.merge(unit.effects)
        unit.effects = kept
        return Outcome(value)

    def _wanted(self, unit: Unit) -> list[tuple[int, str, str, dict[str, bool]]]:
        """Return the machines of every pool that changed, for the executor."""
        wanted: list[tuple[int, str, str, dict[str, bool]]] = []
        for seq, group in sorted(unit.effects.pools):
            query = select(clusters.c.id).where(clusters.c.seq == seq)
            cluster_id = unit.connection.scalar(query)
            if cluster_id is None:
                # Its last machine was gone before; the executor dissolved the pool then.
                continue
            rows = fleet.names(unit, seq, group)
            workers = {machine_id: state == states.RUNNING for machine_id, state in rows}
            wanted.append((seq, group, cluster_id, workers))
        return wanted

    def _change_pool(self, pool_id: str, workers: Mapping[str, bool]) -> bool:
        """Ask the executor for the machines that are new, and release those not wanted any more."""
        known = self._requested.get(pool_id, set())
        new = {worker: booted for worker, booted in workers.items() if worker not in known}
        gone = known - workers.keys()
        if new and not self._tell(self._executor.request_workers, pool_id, new):
            return False
        self._requested[pool_id] = known | new.keys()
        if gone and not self._tell(self._executor.release_workers, pool_id, sorted(gone)):
            return False
        self._requested[pool_id] -= gone
        if not self._requested[pool_id]:
            del self._requested[pool_id]
        return True

    def _tell(self, verb: Callable[..., Any], *arguments: Any) -> bool:
        try:
            verb(*arguments)
        except Exception:
            # While the service closes, its executor may be closed before the last report is in.
            level = logging.DEBUG if self.hold else logging.ERROR
            logger.log(level, "the executor failed", exc_info=True)
            return False
        return True

    def _forget(self, attempt_ids: Collection[str]) -> None:
        self._tell(self._executor.forget, attempt_ids)

    def in_flight(self) -> set[str]:
        """Return the attempts that were handed to the executor, and whose end is not recorded."""
        with self._database.read() as connection:
            return set(connection.scalars(select(in_flight.c.attempt_id)))


class _ChangedError(Exception):
    """A command was refused after it had changed something."""


def _kind(item: Item) -> Any:
    return _ATTEMPT_EVENTS if isinstance(item, _ATTEMPT_EVENTS) else type(item)


def _refusal(error: ApiError | DataError) -> ApiError:
    if isinstance(error, ApiError):
        return error
    # What a command brings comes from its request. Others of the batch need not suffer.
    logger.warning("a request cannot be stored: %r", str(error.orig))
    return invalid("HttpBody", "It holds a text or a number that the database cannot keep.")


def _ended(batch: Sequence[Item]) -> list[str]:
    ended = [item.receipt.attempt_id for item in batch if isinstance(item, AttemptEnded)]
    return ended + [item.attempt_id for item in batch if isinstance(item, AttemptLost)]


def _forget_leaving(unit: Unit) -> None:
    """Machines that were being given back when the last server ended are gone now."""
    query = select(machines).where(machines.c.state == states.DELETING)
    rows = unit.connection.execute(query).all()
    worker_events.left(unit, [WorkerLeft("", row.id, "the server was restarted") for row in rows])
    # What stood on them is being settled anyway.
    unit.effects.orphans.clear()


def _tell_of_pools(unit: Unit) -> None:
    """Tell the executor of every pool, once."""
    pools = select(groups.c.cluster_seq, groups.c.name)
    for row in unit.connection.execute(pools).all():
        unit.effects.pools.add((row.cluster_seq, row.name))
