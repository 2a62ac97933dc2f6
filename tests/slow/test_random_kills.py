"""Kills at random moments: every instance is recorded once, and none runs after its receipt.

CHAOS_INSTANCES=5000 makes it a long run.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.scheduler.completion import MAX_LOSSES
from tests.emulator.wire import Wire, task
from tests.slow.restarting import Restarting
from tests.slow.shims import children_of
from tests.slow.victims import Victims, send

_INSTANCES = int(os.environ.get("CHAOS_INSTANCES", "350"))
_CODES = 3
_KINDS = ("server", "agent", "forker", "shim")
#: How many of each kind are killed at least.
_LEAST_KILLS = 3
#: How often one instance is lost at the most: twice as often it would be given up.
_MOST_LOSSES = MAX_LOSSES // 2


@dataclass
class Killer:
    """Kills one process of a service at a time.

    Attributes:
        kills: How many of which kind were killed.
        lost: How many shims of which instance were killed before they had written a receipt.
    """

    service: Restarting
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)

    def kill(self) -> None:
        """Kill one of any kind."""
        self._kill(self.chance.choices(_KINDS, (2, 3, 3, 8))[0])

    def kill_missing(self) -> None:
        """Kill one of a kind of which not enough were killed."""
        self._kill(self.missing()[0])

    def missing(self) -> list[str]:
        """Return the kinds of which not enough were killed by now."""
        return [kind for kind in _KINDS if self.kills[kind] < _LEAST_KILLS]

    def _kill(self, kind: str) -> None:
        here = Victims(self.service.data / "executor")
        if kind == "server":
            self.service.kill()
            self.kills[kind] += 1
        elif kind == "agent":
            self._kill_all(kind, children_of([self.service.pid], here.keepers()))
        elif kind == "forker":
            self._kill_all(kind, here.forkers())
        else:
            self._kill_shim(here)

    def _kill_all(self, kind: str, found: list[int]) -> None:
        for process in found:
            send(process, signal.SIGKILL)
            self.kills[kind] += 1

    def _kill_shim(self, here: Victims) -> None:
        shims = here.shims()
        if not shims:
            return
        found = here.kill_shim(
            self.chance.choice(shims),
            lambda attempts: all(self.lost[_index(each)] < _MOST_LOSSES for each in attempts),
        )
        if found is not None:
            self.lost.update(map(_index, found))
            self.kills["shim" if found else "shim after its receipt"] += 1


def _index(attempt_id: str) -> int:
    return int(attempt_id.split(".")[2])


def _submit(wire: Wire, log: Path, gate: Path) -> str:
    index = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
    # The last one waits until enough was killed, however fast the others are.
    wait = f"until [ {index} -lt {_INSTANCES - 1} -o -e {gate} ]; do sleep 0.03; done"
    line = f"echo s {index} >> {log}; sleep 0.05; {wait}; echo e {index} >> {log}"
    described = task(f"{line}; exit $(({index} % {_CODES}))", wire.cluster(4), _INSTANCES)
    return wire.job({"t": described}, JobFailOnInstanceFail=False)


def _results(wire: Wire, job: str) -> dict[int, tuple[str, dict[str, Any]]]:
    """Return state and result of every instance, page by page."""
    found: dict[int, tuple[str, dict[str, Any]]] = {}
    marker = ""
    while True:
        page = wire.get(f"/jobs/{job}/tasks/t/instances?MaxItemCount=100{marker}")
        for each in page["Items"]:
            assert each["InstanceId"] not in found
            found[each["InstanceId"]] = (each["State"], each["Result"])
        if not page["NextMarker"]:
            return found
        marker = f"&Marker={page['NextMarker']}"


def _left(job: dict[str, Any]) -> int:
    """Return how many instances of a job have not ended."""
    metrics = job["InstanceMetrics"]
    return sum(metrics[f"{state}Count"] for state in _UNDER_WAY)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_instance_is_recorded_once(tmp_path: Path, seed: int) -> None:
    log, gate = tmp_path / "log", tmp_path / "gate"
    chance = random.Random(seed)
    with Restarting(tmp_path / "data") as service:
        killer = Killer(service, chance)
        job = service.call(lambda wire: _submit(wire, log, gate))
        deadline = time.monotonic() + 1000
        awaited = _INSTANCES
        while (seen := service.call(lambda wire: wire.get(f"/jobs/{job}")))["State"] in _UNDER_WAY:
            assert time.monotonic() < deadline, service.log()
            left = _left(seen)
            if not killer.missing():
                gate.touch()
            # Not by the clock: where all is slow, nothing would live long enough to end.
            if left > max(awaited, 1) or not (left > 1 or killer.missing()):
                time.sleep(0.01)
                continue
            awaited = left - chance.randint(2, 8)
            time.sleep(chance.uniform(0.0, 0.1))
            if left > 1:
                killer.kill()
            else:
                killer.kill_missing()
        results = service.call(lambda wire: _results(wire, job))
    lost = killer.lost.total()
    logging.getLogger(__name__).info("seed %d: %s, lost %d", seed, dict(killer.kills), lost)
    expected = {
        index: ("Failed" if index % _CODES else "Finished", index % _CODES)
        for index in range(_INSTANCES)
    }
    wrong = {
        index: found
        for index, found in results.items()
        if (found[0], found[1]["ExitCode"]) != expected[index]
    }
    assert wrong == {}
    assert results.keys() == expected.keys()
    words = [line.split() for line in log.read_text().splitlines()]
    starts = Counter(int(index) for what, index in words if what == "s")
    ends = Counter(int(index) for what, index in words if what == "e")
    assert set(starts) == set(ends) == set(expected)
    # An attempt may only be followed by another if its shim was killed before the receipt.
    repeated = {index: count - 1 for index, count in starts.items() if count > 1}
    unexplained = {index: count for index, count in repeated.items() if count > killer.lost[index]}
    assert unexplained == {}
    assert killer.missing() == []


_UNDER_WAY = ("Waiting", "Running")
