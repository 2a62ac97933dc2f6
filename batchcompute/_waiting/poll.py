"""Implement the documented `poll`; its messages, order and stopping rule are a contract."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from batchcompute._operations.arguments import identifier
from batchcompute._waiting.autorelease import AutoReleaseTracker
from batchcompute._waiting.deadline import Deadline
from batchcompute._waiting.driver import Effects, Request, Sleep, run
from batchcompute._waiting.transient_errors import (
    FAILURES,
    TransientErrorPolicy,
    is_transient,
)
from batchcompute.exceptions import (
    BatchComputeError,
    ClientError,
    NotFoundError,
)

_log = logging.getLogger("batchcompute.client")

#: Seconds without a response after which no further job is stopped.
_SILENCE = 10.0

FINAL_STATES = frozenset({"Finished", "Failed", "Stopped"})


def poll(
    client: Any,
    job_ids: object,
    timeout: float,
    interval: float,
    stop_others: bool,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Wait until all jobs have ended, one has failed, or the time is over; see `poll_steps`.

    Args:
        client: A `Client`, which polls and stops the jobs.
        job_ids: One id, or several; objects with an Id count as ids.
        timeout: Seconds to wait at the most.
        interval: Seconds between two rounds of polling.
        stop_others: Whether jobs that have not ended by then are stopped.
        clock: Monotonic seconds.
        sleep: Waits for a number of seconds.

    Returns:
        One sentence per failed or stopped job, or one about the time; nothing if all went well.

    Raises:
        ClientError: The service refused a request, and not transiently.
    """
    return run(poll_steps(job_ids, timeout, interval, stop_others, clock), client, sleep)


def poll_steps(
    job_ids: object,
    timeout: float,
    interval: float,
    stop_others: bool,
    clock: Callable[[], float] = time.monotonic,
) -> Effects[list[str]]:
    """Yield what `poll` has to do until all jobs have ended, one has failed, or time is over.

    Args:
        job_ids: One id, or several; objects with an Id count as ids.
        timeout: Seconds to wait at the most.
        interval: Seconds between two rounds of polling.
        stop_others: Whether jobs that have not ended by then are stopped.
        clock: Monotonic seconds.

    Returns:
        One sentence per failed or stopped job, or one about the time; nothing if all went well.
    """
    try:
        ids = ids_of(job_ids)
    except TypeError as error:
        return [f"Invalid job ids: {error}."]
    deadline = Deadline(timeout, clock)
    states: dict[str, str] = dict.fromkeys(ids, "")
    policies = {job_id: TransientErrorPolicy(clock) for job_id in ids}
    releases = AutoReleaseTracker()
    while True:
        deadline.begin_round()
        pause = interval
        for job_id in ids:
            if deadline.is_round_over():
                break
            try:
                states[job_id] = yield from _state(job_id, deadline, releases)
                policies[job_id].succeeded()
            except FAILURES as error:
                retry_after = policies[job_id].failed(error)
                if retry_after:
                    pause = max(pause, retry_after)
                    break
        errors = [
            f"Job {job_id} {states[job_id].lower()}."
            for job_id in ids
            if states[job_id] in ("Failed", "Stopped")
        ]
        if errors or all(state == "Finished" for state in states.values()):
            break
        left = deadline.left()
        if left is not None and left <= 0:
            errors = [f"Timeout({timeout})."]
            break
        _log.info("waiting for %s", {job_id: states[job_id] for job_id in ids})
        yield Sleep(pause if left is None else min(pause, left))
    if stop_others:
        going = [job_id for job_id in ids if states[job_id] not in FINAL_STATES]
        yield from _stop_all(going, errors, clock)
    return errors


def ids_of(job_ids: Any) -> list[str]:
    """Return the ids of one job or of several, each once.

    Raises:
        TypeError: One of them is something else.
    """
    if isinstance(job_ids, str | bytes) or hasattr(job_ids, "Id") or hasattr(job_ids, "keys"):
        return [identifier(job_ids, "job_ids", "Id")]
    several = job_ids
    if not isinstance(job_ids, Iterable):
        raise TypeError(f"{type(several).__name__} is neither an id nor a list of ids")
    return list(dict.fromkeys(identifier(job_id, "job_ids", "Id") for job_id in several))


def _state(job_id: str, deadline: Deadline, releases: AutoReleaseTracker) -> Effects[str]:
    """Return a job's state."""
    try:
        job = yield Request("get_job", (job_id,), within=deadline.for_request())
    except NotFoundError as error:
        if releases.has_released(job_id, error):
            return "Finished"
        raise
    state = str(job.State)
    releases.observe(job_id, job)
    if state not in FINAL_STATES and releases.is_unknown(job_id) and not deadline.is_round_over():
        yield from releases.fetch(job_id, deadline)
    return state


def _stop_all(
    ids: Sequence[str], errors: Sequence[str], clock: Callable[[], float]
) -> Effects[None]:
    """Stop jobs, each regardless of the others.

    Args:
        ids: The jobs.
        errors: What `poll` would return; a refusal must not hide it.
        clock: Monotonic seconds.

    Raises:
        BatchComputeError: The first refusal, after an attempt for each job.
    """
    refusal: BatchComputeError | None = None
    # By now the time of the wait may be over, so silence has a limit of its own.
    silence = Deadline(_SILENCE, clock)
    for number, job_id in enumerate(ids):
        if silence.is_round_over():
            _log.error("no response, so these jobs were not stopped: %s", ", ".join(ids[number:]))
            break
        try:
            yield from _stop(job_id, silence)
        except BatchComputeError as error:
            _log.error("could not stop job %s: %s", job_id, error)
            if is_transient(error):
                continue
            if refusal is None:
                refusal = error
                error.add_note(" ".join((f"Job {job_id} was not stopped.", *errors)))
        silence = Deadline(_SILENCE, clock)
    if refusal is not None:
        raise refusal


def _stop(job_id: str, silence: Deadline) -> Effects[None]:
    """Stop a job, which may end or be deleted by itself at the same moment."""
    try:
        try:
            # The other half is for stopping it without knowing its state.
            job = yield Request("get_job", (job_id,), within=(silence.for_request() or 0.0) / 2)
        except FAILURES as error:
            if not is_transient(error):
                raise
        else:
            if str(job.State) in FINAL_STATES:
                return
        yield Request("stop_job", (job_id,), within=silence.for_request())
    except NotFoundError:
        return
    except ClientError as error:
        if error.code != "StateConflict":
            raise
