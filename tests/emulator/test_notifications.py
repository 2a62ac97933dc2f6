from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from batchcompute.server.notifications import publisher
from tests.emulator.wire import Wire, task


class Receiver:
    """An HTTP endpoint that remembers what it is sent."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                receiver.paths.append(self.path)
                receiver.bodies.append(json.loads(self.rfile.read(length)))
                self.send_response(receiver.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def topic(self, *events: str) -> dict[str, Any]:
        endpoint = f"http://127.0.0.1:{self.server.server_port}/messages?a=b"
        return {"Topic": {"Name": "topic", "Endpoint": endpoint, "Events": list(events)}}

    def until(self, event: str) -> dict[str, Any]:
        """Wait for an event."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for body in list(self.bodies):
                if body["Event"] == event:
                    return body
            time.sleep(0.01)
        raise AssertionError(f"{event} is not among {self.bodies}")


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    # Nobody may be late here, however slow the machine is: what is late is not sent again.
    monkeypatch.setattr(publisher, "SEND_SECONDS", 60.0)
    running = Receiver()
    yield running
    running.close()


def test_job_tells_its_way(wire: Wire, cluster: str, receiver: Receiver) -> None:
    events = ("OnJobWaiting", "OnJobRunning", "OnTaskFinished", "OnInstanceFinished")
    topic = receiver.topic(*events, "OnJobFinished")
    job = wire.job({"t": task("true", cluster)}, Notification=topic)
    finished = receiver.until("OnJobFinished")
    shown = wire.get(f"/jobs/{job}")
    assert (finished["JobId"], finished["JobName"]) == (job, "job")
    assert (finished["StartTime"], finished["EndTime"]) == (shown["StartTime"], shown["EndTime"])
    assert {body["Event"] for body in receiver.bodies} == {*events, "OnJobFinished"}
    assert set(receiver.paths) == {"/messages?a=b"}


def test_run_of_an_app_tells_its_end(wire: Wire, cluster: str, receiver: Receiver) -> None:
    app = {"Name": "told", "CommandLine": "exit 3", "VM": {"ECSImageId": "img-ubuntu"}}
    assert wire.send("POST", "/apps", app).status_code == 201
    config = {"ClusterId": cluster}
    body = {"Name": "run", "Type": "App", "App": {"AppName": "told", "Config": config}}
    job = wire.create("/jobs", {**body, "Notification": receiver.topic("OnJobFailed")})
    assert receiver.until("OnJobFailed")["JobId"] == job
    wire.send("DELETE", "/apps/told")


def test_cluster_tells_its_way(wire: Wire, receiver: Receiver) -> None:
    topic = receiver.topic("OnInstanceActive", "OnClusterDeleted")
    cluster = wire.cluster(Notification=topic)
    active = receiver.until("OnInstanceActive")
    assert (active["ClusterId"], active["Group"], active["State"]) == (cluster, "group", "Running")
    wire.send("DELETE", f"/clusters/{cluster}")
    assert receiver.until("OnClusterDeleted")["ClusterId"] == cluster


def test_endpoint_that_fails_harms_nothing(wire: Wire, cluster: str, receiver: Receiver) -> None:
    receiver.status = 307
    topic = receiver.topic("OnJobWaiting", "OnJobFinished")
    job = wire.job({"t": task("true", cluster)}, Notification=topic)
    assert wire.ended(job)["State"] == "Finished"
    receiver.until("OnJobFinished")
    assert "/elsewhere" not in receiver.paths


def test_endpoint_that_is_not_there_harms_nothing(wire: Wire, cluster: str) -> None:
    gone = Receiver()
    topic = gone.topic("OnJobWaiting", "OnJobFinished")
    gone.close()
    job = wire.job({"t": task("true", cluster)}, Notification=topic)
    assert wire.ended(job)["State"] == "Finished"
