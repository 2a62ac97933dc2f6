"""Sending notifications, to endpoints that are slow and with texts that are not nice."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from batchcompute.server.notifications import publisher
from batchcompute.server.notifications.publisher import Publisher
from batchcompute.server.notifications.topics import Notification, Topic


@pytest.fixture(autouse=True)
def enough_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be left unsent because this process is slow."""
    monkeypatch.setattr(publisher, "CLOSE_SECONDS", 60.0)


def _drip(listener: socket.socket, gap: float, end: threading.Event) -> None:
    """Answer one request, a line at a time and without an end, as long as anybody listens."""
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: 1")
        while not end.wait(gap):
            connection.sendall(b"1")


def _message(endpoint: str, name: str = "topic", account: int = 1) -> Notification:
    body = {"Event": "OnJobFinished", "JobId": "job-1"}
    return Notification(Topic(name, endpoint, frozenset()), body, account)


def _send(*notifications: Notification) -> None:
    sender = Publisher()
    sender.start()
    sender.publish(notifications)
    sender.close()


def test_slow_endpoint_holds_nobody_up_for_long(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publisher, "SEND_SECONDS", 0.3)
    listener = socket.create_server(("127.0.0.1", 0))
    end = threading.Event()
    thread = threading.Thread(target=_drip, args=(listener, 0.1, end))
    thread.start()
    with listener, caplog.at_level("INFO", "batchcompute.server.notifications.topics"):
        port = listener.getsockname()[1]
        _send(_message(f"http://127.0.0.1:{port}/"), _message("https://elsewhere/", "next"))
        end.set()
        thread.join()
    assert "was not delivered" in caplog.text
    assert "timed out" in caplog.text
    assert "next" in caplog.messages[-1]


def test_endpoint_that_never_answers_delays_no_other_account(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publisher, "SEND_SECONDS", 60.0)
    listener = socket.create_server(("127.0.0.1", 0))
    sender = Publisher()
    sender.start()
    with listener, caplog.at_level("INFO", "batchcompute.server.notifications.topics"):
        stuck = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        # More than one account may have waiting.
        sender.publish([_message(stuck, "stuck")] * (publisher.MAX_WAITING + 10))
        connection, _ = listener.accept()
        sender.publish([_message("https://elsewhere/", f"own-{at}", 2) for at in range(20)])
        deadline = time.monotonic() + 30
        while not any("own-19" in line for line in caplog.messages):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        connection.close()
        # The rest of the first account's meets nobody who listens.
        listener.close()
        sender.close()
    names = [line.split("'")[1] for line in caplog.messages if "own-" in line]
    assert names == [f"own-{at}" for at in range(20)]
    assert "10 notifications were dropped" in caplog.text


def test_log_shows_no_secret_and_no_line_of_a_topics_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    forged = "n\n2026-01-01 00:00:00 CRITICAL forged\0"
    # Refused by the system, and by the library, which shows what it refuses.
    for path in ("secret1", "secret1 secret2"):
        endpoint = f"http://user:hunter2@127.0.0.1:1/{path}?token=secret3"
        with caplog.at_level("INFO", "batchcompute.server.notifications.topics"):
            _send(_message(endpoint, forged))
    assert len(caplog.messages) == 4
    assert not [line for line in caplog.messages if "\n" in line or "\0" in line]
    assert "hunter2" not in caplog.text
    assert "secret" not in caplog.text
    assert sum("127.0.0.1:1" in line for line in caplog.messages) == 2
    assert "Connection refused" in caplog.messages[1]
