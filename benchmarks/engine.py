"""Agents that join the service, as ratios to bare Dask and to the embedded service.

All of them run `true` without isolation, two at once, on the same machine in the same run. Rounds
take turns, so that whatever else the machine does meets all of them.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import _many_agents
from _process import Process, Row
from service import describe, report, service

#: Instances of a measurement, and agents or workers.
INSTANCES, AGENTS = 2_000, 2
ROUNDS = 3
#: Instances that wait meanwhile.
QUEUED = (1_000, 10_000, 100_000, 1_000_000)
#: The most that one task may have.
LARGEST = 100_000
STOPS, KILLS = 30, 5
LOOK_SECONDS = 0.02


def agents(data: Path) -> Any:
    """Run the service with agents of this machine."""
    return service(data, "process-group", "--agents", "local", "--agents-port", "0")


def cluster(server: Process, machines: int = AGENTS) -> str:
    """Make a cluster, and wait until its VMs run."""
    body = {"Name": "benchmark", "ImageId": "img-ubuntu", "Groups": {"g": {}}}
    body["Groups"] = {"g": {"DesiredVMCount": machines}}
    made: str = server.send("POST", "/clusters", body)["Id"]
    while server.send("GET", f"/clusters/{made}")["Groups"]["g"]["ActualVMCount"] < machines:
        time.sleep(LOOK_SECONDS)
    return made


def rate(server: Process, cluster_id: str, priority: int = 1) -> float:
    """Return how many instances of `true` run per second."""
    body = describe(cluster_id, INSTANCES) | {"Priority": priority}
    started = time.perf_counter()
    server.ended(server.send("POST", "/jobs", body)["Id"])
    return INSTANCES / (time.perf_counter() - started)


_DASK = """
import subprocess, time
from distributed import Client, LocalCluster

def run(number):
    return subprocess.run(["true"]).returncode

if __name__ == "__main__":
    with LocalCluster({agents}, threads_per_worker=1, dashboard_address=None) as here:
        with Client(here) as client:
            client.gather(client.map(run, range(100)))
            while True:
                if not input():
                    break
                started = time.perf_counter()
                futures = client.map(run, range({instances}), pure=False)
                assert not any(client.gather(futures))
                print(time.perf_counter() - started, flush=True)
"""


class Dask:
    """Bare Dask with as many workers, which run the same programs."""

    def __enter__(self) -> Dask:
        text = _DASK.format(agents=AGENTS, instances=INSTANCES)
        self._process = subprocess.Popen(
            [sys.executable, "-c", text],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def rate(self) -> float:
        """Return how many programs run per second."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return INSTANCES / float(self._process.stdout.readline())

    def __exit__(self, *_: object) -> None:
        self._process.communicate("\n")


def speed(folder: Path) -> Iterator[Row]:
    """Measure instances per second, beside Dask and the embedded service."""
    with (
        Dask() as dask,
        service(folder / "embedded", "process-group") as embedded,
        agents(folder / "agents") as own,
    ):
        here, there = cluster(embedded), cluster(own)
        rate(embedded, here)
        rate(own, there)
        found: list[tuple[float, float, float]] = []
        for _ in range(ROUNDS):
            found.append((dask.rate(), rate(embedded, here), rate(own, there)))
        of_dask, of_embedded, of_agents = (
            statistics.median(each) for each in zip(*found, strict=True)
        )
        yield f"instances/s, bare Dask with {AGENTS} workers", of_dask, "", 0
        yield "instances/s, embedded service", of_embedded, "", 0
        yield f"instances/s, {AGENTS} agents", of_agents, "", 0
        yield "agents, of bare Dask", of_agents / of_dask, ">", 1.0
        yield "agents, of the embedded service", of_agents / of_embedded, ">", 0.7
        server, everything = own.processor_seconds, own.tree_seconds
        rate(own, there)
        used = 1000 * (own.processor_seconds - server) / INSTANCES
        yield "processor time of the server per instance, ms", used, "", 0
        used = 1000 * (own.tree_seconds - everything) / INSTANCES
        yield "the same, with its agents, ms", used, "", 0


def queued(folder: Path) -> Iterator[Row]:
    """Measure instances per second while others wait."""
    with agents(folder / "queued") as server:
        made = cluster(server)
        rate(server, made)
        few, before = rate(server, made, 2), 0
        for count in QUEUED:
            for start in range(before, count, LARGEST):
                part = min(LARGEST, count - start)
                server.send("POST", "/jobs", describe(made, part) | {"Priority": 0})
            before = count
            name = f"instances/s while {count} more wait, of while none do"
            yield name, rate(server, made, 2) / few, ">", 0.85
        yield "memory of the server, MB", server.megabytes, "<", 200


def reactions(folder: Path) -> Iterator[Row]:
    """Measure how long a stop and the loss of an agent take."""
    mark = folder / "mark"
    mark.mkdir(parents=True)
    with agents(folder / "data") as server:
        made = cluster(server, 1)
        stops = [_stop(server, made, mark / "stop") for _ in range(STOPS)]
        name = "s from a stop to the end of the program, p99"
        yield name, sorted(stops)[int(0.99 * (STOPS - 1))], "<", 0.1
        kills = [_kill(server, made, folder / "data", mark / "kill") for _ in range(KILLS)]
        name = "s from SIGKILL of an agent to its program elsewhere"
        yield name, statistics.median(kills), "<", 2.0


def _begin(server: Process, made: str, begun: Path) -> tuple[str, int]:
    """Start a program, and return its job and process."""
    begun.write_text("")
    body = describe(made, 1)
    command = f"echo $$ >> {begun}; exec sleep 3600"
    body["DAG"]["Tasks"]["t"]["Parameters"]["Command"]["CommandLine"] = command
    job = server.send("POST", "/jobs", body)["Id"]
    process = _line(begun, 0)
    while server.send("GET", f"/jobs/{job}")["InstanceMetrics"]["RunningCount"] < 1:
        time.sleep(LOOK_SECONDS)
    return job, process


def _line(path: Path, number: int) -> int:
    while len(lines := path.read_text().splitlines()) <= number:
        time.sleep(0.001)
    return int(lines[number])


def _stop(server: Process, made: str, begun: Path) -> float:
    job, process = _begin(server, made, begun)
    started = time.perf_counter()
    server.send("POST", f"/jobs/{job}/stop")
    while Path(f"/proc/{process}").exists():
        time.sleep(0.001)
    taken = time.perf_counter() - started
    server.ended(job)
    return taken


def _kill(server: Process, made: str, data: Path, begun: Path) -> float:
    job, _ = _begin(server, made, begun)
    (vm,) = (data / "agents" / "vms").iterdir()
    started = time.perf_counter()
    os.kill(int((vm / "process").read_text()), signal.SIGKILL)
    _line(begun, 1)
    taken = time.perf_counter() - started
    server.send("POST", f"/jobs/{job}/stop")
    server.ended(job)
    return taken


def rows(folder: Path) -> Iterator[Row]:
    """Measure everything, in some ten minutes."""
    yield from speed(folder)
    yield from queued(folder)
    yield from reactions(folder / "reactions")
    yield from _many_agents.rows(folder / "many")


if __name__ == "__main__":
    report("Agents", rows)
