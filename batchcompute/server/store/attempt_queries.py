"""How the attempts of an instance went."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import Connection, bindparam, select

from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import earlier_attempts


@dataclass(frozen=True, slots=True)
class EarlierAttempt:
    """An attempt that ended while its instance went on.

    Attributes:
        number: Which one, from 1; some may be missing.
        machine_id: Where it ran, or "".
        started: When it began, in microseconds since the epoch; None if that is not known.
        ended: When it ended, in the same.
        exit_code, error_code, error_message: What an instance shows of its last one.
    """

    number: int
    machine_id: str
    started: int | None
    ended: int
    exit_code: int
    error_code: str
    error_message: str

    @property
    def is_lost(self) -> bool:
        """Say whether nobody knows how it ended; MaxRetryCount does not count such ones."""
        return self.error_code == "AttemptLost"


_EARLIER = (
    select(*(earlier_attempts.c[each.name] for each in fields(EarlierAttempt)))
    .where(
        earlier_attempts.c.job_seq == bindparam("of_job"),
        earlier_attempts.c.task_pos == bindparam("of_task"),
        earlier_attempts.c.idx == bindparam("of_index"),
    )
    .order_by(earlier_attempts.c.number)
)


def find_earlier(connection: Connection, task: AnyRow, idx: int) -> list[EarlierAttempt]:
    """Return the attempts of an instance that did not end it, oldest first."""
    if idx >= task.tail:
        return []
    parameters = {"of_job": task.job_seq, "of_task": task.pos, "of_index": idx}
    return [EarlierAttempt(*row) for row in connection.execute(_EARLIER, parameters)]
