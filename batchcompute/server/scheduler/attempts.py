"""What the executor reports about attempts, turned into states of instances.

An attempt counts only while it stands in a machine's row, and changes its instance only while the
instance's number is the attempt's and the instance is under way. So an event that comes late,
twice or in the wrong order finds nothing to change, and a recorded result never changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import and_, bindparam, func, select, update

from batchcompute.server.executors.interface import Receipt
from batchcompute.server.model import states
from batchcompute.server.model.clock import from_seconds
from batchcompute.server.scheduler import lifecycle, notifications
from batchcompute.server.scheduler import machines as fleet
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.strings import storable
from batchcompute.server.store.tables import attempts, instances, machines, tasks

#: Lost attempts of one instance, after which it is given up.
MAX_LOSSES = 10


def begin(unit: Unit, attempt_id: str, started_at: float) -> None:
    """The program of an attempt runs or is about to."""
    attempt = _find(unit, attempt_id)
    if attempt is not None and not attempt.cancelled:
        _begin(unit, attempt, from_seconds(started_at))


def end(unit: Unit, receipt: Receipt, *, max_losses: int = MAX_LOSSES) -> None:
    """An attempt ended and said how."""
    attempt = _find(unit, receipt.attempt_id)
    if attempt is None:
        return
    _release(unit, attempt)
    if attempt.cancelled:
        return
    receipt = _storable(receipt)
    if receipt.reason == "stopped":
        # We did not ask for it, or the attempt would be doomed: the executor was shut down.
        _lose(unit, attempt, "it was stopped with its executor", max_losses)
        return
    # News of the start may be lost, and of a short attempt there is none; the receipt proves it.
    began = from_seconds(receipt.started_at)
    if receipt.reason == "exited" and receipt.exit_code == 0:
        _succeed(unit, attempt, receipt, began)
    else:
        fail(unit, attempt, _result(receipt), _reason(receipt), began=began)


def lose(unit: Unit, attempt_id: str, cause: str, *, max_losses: int = MAX_LOSSES) -> None:
    """An attempt is gone without a result and cannot produce one any more."""
    attempt = _find(unit, attempt_id)
    if attempt is None:
        return
    _release(unit, attempt)
    if not attempt.cancelled:
        _lose(unit, attempt, storable(cause), max_losses)


def fail(
    unit: Unit,
    attempt: AnyRow,
    result: dict[str, Any],
    reason: str,
    *,
    final: bool = False,
    began: int | None = None,
) -> None:
    """Record a failed attempt: another one follows, or the instance has failed.

    Args:
        unit: The unit of work.
        attempt: The row of the attempt with the attempt on it.
        result: Columns of the instance that show the result.
        reason: How the attempt ended, to complete "instance 3 …".
        final: No other attempt follows, whatever MaxRetryCount says.
        began: When the attempt began, if that is known; the instance may not have been told.
    """
    instance = _current(unit, attempt)
    if instance is None:
        return
    again = not final and instance.retries < instance.max_retries
    if again:
        values = {**result, "retries": instance.retries + 1, "ended": None}
        _requeue(unit, attempt, instance, values, began)
        return
    values = {"ended": unit.now, **result}
    task = _move(unit, attempt, instance, "fail", "failed", values, began)
    number = instance.retries + 1
    tries = "" if number == 1 else f" (attempt {number} of {instance.max_retries + 1})"
    message = f"Task {instance.name}: instance {attempt.idx} {reason}{tries}."
    lifecycle.instance_failed(unit, task, message)


# The statements of every instance's way are made once: putting one together costs more than
# running it.
_INSTANCE = (
    instances.c.job_seq == bindparam("of_job"),
    instances.c.task_pos == bindparam("of_task"),
    instances.c.idx == bindparam("of_index"),
)
_CURRENT = (*_INSTANCE, instances.c.number == bindparam("of_number"))

_FIND_ATTEMPT = (
    select(attempts, machines.c.cluster_seq, machines.c.left)
    .join(machines, machines.c.seq == attempts.c.machine_seq)
    .where(attempts.c.attempt_id == bindparam("attempt"))
)
_FIND_CURRENT = (
    select(
        instances.c.state,
        instances.c.retries,
        instances.c.losses,
        tasks.c.name,
        tasks.c.max_retries,
        tasks.c.cluster_seq,
    )
    .join(
        tasks,
        and_(tasks.c.job_seq == instances.c.job_seq, tasks.c.pos == instances.c.task_pos),
    )
    .where(*_CURRENT, instances.c.state.in_((states.DISPATCHED, states.RUNNING)))
)
_BEGIN = (
    update(instances)
    .where(*_CURRENT, instances.c.state == states.DISPATCHED)
    .values(
        state=states.INSTANCE.after(states.DISPATCHED, "begin"),
        started=func.coalesce(instances.c.started, bindparam("began")),
    )
)
_MOVE = update(instances).where(*_INSTANCE)
_MOVE_BEGUN = _MOVE.values(started=func.coalesce(instances.c.started, bindparam("began")))


def _find(unit: Unit, attempt_id: str) -> AnyRow | None:
    return unit.connection.execute(_FIND_ATTEMPT, {"attempt": attempt_id}).one_or_none()


def _release(unit: Unit, attempt: AnyRow) -> None:
    fleet.release(unit, attempt)
    if attempt.cancelled:
        # A job that was started again waits until nothing of its former run is left.
        lifecycle.resume(unit, attempt.job_seq)


def _current(unit: Unit, attempt: AnyRow) -> AnyRow | None:
    """Return the instance if this attempt is its current one and still under way."""
    return unit.connection.execute(_FIND_CURRENT, _key(attempt)).one_or_none()


def _key(attempt: AnyRow) -> dict[str, Any]:
    return {
        "of_job": attempt.job_seq,
        "of_task": attempt.task_pos,
        "of_index": attempt.idx,
        "of_number": attempt.number,
    }


def _begin(unit: Unit, attempt: AnyRow, started: int) -> None:
    changed = unit.connection.execute(_BEGIN, {**_key(attempt), "began": started})
    if changed.rowcount:
        task = lifecycle.count(unit, attempt.job_seq, attempt.task_pos, dispatched=-1, running=1)
        _began(unit, attempt, task, started)


def _began(unit: Unit, attempt: AnyRow, task: AnyRow, started: int) -> None:
    lifecycle.instance_began(unit, task, started)
    _tell(unit, attempt, task, states.RUNNING)


def _succeed(unit: Unit, attempt: AnyRow, receipt: Receipt, began: int) -> None:
    instance = _current(unit, attempt)
    if instance is not None:
        task = _move(unit, attempt, instance, "succeed", "finished", _result(receipt), began)
        lifecycle.instance_done(unit, task)


def _lose(unit: Unit, attempt: AnyRow, cause: str, max_losses: int) -> None:
    instance = _current(unit, attempt)
    if instance is None:
        return
    if instance.state == states.DISPATCHED:
        # It never began, so nothing was lost.
        _requeue(unit, attempt, instance, {})
        return
    losses = instance.losses + 1
    if losses < max_losses:
        _requeue(unit, attempt, instance, {"losses": losses})
        return
    result = {
        "losses": losses,
        "error_code": "AttemptLost",
        "error_message": f"The program was lost {losses} times, the last time because {cause}.",
    }
    fail(unit, attempt, result, f"was lost {losses} times", final=True)


def _requeue(
    unit: Unit,
    attempt: AnyRow,
    instance: AnyRow,
    values: dict[str, Any],
    began: int | None = None,
) -> None:
    _move(unit, attempt, instance, "requeue", "waiting", values, began)
    if instance.cluster_seq is not None:
        unit.effects.claimable.add(instance.cluster_seq)


def _move(
    unit: Unit,
    attempt: AnyRow,
    instance: AnyRow,
    event: str,
    counter: str,
    values: dict[str, Any],
    began: int | None = None,
) -> AnyRow:
    """Change an instance's state and its task's counters together; return the task's.

    One that has not begun, as far as it was told, begins on the way if `began` says when.
    """
    target = states.INSTANCE.after(instance.state, event)
    # With the values as parameters and not as part of the statement, it is compiled once.
    parameters = {**_key(attempt), "state": target, **values}
    del parameters["of_number"]
    source = "dispatched" if instance.state == states.DISPATCHED else "running"
    if instance.state != states.DISPATCHED:
        began = None
    if began is not None:
        unit.connection.execute(_MOVE_BEGUN, {**parameters, "began": began})
    else:
        unit.connection.execute(_MOVE, parameters)
    task = lifecycle.count(unit, attempt.job_seq, attempt.task_pos, **{source: -1, counter: 1})
    if began is not None:
        _began(unit, attempt, task, began)
    _tell(unit, attempt, task, target)
    return task


def _tell(unit: Unit, attempt: AnyRow, task: AnyRow, state: str) -> None:
    if task.topic:
        number = notifications.Numbers((attempt.idx,), 1)
        notifications.instances_became(unit, task.job_seq, task.pos, task.topic, state, number)


def _storable(receipt: Receipt) -> Receipt:
    # They quote what programs and requests said, and whatever that was must not keep the result
    # out of the database.
    return replace(
        receipt,
        error_code=storable(receipt.error_code),
        error_message=storable(receipt.error_message),
        detail=storable(receipt.detail),
    )


def _result(receipt: Receipt) -> dict[str, Any]:
    return {
        "ended": from_seconds(receipt.ended_at),
        "exit_code": receipt.exit_code,
        "error_code": receipt.error_code,
        "error_message": receipt.error_message,
        "detail": receipt.detail,
    }


def _reason(receipt: Receipt) -> str:
    if receipt.reason == "timed_out":
        return "ran longer than its Timeout allows and was killed"
    if receipt.reason == "failed":
        why = receipt.error_message or receipt.error_code
        # Before its program ran, or after it, so not a word of that.
        return f"failed: {why}".rstrip(".")
    return f"exited with code {receipt.exit_code}"
