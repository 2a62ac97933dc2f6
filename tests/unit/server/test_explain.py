"""Every state that something can be in has an explanation, with the right numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import insert

from batchcompute.server.console import languages
from batchcompute.server.executors.interface import WorkerWarned
from batchcompute.server.explain import (
    Explanation,
    Situation,
    codes,
    explain_cluster,
    explain_instance,
    explain_job,
    explain_task,
)
from batchcompute.server.model import log_lines, states
from batchcompute.server.scheduler import clusters
from batchcompute.server.store.tables import agents
from batchcompute.server.store.totals import read_totals
from tests.unit.server.explained import CODES, Explained
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of, receipt
from tests.unit.server.placed import placed

_SPEC = Path(__file__).parents[3] / "spec" / "openapi.yaml"


def resize(world: World, cluster: str, count: int) -> None:
    change = {"Groups": {"group": {"DesiredVMCount": count}}}
    world.apply(lambda unit: clusters.modify(unit, cluster, change))


# Each makes a state, and returns what is said of it.


def running(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster(2), 3))
    world.start(f"{job}.t.0.1")
    assert said.job(job).reason == (
        "0 of 3 instances have finished, 1 runs, 1 is being started; next: task t: it is the next "
        f"in cluster {_cluster(world)}, whose 2 running VMs are all busy."
    )
    assert said.instance(job).reason.startswith("Its program runs on VM i-")
    return said.task(job)


def starting(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster()))
    assert said.job(job).cause.code == said.task(job).cause.code == codes.STARTING
    return said.instance(job)


def finished(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster(2), 2))
    for idx in range(2):
        world.run(f"{job}.t.{idx}.1")
    assert said.job(job).reason == "It finished: 1 task with 2 instances."
    assert said.instance(job).reason == "Its program exited with code 0."
    return said.task(job)


def finished_with_failures(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster(2), 2), fail=False)
    world.run(f"{job}.t.0.1")
    world.run(f"{job}.t.1.1", 3)
    assert "1 of 2 instances failed" in said.task(job).reason
    return said.job(job)


def waits_for_task(world: World, said: Explained) -> Explanation:
    cluster = world.cluster(3)
    plans = [plan_of("split", cluster, 3), plan_of("count", cluster), plan_of("t", cluster)]
    job = world.job(*plans, successors=((2,), (2,), ()))
    world.run(f"{job}.split.1.1")
    assert said.instance(job).reason == (
        "It waits for task split, of which 1 of 3 instances has finished, and for 1 other task."
    )
    return said.task(job)


def waits_for_priority(world: World, said: Explained) -> Explanation:
    cluster = world.cluster()
    world.job(plan_of("t", cluster, 9), priority=2)
    job = world.job(plan_of("t", cluster))
    assert said.job(job).reason == (
        f"Task t: 8 instances of higher priority are before it in cluster {cluster}, whose only "
        "running VM is busy."
    )
    return said.instance(job)


def waits_for_machine(world: World, said: Explained) -> Explanation:
    cluster = world.cluster(2)
    first = world.job(plan_of("t", cluster, 4))
    job = world.job(plan_of("t", cluster, 3))
    resize(world, cluster, 3)
    assert said.instance(first, 3).cause.details["AheadCount"] == 1
    found = said.instance(job, 2)
    assert found.reason == (
        f"4 instances are before it in cluster {cluster}, whose 2 running VMs are all busy and "
        "1 more is starting."
    )
    assert said.task(job).cause.details["AheadCount"] == 2
    return found


def waits_for_slot(world: World, said: Explained) -> Explanation:
    cluster = world.cluster(6)
    job = world.job(plan_of("t", cluster, 6))
    found = said.instance(job, 5)
    assert found.reason == (
        "The service runs 4 programs at once, as many as it may, and 1 instance is before it."
    )
    assert said.cluster(cluster).cause.code == codes.WAITS_FOR_SLOT
    return found


def waits_for_resources(world: World, said: Explained) -> Explanation:
    first, second = world.cluster(3, "half"), world.cluster(1, "half")
    world.job(plan_of("t", first, 3))
    job = world.job(plan_of("t", second))
    found = said.instance(job)
    assert found.reason == (
        f"A VM of cluster {second} needs 2 processors, 1024 MiB of memory and 0 gpu, and of the "
        "4 processors, 8192 MiB of memory and 2 gpu of this machine 0 processors, 6144 MiB of "
        "memory and 2 gpu are free, beside 2 programs."
    )
    assert said.cluster(second).cause.code == codes.WAITS_FOR_RESOURCES
    assert said.cluster(second).reason.startswith("1 instance waits: a VM of cluster")
    assert said.task(job).cause.details["FreeMemoryMiB"] == 6144
    return found


def waits_for_previous(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster(), 2))
    world.start(f"{job}.t.0.1")
    found = said.instance(job, 1)
    assert f"where instance 0 of task t of {job} has not ended" in found.reason
    return found


def waits_for_former_run(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster()))
    world.start(f"{job}.t.0.1")
    world.stop(job)
    world.restart(job)
    assert said.job(job).cause.code == said.task(job).cause.code == codes.WAITS_FOR_FORMER_RUN
    return said.instance(job)


def waits_for_former_attempt(world: World, said: Explained) -> Explanation:
    cluster = world.cluster()
    job = world.job(plan_of("t", cluster, max_retries=1))
    world.start(f"{job}.t.0.1")
    machine = world.machines()[0].id
    world.apply(lambda unit: clusters.recreate_machine(unit, cluster, "group", machine))
    world.join()
    assert said.task(job).cause.related["MachineId"] == machine
    assert said.job(job).cause.code == codes.WAITS_FOR_FORMER_ATTEMPT
    return said.instance(job)


def next_to_run(world: World, said: Explained) -> Explanation:
    cluster = world.cluster()
    world.core.hold = True
    job = world.job(plan_of("t", cluster))
    world.core.hold = False
    return said.instance(job)


def tried_again(world: World, said: Explained) -> Explanation:
    cluster = world.cluster()
    job = world.job(plan_of("t", cluster, max_retries=2))
    world.job(plan_of("t", cluster), priority=1)
    world.apply(receipt(f"{job}.t.0.1", 7))
    found = said.instance(job)
    assert found.reason == (
        "Attempt 2 of 3 follows (its program exited with code 7); it is the next in cluster "
        f"{cluster}, whose only running VM is busy."
    )
    return found


def pool_starting(world: World, said: Explained) -> Explanation:
    cluster = world.cluster(0)
    job = world.job(plan_of("t", cluster, 2))
    resize(world, cluster, 4)
    world.clock.moment += 11_000_000
    found = said.cluster(cluster)
    assert found.cause.details["Seconds"] >= 11
    assert found.reason == (
        f"2 instances wait for a VM: cluster {cluster} wants 4 VMs and none runs: group group is "
        f"starting ({found.cause.details['Seconds']} s)."
    )
    return said.instance(job)


def pool_empty(world: World, said: Explained) -> Explanation:
    cluster = world.cluster(0)
    job = world.job(plan_of("t", cluster))
    assert said.cluster(cluster).reason == "It wants no VMs, and 1 instance waits for one."
    return said.job(job)


def service_holds(world: World, said: Explained) -> Explanation:
    cluster = world.cluster()
    world.core.hold = True
    job = world.job(plan_of("t", cluster))
    assert said.cluster(cluster).cause.code == codes.SERVICE_HOLDS
    return said.task(job)


def waits_for_disk(world: World, said: Explained) -> Explanation:
    cluster = world.cluster()
    world.core.paused = "the disk of /data has 1 MiB free"
    job = world.job(plan_of("t", cluster))
    assert said.cluster(cluster).cause.code == codes.WAITS_FOR_DISK
    assert said.instance(job).reason == "The disk of /data has 1 MiB free."
    return said.task(job)


def machine_gone(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster()))
    assert said.instance(job).cause.code == codes.STARTING
    # It may still run there, as far as is known.
    world.executor.answers[f"{job}.t.0.1"] = "alive"
    world.leave(world.machines()[0].id)
    return said.instance(job)


def program_failed(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster(2), 3))
    world.run(f"{job}.t.1.1", 127)
    assert said.instance(job, 1).reason == (
        "Instance 1 failed in its only attempt: its program exited with code 127 (the command was "
        "not found)."
    )
    assert said.task(job).cause.related["InstanceId"] == "1"
    stopped = said.instance(job, 2)
    assert stopped.cause.code == codes.STOPPED_WITH_JOB
    assert "code 127" in stopped.reason
    return said.job(job)


def killed_by_signal(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster(), max_retries=1))
    world.run(f"{job}.t.0.1", 137)
    world.run(f"{job}.t.0.2", 137)
    found = said.job(job)
    assert found.reason == (
        "Task t: instance 0 was tried 2 times, and each time: its program exited with code 137 "
        "(killed by SIGKILL), as it is when memory runs out."
    )
    assert found.cause.details == {"ExitCode": 137, "AttemptCount": 2, "MaxAttemptCount": 2}
    return found


def timed_out(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster()))
    text = "It ran longer than 60 seconds."
    late = receipt(f"{job}.t.0.1", 137, "timed_out", error_code="TimedOut", error_message=text)
    world.apply(late)
    assert "it ran longer than 60 seconds" in said.task(job).reason
    return said.instance(job)


def killed_for_memory(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster()))
    text = "Its program was killed while the machine was out of memory."
    world.apply(receipt(f"{job}.t.0.1", 137, error_code="OutOfMemory", error_message=text))
    found = said.instance(job)
    assert found.reason == (
        "Instance 0 failed in its only attempt: its program was killed while the machine was out "
        "of memory."
    )
    assert "out of memory" in world.message(job)
    return found


def attempt_failed(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster()))
    code, text = "InvalidPackagePath", "PackagePath oss://b/k: there is no such object."
    failed = receipt(f"{job}.t.0.1", 0, "failed", error_code=code, error_message=text)
    world.apply(failed)
    found = said.job(job)
    assert found.cause.related["ErrorCode"] == "InvalidPackagePath"
    assert "only attempt: PackagePath oss://b/k: there" in found.reason
    return said.instance(job)


def machine_lost(world: World, said: Explained) -> Explanation:
    cluster = world.cluster()
    job = world.job(plan_of("t", cluster))
    world.start(f"{job}.t.0.1")
    machine = world.machines()[0].id
    world.apply(lambda unit: clusters.remove_machine(unit, cluster, "group", machine))
    assert machine in said.job(job).reason
    return said.instance(job)


def lost_too_often(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster()))
    for number in range(1, 11):
        world.start(f"{job}.t.0.{number}")
        world.lose(f"{job}.t.0.{number}")
    assert "10 times" in said.instance(job).reason
    return said.job(job)


def cluster_deleted(world: World, said: Explained) -> Explanation:
    cluster = world.cluster(0)
    plans = [plan_of(name, cluster) for name in ("t", "u")]
    tolerant = world.job(*plans, fail=False)
    other = world.job(plan_of("t", world.cluster(0)), plan_of("u", cluster), successors=((1,), ()))
    world.delete_cluster(cluster)
    assert said.instance(tolerant).cause.code == codes.CLUSTER_DELETED
    assert said.job(other).reason == f"Task u: cluster {cluster} was deleted."
    return said.task(other, "u")


def stopped(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster(), 2))
    world.run(f"{job}.t.0.1")
    world.stop(job)
    assert said.instance(job, 1).cause.code == said.task(job).cause.code == codes.STOPPED
    found = said.job(job)
    assert found.reason == "It was stopped by its caller, when 1 of 2 instances had finished."
    return found


def stopped_with_job(world: World, said: Explained) -> Explanation:
    job = world.job(plan_of("t", world.cluster()), plan_of("u", world.cluster(), 2))
    world.run(f"{job}.t.0.1", 3)
    return said.task(job, "u")


def busy(world: World, said: Explained) -> Explanation:
    cluster = world.cluster(2)
    world.job(plan_of("t", cluster, 5))
    found = said.cluster(cluster)
    assert found.reason == "2 of its 2 VMs are busy, and 3 instances wait."
    return found


def idle(world: World, said: Explained) -> Explanation:
    return said.cluster(world.cluster(2))


def reserved(world: World, said: Explained) -> Explanation:
    auto = {"ImageId": "img-ubuntu", "ReserveOnFail": True}
    job = world.job(plan_of("t", auto_cluster=auto))
    world.join()
    world.run(f"{job}.t.0.1", 3)
    return said.cluster(_cluster(world))


def deleting(world: World, said: Explained) -> Explanation:
    cluster = world.cluster(2)
    world.job(plan_of("t", cluster))
    world.delete_cluster(cluster)
    found = said.cluster(cluster)
    assert found.reason == (
        "It is being deleted, and 2 VMs are still being given back, with 1 program being stopped "
        "there."
    )
    return found


def _cluster(world: World) -> str:
    (pool,) = world.executor.pools
    return pool.rpartition(".")[0]


_STATES: dict[str, Callable[[World, Explained], Explanation]] = {
    codes.RUNNING: running,
    codes.STARTING: starting,
    codes.FINISHED: finished,
    codes.FINISHED_WITH_FAILURES: finished_with_failures,
    codes.WAITS_FOR_TASK: waits_for_task,
    codes.WAITS_FOR_PRIORITY: waits_for_priority,
    codes.WAITS_FOR_MACHINE: waits_for_machine,
    codes.WAITS_FOR_SLOT: waits_for_slot,
    codes.WAITS_FOR_RESOURCES: waits_for_resources,
    codes.WAITS_FOR_PREVIOUS: waits_for_previous,
    codes.WAITS_FOR_FORMER_RUN: waits_for_former_run,
    codes.WAITS_FOR_FORMER_ATTEMPT: waits_for_former_attempt,
    codes.NEXT_TO_RUN: next_to_run,
    codes.POOL_STARTING: pool_starting,
    codes.POOL_EMPTY: pool_empty,
    codes.SERVICE_HOLDS: service_holds,
    codes.WAITS_FOR_DISK: waits_for_disk,
    codes.MACHINE_GONE: machine_gone,
    codes.PROGRAM_FAILED: program_failed,
    codes.KILLED_BY_SIGNAL: killed_by_signal,
    codes.KILLED_FOR_MEMORY: killed_for_memory,
    codes.TIMED_OUT: timed_out,
    codes.ATTEMPT_FAILED: attempt_failed,
    codes.MACHINE_LOST: machine_lost,
    codes.LOST_TOO_OFTEN: lost_too_often,
    codes.CLUSTER_DELETED: cluster_deleted,
    codes.STOPPED: stopped,
    codes.STOPPED_WITH_JOB: stopped_with_job,
    codes.BUSY: busy,
    codes.IDLE: idle,
    codes.RESERVED: reserved,
    codes.DELETING: deleting,
}


@pytest.fixture
def said(tmp_path: Path, clock: FakeClock, request: pytest.FixtureRequest) -> Iterator[Explained]:
    """What is explained of a fresh world, whose VMs take a second program if that is the test."""
    how: str = request.param
    executor = FakeExecutor(slots=4, prefetch=how == codes.WAITS_FOR_PREVIOUS)
    placement = placed() if how == codes.WAITS_FOR_RESOURCES else None
    world = World(f"sqlite:///{tmp_path / 'test.db'}", clock, executor, placement=placement)
    yield Explained(world)
    world.close()


@pytest.mark.parametrize(
    ("said", "code"),
    [pytest.param(code, code, id=code) for code in _STATES],
    indirect=["said"],
)
def test_state_is_explained(said: Explained, code: str) -> None:
    found = _STATES[code](said.world, said)

    assert found.cause.code == code
    answer = {
        "State": found.state,
        "Code": code,
        "Details": found.cause.details,
        "Related": found.cause.related,
    }
    assert languages.explain(answer, "en") == ""
    chinese = languages.explain(answer, "zh")
    assert chinese == _CHINESE.get(code, chinese)
    assert chinese.endswith("。")
    assert "{" not in chinese


#: Of the kinds whose sentences name nothing that is made up anew each time.
_CHINESE = {
    codes.BUSY: "2 台虚拟机中 2 台忙碌，3 个实例等待。",  # noqa: RUF001
    codes.DELETING: "正在删除：还有 2 台虚拟机待归还，其中 1 个程序正在停止。",  # noqa: RUF001
}


@pytest.mark.parametrize("said", [""], indirect=True)
def test_what_is_tried_again_says_how_it_failed_and_what_it_waits_for(said: Explained) -> None:
    assert tried_again(said.world, said).cause.details["AttemptCount"] == 1


def test_all_codes_of_the_contract_are_reached() -> None:
    document = yaml.safe_load(_SPEC.read_text(encoding="utf-8"))
    listed = document["components"]["schemas"]["ExplanationCode"]["enum"]

    assert set(listed) == CODES == set(_STATES)


@pytest.mark.parametrize("said", [""], indirect=True)
def test_what_is_not_there_has_no_explanation(said: Explained) -> None:
    world, situation = said.world, Situation(0, 1)
    job = world.job(plan_of("t", world.cluster()))
    with world.database.read() as connection:
        assert explain_job(connection, situation, "job-none") is None
        assert explain_task(connection, situation, "job-none", "t") is None
        assert explain_task(connection, situation, job, "none") is None
        assert explain_instance(connection, situation, job, "t", 1) is None
        assert explain_cluster(connection, situation, "cls-none") is None


@pytest.mark.parametrize("said", [""], indirect=True)
def test_what_keeps_vms_from_starting_is_said(said: Explained) -> None:
    world = said.world
    cluster = world.cluster(0)
    job = world.job(plan_of("t", cluster))
    resize(world, cluster, 1)
    machine = world.machines()[0].id
    no_room = "Pool gpu: it asks for 64 GiB, and the largest machine has 31.4."
    world.apply(WorkerWarned(f"{cluster}.group", machine, no_room))
    expected = "and its operation logs say: Pool gpu: it asks for 64 GiB, and the largest machine"
    for found in (said.job(job), said.instance(job), said.cluster(cluster)):
        assert found.cause.code == codes.POOL_STARTING
        assert expected in found.reason
    world.join()
    assert "GiB" not in said.cluster(cluster).reason


@pytest.mark.parametrize("said", [""], indirect=True)
def test_pool_that_brings_vms_is_named(said: Explained) -> None:
    world = said.world
    cluster = world.cluster(0)
    job = world.job(plan_of("t", cluster))
    resize(world, cluster, 1)
    assert "group group is starting" in said.job(job).reason
    machine = world.machines()[0].id
    with world.database.write() as connection:
        connection.execute(
            insert(agents).values(
                machine_id=machine,
                pool_id=f"{cluster}.group",
                pool="gpu",
                reference="",
                agent="",
            )
        )
        totals = read_totals(connection)
    for found in (said.job(job), said.instance(job), said.cluster(cluster)):
        assert "group group of pool gpu is starting" in found.reason
    assert totals.pools["gpu", states.RUNNING] == 0
    assert sum(totals.pools.values()) == 1


@pytest.mark.parametrize("said", [""], indirect=True)
def test_what_keeps_programs_from_starting_is_said(said: Explained) -> None:
    world = said.world
    cluster = world.cluster()
    job = world.job(plan_of("t", cluster))
    machine = world.machines()[0].id
    full = f"{log_lines.PROGRAMS_WAIT}the disk is full."
    world.apply(WorkerWarned(f"{cluster}.group", machine, full))
    said_of_all = "(programs wait, and are tried again: the disk is full)."
    assert said.job(job).reason.endswith(said_of_all)
    assert said.task(job).reason.endswith(said_of_all)
    assert said.instance(job).reason == (
        f"It was given to VM {machine}, where programs wait, and are tried again: the disk is full."
    )
    world.apply(WorkerWarned(f"{cluster}.group", machine, log_lines.PROGRAMS_START))
    assert "disk" not in said.job(job).reason + said.instance(job).reason


@pytest.mark.parametrize("said", [codes.WAITS_FOR_PREVIOUS], indirect=True)
def test_program_of_another_account_is_not_named(said: Explained) -> None:
    world = said.world
    cluster = world.cluster()
    other = world.job(plan_of("secret", cluster), account=2)
    world.start(f"{other}.secret.0.1")
    job = world.job(plan_of("t", cluster))
    found = said.instance(job)
    assert found.cause.code == codes.WAITS_FOR_PREVIOUS
    assert "where a program of another account has not ended" in found.reason
    assert other not in found.reason + str(found.cause.related)
    assert "secret" not in found.reason + str(found.cause.related)
