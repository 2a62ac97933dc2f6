"""The fleet against an engine that refuses, loses and forgets agents."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from typing import Any

import pytest

from batchcompute.server.executors.agent.session import Session
from batchcompute.server.executors.interface import Event, WorkerWarned
from batchcompute.server.executors.launchers.interface import (
    AgentCommand,
    LaunchError,
    Observation,
    VMSpec,
)
from batchcompute.server.executors.network import fleet
from batchcompute.server.executors.network.fleet import Fleet
from batchcompute.server.executors.network.ledger import LedgerEntry
from batchcompute.server.executors.network.registry import Registry, Vm

_SPEC = VMSpec("cls.group", "cls", "group")


class _Engine:
    """A launcher that does what it is told."""

    def __init__(self) -> None:
        self.observe_seconds = 0.01
        self.refusal = ""
        self.seen = Observation("running")
        self.asked: list[str] = []
        self.released: list[str] = []
        self.stuck = ""

    def check(self) -> tuple[str, ...]:
        return ()

    def ensure(self, vm_id: str, command: AgentCommand, spec: VMSpec) -> str:
        del command, spec
        self.asked.append(vm_id)
        if self.refusal:
            raise LaunchError(self.refusal)
        return f"job-{vm_id}"

    def release(self, vm_id: str, reference: str) -> None:
        del reference
        if vm_id == self.stuck:
            raise LaunchError("it cannot be cancelled")
        self.released.append(vm_id)

    def observe(self, vms: Mapping[str, str]) -> Mapping[str, Observation]:
        return dict.fromkeys(vms, self.seen)

    def close(self, *, release: Collection[str] = ()) -> None:
        del release


class _Ledger:
    def __init__(self, *entries: LedgerEntry) -> None:
        self.entries = entries
        self.removed: list[str] = []

    def load(self) -> tuple[LedgerEntry, ...]:
        return self.entries

    def _done(self, *_: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(None)
        return done

    confirm = add = refer = name = _done

    def remove(self, vm_ids: Collection[str]) -> Future[Any]:
        self.removed += vm_ids
        return self._done()


class _Running:
    """A fleet with one pool, and what it tells."""

    def __init__(self, engine: _Engine, *entries: LedgerEntry, limit: int = 100) -> None:
        self.engine = engine
        self.registry = Registry(600)
        self.told: list[str] = []
        self.registry.open(self._take, lambda _: None)
        command = AgentCommand(("agent",))
        self.ledger = _Ledger(*entries)
        self.fleet = Fleet(
            {"pool": engine},
            self.registry,
            self.ledger,
            lambda _pool, _vm: command,
            lambda spec: spec,
            limits={"pool": limit},
        )
        self.lost: list[tuple[str, str, bool]] = []
        self.fleet.open(lambda *lost: self.lost.append(lost))

    def _take(self, event: Event) -> None:
        if isinstance(event, WorkerWarned):
            self.told.append(event.message)

    def join(self, vm_id: str) -> None:
        vm = Vm(vm_id, "cls.group", "pool")
        vm.joined = True
        with self.registry.lock:
            self.registry.vms[vm_id] = vm


def _eventually(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.002)


@pytest.fixture
def engine() -> _Engine:
    return _Engine()


@pytest.fixture
def start(engine: _Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., _Running]]:
    monkeypatch.setattr(fleet, "_FIRST_PAUSE_SECONDS", 0.002)
    monkeypatch.setattr(fleet, "_LONG_WAIT_SECONDS", 0.0)
    started: list[_Running] = []

    def begin(*entries: LedgerEntry, limit: int = 100) -> _Running:
        started.append(_Running(engine, *entries, limit=limit))
        return started[-1]

    yield begin
    for each in started:
        each.fleet.close()


def test_pool_whose_submissions_are_refused_pauses_and_says_why(
    engine: _Engine, start: Callable[..., _Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.refusal = "sbatch: error: Invalid account"
    running = start()
    running.fleet.want("pool", "i-1", _SPEC)
    _eventually(lambda: running.told)
    assert len(engine.asked) >= fleet.MOST_REFUSALS
    assert running.told == [
        "Pool pool: VMs cannot be started, which is tried again with growing pauses: "
        "sbatch: error: Invalid account"
    ]
    # It is tried again, and that it works is said once an agent has come.
    engine.refusal = ""
    running.join("i-1")
    _eventually(lambda: len(running.told) == 2)
    assert running.told[1] == "Pool pool: VMs can be started again"


def test_pool_whose_agents_do_not_come_pauses_after_three(
    engine: _Engine, start: Callable[..., _Running]
) -> None:
    engine.seen = Observation("gone", words="No module named batchcompute")
    running = start()
    running.fleet.want("pool", "i-1", _SPEC)
    _eventually(lambda: running.told)
    assert "No module named batchcompute" in running.told[0]
    assert len(engine.asked) == fleet.MOST_FAILED_STARTS


def test_why_an_engine_lets_vms_wait_is_said_once(
    engine: _Engine, start: Callable[..., _Running]
) -> None:
    engine.seen = Observation("pending", words="QOSMaxJobsPerUserLimit")
    running = start()
    for vm_id in ("i-1", "i-2", "i-3"):
        running.fleet.want("pool", vm_id, _SPEC)
    _eventually(lambda: running.told)
    engine.seen = Observation("pending", words="Resources")
    _eventually(lambda: len(running.told) == 2)
    assert running.told == [
        "Pool pool: VMs wait for the engine: QOSMaxJobsPerUserLimit",
        "Pool pool: VMs wait for the engine: Resources",
    ]


def test_vm_whose_launch_was_not_noted_is_asked_for_again_and_others_are_not(
    engine: _Engine, start: Callable[..., _Running]
) -> None:
    noted = LedgerEntry("i-1", "pool", "cls.group", "job-1", "")
    unknown = LedgerEntry("i-2", "pool", "cls.group", "", "")
    joined = LedgerEntry("i-3", "pool", "cls.group", "", "agent")
    start(noted, unknown, joined)
    _eventually(lambda: engine.asked)
    assert engine.asked == ["i-2"]


def test_vm_whose_agent_is_gone_is_given_up_as_the_engine_says(
    engine: _Engine, start: Callable[..., _Running]
) -> None:
    running = start()
    running.join("i-1")
    running.fleet.want("pool", "i-1", _SPEC)
    engine.seen = Observation("gone", words="its job is PREEMPTED", planned=True)
    _eventually(lambda: running.lost)
    assert running.lost[0] == ("i-1", "its agent is gone: its job is PREEMPTED", True)


def test_agent_that_says_so_lives_whatever_the_engine_says(
    engine: _Engine, start: Callable[..., _Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "_DOUBT_SECONDS", 0.002)
    running = start()
    running.join("i-1")
    vm = running.registry.vms["i-1"]
    # It talks, and was not heard for a while, as there is nothing to say.
    vm.session = Session("boot")
    asked: list[Vm] = []

    def answer(vm: Vm) -> None:
        asked.append(vm)
        running.registry.renew(vm)

    monkeypatch.setattr(running.registry, "ask", answer)
    running.fleet.want("pool", "i-1", _SPEC)
    engine.seen = Observation("gone", words="Dask lost the worker")
    _eventually(lambda: len(asked) >= 3)
    assert running.lost == []
    monkeypatch.setattr(fleet, "_HEARD_SECONDS", 0.05)
    monkeypatch.setattr(running.registry, "ask", asked.append)
    _eventually(lambda: running.lost)
    assert running.lost[0] == ("i-1", "its agent is gone: Dask lost the worker", False)


def test_pool_has_no_more_vms_than_it_may(engine: _Engine, start: Callable[..., _Running]) -> None:
    running = start(limit=2)
    for vm_id in ("i-1", "i-2", "i-3"):
        running.fleet.want("pool", vm_id, _SPEC)
    _eventually(lambda: running.told)
    assert running.told == ["Pool pool: VMs wait: it has its 2 VMs, as most-vms says"]
    assert engine.asked == ["i-1", "i-2"]
    running.fleet.release("pool", "i-1")
    _eventually(lambda: engine.asked == ["i-1", "i-2", "i-3"])


def test_vm_that_cannot_be_released_does_not_hold_others_back(
    engine: _Engine, start: Callable[..., _Running]
) -> None:
    engine.stuck = "i-1"
    running = start()
    running.fleet.want("pool", "i-1", _SPEC)
    _eventually(lambda: "i-1" in engine.asked)
    running.fleet.release("pool", "i-1")
    running.fleet.want("pool", "i-2", _SPEC)
    _eventually(lambda: "i-2" in engine.asked)
    engine.stuck = ""
    _eventually(lambda: engine.released == ["i-1"])


def test_vm_whose_pool_is_no_more_is_given_up(
    start: Callable[..., _Running], caplog: pytest.LogCaptureFixture
) -> None:
    running = start(LedgerEntry("i-1", "former", "cls.group", "job-1"))
    running.fleet.want("former", "i-1", _SPEC)
    assert running.lost == [
        ("i-1", "its pool former is not in the configuration any more", True),
    ]
    assert "pool former, which is no more" in caplog.text
    running.fleet.release("former", "i-1")
    assert running.ledger.removed == ["i-1"]
