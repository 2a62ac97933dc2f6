"""Changes that are written together, a statement for each kind.

They come one by one while a batch is applied, and most of a batch are alike: attempts that end,
and instances that take their places, or new jobs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, delete, func, insert, text, update

from batchcompute.server.model import states
from batchcompute.server.scheduler.cached_rows import CachedAttempt, CachedTask, TaskKey
from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.tables import attempts, earlier_attempts, instances, tasks


class StaleCacheError(Exception):
    """A row is not what the cache says, a fault of ours; what is written rests on it."""


def _literal(state: str) -> TextClause:
    return text(f"'{state}'")


_INSTANCE = (
    instances.c.job_seq == bindparam("of_job"),
    instances.c.task_pos == bindparam("of_task"),
    instances.c.idx == bindparam("of_index"),
)
# Each change is a comparison as well: it finds no row if the instance is not where it is thought to
# be, or if another attempt of it is the current one.
_CURRENT = (
    *_INSTANCE,
    instances.c.number == bindparam("of_number"),
    instances.c.state == bindparam("in_state"),
)
_BEGAN = func.coalesce(instances.c.started, bindparam("began"))
_BEGIN = CompiledStatement(
    update(instances)
    .where(*_CURRENT)
    .values(
        state=_literal(states.INSTANCE.after(states.DISPATCHED, "begin")),
        started=_BEGAN,
    )
)
_END = CompiledStatement(
    update(instances)
    .where(*_CURRENT)
    .values(
        state=bindparam("new_state"),
        started=_BEGAN,
        ended=bindparam("at"),
        retries=bindparam("failed_before"),
        losses=bindparam("lost_before"),
        exit_code=bindparam("code"),
        error_code=bindparam("error"),
        error_message=bindparam("message"),
        detail=bindparam("details"),
    )
)
_LOSE = CompiledStatement(
    update(instances)
    .where(*_CURRENT)
    .values(
        state=_literal(states.INSTANCE.target("requeue")),
        losses=bindparam("lost_before"),
    )
)
_CLAIM_AGAIN = CompiledStatement(
    update(instances)
    .where(*_CURRENT)
    .values(
        state=_literal(states.INSTANCE.target("claim")),
        number=instances.c.number + text("1"),
        node_ip=bindparam("address"),
        machine_id=bindparam("of_machine"),
    )
)
_CLAIM_COLUMNS = (
    "job_seq",
    "task_pos",
    "idx",
    "state",
    "number",
    "retries",
    "losses",
    "exit_code",
    "error_code",
    "error_message",
    "detail",
    "node_ip",
    "machine_id",
)
_CLAIM_FRESH = CompiledStatement(insert(instances), _CLAIM_COLUMNS)
_RELEASE = CompiledStatement(
    delete(attempts).where(
        attempts.c.attempt_id == bindparam("attempt"),
        attempts.c.machine_seq == bindparam("on_machine"),
    )
)
_PLACE_COLUMNS = ("attempt_id", "machine_seq", "job_seq", "task_pos", "idx", "number", "cancelled")
_PLACE = CompiledStatement(insert(attempts), _PLACE_COLUMNS)
_CANCEL = CompiledStatement(
    update(attempts)
    .where(attempts.c.attempt_id == bindparam("attempt"))
    .values(cancelled=bindparam("yes"))
)
_KEEP_COLUMNS = (
    "job_seq",
    "task_pos",
    "idx",
    "number",
    "machine_id",
    "started",
    "ended",
    "exit_code",
    "error_code",
    "error_message",
)
_KEEP = CompiledStatement(insert(earlier_attempts), _KEEP_COLUMNS)
_DROP_OLD = CompiledStatement(
    delete(earlier_attempts).where(
        earlier_attempts.c.job_seq == bindparam("of_job"),
        earlier_attempts.c.task_pos == bindparam("of_task"),
        earlier_attempts.c.idx == bindparam("of_index"),
        earlier_attempts.c.number <= bindparam("up_to"),
    )
)
_COUNTERS = ("waiting", "dispatched", "running", "finished", "failed", "tail")
_TASK = (tasks.c.job_seq == bindparam("of_job"), tasks.c.pos == bindparam("of_task"))
_COUNT = CompiledStatement(
    update(tasks)
    .where(*_TASK)
    .values({name: tasks.c[name] + bindparam(f"add_{name}") for name in _COUNTERS})
)
_QUEUE = CompiledStatement(update(tasks).where(*_TASK).values(queued=bindparam("is_queued")))

_Parameters = Mapping[str, Any]

#: The newest earlier attempts of an instance that are kept.
MAX_EARLIER = 20
#: Characters of what is said of one of them.
MAX_EARLIER_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Result:
    """The part of an attempt that its instance shows.

    Attributes:
        ended: In microseconds since the epoch; None if another attempt follows.
        exit_code, error_code, error_message, detail: As in its row.
    """

    ended: int | None
    exit_code: int = 0
    error_code: str = ""
    error_message: str = ""
    detail: str = ""


@dataclass(slots=True)
class WriteBatch:
    """Changes that are decided and not written yet; the cache has them already."""

    _made: dict[CompiledStatement, list[_Parameters]] = field(
        default_factory=dict[CompiledStatement, list[_Parameters]]
    )
    _begun: list[_Parameters] = field(default_factory=list[_Parameters])
    _ended: list[_Parameters] = field(default_factory=list[_Parameters])
    _lost: list[_Parameters] = field(default_factory=list[_Parameters])
    _kept: list[_Parameters] = field(default_factory=list[_Parameters])
    _old: list[_Parameters] = field(default_factory=list[_Parameters])
    _released: list[_Parameters] = field(default_factory=list[_Parameters])
    _again: list[_Parameters] = field(default_factory=list[_Parameters])
    _fresh: list[_Parameters] = field(default_factory=list[_Parameters])
    _placed: list[_Parameters] = field(default_factory=list[_Parameters])
    _cancelled: list[_Parameters] = field(default_factory=list[_Parameters])
    _counted: dict[TaskKey, dict[str, int]] = field(default_factory=dict[TaskKey, dict[str, int]])
    _tasks: dict[TaskKey, CachedTask] = field(default_factory=dict[TaskKey, CachedTask])

    def insert(self, statement: CompiledStatement, rows: Sequence[_Parameters]) -> None:
        """Write new rows of a table.

        Args:
            statement: Inserts one.
            rows: The rows.
        """
        made = self._made.get(statement)
        if made is None:
            self._made[statement] = list(rows)
        else:
            made += rows

    @property
    def inserted(self) -> int:
        """How many new rows are to be written."""
        return sum(map(len, self._made.values()))

    @property
    def has_updates(self) -> bool:
        """Whether there is anything to write but new rows."""
        return bool(
            self._counted or self._released or self._cancelled or self._placed or self._begun
        )

    def begin(self, attempt: CachedAttempt, began: int) -> None:
        """Write that an instance's program runs."""
        self._begun.append({**_of(attempt), "in_state": states.DISPATCHED, "began": began})

    def end(
        self, attempt: CachedAttempt, before: str, event: str, result: Result, began: int | None
    ) -> None:
        """Write an instance's result.

        Args:
            attempt: The instance's attempt, with what was tried and lost before it by now.
            before: The instance's state.
            event: What happened to it.
            result: What became of it.
            began: When it began, for an instance that was not seen to; None if nobody knows.
        """
        self._ended.append(
            {
                **_of(attempt),
                "in_state": before,
                "began": began,
                "new_state": states.INSTANCE.after(before, event),
                "at": result.ended,
                "failed_before": attempt.retries,
                "lost_before": attempt.losses,
                "code": result.exit_code,
                "error": result.error_code,
                "message": result.error_message,
                "details": result.detail,
            }
        )

    def lose(self, attempt: CachedAttempt) -> None:
        """Write that an instance waits again, because its attempt was lost."""
        of_attempt = {**_of(attempt), "in_state": attempt.state}
        self._lost.append({**of_attempt, "lost_before": attempt.losses})

    def keep(self, attempt: CachedAttempt, result: Result, began: int | None) -> None:
        """Write how an attempt ended whose instance goes on; the oldest of many are dropped.

        Args:
            attempt: The attempt.
            result: What became of it; `ended` must be known.
            began: When its program began, in microseconds since the epoch; None if nobody knows.
        """
        self._kept.append(
            {
                "job_seq": attempt.job_seq,
                "task_pos": attempt.task_pos,
                "idx": attempt.idx,
                "number": attempt.number,
                "machine_id": attempt.machine.id,
                "started": began,
                "ended": result.ended,
                "exit_code": result.exit_code,
                "error_code": result.error_code,
                "error_message": result.error_message[:MAX_EARLIER_MESSAGE],
            }
        )
        if attempt.number > MAX_EARLIER:
            self._old.append({**_of(attempt), "up_to": attempt.number - MAX_EARLIER})

    def release(self, attempt: CachedAttempt) -> None:
        """Write that an attempt is not in flight any more."""
        on_machine = attempt.machine.seq
        self._released.append({"attempt": attempt.attempt_id, "on_machine": on_machine})

    def cancel(self, attempt: CachedAttempt) -> None:
        """Write that the result of an attempt does not count any more."""
        self._cancelled.append({"attempt": attempt.attempt_id, "yes": True})

    def place(self, attempt: CachedAttempt) -> None:
        """Write that an attempt is in flight, and its instance dispatched."""
        self._placed.append(
            {
                "attempt_id": attempt.attempt_id,
                "machine_seq": attempt.machine.seq,
                "job_seq": attempt.job_seq,
                "task_pos": attempt.task_pos,
                "idx": attempt.idx,
                "number": attempt.number,
                "cancelled": False,
            }
        )
        address, machine_id = attempt.machine.ip_address, attempt.machine.id
        if attempt.number > 1:
            before = {**_of(attempt), "of_number": attempt.number - 1, "in_state": states.WAITING}
            self._again.append({**before, "address": address, "of_machine": machine_id})
            return
        self._fresh.append(
            {
                "job_seq": attempt.job_seq,
                "task_pos": attempt.task_pos,
                "idx": attempt.idx,
                "state": states.INSTANCE.target("claim"),
                "number": attempt.number,
                "retries": 0,
                "losses": 0,
                "exit_code": 0,
                "error_code": "",
                "error_message": "",
                "detail": "",
                "node_ip": address,
                "machine_id": machine_id,
            }
        )

    def count(self, task: CachedTask, **deltas: int) -> None:
        """Change counters of a task, in its row and here; of `tail` and of instances by state."""
        counted = self._counted.get(task.key)
        if counted is None:
            counted = self._counted[task.key] = dict.fromkeys(_COUNTERS, 0)
            self._tasks[task.key] = task
        for name, delta in deltas.items():
            counted[name] += delta
        task.waiting += deltas.get("waiting", 0)
        task.dispatched += deltas.get("dispatched", 0)
        task.running += deltas.get("running", 0)
        task.failed += deltas.get("failed", 0)
        task.tail += deltas.get("tail", 0)

    def __bool__(self) -> bool:
        """Say whether there is anything to write."""
        return bool(self._made) or self.has_updates

    def flush(self, connection: Connection) -> None:
        """Write everything.

        Raises:
            StaleCacheError: A row is not what the cache says.
        """
        for statement, rows in self._made.items():
            statement.run_many(connection, rows)
        if self._old:
            _DROP_OLD.run_many(connection, self._old)
        for statement, parameters in (
            (_BEGIN, self._begun),
            (_END, self._ended),
            (_LOSE, self._lost),
            (_KEEP, self._kept),
            (_CANCEL, self._cancelled),
            (_RELEASE, self._released),
            (_CLAIM_AGAIN, self._again),
            (_CLAIM_FRESH, self._fresh),
            (_PLACE, self._placed),
            (_COUNT, self._deltas()),
            (_QUEUE, self._queued()),
        ):
            if parameters:
                _run(connection, statement, parameters)
        self.clear()

    def clear(self) -> None:
        """Forget what was to be written."""
        self._made.clear()
        for each in (self._begun, self._ended, self._lost, self._kept, self._old, self._released):
            each.clear()
        for each in (self._again, self._fresh, self._placed, self._cancelled):
            each.clear()
        self._counted.clear()
        self._tasks.clear()

    def _deltas(self) -> list[_Parameters]:
        return [
            {**_key(key), **{f"add_{name}": delta for name, delta in counted.items()}}
            for key, counted in self._counted.items()
        ]

    def _queued(self) -> list[_Parameters]:
        changed: list[_Parameters] = []
        for task in self._tasks.values():
            if bool(task.queued) != task.is_queued:
                task.queued = task.is_queued
                changed.append({**_key(task.key), "is_queued": task.queued})
        return changed


def _run(
    connection: Connection, statement: CompiledStatement, parameters: Sequence[_Parameters]
) -> None:
    changed = statement.run_many(connection, parameters)
    if changed != len(parameters):
        raise StaleCacheError(f"{changed} rows were changed instead of {len(parameters)}")


def _of(attempt: CachedAttempt) -> dict[str, Any]:
    return {
        "of_job": attempt.job_seq,
        "of_task": attempt.task_pos,
        "of_index": attempt.idx,
        "of_number": attempt.number,
    }


def _key(key: TaskKey) -> dict[str, Any]:
    return {"of_job": key[0], "of_task": key[1]}
