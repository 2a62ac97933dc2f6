"""Keeps the attempts of one machine: its workers, its shims and what became of each attempt.

What is true about an attempt lies in the journal and in the life of its shim, so an agent that
follows another one knows as much as that did. Nothing here waits: what may take long is a chore.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import os
import selectors
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from batchcompute.server.executors.agent import slots
from batchcompute.server.executors.agent.chores import Chores, Syncer
from batchcompute.server.executors.agent.forker_process import ForkerProcess
from batchcompute.server.executors.agent.input_cache import InputCache
from batchcompute.server.executors.agent.journal import Begun, Journal
from batchcompute.server.executors.agent.journal_files import JournalFiles
from batchcompute.server.executors.agent.messages import Line
from batchcompute.server.executors.agent.object_sync import ObjectSync
from batchcompute.server.executors.agent.orphans import Orphans
from batchcompute.server.executors.agent.protocol import Findings, Order, Settings
from batchcompute.server.executors.agent.remains import Remains
from batchcompute.server.executors.agent.retrying import PAUSE_SECONDS, Again
from batchcompute.server.executors.agent.shim_process import REQUESTS
from batchcompute.server.executors.agent.shims import Shim, Shims, wake
from batchcompute.server.executors.agent.workers import WorkerKey, Workers
from batchcompute.server.executors.attempt.caps.cgroups import Group
from batchcompute.server.executors.attempt.caps.rules import CapRules
from batchcompute.server.executors.attempt.requests import Request, Requests
from batchcompute.server.executors.attempt.worlds.containers import (
    end_left_container,
    has_left_container,
)
from batchcompute.server.executors.attempt.worlds.world import remove_tree
from batchcompute.server.executors.interface import (
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Event,
    Receipt,
    Standing,
    WorkerJoined,
    WorkerLeft,
    WorkerWarned,
)
from batchcompute.server.model import crash_points, log_lines
from batchcompute.server.objects import open_store
from batchcompute.server.objects.durable import sync_directory

_logger = logging.getLogger("batchcompute.server.agent")

_NOWHERE: WorkerKey = ("", "")
_VM_REMOVED = "its VM was removed"
_GONE_BEFORE = "it was not running when the agent of its machine started"
_NOT_BEGUN = "it was taken back before it began"
_NO_RECEIPT = "its shim ended without a receipt"

#: Attempts that wait for a worker, from which on the end of the one before them waits for others,
#: and how long, in seconds: to make one end durable and to tell it takes as much as several.
_PLENTY = 6
_GATHER_SECONDS = 0.025

JOURNAL = "journal"


@dataclass(slots=True)
class _Run:
    """An attempt that is not over, or whose shim still tidies up.

    Attributes:
        attempt_id: The attempt.
        worker: Where it runs.
        line: What a shim is to be sent.
        waits_for: "worker" or "process", as long as no shim was given it; else "".
        shim: Who was given it by this agent.
        begun: Who has begun it, of a former agent's shims.
        journal: Where its end is written.
        started_at: When it began, once that is known.
        receipt: How it ended, once that is known.
        told: True once its end was told.
        gone: True once its shim is done with it.
        cause: Why it was made to go, if it was.
        asked: True if there may be requests for it.
        revoked: True if it is not to begin any more, unless it has.
        forget: True if nothing is to be kept of it.
    """

    attempt_id: str
    worker: WorkerKey
    line: bytes = b""
    waits_for: str = ""
    shim: Shim | None = None
    begun: Begun | None = None
    journal: Journal | None = None
    started_at: float | None = None
    receipt: Receipt | None = None
    told: bool = False
    gone: bool = False
    cause: str = ""
    asked: bool = False
    revoked: bool = False
    forget: bool = False


@dataclass(slots=True)
class _Kept:
    """How an attempt ended, until that is forgotten.

    Attributes:
        end: The event.
        journal: Where it is written, if it is.
        told: True once this agent has told it.
    """

    end: AttemptEnded | AttemptLost
    journal: Journal | None
    told: bool = False


class Supervisor:
    """The attempts of one machine. Everything here belongs to one thread, and never waits."""

    def __init__(
        self,
        settings: Settings,
        findings: Findings,
        boot: str,
        selector: selectors.BaseSelector,
        emit: Callable[[Event], None],
        forker: ForkerProcess | None = None,
    ) -> None:
        """Set up the state; `open` begins.

        Args:
            settings: What is to be known.
            findings: What works on this machine.
            boot: The agent's boot id.
            selector: Where descriptors are waited for; their data is a function to call.
            emit: Takes events.
            forker: Started already; None to start one.
        """
        self._data_dir = Path(settings.data_dir)
        self._settings = settings
        self._boot = boot
        self._selector = selector
        self._emit = emit
        self._runs: dict[str, _Run] = {}
        self._kept: dict[str, _Kept] = {}
        self._workers = Workers()
        # The attempt that has each worker, and those that wait for it.
        self._having: dict[WorkerKey, _Run] = {}
        self._queues: dict[WorkerKey, deque[_Run]] = {}
        # Those that wait for a process.
        self._ready: deque[_Run] = deque()
        # Ends that are not durable yet, and when they are to be, in seconds of the monotonic clock.
        self._unsynced: list[tuple[_Run, Receipt, Journal]] = []
        self._sync_at = math.inf
        caps = CapRules.from_text(findings.caps)
        # Where the cgroups of attempts are, if they have some.
        self._tree = "" if caps is None else caps.cgroup
        self._objects = open_store(settings.objects)
        self._requests = Requests(self._data_dir / REQUESTS)
        self._graves = itertools.count()
        self._trouble = ""
        # Pool -> one of its workers that said what is the matter.
        self._warned: dict[str, str] = {}
        self._again = Again()
        self._chores = Chores()
        self._remains = Remains(self._chores, self._again)
        self._cache = InputCache(settings, self._objects, self._chores)
        self._syncer = Syncer()
        self._object_sync = ObjectSync(self._data_dir, self._chores, self._objects_synced)
        self._journals = JournalFiles(
            self._data_dir / JOURNAL, boot, self._sync_folder, self._object_sync.add
        )
        self._cannot_sync = False
        self._orphans = Orphans(selector, self._orphan_gone)
        self._shims = Shims(
            settings,
            findings,
            boot,
            selector,
            self._journals.current,
            self._said,
            self._shim_gone,
            self._troubled,
            self._cache.cache,
            forker,
        )

    def open(self) -> None:
        """Find out what former agents have left, and start the forker.

        Raises:
            RuntimeError: It does not start.
        """
        for name in (slots.ATTEMPTS, slots.SLOTS, slots.TRASH, JOURNAL, REQUESTS):
            (self._data_dir / name).mkdir(exist_ok=True)
        for left in self._trash.iterdir():  # by an agent that was killed while it removed it
            self._chores.remove(partial(remove_tree, left))
        for each in (self._chores, self._syncer):
            self._selector.register(each, selectors.EVENT_READ, each.finish)
        self._fence()
        self._take_up()
        for name in os.listdir(self._data_dir / slots.ATTEMPTS):
            if name not in self._runs:
                self._remove_folder(name)
        for name in os.listdir(self._data_dir / REQUESTS):
            if name.rpartition(".")[0] not in self._runs:
                with contextlib.suppress(OSError):
                    os.unlink(self._data_dir / REQUESTS / name)
        self._chores.remove(self._objects.tidy)
        self._cache.tidy()
        self._shims.open()

    def close(self) -> None:
        """Let go of everything, and remove what is to be removed; nothing is stopped."""
        self._orphans.close()
        self._shims.close()
        self._chores.close()

    def unfinished(self) -> Collection[str]:
        """Return the attempts that are not gone."""
        return self._runs.keys()

    def kept(self) -> dict[str, Standing]:
        """Return the attempts of which something is kept, and how they stand."""
        found: dict[str, Standing] = {}
        for name, kept in self._kept.items():
            found[name] = "ended" if isinstance(kept.end, AttemptEnded) else "unknown"
        for name in self._runs:
            found[name] = "alive"
        return found

    @property
    def watches_disk(self) -> bool:
        """True if somebody may write to files here of which nobody tells, so that they need looks.

        Those are the log, to which only attempts write, and what else is on the disk of a cache.
        """
        return bool(self._runs) or self._cache.cache is not None

    def seconds_to_wait(self) -> float | None:
        """Return how long nothing happens by itself; None for ever."""
        boot = self._workers.next_boot()
        times = [
            None if boot is None else boot - time.monotonic(),
            self._shims.seconds_to_wait(),
            self._orphans.seconds_to_wait(),
            self._again.seconds_to_wait(),
            self._object_sync.seconds_to_wait(),
            None if self._syncer.is_busy else self._sync_at - time.monotonic(),
        ]
        known = [each for each in times if each is not None and each < math.inf]
        return max(0.0, min(known)) if known else None

    def tick(self) -> None:
        """Do what has become due."""
        for pool_id, worker_id in self._workers.booted(time.monotonic()):
            self._emit(WorkerJoined(pool_id, worker_id))
        self._shims.tick()
        self._orphans.poll()
        self._again.tick()
        self._cache.tick(time.monotonic())
        while self._ready and self._shims.is_ready:
            if not self._launch(self._ready.popleft()):
                break
        self._sync()
        self._object_sync.tick()

    # --- orders

    def request_workers(self, pool_id: str, workers: Mapping[str, bool]) -> None:
        """See `Executor.request_workers`."""
        ready_at = time.monotonic() + self._settings.boot_seconds
        self._workers.request(pool_id, workers, ready_at)

    def release_workers(self, pool_id: str, worker_ids: Collection[str]) -> None:
        """See `Executor.release_workers`."""
        keys = {(pool_id, worker_id) for worker_id in worker_ids}
        for key in keys:
            self._workers.release(key)
        # Not only of those that are known: an adopted attempt may belong to a VM that the server
        # gave up before its restart.
        for run in [run for run in self._runs.values() if run.worker in keys]:
            run.cause = _VM_REMOVED
            if run.waits_for:
                self._take_back(run, _VM_REMOVED)
            else:
                self._again.attempt(partial(self._ask, run, "evict"))
        for key in keys:
            self._leave_if_idle(key)

    def start(self, orders: Iterable[Order]) -> None:
        """See `Executor.start`."""
        for order in orders:
            self._start(order)

    def revoke(self, attempt_ids: Collection[str]) -> None:
        """See `Executor.revoke`."""
        for name in attempt_ids:
            run = self._runs.get(name)
            if run is None:
                continue
            if run.waits_for:
                self._take_back(run, _NOT_BEGUN)
            else:
                # Its shim may never come to be; then it does not wait for another one.
                run.revoked = True

    def stop(self, attempt_ids: Collection[str]) -> None:
        """See `Executor.stop`."""
        for name in tuple(attempt_ids):
            run = self._runs.get(name)
            if run is None:
                if name not in self._kept:
                    self._keep(name, AttemptLost(name, "it was not running when it was stopped"))
                    self._tell(name)
            elif run.waits_for:
                self._take_back(run, _NOT_BEGUN)
            else:
                crash_points.reach("agent.stop.before")
                self._again.attempt(partial(self._ask, run, "stop"))
                crash_points.reach("agent.stop.after")

    def settle(self, attempt_ids: Collection[str]) -> None:
        """See `Executor.settle`; everything is told by events."""
        for name in attempt_ids:
            run = self._runs.get(name)
            if name not in self._kept and run is None:
                self._keep(name, AttemptLost(name, _GONE_BEFORE))
            if name in self._kept:
                # Messages may have been lost with the server.
                self._tell(name)
            elif run is not None and run.started_at is not None:
                crash_points.reach("agent.adopt.before")
                self._emit(AttemptStarted(name, run.started_at))
                crash_points.reach("agent.adopt.after")

    def forget(self, attempt_ids: Collection[str]) -> None:
        """See `Executor.forget`."""
        for name in attempt_ids:
            run = self._runs.get(name)
            if run is not None:
                run.forget = True
                continue
            crash_points.reach("forget.before")
            kept = self._kept.pop(name, None)
            if kept is not None and kept.journal is not None:
                kept.journal.wanted.discard(name)
                self._journals.prune(kept.journal)
            crash_points.reach("forget.after")

    def _start(self, order: Order) -> None:
        name = order.attempt_id
        if name in self._runs or name in self._kept:
            # Of one that a former agent was given, what is known was not told yet, perhaps.
            kept, run = self._kept.get(name), self._runs.get(name)
            if (kept is not None and not kept.told) or (run is not None and run.begun is not None):
                self.settle([name])
            return
        key = (order.pool_id, order.worker_id)
        run = self._runs[name] = _Run(name, key, order.line)
        if not self._workers.has(*key):
            self._lose(run, _VM_REMOVED)
            return
        crash_points.reach("agent.start.before")
        if key in self._having:
            run.waits_for = "worker"
            self._queues.setdefault(key, deque()).append(run)
        else:
            self._having[key] = run
            self._launch(run)
        crash_points.reach("agent.start.after")

    def _launch(self, run: _Run) -> bool:
        """Have a shim run an attempt; return False if it has to wait for one."""
        run.waits_for = ""
        run.shim = self._shims.give(run.attempt_id, run.line)
        if run.shim is None:
            run.waits_for = "process"
            self._ready.appendleft(run)
            self._warn(run)
            return False
        run.journal = run.shim.journal
        return True

    def _take_back(self, run: _Run, cause: str) -> None:
        """End an attempt that no shim was given; nobody else knows of it."""
        (self._queues[run.worker] if run.waits_for == "worker" else self._ready).remove(run)
        run.waits_for = ""
        self._lose(run, cause)

    def _ask(self, run: _Run, request: Request) -> None:
        if run.receipt is not None or run.told or self._runs.get(run.attempt_id) is not run:
            return
        run.asked = True
        self._requests.ask(run.attempt_id, request)
        if run.shim is not None:
            self._shims.wake(run.shim)
        elif run.begun is not None and run.journal is not None:
            wake(0, run.begun.shim, run.journal)

    def _free_worker(self, run: _Run) -> None:
        """Let the next attempt have the worker of one that has ended."""
        if self._having.get(run.worker) is not run:
            return
        del self._having[run.worker]
        queue = self._queues.get(run.worker)
        if queue:
            then = queue.popleft()
            self._having[then.worker] = then
            self._launch(then)
        else:
            self._queues.pop(run.worker, None)

    # --- what shims say

    def _said(self, shim: Shim, line: Line) -> None:
        run = self._runs.get(shim.attempt_id)
        if run is None or run.shim is not shim:
            return
        word = line[0]
        if word == "began":
            started_at: float = line[1]
            run.started_at = started_at
            self._emit(AttemptStarted(run.attempt_id, started_at))
        elif word == "refused":
            self._look_for(run)
        else:
            if word in ("ended", "done"):
                self._end(run, Receipt(*line[2:]), shim.journal, has_unsynced=line[1])
            if word in ("done", "idle"):
                self._let_go(run)

    def _shim_gone(self, shim: Shim) -> None:
        run = self._runs.get(shim.attempt_id)
        if run is not None and run.shim is shim:
            self._after(run, shim.journal, shim.cause or _NO_RECEIPT)
            if shim.was_killed:
                # Perhaps while it wrote an object.
                self._chores.remove(self._objects.tidy)
                self._cache.tidy()
        self._journals.prune(shim.journal)

    def _orphan_gone(self, journal: Journal, number: int) -> None:
        journal.shims.discard(number)
        for run in list(self._runs.values()):
            if run.journal is journal and run.begun is not None and run.begun.shim == number:
                self._after(run, journal, _NO_RECEIPT)
        self._journals.prune(journal)

    def _after(self, run: _Run, journal: Journal, cause: str) -> None:
        """Find out what became of an attempt whose shim is gone."""
        name = run.attempt_id
        run.gone = True
        if run.receipt is None and not run.told:
            entries = journal.refresh()
            if name in entries.receipts:
                self._end_as_written(run, journal)
            elif name in entries.begun:
                if run.started_at is None:
                    run.started_at = entries.begun[name].started_at
                    self._emit(AttemptStarted(name, run.started_at))
                self._lose(run, run.cause or cause)
                return
            elif run.cause or run.asked or run.revoked:
                self._lose(run, run.cause or _NOT_BEGUN)
                return
            else:
                # It was never begun, so another one begins it.
                run.gone, run.shim, run.waits_for = False, None, "process"
                self._ready.appendleft(run)
                self._warn(run)
                return
        self._remove_folder(name)
        self._let_go(run)

    def _look_for(self, run: _Run) -> None:
        """Find an attempt that a shim of a former agent has."""
        for journal in self._journals:
            entries = journal.refresh()
            begun = entries.begun.get(run.attempt_id)
            if run.attempt_id in entries.receipts:
                self._end_as_written(run, journal)
                self._let_go(run)
                return
            if begun is not None and journal.is_alive(begun.shim):
                self._adopt(run, begun, journal)
                return
        self._lose(run, _GONE_BEFORE)

    # --- ends

    def _end_as_written(self, run: _Run, journal: Journal) -> None:
        name, entries = run.attempt_id, journal.entries
        has_unsynced = name in entries.unsynced
        self._end(run, entries.receipts[name], journal, has_unsynced=has_unsynced)

    def _end(
        self, run: _Run, receipt: Receipt, journal: Journal, *, has_unsynced: bool = False
    ) -> None:
        """Take a receipt, which is told as soon as it is durable."""
        if has_unsynced:
            self._object_sync.add(journal)
        if run.receipt is None and not run.told:
            run.receipt = receipt
            journal.wanted.add(run.attempt_id)
            self._unsynced.append((run, receipt, journal))
            self._free_worker(run)
            has_plenty = len(self._queues.get(run.worker, ())) >= _PLENTY
            patience = _GATHER_SECONDS if has_plenty else 0.0
            self._sync_at = min(self._sync_at, time.monotonic() + patience)

    def _sync(self) -> None:
        if self._syncer.is_busy or time.monotonic() < self._sync_at:
            return
        try:
            self._leave_doubtful_files()
        except OSError as error:
            self._sync_later(error)
            return
        batch, self._unsynced, self._sync_at = self._unsynced, [], math.inf

        def done(error: OSError | None) -> None:
            if error is not None:
                self._unsynced += batch
                self._sync_later(error)
                return
            if self._cannot_sync:
                _logger.info("receipts can be made durable again")
            self._cannot_sync = False
            for run, receipt, journal in batch:
                self._keep(run.attempt_id, AttemptEnded(receipt), journal)
                run.told = True
                self._tell(run.attempt_id)
                self._drop(run)

        self._syncer.sync({journal for _, _, journal in batch}, done)

    def _sync_later(self, error: OSError) -> None:
        if not self._cannot_sync:
            _logger.error("receipts cannot be made durable, trying again: %s", error)
        self._cannot_sync = True
        self._sync_at = time.monotonic() + PAUSE_SECONDS

    def _leave_doubtful_files(self) -> None:
        """Write receipts once more that are in files whose sync failed."""
        for number, (run, receipt, journal) in enumerate(self._unsynced):
            if journal.is_doubtful:
                self._unsynced[number] = run, receipt, self._journals.copy(receipt, journal)
                self._journals.prune(journal)

    def _lose(self, run: _Run, cause: str) -> None:
        """End what outlives a shim that was killed, then tell that its attempt is lost."""

        def done(error: OSError | None) -> None:
            if error is not None:
                _logger.warning("%s; it is tried again", error)
                self._again.put_off(partial(self._lose, run, cause))
                return
            crash_points.reach("lost.before")
            if self._tree:
                group = Group(self._tree, run.attempt_id)
                self._chores.remove(group.remove)
            self._remove_folder(run.attempt_id)
            self._keep(run.attempt_id, AttemptLost(run.attempt_id, cause), run.journal)
            run.told = run.gone = True
            self._tell(run.attempt_id)
            crash_points.reach("lost.after")
            self._free_worker(run)
            self._drop(run)

        def end_processes(error: OSError | None) -> None:
            left = () if error is not None else self._left_of(run)
            if left:
                self._remains.end(left, lambda: done(None))
            else:
                done(error)

        folder = self._data_dir / slots.ATTEMPTS / run.attempt_id
        if has_left_container(folder):
            self._chores.call(partial(end_left_container, folder), end_processes)
        else:
            end_processes(None)

    def _left_of(self, run: _Run) -> Collection[int]:
        """Return the marks of processes that nobody may have ended when their shim was killed."""
        if run.shim is not None and run.shim.left_nothing:
            return ()
        found = (journal.left_by_dead(run.attempt_id) for journal in self._journals)
        return [mark for mark in found if mark is not None]

    def _keep(
        self, name: str, end: AttemptEnded | AttemptLost, journal: Journal | None = None
    ) -> None:
        self._kept[name] = _Kept(end, journal)
        if journal is not None:
            journal.wanted.add(name)

    def _tell(self, name: str) -> None:
        kept = self._kept[name]
        kept.told = True
        self._emit(kept.end)

    def _let_go(self, run: _Run) -> None:
        """A shim is done with an attempt."""
        run.gone = True
        self._drop(run)

    def _drop(self, run: _Run) -> None:
        """Let go of a run that is told and gone."""
        if not (run.told and run.gone) or self._runs.get(run.attempt_id) is not run:
            return
        del self._runs[run.attempt_id]
        if run.asked:
            self._requests.withdraw(run.attempt_id)
        if run.forget:
            self.forget([run.attempt_id])
        self._leave_if_idle(run.worker)

    def _leave_if_idle(self, worker: WorkerKey) -> None:
        if self._workers.is_leaving(worker) and not any(
            run.worker == worker for run in self._runs.values()
        ):
            self._workers.left(worker)
            self._emit(WorkerLeft(*worker, "it was released"))

    # --- trouble

    def _troubled(self, reason: str) -> None:
        self._trouble = reason
        if reason:
            for run in self._ready:
                self._warn(run)
            return
        for pool_id, worker_id in self._warned.items():
            self._emit(WorkerWarned(pool_id, worker_id, log_lines.PROGRAMS_START))
        self._warned.clear()

    def _warn(self, run: _Run) -> None:
        """Say once for each pool why its programs do not start."""
        pool_id, worker_id = run.worker
        if self._trouble and pool_id not in self._warned:
            self._warned[pool_id] = worker_id
            message = f"{log_lines.PROGRAMS_WAIT}{self._trouble}"
            self._emit(WorkerWarned(pool_id, worker_id, message))

    # --- what former agents have left

    def _fence(self) -> None:
        """Have no shim of a former agent claim anything any more."""
        crash_points.reach("fence.before")
        for left in (self._data_dir / slots.SLOTS).iterdir():
            self._discard(left)
        (self._data_dir / slots.SLOTS / self._boot).mkdir()
        crash_points.reach("fence.after")

    def _take_up(self) -> None:
        """Read what shims of former agents have written down, and adopt those that live."""
        for journal in self._journals.take_up():
            # One that lives may write more until it is gone, so what it wrote is read after that.
            numbers = journal.refresh().shims
            journal.shims = {number for number in numbers if journal.is_alive(number)}
            for number in journal.shims:
                self._orphans.add(journal, number, numbers[number])
            receipts = journal.refresh().receipts
            safe = self._make_durable(journal, receipts.values())
            for name, receipt in receipts.items():
                self._keep(name, AttemptEnded(receipt), safe)
            self._object_sync.restore(journal)
        # A shim that was fenced off may have written that it begins what another one has.
        found = [
            (name, begun, journal)
            for journal in self._journals
            for name, begun in journal.entries.begun.items()
        ]
        found.sort(key=lambda each: each[1].shim not in each[2].shims)
        for name, begun, journal in found:
            if name in self._kept or name in self._runs:
                continue
            run = self._runs[name] = _Run(name, _NOWHERE, journal=journal)
            if begun.shim in journal.shims:
                self._adopt(run, begun, journal)
            else:
                self._lose(run, _GONE_BEFORE)
        for journal in self._journals:
            self._journals.prune(journal)

    def _make_durable(self, journal: Journal, receipts: Collection[Receipt]) -> Journal:
        """Make receipts of a former agent durable; return the file that has them."""
        if not receipts:
            return journal
        with contextlib.suppress(OSError):
            journal.sync()
            return journal
        # Each is written where the one before it is, or to another file if that is full.
        written = [self._journals.copy(receipt, journal) for receipt in receipts]
        for safe in {*written}:
            safe.sync()
        return written[-1]

    def _adopt(self, run: _Run, begun: Begun, journal: Journal) -> None:
        run.shim, run.begun, run.journal = None, begun, journal
        if run.worker == _NOWHERE:
            run.worker = (begun.pool_id, begun.worker_id)
            self._having.setdefault(run.worker, run)
        run.started_at = begun.started_at

    # --- files

    def _objects_synced(self, journal: Journal) -> None:
        self._journals.prune(journal)

    def _sync_folder(self, folder: Path) -> None:
        self._chores.call(partial(sync_directory, folder), lambda _error: None)

    def _remove_folder(self, name: str) -> None:
        """Remove what is left in the folder of an attempt."""
        with contextlib.suppress(FileNotFoundError):
            self._discard(self._data_dir / slots.ATTEMPTS / name)

    def _discard(self, folder: Path) -> None:
        grave = self._trash / f"{self._boot}.{next(self._graves)}"
        folder.rename(grave)
        self._chores.remove(partial(remove_tree, grave))

    @property
    def _trash(self) -> Path:
        return self._data_dir / slots.TRASH
