"""What an agent tells of its programs when its walltime is over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from batchcompute.server.executors.agent.session import Item
from batchcompute.server.executors.interface import (
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Receipt,
    WorkerLeft,
)
from batchcompute.server.executors.network.agent import stay
from batchcompute.server.executors.network.agent.programs import Programs
from batchcompute.server.executors.network.agent.stay import Stay

_LOST = AttemptLost("a.1", "its VM was removed")


class _Clock:
    """The clock by which an agent stays, and no other's: services run in this process as well."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(stay, "time", SimpleNamespace(monotonic=lambda: self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    return _Clock(monkeypatch)


def _run(
    clock: _Clock, walltime: float | None, begins_after: float, leave: Callable[[Stay], None]
) -> tuple[Item, Item]:
    """Have a program begin that gives way as the agent leaves; return what is told."""
    told: list[Item] = []
    there = Stay(walltime)
    programs: Any = Programs(there, threading.Condition(), told.append)
    clock.now += begins_after
    programs.take(AttemptStarted("a.1", 1.5))
    clock.now += 7200 - begins_after - 20
    leave(there)
    programs.take(_LOST)
    began, ended = told
    return began, ended


def test_program_that_had_all_of_the_walltime_fails_with_both_durations(clock: _Clock) -> None:
    _, (word, values) = _run(clock, 7200, 60, Stay.look_at_walltime)
    assert word == "ended"
    receipt = AttemptEnded(Receipt(*values)).receipt
    assert (receipt.reason, receipt.error_code) == ("failed", "WalltimeExceeded")
    assert "It ran for 1:58:40" in receipt.error_message
    assert "2:00:00" in receipt.error_message
    assert receipt.ended_at - receipt.started_at == pytest.approx(7120)


@pytest.mark.parametrize(
    ("walltime", "begins_after", "leave"),
    [
        # It may end on a machine that has more of its walltime before it.
        (7200, 3600, Stay.look_at_walltime),
        (7200, 150, Stay.look_at_walltime),
        # It was told to go before, for another reason.
        (7200, 60, lambda there: there.end("it was told to go")),
        (None, 60, lambda there: there.end("it was told to go")),
    ],
)
def test_other_programs_give_way_as_planned(
    clock: _Clock, walltime: float | None, begins_after: float, leave: Callable[[Stay], None]
) -> None:
    _, ended = _run(clock, walltime, begins_after, leave)
    assert list(ended) == ["lost", "a.1", "its VM was removed", True]


def test_program_that_is_lost_before_the_walltime_is_over_counts(clock: _Clock) -> None:
    _, ended = _run(clock, 72000, 60, Stay.look_at_walltime)
    assert list(ended) == ["lost", "a.1", "its VM was removed", False]


def test_end_of_a_vm_waits_no_longer_than_the_executor_goes_on() -> None:
    programs: Any = Programs(Stay(None), threading.Condition(), lambda _: None)
    executor = Mock()
    executor.kept_attempts.return_value = frozenset({"a.1"})
    # It fails instead of ending the programs, so that nothing is heard of them.
    executor.release_workers.side_effect = lambda *_: threading.Thread(target=programs.fail).start()
    programs.open(executor)
    with pytest.raises(RuntimeError, match="cannot be ended in order"):
        programs.end_all("vm", "pool")
    executor.forget.assert_not_called()


def test_end_of_a_vm_waits_no_longer_than_the_walltime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchcompute.server.executors.network.agent.programs.END_SECONDS", 0.01)
    there = Stay(0.1)
    programs: Any = Programs(there, threading.Condition(), lambda _: None)
    executor = Mock()
    executor.kept_attempts.return_value = frozenset()
    programs.open(executor)
    programs.end_all("vm", "pool")
    assert there.leaving == "its walltime is over"


def test_agent_that_is_told_twice_to_leave_waits_for_no_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("batchcompute.server.executors.network.agent.programs.END_SECONDS", 3600)
    there = Stay(None)
    programs: Any = Programs(there, threading.Condition(), lambda _: None)
    executor = Mock()
    executor.kept_attempts.return_value = frozenset()
    programs.open(executor)
    waiting = threading.Thread(target=programs.end_all, args=("vm", "pool"), daemon=True)
    waiting.start()
    # As signals do it, which wake nobody.
    there.end("it was told to go")
    there.hurry()
    waiting.join(60)
    assert not waiting.is_alive()


def test_agent_that_is_told_to_leave_waits_for_programs_that_end() -> None:
    there = Stay(None)
    there.end("it was told to go")
    programs: Any = Programs(there, threading.Condition(), lambda _: None)
    executor = Mock()
    executor.kept_attempts.return_value = frozenset({"a.1"})
    left = WorkerLeft("pool", "vm", "it was released")
    executor.release_workers.side_effect = lambda *_: threading.Thread(
        target=programs.take, args=(left,)
    ).start()
    programs.open(executor)
    programs.end_all("vm", "pool")
    assert programs.has_gone("vm")
    executor.forget.assert_called_once_with(["a.1"])
