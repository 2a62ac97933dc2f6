"""VMs that take parts of the machine: what is refused, what waits, and what goes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.explain import codes
from batchcompute.server.model.errors import ApiError
from batchcompute.server.model.plan import JobPlan
from batchcompute.server.model.resources import InstanceTypes, Machine, Placement, Resources
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.catalogue.operations import Catalogue
from batchcompute.server.scheduler import admission, clusters, room
from batchcompute.server.store import cluster_queries
from tests.unit.server.explained import Explained
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of, refusal
from tests.unit.server.placed import placed


@pytest.fixture
def world(tmp_path: Path, clock: FakeClock) -> Iterator[World]:
    executor = FakeExecutor(slots=100)
    made = World(f"sqlite:///{tmp_path / 'test.db'}", clock, executor, placement=placed())
    yield made
    made.check_cache()
    made.close()


def _create(world: World, **members: Any) -> Any:
    description = {
        "Name": "c",
        "ImageId": "img-ubuntu",
        "Groups": {"group": {"DesiredVMCount": 1}},
        **members,
    }
    return world.apply(lambda unit: clusters.create(unit, description))[0]


def _message(answer: Any) -> str:
    assert isinstance(answer, ApiError)
    return answer.message


def test_vm_larger_than_the_machine_is_refused_with_both_numbers(world: World) -> None:
    answer = _create(world, InstanceType="bcs.a2.3xlarge")
    assert refusal(answer) == (400, "InvalidInstanceType")
    message = _message(answer)
    assert "16 processors, 32768 MiB of memory and 0 gpu" in message
    assert "4 processors, 8192 MiB of memory and 2 gpu for VMs" in message
    assert "8704 MiB less 512 for the system" in message


def test_group_larger_than_the_machine_is_named(world: World) -> None:
    groups = {
        "a": {"DesiredVMCount": 1},
        "b": {"DesiredVMCount": 1, "InstanceType": "bcs.b4.xlarge"},
    }
    answer = _create(world, Groups=groups, InstanceType="small")
    assert "Groups.b.InstanceType" in _message(answer)


def test_cluster_cannot_be_changed_to_what_is_larger_than_the_machine(world: World) -> None:
    cluster = world.cluster(1, "small")
    change = {"Groups": {"group": {"InstanceType": "bcs.a2.3xlarge"}}}
    answer = world.apply(lambda unit: clusters.modify(unit, cluster, change))[0]
    assert refusal(answer) == (400, "InvalidInstanceType")


def test_job_whose_own_cluster_is_larger_than_the_machine_is_refused(world: World) -> None:
    task = plan_of("t", auto_cluster={"InstanceType": "bcs.a2.3xlarge", "ImageId": "img-ubuntu"})
    plan = JobPlan("job", 0, True, False, (task,), ((),))
    answer = world.apply(lambda unit: admission.create(unit, plan, "{}"))[0]
    assert "DAG.Tasks.t.AutoCluster.InstanceType" in _message(answer)


def test_type_that_nobody_knows_is_one_processor_with_its_memory() -> None:
    placement = placed()
    assert placement.needs("ecs.of.somebody") == Resources(1, 2048)
    assert placement.needs("") == Resources(1, 2048)


def test_programs_begin_as_long_as_the_sums_fit(world: World) -> None:
    cluster = world.cluster(6, "small")
    job = world.job(plan_of("t", cluster, 6))
    begun = world.begun()
    assert begun == [f"{job}.t.{idx}.1" for idx in range(4)]
    world.run(begun[0])
    assert world.begun() == [f"{job}.t.4.1"]


def test_memory_counts_like_processors(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(2, "memory"), 2))
    assert world.begun() == [f"{job}.t.0.1"]
    said = Explained(world).instance(job, 1)
    assert said.cause.code == codes.WAITS_FOR_RESOURCES
    assert "needs 0.5 processors, 6000 MiB" in said.reason
    assert "2192 MiB of memory and 2 gpu are free" in said.reason


def test_devices_count_like_processors(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(3, "gpu"), 3))
    assert world.begun() == [f"{job}.t.0.1", f"{job}.t.1.1"]


def test_what_fits_goes_before_what_does_not_but_not_for_ever(
    world: World, clock: FakeClock
) -> None:
    small, whole = world.cluster(4, "small"), world.cluster(1, "whole")
    first = world.job(plan_of("t", small, 2), priority=2)
    begun = world.begun()
    large = world.job(plan_of("t", whole), priority=1)
    later = world.job(plan_of("t", small, 50))
    # Two begin beside the first ones, which is before the large one that does not fit.
    assert world.begun() == [f"{later}.t.0.1", f"{later}.t.1.1"]
    clock.moment += room.PATIENCE
    world.run(begun[0])
    assert world.begun() == []
    said = Explained(world).instance(later, 2)
    assert said.cause.code == codes.WAITS_FOR_RESOURCES
    assert said.reason.startswith("A larger VM comes first, which needs 4 processors")
    for attempt in (begun[1], f"{later}.t.0.1", f"{later}.t.1.1"):
        assert world.begun() == []
        world.run(attempt)
    assert world.begun() == [f"{large}.t.0.1"]
    world.run(f"{large}.t.0.1")
    assert len(world.begun()) == 4
    assert first != later


def test_machine_that_has_become_smaller_says_so(tmp_path: Path, clock: FakeClock) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    before = World(url, clock, FakeExecutor(4), placement=placed())
    job = before.job(plan_of("t", before.cluster(1, "memory"), 2))
    before.close()
    machine = Machine(Resources(1, 1024), 1024)
    own = {"memory": Resources(0.5, 6000)}
    after = World(url, clock, FakeExecutor(4), placement=Placement(InstanceTypes(own, machine)))
    after.core.recover()
    after.apply(*after.executor.take_events())
    after.join()
    assert after.begun() == []
    said = Explained(after).instance(job, 1)
    assert "which is more than this machine has for VMs" in said.reason
    after.close()


def test_cluster_of_a_task_has_no_more_vms_than_fit(world: World) -> None:
    world.job(plan_of("t", count=50, auto_cluster={"InstanceType": "half", "ImageId": "img-u"}))
    assert len(world.machines()) == 2


def _logs(world: World, cluster_id: str) -> str:
    with world.database.read() as connection:
        cluster = cluster_queries.find_cluster(connection, cluster_id)
        assert cluster is not None
        return str(cluster_queries.logs_of(connection, [cluster.seq]))


def test_operation_logs_say_what_a_vm_takes(world: World) -> None:
    lines = _logs(world, world.cluster(1, "half"))
    assert "[group]InstanceType half stands for 2 processors and 1024 MiB of memory" in lines
    lines = _logs(world, world.cluster(1, "ecs.of.somebody"))
    assert "ecs.of.somebody is not known here and stands for 1 processor and" in lines


def test_only_types_that_fit_are_offered(world: World) -> None:
    catalogue = Catalogue(placed().types, placed())
    with world.database.read() as connection:
        names = catalogue.get_quotas(connection, Call({}))["AvailableClusterInstanceType"]
        assert {"half", "ecs.sn1ne.large"} <= set(names)
        assert "bcs.a2.3xlarge" not in names
        kinds = catalogue.get_available_resource(connection, Call({}))
    machine = kinds["AvailableClusterInstanceType"]
    assert {"InstanceType": "local.machine", "CpuCore": 4, "MemorySize": 8}.items() <= next(
        each for each in machine if each["InstanceType"] == "local.machine"
    ).items()


_RESOURCES = st.builds(
    Resources.of,
    st.integers(1, 4000).map(lambda milli: milli / 1000),
    st.integers(1, 8192),
    st.dictionaries(st.sampled_from(("gpu", "fpga")), st.integers(0, 2)),
)


@given(st.lists(st.tuples(_RESOURCES, st.booleans()), max_size=20))
def test_room_never_gives_more_than_there_is_and_gets_all_of_it_back(
    wanted: list[tuple[Resources, bool]],
) -> None:
    placement = placed()
    left = room.Room(placement)
    whole = vars(room.Room(placement))
    taken: list[Resources] = []
    for each, ends in wanted:
        if left.fits(each):
            assert left.count(each, 100) >= 1
            left.take(each)
            taken.append(each)
        else:
            assert left.count(each, 100) == 0
        if taken and ends:
            left.give(taken.pop())
        offered = placement.machine.offered
        assert round(sum(some.processors for some in taken) * 1000) <= offered.processors * 1000
        assert sum(some.memory_mib for some in taken) <= offered.memory_mib
        assert sum(some.gpus for some in taken) <= offered.gpus
    for each in taken:
        left.give(each)
    assert left.fits(offered := placement.machine.offered)
    assert left.count(offered, 9) == 1
    assert (left._milli, left._memory) == (whole["_milli"], whole["_memory"])
