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
from batchcompute.server.store.tables import instances, machines, tasks

#: Lost attempts of one instance, after which it is given up.
MAX_LOSSES = 10


def begin(unit: Unit, attempt_id: str, started_at: float) -> None:
    """The program of an attempt runs or is about to."""
    machine = _machine(unit, attempt_id)
    if machine is not None and not machine.doomed:
        _begin(unit, machine, from_seconds(started_at))


def end(unit: Unit, receipt: Receipt, *, max_losses: int = MAX_LOSSES) -> None:
    """An attempt ended and said how."""
    machine = _machine(unit, receipt.attempt_id)
    if machine is None:
        return
    _release(unit, machine)
    if machine.doomed:
        return
    receipt = _storable(receipt)
    if receipt.reason == "stopped":
        # We did not ask for it, or the machine would be doomed: the executor was shut down.
        _lose(unit, machine, "it was stopped with its executor", max_losses)
        return
    # News of the start may be lost, and of a short attempt there is none; the receipt proves it.
    began = from_seconds(receipt.started_at)
    if receipt.reason == "exited" and receipt.exit_code == 0:
        _succeed(unit, machine, receipt, began)
    else:
        fail(unit, machine, _result(receipt), _reason(receipt), began=began)


def lose(unit: Unit, attempt_id: str, cause: str, *, max_losses: int = MAX_LOSSES) -> None:
    """An attempt is gone without a result and cannot produce one any more."""
    machine = _machine(unit, attempt_id)
    if machine is None:
        return
    _release(unit, machine)
    if not machine.doomed:
        _lose(unit, machine, storable(cause), max_losses)


def fail(
    unit: Unit,
    machine: AnyRow,
    result: dict[str, Any],
    reason: str,
    *,
    final: bool = False,
    began: int | None = None,
) -> None:
    """Record a failed attempt: another one follows, or the instance has failed.

    Args:
        unit: The unit of work.
        machine: The row of the machine with the attempt on it.
        result: Columns of the instance that show the result.
        reason: How the attempt ended, to complete "instance 3 …".
        final: No other attempt follows, whatever MaxRetryCount says.
        began: When the attempt began, if that is known; the instance may not have been told.
    """
    instance = _current(unit, machine)
    if instance is None:
        return
    again = not final and instance.retries < instance.max_retries
    if again:
        values = {**result, "retries": instance.retries + 1, "ended": None}
        _requeue(unit, machine, instance, values, began)
        return
    values = {"ended": unit.now, **result}
    task = _move(unit, machine, instance, "fail", "failed", values, began)
    attempts = instance.retries + 1
    tries = "" if attempts == 1 else f" (attempt {attempts} of {instance.max_retries + 1})"
    message = f"Task {instance.name}: instance {machine.idx} {reason}{tries}."
    lifecycle.instance_failed(unit, task, message)


# The statements of every instance's way are made once: putting one together costs more than
# running it.
_INSTANCE = (
    instances.c.job_seq == bindparam("of_job"),
    instances.c.task_pos == bindparam("of_task"),
    instances.c.idx == bindparam("of_index"),
)
_CURRENT = (*_INSTANCE, instances.c.number == bindparam("of_number"))

_FIND_MACHINE = select(machines).where(machines.c.attempt_id == bindparam("attempt"))
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


def _machine(unit: Unit, attempt_id: str) -> AnyRow | None:
    return unit.connection.execute(_FIND_MACHINE, {"attempt": attempt_id}).one_or_none()


def _release(unit: Unit, machine: AnyRow) -> None:
    fleet.release(unit, machine)
    if machine.doomed:
        # A job that was started again waits until nothing of its former run is left.
        lifecycle.resume(unit, machine.job_seq)


def _current(unit: Unit, machine: AnyRow) -> AnyRow | None:
    """Return the instance if this attempt is its current one and still under way."""
    return unit.connection.execute(_FIND_CURRENT, _key(machine)).one_or_none()


def _key(machine: AnyRow) -> dict[str, Any]:
    return {
        "of_job": machine.job_seq,
        "of_task": machine.task_pos,
        "of_index": machine.idx,
        "of_number": machine.number,
    }


def _begin(unit: Unit, machine: AnyRow, started: int) -> None:
    changed = unit.connection.execute(_BEGIN, {**_key(machine), "began": started})
    if changed.rowcount:
        task = lifecycle.count(unit, machine.job_seq, machine.task_pos, dispatched=-1, running=1)
        _began(unit, machine, task, started)


def _began(unit: Unit, machine: AnyRow, task: AnyRow, started: int) -> None:
    lifecycle.instance_began(unit, task, started)
    _tell(unit, machine, task, states.RUNNING)


def _succeed(unit: Unit, machine: AnyRow, receipt: Receipt, began: int) -> None:
    instance = _current(unit, machine)
    if instance is not None:
        task = _move(unit, machine, instance, "succeed", "finished", _result(receipt), began)
        lifecycle.instance_done(unit, task)


def _lose(unit: Unit, machine: AnyRow, cause: str, max_losses: int) -> None:
    instance = _current(unit, machine)
    if instance is None:
        return
    if instance.state == states.DISPATCHED:
        # It never began, so nothing was lost.
        _requeue(unit, machine, instance, {})
        return
    losses = instance.losses + 1
    if losses < max_losses:
        _requeue(unit, machine, instance, {"losses": losses})
        return
    result = {
        "losses": losses,
        "error_code": "AttemptLost",
        "error_message": f"The program was lost {losses} times, the last time because {cause}.",
    }
    fail(unit, machine, result, f"was lost {losses} times", final=True)


def _requeue(
    unit: Unit,
    machine: AnyRow,
    instance: AnyRow,
    values: dict[str, Any],
    began: int | None = None,
) -> None:
    _move(unit, machine, instance, "requeue", "waiting", values, began)
    if instance.cluster_seq is not None:
        unit.effects.claimable.add(instance.cluster_seq)


def _move(
    unit: Unit,
    machine: AnyRow,
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
    parameters = {**_key(machine), "state": target, **values}
    del parameters["of_number"]
    source = "dispatched" if instance.state == states.DISPATCHED else "running"
    if instance.state != states.DISPATCHED:
        began = None
    if began is not None:
        unit.connection.execute(_MOVE_BEGUN, {**parameters, "began": began})
    else:
        unit.connection.execute(_MOVE, parameters)
    task = lifecycle.count(unit, machine.job_seq, machine.task_pos, **{source: -1, counter: 1})
    if began is not None:
        _began(unit, machine, task, began)
    _tell(unit, machine, task, target)
    return task


def _tell(unit: Unit, machine: AnyRow, task: AnyRow, state: str) -> None:
    if task.topic:
        number = notifications.Numbers((machine.idx,), 1)
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
