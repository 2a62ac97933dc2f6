"""The service with its database in PostgreSQL: the same results, over kills of either."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy import event as events

from batchcompute.server.executors.interface import AttemptEnded
from batchcompute.server.model.errors import not_found
from batchcompute.server.scheduler import cluster_rows, clusters, jobs
from batchcompute.server.scheduler.error_classification import UNRECORDABLE
from batchcompute.server.scheduler.thread import SchedulerLoop
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store import explain_queries as queries
from tests.emulator.serving import run, serve_command
from tests.emulator.wire import task, until_finished
from tests.slow.notes import notes
from tests.slow.postgres import Postgres, postgres_or_skip
from tests.slow.restarting import Restarting
from tests.slow.test_faults import kill_at
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of, receipt, refusal
from tests.unit.server.test_recovery import recovering
from tests.unit.server.test_retention import (
    Tidied,
    check_age,
    check_archive,
    check_logs,
    check_number,
)

#: `test_faults` goes to all places; these are where the database and the rest may disagree.
_KILLED_AT = ("commit.before", "commit.after", "start.before", "receipt.after")

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with postgres_or_skip() as running:
        yield running


@pytest.fixture
def options(cluster: Postgres) -> Callable[[], list[str]]:
    """Makes a new database, and returns the options that name it."""
    return lambda: ["--database", cluster.database(f"service{next(_numbers)}")]


@pytest.mark.timeout(600)
def test_flow_over_a_restart(tmp_path: Path, options: Callable[[], list[str]]) -> None:
    chosen = options()
    with Restarting(tmp_path / "data", options=chosen) as service:
        cluster = service.call(lambda wire: wire.cluster(3))
        tasks = {
            "first": task("echo one", cluster, 20),
            "second": task("exit $BATCH_COMPUTE_DAG_INSTANCE_ID", cluster, 3),
        }
        job = service.call(
            lambda wire: wire.job(tasks, {"first": ["second"]}, JobFailOnInstanceFail=False)
        )
        assert service.call(lambda wire: wire.ended(job, seconds=200))["State"] == "Finished"
        codes = service.call(lambda wire: wire.instances(job, "second"))
        assert [each["Result"]["ExitCode"] for each in codes] == [0, 1, 2]
        auto: dict[str, Any] = {
            "AutoCluster": {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1.medium"}
        }
        own = service.call(lambda wire: wire.job({"t": task("true", **auto)}))
        assert service.call(lambda wire: wire.ended(own, seconds=200))["State"] == "Finished"
        service.call(
            lambda wire: wire.create("/images", {"EcsImageId": "m-1", "Platform": "Linux"})
        )
        app = {"Name": "app", "CommandLine": "true", "VM": {"ECSImageId": "img-ubuntu"}}
        assert service.call(lambda w: w.send("POST", "/apps", app)).status_code == 201
        # The VM of the cluster of its own is given back after its end.
        service.call(lambda w: w.until("/clusters", lambda page: len(page["Items"]) == 1))
        before = service.call(lambda wire: [wire.get(path) for path in _LISTS])
        service.kill()
        assert service.call(lambda wire: [wire.get(path) for path in _LISTS]) == before
        # The data folder holds objects and attempts only.
        assert not (service.data / "service.db").exists()
        second = run(*serve_command(tmp_path / "other", *chosen)[3:])
        assert second.returncode == 1
        assert "error: another server already uses this database" in second.stderr
        assert service.call(lambda wire: wire.send("DELETE", f"/jobs/{job}")).status_code == 204


_LISTS = ("/jobs", "/clusters", "/images", "/apps")


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("place", _KILLED_AT)
def test_kill_of_the_server_changes_no_result(
    tmp_path: Path, options: Callable[[], list[str]], place: str
) -> None:
    visits = range(2, 10, 2) if place.startswith("commit") else (1,)
    for number in visits:
        assert kill_at(tmp_path / str(number), place, number, "process-group", options())


@pytest.mark.timeout(900)
def test_crash_of_the_database_loses_nothing(
    tmp_path: Path, cluster: Postgres, options: Callable[[], list[str]]
) -> None:
    with notes() as told, Restarting(tmp_path / "data", options=options()) as service:
        vms = service.call(lambda wire: wire.cluster(4))
        command = f"{told.note('$BATCH_COMPUTE_DAG_INSTANCE_ID')}; sleep 0.05"
        job = service.call(lambda wire: wire.job({"t": task(command, vms, 300)}))
        for crash in range(1, 4):
            service.call(partial(until_finished, job=job, count=crash * 30))
            cluster.crash()
            answer = service.call(lambda wire: wire.send("GET", f"/jobs/{job}"))
            assert answer.status_code == 500
            time.sleep(0.5)
            cluster.start()
            deadline = time.monotonic() + 100
            while service.call(lambda w: w.send("GET", f"/jobs/{job}")).status_code != 200:
                assert time.monotonic() < deadline, service.log()
                time.sleep(0.1)
        assert service.call(lambda wire: wire.ended(job, seconds=400))["State"] == "Finished"
        # It was this server all the time, and nothing ran twice.
        assert service.starts == 1
        assert told.counts() == {str(index): 1 for index in range(300)}
        assert "the database is back" in service.log()
        again = service.call(lambda wire: wire.job({"t": task("true", vms, 8)}))
        assert service.call(lambda wire: wire.ended(again))["State"] == "Finished"


@pytest.fixture
def world(options: Callable[[], list[str]]) -> Iterator[World]:
    made = World(options()[1], FakeClock(), FakeExecutor(slots=4))
    yield made
    made.close()


def test_what_it_cannot_keep_is_replaced_or_refused(world: World) -> None:
    job = world.job(plan_of("t", world.cluster()))
    (attempt,) = world.begun()
    description = {"Name": "c", "ImageId": "i", "Groups": {"g": {"DesiredVMCount": 0}}}
    ended, refused, made = world.apply(
        receipt(attempt, reason="failed", error_code="X", error_message="oss://b/\0", detail="\0"),
        lambda unit: clusters.remove(unit, "cls-\0"),
        lambda unit: clusters.create(unit, description, ["nas://\0 is not mounted"]),
    )
    assert ended is None
    assert refusal(refused) == (400, "InvalidHttpBody")
    assert world.cluster_state(made) == "Active"
    assert world.job_state(job) == "Failed"
    assert "oss://b/\ufffd" in world.message(job)


def test_report_that_it_refuses_is_recorded_as_a_failure(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(2), 3), fail=False)
    first, second = world.begun()
    loop = SchedulerLoop(world.core)
    loop.start()
    loop.emit(_too_large(first))
    loop.emit(receipt(second))
    loop.close()
    assert world.states(job, "t") == ["Failed", "Finished", "Waiting"]
    world.core.hold = False
    world.apply()
    (third,) = world.begun()
    # A new server hears of such an end by an event like any other.
    recovering(world, t2=_too_large(third).receipt)
    loop = SchedulerLoop(world.core)
    loop.start()
    for event in world.executor.take_events():
        loop.emit(event)
    loop.close()
    assert world.states(job, "t") == ["Failed", "Finished", "Failed"]
    assert {each.error_code for each in world.instances(job, "t")} == {"", UNRECORDABLE}
    assert world.job_state(job) == "Finished"


def _too_large(attempt: str) -> AttemptEnded:
    """A receipt with a number that no column of the table takes."""
    return receipt(attempt, exit_code=2**40)


def test_new_job_needs_no_savepoint_and_a_refusal_leaves_nothing(world: World) -> None:
    cluster = world.cluster(0)
    said: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        said.append(statement.partition(" ")[0])

    def change_and_refuse(unit: Unit) -> None:
        cluster_rows.log(unit, 1, ["never"])
        raise not_found()

    events.listen(Engine, "before_cursor_execute", note)
    try:
        job = world.job(plan_of("t", cluster))
        of_job = list(said)
        refused, stopped = world.apply(change_and_refuse, lambda unit: jobs.stop(unit, job))
    finally:
        events.remove(Engine, "before_cursor_execute", note)
    # It looks for the cluster, and reads nothing back.
    assert of_job.count("SELECT") == 1
    assert "INSERT" in of_job
    assert "SAVEPOINT" not in of_job
    assert refusal(refused) == (404, "InvalidResource.NotFound")
    assert stopped is None
    assert "SAVEPOINT" in said
    assert world.job_state(job) == "Stopped"
    with world.database.read() as connection:
        assert not [line for line in queries.log_of(connection, 1) if "never" in line]


@pytest.mark.parametrize("check", [check_age, check_number, check_logs, check_archive])
def test_old_jobs_leave(cluster: Postgres, tmp_path: Path, check: Callable[[Tidied], None]) -> None:
    url = cluster.database(f"service{next(_numbers)}")
    world = World(url, FakeClock(), FakeExecutor(slots=4))
    try:
        check(Tidied(world, tmp_path / "objects"))
    finally:
        world.close()
