"""Until when programs may reach objects, and as whom."""

from __future__ import annotations

from batchcompute.server.store.running import account_of_attempt, account_of_job, may_run
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


def _account(world: World, attempt: str) -> int | None:
    return account_of_attempt(world.database, attempt)


def test_attempt_is_its_accounts_from_its_dispatch_to_its_end(world: World) -> None:
    cluster = world.cluster(2)
    world.job(plan_of("t", cluster), account=7)
    world.job(plan_of("t", cluster), account=8)
    (one, other) = world.begun()
    assert (_account(world, one), _account(world, other)) == (7, 8)
    world.start(one)
    world.clock.moment += 100_000 * _MINUTE
    assert _account(world, one) == 7
    world.run(one)
    assert (_account(world, one), _account(world, other)) == (None, 8)


def test_attempt_that_failed_or_was_lost_is_not_the_next_one(world: World) -> None:
    world.job(plan_of("t", world.cluster(), max_retries=2), account=7)
    former: list[str] = []
    for end in (lambda attempt: world.run(attempt, 1), world.lose):
        (attempt,) = world.begun()
        assert _account(world, attempt) == 7
        end(attempt)
        former.append(attempt)
    (last,) = world.begun()
    assert [_account(world, each) for each in (*former, last)] == [None, None, 7]


def test_attempt_that_is_being_stopped_reaches_nothing(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(2)), account=7)
    (attempt,) = world.begun()
    world.start(attempt)
    world.stop(job)
    assert world.in_flight() == [attempt]
    assert _account(world, attempt) is None
    world.restart(job)
    assert _account(world, attempt) is None
    world.run(attempt, 137)
    (second,) = world.begun()
    assert (_account(world, attempt), _account(world, second)) == (None, 7)
    world.stop(job)
    world.delete(job)
    assert _account(world, second) is None
    # What collects its logs still has to know whose they are.
    assert world.in_flight() == [second]
    assert account_of_job(world.database, job) == 7


def test_names_that_nobody_has_are_nobodys(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()), account=7)
    assert account_of_job(world.database, job) == 7
    for name in ("", ".", job, f"{job}.t.0.2", f"{job}.t.0.1 ", f"{job}.T.0.1", "%", "job-0.t.0.1"):
        assert _account(world, name) is None
    assert account_of_job(world.database, "job-none") is None
