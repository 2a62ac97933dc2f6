"""Which request caused what, so that its id finds all that followed from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import bindparam, delete, insert, select

from batchcompute.server.scheduler.transaction import JobTouched, Unit
from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.tables import job_requests

#: The effect of a request on a job.
Touch: TypeAlias = Literal["created", "stopped", "started again", "deleted"]

_FORGET = CompiledStatement(
    delete(job_requests).where(job_requests.c.job_seq == bindparam("of_job"))
)
_FIND = CompiledStatement(
    select(job_requests.c.request_id).where(job_requests.c.job_seq == bindparam("of_job"))
)
_INSERT = CompiledStatement(insert(job_requests), ["job_seq", "request_id"])


@dataclass(frozen=True, slots=True)
class Requested:
    """A command that knows which request it is for.

    Attributes:
        command: What is to be done.
        request_id: The request.
    """

    command: Callable[[Unit], Any]
    request_id: str

    def __call__(self, unit: Unit) -> Any:
        """Carry it out."""
        unit.request_id = self.request_id
        return self.command(unit)


def touched(unit: Unit, job_seq: int, job_id: str, touch: Touch) -> None:
    """Note what the request at hand does with a job, which goes on for it from now.

    Args:
        unit: The unit of work.
        job_seq: The job's number.
        job_id: The job.
        touch: What is done.
    """
    if not unit.request_id:
        return
    of_job = {"of_job": job_seq}
    found = None if touch == "created" else _FIND.first(unit.connection, of_job)
    former = "" if found is None else found.request_id
    unit.effects.touched.append(JobTouched(job_id, touch, unit.request_id, former))
    if former:
        _FORGET.run(unit.connection, of_job)
    if touch != "deleted":
        unit.writes.insert(_INSERT, [{"job_seq": job_seq, "request_id": unit.request_id}])
