"""Letting old jobs and their logs go, a few at a time.

What is to leave is found by readers, who disturb nobody, and deleted by commands of the scheduler
like those of a caller. Between them there are pauses, so that callers hardly notice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, Final, Protocol

from batchcompute.server.housekeeping.archive import Archive
from batchcompute.server.housekeeping.rules import Rules
from batchcompute.server.model.clock import Clock
from batchcompute.server.model.plan import TaskPlan
from batchcompute.server.objects import ObjectStore
from batchcompute.server.objects.errors import ObjectStoreError
from batchcompute.server.scheduler import expiry
from batchcompute.server.scheduler.batch import Command
from batchcompute.server.store import retention_queries as queries
from batchcompute.server.store.database import Database
from batchcompute.server.store.rows import AnyRow

logger = logging.getLogger("batchcompute.server.housekeeping")

#: Seconds between two rounds.
ROUND_SECONDS: Final = 30.0
#: Jobs that are looked at, and deleted, in one go.
LOOK: Final = 500
BATCH: Final = 20
#: Objects that are removed without a pause.
OBJECTS: Final = 100
#: Of the time that it goes on, the share that it works, and the shortest pause in seconds.
_SHARE: Final = 0.2
_SHORTEST: Final = 0.1

_DAY: Final = 86_400 * 1_000_000


class RetentionObserver(Protocol):
    """Is told what has left."""

    def job_left(self, reason: str, *, archived: bool) -> None:
        """Count a job that was deleted, for its "age" or for the "number" of jobs."""

    def logs_left(self, count: int) -> None:
        """Count instances whose streams were removed."""

    def retention_failed(self) -> None:
        """Count a round that did not do all that it should."""


class _BrokenOffError(Exception):
    """The service is about to end."""


class Retention:
    """Goes over the jobs again and again."""

    def __init__(
        self,
        database: Database,
        call: Callable[[Command], Future[Any]],
        store: ObjectStore,
        clock: Clock,
        rules: Rules,
        *,
        observer: RetentionObserver | None = None,
        pause: Callable[[float], bool] = lambda _: False,
    ) -> None:
        """Bind the parts.

        Args:
            database: What is remembered.
            call: Has a command carried out by the scheduler.
            store: Where logs are, and archives go.
            clock: The time.
            rules: What stays.
            observer: Told what has left; None for nobody.
            pause: Waits for so many seconds; returns True if the round is to be broken off.
        """
        self._database = database
        self._call = call
        self._store = store
        self._clock = clock
        self._rules = rules
        self._observer = observer
        self._pause = pause
        self._removed = 0
        # Whether something in this round is to be tried again.
        self._failed = False
        self._archive = Archive(database, store, rules.archive) if rules.archive else None

    def round(self) -> float:
        """Let go whatever is due; return seconds until the next round."""
        removed, self._failed = self._removed, False
        try:
            for found in self._walk():
                if self._let_go(found):
                    break
        except Exception as error:
            # The store may be away for a while, or the disk full; all of it is tried again.
            logger.warning("old jobs stay for now, and are tried again: %s", error, exc_info=True)
            self._failed = True
        if self._failed and self._observer is not None:
            self._observer.retention_failed()
        if self._removed > removed:
            logger.info("%d old jobs were removed", self._removed - removed)
        return ROUND_SECONDS

    def _walk(self) -> Iterator[list[tuple[AnyRow, str]]]:
        """Yield what is due, some at a time, each with why: "age", "number" or "logs"."""
        rules, now = self._rules, self._clock.now()
        beyond = 0
        if rules.jobs is not None:
            with self._database.read() as connection:
                beyond = queries.newest_beyond(connection, rules.jobs)
        ages = [days for days in (rules.job_days, rules.log_days) if days is not None]
        youngest = _before(now, min(ages)) if ages else 0
        behind = 0
        while True:
            with self._database.read() as connection:
                jobs = queries.walk(connection, behind, LOOK)
            due = [(job, reason) for job in jobs if (reason := self._reason(job, now, beyond))]
            for start in range(0, len(due), BATCH):
                yield due[start : start + BATCH]
            # A job ends after it was submitted: behind those that are too young there is nothing.
            if len(jobs) < LOOK or all(
                job.created >= youngest and job.seq > beyond for job in jobs
            ):
                return
            behind = jobs[-1].seq

    def _reason(self, job: AnyRow, now: int, beyond: int) -> str:
        rules = self._rules
        if not queries.has_ended(job) or job.ended is None:
            return ""
        if rules.job_days is not None and job.ended < _before(now, rules.job_days):
            return "age"
        if job.seq <= beyond:
            return "number"
        if rules.log_days is None or job.is_logless:
            return ""
        return "logs" if job.ended < _before(now, rules.log_days) else ""

    def _let_go(self, found: Sequence[tuple[AnyRow, str]]) -> bool:
        """Let some go; return True if the round is to be broken off."""
        began = time.monotonic()
        leaving: list[tuple[AnyRow, str]] = []
        for job, reason in found:
            try:
                if not self._prepare(job, reason):
                    continue
            except ObjectStoreError as error:
                # Others need not wait for this one.
                logger.warning("job %s stays for now, and is tried again: %s", job.id, error)
                self._failed = True
                if self._rest(0.0):
                    return True
            except _BrokenOffError:
                return True
            else:
                leaving.append((job, reason))
        if leaving:
            self._delete(leaving)
        return self._rest(time.monotonic() - began)

    def _prepare(self, job: AnyRow, reason: str) -> bool:
        """Archive a job, and remove its logs, as it is due; return True if it is to leave then.

        Raises:
            ObjectStoreError: The store does not do it.
            _BrokenOffError: The round is to be broken off.
        """
        leaves = reason != "logs"
        if not self._is_unchanged(job):
            return False
        if leaves and self._archive is not None:
            self._archive.write(job.id)
            if not self._is_unchanged(job):
                return False
        if self._rules.log_days is not None and not job.is_logless:
            if not self._remove_logs(job):
                return False
            if not leaves:
                while not self._call(_forget_attempts(job)).result():
                    self._pause_or_break(0.0)
                self._call(_logless(job)).result()
        return leaves

    def _is_unchanged(self, job: AnyRow) -> bool:
        with self._database.read() as connection:
            return queries.is_unchanged(connection, job)

    def _delete(self, leaving: Sequence[tuple[AnyRow, str]]) -> None:
        deleted = set(self._call(_expire([(job.seq, job.ended) for job, _ in leaving])).result())
        self._removed += len(deleted)
        if self._observer is not None:
            for job, reason in leaving:
                if job.seq in deleted:
                    self._observer.job_left(reason, archived=self._archive is not None)

    def _remove_logs(self, job: AnyRow) -> bool:
        """Remove the streams of a job; return False if it was started again meanwhile.

        Raises:
            ObjectStoreError: The store does not do it.
            _BrokenOffError: The round is to be broken off.
        """
        with self._database.read() as connection:
            tasks = queries.streams_of(connection, job.seq)
        removed = 0
        began = time.monotonic()
        for task in tasks:
            plan = TaskPlan.from_json(task.plan)
            for index in range(task.tail):
                for stream in ("stdout", "stderr"):
                    if address := plan.object_name(stream, job.id, index):
                        self._store.delete(address)
                        removed += 1
                if removed % OBJECTS < 2:
                    self._pause_or_break(time.monotonic() - began)
                    if not self._is_unchanged(job):
                        return False
                    began = time.monotonic()
        if self._observer is not None:
            self._observer.logs_left(removed)
        return True

    def _pause_or_break(self, worked: float) -> None:
        if self._rest(worked):
            raise _BrokenOffError

    def _rest(self, worked: float) -> bool:
        return self._pause(max(_SHORTEST, worked * (1 / _SHARE - 1)))


def _before(now: int, days: float) -> int:
    return now - round(days * _DAY)


def _expire(found: Sequence[tuple[int, int | None]]) -> Command:
    return lambda unit: expiry.expire(unit, found)


def _logless(job: AnyRow) -> Command:
    return lambda unit: expiry.note_logs_removed(unit, job.seq, job.ended)


def _forget_attempts(job: AnyRow) -> Command:
    return lambda unit: expiry.forget_attempts(unit, job.seq, job.ended)
