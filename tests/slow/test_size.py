"""Very many instances, and very many jobs: slow progress, and nothing lost or stuck."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.scheduler.core import Core
from batchcompute.server.scheduler.run_queue import MOST_BRIEF
from tests.emulator.wire import Wire, until_finished
from tests.processes import processor_seconds
from tests.slow.notes import notes
from tests.slow.restarting import Restarting
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of, receipt

_MANY = 100_000
#: As many as have to end, which is dozens of times what the scheduler has under way at once.
_ALL = 20_000
#: How much a start may work with a job of that size in the database, in seconds of a processor.
_START_SECONDS = 10.0


def _job(command: str, cluster: str, count: int = 1, **members: Any) -> dict[str, Any]:
    parameters = {"Command": {"CommandLine": command}}
    described = {"Parameters": parameters, "InstanceCount": count, "ClusterId": cluster}
    return {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": described}}, **members}


@pytest.mark.timeout(1200)
def test_job_of_100_000_instances_over_kills(tmp_path: Path) -> None:
    with notes() as told, Restarting(tmp_path / "data") as service:
        cluster = service.call(lambda wire: wire.cluster(4))
        command = told.note("$BATCH_COMPUTE_DAG_INSTANCE_ID")
        job = service.call(lambda wire: wire.create("/jobs", _job(command, cluster, _MANY)))
        reached = 0
        for _ in range(3):
            reached = service.call(partial(until_finished, job=job, count=reached + 150))
            told.counts()
            service.kill()
            seen = service.call(lambda wire: wire.get(f"/jobs/{job}"))
            assert processor_seconds(service.pid) < _START_SECONDS
            assert sum(seen["InstanceMetrics"].values()) == _MANY
            assert seen["InstanceMetrics"]["FinishedCount"] >= reached
        last = service.call(
            lambda wire: wire.get(f"/jobs/{job}/tasks/t/instances/{_MANY - 1}")["State"]
        )
        assert last == "Waiting"
        service.call(lambda wire: wire.send("POST", f"/jobs/{job}/stop"))
        stopped = service.call(lambda wire: wire.get(f"/jobs/{job}"))["InstanceMetrics"]
        assert stopped["StoppedCount"] + stopped["FinishedCount"] == _MANY
        service.kill()
        started = service.call(lambda wire: wire.send("POST", f"/jobs/{job}/start"))
        assert started.status_code == 201
        done = stopped["FinishedCount"]
        service.call(partial(until_finished, job=job, count=done + 20))
        service.call(lambda wire: wire.send("POST", f"/jobs/{job}/stop"))
        twice = [index for index, count in told.counts().items() if count > 1]
        # Only those that a VM had when they were stopped may have been run again, on each of four.
        assert len(twice) <= 4 * MOST_BRIEF
        assert service.call(lambda wire: wire.send("DELETE", f"/jobs/{job}")).status_code == 204
        service.kill()
        assert service.call(lambda wire: wire.get("/jobs")["Items"]) == []
        other = service.call(lambda wire: wire.create("/jobs", _job("true", cluster)))
        assert service.call(lambda wire: wire.ended(other))["State"] == "Finished"


@pytest.mark.timeout(1200)
def test_all_of_20_000_instances_are_recorded_once_over_restarts(tmp_path: Path) -> None:
    """Every instance of a large job, with an executor that takes no time."""
    url = f"sqlite:///{tmp_path / 'test.db'}"
    chance = random.Random(1)
    clock = FakeClock()
    world = World(url, clock, FakeExecutor(slots=400))
    job = world.job(plan_of("t", world.cluster(400), _ALL))
    ran: Counter[str] = Counter()
    recorded = 0
    for part in range(1, 11):
        while recorded < part * _ALL // 10:
            attempts = world.begun()
            ran.update(attempt.split(".")[2] for attempt in attempts)
            recorded += len(attempts)
            world.apply(*(receipt(attempt) for attempt in attempts))
        # What was started and not reported is lost with its server.
        lost = world.begun()
        ran.update(attempt.split(".")[2] for attempt in lost)
        kept = set(chance.sample(lost, len(lost) // 2))
        recorded += len(kept)
        _restart(world, kept)
    assert world.job_state(job) == "Finished"
    world.check_counters()
    assert set(ran) == {str(index) for index in range(_ALL)}
    # Half of what was under way at each of ten restarts was lost, and nothing else ran twice.
    assert ran.total() - _ALL <= 10 * 200
    world.close()


def _restart(world: World, kept: set[str]) -> None:
    """Go on with a new server, which finds receipts of some attempts and nothing of the others."""
    world.executor = FakeExecutor(world.executor.slots)
    for attempt in world.in_flight():
        ended = receipt(attempt).receipt
        world.executor.answers[attempt] = ended if attempt in kept else "lost"
    world.core = Core(world.database, world.executor, world.clock, region="cn-hangzhou")
    world.core.recover()
    world.apply()


@pytest.mark.timeout(1200)
def test_400_jobs_on_one_machine_run_in_the_order_of_their_priority(tmp_path: Path) -> None:
    chance = random.Random(1)
    with notes() as told, Restarting(tmp_path / "data", slots=1) as service:
        cluster = service.call(lambda wire: wire.cluster(1))
        first = _job(told.wait_for("gate"), cluster, Priority=1000)
        jobs = [service.call(lambda wire: wire.create("/jobs", first))]
        wanted = []
        # More than the scheduler has read at a time.
        for number in range(400):
            priority = chance.randrange(10)
            wanted.append((-priority, number))
            body = _job(told.note(str(number)), cluster, Priority=priority)
            jobs.append(service.call(partial(Wire.create, target="/jobs", body=body)))
            if number in (120, 280):
                service.kill()
        told.open("gate")
        service.call(lambda wire: wire.ended(jobs[0]))
        service.call(
            lambda wire: wire.until(
                "/jobs?State=Waiting", lambda page: not page["Items"], seconds=800
            )
        )
        for job in jobs[-3:]:
            service.call(partial(Wire.ended, job_id=job))
        assert service.call(lambda wire: wire.get("/jobs?State=Failed")["Items"]) == []
        assert [int(line) for line in told.lines()] == [number for _, number in sorted(wanted)]
