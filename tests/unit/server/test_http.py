"""The server that listens, without the service behind it."""

from __future__ import annotations

import http.client
import threading
from contextlib import closing
from email.utils import parsedate_to_datetime

import pytest
from starlette.types import Receive, Scope, Send

from batchcompute.server.api import http as server_module
from batchcompute.server.api.http import HttpServer, bind


async def application(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with nothing."""
    await receive()
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_end_is_noticed_without_a_look_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # It would look again after the test has given up.
    monkeypatch.setattr(server_module, "_DATE_SECONDS", 3600.0)
    listener = bind("127.0.0.1", 0)
    server = HttpServer(application, listener)
    server.start()
    port = listener.getsockname()[1]
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        client.request("GET", "/")
        answer = client.getresponse()
        assert answer.status == 204
        # It is there with the first answer, and not only after a second.
        assert parsedate_to_datetime(answer.headers["date"])
        answer.read()
    closing_thread = threading.Thread(target=server.close, daemon=True)
    closing_thread.start()
    closing_thread.join(60)
    assert not closing_thread.is_alive()
