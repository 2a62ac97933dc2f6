"""Kill -9 at any moment: nothing recorded runs again, and nothing is lost without being told."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchcompute.server.executors.attempt.requests import Requests
from batchcompute.server.executors.interface import AttemptLost, Receipt, WorkerLeft
from tests.emulator.executor.conftest import PATIENCE, gated, tune, wait_until
from tests.processes import processes_running, status

if TYPE_CHECKING:
    from tests.emulator.executor.conftest import Bench

pytestmark = pytest.mark.slow

# A server that starts what it is told and then waits to be killed.
SERVER = """
    import json, sys, threading, time
    from pathlib import Path
    from batchcompute.server.executors.embedded import EmbeddedExecutor
    from batchcompute.server.executors.interface import Attempt
    from batchcompute.server.objects import open_store

    data_dir, objects, isolation, attempts = json.loads(sys.argv[1])
    executor = EmbeddedExecutor(
        Path(data_dir), open_store(objects), boot_seconds=0.0, isolation=isolation
    )
    told = threading.Event()
    executor.open(lambda event: told.set())
    executor.request_workers("pool", {f"vm-{number}": True for number in range(4)})
    executor.start([Attempt(**fields) for fields in attempts])
    executor.settle(["nothing"])
    told.wait()
    print("started", flush=True)
    time.sleep(600)
"""


class Server:
    """A server in a process of its own, in place of the test's own executor."""

    def __init__(self, bench: Bench, *commands: str) -> None:
        bench.executor.close(stop_attempts=False)
        attempts = [
            {
                "attempt_id": f"a.{number}",
                "pool_id": "pool",
                "worker_id": f"vm-{number}",
                "command_line": command,
                "environment": {"MARK": bench.mark},
                "stdout": f"oss://logs/stdout.a.{number}",
            }
            for number, command in enumerate(commands)
        ]
        told = [str(bench.data_dir), bench.objects.url, bench.isolation, attempts]
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SERVER), json.dumps(told)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        assert self.process.stdout is not None
        with self.process.stdout as output:
            assert output.readline() == b"started\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def _agent(bench: Bench) -> int:
    """Return the agent of this data folder."""
    return _child(bench, os.getpid())


def _forker(bench: Bench) -> int:
    """Return the forker of its agent."""
    # Shims have the same command line, but the forker as their parent.
    return _child(bench, _agent(bench))


def _child(bench: Bench, parent: int) -> int:
    """Return the only process of this data folder that another one has made."""

    def children() -> list[int]:
        running = processes_running(str(bench.data_dir))
        return [each for each in running if status(each)[1:2] == [str(parent).encode()]]

    # One that is about to become another program has the command line of its parent.
    wait_until(lambda: len(children()) == 1, "there is one of it")
    return children()[0]


def test_attempts_survive_the_server_and_are_adopted(bench: Bench) -> None:
    server = Server(bench, gated("exit 3"), gated("echo late; exit 4"), "sleep 600")
    bench.shim("a.2")
    for name in ("a.0", "a.1"):
        bench.wait_for_gate(name)
    server.kill()
    bench.let_on("a.0")
    wait_until(lambda: bench.written("a.0").receipt is not None, "the first one ended")
    bench.reopen()
    settled = bench.settle("a.0", "a.1", "a.2", "a.3")
    first = settled.pop("a.0")
    assert isinstance(first, Receipt)
    assert first.exit_code == 3
    assert settled == {"a.1": "alive", "a.2": "alive", "a.3": "lost"}
    assert bench.events.started("a.1").started_at == bench.written("a.1").started_at
    bench.let_on("a.1")
    bench.executor.stop(["a.2"])
    assert bench.events.receipt("a.2").reason == "stopped"
    assert bench.events.receipt("a.1").exit_code == 4
    assert bench.stdout("a.1") == "late\n"
    assert [len(bench.events.ends_of(f"a.{number}")) for number in range(4)] == [1, 1, 1, 1]
    assert isinstance(bench.settle("a.1")["a.1"], Receipt)


def test_adopted_attempt_leaves_with_its_worker(bench: Bench) -> None:
    server = Server(bench, "sleep 600")
    bench.shim("a.0")
    server.kill()
    bench.reopen()
    assert bench.settle("a.0") == {"a.0": "alive"}
    bench.executor.release_workers("pool", ["vm-0"])
    assert bench.events.lost("a.0").cause == "its VM was removed"


def test_killed_shim_is_lost_once_and_leaves_nothing(bench: Bench) -> None:
    bench.start("a.1", "sleep 600 & setsid sleep 600 & sleep 600")
    wait_until(lambda: len(bench.sleepers()) == 3, "the tree is complete")
    os.kill(bench.shim("a.1"), signal.SIGKILL)
    assert bench.events.lost("a.1").cause == "its shim was killed by SIGKILL"
    assert bench.processes() == []
    bench.run("a.2", "true")
    assert len(bench.events.ends_of("a.1")) == 1
    assert bench.settle("a.1") == {"a.1": "lost"}


def test_attempt_that_a_killed_shim_had_begun_is_lost_and_not_begun_again(bench: Bench) -> None:
    # The news of it was lost with an agent, so the next agent is told to start it once more.
    bench.executor.close(stop_attempts=True)
    journal = bench.data_dir / "journal" / "former.1"
    journal.touch()
    begin = (
        "import os, sys; from pathlib import Path;"
        "from batchcompute.server.executors.agent.journal import JournalWriter;"
        "from batchcompute.server.executors.interface import Attempt;"
        "writer = JournalWriter(Path(sys.argv[1]), 7);"
        "writer.begin(Attempt('a.1', 'pool', 'vm-1', 'true'), 1.5)"
    )
    subprocess.run([sys.executable, "-c", begin, str(journal)], check=True)
    bench.reopen()

    bench.start("a.1", "echo ran")
    bench.catch_up()

    # It counts as alive until it was looked whether anything is left of it.
    settle = bench.executor.settle
    wait_until(lambda: settle(["a.1"]) != {"a.1": "alive"}, "nothing is left of it")
    assert bench.events.lost("a.1")
    assert all(isinstance(end, AttemptLost) for end in bench.events.ends_of("a.1"))
    assert bench.objects.list_prefix("oss://logs/") == []


def test_killed_shim_of_a_dead_server_is_lost(bench: Bench) -> None:
    server = Server(bench, "sleep 600 & setsid sleep 600 & sleep 600")
    shim = bench.shim("a.0")
    wait_until(lambda: len(bench.sleepers()) == 3, "the tree is complete")
    server.kill()
    os.kill(shim, signal.SIGKILL)
    bench.reopen()
    if bench.settle("a.0") != {"a.0": "lost"}:
        # It may take a moment until the shim is gone, and what it left.
        assert bench.events.lost("a.0")
        assert bench.settle("a.0") == {"a.0": "lost"}
    assert bench.processes() == []


def test_forker_killed_running_attempts_finish_and_new_ones_start(bench: Bench) -> None:
    bench.start_gated("a.1", "echo done; exit 5")
    os.kill(_forker(bench), signal.SIGKILL)
    assert bench.run("a.2", "exit 6", worker_id="vm-1").exit_code == 6
    bench.let_on("a.1")
    assert bench.events.receipt("a.1").exit_code == 5
    assert bench.stdout("a.1") == "done\n"


def test_attempt_on_its_way_to_a_killed_forker_runs_once(bench: Bench) -> None:
    forker = _forker(bench)
    os.kill(forker, signal.SIGSTOP)
    bench.start("a.1", "echo run")
    bench.catch_up()
    os.kill(forker, signal.SIGKILL)
    assert bench.events.receipt("a.1").exit_code == 0
    assert bench.stdout("a.1") == "run\n"
    assert len(bench.events.ends_of("a.1")) == 1


def test_agent_killed_running_attempts_finish_and_new_ones_start(bench: Bench) -> None:
    bench.start_gated("a.1", "echo done; exit 5")
    bench.start("a.2", "sleep 600", worker_id="vm-1")
    bench.events.started("a.2")
    os.kill(_agent(bench), signal.SIGKILL)
    # Asked while there is no agent, or of one that does not know of it yet.
    bench.start("a.3", "exit 6", worker_id="vm-2")
    bench.executor.stop(["a.2"])
    bench.executor.release_workers("pool", ["vm-3"])
    assert bench.events.receipt("a.3").exit_code == 6
    assert bench.events.receipt("a.2").reason == "stopped"
    bench.events.wait_for(WorkerLeft, lambda event: event.worker_id == "vm-3")
    bench.let_on("a.1")
    assert bench.events.receipt("a.1").exit_code == 5
    assert bench.stdout("a.1") == "done\n"
    assert [len(bench.events.ends_of(f"a.{number}")) for number in (1, 2, 3)] == [1, 1, 1]


def test_attempt_on_its_way_to_a_killed_agent_runs_once(bench: Bench) -> None:
    agent, forker = _agent(bench), _forker(bench)
    os.kill(forker, signal.SIGSTOP)
    bench.start("a.1", "echo run")
    bench.catch_up()
    os.kill(agent, signal.SIGSTOP)
    bench.start("a.2", "echo run", worker_id="vm-1")
    os.kill(agent, signal.SIGKILL)
    assert bench.events.receipt("a.1").exit_code == 0
    # The former forker finds that its attempt was run, or that its agent is gone.
    os.kill(forker, signal.SIGCONT)
    assert bench.events.receipt("a.2").exit_code == 0
    wait_until(lambda: not os.path.exists(f"/proc/{forker}"), "the former forker is gone")
    assert bench.stdout("a.1") == bench.stdout("a.2") == "run\n"
    assert [len(bench.events.ends_of(f"a.{number}")) for number in (1, 2)] == [1, 1]


def test_attempt_waits_for_its_worker_and_can_be_taken_back(bench: Bench) -> None:
    bench.start_gated("a.1", "true")
    for name in ("a.2", "a.3", "a.4"):
        bench.start(name, f"echo {name}")
    bench.executor.revoke(["a.1", "a.2"])
    bench.executor.stop(["a.3"])
    assert bench.events.lost("a.2").cause == "it was taken back before it began"
    bench.events.lost("a.3")
    assert bench.events.ends_of("a.4") == []
    bench.let_on("a.1")
    assert bench.events.receipt("a.1").exit_code == 0
    assert bench.events.receipt("a.4").exit_code == 0
    printed = [info.address for info in bench.objects.list_prefix("oss://logs/stdout")]
    assert printed == ["oss://logs/stdout.a.1", "oss://logs/stdout.a.4"]


def test_late_shim_of_a_former_agent_starts_nothing(bench: Bench) -> None:
    forker = _forker(bench)
    os.kill(forker, signal.SIGSTOP)
    bench.start("a.1", "echo run")
    bench.catch_up()
    # All that knew of it is gone, but for a forker that has not read yet what it is asked.
    bench.executor.close(stop_attempts=False)
    bench.reopen()
    assert bench.settle("a.1") == {"a.1": "lost"}
    os.kill(forker, signal.SIGCONT)
    wait_until(lambda: not os.path.exists(f"/proc/{forker}"), "the former forker is gone")
    assert bench.objects.list_prefix("oss://logs/") == []
    assert bench.written("a.1").shim == 0


def test_shim_that_has_not_begun_when_its_agent_is_followed_begins_nothing(bench: Bench) -> None:
    bench.run("a.1", "true")
    shim = bench.shim("a.1")
    os.kill(shim, signal.SIGSTOP)
    bench.start("a.2", "echo run")
    bench.catch_up()
    os.kill(_agent(bench), signal.SIGKILL)
    # The next agent is told to start it as well, and has another one run it.
    assert bench.events.receipt("a.2").exit_code == 0
    os.kill(shim, signal.SIGCONT)
    wait_until(lambda: not os.path.exists(f"/proc/{shim}"), "the late shim is gone")
    assert bench.stdout("a.2") == "run\n"
    assert len(bench.events.ends_of("a.2")) == 1


def test_attempt_stopped_on_its_way_never_runs(bench: Bench) -> None:
    forker = _forker(bench)
    os.kill(forker, signal.SIGSTOP)
    bench.start("a.1", "echo run")
    bench.executor.stop(["a.1"])
    bench.catch_up()
    os.kill(forker, signal.SIGCONT)
    receipt = bench.events.receipt("a.1")
    assert (receipt.reason, receipt.exit_code) == ("stopped", 0)
    assert bench.objects.list_prefix("oss://logs/") == []


def test_eviction_is_not_a_result(bench: Bench) -> None:
    bench.start("a.1", "sleep 600 & sleep 600")
    os.kill(bench.shim("a.1"), signal.SIGTERM)
    assert bench.events.lost("a.1").cause == "its shim was told to go away"
    assert bench.written("a.1").receipt is None
    assert bench.objects.list_prefix("oss://logs/") == []


def test_eviction_that_reaches_the_program_first_is_not_a_result(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However long it takes this process to send the second signal.
    bench.executor.close(stop_attempts=True)
    tune(monkeypatch, grace=2 * PATIENCE)
    bench.reopen()
    bench.start("a.1", "echo $$; exec sleep 600")
    shim = bench.shim("a.1")
    wait_until(lambda: bool(bench.sleepers()), "the program runs")
    for process in bench.processes():
        with contextlib.suppress(ProcessLookupError):  # one may go with another
            os.kill(process, signal.SIGTERM)
    wait_until(lambda: not bench.processes(), "the program is gone")
    os.kill(shim, signal.SIGTERM)
    bench.events.lost("a.1")
    assert bench.objects.list_prefix("oss://logs/") == []


def test_sigterm_after_a_stop_is_still_a_stop(bench: Bench) -> None:
    bench.start("a.1", "sleep 600")
    shim = bench.shim("a.1")
    # Before it looks at what is asked, it goes at once.
    wait_until(lambda: bool(bench.sleepers()), "the program runs")
    Requests(bench.data_dir / "requests").ask("a.1", "stop")
    os.kill(shim, signal.SIGTERM)
    assert bench.events.receipt("a.1").reason == "stopped"
