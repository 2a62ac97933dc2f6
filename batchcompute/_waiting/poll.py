"""`poll`: the documented waiter. Its messages, its order and its stopping rule are a contract."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from batchcompute._operations.arguments import identifier
from batchcompute._waiting.autorelease import Releases
from batchcompute._waiting.deadline import Deadline
from batchcompute._waiting.driver import Ask, Pause, Steps, run
from batchcompute._waiting.transient_errors import Patience, is_passing
from batchcompute.exceptions import (
    BatchComputeError,
    ClientError,
    NotFoundError,
    TransportError,
)

_log = logging.getLogger("batchcompute.client")

#: Seconds without an answer after which no further job is stopped.
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
        client: Asks and stops: a `Client`.
        job_ids: One id, or several; objects with an Id count as ids.
        timeout: Seconds to wait at the most.
        interval: Seconds between two rounds of questions.
        stop_others: Whether jobs that have not ended by then are stopped.
        clock: Monotonic seconds.
        sleep: Waits for a number of seconds.

    Returns:
        One sentence per failed or stopped job, or one about the time; nothing if all went well.

    Raises:
        ClientError: The service refused a question, other than in passing.
    """
    return run(poll_steps(job_ids, timeout, interval, stop_others, clock), client, sleep)


def poll_steps(
    job_ids: object,
    timeout: float,
    interval: float,
    stop_others: bool,
    clock: Callable[[], float] = time.monotonic,
) -> Steps[list[str]]:
    """Say step by step how to wait until all jobs have ended, one has failed, or time is over.

    Args:
        job_ids: One id, or several; objects with an Id count as ids.
        timeout: Seconds to wait at the most.
        interval: Seconds between two rounds of questions.
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
    patience = {job_id: Patience(clock) for job_id in ids}
    releases = Releases()
    while True:
        deadline.begin_round()
        for job_id in ids:
            if not deadline.is_round_over():
                state = yield from _state(job_id, patience[job_id], deadline, releases)
                states[job_id] = state or states[job_id]
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
        yield Pause(interval if left is None else min(interval, left))
    if stop_others:
        going = [job_id for job_id in ids if states[job_id] not in FINAL_STATES]
        yield from _stop_all(going, errors, clock)
    return errors


def ids_of(job_ids: Any) -> list[str]:
    """Return the ids of one job or of several, each once.

    Raises:
        TypeError: There is something else among them.
    """
    if isinstance(job_ids, str | bytes) or hasattr(job_ids, "Id") or hasattr(job_ids, "keys"):
        return [identifier(job_ids, "job_ids", "Id")]
    several = job_ids
    if not isinstance(job_ids, Iterable):
        raise TypeError(f"{type(several).__name__} is no id and no list of ids")
    return list(dict.fromkeys(identifier(job_id, "job_ids", "Id") for job_id in several))


def _state(job_id: str, patience: Patience, deadline: Deadline, releases: Releases) -> Steps[str]:
    """Return a job's state; "" after a failure that may pass."""
    try:
        job = yield Ask("get_job", (job_id,), within=deadline.for_request())
    except NotFoundError as error:
        if releases.explain(job_id, error):
            return "Finished"
        raise
    except (ClientError, TransportError) as error:
        patience.failed(error)
        return ""
    patience.heard()
    state = str(job.State)
    releases.see(job_id, job)
    if state not in FINAL_STATES and releases.is_open(job_id) and not deadline.is_round_over():
        yield from releases.learn(job_id, deadline)
    return state


def _stop_all(ids: Sequence[str], errors: Sequence[str], clock: Callable[[], float]) -> Steps[None]:
    """Stop jobs, each whatever becomes of the others.

    Args:
        ids: The jobs.
        errors: What `poll` has found out; a refusal must not hide it.
        clock: Monotonic seconds.

    Raises:
        BatchComputeError: The first refusal, once all jobs have had their turn.
    """
    refusal: BatchComputeError | None = None
    # By now the time of the wait may be over, so silence has a limit of its own.
    silence = Deadline(_SILENCE, clock)
    for number, job_id in enumerate(ids):
        if silence.is_round_over():
            _log.error("no answer, so these jobs were not stopped: %s", ", ".join(ids[number:]))
            break
        try:
            yield from _stop(job_id, silence)
        except BatchComputeError as error:
            _log.error("could not stop job %s: %s", job_id, error)
            if is_passing(error):
                continue
            if refusal is None:
                refusal = error
                error.add_note(" ".join((f"Job {job_id} was not stopped.", *errors)))
        silence = Deadline(_SILENCE, clock)
    if refusal is not None:
        raise refusal


def _stop(job_id: str, silence: Deadline) -> Steps[None]:
    """Stop a job that may end, or be deleted, at the same moment by itself."""
    try:
        try:
            # The other half is for stopping it unasked.
            job = yield Ask("get_job", (job_id,), within=(silence.for_request() or 0.0) / 2)
        except (ClientError, TransportError) as error:
            if not is_passing(error):
                raise
        else:
            if str(job.State) in FINAL_STATES:
                return
        yield Ask("stop_job", (job_id,), within=silence.for_request())
    except NotFoundError:
        return
    except ClientError as error:
        if error.code != "StateConflict":
            raise
