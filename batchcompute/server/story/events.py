"""Log lines of what becomes of jobs and attempts, written by a thread of their own."""

from __future__ import annotations

import logging
import queue
import threading
from typing import Any, Final

from batchcompute.server.scheduler.job_waiters import JobEnded
from batchcompute.server.scheduler.observer import AttemptSummary
from batchcompute.server.scheduler.transaction import Effects
from batchcompute.server.story.requests import RequestNames

logger = logging.getLogger("batchcompute.server.events")

#: Commits that wait to be told at the most; more are dropped.
_MOST_WAITING: Final = 10_000


class EventLog:
    """Writes what has followed from each commit of the scheduler, in its order."""

    def __init__(self, names: RequestNames) -> None:
        """Bind the parts; `start` begins.

        Args:
            names: Finds the request that a job goes on for.
        """
        self._names = names
        self._queue: queue.Queue[Effects | None] = queue.Queue(_MOST_WAITING)
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def take(self, effects: Effects) -> None:
        """Take what a commit has led to; returns at once."""
        if effects.touched or effects.starts or effects.summaries or effects.ended:
            try:
                self._queue.put_nowait(effects)
            except queue.Full:
                self._dropped += 1

    def close(self) -> None:
        """Write what waits, and end the thread."""
        self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while (effects := self._queue.get()) is not None:
            try:
                self._write(effects)
            except Exception:
                logger.exception("events of a commit could not be told")
            dropped, self._dropped = self._dropped, 0
            if dropped:
                logger.warning("events of %d commits were dropped: the log is too slow", dropped)

    def _write(self, effects: Effects) -> None:
        for touch in effects.touched:
            more = {"former_request_id": touch.former} if touch.former else {}
            self._names.tell(touch.job_id, touch.request_id)
            self._tell(touch.job_id, f"job {touch.job_id} was {touch.touch}", touch.touch, **more)
        for attempt in effects.starts:
            message = f"attempt {attempt.attempt_id} was given to VM {attempt.worker_id}"
            self._of_attempt(attempt.attempt_id, message, "given", vm=attempt.worker_id)
        for summary in effects.summaries:
            self._ended(summary)
        for ended in effects.ended:
            self._job_ended(ended)

    def _ended(self, summary: AttemptSummary) -> None:
        message = f"attempt {summary.attempt_id} ended: {summary.result}"
        more: dict[str, Any] = {"result": summary.result}
        if summary.cause:
            message += f", {summary.cause}"
            more["cause"] = summary.cause
        if summary.run_seconds is not None:
            more["seconds"] = round(summary.run_seconds, 3)
        self._of_attempt(summary.attempt_id, message, "ended", **more)

    def _job_ended(self, ended: JobEnded) -> None:
        message = f"job {ended.job_id} ended: {ended.state}"
        more = {"state": ended.state}
        if ended.message:
            more["reason"] = ended.message
        self._tell(ended.job_id, message, "ended", **more)

    def _of_attempt(self, attempt_id: str, message: str, event: str, **more: Any) -> None:
        job_id, task, instance, number = attempt_id.split(".")
        self._tell(
            job_id,
            message,
            f"attempt {event}",
            attempt_id=attempt_id,
            task=task,
            instance=int(instance),
            attempt=int(number),
            **more,
        )

    def _tell(self, job_id: str, message: str, event: str, **more: Any) -> None:
        fields = {"event": event, "job_id": job_id, "request_id": self._names.find(job_id), **more}
        logger.info("%s", message, extra=fields)
