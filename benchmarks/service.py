"""The embedded service: speed, latency, memory, start. Ratios are against the same machine's best.

The service runs in a process of its own and the load comes from this one, so on two processors
neither waits for the other.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _load import answer_of, rate, signed

KEY = ("benchmark", "secret")
PROGRAMS, MANY = 2_000, 100_000
GETS, POSTS, LOOKS = 3_000, 1_000, 1_000
IDLE_SECONDS = 5.0
_TICKS = os.sysconf("SC_CLK_TCK")

_BARE = """
import sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

body = bytes.fromhex(sys.argv[1])
status = int(sys.argv[2])

async def answer(request):
    await request.body()
    return Response(body, status, media_type="application/json")

class Announced(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"listening on http://127.0.0.1:{port}", flush=True)

application = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
Announced(uvicorn.Config(application, port=0, log_level="error", access_log=False)).run()
"""


@dataclass(frozen=True)
class Process:
    """A server in a process."""

    pid: int
    endpoint: str

    def send(self, method: str, target: str, body: Any = None) -> Any:
        """Send a signed request, and return what was answered."""
        content = b"" if body is None else json.dumps(body).encode()
        answer = json.loads(answer_of(self.endpoint, signed(method, target, KEY, content)) or b"{}")
        if "Code" in answer and "Message" in answer:
            raise RuntimeError(answer)
        return answer

    def ended(self, job: str) -> None:
        """Wait until a job has ended."""
        while self.send("GET", f"/jobs/{job}")["State"] not in ("Finished", "Failed", "Stopped"):
            time.sleep(0.02)

    @property
    def megabytes(self) -> float:
        """Resident memory."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        (found,) = (line for line in lines if line.startswith("VmRSS:"))
        return int(found.split()[1]) / 1024

    @property
    def processor_seconds(self) -> float:
        """Processor time that was used until now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def running(*command: str) -> Iterator[Process]:
    """Run a program of Python that says where it listens."""
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield Process(process.pid, line.removeprefix("listening on ").strip())
    finally:
        process.terminate()
        process.communicate()


def service(data: Path, isolation: str = "auto") -> Any:
    """Run the service on a folder."""
    command = ["-m", "batchcompute.local", "serve", "--data", str(data), "--port", "0"]
    command += ["--access-key", ":".join(KEY), "--boot-seconds", "0", "--stop-instances"]
    return running(*command, "--isolation", isolation)


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
    before = server.processor_seconds
    time.sleep(IDLE_SECONDS)
    return server.megabytes, 100 * (server.processor_seconds - before) / IDLE_SECONDS


def requests(server: Process) -> tuple[float, float]:
    """Return requests per second as parts of what bare Starlette does with the same bytes."""
    # The cluster has no machine, so that nothing but requests is worked on.
    body = {"Name": "none", "ImageId": "img-ubuntu", "Groups": {"g": {"DesiredVMCount": 0}}}
    described = json.dumps(describe(server.send("POST", "/clusters", body)["Id"], 1)).encode()
    created = answer_of(server.endpoint, signed("POST", "/jobs", KEY, described))
    target = f"/jobs/{json.loads(created)['Id']}"
    shown = answer_of(server.endpoint, signed("GET", target, KEY))
    found = []
    for method, path, sent, answer, status, count in (
        ("GET", target, b"", shown, 200, GETS),
        ("POST", "/jobs", described, created, 201, POSTS),
    ):
        mine = rate(
            server.endpoint, [signed(method, path, KEY, sent) for _ in range(count)], status
        )
        with running("-c", _BARE, answer.hex(), str(status)) as bare:
            prepared = [signed(method, path, KEY, sent) for _ in range(count)]
            found.append(mine / rate(bare.endpoint, prepared, status))
    return found[0], found[1]


def many(server: Process) -> tuple[float, float, float]:
    """Return seconds to the 201, p99 of get_job in milliseconds, and megabytes of a huge job."""
    body = describe(cluster(server), MANY)
    started = time.perf_counter()
    job = server.send("POST", "/jobs", body)["Id"]
    submitted = time.perf_counter() - started
    latencies = []
    for _ in range(LOOKS):
        started = time.perf_counter()
        server.send("GET", f"/jobs/{job}")
        latencies.append(time.perf_counter() - started)
    megabytes = server.megabytes
    server.send("POST", f"/jobs/{job}/stop")
    server.ended(job)
    return submitted, 1000 * statistics.quantiles(latencies, n=100)[98], megabytes


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
            (MANY,),
        )
        (count,) = database.execute("SELECT count(*) FROM instances").fetchone()
        assert count >= MANY
    database.close()
    started = time.perf_counter()
    with service(data):
        return time.perf_counter() - started


def show(rows: list[tuple[str, float, str, float]]) -> None:
    """Print what was measured against its budget; "<" and ">" say on which side it has to be."""
    for name, value, side, budget in rows:
        kept = value <= budget if side == "<" else value >= budget
        verdict = "ok" if kept else "MISSED"
        print(f"  {name:<62} {value:8.2f}   budget {side} {budget:6.2f}   {verdict}", flush=True)


def main() -> None:
    """Measure everything, in some two minutes."""
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\nThe service, on {os.cpu_count()} processors with load {load}\n", flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        pool = bare_programs()
        plain = programs(folder, "process-group")
        print(f"  threads {pool:.0f}/s, instances {plain:.0f}/s", flush=True)
        show([("instances/s, plain, part of a pool of threads", plain / pool, ">", 0.10)])
        try:
            spaces = programs(folder, "namespace")
        except (ValueError, OSError):
            print("  no namespaces on this machine", flush=True)
        else:
            row = (
                "instances/s, in namespaces, part of a pool of threads",
                spaces / pool,
                ">",
                0.05,
            )
            show([row])
        data = folder / "service"
        with service(data) as server:
            memory, processor = idle(server)
            show([("idle, MB", memory, "<", 90), ("idle, % of a processor", processor, "<", 1)])
            get, post = requests(server)
            show([("GET of a job, part of bare Starlette", get, ">", 0.4)])
            show([("POST of a job, part of bare Starlette", post, ">", 0.4)])
        with service(data) as server:
            submitted, latency, waiting = many(server)
            show([(f"submit of {MANY} instances, s to the 201", submitted, "<", 0.5)])
            show([("p99 of get_job while they run, ms", latency, "<", 50)])
            show([("memory while they wait, MB", waiting, "<", 150)])
        show([(f"start with {MANY} recorded instances, s", start(data), "<", 3)])


if __name__ == "__main__":
    main()
