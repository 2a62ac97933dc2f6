"""`poll`: the documented waiter. Its messages, its order and its stopping rule are a contract."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from batchcompute._operations import identifier
from batchcompute.exceptions import ClientError, TransportError

_log = logging.getLogger("batchcompute.client")

FINAL_STATES = frozenset({"Finished", "Failed", "Stopped"})


class JobClient(Protocol):
    """What polling needs of a client."""

    def get_job(self, job: str) -> Any:
        """Return the job's state."""

    def stop_job(self, job: str) -> Any:
        """Stop the job."""


def poll(
    client: JobClient,
    job_ids: object,
    timeout: float,
    interval: float,
    stop_others: bool,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Wait until all jobs have ended, one has failed, or the time is over.

    Args:
        client: Asks and stops.
        job_ids: One id, or several; objects with an Id count as ids.
        timeout: Seconds to wait at the most.
        interval: Seconds between two rounds of questions.
        stop_others: Whether jobs that have not ended by then are stopped.
        clock: Monotonic seconds.
        sleep: Waits for a number of seconds.

    Returns:
        One sentence per failed or stopped job, or one about the time; nothing if all went well.

    Raises:
        ClientError: The service refused a question, other than by a passing 5xx.
    """
    try:
        ids = _ids(job_ids)
    except TypeError as error:
        return [f"Invalid job ids: {error}."]
    deadline = clock() + timeout
    states: dict[str, str] = dict.fromkeys(ids, "")
    while True:
        for job_id in ids:
            states[job_id] = _state(client, job_id, states[job_id], lambda: clock() < deadline)
        errors = [
            f"Job {job_id} {states[job_id].lower()}."
            for job_id in ids
            if states[job_id] in ("Failed", "Stopped")
        ]
        if errors or all(state == "Finished" for state in states.values()):
            break
        left = deadline - clock()
        if left <= 0:
            errors = [f"Timeout({timeout})."]
            break
        _log.info("waiting for %s", {job_id: states[job_id] for job_id in ids})
        sleep(min(interval, left))
    if stop_others:
        for job_id in ids:
            if states[job_id] not in FINAL_STATES:
                _stop(client, job_id)
    return errors


def _ids(job_ids: object) -> list[str]:
    if isinstance(job_ids, str | bytes) or hasattr(job_ids, "Id") or hasattr(job_ids, "keys"):
        return [identifier(job_ids, "job_ids")]
    if not isinstance(job_ids, Iterable):
        raise TypeError(f"{type(job_ids).__name__} is no id and no list of ids")
    return list(dict.fromkeys(identifier(job_id, "job_ids") for job_id in job_ids))


def _state(client: JobClient, job_id: str, last: str, may_retry: Callable[[], bool]) -> str:
    """Return a job's state; a passing failure counts as "as before" while there is time left."""
    try:
        return str(client.get_job(job_id).State)
    except (ClientError, TransportError) as error:
        passing = isinstance(error, TransportError) or error.status >= 500
        if not passing or not may_retry():
            raise
        _log.warning("could not ask for job %s, will try again: %s", job_id, error)
        return last


def _stop(client: JobClient, job_id: str) -> None:
    """Stop a job that may end at the same moment by itself."""
    if str(client.get_job(job_id).State) in FINAL_STATES:
        return
    try:
        client.stop_job(job_id)
    except ClientError as error:
        if error.code != "StateConflict":
            raise
