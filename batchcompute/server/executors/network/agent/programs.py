"""The programs of an agent: what its server orders about them, and what came of them.

What cannot end before the machine is taken away is held, until all others have ended. What had all
of the walltime and has not ended fails, as it would on each other machine of the pool.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from batchcompute.server.executors.agent.protocol import event_item, read_attempt
from batchcompute.server.executors.agent.session import Item
from batchcompute.server.executors.embedded.executor import EmbeddedExecutor
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
from batchcompute.server.executors.network.agent.stay import END_SECONDS, Stay
from batchcompute.server.executors.network.protocol import Joined

_logger = logging.getLogger("batchcompute.server.agent")

#: The time limit of attempts whose user has chosen none, in seconds.
_USUAL_TIMEOUT_SECONDS = 86400.0
#: How often it is looked whether the agent is to go, in seconds.
_LOOK_SECONDS = 0.2


class Programs:
    """Does what the server wants to the programs of one machine, and tells what comes of it."""

    def __init__(
        self, stay: Stay, changed: threading.Condition, tell: Callable[[Item], None]
    ) -> None:
        """Start with none.

        Args:
            stay: How long the agent stays.
            changed: Held while anything here is looked at; notified of what may be waited for.
            tell: Has the server told something.
        """
        self._stay = stay
        self._tell = tell
        self._executor: EmbeddedExecutor | None = None
        self._changed = changed
        self._gone_workers: set[str] = set()
        # Attempts that have begun here, and that wait for another agent.
        self._begun: set[str] = set()
        self._held: set[str] = set()
        self._failed = False
        # When programs began: how long the agent had been there, and seconds since the epoch.
        self._began_at: dict[str, tuple[float, float]] = {}

    def open(self, executor: EmbeddedExecutor) -> None:
        """Begin to hear of programs.

        Args:
            executor: Runs them.
        """
        self._executor = executor
        executor.open(self.take)

    def fail(self) -> None:
        """Learn that the executor cannot go on."""
        with self._changed:
            self._failed = True
            self._changed.notify_all()

    @property
    def are_for_others(self) -> bool:
        """True if there are only programs that another agent has to run."""
        with self._changed:
            return bool(self._held) and not self._begun

    def carry_out(self, order: Item) -> None:
        """Do what the server orders.

        Raises:
            RuntimeError: It is no order, or the executor cannot go on.
        """
        executor = self._executor
        assert executor is not None
        match order:
            case ["start", items]:
                self._start([read_attempt(item[3].encode()) for item in items])
            case ["forget", ids]:
                executor.forget(ids)
            case ["stop", ids]:
                executor.stop(self._without_held(ids))
            case ["revoke", ids]:
                executor.revoke(self._without_held(ids))
            case ["settle", ids]:
                executor.settle(self._without_held(ids))
            case ["request", pool_id, workers]:
                executor.request_workers(pool_id, workers)
            case ["release", pool_id, workers]:
                executor.release_workers(pool_id, workers)
            case _:
                raise RuntimeError(f"{order[0]!r} is not an order")

    def take(self, event: Event) -> None:
        """Take an event of the executor, of which the server is told."""
        if isinstance(event, WorkerJoined):
            return  # The server said so.
        with self._changed:
            self._changed.notify_all()
            if isinstance(event, AttemptStarted):
                self._began_at.setdefault(event.attempt_id, (self._stay.seconds(), time.time()))
            elif isinstance(event, AttemptEnded):
                self._begun.discard(event.receipt.attempt_id)
                self._began_at.pop(event.receipt.attempt_id, None)
            elif isinstance(event, AttemptLost):
                self._begun.discard(event.attempt_id)
                event = self._lost(event)
            elif isinstance(event, WorkerLeft):
                self._gone_workers.add(event.worker_id)
                if self._stay.leaving:
                    return  # The agent says so itself, as the last thing.
        self._tell(event_item(event))

    def _lost(self, event: AttemptLost) -> AttemptLost | AttemptEnded:
        """Return how an attempt ended that has no receipt; the lock is held."""
        began = self._began_at.pop(event.attempt_id, None)
        walltime = None if began is None else self._stay.exceeded(began[0])
        if began is None or walltime is None:
            return replace(event, planned=event.planned or bool(self._stay.leaving))
        ran = self._stay.seconds() - began[0]
        message = (
            f"It ran for {_clock(ran)} and had not ended when the walltime of its VM, which is "
            f"{_clock(walltime)}, was over: it needs a pool with a longer walltime, or less to do."
        )
        receipt = Receipt(
            event.attempt_id,
            "failed",
            0,
            began[1],
            began[1] + ran,
            "WalltimeExceeded",
            message,
        )
        return AttemptEnded(receipt)

    def give_way(self, joined: Joined) -> None:
        """Have all programs end, as the agent is to go."""
        assert self._executor is not None
        self._executor.request_workers(joined.pool, {joined.vm: True})
        self._executor.release_workers(joined.pool, [joined.vm])

    def has_gone(self, vm_id: str) -> bool:
        """Return whether nothing runs for a VM any more, as it was given back."""
        with self._changed:
            return vm_id in self._gone_workers

    def end_all(self, vm_id: str, pool: str) -> None:
        """End and forget all that was begun for a VM that is not wanted any more.

        Args:
            vm_id: The VM; "" if the agent was none.
            pool: The group that it belonged to, as executors name it.

        Raises:
            RuntimeError: The executor cannot go on, so that nobody knows when they have ended.
        """
        executor = self._executor
        assert executor is not None
        if vm_id and not self.has_gone(vm_id):
            executor.request_workers(pool, {vm_id: True})
            # Those of a former process of this agent are known by their VM only when they are told.
            executor.settle(sorted(executor.kept_attempts()))
            executor.release_workers(pool, [vm_id])
            # Nothing of it may be left when this agent is another VM.
            self._await_end(vm_id)
        executor.forget(sorted(executor.kept_attempts()))
        with self._changed:
            self._held.clear()
            self._begun.clear()
            self._began_at.clear()

    def _await_end(self, vm_id: str) -> None:
        """Wait until nothing runs for a VM; an agent that is to go waits for so long only.

        Raises:
            RuntimeError: The executor cannot go on.
        """
        said_at = time.monotonic()
        leaves_at: float | None = None
        with self._changed:
            while vm_id not in self._gone_workers:
                if self._failed:
                    raise RuntimeError(f"what ran for VM {vm_id} cannot be ended in order")
                now = time.monotonic()
                self._stay.look_at_walltime()
                if self._stay.leaving:
                    leaves_at = now + END_SECONDS if leaves_at is None else leaves_at
                    if now >= leaves_at or self._stay.hurried:
                        _logger.warning("programs of VM %s are left to their lease", vm_id)
                        return
                if now >= said_at + END_SECONDS:
                    said_at = now
                    _logger.warning("programs of VM %s do not end yet", vm_id)
                # Nobody is woken by a signal.
                self._changed.wait(_LOOK_SECONDS)

    def _start(self, attempts: list[Attempt]) -> None:
        """Start attempts, except those whose time limit is beyond the walltime.

        They are held until the others have ended; then this agent leaves, and another one, with
        all of its walltime before it, has them.
        """
        assert self._executor is not None
        fitting = [each for each in attempts if self._fits(each)]
        with self._changed:
            self._begun.update(each.attempt_id for each in fitting)
            self._held.update(each.attempt_id for each in attempts if each not in fitting)
            self._changed.notify_all()
        self._executor.start(fitting)

    def _fits(self, attempt: Attempt) -> bool:
        # Nobody who did not choose a time limit expects a program to need all of the usual one.
        seconds = attempt.timeout_seconds
        return seconds == _USUAL_TIMEOUT_SECONDS or self._stay.fits(seconds)

    def _without_held(self, attempt_ids: list[str]) -> list[str]:
        """Give back those of attempts that are held; return the others."""
        with self._changed:
            held = self._held.intersection(attempt_ids)
            self._held -= held
        for attempt_id in held:
            self.take(AttemptLost(attempt_id, "it had not begun", planned=True))
        return [each for each in attempt_ids if each not in held]


def _clock(seconds: float) -> str:
    """Return a duration like "1:30:00"."""
    return str(timedelta(seconds=round(seconds)))
