"""Callers who wait for the end of a job, and are told of it after the commit."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from batchcompute.server.model.errors import ApiError


@dataclass(frozen=True, slots=True)
class JobEnded:
    """How a job ended.

    Attributes:
        job_id: The job.
        state: Finished, Failed or Stopped.
        message: Why, if it did not finish.
        started, ended: In microseconds since the epoch; None if it never began.
        failed: Failed instances of the task that ended last, which in a run of an App is the only
            one; a job may finish in spite of them.
        created: When it was submitted, in microseconds since the epoch; None if that is not known.
    """

    job_id: str
    state: str
    message: str
    started: int | None
    ended: int | None
    failed: int = 0
    created: int | None = None


class JobWaiters:
    """The futures of those who wait. Nothing of it is kept: who asks again waits again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Future[JobEnded]]] = {}
        self._closed = False

    def watch(self, job_id: str) -> Future[JobEnded]:
        """Return a future for the end of a job that is under way.

        To miss no end, it must be called in the unit of work that saw the job under way.
        """
        future: Future[JobEnded] = Future()
        with self._lock:
            if not self._closed:
                self._waiting.setdefault(job_id, []).append(future)
                return future
        future.set_exception(_stopping())
        return future

    def forget(self, job_id: str, future: Future[JobEnded]) -> None:
        """Nobody waits for this future any more."""
        with self._lock:
            waiting = self._waiting.get(job_id, [])
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._waiting.pop(job_id, None)

    def announce(self, ended: Sequence[JobEnded]) -> None:
        """Tell those who wait for these jobs."""
        for ending in ended:
            with self._lock:
                futures = self._waiting.pop(ending.job_id, [])
            for future in futures:
                if future.set_running_or_notify_cancel():
                    future.set_result(ending)

    def close(self) -> None:
        """Let nobody wait any longer, as the service ends; the jobs go on."""
        with self._lock:
            self._closed = True
            futures = [future for each in self._waiting.values() for future in each]
            self._waiting.clear()
        for future in futures:
            if future.set_running_or_notify_cancel():
                future.set_exception(_stopping())


def _stopping() -> ApiError:
    text = "The server is being stopped; the job goes on, and may be asked for by its id."
    return ApiError(500, "InternalError", text)
