"""Implement `wait_jobs` and `wait_cluster` as generators of effects that the clients perform."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from batchcompute._operations.arguments import identifier
from batchcompute._waiting.counts import vms
from batchcompute._waiting.deadline import Deadline
from batchcompute._waiting.driver import Effects, Notify, Request, Sleep
from batchcompute._waiting.poll import ids_of
from batchcompute._waiting.poller import JobPoller, has_ended
from batchcompute._waiting.progress import Display, show
from batchcompute._waiting.transient_errors import FAILURES, Failure, TransientErrorPolicy
from batchcompute.exceptions import StateConflictError, WaitTimeoutError

if TYPE_CHECKING:
    from batchcompute._generated.api import models
    from batchcompute._http.response import Response

_log = logging.getLogger("batchcompute.client")

#: Seconds between the first two polls, and at the most.
_FIRST_INTERVAL = 0.2
_LONGEST_INTERVAL = 10.0
#: Seconds until an urgent poll: the shortest jobs end within some hundredths.
_URGENT_INTERVAL = 0.005
_GROWTH = 1.5
#: Part of an interval that is random, so that many waiters do not poll in step.
_JITTER = 0.2


class _Backoff:
    """Times the polls: soon after a change, more and more rarely without one."""

    def __init__(
        self, deadline: Deadline, clock: Callable[[], float], chance: Callable[[], float]
    ) -> None:
        self._deadline = deadline
        self._chance = chance
        self._interval = _FIRST_INTERVAL
        self._retry_after = 0.0
        self._policy = TransientErrorPolicy(clock)

    def succeeded(self, changed: bool) -> None:
        """Note that a poll succeeded, and whether anything was new."""
        self._policy.succeeded()
        factor = 1 / _GROWTH**2 if changed else _GROWTH
        self._interval = min(_LONGEST_INTERVAL, max(_FIRST_INTERVAL, self._interval * factor))

    def failed(self, error: Failure) -> None:
        """Note that a poll failed; raise the failure if it is final."""
        self._retry_after = self._policy.failed(error)
        self._interval = min(_LONGEST_INTERVAL, self._interval * _GROWTH)

    def pause(self, urgent: bool = False) -> float | None:
        """Return the seconds until the next poll; None after the deadline."""
        interval = _URGENT_INTERVAL if urgent else self._interval
        seconds = interval * (1 - _JITTER + 2 * _JITTER * self._chance())
        seconds, self._retry_after = max(seconds, self._retry_after), 0.0
        left = self._deadline.left()
        if left is None:
            return seconds
        return min(seconds, left) if left > 0 else None


def wait_jobs(
    job_ids: object,
    timeout: float | None,
    on_change: Callable[[Any], Any] | None,
    progress: bool,
    clock: Callable[[], float] = time.monotonic,
    chance: Callable[[], float] = random.random,
) -> Effects[list[models.Job]]:
    """Yield the effects of waiting until all jobs have ended.

    Args:
        job_ids: One job, or several.
        timeout: Seconds to wait at the most, or None.
        on_change: Called with each job whose state or counts have changed.
        progress: Whether to show it on the terminal.
        clock: Monotonic seconds.
        chance: A random number from 0 to 1.

    Returns:
        The jobs in the order given.

    Raises:
        WaitTimeoutError: Time is over.
        ClientError: The service refused.
        JsonError: No response was JSON for ten minutes.
        TransportError: There was no response for ten minutes.
    """
    ids = ids_of(job_ids)
    last: dict[str, Any] = dict.fromkeys(ids)
    deadline = Deadline(timeout, clock)
    backoff = _Backoff(deadline, clock, chance)
    poller = JobPoller(deadline)
    display = show(ids) if progress else None
    try:
        while True:
            failure: Failure | None = None
            try:
                yield from poller.poll(_going(last))
            except FAILURES as error:
                failure = error
            changed = False
            for id_, job in poller.found.items():
                if last[id_] is not None and _counts(last[id_]) == _counts(job):
                    continue
                last[id_] = job
                changed = True
                if display is not None:
                    display.update(id_, job)
                if on_change is not None:
                    yield Notify(on_change, job)
            if failure is not None:
                backoff.failed(failure)
            elif poller.found:
                backoff.succeeded(changed)
            going = _going(last)
            if not going:
                return [last[id_] for id_ in ids]
            pause = backoff.pause(poller.is_urgent)
            if pause is None:
                raise WaitTimeoutError(
                    f"{_these(going)} did not end within {timeout} seconds", dict(last)
                ) from failure
            yield Sleep(pause)
    except BaseException as error:
        if not isinstance(error, Exception):
            these = _these(_going(last))
            _note_interruption(error, f"waiting was interrupted; {these} still going on", display)
        raise
    finally:
        if display is not None:
            display.close()


def wait_cluster(
    cluster: object,
    timeout: float | None,
    on_change: Callable[[Any], Any] | None,
    progress: bool,
    clock: Callable[[], float] = time.monotonic,
    chance: Callable[[], float] = random.random,
) -> Effects[models.Cluster]:
    """Yield the effects of waiting until all wanted VMs of a cluster run.

    Args:
        cluster: The cluster.
        timeout: Seconds to wait at the most, or None.
        on_change: Called with the cluster when its state or counts have changed.
        progress: Whether to show it on the terminal.
        clock: Monotonic seconds.
        chance: A random number from 0 to 1.

    Returns:
        The cluster.

    Raises:
        WaitTimeoutError: Time is over.
        StateConflictError: The cluster is being deleted.
        ClientError: The service refused.
        JsonError: No response was JSON for ten minutes.
        TransportError: There was no response for ten minutes.
    """
    id_ = identifier(cluster, "cluster", "Id")
    last: Any = None
    deadline = Deadline(timeout, clock)
    backoff = _Backoff(deadline, clock, chance)
    display = show([id_]) if progress else None
    try:
        while True:
            deadline.begin_round()
            try:
                got = yield Request("get_cluster", (id_,), within=deadline.for_request())
            except FAILURES as error:
                backoff.failed(error)
            else:
                changed = last is None or _vms(last) != _vms(got)
                last = got
                backoff.succeeded(changed)
                if changed and display is not None:
                    display.update(id_, got)
                if changed and on_change is not None:
                    yield Notify(on_change, got)
                state, wanted, running = _vms(got)
                if state == "Deleting":
                    raise _deleting(id_, got.raw)
                if state == "Active" and running >= wanted:
                    ready: models.Cluster = got
                    return ready
            pause = backoff.pause()
            if pause is None:
                raise WaitTimeoutError(
                    f"the VMs of {id_} did not all run within {timeout} seconds", {id_: last}
                )
            yield Sleep(pause)
    except BaseException as error:
        if not isinstance(error, Exception):
            _note_interruption(error, f"waiting was interrupted; {id_} stays", display)
        raise
    finally:
        if display is not None:
            display.close()


def _going(last: Mapping[str, Any]) -> list[str]:
    """Return the jobs that have not ended, as far as is known."""
    return [id_ for id_, job in last.items() if job is None or not has_ended(job)]


def _counts(job: Any) -> tuple[Any, ...]:
    return job.State, _plain(job.InstanceMetrics), _plain(job.TaskMetrics)


def _plain(metrics: Any) -> Any:
    return dict(cast("Mapping[str, Any]", metrics)) if isinstance(metrics, Mapping) else metrics


def _deleting(id_: str, response: Response) -> StateConflictError:
    """Return the error for a cluster that will never be ready.

    The service did not refuse anything: status and headers are those of the response that says so.
    """
    return StateConflictError(
        response.status,
        "",
        response.request_id,
        f"{id_} is being deleted",
        response.operation,
        response.content,
        dict(response.headers),
    )


def _vms(cluster: Any) -> tuple[str, int, int]:
    """Return a cluster's state, and how many VMs are wanted and run."""
    return str(cluster.State), *vms(cluster)


def _these(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:3])
    return f"{shown} and {len(ids) - 3} more jobs" if len(ids) > 3 else shown


def _note_interruption(error: BaseException, text: str, display: Display | None) -> None:
    error.add_note(text)
    _log.warning("%s", text)
    if display is not None:
        display.close(text)
