"""Keeps the attempts of one machine: its workers, its forker and what became of each attempt."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from batchcompute.server.executors.agent.chores import Chores
from batchcompute.server.executors.agent.forker_process import ForkerProcess
from batchcompute.server.executors.agent.logs import LOG_NAME, last_words
from batchcompute.server.executors.agent.messages import Report
from batchcompute.server.executors.agent.orphans import POLL_SECONDS, Watch
from batchcompute.server.executors.agent.protocol import Findings, Settings
from batchcompute.server.executors.agent.retrying import Again
from batchcompute.server.executors.agent.workers import WorkerKey, Workers
from batchcompute.server.executors.attempt import shim
from batchcompute.server.executors.attempt.interrupts import EVICTED
from batchcompute.server.executors.attempt.record import Record, Request, Tombstone
from batchcompute.server.executors.attempt.worlds.containers import (
    end_left_container,
    has_left_container,
)
from batchcompute.server.executors.attempt.worlds.isolation import user_name
from batchcompute.server.executors.attempt.worlds.world import remove_tree
from batchcompute.server.executors.interface import (
    Attempt,
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Event,
    Receipt,
    Standing,
    WorkerJoined,
    WorkerLeft,
)
from batchcompute.server.model import crash_points

_logger = logging.getLogger(__name__)

_NOWHERE: WorkerKey = ("", "")

_VM_REMOVED = "its VM was removed"
_GONE_BEFORE = "it was not running when the agent of its machine started"
_NOT_BEGUN = "it was taken back before it began"
#: How long news of a start waits for news of the end, which says all that it does. Recording each
#: by itself would take a transaction more for every short program.
_NEWS_SECONDS = 0.02
_READY_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 5.0
_FAILURES_TO_GIVE_UP = 3


@dataclass(slots=True)
class _Run:
    """An attempt that is not gone yet.

    Attributes:
        record: Its folder.
        worker: Where it runs.
        attempt: What to run, as long as no shim was forked for it.
        made: True once its folder is there for a shim.
        waiting: True while another attempt of its worker has to end first.
        begun: True once it is known to have been claimed.
        started_at: When it was claimed, as long as that is to be told.
        process: Its shim, as told by the forker.
        told: True once its end was emitted; its shim may still be cleaning up.
        cause: Why it was made to go, if it was.
        forget: True if its folder is not needed after its end.
    """

    record: Record
    worker: WorkerKey
    attempt: Attempt | None = None
    made: bool = False
    waiting: bool = False
    begun: bool = False
    started_at: float | None = None
    process: int | None = None
    told: bool = False
    cause: str = ""
    forget: bool = False


class Supervisor:
    """The attempts of one machine. Everything here belongs to one thread, and never waits."""

    def __init__(
        self,
        settings: Settings,
        findings: Findings,
        selector: selectors.BaseSelector,
        emit: Callable[[Event], None],
    ) -> None:
        """Set up the state; `open` begins.

        Args:
            settings: What is to be known.
            findings: What works on this machine.
            selector: Where descriptors are waited for; their data is a function to call.
            emit: Takes events.
        """
        self._data_dir = Path(settings.data_dir)
        self._settings = settings
        self._findings = findings
        self._selector = selector
        self._emit = emit
        self._runs: dict[str, _Run] = {}
        # Ends are told once: these are gone, and not yet forgotten.
        self._ended: set[str] = set()
        self._workers = Workers()
        # Who has each worker, and who waits for it.
        self._having: dict[WorkerKey, _Run] = {}
        self._waiting: dict[WorkerKey, deque[_Run]] = {}
        self._chores = Chores()
        self._watch = Watch(selector, self._shim_gone)
        # Runs whose shims have nobody to tell that they claimed them.
        self._unseen: list[_Run] = []
        self._again = Again()
        # Claimed attempts whose start is not told yet, and when it is to be.
        self._starts: deque[tuple[float, _Run]] = deque()
        self._forker: ForkerProcess | None = None
        self._forker_is_ready = False
        self._failures = 0
        self._restart_at = 0.0

    def open(self) -> None:
        """Start the forker and wait until it works.

        Raises:
            RuntimeError: It does not.
        """
        (self._data_dir / "attempts").mkdir(exist_ok=True)
        self._trash.mkdir(exist_ok=True)
        for left in self._trash.iterdir():  # by an agent that was killed while it removed it
            self._chores.remove(partial(remove_tree, left))
        self._selector.register(self._chores, selectors.EVENT_READ, self._chores.finish)
        self._start_forker()
        deadline = time.monotonic() + _READY_SECONDS
        while not self._forker_is_ready:
            for key, _ in self._selector.select(deadline - time.monotonic()):
                key.data()
            if not self._forker_is_ready and (self._forker is None or time.monotonic() >= deadline):
                words = self._log_tail
                self.close()
                raise RuntimeError(f"the forker does not start: {words}")

    def close(self) -> None:
        """Let go of the forker and of adopted shims; none of them is stopped."""
        self._watch.close()
        if self._forker is not None:
            self._drop_forker(self._forker)

    def unfinished(self) -> Collection[str]:
        """Return the attempts that are not gone."""
        return self._runs.keys()

    def seconds_to_wait(self) -> float | None:
        """Return how long nothing happens by itself; None for ever."""
        times: list[float] = []
        boot = self._workers.next_boot()
        if boot is not None:
            times.append(boot - time.monotonic())
        if self._forker is None:
            times.append(self._restart_at - time.monotonic())
        if self._watch.polls or self._unseen:
            times.append(POLL_SECONDS)
        if self._starts:
            times.append(self._starts[0][0] - time.monotonic())
        again = self._again.seconds_to_wait()
        if again is not None:
            times.append(again)
        return max(0.0, min(times)) if times else None

    def tick(self) -> None:
        """Do what has become due."""
        for pool_id, worker_id in self._workers.booted(time.monotonic()):
            self._emit(WorkerJoined(pool_id, worker_id))
        if self._forker is None and time.monotonic() >= self._restart_at:
            self._restart_forker()
        self._look_for_starts()
        self._tell_starts()
        self._watch.poll()
        self._again.tick()

    def kept(self) -> dict[str, Standing]:
        """Return the attempts of which something is kept, as far as can be told at a glance."""
        found: dict[str, Standing] = dict.fromkeys(self._ended, "ended")
        found |= dict.fromkeys(self._runs, "alive")
        for name in os.listdir(self._data_dir / "attempts"):
            if name not in found:
                found[name] = _glance(self._record(name))
        return found

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
            if run.waiting:
                self._take_back(run, _VM_REMOVED)
            elif not run.told:
                self._again.attempt(partial(self._ask, run, "evict"))
        for key in keys:
            self._leave_if_idle(key)

    def start(self, attempts: Iterable[Attempt]) -> None:
        """See `Executor.start`."""
        for attempt in attempts:
            self._start(attempt)

    def _start(self, attempt: Attempt) -> None:
        name = attempt.attempt_id
        if name in self._runs or name in self._ended:
            return
        run = _Run(self._record(name), (attempt.pool_id, attempt.worker_id), attempt)
        self._runs[name] = run
        if not self._workers.has(*run.worker):
            self._resolve(run, _VM_REMOVED)
            return
        crash_points.reach("agent.start.before")
        if run.worker in self._having:
            run.waiting = True
            self._waiting.setdefault(run.worker, deque()).append(run)
        else:
            self._having[run.worker] = run
            self._again.attempt(partial(self._begin, run))
        crash_points.reach("agent.start.after")

    def revoke(self, attempt_ids: Collection[str]) -> None:
        """See `Executor.revoke`."""
        for name in attempt_ids:
            run = self._runs.get(name)
            if run is not None and run.waiting:
                self._take_back(run, _NOT_BEGUN)

    def stop(self, attempt_ids: Collection[str]) -> None:
        """See `Executor.stop`."""
        for name in attempt_ids:
            if name in self._ended:
                continue
            run = self._runs.get(name)
            if run is None:
                self._runs[name] = run = _Run(self._record(name), _NOWHERE)
                self._resolve(run, "it was not running when it was stopped")
                if name not in self._runs:
                    continue
            if run.waiting:
                self._take_back(run, _NOT_BEGUN)
            elif not run.told:
                crash_points.reach("agent.stop.before")
                self._again.attempt(partial(self._ask, run, "stop"))
                crash_points.reach("agent.stop.after")

    def settle(self, attempt_ids: Collection[str]) -> None:
        """See `Executor.settle`; everything is told by events."""
        for name in attempt_ids:
            run = self._runs.get(name)
            if run is None:
                self._runs[name] = run = _Run(self._record(name), _NOWHERE)
                # What was told may have been lost with the server.
                self._ended.discard(name)
                self._resolve(run, _GONE_BEFORE)
            elif run.told:
                # It was told, and is about to be gone; then it is told once more.
                run.told = False
            elif run.begun and run.started_at is None:
                holder = run.record.holder()
                if holder is not None:
                    self._emit(AttemptStarted(name, holder.started_at))

    def forget(self, attempt_ids: Collection[str]) -> None:
        """See `Executor.forget`."""
        for name in attempt_ids:
            run = self._runs.get(name)
            if run is not None:
                run.forget = True
            else:
                self._again.attempt(partial(self._remove, name))

    def _take_back(self, run: _Run, cause: str) -> None:
        """End an attempt that waits for its worker; nobody else knows of it."""
        self._waiting[run.worker].remove(run)
        run.waiting = False
        self._tell(run, AttemptLost(run.record.attempt_id, cause))
        self._drop(run)

    def _free_worker(self, run: _Run) -> None:
        """Let the next attempt have the worker of one that has ended."""
        if self._having.get(run.worker) is not run:
            return
        del self._having[run.worker]
        waiting = self._waiting.get(run.worker)
        if waiting:
            then = waiting.popleft()
            then.waiting = False
            self._having[then.worker] = then
            self._again.attempt(partial(self._begin, then))
        else:
            self._waiting.pop(run.worker, None)

    def _begin(self, run: _Run) -> None:
        """Make an attempt's folder and have a shim forked, unless its end came first."""
        if run.attempt is None or self._runs.get(run.attempt.attempt_id) is not run:
            return
        run.record.create()
        run.made = True
        if self._forker is not None:
            self._send(self._forker, run.attempt)

    def _ask(self, run: _Run, request: Request) -> None:
        if not run.told:
            run.record.ask(request)
            run.record.wake()

    def _remove(self, attempt_id: str) -> None:
        grave = self._record(attempt_id).remove(self._trash)
        if grave is not None:
            self._chores.remove(partial(remove_tree, grave))
        self._ended.discard(attempt_id)

    @property
    def _trash(self) -> Path:
        return self._data_dir / "trash"

    @property
    def _log_tail(self) -> str:
        return last_words(self._data_dir / LOG_NAME)

    def _record(self, attempt_id: str) -> Record:
        return Record(self._data_dir / "attempts" / attempt_id)

    # --- the forker and what it reports

    def _start_forker(self) -> None:
        self._forker_is_ready = False
        forker = ForkerProcess(
            self._data_dir,
            Path(self._settings.private),
            self._settings.objects,
            self._findings.bubblewrap,
            self._findings.containers,
            user_name(),
            self._settings.open_files,
        )
        self._forker = forker
        self._selector.register(
            forker.reports, selectors.EVENT_READ, lambda: self._read_reports(forker)
        )
        self._selector.register(
            forker.control, selectors.EVENT_READ, lambda: self._look_at_control(forker)
        )
        for run in self._runs.values():
            if run.attempt is not None and run.made:
                self._send(forker, run.attempt)

    def _restart_forker(self) -> None:
        try:
            self._start_forker()
        except OSError as error:
            self._failures += 1
            pause = self._pause()
            self._restart_at = time.monotonic() + pause
            _logger.warning("no forker can be started, trying again in %g s: %s", pause, error)

    def _pause(self) -> float:
        # Few powers are enough, and many are no number any more.
        return min(0.1 * 2.0 ** min(self._failures, 10), _LONGEST_PAUSE_SECONDS)

    def _send(self, forker: ForkerProcess, attempt: Attempt) -> None:
        forker.send(attempt)
        self._want_to_send(forker)

    def _want_to_send(self, forker: ForkerProcess) -> None:
        events = selectors.EVENT_READ
        if forker.has_unsent:
            events |= selectors.EVENT_WRITE
        key = self._selector.get_key(forker.control)
        if key.events != events:
            self._selector.modify(forker.control, events, key.data)

    def _look_at_control(self, forker: ForkerProcess) -> None:
        if forker is not self._forker:
            return
        if forker.is_gone():
            self._forker_gone(forker)
        else:
            forker.flush()
            self._want_to_send(forker)

    def _read_reports(self, forker: ForkerProcess) -> None:
        if forker is self._forker:
            for report in forker.read_reports():
                self._take_report(report)

    def _take_report(self, report: Report) -> None:
        if report.kind == "ready":
            self._forker_is_ready = True
            self._failures = 0
            return
        run = self._runs.get(report.attempt_id)
        if run is None:
            return
        if report.kind == "forked":
            run.attempt = None
            run.process = int(report.value)
        elif report.kind == "claimed":
            run.begun = True
            run.started_at = report.value
            self._starts.append((time.monotonic() + _NEWS_SECONDS, run))
        elif report.kind == "ended":
            outcome = run.record.outcome()
            if isinstance(outcome, Receipt):
                self._tell(run, AttemptEnded(outcome))
        elif report.kind == "exited":
            self._resolve(run, _describe(int(report.value)))

    def _forker_gone(self, forker: ForkerProcess) -> None:
        self._read_reports(forker)
        words = self._log_tail
        was_ready = self._forker_is_ready
        self._drop_forker(forker)
        self._failures = 0 if was_ready else self._failures + 1
        pause = 0.0 if was_ready else self._pause()
        self._restart_at = time.monotonic() + pause
        _logger.warning("the forker ended; it is started again in %g seconds. %s", pause, words)
        for run in list(self._runs.values()):
            if run.attempt is None:
                self._watch_shim(run, run.process)
            elif self._failures >= _FAILURES_TO_GIVE_UP:
                self._resolve(run, f"no process could be started for it: {words}")

    def _drop_forker(self, forker: ForkerProcess) -> None:
        self._selector.unregister(forker.reports)
        self._selector.unregister(forker.control)
        forker.close()
        self._forker = None

    # --- the ends of attempts

    def _adopt(self, run: _Run) -> None:
        """Take over an attempt whose shim another agent's forker made."""
        crash_points.reach("agent.adopt.before")
        holder = run.record.holder()
        if holder is None:
            self._watch_shim(run, None)
            return
        run.worker = (holder.pool_id, holder.worker_id)
        self._having.setdefault(run.worker, run)
        run.begun = True
        self._watch_shim(run, holder.pid)
        self._emit(AttemptStarted(run.record.attempt_id, holder.started_at))
        crash_points.reach("agent.adopt.after")

    def _watch_shim(self, run: _Run, process: int | None) -> None:
        """Watch a shim that is no child of our forker, and cannot report to it."""
        self._watch.add(run.record, process)
        if not run.begun:
            self._unseen.append(run)

    def _look_for_starts(self) -> None:
        """Find out which of those shims have claimed their attempts by now."""
        for run in list(self._unseen):
            holder = run.record.holder()
            if holder is not None and not run.begun:
                if run.worker == _NOWHERE:
                    run.worker = (holder.pool_id, holder.worker_id)
                    self._having.setdefault(run.worker, run)
                run.begun = True
                run.started_at = holder.started_at
                self._starts.append((time.monotonic(), run))
            if run.begun or run.told:
                self._unseen.remove(run)

    def _shim_gone(self, attempt_id: str) -> None:
        run = self._runs.get(attempt_id)
        if run is not None:
            self._resolve(run, "its shim ended without a receipt")

    def _resolve(self, run: _Run, cause: str) -> None:
        """Tell what became of a run whose shim is gone, or will never be.

        If the disk does not let it be settled, the run is under way until it does.
        """
        self._again.attempt(partial(self._settle_run, run, cause))

    def _settle_run(self, run: _Run, cause: str) -> None:
        if self._runs.get(run.record.attempt_id) is not run:
            return
        if run.told:
            self._drop(run)
            return
        try:
            outcome = run.record.bury(run.cause or cause)
        except FileNotFoundError:
            outcome = Tombstone(run.cause or cause)
        if outcome is None:
            # Another shim has it: one that an earlier forker made.
            run.attempt = None
            if run.worker == _NOWHERE:
                self._adopt(run)
            else:
                self._watch_shim(run, None)
        elif isinstance(outcome, Receipt):
            self._tell(run, AttemptEnded(outcome))
            self._drop(run)
        else:
            self._end_lost(run, outcome.cause)

    def _end_lost(self, run: _Run, cause: str) -> None:
        """End what outlives a shim that was killed, then tell that its attempt is lost."""

        def done(error: OSError | None) -> None:
            if error is not None:
                _logger.warning("%s; it is tried again", error)
                self._again.put_off(partial(self._end_lost, run, cause))
                return
            self._tell(run, AttemptLost(run.record.attempt_id, cause))
            self._drop(run)

        if has_left_container(run.record.folder):
            self._chores.call(partial(end_left_container, run.record.folder), done)
        else:
            done(None)

    def _drop(self, run: _Run) -> None:
        """Let go of a run that is over and told."""
        name = run.record.attempt_id
        del self._runs[name]
        self._ended.add(name)
        self._free_worker(run)
        if run.forget:
            self.forget([name])
        self._leave_if_idle(run.worker)

    def _tell_starts(self) -> None:
        """Tell the starts of attempts that did not end at once."""
        now = time.monotonic()
        while self._starts and (self._starts[0][0] <= now or self._starts[0][1].told):
            self._tell_start(self._starts.popleft()[1])

    def _tell_start(self, run: _Run) -> None:
        started_at, run.started_at = run.started_at, None
        if started_at is not None:
            self._emit(AttemptStarted(run.record.attempt_id, started_at))

    def _tell(self, run: _Run, event: Event) -> None:
        if run.told:
            return
        if isinstance(event, AttemptLost):
            # A receipt says when it began; without one this is the only news of it.
            self._tell_start(run)
        run.started_at = None
        run.told = True
        self._emit(event)
        self._free_worker(run)

    def _leave_if_idle(self, worker: WorkerKey) -> None:
        if self._workers.is_leaving(worker) and not any(
            run.worker == worker for run in self._runs.values()
        ):
            self._workers.left(worker)
            self._emit(WorkerLeft(*worker, "it was released"))


def _glance(record: Record) -> Standing:
    if record.is_held():
        return "alive"
    try:
        return "ended" if isinstance(record.outcome(), Receipt) else "unknown"
    except OSError:
        return "unknown"


def _describe(status: int) -> str:
    """Say why a shim ended without a receipt."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"its shim was killed by {signal.Signals(-code).name}"
    if code == EVICTED:
        return "its shim was told to go away"
    if code == shim.BEGUN_BEFORE:
        return "another shim had begun it, and was killed"
    return f"its shim ended with exit code {code}"
