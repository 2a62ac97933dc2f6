"""The attempts of an instance as they look on the wire."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from batchcompute.server.explain import failures
from batchcompute.server.model import states
from batchcompute.server.model.clock import to_wire
from batchcompute.server.model.errors import not_found
from batchcompute.server.rules.call import Call
from batchcompute.server.store import explain_queries, instance_queries, job_queries, task_queries
from batchcompute.server.store.attempt_queries import EarlierAttempt, find_earlier
from batchcompute.server.store.instance_queries import InstanceRecord
from batchcompute.server.store.rows import AnyRow


def get_attempts(connection: Connection, call: Call) -> dict[str, Any]:
    """Return all attempts of an instance, oldest first."""
    job = job_queries.find_job(connection, call.path["JobId"])
    if job is None or not call.caller.owns(job.account):
        raise not_found()
    task = task_queries.find_task(connection, job.seq, call.path["TaskName"])
    if task is None:
        raise not_found()
    instance = instance_queries.find_instance(connection, task, call.instance)
    if instance is None:
        raise not_found()
    earlier = find_earlier(connection, task, instance.idx)
    items = [_show_earlier(each) for each in earlier]
    # What waits, or was stopped while it waited, has no attempt besides these.
    newest = explain_queries.newest_attempt(connection, task, instance.idx)
    if newest and instance.state != states.WAITING and newest not in {e.number for e in earlier}:
        items.append(_show_newest(connection, task, instance, newest, bool(earlier)))
    return {"Items": items}


def _show_earlier(attempt: EarlierAttempt) -> dict[str, Any]:
    return {
        "Number": attempt.number,
        "State": states.FAILED,
        "MachineId": attempt.machine_id,
        "StartTime": to_wire(attempt.started),
        "EndTime": to_wire(attempt.ended),
        "ExitCode": attempt.exit_code,
        "ErrorCode": attempt.error_code,
        "Reason": failures.short_end(attempt),
    }


def _show_newest(
    connection: Connection, task: AnyRow, instance: InstanceRecord, number: int, later: bool
) -> dict[str, Any]:
    on_machine = explain_queries.in_flight(connection, task, instance.idx)
    return {
        "Number": number,
        "State": states.visible(instance.state),
        "MachineId": instance.machine_id or (on_machine.machine_id if on_machine else ""),
        # An instance says when its first attempt began.
        "StartTime": to_wire(None if later else instance.started),
        "EndTime": to_wire(instance.ended),
        "ExitCode": instance.exit_code,
        "ErrorCode": instance.error_code,
        "Reason": failures.short_end(instance) if instance.state == states.FAILED else "",
    }
