"""Made-up agents, thousands of them in one process, that speak to the port of agents over TLS.

They say what real ones say, and run nothing: what they are given has ended as soon as it has begun,
if not before. So what a service uses for them is its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from batchcompute import __version__
from batchcompute.server.executors.agent.protocol import Findings, event_item
from batchcompute.server.executors.agent.session import Session
from batchcompute.server.executors.interface import AttemptEnded, AttemptLost, Receipt
from batchcompute.server.executors.network.protocol import (
    JOIN,
    PROTOCOL,
    WORK,
    JoinRequest,
    describe,
)

#: Seconds between two agents that begin: machines of a cluster do not start in one instant.
_PAUSE_SECONDS = 0.004


class _Refused(Exception):
    """The server does not want what it was asked."""


class Agent:
    """One agent: it joins once, and then asks again and again."""

    def __init__(self, url: str, token: str, trusted: ssl.SSLContext) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 443
        self._token = token
        self._trusted = trusted
        self._name = os.urandom(8).hex()
        self._session = Session(os.urandom(8).hex())
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        """Be a VM until nobody wants it."""
        joined = await self._join()
        self._token = joined["token"]
        while True:
            frame = self._session.whole_frame() | {"wait": joined["wait_seconds"]}
            answer = await self._post(WORK, frame)
            for order in self._session.take(answer):
                self._obey(order)

    async def _join(self) -> dict[str, Any]:
        request = JoinRequest(
            self._name,
            self._session.boot,
            "",
            PROTOCOL,
            __version__,
            "made-up",
            "127.0.0.1",
            1,
            1024,
            Findings(),
        )
        while True:
            joined = await self._post(JOIN, describe(request))
            if joined["vm"]:
                return joined

    def _obey(self, order: Any) -> None:
        match order:
            case ["start", attempts]:
                now = time.time()
                for attempt_id, *_ in attempts:
                    receipt = Receipt(attempt_id, "exited", 0, now, now)
                    self._session.add(event_item(AttemptEnded(receipt)))
            case ["stop" | "settle", ids]:
                for attempt_id in ids:
                    self._session.add(event_item(AttemptLost(attempt_id, "nothing runs here")))
            case _:
                pass

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                self._host, self._port, ssl=self._trusted
            )
        assert self._reader is not None
        data = json.dumps(body, separators=(",", ":")).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {self._host}\r\nauthorization: Bearer {self._token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        )
        self._writer.write(head.encode() + data)
        answered = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in answered.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        text = await self._reader.readexactly(length)
        if not answered.startswith(b"HTTP/1.1 200 "):
            raise _Refused(text.decode(errors="replace"))
        answer: dict[str, Any] = json.loads(text)
        return answer


async def _run_all(url: str, folder: Path, count: int) -> None:
    token = (folder / "default.token").read_text(encoding="ascii").strip()
    trusted = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, done.set)

    async def be() -> None:
        try:
            await Agent(url, token, trusted).run()
        except (_Refused, OSError, asyncio.IncompleteReadError) as error:
            if not done.is_set():
                print(f"an agent ended: {error!r}", file=sys.stderr, flush=True)

    agents: list[asyncio.Task[None]] = []
    for _ in range(count):
        agents.append(asyncio.create_task(be()))
        await asyncio.sleep(_PAUSE_SECONDS)
    print("begun", flush=True)
    await done.wait()
    for agent in agents:
        agent.cancel()
    await asyncio.gather(*agents, return_exceptions=True)


@contextmanager
def made_up(data: Path, count: int) -> Iterator[None]:
    """Run so many agents of a service.

    Args:
        data: Its data folder; it runs already.
        count: How many.
    """
    folder = data / "agents"
    port = (folder / "port").read_text(encoding="ascii").strip()
    command = [__file__, f"https://127.0.0.1:{port}", str(folder), str(count)]
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "begun":
            raise RuntimeError("the made-up agents did not begin")
        yield
    finally:
        process.terminate()
        process.communicate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Be agents that run nothing.")
    parser.add_argument("url", help="of the port of agents")
    parser.add_argument("folder", type=Path, help="with ca.pem and default.token")
    parser.add_argument("count", type=int, help="how many agents")
    options = parser.parse_args()
    asyncio.run(_run_all(options.url, options.folder, options.count))
