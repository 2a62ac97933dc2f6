"""The server that listens, without the service behind it."""

from __future__ import annotations

import asyncio
import asyncio.constants
import errno
import http.client
import socket
import threading
import time
from contextlib import closing
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from batchcompute.server.api.http import HttpServer, bind


async def application(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with nothing."""
    await receive()
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_server_that_nobody_asks_waits_for_no_time() -> None:
    server = HttpServer(application, bind("127.0.0.1", 0))
    server.start()
    running: Any = server
    deadline = time.monotonic() + 60
    while (loop := running._server._loop) is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)

    async def waited_for() -> list[float]:
        return [timer.when() for timer in loop._scheduled if not timer.cancelled()]

    try:
        assert asyncio.run_coroutine_threadsafe(waited_for(), loop).result(60) == []
    finally:
        server.close()


def test_end_is_noticed_without_a_look_for_it() -> None:
    listener = bind("127.0.0.1", 0)
    server = HttpServer(application, listener)
    server.start()
    port = listener.getsockname()[1]
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        client.request("GET", "/")
        answer = client.getresponse()
        assert answer.status == 204
        # uvicorn itself would renew it once a second.
        assert parsedate_to_datetime(answer.headers["date"])
        answer.read()
    closing_thread = threading.Thread(target=server.close, daemon=True)
    closing_thread.start()
    closing_thread.join(60)
    assert not closing_thread.is_alive()


class _Full(socket.socket):
    """A listening socket of a process that has all the files open that it may."""

    tries = 0

    def accept(self) -> Any:
        self.tries += 1
        raise OSError(errno.EMFILE, "Too many open files")


def test_server_without_open_files_tries_once_and_complains_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # The loop would try for each connection that may wait, and again after a second for each try.
    monkeypatch.setattr(asyncio.constants, "ACCEPT_RETRY_DELAY", 3600)
    bound = bind("127.0.0.1", 0)
    listener = _Full(fileno=bound.detach())
    server = HttpServer(application, listener)
    server.start()
    try:
        with socket.create_connection(listener.getsockname(), timeout=60):
            deadline = time.monotonic() + 60
            while not listener.tries:
                assert time.monotonic() < deadline
                time.sleep(0.001)
    finally:
        server.close()
    assert listener.tries <= 2
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert "accepts no connections for the moment: Too many open files" in said[0]
