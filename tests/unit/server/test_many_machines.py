"""Clusters of many machines: what happens to all of them is a few statements, in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from batchcompute.server.executors.interface import (
    AttemptLost,
    Event,
    WorkerJoined,
    WorkerLeft,
    WorkerWarned,
)
from batchcompute.server.scheduler import clusters
from batchcompute.server.scheduler.cluster_rows import MAX_LOGS
from batchcompute.server.scheduler.core import Core
from batchcompute.server.scheduler.thread import SchedulerLoop
from batchcompute.server.store import cluster_queries
from tests.unit.server.fakes import World, plan_of

MANY = 3000


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that the database of a world is given, and no other one of this process."""
    statements: list[str] = []
    with world.database.read() as connection:
        own = connection.engine.url.database

    def note(connection: Connection, _: Any, statement: str, *__: Any) -> None:
        if connection.engine.url.database == own:
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


def made(world: World, count: int, *events: str) -> tuple[str, list[str]]:
    """A cluster with machines that boot."""
    description = {
        "Name": "cluster",
        "ImageId": "img-ubuntu",
        "Groups": {"group": {"DesiredVMCount": count}},
        "Notification": {"Topic": {"Name": "topic", "Events": list(events)}},
    }
    (cluster,) = world.apply(lambda unit: clusters.create(unit, description))
    return cluster, list(world.executor.pools[f"{cluster}.group"])


def _joins(workers: list[str]) -> list[WorkerJoined]:
    return [WorkerJoined("pool", worker) for worker in workers]


def joins(workers: list[str]) -> list[Event]:
    return [*_joins(workers)]


def leaves(workers: list[str]) -> list[Event]:
    return [WorkerLeft("pool", worker, "it was released") for worker in workers]


def lines(world: World, cluster_id: str) -> list[str]:
    with world.database.read() as connection:
        cluster = cluster_queries.find_cluster(connection, cluster_id)
        assert cluster is not None
        found = cluster_queries.logs_of(connection, [cluster.seq])[cluster.seq]
    return [row.line.partition("]")[2] for row in found]


def test_life_of_many_machines_is_few_statements(world: World) -> None:
    with counted(world) as statements:
        cluster, workers = made(world, MANY)
        assert len(statements) < 60
        statements.clear()
        world.apply(*joins(workers))
        assert set(world.machine_states()) == {"Running"}
        assert len(statements) < 60
        statements.clear()
        world.delete_cluster(cluster)
        assert set(world.machine_states()) == {"Deleting"}
        assert len(statements) < 60
        statements.clear()
        world.apply(*leaves(workers))
        assert world.cluster_state(cluster) == "gone"
        assert len(statements) < 60


def test_agents_that_come_and_say_something_of_themselves_are_few_statements(
    world: World,
) -> None:
    cluster, workers = made(world, MANY)
    with counted(world) as statements:
        news = (
            (each, WorkerWarned("pool", each.worker_id, "It is here")) for each in _joins(workers)
        )
        world.apply(*(event for pair in news for event in pair))
        assert len(statements) < 60
    assert set(world.machine_states()) == {"Running"}
    assert lines(world, cluster)[-1] == f"[group][{workers[-1]}]It is here"


def test_newest_lines_of_many_machines_are_kept(world: World) -> None:
    cluster, workers = made(world, MANY)
    world.apply(*joins(workers))
    last = [f"[group][{worker}]Instance is active" for worker in workers[-MAX_LOGS:]]
    assert lines(world, cluster) == last
    world.apply(*leaves(workers[:1]))
    lost = f"[group][{workers[0]}]Instance lost: it was released"
    new = list(world.executor.pools[f"{cluster}.group"])[-1]
    created = f"[group][{new}]Instance created"
    assert lines(world, cluster) == [*last[2:], lost, created]


def test_machine_that_joins_and_leaves_at_once_is_replaced(world: World) -> None:
    cluster, (worker, other) = made(world, 2)
    world.apply(*joins([worker, other]), *leaves([worker]))
    assert sorted(world.machine_states()) == ["Running", "Starting"]
    (new,) = set(world.executor.pools[f"{cluster}.group"]) - {other}
    assert new != worker
    world.apply(*joins([worker]), *joins([new]))
    assert world.machine_states() == ["Running", "Running"]


def test_repeated_news_of_machines_change_nothing(world: World) -> None:
    cluster, workers = made(world, 2, "OnInstanceActive")
    world.apply(*joins(workers), *joins(workers), *joins([*workers, *workers, "unknown"]))
    assert len(world.told) == 2
    assert lines(world, cluster).count(f"[group][{workers[0]}]Instance is active") == 1
    world.apply(*leaves([workers[0], workers[0]]), *leaves([workers[0], "unknown"]))
    assert len(world.executor.pools[f"{cluster}.group"]) == 2
    assert lines(world, cluster).count(f"[group][{workers[0]}]Instance lost: it was released") == 1


def test_news_of_several_clusters_come_to_each(world: World) -> None:
    first, of_first = made(world, 2)
    second, of_second = made(world, 2)
    mixed = [of_first[0], of_second[0], of_first[1], of_second[1]]
    world.apply(*joins(mixed))
    for cluster, workers in ((first, of_first), (second, of_second)):
        active = [f"[group][{worker}]Instance is active" for worker in workers]
        assert lines(world, cluster)[-2:] == active
    world.delete_cluster(first)
    world.apply(*leaves(mixed))
    assert world.cluster_state(first) == "gone"
    assert world.cluster_state(second) == "Active"
    assert world.machine_states() == ["Starting", "Starting"]


def test_warning_of_a_machine_is_in_the_logs_of_its_cluster(world: World) -> None:
    cluster, (worker,) = made(world, 1)
    for known in (worker, "unknown"):
        world.apply(WorkerWarned("pool", known, "Programs wait: no processes\0"))
    assert lines(world, cluster)[-1] == f"[group][{worker}]Programs wait: no processes\ufffd"


def test_machine_that_leaves_with_its_program_stays_until_that_is_settled(world: World) -> None:
    cluster, workers = made(world, 2)
    world.apply(*joins(workers))
    job = world.job(plan_of("t", cluster))
    (attempt,) = world.begun()
    world.executor.answers[attempt] = "alive"
    world.apply(*leaves(workers))
    assert world.executor.settled == [attempt]
    assert sorted(world.machine_states()) == ["Deleting", "Starting", "Starting"]
    world.apply(AttemptLost(attempt, "it is gone"))
    assert world.machine_states() == ["Starting", "Starting"]
    assert world.states(job, "t") == ["Waiting"]


def test_news_of_many_machines_are_recorded_in_few_commits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    commit = Core.commit

    def note(core: Core, batch: Any) -> Any:
        commits.append(len(batch))
        return commit(core, batch)

    _, workers = made(world, MANY)
    monkeypatch.setattr(Core, "commit", note)
    loop = SchedulerLoop(world.core)
    for each in joins(workers):
        loop.emit(each)
    answer = loop.call(lambda _: "done")
    loop.start()
    loop.close()
    assert answer.result(0) == "done"
    assert sum(commits) == MANY + 1
    assert len(commits) <= 3
    assert set(world.machine_states()) == {"Running"}
