"""What many agents cost the service: made-up ones that ask, or end at once what they are given.

Two processors cannot run what thousands of machines do, so the service's own processor time is
counted, which does not depend on who else uses them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from _agents import made_up
from _process import Process, Row
from service import describe, quantile, service

#: Agents that wait for work.
WAITING = 2_000
#: For how long they are watched, and the pause between two requests meanwhile, in seconds.
WATCH_SECONDS, PAUSE_SECONDS = 40.0, 0.02
#: Agents that work, few and many, and instances of a measurement.
FEW, MANY, INSTANCES = 2, 64, 4_000
#: Clusters that wait for VMs that do not come.
CLUSTERS = 1_000
#: Instances that go through agents while the memory is watched.
THROUGH = 100_000
LOOK_SECONDS = 0.1


def external(data: Path) -> Any:
    """Run the service for agents that come by themselves."""
    more = ("--agents", "external", "--agents-port", "0", "--most-agents", str(WAITING))
    return service(data, "process-group", *more)


def cluster(server: Process, machines: int) -> str:
    """Make a cluster; its VMs are there once agents have come."""
    groups = {"g": {"DesiredVMCount": machines}}
    body = {"Name": "benchmark", "ImageId": "img-ubuntu", "Groups": groups}
    made: str = server.send("POST", "/clusters", body)["Id"]
    return made


def wait_for_agents(server: Process, cluster_id: str, count: int) -> None:
    """Wait until so many VMs of a cluster run."""
    while server.send("GET", f"/clusters/{cluster_id}")["Groups"]["g"]["ActualVMCount"] < count:
        time.sleep(LOOK_SECONDS)


def polling(folder: Path) -> Iterator[Row]:
    """Measure what agents cost that only wait."""
    with external(folder) as server:
        made = cluster(server, WAITING)
        job = server.send("POST", "/jobs", describe(cluster(server, 0), 1))["Id"]
        yield "p99 of get_job without agents, ms", 1000 * _watch(server, job)[0], "", 0
        began, before = time.perf_counter(), server.processor_seconds
        with made_up(folder, WAITING):
            wait_for_agents(server, made, WAITING)
            used = server.processor_seconds - before
            yield f"{WAITING} agents: s until all have joined", time.perf_counter() - began, "", 0
            yield f"{WAITING} agents: processor time of a join, ms", 1000 * used / WAITING, "", 0
            slow, part = _watch(server, job)
            yield f"{WAITING} agents wait: % of a processor", 100 * part, "<", 30
            yield f"{WAITING} agents wait: memory of the server, MB", server.megabytes, "<", 300
            yield f"{WAITING} agents wait: p99 of get_job, ms", 1000 * slow, "<", 50


def _watch(server: Process, job: str) -> tuple[float, float]:
    """Return the p99 of `get_job`, in seconds, and the part of a processor that is used."""
    began, before = time.perf_counter(), server.processor_seconds
    taken: list[float] = []
    while time.perf_counter() - began < WATCH_SECONDS:
        asked = time.perf_counter()
        server.send("GET", f"/jobs/{job}")
        taken.append(time.perf_counter() - asked)
        time.sleep(PAUSE_SECONDS)
    passed = time.perf_counter() - began
    return quantile(taken, 0.99), (server.processor_seconds - before) / passed


def working(folder: Path) -> Iterator[Row]:
    """Measure what an instance costs the service with few agents, many, and many clusters."""
    with external(folder / "few") as server:
        made = cluster(server, FEW)
        with made_up(folder / "few", FEW):
            wait_for_agents(server, made, FEW)
            _cost(server, made)
            few = _cost(server, made)
            yield f"{FEW} made-up agents: server's processor time of an instance, ms", few, "", 0
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda _: _wait(server), range(CLUSTERS)))
            part = _cost(server, made) / few
            yield f"the same while {CLUSTERS} clusters wait, of it", part, "<", 1.15
    with external(folder / "many") as server:
        made = cluster(server, MANY)
        with made_up(folder / "many", MANY):
            wait_for_agents(server, made, MANY)
            _cost(server, made)
            part = _cost(server, made) / few
            yield f"the same with {MANY} agents, of it", part, "<", 1.15
            began = time.perf_counter()
            server.ended(server.send("POST", "/jobs", describe(made, THROUGH))["Id"])
            rate = THROUGH / (time.perf_counter() - began)
            yield f"{THROUGH} instances through {MANY} made-up agents, instances/s", rate, "", 0
            yield "memory of the server after that, MB", server.megabytes, "<", 200


def _wait(server: Process) -> None:
    server.send("POST", "/jobs", describe(cluster(server, 1), 1))


def _cost(server: Process, cluster_id: str) -> float:
    """Return the processor time of the server per instance, in milliseconds."""
    before = server.processor_seconds
    job = server.send("POST", "/jobs", describe(cluster_id, INSTANCES))["Id"]
    while server.send("GET", f"/jobs/{job}")["State"] != "Finished":
        time.sleep(LOOK_SECONDS)
    return 1000 * (server.processor_seconds - before) / INSTANCES


def rows(folder: Path) -> Iterator[Row]:
    """Measure everything, in some six minutes."""
    yield from polling(folder / "polling")
    yield from working(folder)
