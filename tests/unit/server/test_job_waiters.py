from __future__ import annotations

import pytest

from batchcompute.server.model.errors import ApiError
from batchcompute.server.scheduler.job_waiters import JobEnded, JobWaiters
from tests.unit.server.fakes import World, plan_of

ENDED = JobEnded("job-1", "Finished", "", 1, 2)


def test_all_who_wait_for_a_job_are_told() -> None:
    waiters = JobWaiters()
    first, second, other = (waiters.watch(name) for name in ("job-1", "job-1", "job-2"))
    waiters.announce([ENDED])
    assert first.result(0) is second.result(0) is ENDED
    assert not other.done()


def test_who_has_left_is_not_told() -> None:
    waiters = JobWaiters()
    left, cancelled = waiters.watch("job-1"), waiters.watch("job-1")
    waiters.forget("job-1", left)
    waiters.forget("job-1", left)
    cancelled.cancel()
    waiters.announce([ENDED])
    assert not left.done()


def test_end_of_the_service_lets_nobody_wait() -> None:
    waiters = JobWaiters()
    waiting = waiters.watch("job-1")
    waiters.close()
    for future in (waiting, waiters.watch("job-1")):
        with pytest.raises(ApiError, match="the job goes on"):
            future.result(0)


def test_end_is_announced_after_its_commit(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()), auto_release=True)
    waiting = world.core.job_waiters.watch(job)
    (attempt,) = world.begun()
    world.start(attempt)
    assert not waiting.done()
    world.run(attempt)
    ended = waiting.result(0)
    assert (ended.job_id, ended.state, ended.failed) == (job, "Finished", 0)
    assert ended.started
    assert world.job_state(job) == "gone"
