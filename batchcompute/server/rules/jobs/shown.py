"""How jobs, tasks and instances look on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from batchcompute.server.model import states
from batchcompute.server.model.clock import to_wire
from batchcompute.server.model.plan import TaskPlan
from batchcompute.server.store.instance_queries import InstanceRecord
from batchcompute.server.store.rows import AnyRow

#: A dictionary, for a name that is put together costs more than one that is looked up.
_METRIC = {state: f"{state}Count" for state in states.VISIBLE}


def show_job(job: AnyRow, counts: Sequence[AnyRow]) -> dict[str, Any]:
    """Show a job.

    Args:
        job: Its row.
        counts: Its tasks and instances counted, per state of tasks.
    """
    by_state: dict[str, int] = dict.fromkeys(states.VISIBLE, 0)
    instances: dict[str, int] = dict.fromkeys(states.VISIBLE, 0)
    for row in counts:
        by_state[row.task_state] += row.tasks
        for state, count in _instance_counts(row):
            instances[state] += int(count)
    return {
        "Id": job.id,
        "Name": job.name,
        "OwnerId": job.account,
        "State": job.state,
        "Message": job.message,
        "CreationTime": to_wire(job.created),
        "StartTime": to_wire(job.started),
        "EndTime": to_wire(job.ended),
        "Priority": job.priority,
        "TaskMetrics": _metrics(by_state.items()),
        "InstanceMetrics": _metrics(instances.items()),
    }


def show_task(task: AnyRow) -> dict[str, Any]:
    """Show a task."""
    return {
        "TaskName": task.name,
        "State": task.state,
        "StartTime": to_wire(task.started),
        "EndTime": to_wire(task.ended),
        "InstanceMetrics": _metrics(_instance_counts(task)),
    }


def show_instance(job_id: str, plan: TaskPlan, instance: InstanceRecord) -> dict[str, Any]:
    """Show an instance of a task."""
    shown: dict[str, Any] = {
        "InstanceId": instance.idx,
        "State": states.visible(instance.state),
        "StartTime": to_wire(instance.started),
        "EndTime": to_wire(instance.ended),
        "RetryCount": instance.retries,
        # Empty until it has a machine, as a list has it for every instance.
        "NodeIp": instance.node_ip,
        "Progress": 100 if instance.state == states.FINISHED else 0,
        "StdoutRedirectPath": plan.object_name("stdout", job_id, instance.idx),
        "StderrRedirectPath": plan.object_name("stderr", job_id, instance.idx),
        "Result": {
            "ExitCode": instance.exit_code,
            "ErrorCode": instance.error_code,
            "ErrorMessage": instance.error_message,
            "Detail": instance.detail,
        },
    }
    if plan.app_outputs is not None:
        shown["Outputs"] = dict(plan.app_outputs)
        shown["Error"] = _show_error(instance)
    return shown


def _show_error(instance: InstanceRecord) -> dict[str, str]:
    code, message = instance.error_code, instance.error_message
    if instance.state == states.FAILED and not code:
        code = "ProgramFailed"
        message = message or f"The program exited with code {instance.exit_code}."
    return {"Code": code, "Message": message}


def _instance_counts(row: AnyRow) -> tuple[tuple[str, int], ...]:
    """Return the states that callers see, and how many instances are in each."""
    return (
        (states.WAITING, row.waiting + row.dispatched),
        (states.RUNNING, row.running),
        (states.FINISHED, row.finished),
        (states.FAILED, row.failed),
        (states.STOPPED, row.stopped),
    )


def _metrics(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    return {_METRIC[state]: count for state, count in counts}
