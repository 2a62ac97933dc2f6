"""Jobs that the service deletes by itself once they have finished (AutoRelease)."""

from __future__ import annotations

from typing import Any

from batchcompute._waiting.deadline import Deadline
from batchcompute._waiting.driver import Ask, Steps
from batchcompute._waiting.transient_errors import is_passing
from batchcompute.exceptions import BatchComputeError, NotFoundError

#: Failures to learn about a job after which it is taken for one that stays.
_TRIES = 3
#: What the service says of a job that is gone; a proxy's 404 says nothing about jobs.
_GONE = "InvalidResource.NotFound"


class Releases:
    """What is known about the AutoRelease of jobs.

    A job's documented status does not tell, and once the job is gone nothing does. So its
    description is asked for, once, while it goes on.
    """

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}
        self._failures: dict[str, int] = {}

    def is_open(self, job_id: str) -> bool:
        """Return whether it is not known of a job."""
        return job_id not in self._known

    def is_untried(self, job_id: str) -> bool:
        """Return whether nobody has asked for it of a job."""
        return self.is_open(job_id) and job_id not in self._failures

    def see(self, job_id: str, job: Any) -> None:
        """Take it from a job's status, in case that tells.

        Args:
            job_id: The job.
            job: Its status.
        """
        told = getattr(job, "AutoRelease", None)
        if isinstance(told, bool):
            self._known[job_id] = told

    def learn(self, job_id: str, deadline: Deadline) -> Steps[None]:
        """Ask for it of a job, by one request; a failure is no harm.

        Args:
            job_id: The job.
            deadline: When there is no time for it any more.
        """
        try:
            described: Any = yield Ask(
                "get_job_description", (job_id,), within=deadline.for_request()
            )
        except BatchComputeError as error:
            failures = self._failures[job_id] = self._failures.get(job_id, 0) + 1
            if not is_passing(error) or failures >= _TRIES:
                self._known[job_id] = False
        else:
            self._known[job_id] = getattr(described, "AutoRelease", None) is True

    def explain(self, job_id: str, error: NotFoundError) -> bool:
        """Return whether a job is gone because it has finished; otherwise note it in the error.

        Args:
            job_id: The job.
            error: That it does not exist.
        """
        if error.code == _GONE and self._known.get(job_id, False):
            return True
        error.add_note(f"The job was {job_id}.")
        return False
