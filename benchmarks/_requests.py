"""Requests per second, as parts of what can be had on the same machine in the same run.

A request that changes nothing is compared with bare Starlette answering the same bytes, and one
that changes something with bare durable commits, for it is not answered before its own.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
from pathlib import Path

from _load import answer_of, rate, signed
from _process import KEY, Process, Row, running

GETS, POSTS, CREATES, COMMITS = 4_000, 4_000, 600, 300
ROUNDS = 5

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


def rows(server: Process, folder: Path) -> list[Row]:
    """Measure a service that has nothing else to do.

    Args:
        server: The service.
        folder: A folder on the disk where the service keeps its data.
    """
    # The cluster has no machine, so that nothing but requests is worked on.
    body = {"Name": "none", "ImageId": "img-ubuntu", "Groups": {"g": {"DesiredVMCount": 0}}}
    task = {
        "Parameters": {"Command": {"CommandLine": "true"}},
        "InstanceCount": 1,
        "ClusterId": server.send("POST", "/clusters", body)["Id"],
    }
    described = {"Name": "benchmark", "Type": "DAG", "DAG": {"Tasks": {"t": task}}}
    job = json.dumps(described).encode()
    wrong = json.dumps({**described, "Priority": 1001}).encode()
    jobs = [f"/jobs/{server.send('POST', '/jobs', described)['Id']}" for _ in range(CREATES)]
    every = [jobs[number % len(jobs)] for number in range(GETS)]
    same = "/jobs?IdempotentToken=benchmark"
    starlette = "part of bare Starlette"
    return [
        (
            f"GET of a job, again and again, {starlette}",
            _part(server, "GET", [jobs[0]] * GETS, b"", 200),
            ">",
            0.4,
        ),
        (
            # More than whose answers are kept.
            f"GET of {len(jobs)} jobs in turn, {starlette}",
            _part(server, "GET", every, b"", 200),
            "",
            0,
        ),
        (
            f"POST of a job that was made before, {starlette}",
            _part(server, "POST", [same] * POSTS, job, 201),
            ">",
            0.4,
        ),
        (
            f"POST that is refused, {starlette}",
            _part(server, "POST", ["/jobs"] * POSTS, wrong, 400),
            ">",
            0.4,
        ),
        *_creates(server, folder, job),
    ]


def _part(server: Process, method: str, targets: list[str], body: bytes, status: int) -> float:
    """Return the median of some rounds, in which both servers take turns."""
    answer = answer_of(server.endpoint, signed(method, targets[0], KEY, body))
    with running("-c", _BARE, answer.hex(), str(status)) as bare:
        ratios = []
        for number in range(ROUNDS):
            some = targets[number::ROUNDS]
            mine, other = (
                rate(each.endpoint, [signed(method, target, KEY, body) for target in some], status)
                for each in (server, bare)
            )
            ratios.append(mine / other)
    return statistics.median(ratios)


def _creates(server: Process, folder: Path, job: bytes) -> list[Row]:
    commits = _commits(folder)
    found: list[Row] = []
    for clients in (1, 16):
        prepared = [signed("POST", "/jobs", KEY, job) for _ in range(CREATES)]
        made = rate(server.endpoint, prepared, 201, connections=clients)
        who = "1 client" if clients == 1 else f"{clients} clients"
        found.append((f"new jobs/s, {who}", made, "", 0))
        found.append((f"new jobs, {who}, part of bare durable commits", made / commits, "", 0))
    return found


def _commits(folder: Path) -> float:
    """Return how many small transactions a second SQLite brings to the disk."""
    database = sqlite3.connect(folder / "commits.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE made (text)")
    started = time.perf_counter()
    for _ in range(COMMITS):
        database.execute("INSERT INTO made VALUES ('a job')")
    taken = time.perf_counter() - started
    database.close()
    return COMMITS / taken
