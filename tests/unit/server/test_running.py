"""Until when programs of a job may reach objects."""

from __future__ import annotations

from batchcompute.server.store.running import may_run
from tests.unit.server.fakes import World, plan_of

_MINUTE = 60 * 1_000_000


def test_programs_of_a_job_may_run_until_some_minutes_after_its_end(world: World) -> None:
    def may(job_id: str) -> bool:
        return may_run(world.database, world.clock, job_id)

    job = world.job(plan_of("t", world.cluster()))
    (attempt,) = world.begun()
    world.clock.moment += 1000 * _MINUTE
    assert may(job)
    world.run(attempt)
    assert world.job_state(job) == "Finished"
    assert may(job)
    world.clock.moment += 11 * _MINUTE
    assert not may(job)
    assert not may("job-none")
