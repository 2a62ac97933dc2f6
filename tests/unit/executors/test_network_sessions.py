"""What the port of agents answers, without machines: joins that wait, and what agents may say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import asdict, replace
from typing import Any

import httpx
import pytest

from batchcompute.server.executors.agent.protocol import Findings
from batchcompute.server.executors.agent.session import Session
from batchcompute.server.executors.interface import Event, WorkerLeft, WorkerWarned
from batchcompute.server.executors.network import protocol, reading, sessions
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
        vm.wanted.request("cls.group", {vm_id: False})
        with self.registry.lock:
            self.registry.add(vm)
            self.registry.request(vm)
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


def test_agents_are_given_the_oldest_vm_that_nobody_has(port: _Port) -> None:
    first, second, third = map(port.add, ("first", "second", "third"))
    with port.registry.lock:
        assert port.registry.vacant("other") is None
        assert port.registry.vacant("default") is first
        port.registry.name(first, "agent")
        second.leaving = True
        # It is asked for again, as after a loss of the database.
        port.registry.request(third)
        assert port.registry.vacant("default") is third
        port.registry.drop(third, "it was released")
        assert port.registry.vacant("default") is None


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


def test_agent_whose_folder_was_copied_is_not_two(port: _Port) -> None:
    vm = port.add("vm")

    async def work() -> None:
        assert (await port.sessions.join(_POOL, _request("one", "here"))).vm == "vm"
        session = vm.session
        with pytest.raises(RefusedError, match="here is this agent already") as refused:
            await port.sessions.join(_POOL, _request("one", "there"))
        assert refused.value.refusal == "taken"
        assert vm.session is session
        # It may begin again, and somewhere else once it is not heard there any more.
        assert (await port.sessions.join(_POOL, _request("one", "here"))).vm == "vm"
        vm.seen_at -= 60
        assert (await port.sessions.join(_POOL, _request("one", "there"))).vm == "vm"

    _run(work())


def test_copy_of_an_agent_on_a_machine_of_the_same_name_is_not_it(port: _Port) -> None:
    vm = port.add("vm")

    def of(machine: str) -> JoinRequest:
        return replace(_request("one", "localhost"), machine=machine)

    async def work() -> None:
        assert (await port.sessions.join(_POOL, of("a"))).vm == "vm"
        with pytest.raises(
            RefusedError, match="another machine or container that is called localhost"
        ):
            await port.sessions.join(_POOL, of("b"))
        # One whose system has no name may be any of them.
        for machine in ("a", "", "b"):
            assert (await port.sessions.join(_POOL, of(machine))).vm == "vm"
        # The machine has started again.
        vm.seen_at -= 60
        assert (await port.sessions.join(_POOL, of("c"))).vm == "vm"

    _run(work())


def test_of_two_copies_of_an_agent_that_come_at_once_one_is_let_in(port: _Port) -> None:
    port.add("vm")

    async def work() -> None:
        # Both ask before either of them has begun, as after a restart of the server.
        found = await asyncio.gather(
            *(port.sessions.join(_POOL, _request("one", host)) for host in ("here", "there")),
            return_exceptions=True,
        )
        refused = [each for each in found if isinstance(each, RefusedError)]
        assert [each.refusal for each in refused] == ["taken"]
        assert len(found) == 2

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


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/v1/else", 404), ("POST", "/v1/work/", 404), ("GET", protocol.WORK, 405)],
)
def test_what_is_not_there_is_said_so(port: _Port, method: str, path: str, status: int) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application(port.sessions))
        async with httpx.AsyncClient(transport=transport, base_url="http://port") as client:
            return await client.request(method, path)

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["error"]) == (status, "request")


def test_other_release_is_named_whatever_else_it_leaves_out(port: _Port) -> None:
    token = port.tokens.make(_POOL)
    said = json.dumps({"protocol": protocol.PROTOCOL - 1, "release": "2.9"}).encode()
    for path in (protocol.HELLO, protocol.JOIN):
        status, answer = _ask(port, path, token, said)
        assert (status, answer["error"]) == (426, "version")
        assert "release 2.9 of the agent" in answer["message"]


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
        await port.sessions.join(_POOL, reading.read_join_request(told))
        assert vm.agent == "one"

    _run(work())
    assert not [event for event in port.told if "\n" in str(asdict(event))]
    assert any("host forged" in str(event) for event in port.told)


_EVENT = ["ended", ["a.1", "exited", 0, 1.5, 2.5, "", "", ""]]
_FRAME: dict[str, Any] = {"boot": "boot", "first": 1, "items": [], "ack": 0, "wait": 0}


def _frame(*event: Any) -> dict[str, Any]:
    return {**_FRAME, "items": [_EVENT, list(event)]}


def _receipt(at: int, value: Any) -> dict[str, Any]:
    values: list[Any] = list(_EVENT[1])
    values[at] = value
    return _frame("ended", values)


def _ask(port: _Port, path: str, token: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """Send bytes, and return what is answered."""

    async def work() -> httpx.Response:
        transport = httpx.ASGITransport(application(port.sessions))
        async with httpx.AsyncClient(transport=transport, base_url="http://port") as client:
            headers = {"Authorization": f"Bearer {token}"}
            return await client.post(path, content=body, headers=headers)

    answer = asyncio.run(work())
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"agent": "../x"}, "agent"),
        ({"agent": "x" * 65}, "agent"),
        ({"boot": None}, "boot"),
        ({"vm": ["i-1"]}, "vm"),
        ({"host": 7}, "host"),
        ({"processors": True}, "processors"),
        ({"processors": 10**4000}, "processors"),
        ({"memory_mib": -1}, "memory_mib"),
        ({"memory_mib": 1.5}, "memory_mib"),
        ({"release": {}}, "release"),
        ({"findings": None}, "findings"),
        ({"findings": {"notes": "words"}}, "findings.notes"),
        ({"findings": {"notes": ["fine", 7]}}, "findings.notes[1]"),
        ({"kept": "a.1"}, "kept"),
        ({"kept": {"a.1": 1}}, "kept"),
        ({"kept": ["a.1", None]}, "kept[1]"),
        ({"kept": ["x" * 600]}, "kept[0]"),
    ],
)
def test_introduction_that_makes_no_sense_is_refused_by_its_field(
    port: _Port, change: dict[str, Any], field: str
) -> None:
    told = {**asdict(_request("one")), **change}
    token = port.tokens.make(_POOL)
    status, answer = _ask(port, protocol.JOIN, token, json.dumps(told).encode())
    assert (status, answer["error"]) == (400, "request")
    assert answer["message"].startswith(f"{field} is to be ")
    assert len(answer["message"]) < 200


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({**_FRAME, "first": "1"}, "first"),
        ({**_FRAME, "first": 0}, "first"),
        ({**_FRAME, "ack": None}, "ack"),
        ({**_FRAME, "items": {}}, "items"),
        ({**_FRAME, "items": [7]}, "items[0]"),
        ({**_FRAME, "items": [[]]}, "items[0][0]"),
        ({**_FRAME, "wait": -1}, "wait"),
        ({**_FRAME, "wait": "1"}, "wait"),
        ({**_FRAME, "wait": 10**400}, "wait"),
        (_frame("nonsense"), "items[1][0]"),
        (_frame(["ended"]), "items[1][0]"),
        (_frame("ended"), "items[1]"),
        (_frame("ended", "a.1"), "items[1][1]"),
        (_frame("ended", {"attempt_id": "a.1"}), "items[1][1]"),
        (_frame("ended", ["a.1"]), "items[1][1]"),
        (_receipt(0, None), "items[1][1][0]"),
        (_receipt(1, "vanished"), "items[1][1][1]"),
        (_receipt(2, 1 << 31), "items[1][1][2]"),
        (_receipt(2, 1.5), "items[1][1][2]"),
        (_receipt(3, "now"), "items[1][1][3]"),
        (_receipt(4, 10**18), "items[1][1][4]"),
        (_receipt(7, {}), "items[1][1][7]"),
        (_frame("started", "a.1", -1), "items[1][2]"),
        (_frame("started", ["a.1"], 1.5), "items[1][1]"),
        (_frame("lost", "a.1", None), "items[1][2]"),
        (_frame("lost", "a.1", "gone", "yes"), "items[1][3]"),
        (_frame("warned", "p", "i-1"), "items[1]"),
    ],
)
def test_frame_that_makes_no_sense_is_refused_by_its_field(
    port: _Port, frame: dict[str, Any], field: str
) -> None:
    vm = port.add("i-1")
    vm.session = Session("boot")
    token = port.tokens.make(Bearer("vm", "i-1"))
    status, answer = _ask(port, protocol.WORK, token, json.dumps(frame).encode())
    assert (status, answer["error"]) == (400, "request")
    assert answer["message"].startswith(f"{field} is to ")
    # Nothing of it was taken, and the session goes on.
    assert port.told == []
    assert _ask(port, protocol.WORK, token, json.dumps(_FRAME | {"items": [_EVENT]}).encode())[
        0
    ] == (200)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"boot": NaN}', "NaN is no number"),
        (b'{"wait": -Infinity}', "-Infinity is no number"),
        (b'{"wait": 1e999, "boot": "boot", "first": 1, "items": [], "ack": 0}', "wait is to be"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"a":' * 200_000, "nested too deep"),
        (b"[" + b"0," * 600_000 + b"0]", "more than 500000 values"),
        (b"1" * 5000, "not JSON"),
        (b"[]", "the body is to be an object"),
        (b"\xff\xfe", "not JSON"),
        (b"x" * (17 << 20), "longer than"),
    ],
    ids=lambda value: str(value[:20]),
)
def test_body_that_would_do_harm_is_refused(port: _Port, body: bytes, words: str) -> None:
    port.add("i-1").session = Session("boot")
    token = port.tokens.make(Bearer("vm", "i-1"))
    status, answer = _ask(port, protocol.WORK, token, body)
    assert (status, answer["error"]) == (400, "request")
    assert words in answer["message"]


def test_agent_that_acknowledges_nothing_does_not_fill_the_memory(
    port: _Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_MOST_UNACKNOWLEDGED", 5)
    vm = port.add("i-1")
    vm.session = Session("boot")
    token = port.tokens.make(Bearer("vm", "i-1"))
    for number in range(1, 6):
        frame = json.dumps(_FRAME | {"first": number, "items": [_EVENT]}).encode()
        assert _ask(port, protocol.WORK, token, frame)[0] == 200
    frame = json.dumps(_FRAME | {"first": 6, "items": [_EVENT]}).encode()
    status, answer = _ask(port, protocol.WORK, token, frame)
    assert (status, answer["error"]) == (409, "join")
    assert vm.session is None
