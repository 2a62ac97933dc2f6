"""What a program has written so far can be read while it runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchcompute.server.objects import ObjectNotFoundError
from tests.emulator.executor.conftest import gated, tune, wait_until
from tests.emulator.executor.engines import IMAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.executor.conftest import Bench

pytestmark = pytest.mark.slow


def _content(bench: Bench, address: str) -> str | None:
    try:
        return bench.objects.read_range(address).decode()
    except ObjectNotFoundError:
        return None


def _wait_for(bench: Bench, address: str, text: str) -> None:
    wait_until(lambda: _content(bench, address) == text, f"{address} is {text!r}")


@pytest.fixture
def live(own_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Have output published soon."""
    tune(monkeypatch, live=0.02)
    own_bench.open()
    return own_bench


def test_streams_and_logs_are_seen_while_the_program_runs(live: Bench) -> None:
    live.start_gated(
        "a.1",
        "echo last; echo end >> deep/log",
        log_mapping={"deep/log": "oss://logs/log", "never": "oss://logs/never"},
    )
    # Files that are there at the gate are written to by this test, as the program would.
    (live.work("a.1") / "deep" / "log").write_text("begun\n")
    _wait_for(live, "oss://logs/log", "begun\n")
    stdout = live.data_dir / "attempts" / "a.1" / "stdout"
    for number in range(3):
        with stdout.open("a") as file:
            file.write(f"{number}\n")
        _wait_for(live, "oss://logs/stdout.a.1", "".join(f"{each}\n" for each in range(number + 1)))
    live.let_on("a.1")
    assert live.events.receipt("a.1").exit_code == 0
    assert live.stdout("a.1") == "0\n1\n2\nlast\n"
    assert _content(live, "oss://logs/log") == "begun\nend\n"
    assert _content(live, "oss://logs/never") is None
    assert live.stderr("a.1") == ""


def test_program_prints_as_it_goes(live: Bench) -> None:
    live.start("a.1", "echo out; echo err >&2; sleep 600")
    _wait_for(live, "oss://logs/stdout.a.1", "out\n")
    _wait_for(live, "oss://logs/stderr.a.1", "err\n")
    live.executor.stop(["a.1"])
    assert live.events.receipt("a.1").reason == "stopped"


def test_next_attempt_replaces_what_a_killed_one_has_published(live: Bench) -> None:
    address = "oss://logs/same"
    live.start("a.1", "echo first; sleep 600", stdout=address)
    _wait_for(live, address, "first\n")
    os.kill(live.shim("a.1"), signal.SIGKILL)
    live.events.lost("a.1")
    assert _content(live, address) == "first\n"
    live.start("a.2", "echo second; sleep 600", stdout=address)
    _wait_for(live, address, "second\n")
    live.executor.stop(["a.2"])
    live.events.receipt("a.2")
    assert _content(live, address) == "second\n"
    wait_until(
        lambda: not os.listdir(live.data_dir.parent / "objects" / ".staging"), "nothing is left"
    )


@pytest.mark.parametrize("end", ["exit", "stop", "kill"])
def test_publication_that_hangs_is_over_before_the_end(
    own_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    hanging = tmp_path / "hanging"
    tune(monkeypatch, live=0.02, hanging=str(hanging))
    own_bench.open()
    address = "oss://logs/same"
    own_bench.start("a.1", "echo begun; " + gated("echo ended"), stdout=address)
    wait_until(hanging.exists, "something is being published")
    hanging.unlink()
    if end == "kill":
        os.kill(own_bench.shim("a.1"), signal.SIGKILL)
        own_bench.events.lost("a.1")
        # Whoever was to publish it is gone, too.
        assert own_bench.processes() == []
        assert _content(own_bench, address) is None
        return
    if end == "stop":
        own_bench.executor.stop(["a.1"])
    else:
        own_bench.let_on("a.1")
    assert own_bench.events.receipt("a.1").reason == ("stopped" if end == "stop" else "exited")
    assert _content(own_bench, address) == ("begun\n" if end == "stop" else "begun\nended\n")


class TestContainers:
    @pytest.fixture
    def isolation(self) -> str:
        """Of no account in a container."""
        return "process-group"

    def test_streams_are_seen_while_the_container_runs(
        self, podman: Callable[..., str], bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench.executor.close(stop_attempts=True)
        tune(monkeypatch, engines=["podman"], live=0.02)
        bench.reopen()
        bench.start("a.1", "echo ready; sleep 600", container=IMAGE)
        _wait_for(bench, "oss://logs/stdout.a.1", "ready\n")
        bench.executor.stop(["a.1"])
        assert bench.events.receipt("a.1").reason == "stopped"
