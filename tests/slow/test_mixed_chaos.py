"""Kills of a service whose groups are this machine's and a pool's, while one of them moves.

CHAOS_INSTANCES=5000 makes it a long run.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.scheduler.run_queue import MOST_BRIEF
from tests.emulator.wire import Wire, task, until_there
from tests.slow.postgres import Postgres, postgres_if_there
from tests.slow.restarting import Restarting
from tests.slow.test_agent_chaos import _left, _until
from tests.slow.test_random_kills import _results
from tests.slow.victims import Victims, held, send

_INSTANCES = int(os.environ.get("CHAOS_INSTANCES", "270"))
#: The moving cluster is this machine's, then the pool's, and then this machine's again, each for
#: some phases: by the folders of programs.
_HOMES = ("executor", "agents", "executor")
_PHASES = max(3, _INSTANCES // 300)
#: Instances of each cluster that may end with a phase, and what is killed before they may.
_AT_ONCE, _KILLS = -(-_INSTANCES // (9 * _PHASES)), 3
_CODES, _VMS = 3, 2
_KINDS = (
    "server",
    "agent",
    "agent's keeper",
    "agent's forker",
    "agent's shim",
    "keeper here",
    "forker here",
    "shim here",
)
_PATIENCE = 100.0
_POOLS = """\
[pools.far]
kind = "local"
clusters = {clusters}

[pools.here]
kind = "embedded"
"""


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres | None]:
    with postgres_if_there() as running:
        yield running


class _Trouble:
    """Kills what a seed says, one after the other.

    Attributes:
        kills: How many of which kind were killed.
        vms: The VMs whose agents or keepers were among them.
        lost: How many attempts of an instance went with their shims, by job and number.
    """

    def __init__(self, service: Restarting, seed: int) -> None:
        self._service = service
        self._chance = random.Random(seed)
        self._deck: list[str] = []
        self._here = Victims(service.data / "executor")
        self._agents = Victims(service.data / "agents" / "pools" / "vms")
        self.kills: Counter[str] = Counter()
        self.vms: set[str] = set()
        self.lost: Counter[tuple[str, int]] = Counter()

    def make(self) -> None:
        """Kill one of the next kind, as soon as there is one."""
        if not self._deck:
            self._deck = self._chance.sample(_KINDS, len(_KINDS))
        kind = self._deck.pop()
        if kind == "server":
            self._service.kill()
        else:
            deadline = time.monotonic() + _PATIENCE
            while not self._kill(kind):
                assert time.monotonic() < deadline, f"no {kind} to kill\n{self._service.log()}"
                # It brings them, so it has to be there.
                assert self._service.pid
                time.sleep(0.02)
        self.kills[kind] += 1

    def _kill(self, kind: str) -> bool:
        side = self._here if "here" in kind else self._agents
        if "shim" in kind:
            return self._kill_shim(side)
        find: Callable[[], list[int]] = {
            "agent": lambda: list(side.agents()),
            "agent's keeper": side.keepers,
            "keeper here": side.keepers,
        }.get(kind, side.forkers)
        found = find()
        if not found:
            return False
        chosen = self._chance.choice(found)
        if kind in ("agent", "agent's keeper"):
            self.vms.add(side.vm_of(chosen))
        return send(chosen, signal.SIGKILL)

    def _kill_shim(self, side: Victims) -> bool:
        shims = sorted(shim for _, shim in held(side.journals))
        lost = side.kill_shim(self._chance.choice(shims), bool) if shims else None
        for attempt in lost or ():
            job, _, index, _ = attempt.split(".")
            self.lost[job, int(index)] += 1
        return lost is not None


@dataclass(frozen=True)
class _Job:
    """A job, of whose instances some may end in each phase.

    Attributes:
        id: Its id.
        phases: The phases.
        home: Where its programs run at first, as a folder of the data folder.
        stays: Whether all of them run there.
    """

    id: str
    phases: range
    home: str
    stays: bool

    @property
    def count(self) -> int:
        """How many instances it has."""
        return len(self.phases) * _AT_ONCE


class _Jobs:
    """The jobs, and where their programs write what they do and wait for their phase."""

    def __init__(self, service: Restarting, folder: Path) -> None:
        self._service, self._folder = service, folder
        self.all: list[_Job] = []
        self._log = folder / "log"
        # What was seen recorded, and how long the log was then.
        self._recorded: dict[tuple[str, int], int] = {}

    def submit(self, cluster: str, phases: range, home: str, *, stays: bool = True) -> _Job:
        note = f'$BATCH_COMPUTE_DAG_JOB_ID $i $BATCH_COMPUTE_WORKER_ID $$ $PWD" >> {self._log}'
        gate = f"{self._folder}/gate-$(({phases.start} + i / {_AT_ONCE}))"
        line = (
            f'i=$BATCH_COMPUTE_DAG_INSTANCE_ID; echo "s {note}; {until_there(gate)}; '
            f'echo "e {note}; exit $((i % {_CODES}))'
        )
        described = task(line, cluster, len(phases) * _AT_ONCE)
        job = self._service.call(
            lambda wire: wire.job({"t": described}, JobFailOnInstanceFail=False)
        )
        self.all.append(_Job(job, phases, home, stays))
        return self.all[-1]

    def open(self, phase: int) -> None:
        """Let the programs of a phase end, and note what is recorded by now."""
        (self._folder / f"gate-{phase}").touch()
        for job in self.all:
            results = self._results(job)
            size = self._log.stat().st_size if self._log.exists() else 0
            for index, (state, _) in results.items():
                if state in ("Finished", "Failed"):
                    self._recorded.setdefault((job.id, index), size)

    def await_running(self, job: _Job) -> None:
        self._await(job, lambda seen: seen["InstanceMetrics"]["RunningCount"] > 0)

    def await_end(self, job: _Job) -> None:
        self._await(job, lambda seen: seen["State"] == "Finished")

    def _await(self, job: _Job, condition: Callable[[dict[str, Any]], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not condition(self._service.call(lambda wire: wire.get(f"/jobs/{job.id}"))):
            assert time.monotonic() < deadline, self._service.log()
            time.sleep(0.05)

    def check(self, trouble: _Trouble) -> int:
        """Check what was recorded and what ran; return how many programs ran again."""
        for job in self.all:
            found = {
                index: (state, result["ExitCode"])
                for index, (state, result) in self._results(job).items()
            }
            assert found == {
                index: ("Failed" if index % _CODES else "Finished", index % _CODES)
                for index in range(job.count)
            }
        starts = self._starts(set(trouble.lost))
        assert starts.keys() == {(job.id, index) for job in self.all for index in range(job.count)}
        # What was cut off runs again: what a shim ran, and what a VM had that was lost.
        again = [vm for vms in starts.values() for vm in vms[:-1]]
        unexplained = {
            key: vms
            for key, vms in starts.items()
            if len([vm for vm in vms[:-1] if vm not in trouble.vms]) > trouble.lost[key]
        }
        assert unexplained == {}
        by_shims = trouble.lost.total()
        assert sum(max(0, count - MOST_BRIEF) for count in Counter(again).values()) <= by_shims
        return len(again)

    def _starts(self, without_shims: set[tuple[str, int]]) -> dict[tuple[str, int], list[str]]:
        """Return on which VMs each instance was begun, and check how they followed each other.

        Args:
            without_shims: Instances that lost an attempt with its shim, the end of which is not in
                the log.
        """
        starts: dict[tuple[str, int], list[str]] = defaultdict(list)
        running: dict[tuple[str, int], str] = {}
        busy: dict[str, set[tuple[str, int]]] = defaultdict(set)
        of_vm: dict[str, str] = {}
        homes: dict[str, set[str]] = defaultdict(set)
        at = 0
        for line in self._log.read_bytes().splitlines(keepends=True):
            word, job, index, vm, process, folder = line.decode().split()
            key = job, int(index)
            if word == "s":
                # A recorded instance never runs again.
                assert at < self._recorded.get(key, at + 1), line
                starts[key].append(vm)
                running[key] = process
            else:
                # Nor is there ever more than one program of it.
                assert running.pop(key, "") == process, line
            home = Path(folder).relative_to(self._service.data).parts[0]
            homes[job].add(home)
            if word == "s":
                if of_vm.setdefault(vm, home) != home:
                    # An agent's VM stays, whatever the file says; one of this machine moves if it
                    # has no program when the server comes back.
                    assert home == "agents", line
                    assert busy[vm] <= without_shims, line
                of_vm[vm] = home
                busy[vm].add(key)
            else:
                busy[vm].discard(key)
            at += len(line)
        for each in self.all:
            assert each.home in homes[each.id], homes
            assert homes[each.id] == {each.home} or not each.stays, homes
        return dict(starts)

    def _results(self, job: _Job) -> dict[int, tuple[str, dict[str, Any]]]:
        return self._service.call(lambda wire: _results(wire, job.id))


def _cluster(wire: Wire, name: str) -> str:
    return wire.cluster(_VMS, Name=name)


def _resize(wire: Wire, cluster: str, count: int) -> None:
    body = {"Groups": {"group": {"DesiredVMCount": count}}}
    assert wire.send("PUT", f"/clusters/{cluster}", body).status_code == 200


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("kind", "seed"), [("sqlite", 1), ("postgresql", 2)])
def test_every_instance_is_recorded_once(
    tmp_path: Path, database: Postgres | None, kind: str, seed: int
) -> None:
    config = tmp_path / "service.toml"
    options = ["--config", str(config)]
    if kind == "postgresql":
        if database is None:
            pytest.skip("there is no PostgreSQL")
        options += ["--database", database.database(f"mixed{seed}")]

    def give(stage: int) -> None:
        """Say whose VMs those of the moving cluster are from the next start on."""
        far = {"executor": ["far"], "agents": ["far", "moving"]}[_HOMES[stage]]
        config.write_text(_POOLS.format(clusters=json.dumps(far)))

    give(0)
    with Restarting(tmp_path / "data", options=options) as service:
        trouble, jobs = _Trouble(service, seed), _Jobs(service, tmp_path)
        clusters = {
            name: service.call(partial(_cluster, name=name)) for name in ("near", "far", "moving")
        }
        everything = range(len(_HOMES) * _PHASES)
        jobs.submit(clusters["near"], everything, "executor")
        jobs.submit(clusters["far"], everything, "agents")
        for stage, home in enumerate(_HOMES):
            phases = everything[stage * _PHASES :][:_PHASES]
            is_last = stage == len(_HOMES) - 1
            moving = jobs.submit(clusters["moving"], phases, home, stays=is_last)
            for phase in phases:
                if phase == phases[_PHASES // 2] and not is_last:
                    # What runs goes on where it is; VMs that are free or lost move.
                    jobs.await_running(moving)
                    give(stage + 1)
                    service.kill()
                for _ in range(_KILLS):
                    trouble.make()
                jobs.open(phase)
            jobs.await_end(moving)
            if not is_last:
                # All others move now, of which none has a program.
                for size in (0, _VMS):
                    service.call(partial(_resize, cluster=clusters["moving"], count=size))
        for job in jobs.all:
            jobs.await_end(job)
        again = jobs.check(trouble)
    logging.getLogger(__name__).info("%s: %s; ran again: %d", kind, dict(trouble.kills), again)
    assert trouble.kills.keys() == set(_KINDS)
    _until(lambda: not _left(tmp_path / "data"))
