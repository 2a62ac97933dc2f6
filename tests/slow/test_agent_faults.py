"""Kill -9 of a server at what it says to its agents: nothing is lost, and nothing runs twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from batchcompute.server.model import crash_points
from tests.emulator.wire import task
from tests.slow.notes import notes
from tests.slow.restarting import Restarting
from tests.slow.test_random_kills import _results

_INSTANCES, _AGENTS = 24, 2
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
    with (
        notes() as told,
        Restarting(tmp_path / "data", environment, options=["--agents", "local"]) as service,
    ):
        index = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
        cluster = service.call(
            lambda wire: wire.create(
                "/clusters?IdempotentToken=cluster",
                {
                    "Name": "cluster",
                    "ImageId": "img-ubuntu",
                    "Groups": {"group": {"DesiredVMCount": _AGENTS}},
                },
            )
        )
        command = f"{told.note(index)}; exit $(({index} % 3))"
        body = {
            "Name": "job",
            "Type": "DAG",
            "JobFailOnInstanceFail": False,
            "DAG": {"Tasks": {"t": task(command, cluster, _INSTANCES)}},
        }
        job = service.call(lambda wire: wire.create("/jobs?IdempotentToken=job", body))
        service.call(lambda wire: wire.ended(job, seconds=300))
        results = service.call(lambda wire: _results(wire, job))
        starts = told.counts()
    assert {number: (state, result["ExitCode"]) for number, (state, result) in results.items()} == {
        number: ("Failed" if number % 3 else "Finished", number % 3) for number in range(_INSTANCES)
    }
    assert starts == Counter(str(number) for number in range(_INSTANCES))
    assert [
        place for place, marker in zip(_KILLS, markers, strict=True) if not marker.exists()
    ] == []
