"""`poll`: the documented waiter. Its messages, its order and its stopping rule are a contract."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from batchcompute._operations import identifier
from batchcompute._patience import Patience, is_passing
from batchcompute._steps import Ask, Pause, Steps, run
from batchcompute.exceptions import (
    BatchComputeError,
    ClientError,
    NotFoundError,
    TransportError,
)

_log = logging.getLogger("batchcompute.client")

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
        client: Asks and stops; it needs `get_job` and `stop_job`.
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
    deadline = clock() + timeout
    states: dict[str, str] = dict.fromkeys(ids, "")
    patience = {job_id: Patience(clock) for job_id in ids}
    while True:
        for job_id in ids:
            states[job_id] = yield from _state(job_id, states[job_id], patience[job_id])
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
        yield Pause(min(interval, left))
    if stop_others:
        yield from _stop_all([id_ for id_ in ids if states[id_] not in FINAL_STATES], errors)
    return errors


def ids_of(job_ids: Any) -> list[str]:
    """Return the ids of one job or of several, each once.

    Raises:
        TypeError: There is something else among them.
    """
    if isinstance(job_ids, str | bytes) or hasattr(job_ids, "Id") or hasattr(job_ids, "keys"):
        return [identifier(job_ids, "job_ids")]
    several = job_ids
    if not isinstance(job_ids, Iterable):
        raise TypeError(f"{type(several).__name__} is no id and no list of ids")
    return list(dict.fromkeys(identifier(job_id, "job_ids") for job_id in several))


def _state(job_id: str, last: str, patience: Patience) -> Steps[str]:
    """Return a job's state; after a failure that may pass, it is what it was."""
    try:
        job = yield Ask("get_job", (job_id,))
    except (ClientError, TransportError) as error:
        patience.failed(error)
        return last
    patience.heard()
    return str(job.State)


def _stop_all(ids: Sequence[str], errors: Sequence[str]) -> Steps[None]:
    """Stop jobs, each whatever becomes of the others.

    Args:
        ids: The jobs.
        errors: What `poll` has found out; a refusal must not hide it.

    Raises:
        BatchComputeError: The first refusal, once all jobs have had their turn.
    """
    refusal: BatchComputeError | None = None
    for job_id in ids:
        try:
            yield from _stop(job_id)
        except BatchComputeError as error:
            _log.error("could not stop job %s: %s", job_id, error)
            if refusal is None and not is_passing(error):
                refusal = error
                error.add_note(" ".join((f"Job {job_id} was not stopped.", *errors)))
    if refusal is not None:
        raise refusal


def _stop(job_id: str) -> Steps[None]:
    """Stop a job that may end, or be deleted, at the same moment by itself."""
    try:
        try:
            job = yield Ask("get_job", (job_id,))
        except (ClientError, TransportError) as error:
            if not is_passing(error):
                raise
        else:
            if str(job.State) in FINAL_STATES:
                return
        yield Ask("stop_job", (job_id,))
    except NotFoundError:
        return
    except ClientError as error:
        if error.code != "StateConflict":
            raise
