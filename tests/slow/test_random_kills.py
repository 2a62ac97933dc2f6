"""Kills at random moments: every instance is recorded once, and none runs after its receipt."""

from __future__ import annotations

import contextlib
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

from batchcompute.local.executors.embedded.record import Record
from batchcompute.local.executors.interface import Receipt
from tests.emulator.wire import Wire, task
from tests.processes import command_line, processes, status
from tests.slow.restarting import Restarting

_INSTANCES = 700
_CODES = 3
_FORKER = b"batchcompute.local.executors.embedded.forker"


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
        kind = self.chance.choices(("server", "forker", "shim"), (2, 3, 8))[0]
        if kind == "server":
            self.service.kill()
            self.kills[kind] += 1
        elif kind == "forker":
            self._kill_forker()
        else:
            self._kill_shim()

    def _kill_forker(self) -> None:
        server = self.service.pid
        for process in self._processes():
            if status(process)[1:2] == [str(server).encode()]:
                _send(process, signal.SIGKILL)
                self.kills["forker"] += 1

    def _kill_shim(self) -> None:
        holders = {holder.pid for record in self._records() if (holder := record.holder())}
        shims = sorted(holders & set(self._processes()))
        if not shims:
            return
        process = self.chance.choice(shims)
        # Held still, so that a receipt is either there or will never be. A shim runs one attempt
        # after the other, so only now is it sure which one that is.
        _send(process, signal.SIGSTOP)
        while (state := status(process)[:1]) not in ([b"T"], [b"Z"], []):
            time.sleep(0)
        lost = self._unsettled(process) if state == [b"T"] else []
        self.lost.update(lost)
        _send(process, signal.SIGKILL)
        self.kills["shim" if lost else "shim after its receipt"] += 1

    def _unsettled(self, process: int) -> list[int]:
        """Return the instance that a shim runs and has no receipt of."""
        return [
            int(record.attempt_id.split(".")[2])
            for record in self._records()
            if (holder := record.holder()) is not None
            and holder.pid == process
            and record.is_held()
            and not isinstance(record.outcome(), Receipt)
        ]

    def _records(self) -> list[Record]:
        attempts = self.service.data / "executor" / "attempts"
        return [Record(folder) for folder in attempts.iterdir()]

    def _processes(self) -> list[int]:
        """Return the forkers and shims of this service."""
        wanted = {str(self.service.data / "executor").encode(), _FORKER}
        return sorted(each for each in processes() if wanted <= set(command_line(each)))


def _send(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def _submit(wire: Wire, log: Path) -> str:
    index = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
    line = f"echo s {index} >> {log}; sleep 0.05; echo e {index} >> {log}"
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


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_instance_is_recorded_once(tmp_path: Path, seed: int) -> None:
    log = tmp_path / "log"
    chance = random.Random(seed)
    with Restarting(tmp_path / "data") as service:
        killer = Killer(service, chance)
        job = service.call(lambda wire: _submit(wire, log))
        deadline = time.monotonic() + 200
        while service.call(lambda wire: wire.get(f"/jobs/{job}"))["State"] in _UNDER_WAY:
            time.sleep(chance.uniform(0.02, 0.2))
            killer.kill()
            assert time.monotonic() < deadline, service.log()
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
    assert min(killer.kills[kind] for kind in ("server", "forker", "shim")) >= 3


_UNDER_WAY = ("Waiting", "Running")
