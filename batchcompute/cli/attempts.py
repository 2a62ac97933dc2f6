"""The attempts of instances, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchcompute.cli.tables import Column
from batchcompute.cli.times import ago, elapsed, local

if TYPE_CHECKING:
    from batchcompute.client import Client


@dataclass(frozen=True, slots=True)
class Row:
    """An attempt with its instance.

    Attributes:
        task: Name of the task.
        instance: Number of the instance.
        attempt: The attempt.
    """

    task: str
    instance: int
    attempt: Any


def attempts_of(client: Client, job: str, task: str, instance: int) -> Iterator[Row]:
    """Yield the attempts of an instance, oldest first.

    Args:
        client: The client.
        job: Id of the job.
        task: Name of the task.
        instance: Number of the instance.

    Raises:
        ExtensionMissingError: The service does not tell them.
    """
    for each in client.get_attempts(job, task, instance).Items:
        yield Row(task, instance, each)


def columns(now: datetime, *, of_one: bool = False) -> list[Column[Row]]:
    """Return the columns of a table of attempts.

    Args:
        now: The present.
        of_one: All are attempts of one instance, which is not named in each line.
    """
    which: list[Column[Row]] = [
        Column("TASK", lambda row: row.task),
        Column("INSTANCE", lambda row: row.instance, right=True),
    ]
    return [
        *([] if of_one else which),
        Column("ATTEMPT", lambda row: row.attempt.Number, right=True),
        Column("STATE", lambda row: row.attempt.State, is_state=True),
        Column("EXIT", lambda row: _exit_code(row.attempt), right=True),
        Column("STARTED", lambda row: ago(row.attempt.started_at, now), drop=4),
        Column(
            "TOOK", lambda row: elapsed(row.attempt.started_at, row.attempt.ended_at, now), drop=3
        ),
        Column("REASON", lambda row: row.attempt.Reason, flexible=True, drop=1),
        Column("VM", lambda row: row.attempt.MachineId, drop=2),
        Column("STARTED AT", lambda row: local(row.attempt.started_at), wide=True),
        Column("ENDED AT", lambda row: local(row.attempt.ended_at), wide=True),
    ]


def _exit_code(attempt: Any) -> str:
    if attempt.State not in ("Finished", "Failed"):
        return ""
    return str(attempt.ExitCode)
