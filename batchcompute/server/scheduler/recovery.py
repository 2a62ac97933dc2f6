"""Finding out what became of everything since the last server ended, or lost its database.

The executor is asked first what became of the attempts in flight, and tells it by events: one that
ended is recorded, one that is alive is adopted, and one that is gone is fenced off and its instance
waits again. Until then each of them keeps its machine.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import and_, select

from batchcompute.server.executors.interface import WorkerLeft
from batchcompute.server.model import states
from batchcompute.server.scheduler import worker_events
from batchcompute.server.scheduler.instructions import Instructor
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.database import Database
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import attempts, groups, instances, machines

logger = logging.getLogger("batchcompute.server.scheduler")


#: The attempts in flight, with the machines that they were given to.
_IN_FLIGHT = select(attempts.c.attempt_id, attempts.c.cancelled, machines.c.id).select_from(
    attempts.outerjoin(machines, machines.c.seq == attempts.c.machine_seq)
)
#: The attempts in flight, machine by machine, and on each those first whose programs run.
_ON_MACHINES = (
    select(attempts.c.attempt_id, attempts.c.machine_seq, instances.c.state)
    .outerjoin(
        instances,
        and_(
            instances.c.job_seq == attempts.c.job_seq,
            instances.c.task_pos == attempts.c.task_pos,
            instances.c.idx == attempts.c.idx,
        ),
    )
    .order_by(attempts.c.machine_seq, attempts.c.number, attempts.c.attempt_id)
)


@dataclass(frozen=True, slots=True)
class Found:
    """The attempts in flight that the executor has.

    Attributes:
        alive: All of them.
        cancelled: Those whose result does not count, and which are to end.
    """

    alive: frozenset[str]
    cancelled: frozenset[str]


def settle(database: Database, instructor: Instructor) -> Found:
    """Have the executor find out what became of the attempts in flight.

    Args:
        database: Where they are written.
        instructor: Asks the executor.
    """
    with database.read() as connection:
        rows = connection.execute(_IN_FLIGHT).all()
    found = instructor.settle({row.attempt_id: row.id or "" for row in rows})
    alive = frozenset(attempt for attempt, standing in found.items() if standing == "alive")
    if found:
        logger.info("attempts found: %d, of which %d are alive", len(found), len(alive))
    return Found(alive, alive & {row.attempt_id for row in rows if row.cancelled})


def running_attempts(database: Database) -> frozenset[str]:
    """Return the attempts in flight, but for those that wait on their machine for another one."""
    with database.read() as connection:
        rows = connection.execute(_ON_MACHINES).all()
    by_machine: dict[int, list[AnyRow]] = {}
    for row in rows:
        by_machine.setdefault(row.machine_seq, []).append(row)
    # Where none is known to run yet, one is about to.
    return frozenset(
        row.attempt_id
        for found in by_machine.values()
        for row in [each for each in found if each.state == states.RUNNING] or found[:1]
    )


def forget_leaving_machines(unit: Unit) -> None:
    """Drop the machines that were being given back when the last server ended: they are gone."""
    query = select(machines).where(machines.c.state == states.DELETING)
    rows = unit.connection.execute(query).all()
    worker_events.left(unit, [WorkerLeft("", row.id, "the server was restarted") for row in rows])
    # What stood on them is being settled anyway.
    unit.effects.orphans.clear()


def request_pools(unit: Unit) -> None:
    """Tell the executor of every pool, once."""
    query = select(groups.c.cluster_seq, groups.c.name)
    for row in unit.connection.execute(query).all():
        unit.effects.pools.add((row.cluster_seq, row.name))


def finish(instructor: Instructor, found: Found, in_flight: set[str]) -> None:
    """Stop and forget what nobody waits for.

    Args:
        instructor: Tells the executor.
        found: What was in flight.
        in_flight: What is in flight now.
    """
    if found.cancelled:
        instructor.stop(sorted(found.cancelled))
    instructor.forget(instructor.kept_attempts() - found.alive - in_flight)
