from __future__ import annotations

from batchcompute.server.executors.interface import Receipt
from batchcompute.server.scheduler.core import Core
from tests.unit.server.fakes import FakeExecutor, World, plan_of, receipt


def restarted(world: World, **answers: Receipt | str) -> list[str]:
    """A new server on the same database; `t0="alive"` says what became of instance 0 of t.

    Returns the attempts that it started.
    """
    recovering(world, **answers)
    world.apply()
    return world.begun()


def recovering(world: World, **answers: Receipt | str) -> None:
    """A new server that has asked what became of everything, and not heard it yet."""
    executor = FakeExecutor(world.executor.slots, prefetch=world.executor.prefetch)
    for attempt in world.in_flight():
        _, task, index, _ = attempt.split(".")
        answer = answers.get(f"{task}{index}", "lost")
        executor.answers[attempt] = answer  # type: ignore[assignment]  # "alive" or "lost"
    world.executor = executor
    world.core = Core(world.database, executor, world.clock, region="cn-hangzhou")
    world.core.recover()


def test_recorded_instance_is_not_run_again(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(2), 2))
    first, _ = world.begun()
    world.run(first)
    assert restarted(world) == [f"{job}.t.1.2"]
    assert world.states(job, "t") == ["Finished", "Dispatched"]


def test_receipt_written_while_nobody_looked_is_recorded(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    (attempt,) = world.begun()
    assert restarted(world, t0=receipt(attempt).receipt) == []
    assert world.job_state(job) == "Finished"
    assert world.instances(job, "t")[0].started is not None


def test_living_attempt_is_adopted(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    (attempt,) = world.begun()
    assert restarted(world, t0="alive") == []
    assert world.states(job, "t") == ["Running"]
    world.apply(receipt(attempt))
    assert world.job_state(job) == "Finished"


def test_lost_attempt_is_repeated_without_using_up_retries(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    (attempt,) = world.begun()
    world.start(attempt)
    assert restarted(world) == [f"{job}.t.0.2"]
    assert world.instances(job, "t")[0].retries == 0


def test_stop_is_taken_up_again(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    (attempt,) = world.begun()
    world.start(attempt)
    world.stop(job)
    restarted(world, t0="alive")
    assert world.executor.stopped == [attempt]
    assert world.states(job, "t") == ["Stopped"]


def test_machines_that_ran_need_not_boot_again(world: World) -> None:
    cluster = world.cluster(2)
    restarted(world)
    assert list(world.executor.pools[f"{cluster}.group"].values()) == [True, True]
    assert world.machine_states() == ["Running", "Running"]


def test_cluster_deletion_is_taken_up_again(world: World) -> None:
    cluster = world.cluster(2)
    world.job(plan_of("t", cluster))
    (attempt,) = world.begun()
    world.delete_cluster(cluster)
    restarted(world, t0="alive")
    assert world.executor.stopped == [attempt]
    assert world.cluster_state(cluster) == "Deleting"
    world.apply(receipt(attempt, 137, "stopped"))
    assert world.cluster_state(cluster) == "gone"


def test_job_deletion_is_taken_up_again(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    world.stop(job)
    world.delete(job)
    restarted(world)
    assert world.core.purging
    world.core.purge()
    assert world.job_state(job) == "gone"
