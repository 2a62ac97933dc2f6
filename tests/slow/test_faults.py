"""Kill -9 before and after every write: the next server comes to the same end."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pytest

from batchcompute.server.model import crash_points
from tests.emulator.wire import Wire, task
from tests.slow.notes import Notes, notes
from tests.slow.restarting import ISOLATIONS, Restarting
from tests.slow.shims import signal_shim

#: Places that the server comes to again and again; it is killed at each of its visits.
_EVERY_TIME = ("commit.before", "commit.after")
#: Visits at which it is killed where namespaces make everything slower.
_NAMESPACE_VISITS = 10
#: What only a server comes to that recovers, and its agent; see `test_recovery_faults`.
_IN_RECOVERY = ("adopt.before", "adopt.after", "agent.adopt.before", "agent.adopt.after")
#: What only a server with agents comes to; see `test_agent_faults`.
_WITH_AGENTS = ("join.before", "join.named", "join.after", "work.before", "work.after")
#: Between the end of a program and its receipt nobody can know that it ended.
_MAY_REPEAT = ("uploads.before", "uploads.after", "receipt.before")
#: More transactions than the scenario ever needs.
_MOST_VISITS = 100

_ENDS = {"good": "Finished", "bad": "Failed", "mourned": "Finished", "halted": "Stopped"}
_RESULTS = {
    ("good", 0): ("Finished", 0, 0),
    ("good", 1): ("Finished", 0, 0),
    ("good", 2): ("Finished", 0, 0),
    ("bad", 0): ("Failed", 3, 1),
    ("mourned", 0): ("Finished", 0, 0),
    ("halted", 0): ("Stopped", 0, 0),
}
_STARTS = {"good 0": 1, "good 1": 1, "good 2": 1, "bad 0": 2, "mourned 0": 2}


@dataclass
class Story:
    """Four jobs that together need every write that there is.

    One ends well, one fails and is tried again, one has its shim killed at its first try, and one
    is stopped while it runs.
    """

    service: Restarting
    notes: Notes
    jobs: dict[str, str] = field(default_factory=dict)

    def tell(self) -> None:
        cluster = self._created("/clusters", "cluster", _CLUSTER)
        self._submit("halted", cluster, "sleep 600")
        self._until("halted", "Running")
        self._submit("good", cluster, "true", count=3)
        self._submit("bad", cluster, "(exit 3)", MaxRetryCount=1)
        self._submit("mourned", cluster, self.notes.wait_for("mourned"))
        self.service.call(self._stop)
        self._mourn()
        for name, end in _ENDS.items():
            self._until(name, end)

    def results(self) -> dict[tuple[str, int], tuple[str, int, int]]:
        """Return state, exit code and retries of every instance."""
        return self.service.call(self._read)

    def _mourn(self) -> None:
        """Kill the shim of the first try of "mourned", of which there is no other."""
        while not self.notes.counts()["mourned 0"]:
            self.service.call(lambda wire: wire.get("/jobs"))
            time.sleep(0.02)
        signal_shim(self.service.data, self.jobs["mourned"], signal.SIGKILL)
        self.notes.open("mourned")

    def _submit(self, name: str, cluster: str, command: str, count: int = 1, **more: Any) -> None:
        line = f"{self.notes.note(f'{name} $BATCH_COMPUTE_DAG_INSTANCE_ID')}; {command}"
        described = task(line, cluster, count, **more)
        body = {"Name": name, "Type": "DAG", "DAG": {"Tasks": {"t": described}}}
        self.jobs[name] = self._created("/jobs", name, body)

    def _created(self, path: str, token: str, body: Mapping[str, Any]) -> str:
        return self.service.call(lambda w: w.create(f"{path}?IdempotentToken={token}", body))

    def _stop(self, wire: Wire) -> None:
        answer = wire.send("POST", f"/jobs/{self.jobs['halted']}/stop")
        # Refused if the server that was killed had accepted it.
        assert answer.status_code in (201, 409), answer.text

    def _read(self, wire: Wire) -> dict[tuple[str, int], tuple[str, int, int]]:
        found = {}
        for name, job in self.jobs.items():
            for index, seen in enumerate(wire.instances(job, "t")):
                exit_code = (seen.get("Result") or {}).get("ExitCode", 0)
                found[name, index] = (seen["State"], exit_code, seen["RetryCount"])
        return found

    def _until(self, name: str, state: str) -> None:
        path = f"/jobs/{self.jobs[name]}"
        self.service.call(lambda w: w.until(path, lambda job: job["State"] == state, seconds=100))


_CLUSTER = {"Name": "c", "ImageId": "img-ubuntu", "Groups": {"g": {"DesiredVMCount": 4}}}


def _numbers(place: str, isolation: str) -> Iterator[int]:
    most = _NAMESPACE_VISITS if isolation == "namespace" else _MOST_VISITS - 1
    return iter(range(1, most + 1) if place in _EVERY_TIME else (1,))


def kill_at(
    folder: Path, place: str, number: int, isolation: str, options: Sequence[str] = ()
) -> bool:
    """Tell the story with one kill; return False if its place was not visited so often.

    Args:
        folder: Where to; it is made.
        place: Where a process is killed.
        number: At which of its visits.
        isolation: How programs are kept apart.
        options: More words for the server's command line.
    """
    folder.mkdir()
    marker = folder / "killed"
    environment = {crash_points.ENABLE: "kill", crash_points.FAULT: f"{place}:{number}:{marker}"}
    with (
        notes() as told,
        Restarting(folder / "data", environment, isolation, options=options) as service,
    ):
        story = Story(service, told)
        story.tell()
        assert story.results() == _RESULTS
        starts = Counter(told.counts())
        kept = service.data / "executor"
    # One that was stopped may have been stopped before it left its note.
    repeated = {key: starts[key] - count for key, count in _STARTS.items()}
    allowed = int(place in _MAY_REPEAT)
    assert min(repeated.values()) >= 0
    assert sum(repeated.values()) <= allowed
    assert [*(kept / "attempts").iterdir(), *(kept / "trash").iterdir()] == []
    return marker.exists()


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize(
    "place", sorted({*get_args(crash_points.Place)} - {*_IN_RECOVERY, *_WITH_AGENTS})
)
def test_kill_changes_no_result(tmp_path: Path, place: str, isolation: str) -> None:
    killed = 0
    for number in _numbers(place, isolation):
        if not kill_at(tmp_path / str(number), place, number, isolation):
            break
        killed += 1
    assert killed >= (_NAMESPACE_VISITS if place in _EVERY_TIME else 1)
    assert isolation == "namespace" or killed < _MOST_VISITS - 1
