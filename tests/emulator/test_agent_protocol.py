"""What agents are answered at the wire, by tests that are agents themselves."""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute import __version__
from batchcompute.server import LocalServer
from batchcompute.server.executors.network.protocol import PROTOCOL
from tests.emulator.wire import Wire, task

_PATIENCE = 60.0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("protocol") / "data"


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[LocalServer]:
    with LocalServer(data, agents="external") as running:
        yield running


@pytest.fixture(scope="module")
def client(service: LocalServer) -> Iterator[Wire]:
    wire = Wire(service.endpoint, service.access_key_id, service.access_key_secret)
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def port(service: LocalServer, data: Path) -> Iterator[httpx.Client]:
    trusted = ssl.create_default_context(cafile=str(data / "agents" / "ca.pem"))
    with httpx.Client(
        base_url=service.agents_endpoint, verify=trusted, trust_env=False, timeout=_PATIENCE
    ) as found:
        yield found


@pytest.fixture(scope="module")
def token(data: Path) -> str:
    return (data / "agents" / "default.token").read_text().strip()


class _Agent:
    """An agent that says what a test wants."""

    def __init__(self, port: httpx.Client, token: str, name: str = "") -> None:
        self.port, self.pool_token = port, token
        self.name = name or os.urandom(8).hex()
        self.boot = self.vm = self.token = self.cluster = ""
        self.had = self.said = 0
        self.unacknowledged: list[Any] = []

    def introduction(self, **changes: Any) -> dict[str, Any]:
        told: dict[str, Any] = {
            "agent": self.name,
            "boot": self.boot,
            "vm": self.vm,
            "protocol": PROTOCOL,
            "release": __version__,
            "host": "here",
            "address": "127.0.0.1",
            "processors": 2,
            "memory_mib": 1024,
            "findings": {"notes": ["made up by a test"]},
            "kept": [],
        }
        return {**told, **changes}

    def post(self, path: str, token: str, body: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.port.post(path, json=body, headers=headers)
        return answer.status_code, answer.json()

    def join(self, *kept: str, fresh: bool = True) -> None:
        if fresh:
            self.boot, self.had, self.said = os.urandom(8).hex(), 0, 0
            self.unacknowledged = []
        deadline = time.monotonic() + _PATIENCE
        while True:
            asked = self.introduction(kept=kept)
            status, answer = self.post("/v1/join", self.token or self.pool_token, asked)
            assert status == 200, answer
            if answer["vm"]:
                self.vm, self.token = answer["vm"], answer["token"]
                return
            assert time.monotonic() < deadline

    def frame(self, *items: Any, wait: float = 0.0) -> dict[str, Any]:
        self.unacknowledged += items
        first = self.said + 1
        sent = list(self.unacknowledged)
        return {"boot": self.boot, "first": first, "items": sent, "ack": self.had, "wait": wait}

    def work(self, *items: Any, wait: float = 0.0) -> list[Any]:
        """Say something, and return the orders that are new."""
        status, answer = self.post("/v1/work", self.token, self.frame(*items, wait=wait))
        assert status == 200, answer
        while self.said < answer["ack"]:
            self.unacknowledged.pop(0)
            self.said += 1
        orders: list[Any] = answer["items"][self.had + 1 - answer["first"] :]
        self.had += len(orders)
        return orders

    def attempts(self, count: int = 1) -> list[str]:
        """Wait to be given attempts, and return their ids."""
        deadline = time.monotonic() + _PATIENCE
        found: list[str] = []
        while len(found) < count:
            for order in self.work(wait=1.0):
                found += [each[0] for each in order[1]] if order[0] == "start" else []
            assert time.monotonic() < deadline
        assert len(found) == count
        return found

    def attempt(self) -> str:
        """Wait to be given one attempt, and return its id."""
        return self.attempts()[0]

    def leave(self) -> None:
        self.post("/v1/leave", self.token, {"boot": self.boot, "cause": "the test is over"})


def _ended(attempt: str, code: int = 0) -> Sequence[Any]:
    now = time.time()
    return ("ended", [attempt, "exited", code, now, now, "", "", ""])


@pytest.fixture
def agent(port: httpx.Client, token: str, client: Wire) -> Iterator[_Agent]:
    """An agent that is the only VM of a cluster."""
    cluster = client.cluster(1)
    found = _Agent(port, token)
    found.join()
    found.cluster = cluster
    yield found
    client.send("DELETE", f"/clusters/{cluster}")
    found.leave()


def test_stranger_and_other_release_are_refused(port: httpx.Client, token: str) -> None:
    agent = _Agent(port, token)
    for bad in ("-", "pool.default.00", token[:-1], "vm.i-1.00"):
        assert agent.post("/v1/join", bad, agent.introduction())[0] == 401
    status, answer = agent.post("/v1/join", token, agent.introduction(protocol=99, release="9.0.0"))
    assert (status, answer["error"]) == (426, "version")
    assert "9.0.0" in answer["message"]
    assert __version__ in answer["message"]
    # Who has only the token of the pool is no VM yet.
    assert agent.post("/v1/work", token, {"boot": "", "first": 1, "items": [], "ack": 0})[0] == 401
    changes: list[Any] = [{"agent": 1}, {"agent": "a/b"}, {"kept": 3}]
    strange: list[Any] = [[], {}, *(agent.introduction(**change) for change in changes)]
    for body in strange:
        assert agent.post("/v1/join", token, body)[0] == 400


def test_request_that_is_repeated_is_answered_with_the_same(agent: _Agent, client: Wire) -> None:
    job = client.job({"t": task("true", agent.cluster)})
    attempt = agent.attempt()
    agent.had = 0
    # The answers may have been lost, so all of them come again.
    again = [order for order in agent.work() if order[0] == "start" and order[1]]
    assert [order[1][0][0] for order in again] == [attempt]
    frame = agent.frame(("started", attempt, time.time()), _ended(attempt, 0))
    for _ in range(3):
        assert agent.post("/v1/work", agent.token, frame)[0] == 200
    assert client.ended(job)["State"] == "Finished"
    # What was not said before is missing.
    bad = {**frame, "first": 99}
    assert agent.post("/v1/work", agent.token, bad)[0] == 409


def test_agent_that_starts_anew_is_told_what_it_has_to_do(agent: _Agent, client: Wire) -> None:
    job = client.job({"t": task("true", agent.cluster)})
    attempt = agent.attempt()
    before = agent.frame(_ended(attempt, 9))
    agent.join("of-another-database")
    # Its former process, or a request that was under way for long, is not heard any more.
    status, answer = agent.post("/v1/work", agent.token, before)
    assert (status, answer["error"]) == (409, "join")
    orders = agent.work()
    assert ["stop", ["of-another-database"]] in orders
    assert [order[1][0][0] for order in orders if order[0] == "start" and order[1]] == [attempt]
    agent.work(_ended(attempt, 0))
    assert client.ended(job)["State"] == "Finished"
    orders = agent.work(wait=0.2)
    assert all(order[0] == "forget" for order in orders)


def test_other_agent_cannot_be_a_vm_that_is_taken(agent: _Agent, port: httpx.Client) -> None:
    other = _Agent(port, agent.pool_token)
    asked = other.introduction(vm=agent.vm, boot="b")
    status, answer = other.post("/v1/join", agent.pool_token, asked)
    assert (status, answer["error"]) == (409, "taken")
    assert agent.work() is not None


def test_key_of_objects_ends_with_its_vm(agent: _Agent, client: Wire) -> None:
    keys: list[Any] = []
    for _ in range(2):
        asked = agent.introduction(vm=agent.vm)
        status, answer = agent.post("/v1/join", agent.token or agent.pool_token, asked)
        assert status == 200
        keys.append(answer["key"])
        # Told as often as it asks, and another one for another VM.
        assert agent.post("/v1/join", answer["token"], asked)[1]["key"] == answer["key"]
        agent.leave()
        agent.vm = agent.token = ""
        agent.join()
    assert {*keys[0].values()}.isdisjoint(keys[1].values())


def test_late_receipt_changes_nothing(agent: _Agent, client: Wire, token: str) -> None:
    job = client.job({"t": task("true", agent.cluster, MaxRetryCount=1)})
    attempt = agent.attempt()
    agent.work(("started", attempt, time.time()))
    client.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    late = agent.frame(_ended(attempt, 7))
    # The user removes the VM, and its agent does not hear of it.
    target = f"/clusters/{agent.cluster}/groups/group/instances/{agent.vm}"
    assert client.send("DELETE", target).status_code < 300
    agent.leave()
    body = {"Groups": {"group": {"DesiredVMCount": 1}}}
    assert client.send("PUT", f"/clusters/{agent.cluster}", body).status_code < 300
    next_one = _Agent(agent.port, token)
    next_one.join()
    then = next_one.attempt()
    assert then != attempt
    status, answer = agent.post("/v1/work", agent.token, late)
    assert (status, answer["error"]) == (410, "gone")
    # Neither is it taken from another VM, which is told to forget it.
    orders = next_one.work(_ended(attempt, 7))
    orders += next_one.work(wait=0.2)
    assert ["forget", [attempt]] in orders
    assert client.get(f"/jobs/{job}")["State"] in ("Waiting", "Running")
    next_one.work(_ended(then, 0))
    assert client.ended(job)["State"] == "Finished"
    next_one.leave()


def test_stop_answers_a_request_that_waits(agent: _Agent, client: Wire) -> None:
    job = client.job({"t": task("true", agent.cluster)})
    attempt = agent.attempt()
    agent.work(("started", attempt, time.time()))
    client.send("POST", f"/jobs/{job}/stop")
    orders = agent.work(wait=20.0)
    assert ["stop", [attempt]] in orders
    agent.work(("lost", attempt, "it was stopped", False))
    assert client.ended(job)["State"] == "Stopped"


def test_vms_that_leave_as_planned_never_count(agent: _Agent, client: Wire) -> None:
    job = client.job({"t": task("true", agent.cluster)})
    for _ in range(7):
        attempt = agent.attempt()
        agent.work(("started", attempt, time.time()))
        agent.work(("lost", attempt, "the walltime is over", True))
        agent.leave()
        agent.vm = agent.token = ""
        agent.join()
    agent.work(_ended(agent.attempt(), 0))
    assert client.ended(job)["State"] == "Finished"


def test_one_attempt_waits_on_a_vm_and_is_taken_back(agent: _Agent, client: Wire) -> None:
    job = client.job({"t": task("true", agent.cluster, 5)})
    running, waiting = agent.attempts(2)
    agent.work(("started", running, time.time()))
    assert not [order for order in agent.work(wait=0.3) if order[0] == "start"]
    client.send("POST", f"/jobs/{job}/stop")
    told = json.dumps(agent.work(wait=20.0))
    assert running in told
    assert waiting in told
    agent.work(("lost", running, "it was stopped", False), ("lost", waiting, "not begun", False))
    assert client.ended(job)["State"] == "Stopped"
