"""How earlier attempts of an instance ended is kept, in bounds, as long as the job is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from batchcompute.server.rules.call import Call
from batchcompute.server.rules.explanations.attempts import get_attempts
from batchcompute.server.scheduler import clusters
from batchcompute.server.scheduler.purge import purge
from batchcompute.server.scheduler.write_batch import MAX_EARLIER, MAX_EARLIER_MESSAGE
from batchcompute.server.store.tables import earlier_attempts
from tests.unit.server.explained import Explained
from tests.unit.server.fakes import World, plan_of, receipt


def attempts_of(world: World, job: str, idx: int = 0) -> list[dict[str, Any]]:
    path = {"JobId": job, "TaskName": "t", "InstanceId": str(idx)}
    with world.database.read() as connection:
        items: list[dict[str, Any]] = get_attempts(connection, Call(path))["Items"]
    return items


def outcomes(world: World, job: str) -> list[tuple[Any, ...]]:
    return [(a["Number"], a["State"], a["Reason"]) for a in attempts_of(world, job)]


def kept(world: World) -> int:
    with world.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(earlier_attempts)) or 0


def test_each_attempt_says_where_it_ran_when_and_how_it_ended(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(), max_retries=2))
    machine = world.machines()[0].id
    memory = receipt(f"{job}.t.0.1", 137, error_code="OutOfMemory", error_message="No room.")
    world.apply(memory)
    assert outcomes(world, job) == [
        (1, "Failed", "exit code 137, killed for memory"),
        (2, "Waiting", ""),
    ]
    world.start(f"{job}.t.0.2")
    world.lose(f"{job}.t.0.2")
    world.start(f"{job}.t.0.3")
    first, lost, runs = attempts_of(world, job)
    assert first == {
        "Number": 1,
        "State": "Failed",
        "MachineId": machine,
        "StartTime": "2023-11-14T22:15:00.500000Z",
        "EndTime": "2023-11-14T22:16:40.250000Z",
        "ExitCode": 137,
        "ErrorCode": "OutOfMemory",
        "Reason": "exit code 137, killed for memory",
    }
    assert lost["ErrorCode"] == "AttemptLost"
    assert lost["Reason"] == "the program was lost, because it was killed"
    assert (lost["StartTime"], lost["MachineId"]) == (first["StartTime"], machine)
    assert (runs["State"], runs["MachineId"], runs["EndTime"]) == ("Running", machine, "")
    world.run(f"{job}.t.0.3", 3)
    world.run(f"{job}.t.0.4")
    assert [row[:2] for row in outcomes(world, job)] == [
        (1, "Failed"),
        (2, "Failed"),
        (3, "Failed"),
        (4, "Finished"),
    ]
    newest = attempts_of(world, job)[-1]
    assert (newest["Number"], newest["MachineId"]) == (4, machine)
    world.check_cache()


def test_success_keeps_nothing(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(2), 2))
    for idx in range(2):
        world.run(f"{job}.t.{idx}.1")
    assert kept(world) == 0
    assert outcomes(world, job) == [(1, "Finished", "")]
    assert attempts_of(world, job)[0]["StartTime"] == "2023-11-14T22:15:00.500000Z"


def test_what_never_began_is_no_attempt(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    world.lose(f"{job}.t.0.1")
    assert kept(world) == 0
    world.start(f"{job}.t.0.2")
    assert outcomes(world, job) == [(2, "Running", "")]
    waiting = world.job(plan_of("t", world.cluster(0)))
    assert attempts_of(world, waiting) == []


def test_failure_is_kept_when_its_job_is_started_again(world: World) -> None:
    cluster = world.cluster()
    job = world.job(plan_of("t", cluster))
    world.run(f"{job}.t.0.1", 5)
    assert outcomes(world, job) == [(1, "Failed", "exit code 5")]
    world.restart(job)
    world.start(f"{job}.t.0.2")
    assert outcomes(world, job) == [(1, "Failed", "exit code 5"), (2, "Running", "")]
    assert attempts_of(world, job)[0]["EndTime"] == "2023-11-14T22:16:40.250000Z"
    # Only what runs now counts as a try of this run.
    assert "attempt" not in Explained(world).instance(job).reason
    world.stop(job)
    world.apply(receipt(f"{job}.t.0.2", reason="stopped"))
    assert outcomes(world, job)[1:] == [(2, "Stopped", "")]
    world.restart(job)
    world.delete_cluster(cluster)
    # It failed without having run, so there is nothing to keep of that.
    world.restart(job)
    assert [row[0] for row in outcomes(world, job)] == [1, 3]


def test_number_and_words_of_what_is_kept_are_bounded(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(), max_retries=50))
    for number in range(1, 41):
        world.apply(
            receipt(f"{job}.t.0.{number}", 1, "failed", error_code="X", error_message="x" * 2000)
        )
    assert kept(world) == MAX_EARLIER
    numbers = [row[0] for row in outcomes(world, job)]
    assert numbers == list(range(41 - MAX_EARLIER, 42))
    with world.database.read() as connection:
        longest = connection.scalar(select(func.max(func.length(earlier_attempts.c.error_message))))
    assert longest == MAX_EARLIER_MESSAGE
    again = world.job(plan_of("t", world.cluster()))
    for number in range(1, 41):
        world.run(f"{again}.t.0.{number}", 1)
        world.restart(again)
    assert len(attempts_of(world, again)) == MAX_EARLIER + 1


def test_what_is_kept_goes_with_its_job(world: World) -> None:
    jobs = [world.job(plan_of("t", world.cluster(), max_retries=1)) for _ in range(2)]
    for job in jobs:
        world.run(f"{job}.t.0.1", 1)
        world.run(f"{job}.t.0.2")
    assert kept(world) == 2
    world.delete(jobs[0])
    with world.database.write() as connection:
        while purge(connection):
            pass
    assert kept(world) == 1
    assert outcomes(world, jobs[1])[0] == (1, "Failed", "exit code 1")


def test_reasons_of_several_attempts_are_said_together(world: World) -> None:
    said = Explained(world)
    cluster = world.cluster()
    alike = world.job(plan_of("t", cluster, max_retries=2))
    for number in range(1, 4):
        killed = receipt(
            f"{alike}.t.0.{number}",
            137,
            error_code="OutOfMemory",
            error_message="Its program was killed while the machine was out of memory.",
        )
        world.apply(killed)
    assert said.instance(alike).reason == (
        "Instance 0 was tried 3 times, and each time: its program was killed while the "
        "machine was out of memory."
    )
    other = world.job(plan_of("t", cluster, max_retries=3))
    for number, code in enumerate((1, 1, 2), start=1):
        world.run(f"{other}.t.0.{number}", code)
    world.start(f"{other}.t.0.4")
    assert said.instance(other).reason.endswith(
        "in attempt 4 of 4 (before: 2 times exit code 1; exit code 2)."
    )
    world.run(f"{other}.t.0.4", 3)
    assert said.job(other).reason == (
        "Task t: instance 0 was tried 4 times: 2 times exit code 1; exit code 2, and the last "
        "time: its program exited with code 3."
    )


def test_what_waits_after_it_was_lost_says_so(world: World) -> None:
    cluster = world.cluster()
    job = world.job(plan_of("t", cluster))
    world.start(f"{job}.t.0.1")
    world.job(plan_of("t", cluster), priority=1)
    world.lose(f"{job}.t.0.1")
    found = Explained(world).instance(job)
    assert found.reason.startswith(
        "Its last attempt does not count (the program was lost, because it was killed); it is the "
        "next in cluster"
    )


def test_attempts_ended_by_their_caller_are_kept(world: World) -> None:
    cluster = world.cluster()
    job = world.job(plan_of("t", cluster, max_retries=1))
    world.start(f"{job}.t.0.1")
    machine = world.machines()[0].id
    world.apply(lambda unit: clusters.recreate_machine(unit, cluster, "group", machine))
    (first,) = attempts_of(world, job)
    assert first["ErrorCode"] == "InstanceLost"
    assert (first["MachineId"], first["StartTime"][:10]) == (machine, "2023-11-14")
