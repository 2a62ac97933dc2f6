"""What is answered without the writer: kept answers, and tokens that were seen before."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import bindparam, select, text

from batchcompute.server.api.contract.document import load_contract
from batchcompute.server.model.errors import ApiError, StartError
from batchcompute.server.model.plan import JobPlan
from batchcompute.server.rules import response_cache
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.operations import READS, Service
from batchcompute.server.rules.response_cache import POLLED
from batchcompute.server.rules.tokens import LIFETIME, once
from batchcompute.server.scheduler import admission
from batchcompute.server.scheduler.thread import SchedulerLoop
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.database import Database
from batchcompute.server.store.tables import jobs, tasks
from tests.unit.server.fakes import FakeClock, World, plan_of


@pytest.fixture
def nothing_is_synced() -> None:
    """Everything is, as in a running service."""


@pytest.fixture
def service(world: World, clock: FakeClock) -> Service:
    """A service whose scheduler never takes anything, so that only reads get an answer."""
    return Service(world.database, SchedulerLoop(world.core), clock)


def ask(service: Service, operation: str, **path: str) -> Any:
    return asyncio.run(service.perform(operation, Call(path)))


def test_answer_is_kept_until_the_next_commit(world: World, service: Service) -> None:
    job = world.job(plan_of("t", world.cluster(1)))
    first = ask(service, "get_job", JobId=job)
    assert ask(service, "get_job", JobId=job) is first
    (attempt,) = world.begun()
    world.start(attempt)
    second = ask(service, "get_job", JobId=job)
    assert (first["State"], second["State"]) == ("Waiting", "Running")


def test_lists_are_read_beside_the_event_loop(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes milliseconds must not keep everybody else waiting."""
    threads: dict[str, int] = {}
    for name in ("list_jobs", "get_image"):

        def note(connection: Any, call: Call, name: str = name) -> dict[str, Any]:
            threads[name] = threading.get_ident()
            return {}

        monkeypatch.setitem(cast("dict[str, Any]", READS), name, note)
        ask(service, name)
    assert threads["get_image"] == threading.get_ident() != threads["list_jobs"]


def test_answers_of_different_paths_are_different(world: World, service: Service) -> None:
    cluster = world.cluster(1)
    jobs = [world.job(plan_of("t", cluster)) for _ in range(2)]
    assert [ask(service, "get_job", JobId=job)["Id"] for job in jobs] == jobs
    task = ask(service, "get_task", JobId=jobs[0], TaskName="t")
    assert task["TaskName"] == "t"


def test_absence_is_not_kept(world: World, service: Service) -> None:
    with pytest.raises(ApiError):
        ask(service, "get_cluster", ClusterId="cls-none")
    cluster = world.cluster(1)
    assert ask(service, "get_cluster", ClusterId=cluster)["Id"] == cluster


def test_kept_answers_are_bounded(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response_cache, "CAPACITY", 3)
    cluster = world.cluster(1)
    for job in [world.job(plan_of("t", cluster)) for _ in range(5)]:
        assert ask(service, "get_job", JobId=job)["Id"] == job
        assert len(service._polled._kept) <= 3


def test_an_error_of_a_commit_makes_answers_old_as_well(world: World) -> None:
    before = world.database.version
    with pytest.raises(RuntimeError), world.database.write():
        raise RuntimeError("perhaps after the commit")
    assert world.database.version > before


def test_polled_answers_depend_on_nothing_but_the_path() -> None:
    assert READS.keys() >= POLLED
    for operation in load_contract().operations:
        if operation.operation_id in POLLED:
            assert operation.query == ()


@pytest.mark.parametrize(
    ("age", "body", "known"),
    [
        (LIFETIME - 60_000_000, {"Name": "a"}, True),
        (LIFETIME + 60_000_000, {"Name": "a"}, False),
        (0, {"Name": "b"}, False),
    ],
)
def test_token_is_answered_by_a_reader_if_it_certainly_can(
    world: World, service: Service, clock: FakeClock, age: int, body: dict[str, str], known: bool
) -> None:
    stored = {"Name": "a"}
    made = world.apply(lambda unit: once(unit, "job", "token", stored, lambda _: "job-made"))
    assert made == ["job-made"]
    clock.moment += age
    call = Call({}, {"IdempotentToken": "token"}, body)
    assert service._made_before("job", call) == ("job-made" if known else None)
    assert service._made_before("cluster", call) is None


def test_reader_waits_for_no_writer_and_sees_the_last_commit(world: World) -> None:
    world.cluster(1)
    count = text("SELECT count(*) FROM clusters")
    with world.database.write() as writer:
        writer.execute(text("DELETE FROM clusters"))
        with world.database.read() as reader:
            assert reader.scalar(count) == 1
            assert writer.scalar(count) == 0
    with world.database.read() as reader:
        assert reader.scalar(count) == 0


def test_writer_takes_the_lock_before_it_reads(world: World, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "test.db", timeout=0)
    with world.database.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_commits_are_synchronous(world: World) -> None:
    for opened in (world.database.write, world.database.read):
        with opened() as connection:
            assert connection.scalar(text("PRAGMA synchronous")) == 2
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"


def test_readers_leave_no_view_behind(world: World) -> None:
    """A connection that is kept at hand sees each commit, and one that failed is as good."""
    count = text("SELECT count(*) FROM clusters")
    seen: list[object] = []

    def fail() -> None:
        with world.database.read() as reader:
            seen.append(reader.scalar(count))
            raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            fail()
        world.cluster(1)
    assert seen == [0, 1, 2]
    with world.database.read() as one, world.database.read() as other:
        assert one is not other
        assert one.scalar(count) == other.scalar(count) == 3


def test_driver_answers_as_sqlalchemy_does(world: World) -> None:
    cluster = world.cluster(1)
    job = world.job(plan_of("t", cluster, 2), plan_of("u", cluster))
    statement = (
        select(jobs.c.id, tasks.c.name.label("named"), tasks.c.waiting)
        .join_from(jobs, tasks, tasks.c.job_seq == jobs.c.seq)
        .where(jobs.c.id == bindparam("wanted"), jobs.c.deleted.is_(False))
        .where(tasks.c.waiting >= bindparam("least"), jobs.c.state != bindparam("other"))
        .order_by(tasks.c.pos)
    )
    query = CompiledStatement(statement)
    for least in (0, 2, 9):
        parameters = {"least": least, "other": "Failed", "wanted": job}
        with world.database.read() as connection:
            usual = connection.execute(statement, parameters).all()
            found = query.all(connection, parameters)
            first = query.first(connection, parameters)
        assert [tuple(row) for row in found] == [tuple(row) for row in usual]
        assert [row.named for row in found] == [row.named for row in usual]
        assert first is None if not usual else first is not None and first.id == job


def test_a_new_job_is_one_commit_and_so_are_many_at_once(world: World) -> None:
    cluster = world.cluster(0)
    plan = JobPlan(
        name="job",
        priority=0,
        fail_on_instance_fail=True,
        auto_release=False,
        tasks=(plan_of("t", cluster),),
        successors=((),),
    )

    def create(unit: Unit) -> str:
        return admission.create(unit, plan, "{}")

    for count in (1, 16):
        before = world.database.version
        made = world.core.apply([create] * count)
        assert [outcome.error for outcome in made] == [None] * count
        assert not world.core.follow_up
        assert world.database.version == before + 1


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(StartError, match="in memory would forget what was acknowledged"):
        Database(url, now=1)
