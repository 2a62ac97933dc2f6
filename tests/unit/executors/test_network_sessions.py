"""What the port of agents answers, without machines: joins that wait, and what agents may say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import asdict
from typing import Any

import pytest

from batchcompute.server.executors.agent.protocol import Findings
from batchcompute.server.executors.agent.session import Session
from batchcompute.server.executors.interface import Event, WorkerLeft, WorkerWarned
from batchcompute.server.executors.network import protocol
from batchcompute.server.executors.network.application import application
from batchcompute.server.executors.network.protocol import Hello, JoinRequest, RefusedError
from batchcompute.server.executors.network.registry import Registry, Vm
from batchcompute.server.executors.network.sessions import Sessions
from batchcompute.server.executors.network.tokens import Bearer, Tokens

_POOL = Bearer("pool", "default")


class _Ledger:
    def load(self) -> tuple[()]:
        return ()

    def _done(self, *_: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(None)
        return done

    confirm = add = refer = name = remove = _done


class _Port:
    """The port of agents of a server without VMs."""

    def __init__(self) -> None:
        self.registry = Registry(600)
        self.told: list[Event] = []
        self.registry.open(self.told.append, lambda _: None)
        self.tokens = Tokens(b"x" * 32)
        ledger: Any = _Ledger()
        self.sessions = Sessions(self.registry, ledger, self.tokens, "file:///objects")

    def add(self, vm_id: str) -> Vm:
        vm = Vm(vm_id, "cls.group", "default")
        vm.requested = True
        vm.wanted.request("cls.group", {vm_id: False})
        with self.registry.lock:
            self.registry.add(vm)
        return vm


@pytest.fixture
def port() -> Iterator[_Port]:
    found = _Port()
    yield found
    found.registry.close()


def _run(work: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await work

    asyncio.run(limited())


def _request(agent: str, host: str = "host", *notes: str) -> JoinRequest:
    return JoinRequest(
        agent, "boot", "", protocol.PROTOCOL, "3", host, "10.0.0.1", 1, 1, Findings(notes=notes)
    )


def test_join_that_waits_has_one_deadline_however_often_others_are_served(
    port: _Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LONGEST_WAIT_SECONDS", 0.2)

    async def work() -> None:
        waiting = asyncio.create_task(port.sessions.join(_POOL, _request("one")))
        # Many requests for VMs of other pools: none may begin the wait again, or nest it.
        while not waiting.done():
            port.registry.announce_requests()
            await asyncio.sleep(0)
        assert (await waiting).vm == ""

    _run(work())


def test_agent_that_left_while_it_waited_is_given_no_vm(port: _Port) -> None:
    gone = asyncio.Event()

    async def call(agent: str, left: asyncio.Event) -> None:
        body = {"type": "http.request", "body": json.dumps(asdict(_request(agent))).encode()}
        pieces = iter([body])

        async def receive() -> Any:
            if (piece := next(pieces, None)) is not None:
                return piece
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(_: Any) -> None:
            pass

        token = port.tokens.make(_POOL).encode()
        scope = {"type": "http", "method": "POST", "path": protocol.JOIN, "query_string": b""}
        headers = [(b"authorization", b"Bearer " + token)]
        await application(port.sessions)({**scope, "headers": headers}, receive, send)

    async def work() -> None:
        dead = asyncio.create_task(call("dead", gone))
        live = asyncio.create_task(call("live", asyncio.Event()))
        await asyncio.sleep(0.01)
        gone.set()
        await asyncio.wait_for(dead, 10)
        vm = port.add("i-1")
        port.registry.announce_requests()
        await live
        assert vm.agent == "live"

    _run(work())


def test_hello_of_a_vm_that_is_gone_is_refused(port: _Port) -> None:
    hello = Hello(protocol.PROTOCOL, "3", "agent")
    with pytest.raises(RefusedError) as refused:
        port.sessions.hello(Bearer("vm", "i-1"), hello)
    assert refused.value.refusal == "gone"
    port.add("i-1")
    assert port.sessions.hello(Bearer("vm", "i-1"), hello).objects == "file:///objects"
    assert port.sessions.hello(_POOL, hello).objects == "file:///objects"


def test_hello_before_the_vms_are_known_is_to_be_asked_again(port: _Port) -> None:
    port.registry.close()
    with pytest.raises(RefusedError) as refused:
        port.sessions.hello(Bearer("vm", "i-1"), Hello(protocol.PROTOCOL, "3", "agent"))
    assert refused.value.refusal == "away"


def test_agent_speaks_of_its_own_vm_alone_and_in_lines(port: _Port) -> None:
    vm, other = port.add("i-1"), port.add("i-2")
    vm.session = Session("boot")
    told: list[Event] = [
        WorkerWarned("cls.group", "i-2", "not mine"),
        WorkerLeft("cls.group", "i-2", "not mine"),
        WorkerWarned("cls.group", "i-1", "one\ntwo\x1b[31m" + "x" * 5000),
    ]
    with port.registry.lock:
        events = port.registry.take(vm, told)
        assert port.registry.vms["i-2"] is other
    (warned,) = events
    assert isinstance(warned, WorkerWarned)
    assert warned.message.startswith("one two?[31mxxx")
    assert len(warned.message) == 1000


def test_host_and_notes_are_told_in_lines(port: _Port) -> None:
    async def work() -> None:
        vm = port.add("i-1")
        told = asdict(_request("one", "host\nforged", "a note\nforged"))
        await port.sessions.join(_POOL, protocol.read_join_request(told))
        assert vm.agent == "one"

    _run(work())
    assert not [event for event in port.told if "\n" in str(asdict(event))]
    assert any("host forged" in str(event) for event in port.told)
