"""Kill -9 while a server recovers from kill -9, and again: the one after comes to the same end."""

from __future__ import annotations

import contextlib
import shutil
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute.server.model import crash_points
from tests.emulator.wire import Wire, task
from tests.slow.notes import Notes, notes
from tests.slow.restarting import ISOLATIONS, Restarting
from tests.slow.shims import await_receipt, signal_shim

#: What a server comes to while it recovers, and right after.
_PLACES: tuple[crash_points.Place, ...] = (
    "commit.before",
    "commit.after",
    "fence.before",
    "fence.after",
    "lost.before",
    "lost.after",
    "adopt.before",
    "adopt.after",
    "agent.adopt.before",
    "agent.adopt.after",
    "stop.before",
    "stop.after",
    "agent.stop.before",
    "agent.stop.after",
    "forget.before",
    "forget.after",
    "start.before",
    "start.after",
    "agent.start.before",
    "agent.start.after",
    "events.before",
    "events.after",
    "fork.before",
    "fork.after",
    "claim.before",
    "claim.after",
)
#: Visits at which it is killed at the most: those of the recovery, and a few of what follows.
_MOST_VISITS = {"process-group": 6, "namespace": 2}

_ENDS = {
    "kept": "Finished",
    "ended": "Finished",
    "lost": "Finished",
    "doomed": "Stopped",
    "queued": "Finished",
    "leaving": "Finished",
}
_RESULTS = {
    ("kept", 0): ("Finished", 0),
    ("kept", 1): ("Failed", 1),
    ("ended", 0): ("Finished", 0),
    ("lost", 0): ("Finished", 0),
    ("doomed", 0): ("Stopped", 0),
    ("queued", 0): ("Finished", 0),
    ("leaving", 0): ("Failed", 0),
}
_STARTS = {"kept 0": 1, "kept 1": 1, "ended 0": 1, "lost 0": 2, "doomed 0": 1, "queued 0": 1}
_STARTS |= {"leaving 0": 1}


@dataclass
class Scene:
    """A server that was killed with one attempt in every condition that a recovery can find.

    Some run on, one has ended meanwhile, one is lost, one was being stopped, one was being ended
    with its cluster, and one waits for a machine.
    """

    service: Restarting
    notes: Notes
    jobs: dict[str, str] = field(default_factory=dict)

    def prepare(self) -> None:
        main = self.service.call(lambda wire: wire.cluster(5))
        other = self.service.call(lambda wire: wire.cluster(1))
        self._submit("kept", main, count=2)
        for name in ("ended", "lost", "doomed"):
            self._submit(name, main)
        self._submit("leaving", other)
        for name in self.jobs:
            self._until(name, "Running")
        self._submit("queued", main)
        self._until_noted(6)
        # Its shim does not see that it has to go before the server is gone.
        self._signal("leaving", signal.SIGSTOP)
        self.service.call(lambda wire: wire.send("DELETE", f"/clusters/{other}"))
        # The server is killed when it is about to carry this out.
        with contextlib.suppress(httpx.TransportError):
            self.service.once(lambda wire: wire.send("POST", f"/jobs/{self.jobs['doomed']}/stop"))
        self.service.await_death()
        self.notes.open("ended")
        await_receipt(self.service.data, self.jobs["ended"])
        self._signal("lost", signal.SIGKILL)

    def finish(self) -> None:
        # Whatever is killed now is killed while it recovers.
        self.service.call(lambda wire: wire.get("/jobs"))
        self._signal("leaving", signal.SIGCONT)
        for gate in ("kept", "lost", "queued"):
            self.notes.open(gate)
        for name, end in _ENDS.items():
            self._until(name, end)

    def results(self) -> dict[tuple[str, int], tuple[str, int]]:
        """Return state and exit code of every instance."""
        return self.service.call(self._read)

    def _read(self, wire: Wire) -> dict[tuple[str, int], tuple[str, int]]:
        return {
            (name, index): (seen["State"], (seen.get("Result") or {}).get("ExitCode", 0))
            for name, job in self.jobs.items()
            for index, seen in enumerate(wire.instances(job, "t"))
        }

    def _submit(self, name: str, cluster: str, count: int = 1) -> None:
        index = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
        command = f"{self.notes.note(f'{name} {index}')}; {self.notes.wait_for(name)}; exit {index}"
        dag = {"Tasks": {"t": task(command, cluster, count)}}
        body: dict[str, Any] = {"Name": name, "Type": "DAG", "DAG": dag}
        body["JobFailOnInstanceFail"] = False
        self.jobs[name] = self.service.call(lambda wire: wire.create("/jobs", body))

    def _signal(self, name: str, number: signal.Signals) -> None:
        signal_shim(self.service.data, self.jobs[name], number)

    def _until(self, name: str, state: str) -> None:
        path = f"/jobs/{self.jobs[name]}"
        self.service.call(lambda w: w.until(path, lambda job: job["State"] == state, seconds=100))

    def _until_noted(self, count: int) -> None:
        self.service.call(
            lambda w: w.until("/jobs", lambda _: self.notes.counts().total() >= count, seconds=100)
        )


def _kill_at(folder: Path, place: str, number: int, isolation: str) -> int:
    """Kill a server, and its successors while they recover; return how many of these were killed.

    Args:
        folder: An empty folder.
        place: Where the second server is killed, and the third, if it comes there.
        number: At which of its visits the second is killed; the third is at the next one.
        isolation: How programs are kept apart.
    """
    folder.mkdir()
    first, second, third = (folder / f"killed-{count}" for count in (1, 2, 3))
    fault = f"stop.before:1:{first};{place}:{number}:{second};{place}:{number + 1}:{third}"
    environment = {crash_points.ENABLE: "kill", crash_points.FAULT: fault}
    with (
        notes() as told,
        Restarting(folder / "data", environment, isolation, slots=6) as service,
    ):
        scene = Scene(service, told)
        scene.prepare()
        assert first.exists()
        scene.finish()
        assert scene.results() == _RESULTS
        assert told.counts() == Counter(_STARTS)
        kept = service.data / "executor"
    assert [*(kept / "attempts").iterdir(), *(kept / "trash").iterdir()] == []
    shutil.rmtree(folder / "data")
    return second.exists() + third.exists()


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize("place", _PLACES)
def test_kill_during_recovery_changes_no_result(tmp_path: Path, place: str, isolation: str) -> None:
    killed = 0
    while killed < _MOST_VISITS[isolation]:
        # A visit that the third server does not come to is tried with the second.
        more = _kill_at(tmp_path / str(killed), place, killed + 1, isolation)
        if not more:
            break
        killed += more
    assert killed >= 1
