"""What the executor's thread does: it keeps the runs, the forker and the workers in step."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from batchcompute.server.executors.agent.forker_process import LOG_NAME, ForkerProcess
from batchcompute.server.executors.agent.messages import Report
from batchcompute.server.executors.agent.orphans import POLL_SECONDS, Watch
from batchcompute.server.executors.agent.retries import Again
from batchcompute.server.executors.agent.workers import WorkerKey, Workers
from batchcompute.server.executors.attempt import shim
from batchcompute.server.executors.attempt.interrupts import EVICTED
from batchcompute.server.executors.attempt.record import Holder, Record, Request, Tombstone
from batchcompute.server.executors.attempt.worlds.containers import end_left_container
from batchcompute.server.executors.attempt.worlds.isolation import user_name
from batchcompute.server.executors.attempt.worlds.world import remove_tree
from batchcompute.server.executors.interface import (
    Attempt,
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Event,
    Receipt,
    WorkerJoined,
    WorkerLeft,
)
from batchcompute.server.model import crash_points
from batchcompute.server.objects import ObjectStore

_logger = logging.getLogger(__name__)

_VM_REMOVED = "its VM was removed"
_GONE_BEFORE = "it was not running when the server started"
#: How long news of a start waits for news of the end, which says all that it does. Recording each
#: by itself would take a transaction more for every short program.
_NEWS_SECONDS = 0.02
_READY_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 5.0
_FAILURES_TO_GIVE_UP = 3
_HOLDER_SECONDS = 5.0


@dataclass(slots=True)
class _Run:
    """An attempt that is not gone yet.

    Attributes:
        record: Its folder.
        worker: Where it runs.
        attempt: What to run, as long as no shim was forked for it.
        made: True once its folder is there for a shim.
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
    begun: bool = False
    started_at: float | None = None
    process: int | None = None
    told: bool = False
    cause: str = ""
    forget: bool = False


class Engine:
    """The state of an open executor. Everything here belongs to one thread."""

    def __init__(
        self,
        data_dir: Path,
        private: Path,
        objects: ObjectStore,
        bubblewrap: str,
        containers: str,
        selector: selectors.BaseSelector,
        emit: Callable[[Event], None],
        boot_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        """Set up the state; see `EmbeddedExecutor` for the arguments."""
        self._data_dir = data_dir
        self._private = private
        self._objects = objects
        self._bubblewrap = bubblewrap
        self._containers = containers
        self._selector = selector
        self._emit = emit
        self._boot_seconds = boot_seconds
        self._clock = clock
        self._runs: dict[str, _Run] = {}
        # Ends are told once: these are gone, and not yet forgotten.
        self._ended: set[str] = set()
        self._workers = Workers()
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
        self._trash.mkdir(exist_ok=True)
        for left in self._trash.iterdir():  # by a server that was killed while it removed it
            remove_tree(left)
        self._start_forker()
        deadline = time.monotonic() + _READY_SECONDS
        while not self._forker_is_ready:
            for key, _ in self._selector.select(deadline - time.monotonic()):
                key.data()
            if not self._forker_is_ready and (self._forker is None or time.monotonic() >= deadline):
                words = self._log_tail
                self.close()
                raise RuntimeError(f"the embedded executor's forker does not start: {words}")

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
            times.append(boot - self._clock())
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
        for pool_id, worker_id in self._workers.booted(self._clock()):
            self._emit(WorkerJoined(pool_id, worker_id))
        if self._forker is None and time.monotonic() >= self._restart_at:
            self._restart_forker()
        self._look_for_starts()
        self._tell_starts()
        self._watch.poll()
        self._again.tick()

    def set_pool(self, pool_id: str, wanted: Mapping[str, bool]) -> None:
        """See `Executor.set_pool`."""
        ready_at = self._clock() + self._boot_seconds
        released = self._workers.set_pool(pool_id, wanted, ready_at)
        for run in self._runs.values():
            # Not only of those released now: an adopted attempt may belong to a VM that the
            # server gave up before its restart.
            if run.worker[0] == pool_id and run.worker[1] not in wanted and not run.told:
                run.cause = _VM_REMOVED
                self._again.attempt(partial(self._ask, run, "evict"))
        for key in released:
            self._leave_if_idle(key)

    def start(self, attempt: Attempt) -> None:
        """See `Executor.start`."""
        name = attempt.attempt_id
        if name in self._runs or name in self._ended:
            return
        run = _Run(self._record(name), (attempt.pool_id, attempt.worker_id), attempt)
        if not self._workers.has(*run.worker):
            self._runs[name] = run
            self._resolve(run, _VM_REMOVED)
            return
        crash_points.reach("start.before")
        self._runs[name] = run
        self._again.attempt(partial(self._begin, run))
        crash_points.reach("start.after")

    def stop(self, attempt_ids: Collection[str]) -> None:
        """See `Executor.stop`."""
        for name in tuple(attempt_ids):
            if name in self._ended:
                continue
            run = self._runs.get(name)
            if run is None:
                self._runs[name] = run = _Run(self._record(name), ("", ""))
                self._resolve(run, "it was not running when it was stopped")
                if name not in self._runs:
                    continue
            if not run.told:
                crash_points.reach("stop.before")
                self._again.attempt(partial(self._ask, run, "stop"))
                crash_points.reach("stop.after")

    def settle(self, attempt_id: str) -> Receipt | Literal["alive", "lost"]:
        """See `Executor.settle`."""
        run = self._runs.get(attempt_id)
        if run is not None and not run.told:
            return "alive"
        record = self._record(attempt_id)
        try:
            # The lock is looked at before the receipt, so an attempt that ends in between is alive.
            outcome = record.outcome() if run is not None else _bury(record, _GONE_BEFORE)
        except FileNotFoundError:
            return "lost"
        except OSError:
            # Neither found out nor fenced off: under way, until the disk lets one of them be done.
            self._runs[attempt_id] = run = _Run(record, ("", ""))
            self._resolve(run, _GONE_BEFORE)
            return "alive"
        if outcome is None:
            self._adopt(record)
            return "alive"
        return "lost" if isinstance(outcome, Tombstone) else outcome

    def forget(self, attempt_ids: Collection[str]) -> None:
        """See `EmbeddedExecutor.forget`."""
        for name in attempt_ids:
            run = self._runs.get(name)
            if run is not None:
                run.forget = True
            else:
                self._again.attempt(partial(self._remove, name))

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
        self._record(attempt_id).remove(self._trash)
        self._ended.discard(attempt_id)

    @property
    def _trash(self) -> Path:
        return self._data_dir / "trash"

    @property
    def _log_tail(self) -> str:
        try:
            return (self._data_dir / LOG_NAME).read_text(errors="replace")[-2000:].strip()
        except OSError:
            return ""

    def _record(self, attempt_id: str) -> Record:
        return Record(self._data_dir / "attempts" / attempt_id)

    # --- the forker and what it reports

    def _start_forker(self) -> None:
        self._forker_is_ready = False
        forker = ForkerProcess(
            self._data_dir,
            self._private,
            self._objects.url,
            self._bubblewrap,
            self._containers,
            user_name(),
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

    def _adopt(self, record: Record) -> None:
        crash_points.reach("adopt.before")
        holder = _wait_for_holder(record)
        run = _Run(record, ("", ""))
        self._runs[record.attempt_id] = run
        if holder is None:
            self._watch_shim(run, None)
            return
        run.worker = (holder.pool_id, holder.worker_id)
        run.begun = True
        self._watch_shim(run, holder.pid)
        self._emit(AttemptStarted(record.attempt_id, holder.started_at))
        crash_points.reach("adopt.after")

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
        if not run.told and not self._tell_end(run, run.cause or cause):
            # Another shim has it: one that an earlier forker made.
            run.attempt = None
            self._watch_shim(run, None)
            return
        del self._runs[run.record.attempt_id]
        self._ended.add(run.record.attempt_id)
        if run.forget:
            self.forget([run.record.attempt_id])
        self._leave_if_idle(run.worker)

    def _tell_end(self, run: _Run, cause: str) -> bool:
        """Tell how a run ended, making sure that this is its end for ever.

        Returns:
            False if a shim has it.
        """
        try:
            outcome = _bury(run.record, cause)
        except FileNotFoundError:
            outcome = Tombstone(cause)
        if isinstance(outcome, Receipt):
            self._tell(run, AttemptEnded(outcome))
        elif outcome is not None:
            self._tell(run, AttemptLost(run.record.attempt_id, outcome.cause))
        return outcome is not None

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

    def _leave_if_idle(self, worker: WorkerKey) -> None:
        if self._workers.is_leaving(worker) and not any(
            run.worker == worker for run in self._runs.values()
        ):
            self._workers.left(worker)
            self._emit(WorkerLeft(*worker, "it was released"))


def _bury(record: Record, cause: str) -> Receipt | Tombstone | None:
    """Do as `Record.bury` does, and end what outlives a shim that was killed."""
    outcome = record.bury(cause)
    if isinstance(outcome, Tombstone):
        end_left_container(record.folder)
    return outcome


def _wait_for_holder(record: Record) -> Holder | None:
    """Return who has the lock; a shim that took it this moment introduces itself at once."""
    deadline = time.monotonic() + _HOLDER_SECONDS
    while (holder := record.holder()) is None and time.monotonic() < deadline:
        time.sleep(0.001)
    return holder


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
