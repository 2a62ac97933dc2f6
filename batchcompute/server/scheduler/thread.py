"""The scheduler's thread: it takes what has come, applies it as one batch, and answers."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.exc import DBAPIError

from batchcompute.server.executors.interface import (
    Event,
    WorkerJoined,
    WorkerLeft,
    WorkerWarned,
)
from batchcompute.server.model.errors import internal
from batchcompute.server.model.resources import Resources
from batchcompute.server.scheduler.batch import Command, Item, Outcome
from batchcompute.server.scheduler.core import Core
from batchcompute.server.scheduler.error_classification import is_transient
from batchcompute.server.scheduler.job_waiters import JobWaiters
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.database import DatabaseTakenError

logger = logging.getLogger("batchcompute.server.scheduler")

#: Items in one transaction. While one commits, the next batch gathers, so commits are grouped
#: without anybody waiting for company.
MAX_BATCH = 100

#: Reports of machines in one transaction. They cost little together, and a large cluster has many.
MAX_MACHINES = 2000

#: Seconds that events of attempts wait for others, if nothing waits for them: a transaction costs
#: more than what one of them changes.
LINGER_SECONDS = 0.001

#: Seconds between tries to record a report while the database cannot be written.
RETRY_SECONDS = 1.0


class Inbox(Protocol):
    """Takes outcomes to those who wait for them, those of a batch together."""

    def deliver(self, outcomes: Sequence[tuple[Any, Outcome]]) -> None:
        """Take outcomes, each with whose it is; may be called from any thread."""
        ...


class _Futures:
    """The inbox of those who wait for a future."""

    def deliver(self, outcomes: Sequence[tuple[Future[Any], Outcome]]) -> None:
        """Let futures be done."""
        for future, outcome in outcomes:
            if not future.set_running_or_notify_cancel():
                continue
            if outcome.error is not None:
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome.value)


_FUTURES = _Futures()


@dataclass(frozen=True, slots=True)
class _Entry:
    """Something to apply.

    Attributes:
        item: What.
        inbox: Takes what comes of it; None if nobody waits for that.
        whose: Tells the inbox who waits.
        refusable: True if it may be refused because the database cannot be written for now.
    """

    item: Item
    inbox: Inbox | None = None
    whose: Any = None
    refusable: bool = False


@dataclass(slots=True)
class _Batch:
    """The changes applied in one transaction.

    Attributes:
        entries: What has come, in this order.
        machines: How many of them are reports of machines.
        stop: True if nothing more comes.
    """

    entries: list[_Entry] = field(default_factory=list[_Entry])
    machines: int = 0
    stop: bool = False

    @property
    def is_full(self) -> bool:
        """True if no more goes in."""
        others = len(self.entries) - self.machines
        return self.stop or others >= MAX_BATCH or self.machines >= MAX_MACHINES


@dataclass(slots=True)
class _Stop:
    reached: threading.Event = field(default_factory=threading.Event)


class SchedulerLoop:
    """Runs a `Core` in a thread of its own."""

    def __init__(self, core: Core, failed: Callable[[], None] | None = None) -> None:
        """Bind the core; `start` begins.

        Args:
            core: The rules.
            failed: Called if the thread cannot go on, by a fault of its own.
        """
        self._core = core
        self._failed = failed
        self._queue: queue.SimpleQueue[_Entry | _Stop] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
        # Held to put a command into the queue, and to close that: what came after the last look
        # into it would never be answered.
        self._lock = threading.Lock()
        self._closed = False
        # Reports that could not be recorded, and when they are tried again.
        self._again: list[_Entry] = []
        self._again_at = 0.0
        # True from when a commit may or may not have been made until it is found out.
        self._in_doubt = False

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def trouble(self) -> str:
        """Return why nothing can be recorded at the moment; "" if all is well."""
        if self._closed or not self._thread.is_alive():
            return "the scheduler does not run"
        if self._in_doubt:
            return "the database was lost"
        if self._again:
            return "the database cannot be written"
        return ""

    @property
    def job_waiters(self) -> JobWaiters:
        """Those who wait for the end of a job."""
        return self._core.job_waiters

    @property
    def slots(self) -> int:
        """How many programs run at once, at the most; on this machine if others are elsewhere."""
        found = self._core.capabilities
        return found.slots if found.this_machine is None else found.this_machine.slots

    @property
    def is_mixed(self) -> bool:
        """Whether some VMs are this machine's, and others elsewhere."""
        return self._core.capabilities.this_machine is not None

    @property
    def awaited(self) -> Resources | None:
        """The resources of the next VM, if it does not fit and others wait for it; else None."""
        wanted = self._core.wanted
        return None if wanted is None else wanted.needs

    @property
    def holds(self) -> bool:
        """Whether no instance is started for now."""
        return self._core.hold or self._in_doubt

    @property
    def paused(self) -> str:
        """Why no instance is started for a while; "" if they are."""
        return self._core.paused

    def pause(self, reason: str) -> None:
        """Start no more instances for a while, and take back those that have not begun.

        Args:
            reason: Why, in a clause; "" to start them again.
        """
        before, self._core.paused = self._core.paused, reason
        if bool(before) != bool(reason):
            # So that the scheduler looks at what waits.
            self.call(_nothing)

    def call(self, command: Command) -> Future[Any]:
        """Have a command carried out.

        Args:
            command: Called in the scheduler's thread, within a transaction.

        Returns:
            Its result, available once it is durable, or the error that refused it.
        """
        future: Future[Any] = Future()
        self._put(_Entry(command, _FUTURES, future, refusable=True))
        return future

    def post(self, command: Command, inbox: Inbox, whose: Any) -> None:
        """Have a command carried out, as `call` does, for somebody who has no use for a future.

        Args:
            command: As for `call`.
            inbox: Takes the outcome once it is durable.
            whose: Tells the inbox who waits for it.
        """
        self._put(_Entry(command, inbox, whose, refusable=True))

    def record(self, command: Command) -> Future[Any]:
        """Have something recorded that is so already, however long the database cannot be written.

        Args:
            command: As for `call`. It may be carried out after others that were asked for later.

        Returns:
            Its result, available once it is durable.
        """
        future: Future[Any] = Future()
        self._put(_Entry(command, _FUTURES, future))
        return future

    def _put(self, entry: _Entry) -> None:
        with self._lock:
            if not self._closed:
                self._queue.put(entry)
                return
        _answer(entry, Outcome(error=internal()))

    def emit(self, event: Event) -> None:
        """Take a report of the executor; may be called from any thread."""
        self._queue.put(_Entry(event))

    def hold(self) -> None:
        """Start no more instances; everything else goes on."""
        self._core.hold = True

    def close(self) -> None:
        """Apply what has come until now, then end the thread.

        Nothing more is given to the executor, which may be closed already.
        """
        self.hold()
        with self._lock:
            self._closed = True
        stop = _Stop()
        self._queue.put(stop)
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._serve()
        except Exception:
            logger.critical("the scheduler failed", exc_info=True)
            with self._lock:
                self._closed = True
            if self._failed is not None:
                self._failed()
        finally:
            # Those who have asked so far would wait for ever.
            for waiting in self._again:
                _answer(waiting, Outcome(error=internal()))
            while not self._queue.empty():
                entry = self._queue.get()
                if isinstance(entry, _Entry):
                    _answer(entry, Outcome(error=internal()))

    def _serve(self) -> None:
        while True:
            gathered = self._gather()
            stopping = gathered.stop
            batch = [*self._take_again(), *map(_Entry, self._take_follow_up()), *gathered.entries]
            if self._in_doubt:
                self._find_out()
            if batch:
                self._work(batch)
            elif self._core.purging and not stopping:
                self._purge()
            if stopping:
                return

    def _gather(self) -> _Batch:
        batch = _Batch()
        # With something left to do, take only what is there already.
        block = not (self._core.follow_up or self._core.purging)
        self._take(batch, block, self._seconds_to_wait())
        while not (batch.is_full or self._queue.empty()):
            self._take(batch)
        if not batch.entries or self._again:
            return batch
        until = time.monotonic() + LINGER_SECONDS
        while not (batch.is_full or self._core.is_urgent([each.item for each in batch.entries])):
            left = until - time.monotonic()
            if left <= 0 or not self._take(batch, block=True, seconds=left):
                break
        return batch

    def _take(self, batch: _Batch, block: bool = False, seconds: float | None = None) -> bool:
        """Add what comes next to a batch; return False if nothing came in time."""
        try:
            entry = self._queue.get(block, seconds)
        except queue.Empty:
            return False
        if isinstance(entry, _Stop):
            batch.stop = True
        else:
            batch.entries.append(entry)
            batch.machines += isinstance(entry.item, WorkerJoined | WorkerLeft | WorkerWarned)
        return True

    def _seconds_to_wait(self) -> float | None:
        waits = self._again or self._in_doubt
        return max(0.0, self._again_at - time.monotonic()) if waits else None

    def _take_again(self) -> list[_Entry]:
        if time.monotonic() < self._again_at:
            return []
        entries, self._again = self._again, []
        return entries

    def _take_follow_up(self) -> list[Item]:
        items = list(self._core.follow_up)
        self._core.follow_up.clear()
        return items

    def _find_out(self) -> None:
        """Start over from what the database says, as a new server does."""
        if time.monotonic() < self._again_at:
            return
        try:
            self._core.recover()
        except DatabaseTakenError:
            raise
        except Exception as error:
            logger.warning("the database is still lost: %s", error)
            self._put_off()
        else:
            logger.warning("the database is back; what runs was compared with it")
            self._in_doubt = False

    def _work(self, batch: list[_Entry]) -> None:
        if self._in_doubt:
            for entry in batch:
                self._fail(entry, None)
            return
        try:
            outcomes = self._core.commit([entry.item for entry in batch])
        except DatabaseTakenError:
            # Whatever this server says from now on contradicts the other one.
            for entry in batch:
                _answer(entry, Outcome(error=internal()))
            raise
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                # Only a database of another machine breaks off like this. The commit may have been
                # made, so a command is not repeated, and whoever had to be told was not.
                logger.exception("the database was lost")
                self._in_doubt = True
                self._put_off()
                for entry in batch:
                    self._fail(entry, None)
                return
            if len(batch) == 1:
                self._fail(batch[0], error)
                return
            # One of them is to blame; the others need not suffer for it.
            logger.exception("a batch of %d failed, trying its items one by one", len(batch))
            for entry in batch:
                if not entry.refusable and self._again:
                    # It is the database after all; thousands of reports need not find out.
                    self._fail(entry, None)
                else:
                    self._work([entry])
            return
        _answer_all(zip(batch, outcomes, strict=True))
        # Callers first: who asks right after creating a job wants to see it Waiting.
        self._core.carry_out()

    def _fail(self, entry: _Entry, error: Exception | None) -> None:
        """Refuse a command, and keep a report, unless it is to blame itself.

        Args:
            entry: The item.
            error: Why it failed; None if it was not tried.
        """
        passing = error is None or is_transient(error)
        if entry.refusable or not passing:
            if error is not None:
                logger.error("%r failed", entry.item, exc_info=error)
            _answer(entry, Outcome(error=internal()))
            if not passing and (instead := self._core.instead_of(entry.item)) is not None:
                self._work([_Entry(instead)])
            return
        # A report must not be forgotten because a disk is full for a while. If the service ends
        # meanwhile, the next one finds out by itself what was to be reported.
        if not self._again and error is not None:
            logger.error("reports cannot be recorded, trying again: %s", error, exc_info=error)
        self._again.append(entry)
        self._put_off()

    def _put_off(self) -> None:
        self._again_at = time.monotonic() + RETRY_SECONDS

    def _purge(self) -> None:
        try:
            self._core.purge()
        except Exception:
            logger.exception("rows of deleted jobs could not be removed; the next start will try")
            self._core.purging = False


def _nothing(_unit: Unit) -> None:
    """Change nothing; what may be started now is started with it."""


def _answer(entry: _Entry, outcome: Outcome) -> None:
    _answer_all([(entry, outcome)])


def _answer_all(outcomes: Iterable[tuple[_Entry, Outcome]]) -> None:
    for inbox, those in itertools.groupby(outcomes, key=lambda each: each[0].inbox):
        if inbox is not None:
            inbox.deliver([(entry.whose, outcome) for entry, outcome in those])
