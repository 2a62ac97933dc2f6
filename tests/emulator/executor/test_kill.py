"""Stops, timeouts and released workers end whole trees."""

from __future__ import annotations

import gzip
import tarfile
import time
from typing import TYPE_CHECKING

import pytest

from batchcompute.server.executors.interface import WorkerJoined, WorkerLeft
from tests.emulator.executor.conftest import wait_until

if TYPE_CHECKING:
    from tests.emulator.executor.conftest import Bench

# A background child, children with sessions of their own, a daemon forked twice that ignores TERM,
# one that ignores HUP, and the shells around them.
TREE = """
sleep 600 &
setsid sleep 600 &
( setsid sleep 600 & )
( ( trap '' TERM; sleep 600 & wait; sleep 600 ) & )
nohup sleep 600 > /dev/null 2>&1 &
echo ready
sleep 600
"""
_TREE_SLEEPERS = 6
FLEEING = """
flee() { sleep 0.003; flee & }
echo ready
flee
sleep 600
"""


def _start_tree(bench: Bench, name: str = "a.1", **more: object) -> None:
    bench.start(name, TREE, **more)
    # The last of them comes after the word.
    wait_until(lambda: len(bench.sleepers()) == _TREE_SLEEPERS, f"the tree of {name} is complete")


def test_stop_ends_the_tree(bench: Bench) -> None:
    _start_tree(bench)
    bench.executor.stop(["a.1"])
    bench.executor.stop(["a.1"])
    receipt = bench.events.receipt("a.1")
    assert (receipt.reason, receipt.exit_code, receipt.error_code) == ("stopped", 137, "Stopped")
    assert bench.processes() == []
    assert bench.stdout("a.1") == "ready\n"
    bench.executor.stop(["a.1"])
    bench.run("a.2", "true")
    bench.executor.stop(["a.1", "a.2"])
    bench.catch_up()
    assert len(bench.events.ends_of("a.1")) == len(bench.events.ends_of("a.2")) == 1


def test_stop_ends_a_daemon_that_forks_itself_away(bench: Bench) -> None:
    if bench.isolation != "namespace":
        pytest.skip("only a namespace is sure to end such a process")
    bench.start("a.1", FLEEING)
    wait_until(lambda: len(bench.processes()) >= 5, "the daemon runs")
    bench.executor.stop(["a.1"])
    assert bench.events.receipt("a.1").reason == "stopped"
    assert bench.processes() == []


def test_end_of_the_program_ends_what_it_left_behind(bench: Bench) -> None:
    receipt = bench.run("a.1", "sleep 600 & setsid sleep 600 & ( sleep 600 & ); exit 5")
    assert (receipt.reason, receipt.exit_code) == ("exited", 5)
    assert bench.processes() == []


def test_timeout_ends_the_tree(bench: Bench) -> None:
    # Where everything is slow, the tree may not be complete by the end of a short time.
    for seconds in (0.4, 4, 40):
        name = f"a.{seconds}"
        begin = time.monotonic()
        receipt = bench.run(name, TREE, timeout_seconds=seconds)
        assert time.monotonic() - begin >= seconds
        assert (receipt.reason, receipt.exit_code) == ("timed_out", 137)
        assert (receipt.error_code, receipt.error_message) == (
            "TimedOut",
            f"It ran longer than {seconds} seconds.",
        )
        assert bench.processes() == []
        if bench.stdout(name) == "ready\n":
            return
    raise AssertionError("the tree was not complete in time")


def test_stop_before_the_program_runs(bench: Bench) -> None:
    bench.start("a.1", "sleep 600")
    bench.executor.stop(["a.1"])
    assert bench.events.receipt("a.1").reason == "stopped"


def test_stop_while_the_package_unpacks(bench: Bench) -> None:
    # It would take minutes: one small file again and again, of which each gzip member has many.
    member = tarfile.TarInfo("file").tobuf()
    package = gzip.compress(member * 1000) * 2000
    bench.objects.put_bytes(package, "oss://b/big.tar.gz")
    bench.start("a.1", "sleep 600", package="oss://b/big.tar.gz")
    wait_until(lambda: (bench.work("a.1") / "file").exists(), "the package unpacks")
    bench.executor.stop(["a.1"])
    receipt = bench.events.receipt("a.1")
    assert (receipt.reason, receipt.exit_code) == ("stopped", 0)


def test_stop_while_outputs_are_uploaded(bench: Bench) -> None:
    # This takes minutes as well: each file belongs to the output of every folder above it.
    folders = ["/".join(["out"] * depth) for depth in range(1, 101)]
    count = 2000
    bench.start(
        "a.1",
        f"mkdir -p {folders[-1]}; cd {folders[-1]};"
        f"i=0; while [ $i -lt {count} ]; do echo x > $i; i=$((i+1)); done",
        output_mapping={f"{each}/": f"oss://b/{depth}/" for depth, each in enumerate(folders)},
    )
    wait_until(lambda: bool(bench.objects.list_prefix("oss://b/")), "the upload runs")
    bench.executor.stop(["a.1"])
    receipt = bench.events.receipt("a.1")
    assert (receipt.reason, receipt.exit_code) == ("stopped", 0)
    assert len(bench.objects.list_prefix("oss://b/")) < count * len(folders)


def test_stop_of_an_unknown_attempt_ends_in_an_event(bench: Bench) -> None:
    bench.executor.stop(["never.1"])
    assert "not running" in bench.events.lost("never.1").cause


def test_workers_boot_and_leave(bench: Bench) -> None:
    bench.executor.request_workers("new", {"vm-a": False, "vm-b": True})
    joined = bench.events.wait_for(WorkerJoined, lambda event: event.pool_id == "new")
    assert joined.worker_id == "vm-a"
    bench.executor.release_workers("new", ["vm-a", "vm-b"])
    bench.events.wait_for(WorkerLeft, lambda event: event.worker_id == "vm-b")
    bench.executor.start([bench.attempt("a.1", "true", pool_id="new", worker_id="vm-b")])
    assert bench.events.lost("a.1").cause == "its VM was removed"


def test_released_worker_takes_its_program_along(bench: Bench) -> None:
    _start_tree(bench)
    bench.executor.release_workers("pool", ["vm-0"])
    bench.executor.release_workers("pool", ["vm-0"])
    assert bench.events.lost("a.1").cause == "its VM was removed"
    bench.events.wait_for(WorkerLeft, lambda event: event.worker_id == "vm-0")
    assert bench.processes() == []
    assert [type(e).__name__ for e in bench.events.seen][-2:] == ["AttemptLost", "WorkerLeft"]
    assert bench.settle("a.1") == {"a.1": "lost"}


def test_close_stops_what_runs(bench: Bench) -> None:
    _start_tree(bench)
    bench.executor.close(stop_attempts=True)
    assert bench.events.receipt("a.1").reason == "stopped"
    assert bench.processes() == []
