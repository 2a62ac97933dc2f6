"""Reading the instances of a task, a page at a time.

Of the states, few instances of a task are in flight, and `attempts` names them; those that failed,
were stopped or wait once more have indexes; and what is left has finished.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select, text

from batchcompute.server.model import states
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import FAILED, REQUEUED, STOPPED, attempts, instances


@dataclass(frozen=True, slots=True)
class InstanceRecord:
    """An instance, with a row of its own or in its task's tail."""

    idx: int
    state: str
    started: int | None = None
    ended: int | None = None
    retries: int = 0
    exit_code: int = 0
    error_code: str = ""
    error_message: str = ""
    detail: str = ""
    node_ip: str = ""
    machine_id: str | None = None


_OF_TASK = (
    select(*(instances.c[name] for name in InstanceRecord.__dataclass_fields__))
    .where(instances.c.job_seq == bindparam("of_job"), instances.c.task_pos == bindparam("of_task"))
    .order_by(instances.c.idx)
    .limit(bindparam("most"))
)
_INSTANCES = _OF_TASK.where(instances.c.idx >= bindparam("first"))
_IN_FLIGHT = _OF_TASK.where(
    instances.c.idx.in_(
        select(attempts.c.idx).where(
            attempts.c.job_seq == bindparam("of_job"),
            attempts.c.task_pos == bindparam("of_task"),
            attempts.c.idx >= bindparam("first"),
        )
    )
)


def _is(state: str) -> ColumnElement[bool]:
    # As a constant: one plan for each state.
    return instances.c.state == text(f"'{state}'")


def _by(index: str, condition: ColumnElement[bool]) -> Select[Any]:
    # Without being told, SQLite takes the primary key for as good, and walks through the task.
    query = _INSTANCES.where(condition)
    return query.with_hint(instances, f"INDEXED BY {index}", "sqlite")


#: The questions that find all instances with rows which are shown in a state.
_IN_STATE: Mapping[str, tuple[Select[Any], ...]] = {
    states.WAITING: (
        _by("instances_requeued", REQUEUED),
        _IN_FLIGHT.where(_is(states.DISPATCHED)),
    ),
    states.RUNNING: (_IN_FLIGHT.where(_is(states.RUNNING)),),
    states.FINISHED: (_INSTANCES.where(_is(states.FINISHED)),),
    states.FAILED: (_by("instances_failed", FAILED),),
    states.STOPPED: (_by("instances_stopped", STOPPED),),
}


def find_instance(connection: Connection, task: AnyRow, index: int) -> InstanceRecord | None:
    """Return an instance of a task, or None if the number is too large."""
    found = list_instances(connection, task, start=index, limit=1)
    return found[0] if found and found[0].idx == index else None


def list_instances(
    connection: Connection, task: AnyRow, *, start: int, limit: int, state: str | None = None
) -> list[InstanceRecord]:
    """Return a task's instances from number `start` on, in their order."""
    found: list[InstanceRecord] = []
    if start < task.tail:
        queries = (_INSTANCES,) if state is None else _IN_STATE[state]
        parameters = {
            "of_job": task.job_seq,
            "of_task": task.pos,
            "first": start,
            "most": limit,
        }
        pages = [_records(connection.execute(query, parameters)) for query in queries]
        found = list(heapq.merge(*pages, key=attrgetter("idx")))[:limit]
    if state is None or states.visible(task.tail_state) == state:
        first = max(start, task.tail)
        last = min(task.instance_count, first + limit - len(found))
        found += [_of_tail(task, index) for index in range(first, last)]
    return found


def _records(rows: Iterable[AnyRow]) -> list[InstanceRecord]:
    return [InstanceRecord(*row) for row in rows]


def _of_tail(task: AnyRow, index: int) -> InstanceRecord:
    return InstanceRecord(
        index, task.tail_state, ended=task.tail_ended, error_message=task.tail_message
    )
