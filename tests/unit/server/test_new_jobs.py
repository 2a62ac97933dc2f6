"""New jobs of one batch: they are written together, and none of them suffers for another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from batchcompute.server.model.plan import JobPlan
from batchcompute.server.scheduler import admission, jobs
from batchcompute.server.scheduler.causes import Requested
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store import tables
from batchcompute.server.store.compiled import CompiledStatement
from tests.unit.server.fakes import World, plan_of, refusal


def _create(cluster_id: str, description: str = "{}") -> Callable[[Unit], Any]:
    plan = JobPlan(
        name="job",
        priority=0,
        fail_on_instance_fail=True,
        auto_release=False,
        tasks=(plan_of("t", cluster_id),),
        successors=((),),
    )
    return Requested(lambda unit: admission.create(unit, plan, description), "R")


@pytest.fixture
def inserted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often something was inserted into each table."""
    counted: Counter[str] = Counter()
    execute = CompiledStatement._execute

    def count(self: CompiledStatement, connection: Any, parameters: Any) -> Any:
        text = self._compiled[0]
        if text.startswith("INSERT INTO "):
            counted[text.split()[2]] += 1
        return execute(self, connection, parameters)

    monkeypatch.setattr(CompiledStatement, "_execute", count)
    return counted


def test_each_table_is_written_once(world: World, inserted: Counter[str]) -> None:
    cluster = world.cluster(0)
    inserted.clear()
    made = world.apply(*[_create(cluster) for _ in range(5)])
    tables = ("jobs", "job_descriptions", "job_requests", "tasks", "task_plans")
    assert inserted == dict.fromkeys(tables, 1)
    assert made == sorted(set(made))
    assert [world.job_state(job) for job in made] == ["Waiting"] * 5


def test_a_refusal_leaves_the_others_as_they_are(world: World, inserted: Counter[str]) -> None:
    cluster = world.cluster()
    inserted.clear()
    first, refused, second = world.apply(_create(cluster), _create("cls-unknown"), _create(cluster))
    assert refusal(refused)[0] == 400
    assert inserted["jobs"] == 1
    assert world.states(first, "t") == ["Dispatched"]
    assert world.states(second, "t") == ["Waiting"]


def test_what_follows_in_the_batch_finds_them(world: World) -> None:
    cluster = world.cluster(0)
    before = world.job(plan_of("t", cluster))

    def stop_new(unit: Unit) -> None:
        # Ids are given in order, so that the next one is known.
        number = int(before[-8:], 16) + 1
        jobs.stop(unit, f"{before[:-8]}{number:08X}")

    made, stopped, other = world.apply(_create(cluster), stop_new, _create(cluster))
    assert stopped is None
    assert world.job_state(made) == "Stopped"
    assert world.job_state(other) == "Waiting"


def test_one_that_is_refused_after_it_was_made_is_gone(world: World) -> None:
    cluster = world.cluster(0)

    def make_and_refuse(unit: Unit) -> None:
        _create(cluster)(unit)
        _create("cls-unknown")(unit)

    first, refused, second = world.apply(_create(cluster), make_and_refuse, _create(cluster))
    assert refusal(refused)[0] == 400
    with world.database.read() as connection:
        assert list(connection.scalars(select(tables.jobs.c.id))) == [first, second]
    assert [world.job_state(job) for job in (first, second)] == ["Waiting", "Waiting"]
