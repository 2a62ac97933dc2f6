"""Texts that the database cannot keep: they are made so that it can, or blamed on their report."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import DataError

from batchcompute.server.executors.interface import AttemptLost, Receipt, WorkerLeft
from batchcompute.server.model.errors import ApiError
from batchcompute.server.model.plan import JobPlan
from batchcompute.server.scheduler import admission, clusters, jobs
from batchcompute.server.scheduler.error_classification import UNRECORDABLE
from batchcompute.server.scheduler.thread import SchedulerLoop
from batchcompute.server.store import cluster_queries
from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.strings import storable
from tests.unit.server.fakes import World, plan_of, receipt
from tests.unit.server.test_recovery import recovering

#: A poisoned text that nothing cleans, because only a fault of ours brings it here.
POISON = "poison"


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SQLite as particular as PostgreSQL, whose texts hold no zero byte."""

    def look(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> None:
        found = repr(parameters)
        if "\\x00" in found or POISON in found:
            raise DataError(statement, None, Exception("cannot contain NUL (0x00) bytes"))

    def execute(self: CompiledStatement, connection: Any, parameters: Any) -> Any:
        look(None, None, "", parameters, None, None)
        return straight(self, connection, parameters)

    straight = CompiledStatement._execute
    monkeypatch.setattr(CompiledStatement, "_execute", execute)
    event.listen(Engine, "before_cursor_execute", look)
    yield
    event.remove(Engine, "before_cursor_execute", look)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("näïve 😀", "näïve 😀"),
        ("a\0b", "a\ufffdb"),
        ("a\udc80b", "a\ufffdb"),
        ("\ud83d and \0", "\ufffd and \ufffd"),
    ],
)
def test_storable_text(text: str, kept: str) -> None:
    assert storable(text) == kept


@pytest.mark.parametrize("bad", ["\0", "\udcff"])
def test_texts_of_a_receipt_are_kept_as_far_as_possible(world: World, bad: str) -> None:
    job = world.job(plan_of("t", world.cluster()))
    (attempt,) = world.begun()
    failed = receipt(
        attempt,
        reason="failed",
        error_code=f"Invalid{bad}",
        error_message=f"PackagePath oss://b/{bad}",
        detail=f"ValueError: {bad}",
    )
    world.apply(failed)
    assert world.states(job, "t") == ["Failed"]
    (instance,) = world.instances(job, "t")
    assert instance.error_message == "PackagePath oss://b/\ufffd"
    assert instance.detail == "ValueError: \ufffd"
    assert "oss://b/\ufffd" in world.message(job)


def test_cause_of_a_loss_is_kept_as_far_as_possible(world: World) -> None:
    world.core = type(world.core)(
        world.database, world.executor, world.clock, region="cn-hangzhou", max_losses=1
    )
    job = world.job(plan_of("t", world.cluster()))
    (attempt,) = world.begun()
    world.start(attempt)
    world.apply(AttemptLost(attempt, "of \0"))
    (instance,) = world.instances(job, "t")
    assert (instance.state, instance.error_code) == ("Failed", "AttemptLost")
    assert "because of \ufffd" in instance.error_message


def test_lines_of_a_cluster_are_kept_as_far_as_possible(world: World) -> None:
    description = {"Name": "c", "ImageId": "i", "Groups": {"g": {"DesiredVMCount": 1}}}
    notes = ["nas://\0 is not mounted"]
    (cluster_id,) = world.apply(lambda unit: clusters.create(unit, description, notes))
    (worker,) = world.executor.pools[f"{cluster_id}.g"]
    world.apply(WorkerLeft("pool", worker, "of \0"))
    with world.database.read() as connection:
        cluster = cluster_queries.find_cluster(connection, cluster_id)
        assert cluster is not None
        lines = [
            row.line for row in cluster_queries.logs_of(connection, [cluster.seq])[cluster.seq]
        ]
    assert any(line.endswith("nas://\ufffd is not mounted") for line in lines)
    assert any(line.endswith("Instance lost: of \ufffd") for line in lines)


def test_command_is_refused_by_its_caller_s_fault(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    refused, stopped = world.apply(
        lambda unit: clusters.remove(unit, "cls-\0"), lambda unit: jobs.stop(unit, job)
    )
    assert isinstance(refused, ApiError)
    assert (refused.status, refused.code) == (400, "InvalidHttpBody")
    assert stopped is None
    assert world.job_state(job) == "Stopped"


def test_new_job_is_refused_by_its_own_fault_alone(world: World) -> None:
    cluster = world.cluster(0)
    plan = JobPlan("job", 0, True, False, (plan_of("t", cluster),), ((),))
    first, refused, second = world.apply(
        *[partial(admission.create, plan=plan, description=text) for text in ("{}", "\0", "{}")]
    )
    assert isinstance(refused, ApiError)
    assert (refused.status, refused.code) == (400, "InvalidHttpBody")
    assert [world.job_state(job) for job in (first, second)] == ["Waiting", "Waiting"]


@pytest.mark.parametrize("ending", ["unstorable", "no time"])
def test_report_that_cannot_be_recorded_fails_its_instance(world: World, ending: str) -> None:
    job = world.job(plan_of("t", world.cluster(2), 2), fail=False)
    first, second = world.begun()
    loop = SchedulerLoop(world.core)
    loop.start()
    loop.emit(_poisoned(first, ending))
    loop.emit(receipt(second))
    loop.close()
    assert world.states(job, "t") == ["Failed", "Finished"]
    (instance, _) = world.instances(job, "t")
    assert instance.error_code == UNRECORDABLE
    assert world.job_state(job) == "Finished"
    assert world.in_flight() == []


@pytest.mark.parametrize("ending", ["unstorable", "no time"])
def test_recovery_records_a_failure_instead_and_goes_on(world: World, ending: str) -> None:
    job = world.job(plan_of("t", world.cluster(2), 3), fail=False)
    first, second = world.begun()
    found = {"t0": _poisoned(first, ending).receipt, "t1": receipt(second).receipt}
    _recover(world, **found)
    assert world.begun() == [f"{job}.t.2.1"]
    assert world.states(job, "t") == ["Failed", "Finished", "Dispatched"]


def test_recovery_goes_on_though_nothing_can_be_recorded_of_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = world.job(plan_of("t", world.cluster(2), 2), fail=False)
    first, second = world.begun()
    found = {"t0": _poisoned(first, "unstorable").receipt, "t1": receipt(second).receipt}
    monkeypatch.setattr("batchcompute.server.scheduler.error_classification.UNRECORDABLE", POISON)
    _recover(world, **found)
    assert world.states(job, "t") == ["Dispatched", "Finished"]
    monkeypatch.undo()
    _recover(world, **found)
    assert world.states(job, "t") == ["Failed", "Finished"]


def _recover(world: World, **found: Receipt) -> None:
    """Restart, and let the thread take what the executor tells."""
    recovering(world, **found)
    loop = SchedulerLoop(world.core)
    loop.start()
    for each in world.executor.take_events():
        loop.emit(each)
    # What is put into the queue once this is answered comes after all that follows from those.
    loop.call(lambda _: None).result(60)
    loop.call(lambda _: None).result(60)
    loop.close()


def _poisoned(attempt: str, ending: str) -> Any:
    """A receipt that cannot be recorded, by a fault of ours."""
    if ending == "no time":
        event_ = receipt(attempt)
        wrong = type(event_.receipt)(attempt, "exited", 0, math.nan, math.nan)
        return type(event_)(wrong)
    return receipt(attempt, reason="failed", error_code="X", error_message=POISON)
