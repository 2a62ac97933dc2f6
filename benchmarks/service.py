"""The embedded service: speed, latency, memory, start. Ratios are against the same machine's best.

The service runs in a process of its own and the load comes from this one, so on two processors
neither waits for the other.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import _requests
from _process import KEY, Process, Row, running
from _sizes import sized

PROGRAMS, MANY = sized(2_000, 50), sized(1_000_000, 1_000)
RECORDED = sized(100_000, 1_000)
LOOK_SECONDS = IDLE_SECONDS = sized(5.0, 0.5)
#: Seconds in which a service that listens has loaded the rest of it.
SETTLE_SECONDS = sized(3.0, 0.1)


def service(data: Path, isolation: str = "auto", *more: str) -> Any:
    """Run the service on a folder, with further options."""
    command = ["-m", "batchcompute.server", "serve", "--data", str(data), "--port", "0"]
    command += ["--access-key", ":".join(KEY), "--boot-seconds", "0", "--stop-instances"]
    return running(*command, "--isolation", isolation, *more)


def cluster(server: Process) -> str:
    """Make a cluster with a machine per processor."""
    groups = {"g": {"DesiredVMCount": os.cpu_count() or 1}}
    body = {"Name": "benchmark", "ImageId": "img-ubuntu", "Groups": groups}
    made: str = server.send("POST", "/clusters", body)["Id"]
    return made


def describe(cluster_id: str, count: int) -> dict[str, Any]:
    """Describe a job of programs that do nothing."""
    task = {
        "Parameters": {"Command": {"CommandLine": "true"}},
        "InstanceCount": count,
        "ClusterId": cluster_id,
    }
    return {"Name": "benchmark", "Type": "DAG", "DAG": {"Tasks": {"t": task}}}


def programs(folder: Path, isolation: str) -> float:
    """Return how many instances of `true` run per second."""
    with service(folder / isolation, isolation) as server:
        body = describe(cluster(server), PROGRAMS)
        started = time.perf_counter()
        server.ended(server.send("POST", "/jobs", body)["Id"])
        return PROGRAMS / (time.perf_counter() - started)


def bare_programs() -> float:
    """Return how many `true` a pool of threads runs per second."""
    started = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in pool.map(lambda _: subprocess.run(["true"], check=False), range(PROGRAMS)):
            assert done.returncode == 0
    return PROGRAMS / (time.perf_counter() - started)


def idle(server: Process) -> tuple[float, float]:
    """Return the memory and the percentage of a processor of a service with nothing to do."""
    time.sleep(SETTLE_SECONDS)
    before = server.processor_seconds
    time.sleep(IDLE_SECONDS)
    return server.megabytes, 100 * (server.processor_seconds - before) / IDLE_SECONDS


def many(server: Process) -> list[Row]:
    """Measure a huge job: until it is accepted, until its last instance is there, and polls."""
    body = describe(cluster(server), MANY)
    started = time.perf_counter()
    job = server.send("POST", "/jobs", body)["Id"]
    accepted = time.perf_counter() - started
    last = server.send("GET", f"/jobs/{job}/tasks/t/instances/{MANY - 1}")
    assert last["State"] == "Waiting"
    there = time.perf_counter() - started
    latencies = []
    end = time.perf_counter() + LOOK_SECONDS
    while (before := time.perf_counter()) < end:
        server.send("GET", f"/jobs/{job}")
        latencies.append(time.perf_counter() - before)
    rows: list[Row] = [
        (f"submit of {MANY} instances, s to the 201", accepted, "<", 1),
        ("s until the last of them is there", there, "<", 10),
        ("p99 of get_job while they run, ms", 1000 * quantile(latencies, 0.99), "<", 20),
        ("memory while they run, MB", server.megabytes, "<", 200),
    ]
    server.send("POST", f"/jobs/{job}/stop")
    server.ended(job)
    return rows


def quantile(values: list[float], part: float) -> float:
    """Return the value below which a part of them lies."""
    return sorted(values)[int(part * (len(values) - 1))]


def start(data: Path) -> float:
    """Return how long a service with so many recorded instances takes until it listens."""
    with sqlite3.connect(data / "service.db") as database:
        # Like one that is there, for numbers that no job has asked for.
        names = [row[1] for row in database.execute("PRAGMA table_info(instances)")]
        columns = ", ".join("n.value" if name == "idx" else name for name in names)
        database.execute(
            "WITH RECURSIVE n(value) AS (SELECT 1000000 UNION ALL SELECT value + 1 FROM n LIMIT ?) "
            f"INSERT INTO instances SELECT {columns} FROM n, "
            "(SELECT * FROM instances WHERE state = 'Finished' LIMIT 1)",
            (RECORDED,),
        )
        (count,) = database.execute("SELECT count(*) FROM instances").fetchone()
        assert count >= RECORDED
    database.close()
    started = time.perf_counter()
    with service(data):
        return time.perf_counter() - started


def show(rows: list[Row]) -> None:
    """Print what was measured against its budget; "<" and ">" say on which side it has to be."""
    for name, value, side, budget in rows:
        if not side:
            print(f"  {name:<66} {value:8.2f}", flush=True)
            continue
        kept = value <= budget if side == "<" else value >= budget
        verdict = "ok" if kept else "MISSED"
        print(f"  {name:<66} {value:8.2f}   budget {side} {budget:6.2f}   {verdict}", flush=True)


def report(title: str, measure: Callable[[Path], Iterable[Row]]) -> None:
    """Measure as often as `--runs` says, and print what came of it; of several runs the medians.

    Args:
        title: What is measured.
        measure: Measures it once, in an empty folder.
    """
    parser = argparse.ArgumentParser(description=f"Measure: {title}.")
    parser.add_argument("--runs", type=int, default=1, help="runs, of which medians are shown")
    runs: int = parser.parse_args().runs
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\n{title}, on {os.cpu_count()} processors with load {load}\n", flush=True)
    found: list[list[Row]] = []
    for number in range(runs):
        if runs > 1:
            print(f"  run {number + 1} of {runs}", flush=True)
        found.append([])
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            for row in measure(Path(name)):
                found[-1].append(row)
                show([row])
    if runs > 1:
        print(f"  medians of {runs} runs", flush=True)
        show(
            [
                (name, statistics.median(each[at][1] for each in found), side, budget)
                for at, (name, _, side, budget) in enumerate(found[0])
            ]
        )


def rows(folder: Path) -> Iterator[Row]:
    """Measure everything, in some two minutes."""
    pool = bare_programs()
    yield "a pool of threads, instances/s", pool, "", 0
    plain = programs(folder, "process-group")
    yield "instances/s, plain", plain, "", 0
    yield "instances/s, plain, part of a pool of threads", plain / pool, ">", 0.45
    try:
        spaces = programs(folder, "namespace")
    except (ValueError, OSError):
        print("  no namespaces on this machine", flush=True)
    else:
        yield "instances/s, in namespaces, part of a pool of threads", spaces / pool, ">", 0.15
    data = folder / "service"
    with service(data) as server:
        memory, processor = idle(server)
        yield "idle, MB", memory, "<", 90
        yield "idle, % of a processor", processor, "<", 1
        yield from _requests.rows(server, folder)
    with service(data) as server:
        yield from many(server)
    yield f"start with {RECORDED} recorded instances, s", start(data), "<", 3


if __name__ == "__main__":
    report("The service", rows)
