"""Jobs of all kinds, whose ends are known, and clients that go away."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from tests.emulator.wire import Wire, task

#: What each kind of job ends as.
ENDS: Final = {
    "small": "Finished",
    "output": "Finished",
    "wide": "Finished",
    "chain": "Finished",
    "retried": "Failed",
    "tolerant": "Finished",
    "killed": "Failed",
    "late": "Failed",
    "stopped": "Stopped",
    "auto": "Finished",
}
#: What programs that write exit with if they cannot, so that no other failure is taken for it.
NOT_WRITTEN: Final = 28
#: How often each is submitted.
_WEIGHTS: Final = (6, 4, 1, 2, 2, 1, 1, 1, 1, 1)
#: Name of jobs whose clients did not wait for an answer; whether they exist is nobody's promise.
ABANDONED: Final = "abandoned"

_AUTO: Final[dict[str, Any]] = {
    "AutoCluster": {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1.medium"}
}
_HEAD: Final = b"POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\n"
#: Seconds that a client goes on trying.
_PATIENCE: Final = 120.0


@dataclass
class Work:
    """What was submitted, and what was answered.

    Attributes:
        endpoint: URL of the service.
        key: `ID:SECRET`.
        cluster: Where most jobs run.
        accepted: Ids of the jobs whose creation was answered, with their kinds.
        accepted_at: When, by the monotonic clock.
        errors: What went wrong that should not have.
        answers: HTTP answers by status, and "none" where there was no connection.
    """

    endpoint: str
    key: str
    cluster: str = ""
    accepted: dict[str, str] = field(default_factory=dict[str, str])
    accepted_at: dict[str, float] = field(default_factory=dict[str, float])
    errors: list[str] = field(default_factory=list[str])
    answers: Counter[str] = field(default_factory=Counter[str])
    stop: threading.Event = field(default_factory=threading.Event)

    def wire(self) -> Wire:
        """Return a new client."""
        return Wire(self.endpoint, *self.key.split(":"))

    def call(self, wire: Wire, method: str, target: str, body: Any = None) -> httpx.Response:
        """Send a request until it is answered with something else than a fault of the service."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = wire.send(method, target, body)
            except httpx.TransportError:
                self.answers["none"] += 1
            else:
                self.answers[str(answer.status_code)] += 1
                if answer.status_code < 500:
                    return answer
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {target}: no answer for {_PATIENCE:.0f} s")
            time.sleep(0.3)

    def submit(self, rate: float, seed: int) -> None:
        """Submit jobs until the end is near, and read what there is meanwhile."""
        chance = random.Random(seed)
        wire = self.wire()
        while not self.stop.wait(chance.expovariate(rate)):
            try:
                self._one(wire, chance)
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}")
        wire.close()

    def _one(self, wire: Wire, chance: random.Random) -> None:
        kind = chance.choices(list(ENDS), _WEIGHTS)[0]
        body = describe(kind, self.cluster)
        answer = self.call(wire, "POST", f"/jobs?IdempotentToken={uuid.uuid4()}", body)
        if answer.status_code != 201:
            self.errors.append(f"{kind} was refused: {answer.text}")
            return
        job: str = answer.json()["Id"]
        self.accepted_at[job] = time.monotonic()
        self.accepted[job] = kind
        if kind == "stopped":
            time.sleep(chance.random())
            self.call(wire, "POST", f"/jobs/{job}/stop")
        for target in (f"/jobs/{job}", "/jobs?MaxItemCount=10", f"/jobs/{job}/tasks"):
            self.call(wire, "GET", target)

    def go_away(self, seed: int) -> None:
        """Connect, say a part of a request, and be gone before the answer."""
        chance = random.Random(seed)
        wire = self.wire()
        address = urlsplit(self.endpoint)
        while not self.stop.wait(chance.expovariate(1.0)):
            body = describe("small", self.cluster, name=ABANDONED)
            try:
                if chance.random() < 0.5:
                    # The whole request, and nobody there for the answer.
                    wire.http.timeout = 0.001
                    wire.send("POST", "/jobs", body)
                else:
                    place = (address.hostname or "", address.port or 0)
                    with socket.create_connection(place, timeout=5) as connection:
                        head = (
                            b"POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\n"
                        )
                        connection.sendall(head[: chance.randrange(1, len(head))])
            except (httpx.TransportError, OSError):
                pass
        with contextlib.suppress(Exception):
            wire.close()


def describe(kind: str, cluster: str, name: str = "") -> dict[str, Any]:
    """Return the description of a job of some kind."""
    tasks: dict[str, Any]
    dependencies: dict[str, list[str]] = {}
    members: dict[str, Any] = {}
    match kind:
        case "output":
            tasks = {"t": task(f"(seq 200 && seq 50 >&2) || exit {NOT_WRITTEN}", cluster, 2)}
        case "wide":
            tasks = {"t": task("true", cluster, 20)}
        case "chain":
            tasks = {each: task(f"echo words || exit {NOT_WRITTEN}", cluster) for each in "abc"}
            dependencies = {"a": ["b"], "b": ["c"]}
        case "retried":
            tasks = {"t": task("exit 3", cluster, MaxRetryCount=2)}
        case "tolerant":
            tasks = {"t": task("exit $BATCH_COMPUTE_DAG_INSTANCE_ID", cluster, 3)}
            members = {"JobFailOnInstanceFail": False}
        case "killed":
            tasks = {"t": task("kill -9 $$", cluster)}
        case "late":
            tasks = {"t": task("sleep 600", cluster, Timeout=1)}
        case "stopped":
            tasks = {"t": task("sleep 600", cluster, 2)}
        case "auto":
            tasks = {"t": task("true", **_AUTO)}
        case _:
            tasks = {"t": task("true", cluster, 2)}
    dag = {"Tasks": tasks, "Dependencies": dependencies}
    return {"Name": name or kind, "Type": "DAG", "DAG": dag, **members}
