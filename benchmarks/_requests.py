"""Requests per second, as parts of what can be had on the same machine in the same run.

A request that changes nothing is compared with bare Starlette answering the same bytes on the
fastest parser, and one that changes something with bare durable commits, for it is not answered
before its own. Both take turns with the service, for disks and neighbours change from one moment to
the next.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path

from _load import answer_of, rate, signed
from _process import KEY, Process, Row, running
from _sizes import sized

GETS, POSTS, CREATES, COMMITS = sized((4_000, 4_000, 1_600, 2_000), (200, 200, 80, 100))
#: More jobs than those whose answers are kept.
OTHERS = 600
ROUNDS = sized(5, 1)

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
config = uvicorn.Config(
    application, port=0, http="httptools", log_level="error", access_log=False
)
Announced(config).run()
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
    jobs = [f"/jobs/{server.send('POST', '/jobs', described)['Id']}" for _ in range(OTHERS)]
    every = [jobs[number % len(jobs)] for number in range(GETS)]
    same = "/jobs?IdempotentToken=benchmark"
    starlette = "part of bare Starlette"
    return [
        (
            f"GET of a job, again and again, {starlette}",
            _part(server, "GET", [jobs[0]] * GETS, b"", 200),
            ">",
            0.5,
        ),
        (
            f"GET of {len(jobs)} jobs in turn, {starlette}",
            _part(server, "GET", every, b"", 200),
            "",
            0,
        ),
        (
            f"POST of a job that was made before, {starlette}",
            _part(server, "POST", [same] * POSTS, job, 201),
            ">",
            0.2,
        ),
        (
            f"POST that is refused, {starlette}",
            _part(server, "POST", ["/jobs"] * POSTS, wrong, 400),
            ">",
            0.2,
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
    found: list[Row] = []
    with closing(_Commits(folder)) as bare:
        for clients, budget in ((1, 0.4), (16, 0.7)):
            rates, commits = [], []
            for _ in range(ROUNDS):
                number = CREATES // ROUNDS
                prepared = [signed("POST", "/jobs", KEY, job) for _ in range(number)]
                rates.append(rate(server.endpoint, prepared, 201, connections=clients))
                commits.append(bare.rate(COMMITS // ROUNDS))
            parts = [mine / other for mine, other in zip(rates, commits, strict=True)]
            who = "1 client" if clients == 1 else f"{clients} clients"
            found += [
                ("bare durable commits/s", statistics.median(commits), "", 0),
                (f"new jobs/s, {who}", statistics.median(rates), "", 0),
                (
                    f"new jobs, {who}, part of bare durable commits",
                    statistics.median(parts),
                    ">",
                    budget,
                ),
            ]
    return found


class _Commits:
    """Small transactions that SQLite brings to the disk, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "commits.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE made (text)")
        # Its log has its full length from now on, as that of a service that has worked for a while.
        self.rate(2_000)

    def rate(self, count: int) -> float:
        """Return how many there are a second."""
        started = time.perf_counter()
        for _ in range(count):
            self._database.execute("INSERT INTO made VALUES ('a job')")
        return count / (time.perf_counter() - started)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
