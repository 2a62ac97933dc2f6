"""Track jobs with AutoRelease, which the service deletes once they have finished."""

from __future__ import annotations

from typing import Any

from batchcompute._waiting.deadline import Deadline
from batchcompute._waiting.driver import Effects, Request
from batchcompute._waiting.transient_errors import is_transient
from batchcompute.exceptions import BatchComputeError, NotFoundError

#: Failed requests for a job's description after which AutoRelease is taken to be off.
_TRIES = 3
#: The code for a job that does not exist; the 404 of a proxy has another or none.
_GONE = "InvalidResource.NotFound"


class AutoReleaseTracker:
    """Tracks which jobs have AutoRelease.

    A job's documented status does not say so, and once the job is gone nothing does. So its
    description is requested once, while the job is still there.
    """

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}
        self._failures: dict[str, int] = {}

    def is_unknown(self, job_id: str) -> bool:
        """Return whether AutoRelease of a job is unknown."""
        return job_id not in self._known

    def is_untried(self, job_id: str) -> bool:
        """Return whether AutoRelease is unknown, and the description was never requested."""
        return self.is_unknown(job_id) and job_id not in self._failures

    def observe(self, job_id: str, job: Any) -> None:
        """Learn AutoRelease from a job's status, if it has it.

        Args:
            job_id: The job.
            job: Its status.
        """
        value = getattr(job, "AutoRelease", None)
        if isinstance(value, bool):
            self._known[job_id] = value

    def fetch(self, job_id: str, deadline: Deadline) -> Effects[None]:
        """Learn AutoRelease from a job's description; failures are tolerated.

        Args:
            job_id: The job.
            deadline: Limits the request.
        """
        try:
            described: Any = yield Request(
                "get_job_description", (job_id,), within=deadline.for_request()
            )
        except BatchComputeError as error:
            failures = self._failures[job_id] = self._failures.get(job_id, 0) + 1
            if not is_transient(error) or failures >= _TRIES:
                self._known[job_id] = False
        else:
            self._known[job_id] = getattr(described, "AutoRelease", None) is True

    def has_released(self, job_id: str, error: NotFoundError) -> bool:
        """Return whether a job is gone because it finished; otherwise name it in the error.

        Args:
            job_id: The job.
            error: That it does not exist.
        """
        if error.code == _GONE and self._known.get(job_id, False):
            return True
        error.add_note(f"The job was {job_id}.")
        return False
