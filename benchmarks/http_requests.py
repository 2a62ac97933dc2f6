"""`get_job` through the clients against bare httpx and http.client, on a fast server here."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import http.client
import json
import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from _measure import table
from _server import fast_server
from _sizes import sized

from batchcompute import AsyncClient, Client

_EXAMPLE = Path(__file__).parents[1] / "spec" / "examples" / "get-job.response.json"
_JOB = "job-0000000058184218000008150000000D"
_REQUESTS = sized(320, 32)
_CONCURRENT = sized(1000, 50)
#: A thousand requests at once take seconds, most of them in the pool that both sides share.
_ROUNDS = sized(5, 1)
#: Rounds of what takes less.
_MANY_ROUNDS = sized(11, 1)


class PerCall:
    """The least that a client of one connection per call does: sign, ask, decode.

    Args:
        url: Where the service is.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port

    def get_job(self, job: str) -> Any:
        """Return a job as a dict."""
        path, nonce, date = f"/jobs/{job}", str(uuid.uuid4()), formatdate(usegmt=True)
        signed = (
            f"x-acs-access-key-id:key-id\nx-acs-signature-method:HMAC-SHA1\n"
            f"x-acs-signature-nonce:{nonce}\nx-acs-signature-version:1.0\n"
            f"x-acs-version:2015-11-11\n"
        )
        text = f"GET\napplication/json\n\napplication/json\n{date}\n{signed}{path}"
        digest = hmac.digest(b"secret", text.encode(), hashlib.sha1)
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "benchmark",
            "Date": date,
            "Authorization": f"acs key-id:{base64.b64encode(digest).decode()}",
            **dict(line.split(":", 1) for line in signed.splitlines()),
        }
        connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        try:
            connection.request("GET", path, headers=headers)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


def in_turns(subject: Callable[[], float], reference: Callable[[], float]) -> float:
    """Return the subject's requests per second as a part of the reference's, by medians."""
    subject(), reference()
    pairs = [(subject(), reference()) for _ in range(_MANY_ROUNDS)]
    return statistics.median(p[0] for p in pairs) / statistics.median(p[1] for p in pairs)


def rate(call: Callable[[], object], threads: int) -> float:
    """Return requests per second."""
    each = _REQUESTS // threads

    def work(_: int) -> None:
        for _ in range(each):
            call()

    start = time.perf_counter()
    if threads == 1:
        work(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))
    return each * threads / (time.perf_counter() - start)


def synchronous(url: str, threads: int) -> float:
    """Compare the two with so many threads."""
    path = f"{url}/jobs/{_JOB}"
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    with Client(url, "key-id", "secret") as client, httpx.Client(limits=limits) as bare:
        return in_turns(
            lambda: rate(lambda: client.get_job(_JOB).State, threads),
            lambda: rate(lambda: bare.get(path).json()["State"], threads),
        )


def per_call(url: str, threads: int) -> float:
    """Compare our client with one that makes a connection per call, with so many threads."""
    other = PerCall(url)
    with Client(url, "key-id", "secret") as client:
        return in_turns(
            lambda: rate(lambda: client.get_job(_JOB).State, threads),
            lambda: rate(lambda: other.get_job(_JOB)["State"], threads),
        )


async def asynchronous(url: str) -> float:
    """Compare the two with a thousand requests at once."""
    path = f"{url}/jobs/{_JOB}"
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with (
        AsyncClient(url, "key-id", "secret") as client,
        httpx.AsyncClient(limits=limits, timeout=60) as bare,
    ):

        async def ours() -> None:
            await asyncio.gather(*(client.get_job(_JOB) for _ in range(_CONCURRENT)))

        async def theirs() -> None:
            answers = await asyncio.gather(*(bare.get(path) for _ in range(_CONCURRENT)))
            for answer in answers:
                answer.json()

        rates: list[tuple[float, float]] = []
        for _ in range(_ROUNDS + 1):
            pair = []
            for work in (ours, theirs):
                start = time.perf_counter()
                await work()
                pair.append(_CONCURRENT / (time.perf_counter() - start))
            rates.append((pair[0], pair[1]))
        warm = rates[1:]
        return statistics.median(p[0] for p in warm) / statistics.median(p[1] for p in warm)


def main() -> None:
    """Measure and print."""
    body = json.dumps(json.loads(_EXAMPLE.read_text(encoding="utf-8"))).encode()
    with fast_server(body) as url:
        rows = [
            ("get_job, 1 thread / httpx.Client", synchronous(url, 1), 1.5),
            ("get_job, 16 threads / httpx.Client", synchronous(url, 16), 1.5),
            ("get_job, 1 thread / http.client, a connection per call", per_call(url, 1), 1.2),
            ("get_job, 16 threads / http.client, a connection per call", per_call(url, 16), 1.2),
            ("1,000 get_job at once / httpx.AsyncClient", asyncio.run(asynchronous(url)), 0.85),
        ]
    table(
        "Requests per second (times the other in the same run; more is better)", rows, at_least=True
    )


if __name__ == "__main__":
    main()
