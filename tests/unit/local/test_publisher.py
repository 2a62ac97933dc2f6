"""Sending notices, to endpoints that are slow and with texts that are not nice."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from batchcompute.local import publisher
from batchcompute.local.notices import Notice, Topic
from batchcompute.local.publisher import Publisher


def _drip(listener: socket.socket, gap: float) -> None:
    """Answer one request, a header line at a time."""
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(40):
            connection.sendall(b"X-%d: 1\r\n" % number)
            time.sleep(gap)


def _notice(endpoint: str, name: str = "topic") -> Notice:
    return Notice(Topic(name, endpoint, frozenset()), {"Event": "OnJobFinished", "JobId": "job-1"})


def _send(*notices: Notice) -> None:
    sender = Publisher()
    sender.start()
    sender.publish(notices)
    sender.close()


def test_slow_endpoint_holds_nobody_up_for_long(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publisher, "SEND_SECONDS", 0.3)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_drip, args=(listener, 0.1))
    thread.start()
    begun = time.monotonic()
    with listener, caplog.at_level("INFO", "batchcompute.local.notices"):
        port = listener.getsockname()[1]
        _send(_notice(f"http://127.0.0.1:{port}/"), _notice("https://elsewhere/", "next"))
        took = time.monotonic() - begun
        thread.join()
    # The answer would have taken four seconds.
    assert took < 2
    assert "was not delivered" in caplog.text
    assert "timed out" in caplog.text
    assert "next" in caplog.messages[-1]
