"""Kills of the service, its agents and their parts: all is recorded once, and nothing is left.

CHAOS_INSTANCES=5000 makes it a long run.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from batchcompute.server.scheduler.run_queue import MOST_BRIEF
from tests.emulator.wire import Wire, task, until_there
from tests.processes import command_line, environment, processes
from tests.slow.postgres import Postgres, postgres_if_there
from tests.slow.restarting import Restarting
from tests.slow.test_random_kills import _results
from tests.slow.victims import Victims, send

_INSTANCES = int(os.environ.get("CHAOS_INSTANCES", "1000"))
_AGENTS, _CODES = 4, 3
#: Every so many instances there is one that waits for a kill, however fast the others are.
_STEP = 40
#: What is killed, and how often as compared with others.
_KINDS = {"server": 2, "agent": 3, "keeper": 3, "forker": 3, "shim": 6}
_LEAST_KILLS = 4
_PATIENCE = 1000.0
_UNDER_WAY = ("Waiting", "Running")


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres | None]:
    with postgres_if_there() as running:
        yield running


@dataclass
class Killer:
    """Kills one process of a service at a time.

    Attributes:
        kills: How many of which kind were killed.
        lost: The VMs whose agents or keepers were among them.
    """

    service: Restarting
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    lost: set[str] = field(default_factory=set)

    def kill(self) -> None:
        """Kill one, of the kinds of which not enough were killed while there are any."""
        kind = self.chance.choice(self.missing() or list(_KINDS))
        if kind == "server":
            self.service.kill()
            self.kills[kind] += 1
            return
        agents = Victims(self.service.data / "agents" / "vms")
        find = {
            "agent": lambda: list(agents.agents()),
            "keeper": agents.keepers,
            "forker": agents.forkers,
            "shim": agents.shims,
        }[kind]
        if found := find():
            chosen = self.chance.choice(found)
            if kind in ("agent", "keeper"):
                self.lost.add(agents.vm_of(chosen))
            self.kills[kind] += send(chosen, signal.SIGKILL)

    def missing(self) -> list[str]:
        """Return the kinds of which not enough were killed by now."""
        return [kind for kind in _KINDS if self.kills[kind] < _LEAST_KILLS]


def _submit(wire: Wire, log: Path, gates: Path) -> str:
    index = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
    gate = f"{gates}/$(({index} / {_STEP}))"
    wait = f"if [ $(({index} % {_STEP})) = 0 ]; then {until_there(gate)}; fi"
    line = f"echo s {index} $BATCH_COMPUTE_WORKER_ID >> {log}; {wait}; exit $(({index} % {_CODES}))"
    described = task(line, wire.cluster(_AGENTS), _INSTANCES)
    return wire.job({"t": described}, JobFailOnInstanceFail=False)


def _starts(log: Path) -> dict[int, list[str]]:
    """Return the VMs on which instances have begun, in order."""
    starts: dict[int, list[str]] = {}
    text = log.read_text() if log.exists() else ""
    # A line at the border of two pages may be seen by halves.
    for line in text.rpartition("\n")[0].splitlines():
        _, number, vm = line.split()
        starts.setdefault(int(number), []).append(vm)
    return starts


def _waiting_for(log: Path) -> int:
    """Return how many kills the last of the instances waits for that have begun."""
    return max((number // _STEP for number in _starts(log) if number % _STEP == 0), default=0)


def _left(data: Path) -> list[int]:
    """Return processes that have to do with a data folder."""
    word = str(data).encode()
    return [
        each
        for each in processes()
        if each != os.getpid()
        and any(word in text for text in (*command_line(each), *environment(each)))
    ]


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("kind", "seed"), [("sqlite", 1), ("postgresql", 2)])
def test_every_instance_is_recorded_once(
    tmp_path: Path, database: Postgres | None, kind: str, seed: int
) -> None:
    options = ["--agents", "local"]
    if kind == "postgresql":
        if database is None:
            pytest.skip("there is no PostgreSQL")
        options += ["--database", database.database(f"chaos{seed}")]
    log, gates = tmp_path / "log", tmp_path / "gates"
    gates.mkdir()
    (gates / "0").touch()
    chance = random.Random(seed)
    with Restarting(tmp_path / "data", options=options) as service:
        killer = Killer(service, chance)
        job = service.call(lambda wire: _submit(wire, log, gates))
        deadline = time.monotonic() + _PATIENCE
        while service.call(lambda wire: wire.get(f"/jobs/{job}"))["State"] in _UNDER_WAY:
            assert time.monotonic() < deadline, service.log()
            # By what is done, not by the clock: where all is slow nothing would ever end.
            if _waiting_for(log) <= killer.kills.total():
                time.sleep(0.01)
                continue
            time.sleep(chance.uniform(0.0, 0.1))
            killer.kill()
            (gates / str(killer.kills.total())).touch()
        results = service.call(lambda wire: _results(wire, job))
    logging.getLogger(__name__).info("%s, seed %d: %s", kind, seed, dict(killer.kills))
    expected = {
        index: ("Failed" if index % _CODES else "Finished", index % _CODES)
        for index in range(_INSTANCES)
    }
    found = {index: (state, result["ExitCode"]) for index, (state, result) in results.items()}
    assert {index: each for index, each in found.items() if each != expected[index]} == {}
    assert found.keys() == expected.keys()
    starts = _starts(log)
    assert starts.keys() == expected.keys()
    # A recorded instance never runs again; only what was cut off does: what a shim ran, and what a
    # VM had that was lost, the end of which its agent may not have told yet.
    again = [vm for vms in starts.values() for vm in vms[:-1]]
    by_shims = killer.kills["shim"]
    assert len([vm for vm in again if vm not in killer.lost]) <= by_shims
    assert sum(max(0, count - MOST_BRIEF) for count in Counter(again).values()) <= by_shims
    assert killer.missing() == []
    _until(lambda: not _left(tmp_path / "data"))
