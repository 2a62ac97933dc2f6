"""Very many jobs and instances, put into the database of a service that is not looking at them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection, create_engine, insert, literal, select, update

from batchcompute.server.model import states
from batchcompute.server.store.tables import (
    instances,
    job_descriptions,
    jobs,
    task_plans,
    tasks,
)

#: Numbers that the service does not give within a test.
_FAR = 1_000_000_000
_SECOND = 1_000_000
_COUNTERS = {
    states.FINISHED: "finished",
    states.FAILED: "failed",
    states.STOPPED: "stopped",
    states.RUNNING: "running",
    states.WAITING: "waiting",
}


def copy_job(url: str, job_id: str, copies: int) -> None:
    """Put copies of a job that has ended beside it.

    Args:
        url: URL of the database.
        job_id: The job, which had no instances that ran.
        copies: How many.
    """
    engine = create_engine(url)
    with engine.begin() as connection:
        seq = connection.execute(select(jobs.c.seq).where(jobs.c.id == job_id)).scalar_one()
        for number in range(_FAR, _FAR + copies):
            _copy(connection, jobs, "seq", seq, number, id=f"job-{number:032X}")
            for table in (job_descriptions, tasks, task_plans):
                _copy(connection, table, "job_seq", seq, number)
    engine.dispose()


def fill_task(url: str, job_id: str, ended: list[str]) -> None:
    """Give the instances of the only task of a job that has ended states of their own.

    Args:
        url: URL of the database.
        job_id: The job, which had no instances that ran.
        ended: Their states: "Finished", "Failed" or "Stopped".
    """
    engine = create_engine(url)
    with engine.begin() as connection:
        job = connection.execute(select(jobs).where(jobs.c.id == job_id)).one()
        begun = job.created
        rows = [
            {
                "job_seq": job.seq,
                "task_pos": 0,
                "idx": index,
                "state": state,
                "number": 1,
                "retries": 0,
                "losses": 0,
                "started": begun + index,
                "ended": begun + index + _SECOND,
                "exit_code": int(state == states.FAILED),
                "error_code": "InstanceFailed" if state == states.FAILED else "",
                "error_message": "exit code 1" if state == states.FAILED else "",
                "detail": "",
                "node_ip": "127.1.0.1",
            }
            for index, state in enumerate(ended)
        ]
        connection.execute(insert(instances), rows)
        counts = Counter(ended)
        changed: dict[str, Any] = {
            column: counts.get(state, 0) for state, column in _COUNTERS.items()
        }
        changed |= {"tail": len(ended), "state": states.FAILED, "started": begun}
        connection.execute(update(tasks).where(tasks.c.job_seq == job.seq).values(changed))
        changed = {"state": states.FAILED, "started": begun}
        connection.execute(update(jobs).where(jobs.c.seq == job.seq).values(changed))
    engine.dispose()


def _copy(
    connection: Connection, table: Any, key: str, seq: int, number: int, **changes: Any
) -> None:
    values = {key: literal(number), **{name: literal(value) for name, value in changes.items()}}
    columns = [values.get(column.name, column) for column in table.c]
    rows = select(*columns).where(table.c[key] == seq)
    connection.execute(insert(table).from_select([column.name for column in table.c], rows))
