"""Kill -9 of a server at what it says to its agents: nothing is lost, and nothing runs twice."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

from batchcompute.server.model import crash_points
from tests.emulator.wire import Wire, task
from tests.slow.notes import Notes, notes
from tests.slow.restarting import Restarting
from tests.slow.test_random_kills import _results

_INSTANCES, _AGENTS = 24, 2
_MOST_JOBS = 50
#: Places, and at which of its visits a server is killed there. Each server has the next one.
_KILLS = (
    ("join.before", 1),
    ("join.named", 1),
    ("join.after", 2),
    ("work.before", 3),
    ("commit.before", 3),
    ("work.after", 4),
    ("commit.after", 3),
)


def test_server_that_is_killed_while_agents_ask_loses_nothing(tmp_path: Path) -> None:
    markers = [tmp_path / f"killed-{at}" for at in range(len(_KILLS))]
    faults = [
        f"{place}:{number}:{marker}"
        for (place, number), marker in zip(_KILLS, markers, strict=True)
    ]
    environment = {crash_points.ENABLE: "kill", crash_points.FAULT: ";".join(faults)}
    jobs: list[str] = []
    with (
        notes() as told,
        Restarting(tmp_path / "data", environment, options=["--agents", "local"]) as service,
    ):
        cluster = service.call(_cluster)
        # The faster the machine is, the less often agents ask for one job.
        while not all(marker.exists() for marker in markers):
            assert len(jobs) < _MOST_JOBS, markers
            job = service.call(
                partial(_submit, told=told, cluster=cluster, name=f"job-{len(jobs)}")
            )
            service.call(partial(Wire.ended, job_id=job, seconds=300))
            jobs.append(job)
        results = [service.call(partial(_results, job=job)) for job in jobs]
        starts = told.counts()
    for found in results:
        assert {
            number: (state, result["ExitCode"]) for number, (state, result) in found.items()
        } == {
            number: ("Failed" if number % 3 else "Finished", number % 3)
            for number in range(_INSTANCES)
        }
    assert starts == Counter(
        f"job-{name} {number}" for name in range(len(jobs)) for number in range(_INSTANCES)
    )


def _cluster(wire: Wire) -> str:
    groups = {"group": {"DesiredVMCount": _AGENTS}}
    body = {"Name": "cluster", "ImageId": "img-ubuntu", "Groups": groups}
    return wire.create("/clusters?IdempotentToken=cluster", body)


def _submit(wire: Wire, told: Notes, cluster: str, name: str) -> str:
    index = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
    command = f"{told.note(f'{name} {index}')}; exit $(({index} % 3))"
    body = {
        "Name": name,
        "Type": "DAG",
        "JobFailOnInstanceFail": False,
        "DAG": {"Tasks": {"t": task(command, cluster, _INSTANCES)}},
    }
    return wire.create(f"/jobs?IdempotentToken={name}", body)
