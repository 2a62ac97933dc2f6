"""A keep-alive HTTP server that answers every request with the same bytes, quickly."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection


class _Answering(asyncio.Protocol):
    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        # Only requests without a body arrive here.
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            self._received = self._received[end + 4 :]
            self._transport.write(self._answer)


def _serve(port: Connection, body: bytes) -> None:
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nserver: bench\r\n"
        "date: Wed, 11 Nov 2015 10:00:57 GMT\r\nx-acs-request-id: R-1\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )

    async def main() -> None:
        loop = asyncio.get_running_loop()
        answer = head.encode() + body
        server = await loop.create_server(lambda: _Answering(answer), "127.0.0.1", 0, backlog=2048)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def fast_server(body: bytes) -> Iterator[str]:
    """Serve the body from another process; yield the URL."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, body))
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()
