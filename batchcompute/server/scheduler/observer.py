"""The interface for those who count what the scheduler does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from batchcompute.server.scheduler.job_waiters import JobEnded

#: How an attempt ended. "retried": it failed, and another one follows. "stopped": its result did
#: not count any more.
AttemptResult = Literal["finished", "failed", "retried", "lost", "stopped"]


@dataclass(frozen=True, slots=True)
class AttemptSummary:
    """An attempt that has ended.

    Attributes:
        result: See `AttemptResult`.
        cause: "exit" or "timeout" if its program failed, or else an error code; "" if it finished
            or was stopped.
        run_seconds: How long its program ran; None if that is not known.
        attempt_id: The attempt.
    """

    result: AttemptResult
    cause: str = ""
    run_seconds: float | None = None
    attempt_id: str = ""


class Observer(Protocol):
    """Is told in the scheduler's thread, after the commit; must return at once."""

    def committed(
        self, *, items: int, dispatched: int, apply_seconds: float, commit_seconds: float
    ) -> None:
        """Count a batch that is durable.

        Args:
            items: Requests and reports in it.
            dispatched: Attempts that were given to VMs with it.
            apply_seconds: How long it took to apply them, dispatch included.
            commit_seconds: How long the database took to make them durable.
        """

    def attempt_ended(self, summary: AttemptSummary) -> None:
        """Count an attempt that is over."""

    def job_ended(self, ended: JobEnded) -> None:
        """Count a job that is over."""


class Observers:
    """Tells several what each of them would be told."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        """Take them, in the order in which they are told."""
        self._observers = tuple(observers)

    def committed(
        self, *, items: int, dispatched: int, apply_seconds: float, commit_seconds: float
    ) -> None:
        """Tell of a batch."""
        for each in self._observers:
            each.committed(
                items=items,
                dispatched=dispatched,
                apply_seconds=apply_seconds,
                commit_seconds=commit_seconds,
            )

    def attempt_ended(self, summary: AttemptSummary) -> None:
        """Tell of an attempt."""
        for each in self._observers:
            each.attempt_ended(summary)

    def job_ended(self, ended: JobEnded) -> None:
        """Tell of a job."""
        for each in self._observers:
            each.job_ended(ended)
