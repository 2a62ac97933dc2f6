"""Turns the executor's reports about attempts into states of instances.

An attempt counts only while it is in flight, and changes its instance only while the instance's
number is the attempt's and the instance is under way. So an event that comes late, twice or in the
wrong order finds nothing to change, and a recorded result never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from batchcompute.server.executors.interface import (
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Receipt,
)
from batchcompute.server.model import exit_codes, states
from batchcompute.server.model.clock import from_seconds
from batchcompute.server.scheduler import cluster_rows, lifecycle, notify
from batchcompute.server.scheduler.cached_rows import CachedAttempt, CachedTask, RequeuedInstance
from batchcompute.server.scheduler.observer import AttemptSummary
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.scheduler.write_batch import Result
from batchcompute.server.store.strings import storable

#: Lost attempts of one instance, after which it is given up.
MAX_LOSSES = 10

#: Seconds that an attempt takes, at the most, for more of its task to wait on its machine: what a
#: commit takes is not little compared with these.
BRIEF_SECONDS = 0.02

#: Reports about attempts.
AttemptEvent: TypeAlias = AttemptStarted | AttemptEnded | AttemptLost


def record(unit: Unit, events: Sequence[AttemptEvent], *, max_losses: int = MAX_LOSSES) -> None:
    """Record what became of attempts, in the order in which it was reported."""
    for event in events:
        match event:
            case AttemptStarted(attempt_id, started_at):
                _begin(unit, attempt_id, started_at)
            case AttemptEnded(receipt):
                _end(unit, receipt, max_losses)
            case AttemptLost(attempt_id, cause, planned):
                _lose(unit, attempt_id, storable(cause), max_losses, planned=planned)
    lifecycle.advance(unit)


def fail(
    unit: Unit, attempt: CachedAttempt, result: Result, reason: str, *, final: bool = False
) -> None:
    """Record that an attempt that goes on has failed: another one follows, or its instance failed.

    Args:
        unit: The unit of work.
        attempt: An attempt whose result counts.
        result: What the instance shows of it.
        reason: How the attempt ended, to complete "instance 3 …".
        final: No other attempt follows, whatever MaxRetryCount says.
    """
    task = _task_of(attempt)
    _fail(unit, attempt, task, result, reason, final=final)
    unit.effects.summaries.append(
        AttemptSummary("lost", result.error_code, attempt_id=attempt.attempt_id)
    )
    unit.cache.task_changed(task)


def give_back(unit: Unit, attempt: CachedAttempt) -> None:
    """Let an instance whose attempt has not begun wait for another one, which is no failure."""
    task = _task_of(attempt)
    unit.writes.lose(attempt)
    _requeue(unit, attempt, task)
    unit.cache.task_changed(task)


def _begin(unit: Unit, attempt_id: str, started_at: float) -> None:
    attempt = unit.cache.attempts.get(attempt_id)
    if attempt is None or attempt.settled or attempt.begun:
        return
    began = from_seconds(started_at)
    attempt.began_at = began
    unit.writes.begin(attempt, began)
    _began(unit, attempt, _task_of(attempt), began)


def _end(unit: Unit, receipt: Receipt, max_losses: int) -> None:
    attempt = unit.cache.attempts.get(receipt.attempt_id)
    if attempt is None:
        return
    if attempt.task is not None:
        # Said first, as what is on its machine is sorted by it.
        attempt.task.is_brief = _run_seconds(receipt) < BRIEF_SECONDS
    _release(unit, attempt)
    if attempt.settled:
        unit.effects.summaries.append(AttemptSummary("stopped", attempt_id=attempt.attempt_id))
    else:
        task = _task_of(attempt)
        if receipt.reason == "stopped":
            # We did not ask for it, or it would be settled: the executor was shut down.
            _requeue_lost(unit, attempt, task, "it was stopped with its executor", max_losses)
        elif receipt.reason == "exited" and receipt.exit_code == 0:
            _succeed(unit, attempt, task, receipt)
        else:
            # News of the start may be lost, and of a short attempt there is none.
            began = from_seconds(receipt.started_at)
            again = _fail(unit, attempt, task, _result(receipt), _reason(receipt), began=began)
            unit.effects.summaries.append(_failure(receipt, again=again))
    _sort(unit, attempt)


def _lose(unit: Unit, attempt_id: str, cause: str, max_losses: int, *, planned: bool) -> None:
    attempt = unit.cache.attempts.get(attempt_id)
    if attempt is None:
        return
    _release(unit, attempt)
    if not attempt.settled:
        _requeue_lost(unit, attempt, _task_of(attempt), cause, max_losses, planned=planned)
    _sort(unit, attempt)


def _release(unit: Unit, attempt: CachedAttempt) -> None:
    cluster_rows.release(unit, attempt)
    if attempt.cancelled:
        # A job that was started again waits until nothing of its former run is left.
        lifecycle.resume(unit, attempt.job_seq)


def _sort(unit: Unit, attempt: CachedAttempt) -> None:
    if attempt.task is not None:
        unit.cache.task_changed(attempt.task)


def _requeue_lost(
    unit: Unit,
    attempt: CachedAttempt,
    task: CachedTask,
    cause: str,
    max_losses: int,
    *,
    planned: bool = False,
) -> None:
    # If it never began, nothing was lost.
    counts = attempt.begun and not planned
    attempt.losses += counts
    if attempt.begun:
        unit.effects.summaries.append(
            AttemptSummary("lost", "AttemptLost", attempt_id=attempt.attempt_id)
        )
    if attempt.losses < max_losses or not counts:
        unit.writes.lose(attempt)
        if attempt.begun:
            message = f"The program was lost, because {cause.rstrip('.')}."
            lost = Result(unit.now, error_code="AttemptLost", error_message=message)
            unit.writes.keep(attempt, lost, _began_at(attempt))
        _requeue(unit, attempt, task)
        return
    times = attempt.losses
    message = f"The program was lost {times} times, the last time because {cause}."
    result = Result(unit.now, error_code="AttemptLost", error_message=message)
    _fail(unit, attempt, task, result, f"was lost {times} times", final=True)


def _fail(
    unit: Unit,
    attempt: CachedAttempt,
    task: CachedTask,
    result: Result,
    reason: str,
    *,
    final: bool = False,
    began: int | None = None,
) -> bool:
    """Return True if another attempt follows."""
    if not final and attempt.retries < task.max_retries:
        attempt.retries += 1
        unit.writes.keep(attempt, result, began if began is not None else _began_at(attempt))
        _write_end(unit, attempt, task, "requeue", replace(result, ended=None), began)
        _requeue(unit, attempt, task)
        return True
    _write_end(unit, attempt, task, "fail", result, began)
    _settle(unit, attempt, task, "failed")
    notify.instance_became(unit, attempt, task, states.FAILED, result.ended)
    number = attempt.retries + 1
    tries = "" if number == 1 else f" (attempt {number} of {task.max_retries + 1})"
    message = f"Task {task.name}: instance {attempt.idx} {reason}{tries}."
    lifecycle.instance_failed(unit, task, message)
    return False


def _succeed(unit: Unit, attempt: CachedAttempt, task: CachedTask, receipt: Receipt) -> None:
    result = _result(receipt)
    unit.effects.summaries.append(
        AttemptSummary("finished", run_seconds=_run_seconds(receipt), attempt_id=attempt.attempt_id)
    )
    _write_end(unit, attempt, task, "succeed", result, from_seconds(receipt.started_at))
    _settle(unit, attempt, task, "finished")
    notify.instance_became(unit, attempt, task, states.FINISHED, result.ended)
    lifecycle.instance_done(unit, task)


def _requeue(unit: Unit, attempt: CachedAttempt, task: CachedTask) -> None:
    _settle(unit, attempt, task, "waiting")
    waiting = RequeuedInstance(
        attempt.idx, attempt.number, attempt.retries, attempt.losses, attempt.started
    )
    unit.cache.requeue(task, waiting)
    notify.instance_became(unit, attempt, task, states.WAITING, None)


def _settle(unit: Unit, attempt: CachedAttempt, task: CachedTask, counter: str) -> None:
    unit.writes.count(task, **{"running" if attempt.begun else "dispatched": -1, counter: 1})
    attempt.settled = True


def _write_end(
    unit: Unit,
    attempt: CachedAttempt,
    task: CachedTask,
    event: str,
    result: Result,
    began: int | None,
) -> None:
    """Write how an attempt ended.

    One that has not begun, as far as it was told, begins on the way if `began` says when.
    """
    before = attempt.state
    if not attempt.begun and began is not None:
        _began(unit, attempt, task, began)
    unit.writes.end(attempt, before, event, result, began)


def _began(unit: Unit, attempt: CachedAttempt, task: CachedTask, began: int) -> None:
    unit.cache.begin(attempt)
    attempt.started = began if attempt.started is None else attempt.started
    unit.writes.count(task, dispatched=-1, running=1)
    lifecycle.instance_began(unit, task, began)
    notify.instance_became(unit, attempt, task, states.RUNNING, None)


def _began_at(attempt: CachedAttempt) -> int | None:
    """Return when an attempt's program began, as far as that is known."""
    if attempt.began_at is None and attempt.number == 1:
        return attempt.started
    return attempt.began_at


def _task_of(attempt: CachedAttempt) -> CachedTask:
    if attempt.task is None:
        raise LookupError(f"attempt {attempt.attempt_id} has no task")
    return attempt.task


def _result(receipt: Receipt) -> Result:
    # They quote what programs and requests said, and whatever that was must not keep the result
    # out of the database.
    return Result(
        from_seconds(receipt.ended_at),
        receipt.exit_code,
        storable(receipt.error_code),
        storable(receipt.error_message),
        storable(receipt.detail),
    )


def _failure(receipt: Receipt, *, again: bool) -> AttemptSummary:
    causes = {"exited": "exit", "timed_out": "timeout"}
    cause = causes.get(receipt.reason) or storable(receipt.error_code)
    return AttemptSummary(
        "retried" if again else "failed", cause, _run_seconds(receipt), receipt.attempt_id
    )


def _run_seconds(receipt: Receipt) -> float:
    return max(0.0, receipt.ended_at - receipt.started_at)


def _reason(receipt: Receipt) -> str:
    if receipt.reason == "timed_out":
        return "ran longer than its Timeout allows and was killed"
    if receipt.reason == "failed":
        why = storable(receipt.error_message or receipt.error_code)
        # Before its program ran, or after it, so not a word of that.
        return f"failed: {why}".rstrip(".")
    if receipt.error_code == "OutOfMemory":
        # "killed while the machine …", or "killed, as it needed more than …".
        why = receipt.error_message.removeprefix("Its program ").removeprefix("was ").rstrip(".")
        return f"exited with code {receipt.exit_code}, {storable(why)}"
    return f"exited with {exit_codes.describe(receipt.exit_code)}"
