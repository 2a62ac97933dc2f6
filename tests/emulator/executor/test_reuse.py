"""A shim takes one attempt after the other, and nothing of the one is seen in the next."""

from __future__ import annotations

import itertools
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from batchcompute.server.executors.interface import AttemptEnded, AttemptLost, AttemptStarted
from tests.emulator.executor.conftest import PATIENCE, tune, wait_until

if TYPE_CHECKING:
    from tests.emulator.executor.conftest import Bench


@pytest.fixture(autouse=True)
def idle_shims_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no shim go because this process is slow to give it something to do."""
    tune(monkeypatch, idle=10 * PATIENCE)


def _run(bench: Bench, name: str, command: str = "true", **more: object) -> int:
    """Run an attempt until its shim is idle again, and return the shim."""
    bench.run(name, command, **more)
    wait_until(lambda: not bench.work(name).parent.exists(), f"{name} is tidied up")
    return bench.shim(name)


def _is_gone(process: int) -> bool:
    return not os.path.exists(f"/proc/{process}")


def _settles_on_one_shim(bench: Bench) -> int:
    """Run attempts until two in a row had the same shim, which is idle then."""
    last = 0
    deadline = time.monotonic() + PATIENCE
    for number in itertools.count():
        shim = _run(bench, f"settle.{number}")
        if shim == last:
            return shim
        last = shim
        # The forker may hear of the next attempt before it hears that the shim is idle.
        assert time.monotonic() < deadline, "no shim was taken twice"
    raise AssertionError


def test_shim_is_taken_again_and_holds_nothing(bench: Bench) -> None:
    shim = _settles_on_one_shim(bench)
    before = len(os.listdir(f"/proc/{shim}/fd"))
    for number in range(5):
        _run(bench, f"a.{number}", "echo x; exit 3", timeout_seconds=5.0)
    wait_until(lambda: len(os.listdir(f"/proc/{shim}/fd")) == before, "its files are closed")
    assert os.readlink(f"/proc/{shim}/cwd") == "/"


@pytest.fixture
def brief_shims(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each shim run one attempt only."""
    tune(monkeypatch, idle=10 * PATIENCE, attempts=1)


@pytest.mark.usefixtures("brief_shims")
def test_shim_is_followed_by_another_after_its_last_attempt(bench: Bench) -> None:
    shims = [_run(bench, f"a.{number}", "exit 3") for number in range(3)]
    assert len(set(shims)) == 3
    wait_until(lambda: all(map(_is_gone, shims)), "they are gone")


def test_stopped_attempt_does_not_stop_the_next(bench: Bench) -> None:
    _settles_on_one_shim(bench)
    bench.start("a.1", "sleep 600 & setsid sleep 600 & sleep 600")
    bench.events.started("a.1")
    bench.executor.stop(["a.1"])
    assert bench.events.receipt("a.1").reason == "stopped"
    assert bench.run("a.2", "exit 4").exit_code == 4
    assert bench.run("a.3", "sleep 600", timeout_seconds=0.2).reason == "timed_out"
    assert bench.run("a.4", "exit 5").exit_code == 5


def test_evicted_shim_is_not_taken_again(bench: Bench) -> None:
    _settles_on_one_shim(bench)
    bench.start("a.1", "sleep 600")
    bench.events.started("a.1")
    shim = bench.shim("a.1")
    os.kill(shim, signal.SIGTERM)
    bench.events.lost("a.1")
    assert _run(bench, "a.2") != shim
    wait_until(lambda: _is_gone(shim), "it is gone")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_idle_shim_may_go_at_any_time(bench: Bench, number: int) -> None:
    shim = _settles_on_one_shim(bench)
    os.kill(shim, number)
    # At once, so that the forker may or may not know of it.
    for each in range(3):
        bench.start(f"a.{each}", f"exit {each}", worker_id=f"vm-{each}")
    names = [f"a.{each}" for each in range(3)]
    wait_until(lambda: all(map(bench.events.ends_of, names)), "all have ended")
    for each in range(3):
        (end,) = bench.events.ends_of(f"a.{each}")
        # An attempt that was on its way to it is lost and not half done.
        if isinstance(end, AttemptEnded):
            assert end.receipt.exit_code == each
        else:
            assert bench.objects.list_prefix(f"oss://logs/stdout.a.{each}") == []
    assert bench.run("b.1", "exit 7").exit_code == 7


def test_attempt_longer_than_a_buffer_comes_to_an_idle_shim(bench: Bench) -> None:
    shim = _settles_on_one_shim(bench)
    long = {f"LONG_{number}": "x" * 100_000 for number in range(10)}
    command = 'printf %s "$LONG_0$LONG_9" | wc -c'
    assert _run(bench, "a.1", command, environment=long) == shim
    assert bench.stdout("a.1").strip() == "200000"


def test_idle_shims_end_with_their_executor(bench: Bench) -> None:
    shim = _settles_on_one_shim(bench)
    bench.executor.close(stop_attempts=False)
    wait_until(lambda: _is_gone(shim), "it is gone")


def test_idle_shim_is_let_go(own_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    tune(monkeypatch, idle=0.3)
    own_bench.open()
    shim = _run(own_bench, "a.1")
    wait_until(lambda: _is_gone(shim), "it is gone")
    assert _run(own_bench, "a.2", "exit 3") != shim


def test_start_of_a_short_attempt_is_told_by_its_end(bench: Bench) -> None:
    _settles_on_one_shim(bench)
    for number in range(5):
        bench.run(f"short.{number}", "true")
    bench.start_gated("long.1", "true")
    bench.events.started("long.1")
    bench.let_on("long.1")
    bench.events.receipt("long.1")
    told = [e.attempt_id for e in bench.events.seen if isinstance(e, AttemptStarted)]
    assert "long.1" in told
    kinds = [
        type(event)
        for event in bench.events.seen
        if getattr(event, "attempt_id", "") == "long.1"
        or getattr(getattr(event, "receipt", None), "attempt_id", "") == "long.1"
    ]
    assert kinds == [AttemptStarted, AttemptEnded]


def test_start_of_a_lost_attempt_is_told_first(bench: Bench) -> None:
    _settles_on_one_shim(bench)
    bench.start("a.1", "sleep 600")
    # Its shim has said by then that it claimed it.
    wait_until(lambda: bool(bench.sleepers()), "the program runs")
    os.kill(bench.shim("a.1"), signal.SIGKILL)
    bench.events.lost("a.1")
    about = [type(e) for e in bench.events.seen if getattr(e, "attempt_id", "") == "a.1"]
    assert about == [AttemptStarted, AttemptLost]
