"""Agents that are jobs of a Slurm, of which jobs, nodes and answers are lost again and again.

CHAOS_INSTANCES=5000 makes it a long run.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journals import all_written
from tests.slow.living_slurm import LivingSlurm
from tests.slow.postgres import Postgres, postgres_if_there
from tests.slow.restarting import Restarting
from tests.slow.test_agent_chaos import _left, _submit, _until
from tests.slow.test_random_kills import _results

pytest.importorskip("parsl", reason="the extra engine is not installed")

_INSTANCES = int(os.environ.get("CHAOS_INSTANCES", "120"))
_CODES = 3
#: What is done to it, in turns and then by chance.
_KINDS = ("node", "shim", "answer", "cancel", "server", "node")
_PATIENCE = 1400.0
_UNDER_WAY = ("Waiting", "Running")
_POOL = """\
[pools.slurm]
kind = "parsl"
provider = "slurm"
walltime = "1:00:00"
observe-seconds = 1
scratch = "{scratch}"
options = {{ partition = "batch" }}
"""


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivingSlurm]:
    made = LivingSlurm(tmp_path / "slurm")
    monkeypatch.setenv("PATH", f"{made.programs}{os.pathsep}{os.environ['PATH']}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres | None]:
    with postgres_if_there() as running:
        yield running


class _Trouble:
    """Makes trouble of one kind at a time, and counts it."""

    def __init__(self, service: Restarting, slurm: LivingSlurm, seed: int, scratch: Path) -> None:
        self._service, self._slurm, self._scratch = service, slurm, scratch
        self._chance = random.Random(seed)
        self.made: Counter[str] = Counter()

    def make(self) -> None:
        turn = self.made.total()
        kind = _KINDS[turn] if turn < len(_KINDS) else self._chance.choice(_KINDS)
        if kind == "server":
            self._service.kill()
        elif kind == "answer":
            # It is for a VM that is wanted now, as another one is gone.
            self._slurm.lose_answer()
            self._fail_node()
        elif kind == "shim":
            self._kill_shim()
        else:
            jobs = self._slurm.running()
            if not jobs:
                return
            job = self._chance.choice(jobs)
            with contextlib.suppress(ProcessLookupError):
                self._slurm.fail_node(job) if kind == "node" else self._slurm.cancel(job)
        self.made[kind] += 1

    def _fail_node(self) -> None:
        if jobs := self._slurm.running():
            with contextlib.suppress(ProcessLookupError):
                self._slurm.fail_node(self._chance.choice(jobs))

    def _kill_shim(self) -> None:
        found = [
            each.shim
            for folder in self._scratch.glob("batchcompute-*/*")
            for each in all_written(folder).values()
            if each.held
        ]
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._chance.choice(found), signal.SIGKILL)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_instance_is_recorded_once(
    tmp_path: Path, slurm: LivingSlurm, database: Postgres | None, kind: str
) -> None:
    scratch = tmp_path / "scratch"
    config = tmp_path / "service.toml"
    config.write_text(_POOL.format(scratch=scratch))
    options = ["--config", str(config)]
    if kind == "postgresql":
        if database is None:
            pytest.skip("there is no PostgreSQL")
        options += ["--database", database.database("pilots")]
    log = tmp_path / "log"
    with Restarting(tmp_path / "data", options=options) as service:
        trouble = _Trouble(service, slurm, 1, scratch)
        job = service.call(lambda wire: _submit(wire, log, _INSTANCES))
        deadline = time.monotonic() + _PATIENCE
        awaited = _INSTANCES - 5
        while (seen := service.call(lambda wire: wire.get(f"/jobs/{job}")))["State"] in _UNDER_WAY:
            assert time.monotonic() < deadline, service.log()
            metrics = seen["InstanceMetrics"]
            left = sum(metrics[f"{state}Count"] for state in _UNDER_WAY)
            if left > awaited:
                time.sleep(0.02)
                continue
            awaited = left - max(12, _INSTANCES // 60)
            trouble.make()
        results = service.call(lambda wire: _results(wire, job))
    logging.getLogger(__name__).info("%s: %s", kind, dict(trouble.made))
    expected = {
        index: ("Failed" if index % _CODES else "Finished", index % _CODES)
        for index in range(_INSTANCES)
    }
    found = {index: (state, result["ExitCode"]) for index, (state, result) in results.items()}
    assert found == expected
    starts = Counter(int(line.split()[1]) for line in log.read_text().splitlines())
    assert starts.keys() == expected.keys()
    logging.getLogger(__name__).info("ran again: %d", starts.total() - _INSTANCES)
    # With a node goes what runs there, and what has just ended there and was not told.
    nodes = trouble.made["node"] + trouble.made["answer"]
    assert starts.total() - _INSTANCES <= 2 * nodes + trouble.made["cancel"] + trouble.made["shim"]
    assert trouble.made.keys() == {*_KINDS}
    assert slurm.has_lost_an_answer()
    _until(lambda: not slurm.running())
    _until(lambda: not _left(tmp_path / "data"))
