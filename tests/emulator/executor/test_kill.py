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
flee() { sleep 0.003; echo >> fled; flee & }
echo ready
flee
sleep 600
"""


def _start_tree(bench: Bench, name: str = "a.1", **more: object) -> None:
    bench.start(name, TREE, **more)
    # The last of them comes after the word.
    wait_until(lambda: len(bench.sleepers()) == _TREE_SLEEPERS, f"the tree of {name} is complete")


def test_stop_ends_the_tree(shared: Bench) -> None:
    _start_tree(shared)
    shared.executor.stop(["a.1"])
    shared.executor.stop(["a.1"])
    receipt = shared.events.receipt("a.1")
    assert (receipt.reason, receipt.exit_code, receipt.error_code) == ("stopped", 137, "Stopped")
    assert shared.processes() == []
    assert shared.stdout("a.1") == "ready\n"
    shared.executor.stop(["a.1"])
    shared.run("a.2", "true")
    shared.executor.stop(["a.1", "a.2"])
    shared.catch_up()
    assert len(shared.events.ends_of("a.1")) == len(shared.events.ends_of("a.2")) == 1


def test_stop_ends_a_daemon_that_forks_itself_away(shared: Bench) -> None:
    if shared.isolation != "namespace":
        pytest.skip("only a namespace is sure to end such a process")
    shared.start("a.1", FLEEING)
    # Each of its processes is gone too soon to be seen for sure, but leaves a line.
    fled = shared.work("a.1") / "fled"
    wait_until(lambda: fled.exists() and fled.stat().st_size >= 3, "the daemon runs")
    shared.executor.stop(["a.1"])
    assert shared.events.receipt("a.1").reason == "stopped"
    assert shared.processes() == []


def test_end_of_the_program_ends_what_it_left_behind(shared: Bench) -> None:
    receipt = shared.run("a.1", "sleep 600 & setsid sleep 600 & ( sleep 600 & ); exit 5")
    assert (receipt.reason, receipt.exit_code) == ("exited", 5)
    assert shared.processes() == []


def test_timeout_ends_the_tree(shared: Bench) -> None:
    # Where everything is slow, the tree may not be complete by the end of a short time.
    for seconds in (0.4, 4, 40):
        name = f"a.{seconds}"
        begin = time.monotonic()
        receipt = shared.run(name, TREE, timeout_seconds=seconds)
        assert time.monotonic() - begin >= seconds
        assert (receipt.reason, receipt.exit_code) == ("timed_out", 137)
        assert (receipt.error_code, receipt.error_message) == (
            "TimedOut",
            f"It ran longer than {seconds} seconds.",
        )
        assert shared.processes() == []
        if shared.stdout(name) == "ready\n":
            return
    raise AssertionError("the tree was not complete in time")


def test_stop_before_the_program_runs(shared: Bench) -> None:
    shared.start("a.1", "sleep 600")
    shared.executor.stop(["a.1"])
    assert shared.events.receipt("a.1").reason == "stopped"


def test_stop_while_the_package_unpacks(shared: Bench) -> None:
    # It would take minutes: one small file again and again, of which each gzip member has many.
    member = tarfile.TarInfo("file").tobuf()
    package = gzip.compress(member * 1000) * 2000
    shared.objects.put_bytes(package, "oss://b/big.tar.gz")
    shared.start("a.1", "sleep 600", package="oss://b/big.tar.gz")
    wait_until(lambda: (shared.work("a.1") / "file").exists(), "the package unpacks")
    shared.executor.stop(["a.1"])
    receipt = shared.events.receipt("a.1")
    assert (receipt.reason, receipt.exit_code) == ("stopped", 0)


def test_stop_while_outputs_are_uploaded(shared: Bench) -> None:
    # This takes minutes as well: each file belongs to the output of every folder above it.
    folders = ["/".join(["out"] * depth) for depth in range(1, 101)]
    count = 2000
    shared.start(
        "a.1",
        f"mkdir -p {folders[-1]}; cd {folders[-1]};"
        f"i=0; while [ $i -lt {count} ]; do echo x > $i; i=$((i+1)); done",
        output_mapping={f"{each}/": f"oss://b/{depth}/" for depth, each in enumerate(folders)},
    )
    wait_until(lambda: bool(shared.objects.list_prefix("oss://b/")), "the upload runs")
    shared.executor.stop(["a.1"])
    receipt = shared.events.receipt("a.1")
    assert (receipt.reason, receipt.exit_code) == ("stopped", 0)
    assert len(shared.objects.list_prefix("oss://b/")) < count * len(folders)


def test_stop_of_an_unknown_attempt_ends_in_an_event(shared: Bench) -> None:
    shared.executor.stop(["never.1"])
    assert "not running" in shared.events.lost("never.1").cause


def test_workers_boot_and_leave(shared: Bench) -> None:
    shared.executor.request_workers("new", {"vm-a": False, "vm-b": True})
    joined = shared.events.wait_for(WorkerJoined, lambda event: event.pool_id == "new")
    assert joined.worker_id == "vm-a"
    shared.executor.release_workers("new", ["vm-a", "vm-b"])
    shared.events.wait_for(WorkerLeft, lambda event: event.worker_id == "vm-b")
    shared.executor.start([shared.attempt("a.1", "true", pool_id="new", worker_id="vm-b")])
    assert shared.events.lost("a.1").cause == "its VM was removed"


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
