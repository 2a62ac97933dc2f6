"""Old jobs and their logs leave, with a clock that a test moves."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from batchcompute.server.housekeeping import retention
from batchcompute.server.housekeeping.retention import Retention
from batchcompute.server.housekeeping.rules import Rules
from batchcompute.server.objects import ObjectStore, open_store
from batchcompute.server.objects.errors import ObjectStoreError
from batchcompute.server.scheduler import expiry
from batchcompute.server.scheduler import jobs as job_rules
from batchcompute.server.scheduler.batch import Command
from batchcompute.server.store import tables
from tests.unit.server.fakes import World, plan_of

_DAY = 86_400 * 1_000_000


class Tidied:
    """A world whose old jobs leave when a test says so."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.store: ObjectStore = open_store(folder)
        self.cluster = world.cluster(4)
        self.left: list[tuple[str, bool]] = []
        self.logs = 0
        self.failures = 0
        self.pauses: list[float] = []
        #: Called before a command is carried out.
        self.before: list[Command] = []

    def job(self, count: int = 1, exit_code: int = 0, *, end: bool = True) -> str:
        """Submit a job whose streams are kept, and let it end."""
        job = self.world.job(plan_of("t", self.cluster, count, stdout="oss://logs/", stderr=""))
        for index in range(count if end else 0):
            self.store.put_bytes(b"words\n", f"oss://logs/stdout.{job}.t.{index}")
            self.world.run(f"{job}.t.{index}.1", exit_code)
        return job

    def later(self, days: float) -> None:
        self.world.clock.moment += round(days * _DAY)

    def round(self, **rules: Any) -> None:
        """Go over the jobs once, and remove the rows of those that have left."""
        Retention(
            self.world.database,
            self._call,
            self.store,
            self.world.clock,
            Rules(**rules),
            observer=self,
            pause=self._pause,
        ).round()
        while self.world.core.purging:
            self.world.core.purge()

    def kept(self, *jobs: str) -> list[bool]:
        return [self.world.job_state(job) != "gone" for job in jobs]

    def rows(self) -> int:
        """Count the rows of all tables that belong to jobs."""
        every = (
            "jobs",
            "job_descriptions",
            "tasks",
            "task_plans",
            "instances",
            "logless_jobs",
            "earlier_attempts",
        )
        with self.world.database.read() as connection:
            return sum(
                connection.scalar(select(func.count()).select_from(tables.metadata.tables[name]))
                or 0
                for name in every
            )

    def objects(self, prefix: str = "oss://logs/") -> list[str]:
        return [each.address.removeprefix(prefix) for each in self.store.list_prefix(prefix)]

    def job_left(self, reason: str, *, archived: bool) -> None:
        self.left.append((reason, archived))

    def logs_left(self, count: int) -> None:
        self.logs += count

    def retention_failed(self) -> None:
        self.failures += 1

    def _call(self, command: Command) -> Future[Any]:
        if self.before:
            self.world.apply(self.before.pop())
        future: Future[Any] = Future()
        future.set_result(self.world.apply(command)[0])
        return future

    def _pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return False


@pytest.fixture
def tidied(world: World, tmp_path: Path) -> Tidied:
    return Tidied(world, tmp_path / "objects")


def test_jobs_leave_some_days_after_their_end(tidied: Tidied) -> None:
    check_age(tidied)


def check_age(tidied: Tidied) -> None:
    old, running = tidied.job(2), tidied.job(end=False)
    failed = tidied.job(exit_code=1)
    tidied.later(6)
    young = tidied.job()
    tidied.round(job_days=7)
    assert tidied.kept(old, running, failed, young) == [True] * 4
    tidied.later(1.1)
    tidied.round(job_days=7)
    assert tidied.kept(old, running, failed, young) == [False, True, False, True]
    assert tidied.left == [("age", False)] * 2
    # What waited so long has just ended.
    tidied.world.run(f"{running}.t.0.1")
    tidied.round(job_days=7)
    assert tidied.kept(running) == [True]
    tidied.later(8)
    tidied.round(job_days=7)
    assert tidied.rows() == 0
    tidied.world.check_counters()


def test_oldest_jobs_beyond_a_number_leave(tidied: Tidied) -> None:
    check_number(tidied)


def check_number(tidied: Tidied) -> None:
    jobs = [tidied.job() for _ in range(5)]
    running = tidied.job(end=False)
    tidied.round(jobs=5)
    assert tidied.kept(*jobs) == [True] * 5
    tidied.round(jobs=2)
    assert tidied.kept(*jobs, running) == [False, False, False, True, True, True]
    assert tidied.left == [("number", False)] * 3
    tidied.round(jobs=0)
    assert tidied.kept(*jobs, running) == [False] * 5 + [True]


def test_without_rules_nothing_leaves(tidied: Tidied) -> None:
    assert not Rules().is_any
    jobs = [tidied.job() for _ in range(3)]
    tidied.later(10_000)
    tidied.round()
    assert tidied.kept(*jobs) == [True] * 3
    assert not tidied.pauses


def test_logs_leave_before_their_job_and_once(tidied: Tidied) -> None:
    check_logs(tidied)


def check_logs(tidied: Tidied) -> None:
    old = tidied.job(3)
    tidied.later(2)
    young = tidied.job(1)
    tidied.round(log_days=1, job_days=10)
    assert tidied.kept(old, young) == [True, True]
    assert tidied.objects() == [f"stdout.{young}.t.0"]
    assert tidied.logs == 3
    tidied.round(log_days=1, job_days=10)
    assert tidied.logs == 3
    tidied.later(20)
    tidied.round(log_days=30, job_days=10)
    # With the job at the latest.
    assert tidied.objects() == []
    assert tidied.rows() == 0


def test_earlier_attempts_leave_with_the_logs(
    tidied: Tidied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "PURGE_CHUNK", 2)
    job = tidied.world.job(plan_of("t", tidied.cluster, 7, max_retries=1))
    while begun := tidied.world.begun():
        for attempt in begun:
            tidied.world.run(attempt, exit_code=int(attempt.endswith(".1")))
    assert tidied.world.job_state(job) == "Finished"
    before = tidied.rows()
    tidied.later(2)
    tidied.round(log_days=1)
    # 7 less, and one that says so.
    assert tidied.rows() == before - 6
    assert tidied.world.states(job, "t") == ["Finished"] * 7
    tidied.round(jobs=0)
    assert tidied.rows() == 0


def test_jobs_are_archived_before_they_leave(tidied: Tidied) -> None:
    check_archive(tidied)


def check_archive(tidied: Tidied) -> None:
    good, bad = tidied.job(2), tidied.job(exit_code=3)
    tidied.later(1)
    tidied.round(job_days=0.5, archive="oss://kept/jobs/")
    assert tidied.left == [("age", True)] * 2
    found = tidied.store.list_prefix("oss://kept/jobs/")
    assert [each.address.rpartition("/")[2] for each in found] == [f"{good}.jsonl", f"{bad}.jsonl"]
    lines = [json.loads(line) for line in tidied.store.read_range(found[0].address).splitlines()]
    assert [line["Kind"] for line in lines] == ["Job", "Task", "Instance", "Instance"]
    assert (lines[0]["Id"], lines[0]["State"]) == (good, "Finished")
    assert lines[0]["EndTime"].startswith(found[0].address.split("/")[-2])
    assert [line["InstanceId"] for line in lines[2:]] == [0, 1]
    last = json.loads(tidied.store.read_range(found[1].address).splitlines()[-1])
    assert (last["JobId"], last["Result"]["ExitCode"]) == (bad, 3)


def test_job_that_cannot_be_archived_stays(
    tidied: Tidied, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    job = tidied.job()
    tidied.later(1)

    def refuse(source: Path, address: str) -> None:
        raise ObjectStoreError(address, "the store is away")

    with monkeypatch.context() as patched:
        patched.setattr(tidied.store, "put_file", refuse)
        tidied.round(jobs=0, archive="oss://kept/jobs/")
    assert (tidied.kept(job), tidied.failures) == ([True], 1)
    assert "the store is away" in caplog.text
    tidied.round(jobs=0, archive="oss://kept/jobs/")
    assert tidied.kept(job) == [False]


def test_job_that_is_started_again_in_that_moment_stays(tidied: Tidied) -> None:
    job = tidied.job(exit_code=1)
    tidied.later(2)
    tidied.before.append(lambda unit: job_rules.start(unit, job))
    tidied.round(job_days=1)
    assert tidied.world.job_state(job) == "Waiting"
    assert tidied.left == []


def test_job_that_is_started_again_while_its_logs_leave_keeps_the_new_ones(
    tidied: Tidied, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = tidied.job(2, exit_code=1)
    tidied.later(40)

    def start(_: float) -> bool:
        if tidied.world.job_state(job) == "Failed":
            tidied.world.apply(lambda unit: job_rules.start(unit, job))
            for index in range(2):
                tidied.store.put_bytes(b"new\n", f"oss://logs/stdout.{job}.t.{index}")
                tidied.world.run(f"{job}.t.{index}.2")
        return False

    monkeypatch.setattr(tidied, "_pause", start)
    tidied.round(log_days=30)
    assert tidied.world.job_state(job) == "Finished"
    assert tidied.objects() == [f"stdout.{job}.t.{index}" for index in range(2)]
    with tidied.world.database.read() as connection:
        assert connection.execute(select(tables.logless_jobs)).all() == []


def test_logs_are_not_noted_as_removed_of_a_job_that_is_started_again(tidied: Tidied) -> None:
    job = tidied.job(exit_code=1)
    tidied.later(2)
    tidied.before.append(lambda unit: job_rules.start(unit, job))
    tidied.round(log_days=1)
    with tidied.world.database.read() as connection:
        assert connection.execute(select(tables.logless_jobs)).all() == []
        assert connection.execute(select(tables.earlier_attempts)).all() != []


def test_job_whose_archive_is_refused_keeps_its_logs_and_others_leave(
    tidied: Tidied, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, good = tidied.job(), tidied.job()
    tidied.later(40)
    put_file = tidied.store.put_file

    def put(source: Path, address: str) -> None:
        if refused in address:
            raise ObjectStoreError(address, "access is denied")
        put_file(source, address)

    monkeypatch.setattr(tidied.store, "put_file", put)
    tidied.round(job_days=30, log_days=60, archive="oss://kept/jobs/")
    assert tidied.kept(refused, good) == [True, False]
    assert tidied.objects() == [f"stdout.{refused}.t.0"]
    assert tidied.failures == 1


def test_clock_that_is_set_back_removes_nothing(tidied: Tidied) -> None:
    job = tidied.job()
    tidied.later(-5)
    tidied.round(job_days=1, log_days=1)
    assert tidied.kept(job) == [True]
    assert tidied.objects() != []


def test_many_leave_in_small_batches_with_pauses_between(
    tidied: Tidied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LOOK", 7)
    monkeypatch.setattr(retention, "BATCH", 3)
    jobs = [tidied.job() for _ in range(20)]
    tidied.round(jobs=1)
    assert tidied.kept(*jobs) == [False] * 19 + [True]
    # 7, 7 and 5 of them in threes.
    assert len(tidied.pauses) == 8
    assert min(tidied.pauses) >= 0.1


def test_round_ends_when_the_service_does(tidied: Tidied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    monkeypatch.setattr(tidied, "_pause", lambda _: True)
    jobs = [tidied.job() for _ in range(3)]
    tidied.round(jobs=0)
    assert tidied.kept(*jobs) == [False, True, True]
