from __future__ import annotations

import pytest
from sqlalchemy import func, select

from batchcompute.server.scheduler import purge
from tests.unit.server.fakes import FakeExecutor, World, plan_of, receipt, refusal


def test_job_finishes_after_its_instances(world: World) -> None:
    cluster = world.cluster(2)
    job = world.job(plan_of("t", cluster, 3))
    first, second = world.begun()
    assert world.job_state(job) == "Waiting"
    world.start(first)
    assert world.job_state(job) == "Running"
    assert world.states(job, "t") == ["Running", "Dispatched", "Waiting"]
    world.run(first)
    (third,) = world.begun()
    world.run(second)
    world.run(third)
    assert world.job_state(job) == "Finished"
    assert world.task(job, "t").state == "Finished"
    assert world.states(job, "t") == ["Finished"] * 3
    world.check_counters()


def test_attempt_ids_name_job_task_instance_and_number(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(), max_retries=1))
    (first,) = world.begun()
    assert first == f"{job}.t.0.1"
    world.run(first, exit_code=1)
    assert world.begun() == [f"{job}.t.0.2"]


def test_one_program_runs_on_a_machine_at_a_time(world: World) -> None:
    cluster = world.cluster(1)
    world.job(plan_of("t", cluster, 5))
    assert len(world.begun()) == 1


def test_no_more_programs_than_slots(world: World, executor: FakeExecutor) -> None:
    cluster = world.cluster(10)
    world.job(plan_of("t", cluster, 10))
    started = world.begun()
    assert len(started) == executor.slots
    world.run(started[0])
    assert len(world.begun()) == 1


def test_slots_are_shared_between_clusters_by_priority(world: World) -> None:
    one, two = world.cluster(4), world.cluster(4)
    running = world.job(plan_of("t", one, 4))
    world.begun()
    low = world.job(plan_of("t", one, 4), priority=1)
    high = world.job(plan_of("t", two, 2), priority=2)
    for index in range(3):
        world.run(f"{running}.t.{index}.1")
    assert [name.split(".")[0] for name in world.begun()] == [high, high, low]


def test_order_is_priority_then_age_then_number(world: World) -> None:
    cluster = world.cluster(1)
    blocker = world.job(plan_of("t", cluster))
    old = world.job(plan_of("t", cluster, 2))
    young = world.job(plan_of("t", cluster))
    urgent = world.job(plan_of("t", cluster), priority=5)
    order = []
    attempts = world.begun()
    while attempts:
        order += attempts
        world.run(attempts[0])
        attempts = world.begun()
    assert [tuple(name.split(".")[::2]) for name in order] == [
        (blocker, "0"),
        (urgent, "0"),
        (old, "0"),
        (old, "1"),
        (young, "0"),
    ]


def test_successors_wait_for_all_predecessors(world: World) -> None:
    cluster = world.cluster(3)
    plans = [plan_of(name, cluster) for name in ("a", "b", "c")]
    job = world.job(*plans, successors=((2,), (2,), ()))
    a, b = world.begun()
    world.run(a)
    assert world.begun() == []
    world.run(b)
    assert world.begun() == [f"{job}.c.0.1"]


def test_failed_attempt_is_repeated_until_retries_are_used_up(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(), max_retries=2))
    for _ in range(2):
        (attempt,) = world.begun()
        world.run(attempt, exit_code=9)
        assert world.job_state(job) == "Running"
    (attempt,) = world.begun()
    world.run(attempt, exit_code=7)
    assert world.job_state(job) == "Failed"
    (instance,) = world.instances(job, "t")
    assert (instance.state, instance.retries, instance.exit_code) == ("Failed", 2, 7)
    assert world.message(job) == "Task t: instance 0 exited with code 7 (attempt 3 of 3)."


def test_failure_stops_the_rest_of_the_job(world: World) -> None:
    cluster = world.cluster(2)
    job = world.job(plan_of("a", cluster, 3), plan_of("b", cluster), successors=((1,), ()))
    bad, running = world.begun()
    world.start(running)
    world.run(bad, exit_code=1)
    assert world.job_state(job) == "Failed"
    assert world.states(job, "a") == ["Failed", "Stopped", "Stopped"]
    assert world.states(job, "b") == ["Stopped"]
    assert world.task(job, "a").state == "Failed"
    assert world.task(job, "b").state == "Stopped"
    assert world.executor.stopped == [running]
    assert world.begun() == []
    world.check_counters()


def test_tolerated_failure_finishes_the_job(world: World) -> None:
    cluster = world.cluster(2)
    job = world.job(
        plan_of("a", cluster, 2), plan_of("b", cluster), successors=((1,), ()), fail=False
    )
    good, bad = world.begun()
    world.run(bad, exit_code=1)
    assert world.job_state(job) == "Running"
    world.run(good)
    assert world.task(job, "a").state == "Finished"
    assert world.task(job, "a").failed == 1
    (after,) = world.begun()
    world.run(after)
    assert world.job_state(job) == "Finished"


def test_failure_that_is_not_the_program_s_is_told_as_it_is(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    (attempt,) = world.begun()
    # Known after the program has run and exited with 0.
    why = "OutputMapping /o (oss://b/o): the program did not leave such a file"
    world.apply(
        receipt(attempt, reason="failed", error_code="InvalidOutputMapping", error_message=why)
    )
    assert world.message(job) == f"Task t: instance 0 failed: {why}."
    assert world.instances(job, "t")[0].error_code == "InvalidOutputMapping"


def test_timeout_counts_as_a_failed_attempt(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(), max_retries=1))
    (first,) = world.begun()
    world.apply(receipt(first, 137, "timed_out", error_code="TimedOut"))
    (second,) = world.begun()
    world.apply(receipt(second, 137, "timed_out", error_code="TimedOut"))
    assert world.job_state(job) == "Failed"
    (instance,) = world.instances(job, "t")
    assert instance.error_code == "TimedOut"
    assert "ran longer than its Timeout" in world.message(job)


def test_lost_attempts_use_up_their_own_limit_only(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    for _ in range(9):
        (attempt,) = world.begun()
        world.start(attempt)
        world.lose(attempt)
        assert world.job_state(job) == "Running"
    (attempt,) = world.begun()
    world.start(attempt)
    world.lose(attempt)
    assert world.job_state(job) == "Failed"
    (instance,) = world.instances(job, "t")
    assert (instance.retries, instance.error_code) == (0, "AttemptLost")


def test_attempt_lost_before_it_began_is_not_counted(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    for _ in range(30):
        (attempt,) = world.begun()
        world.lose(attempt)
    assert world.states(job, "t") == ["Dispatched"]


def test_stop_is_visible_at_once_and_stops_programs(world: World) -> None:
    cluster = world.cluster(1)
    job = world.job(plan_of("t", cluster, 3))
    (attempt,) = world.begun()
    world.start(attempt)
    world.stop(job)
    assert world.job_state(job) == "Stopped"
    assert world.states(job, "t") == ["Stopped"] * 3
    assert world.executor.stopped == [attempt]
    assert refusal(world.stop(job)) == (409, "StateConflict")
    world.check_counters()


def test_restart_runs_what_did_not_finish(world: World) -> None:
    cluster = world.cluster(2)
    job = world.job(plan_of("t", cluster, 3, max_retries=1))
    first, second = world.begun()
    world.run(first)
    world.begun()
    world.start(second)
    world.stop(job)
    world.apply(receipt(second, 143, "stopped"), receipt(f"{job}.t.2.1", 143, "stopped"))
    world.restart(job)
    assert world.job_state(job) == "Waiting"
    assert world.begun() == [f"{job}.t.1.2", f"{job}.t.2.2"]
    world.run(f"{job}.t.1.2")
    world.run(f"{job}.t.2.2")
    assert world.job_state(job) == "Finished"
    assert [each.retries for each in world.instances(job, "t")] == [0, 0, 0]
    world.check_counters()


def test_restart_waits_for_the_end_of_the_former_run(world: World) -> None:
    cluster = world.cluster(2)
    job = world.job(plan_of("t", cluster))
    (first,) = world.begun()
    world.start(first)
    world.stop(job)
    world.restart(job)
    assert world.begun() == []
    world.apply(receipt(first, 0))
    assert world.begun() == [f"{job}.t.0.2"]
    assert world.states(job, "t") == ["Dispatched"]


def test_finished_job_takes_neither_stop_nor_start(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    world.run(world.begun()[0])
    assert refusal(world.stop(job)) == (409, "StateConflict")
    assert refusal(world.restart(job)) == (409, "StateConflict")


def test_delete_needs_an_end(world: World) -> None:
    cluster = world.cluster()
    job = world.job(plan_of("t", cluster))
    assert refusal(world.delete(job)) == (409, "StateConflict")
    world.stop(job)
    assert world.delete(job) is None
    assert world.job_state(job) == "gone"
    assert refusal(world.delete(job)) == (404, "InvalidResource.NotFound")


def test_deleted_job_frees_its_machine_and_its_rows(world: World) -> None:
    cluster = world.cluster()
    job = world.job(plan_of("t", cluster))
    (attempt,) = world.begun()
    world.stop(job)
    world.delete(job)
    while world.core.purging:
        world.core.purge()
    other = world.job(plan_of("t", cluster))
    assert world.begun() == []
    world.apply(receipt(attempt, 143, "stopped"))
    assert world.begun() == [f"{other}.t.0.1"]


def test_auto_release_deletes_a_finished_job_only(world: World) -> None:
    cluster = world.cluster(2)
    good = world.job(plan_of("t", cluster), auto_release=True)
    bad = world.job(plan_of("t", cluster), auto_release=True)
    one, two = world.begun()
    world.run(one)
    world.run(two, exit_code=1)
    assert world.job_state(good) == "gone"
    assert world.job_state(bad) == "Failed"


def test_big_task_has_rows_only_for_what_ran(world: World) -> None:
    cluster = world.cluster(2)
    job = world.job(plan_of("t", cluster, 100_000))
    assert len(world.begun()) == 2
    task = world.task(job, "t")
    assert (task.tail, task.waiting, task.dispatched) == (2, 99_998, 2)
    world.stop(job)
    assert world.instances(job, "t")[99_999].state == "Stopped"
    assert world.task(job, "t").stopped == 100_000


def test_many_deleted_instances_are_purged_in_chunks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "PURGE_CHUNK", 5)
    cluster = world.cluster(4)
    job = world.job(plan_of("a", cluster, 8), plan_of("b", cluster, 8))
    for _ in range(8):
        for attempt in world.begun():
            world.run(attempt)
    world.delete(job)
    rounds = 0
    while world.core.purging:
        world.core.purge()
        rounds += 1
    # 16 rows, six at a time.
    assert rounds == 3


def test_small_deleted_jobs_are_purged_together(world: World) -> None:
    cluster = world.cluster(4)
    jobs = [world.job(plan_of("t", cluster, 2)) for _ in range(50)]
    for job in jobs:
        world.stop(job)
        world.delete(job)
    rounds = 0
    while world.core.purging:
        world.core.purge()
        rounds += 1
    assert rounds == 3
    with world.database.read() as connection:
        for table in purge.OF_JOBS:
            assert connection.scalar(select(func.count()).select_from(table)) == 0, table.name
