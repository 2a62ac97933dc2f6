"""Two executors as one: each VM, and what runs on it, stays with the one that has it."""

from __future__ import annotations

from collections.abc import Callable

from batchcompute.server.executors.interface import Attempt, Event, WorkerGroup, WorkerLeft
from batchcompute.server.executors.router import Router
from tests.unit.server.fakes import FakeExecutor

_BIG, _SMALL = WorkerGroup(group="big"), WorkerGroup(group="small")


class _OfAgents(FakeExecutor):
    """Has the VMs that were asked for, and those that it remembers."""

    def __init__(self, *remembered: str) -> None:
        super().__init__(slots=100)
        self.remembered = set(remembered)

    def load(self) -> None:
        """Nothing to do."""

    def owns(self, vm_id: str) -> bool:
        return vm_id in self.remembered or any(vm_id in vms for vms in self.pools.values())


def _router(elsewhere: _OfAgents) -> tuple[Router, FakeExecutor]:
    here = FakeExecutor(slots=2)
    return Router(here, elsewhere, lambda group: group.group != "big"), here


def _attempt(name: str, vm_id: str) -> Attempt:
    return Attempt(name, "pool", vm_id, "true")


def test_groups_go_where_they_belong_and_attempts_to_their_vms() -> None:
    elsewhere = _OfAgents()
    router, here = _router(elsewhere)
    router.request_workers("s", {"i-1": False}, _SMALL)
    router.request_workers("b", {"i-2": False}, _BIG)
    assert (here.pools, elsewhere.pools) == ({"s": {"i-1": False}}, {"b": {"i-2": False}})
    router.start([_attempt("a.t.0.1", "i-1"), _attempt("a.t.1.1", "i-2")])
    router.stop(["a.t.0.1", "a.t.1.1"])
    assert (here.stopped, elsewhere.stopped) == (["a.t.0.1"], ["a.t.1.1"])
    found = router.probe()
    assert found.slots == 102
    assert found.this_machine is not None
    assert found.this_machine.slots == 2


def test_what_is_alive_keeps_its_vm_whatever_its_group_is_now() -> None:
    elsewhere = _OfAgents("i-3")
    router, here = _router(elsewhere)
    here.answers = {"a.t.0.1": "alive"}
    elsewhere.answers = {"a.t.3.1": "alive"}
    attempts = {"a.t.0.1": "i-1", "a.t.1.1": "i-2", "a.t.3.1": "i-3"}
    assert router.settle(attempts) == {
        "a.t.0.1": "alive",
        "a.t.1.1": "unknown",
        "a.t.3.1": "alive",
    }
    # The second one has nothing left of this machine, so it waits for its first agent.
    router.request_workers("b", {"i-1": True, "i-2": True}, _BIG)
    router.request_workers("s", {"i-3": True}, _SMALL)
    assert here.pools == {"b": {"i-1": True}}
    assert elsewhere.pools == {"b": {"i-2": False}, "s": {"i-3": True}}
    assert router.has_here("i-1", _BIG)
    assert not router.has_here("i-3", _SMALL)


class _Telling(FakeExecutor):
    """Tells what it is asked to."""

    def open(self, emit: Callable[[Event], None]) -> None:
        self.tell = emit


def test_attempt_of_a_vm_that_has_left_is_not_begun_here() -> None:
    here, elsewhere = _Telling(slots=2), _OfAgents()
    router = Router(here, elsewhere, lambda _: True)
    router.request_workers("s", {"i-1": False}, _SMALL)
    router.open(lambda _: None)
    here.tell(WorkerLeft("s", "i-1", "gone"))
    router.start([_attempt("a.t.0.1", "i-1")])
    assert not here.started
    assert [each.attempt_id for each in elsewhere.started] == ["a.t.0.1"]
