"""The scheduler: instances per second and processor time, however many clusters and jobs wait.

Each figure is a ratio to one of the same run, of the same service.
"""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from _process import Process, Row
from _sizes import sized
from service import cluster, describe, report, service

#: Instances of a measurement, clusters that wait, and instances that wait.
INSTANCES, CLUSTERS = sized(2_000, 50), sized(1_000, 20)
QUEUED = sized((1_000, 10_000, 100_000, 1_000_000), (1_000,))
#: How often a program's shim is killed.
KILLS = sized(9, 1)
#: The most that one task may have.
LARGEST = 100_000
#: Seconds between two looks at a job; each of them costs the service something.
LOOK_SECONDS = 0.05
#: The jobs that wait, those that are measured, and those that keep the first ones waiting.
LOW, MIDDLE, HIGH = 0, 1, 2


class Measured:
    """A service whose slots are taken, so that what is submitted waits until it is measured."""

    def __init__(self, server: Process) -> None:
        self._server = server
        self._cluster = cluster(server)
        self._blocker = ""

    def block(self) -> None:
        """Take all slots, if they are not taken."""
        if self._blocker:
            return
        body = describe(self._cluster, os.cpu_count() or 1) | {"Priority": HIGH}
        body["DAG"]["Tasks"]["t"]["Parameters"]["Command"]["CommandLine"] = "sleep 3600"
        self._blocker = self._server.send("POST", "/jobs", body)["Id"]
        self._until(self._blocker, "RunningCount", os.cpu_count() or 1)

    def queue(self, count: int) -> None:
        """Let instances wait for the machines that are measured."""
        self.block()
        while count > 0:
            part = min(count, LARGEST)
            body = describe(self._cluster, part) | {"Priority": LOW}
            self._server.send("POST", "/jobs", body)
            count -= part

    def add_clusters(self, count: int) -> None:
        """Make clusters with a machine each, and a job for each of them that waits."""
        self.block()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: self._add_cluster(), range(count)))

    def rate(self) -> float:
        """Return how many instances of `true` run per second, though others wait."""
        return INSTANCES / self.run()[0]

    def run(self) -> tuple[float, float, float]:
        """Return seconds that instances take, and processor seconds of the server and of all."""
        self.block()
        job = self._server.send(
            "POST", "/jobs", describe(self._cluster, INSTANCES) | {"Priority": MIDDLE}
        )["Id"]
        server, everything = self._server.processor_seconds, self._server.tree_seconds
        started = time.perf_counter()
        self._server.send("POST", f"/jobs/{self._blocker}/stop")
        self._blocker = ""
        self._until(job, "FinishedCount", INSTANCES)
        taken = time.perf_counter() - started
        return (
            taken,
            self._server.processor_seconds - server,
            self._server.tree_seconds - everything,
        )

    def _add_cluster(self) -> None:
        groups = {"g": {"DesiredVMCount": 1}}
        body = {"Name": "waiting", "ImageId": "img-ubuntu", "Groups": groups}
        made = self._server.send("POST", "/clusters", body)["Id"]
        self._server.send("POST", "/jobs", describe(made, 1) | {"Priority": LOW})

    def _until(self, job: str, counter: str, count: int) -> None:
        while self._look(job)[counter] < count:
            time.sleep(LOOK_SECONDS)

    def _look(self, job: str) -> Any:
        return self._server.send("GET", f"/jobs/{job}")["InstanceMetrics"]


def processor(folder: Path) -> list[Row]:
    """Measure the processor time of an instance."""
    with service(folder, "process-group") as server:
        measured = Measured(server)
        measured.run()
        _, of_server, of_all = measured.run()
    return [
        ("processor time of the server per instance, ms", 1000 * of_server / INSTANCES, "<", 0.35),
        ("processor time per instance in all, ms", 1000 * of_all / INSTANCES, "<", 1.6),
    ]


def waiting(folder: Path) -> Iterator[Row]:
    """Measure instances per second while clusters and instances wait."""
    with service(folder / "queued", "process-group") as server:
        measured = Measured(server)
        measured.run()
        few, queued = measured.rate(), 0
        for count in QUEUED:
            measured.queue(count - queued)
            queued = count
            name = f"instances/s while {count} more wait, of while none do"
            yield name, measured.rate() / few, ">", 0.85
    with service(folder / "clusters", "process-group") as server:
        measured = Measured(server)
        measured.run()
        one = measured.rate()
        measured.add_clusters(CLUSTERS)
        name = f"instances/s while {CLUSTERS} clusters wait, of one cluster"
        yield name, measured.rate() / one, ">", 0.85


def killed(folder: Path) -> list[Row]:
    """Measure how long an instance does not run whose shim is killed."""
    folder.mkdir()
    begun = folder / "begun"
    taken: list[float] = []
    with service(folder / "data", "process-group") as server:
        of_cluster = cluster(server)
        for _ in range(KILLS):
            begun.write_text("")
            body = describe(of_cluster, 1)
            command = f"echo $PPID >> {begun}; exec sleep 3600"
            body["DAG"]["Tasks"]["t"]["Parameters"]["Command"]["CommandLine"] = command
            job = server.send("POST", "/jobs", body)["Id"]
            (shim,) = _lines(begun, 1)
            # Until it is told that it runs; whoever is killed before that has lost nothing.
            while server.send("GET", f"/jobs/{job}")["InstanceMetrics"]["RunningCount"] < 1:
                time.sleep(LOOK_SECONDS)
            started = time.perf_counter()
            os.kill(int(shim), signal.SIGKILL)
            _lines(begun, 2)
            taken.append(time.perf_counter() - started)
            server.send("POST", f"/jobs/{job}/stop")
            server.ended(job)
    name = f"a killed shim, s until its instance runs again (median of {KILLS})"
    return [(name, statistics.median(taken), "<", 0.3)]


def _lines(file: Path, count: int) -> list[str]:
    """Wait until a file has so many lines."""
    while len(found := file.read_text().split()) < count:
        time.sleep(0.001)
    return found


def rows(folder: Path) -> Iterator[Row]:
    """Measure everything, in some two minutes."""
    yield from processor(folder / "processor")
    yield from killed(folder / "killed")
    yield from waiting(folder)


if __name__ == "__main__":
    report("The scheduler", rows)
