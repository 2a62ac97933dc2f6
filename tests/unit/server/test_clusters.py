from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from batchcompute.server.executors.interface import WorkerJoined
from batchcompute.server.scheduler import clusters
from batchcompute.server.store import cluster_queries
from tests.unit.server.fakes import World, plan_of, receipt, refusal


def description(count: int) -> dict[str, Any]:
    return {
        "Name": "cluster",
        "ImageId": "img-ubuntu",
        "Groups": {"group": {"DesiredVMCount": count}},
    }


def resize(world: World, cluster: str, count: int) -> None:
    change = {"Groups": {"group": {"DesiredVMCount": count}}}
    world.apply(lambda unit: clusters.modify(unit, cluster, change))


def pool(world: World, cluster: str) -> dict[str, bool]:
    return world.executor.pools[f"{cluster}.group"]


def test_machines_boot_before_they_run(world: World) -> None:
    (cluster,) = world.core.apply([lambda unit: clusters.create(unit, description(2))])
    assert world.machine_states() == ["Pending", "Pending"]
    assert world.cluster_state(cluster.value) == "Active"
    world.apply()
    assert world.machine_states() == ["Starting", "Starting"]
    world.join()
    assert world.machine_states() == ["Running", "Running"]


def test_every_machine_has_a_name_and_an_address_of_its_own_from_the_beginning(
    world: World,
) -> None:
    world.core.apply([lambda unit: clusters.create(unit, description(300))])
    made = [(row.id, row.ip_address, row.host_name) for row in world.machines()]
    addresses = {address for _, address, _ in made}
    assert len(addresses) == 300
    assert all(IPv4Address(address).is_loopback for address in addresses)
    assert "127.0.0.1" not in addresses
    assert all(host == machine for machine, _, host in made)
    world.apply()
    world.join()
    assert [(row.id, row.ip_address, row.host_name) for row in world.machines()] == made


def test_machine_elsewhere_has_the_address_that_it_reports(world: World) -> None:
    world.apply(lambda unit: clusters.create(unit, description(2)))
    ((name, workers),) = world.executor.pools.items()
    near, far = workers
    world.apply(WorkerJoined(name, near), WorkerJoined(name, far, "10.0.0.7", "node7"))
    first, second = world.machines()
    assert (first.host_name, IPv4Address(first.ip_address).is_loopback) == (near, True)
    assert (second.host_name, second.ip_address) == ("node7", "10.0.0.7")


def test_grow_adds_machines_that_take_waiting_instances(world: World) -> None:
    cluster = world.cluster(1)
    world.job(plan_of("t", cluster, 3))
    assert len(world.begun()) == 1
    resize(world, cluster, 3)
    world.join()
    assert len(world.begun()) == 2


def test_shrink_takes_idle_machines_first(world: World) -> None:
    cluster = world.cluster(3)
    job = world.job(plan_of("t", cluster))
    (attempt,) = world.begun()
    busy = next(iter(pool(world, cluster)))
    resize(world, cluster, 1)
    assert list(pool(world, cluster)) == [busy]
    world.run(attempt)
    assert world.job_state(job) == "Finished"


def test_machine_taken_by_its_user_is_a_failed_attempt(world: World) -> None:
    cluster = world.cluster(1)
    job = world.job(plan_of("t", cluster, max_retries=1))
    (first,) = world.begun()
    world.start(first)
    resize(world, cluster, 0)
    (instance,) = world.instances(job, "t")
    assert (instance.state, instance.retries) == ("Waiting", 1)
    resize(world, cluster, 1)
    world.join()
    # The program of the first may still be running for a moment.
    assert world.begun() == []
    world.lose(first)
    (second,) = world.begun()
    machine = next(iter(pool(world, cluster)))
    world.apply(lambda unit: clusters.remove_machine(unit, cluster, "group", machine))
    assert world.job_state(job) == "Failed"
    assert "cluster instance" in world.message(job)
    world.apply(receipt(second, 0))
    assert world.states(job, "t") == ["Failed"]


def test_instance_whose_program_is_ending_keeps_no_other_waiting(world: World) -> None:
    cluster = world.cluster(2)
    job = world.job(plan_of("t", cluster, 3, max_retries=1))
    first, second = world.begun()
    for attempt in (first, second):
        world.start(attempt)
    machine = next(iter(pool(world, cluster)))
    recreate = lambda unit: clusters.recreate_machine(unit, cluster, "group", machine)  # noqa: E731
    assert world.apply(recreate) == [None]
    world.join()
    # The fresh one goes first, on the new machine.
    assert world.begun() == [f"{job}.t.2.1"]
    world.run(second)
    assert world.begun() == []
    # The end comes when the machine has left, and no other news follows it.
    world.leave(machine)
    assert world.begun() == [f"{job}.t.0.2"]
    world.check_counters()


def test_lost_machine_is_replaced_and_its_attempt_settled(world: World) -> None:
    cluster = world.cluster(1)
    job = world.job(plan_of("t", cluster))
    (attempt,) = world.begun()
    world.start(attempt)
    (machine,) = pool(world, cluster)
    world.leave(machine)
    assert world.executor.settled == [attempt]
    (replacement,) = pool(world, cluster)
    assert replacement != machine
    (instance,) = world.instances(job, "t")
    assert (instance.state, instance.retries) == ("Waiting", 0)
    world.join()
    assert world.begun() == [f"{job}.t.0.2"]


def test_recreated_machine_has_another_id(world: World) -> None:
    cluster = world.cluster(1)
    (machine,) = pool(world, cluster)
    command = lambda unit: clusters.recreate_machine(unit, cluster, "group", machine)  # noqa: E731
    assert world.apply(command) == [None]
    (replacement,) = pool(world, cluster)
    assert replacement != machine
    (answer,) = world.apply(command)
    assert refusal(answer) == (409, "StateConflict")


@pytest.mark.parametrize("fail", [True, False])
def test_deleted_cluster_fails_what_uses_it(world: World, fail: bool) -> None:
    cluster = world.cluster(1)
    job = world.job(
        plan_of("a", cluster, 2, max_retries=5),
        plan_of("b", cluster),
        successors=((1,), ()),
        fail=fail,
    )
    (attempt,) = world.begun()
    world.start(attempt)
    (machine,) = pool(world, cluster)
    world.delete_cluster(cluster)
    assert world.cluster_state(cluster) == "Deleting"
    assert refusal(world.delete_cluster(cluster)) == (409, "StateConflict")
    assert world.states(job, "a") == ["Failed", "Stopped" if fail else "Failed"]
    assert world.job_state(job) == ("Failed" if fail else "Running")
    world.leave(machine)
    world.apply(receipt(attempt, 137, "stopped"))
    assert world.cluster_state(cluster) == "gone"
    if fail:
        assert cluster in world.message(job)
    else:
        assert world.job_state(job) == "Finished"
        assert world.states(job, "b") == ["Failed"]
    world.check_counters()


def test_job_on_a_deleted_cluster_is_refused(world: World) -> None:
    cluster = world.cluster(1)
    world.delete_cluster(cluster)
    with pytest.raises(AssertionError, match="InvalidClusterId"):
        world.job(plan_of("t", cluster))
    with pytest.raises(AssertionError, match="InvalidClusterId"):
        world.job(plan_of("t", "cls-unknown"))


def test_long_chain_on_a_deleted_cluster_ends(world: World) -> None:
    cluster = world.cluster(1)
    length = 600
    plans = [plan_of(f"t{pos}", cluster) for pos in range(length)]
    successors = (*((pos + 1,) for pos in range(length - 1)), ())
    job = world.job(*plans, successors=successors, fail=False)
    (machine,) = pool(world, cluster)
    world.delete_cluster(cluster)
    world.leave(machine)
    assert world.job_state(job) == "Finished"


AUTO = {"ImageId": "img-ubuntu"}


def only_pool(world: World) -> str:
    (name,) = [name for name, workers in world.executor.pools.items() if workers]
    return name


def test_auto_cluster_lives_with_its_task(world: World) -> None:
    job = world.job(plan_of("t", "", 9, auto_cluster=AUTO))
    name = only_pool(world)
    workers = list(world.executor.pools[name])
    assert len(workers) == world.executor.slots
    world.join()
    for _ in range(9):
        for attempt in world.begun():
            world.run(attempt)
    assert world.job_state(job) == "Finished"
    assert world.executor.pools[name] == {}
    for worker in workers:
        world.leave(worker)
    assert world.cluster_state(name.partition(".")[0]) == "gone"


@pytest.mark.parametrize("reserve", [True, False])
def test_auto_cluster_of_a_failed_task_is_kept_if_asked_for(world: World, reserve: bool) -> None:
    job = world.job(plan_of("t", auto_cluster={**AUTO, "ReserveOnFail": reserve}))
    name = only_pool(world)
    world.join()
    world.run(world.begun()[0], exit_code=1)
    assert world.job_state(job) == "Failed"
    assert bool(world.executor.pools[name]) is reserve
    world.restart(job)
    fresh = [each for each in world.executor.pools if each != name]
    assert len(fresh) == 1
    world.stop(job)
    assert world.executor.pools[fresh[0]] == {}
    assert bool(world.executor.pools[name]) is reserve


def remove_machine(world: World, pool_id: str, machine: str) -> None:
    cluster, _, group = pool_id.partition(".")
    world.apply(lambda unit: clusters.remove_machine(unit, cluster, group, machine))


def wanted(world: World, cluster_id: str) -> int:
    """DesiredVMCount of the only group of a cluster."""
    with world.database.read() as connection:
        cluster = cluster_queries.find_cluster(connection, cluster_id)
        assert cluster is not None
        (group,) = cluster_queries.groups_of(connection, [cluster.seq])[cluster.seq]
        return int(group.desired)


@pytest.mark.parametrize("booted", [True, False])
def test_last_machine_of_an_auto_cluster_is_replaced_while_instances_wait(
    world: World, booted: bool
) -> None:
    job = world.job(plan_of("t", auto_cluster=AUTO, max_retries=1))
    name = only_pool(world)
    cluster, (first,) = name.partition(".")[0], world.executor.pools[name]
    if booted:
        world.join()
    begun = world.begun()
    remove_machine(world, name, first)
    assert wanted(world, cluster) == 1
    (second,) = world.executor.pools[name]
    assert second != first
    for attempt in begun:
        world.lose(attempt)
    world.leave(first)
    world.join()
    (attempt,) = world.begun()
    assert world.instances(job, "t")[0].retries == len(begun)
    world.run(attempt)
    assert world.job_state(job) == "Finished"


def test_auto_cluster_that_has_machines_left_shrinks(world: World) -> None:
    world.job(plan_of("t", "", 9, auto_cluster=AUTO, max_retries=1))
    name = only_pool(world)
    world.join()
    first, *others = world.executor.pools[name]
    remove_machine(world, name, first)
    assert list(world.executor.pools[name]) == others
    assert wanted(world, name.partition(".")[0]) == len(others)


def test_machine_of_an_auto_cluster_that_nobody_waits_for_is_not_replaced(world: World) -> None:
    job = world.job(plan_of("t", auto_cluster={**AUTO, "ReserveOnFail": True}))
    name = only_pool(world)
    world.join()
    (machine,) = world.executor.pools[name]
    remove_machine(world, name, machine)
    assert world.job_state(job) == "Failed"
    assert world.executor.pools[name] == {}
    assert wanted(world, name.partition(".")[0]) == 0


def test_cluster_of_a_user_may_have_no_machine_though_instances_wait(world: World) -> None:
    cluster = world.cluster(1)
    job = world.job(plan_of("t", cluster, max_retries=1))
    (machine,) = pool(world, cluster)
    remove_machine(world, f"{cluster}.group", machine)
    assert pool(world, cluster) == {}
    assert (wanted(world, cluster), world.states(job, "t")) == (0, ["Waiting"])


def test_logs_of_a_cluster_say_how_its_programs_are_kept_apart(world: World) -> None:
    world.cluster(0)
    world.job(plan_of("t", auto_cluster=AUTO))
    with world.database.read() as connection:
        found = cluster_queries.list_clusters(connection, marker="", limit=10)
        logs = cluster_queries.logs_of(connection, [each.seq for each in found])
    assert len(logs) == 2
    for lines in logs.values():
        texts = [row.line.rpartition("]")[2] for row in lines]
        assert texts[1:4] == [
            "Creating cluster successfully",
            "Programs run in a test",
            "Nothing else does",
        ]


def test_logs_are_bounded(world: World) -> None:
    cluster = world.cluster(0)
    for count in [3, 0] * 40:
        resize(world, cluster, count)
    with world.database.read() as connection:
        seq = cluster_queries.find_cluster(connection, cluster).seq  # type: ignore[union-attr]
        assert len(cluster_queries.logs_of(connection, [seq])[seq]) == 200
