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

from batchcompute.server.scheduler.run_queue import MOST_BRIEF
from tests.emulator.wire import Wire, task, until_there
from tests.journals import all_written
from tests.slow.living_slurm import LivingSlurm
from tests.slow.postgres import Postgres, postgres_if_there
from tests.slow.restarting import Restarting
from tests.slow.test_agent_chaos import _left, _until
from tests.slow.test_random_kills import _results

pytest.importorskip("parsl", reason="the extra engine is not installed")

_INSTANCES = int(os.environ.get("CHAOS_INSTANCES", "120"))
_VMS, _CODES = 4, 3
#: What is done to it, in turns and then by chance.
_KINDS = ("node", "shim", "answer", "cancel", "server")
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

    def missing(self) -> list[str]:
        """Return the kinds of which there was none by now."""
        return [kind for kind in _KINDS if not self.made[kind]]

    def make(self) -> None:
        """Make trouble of the next kind that is missing, and then of any."""
        kind = next(iter(self.missing()), "") or self._chance.choice(_KINDS)
        if kind == "server":
            self._service.kill()
        elif kind == "answer":
            # It is for a VM that is wanted now, as another one is gone.
            self._slurm.lose_answer()
            self._fail_node()
        elif kind == "shim":
            if not self._kill_shim():
                return
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

    def _kill_shim(self) -> bool:
        found = [
            each.shim
            for folder in self._scratch.glob("batchcompute-*/*")
            for each in all_written(folder).values()
            if each.held
        ]
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._chance.choice(found), signal.SIGKILL)
        return bool(found)


def _submit(wire: Wire, log: Path, gate: Path) -> str:
    index = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
    # The last one waits until enough went wrong, however fast the others are.
    wait = f"if [ {index} -eq {_INSTANCES - 1} ]; then {until_there(gate)}; fi"
    line = f"echo s {index} >> {log}; {wait}; exit $(({index} % {_CODES}))"
    described = task(line, wire.cluster(_VMS), _INSTANCES)
    return wire.job({"t": described}, JobFailOnInstanceFail=False)


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
    log, gate = tmp_path / "log", tmp_path / "gate"
    with Restarting(tmp_path / "data", options=options) as service:
        trouble = _Trouble(service, slurm, 1, scratch)
        job = service.call(lambda wire: _submit(wire, log, gate))
        deadline = time.monotonic() + _PATIENCE
        awaited = _INSTANCES - 5
        while (seen := service.call(lambda wire: wire.get(f"/jobs/{job}")))["State"] in _UNDER_WAY:
            assert time.monotonic() < deadline, service.log()
            metrics = seen["InstanceMetrics"]
            left = sum(metrics[f"{state}Count"] for state in _UNDER_WAY)
            if left > 1 and left > awaited:
                time.sleep(0.02)
                continue
            if left > 1 or trouble.missing():
                awaited = left - max(12, _INSTANCES // 60)
                trouble.make()
            elif slurm.has_lost_an_answer():
                # The VM that was to be there instead has been asked for.
                gate.touch()
            time.sleep(0.02)
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
    # With a VM goes what runs there, and what has just ended there and was not told.
    vms = trouble.made["node"] + trouble.made["answer"] + trouble.made["cancel"]
    assert starts.total() - _INSTANCES <= MOST_BRIEF * vms + trouble.made["shim"]
    assert trouble.missing() == []
    _until(lambda: not slurm.running())
    _until(lambda: not _left(tmp_path / "data"))
