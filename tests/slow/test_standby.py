"""A server that waits for another one to end, and takes its place with its agents."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.serving import COMMAND, KEY, run
from tests.emulator.wire import Wire, task, until_there
from tests.ports import free_port
from tests.slow.postgres import Postgres, postgres_or_skip
from tests.slow.test_random_kills import _results

_PATIENCE = 120.0
#: CHAOS_INSTANCES=5000 makes it a long run.
_INSTANCES = int(os.environ.get("CHAOS_INSTANCES", "150"))
_TURNS = 3


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres_or_skip() as running:
        yield running


class _Server:
    """A server that may stand by."""

    def __init__(self, data: Path, database: str, port: int) -> None:
        options = ["--data", str(data), "--port", "0", "--boot-seconds", "0", "--access-key", KEY]
        options += ["--database", database, "--agents", "external", "--agents-port", str(port)]
        self.words = data.parent / f"{data.name}.{len(list(data.parent.glob('*.log')))}.log"
        with self.words.open("xb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--standby", "--isolation", "process-group", *options],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def listens(self) -> Wire:
        """Wait until it serves."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), self.words.read_text()
        return Wire(line.removeprefix("listening on ").strip(), *KEY.split(":"))

    def stands_by(self) -> None:
        """Wait until it waits."""
        deadline = time.monotonic() + _PATIENCE
        while "standing by" not in self.words.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def _agent(folder: Path, ports: tuple[int, int], name: str = "agent") -> subprocess.Popen[bytes]:
    """Start an agent that knows both servers, of which the first one has made its token."""
    urls = ",".join(f"https://127.0.0.1:{port}" for port in ports)
    arguments = ["--join", urls, "--data-dir", str(folder / name)]
    arguments += ["--token-file", str(folder / "first" / "agents" / "default.token")]
    arguments += ["--ca", str(folder / "first" / "agents" / "ca.pem")]
    arguments += ["--isolation", "process-group"]
    return subprocess.Popen([*COMMAND, "agent", *arguments], stderr=subprocess.DEVNULL)


@pytest.mark.timeout(300)
def test_standby_takes_over_with_what_runs(tmp_path: Path, database: Postgres) -> None:
    url = database.database("standby")
    ports = (free_port(), free_port())
    first, copy = tmp_path / "first", tmp_path / "copy"
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    with contextlib.ExitStack() as stack:
        active = _Server(first, url, ports[0])
        stack.callback(active.end)
        wire = active.listens()
        # Made once, before anything depends on it: keys, certificates and tokens.
        shutil.copytree(first, copy, ignore=shutil.ignore_patterns("endpoint.json", "*lock*"))
        standby = _Server(copy, url, ports[1])
        stack.callback(standby.end)
        standby.stands_by()
        agent = _agent(tmp_path, ports)
        stack.callback(agent.wait)
        stack.callback(agent.terminate)
        cluster = wire.cluster(1)
        command = f"echo >> {begun}; {until_there(gate)}; exit $BATCH_COMPUTE_DAG_INSTANCE_ID"
        job = wire.job({"t": task(command, cluster, 3)}, JobFailOnInstanceFail=False)
        wire.until(f"/jobs/{job}", lambda _: begun.exists(), seconds=_PATIENCE)
        wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running", seconds=_PATIENCE)
        wire.close()
        active.process.send_signal(signal.SIGKILL)
        killed_at = time.monotonic()
        wire = standby.listens()
        taken = time.monotonic() - killed_at
        assert wire.get(f"/jobs/{job}")["State"] == "Running"
        gate.touch()
        wire.ended(job, seconds=_PATIENCE)
        ended = {each["InstanceId"]: each for each in wire.instances(job, "t")}
        assert {index: each["Result"]["ExitCode"] for index, each in ended.items()} == {
            0: 0,
            1: 1,
            2: 2,
        }
        # Nothing was lost, and nothing ran twice.
        assert begun.read_text() == "\n\n\n"
        assert len(wire.get(f"/clusters/{cluster}/groups/group/instances")["Items"]) == 1
        # The former one stands by in its turn, though its folder is older than the database.
        again = _Server(first, url, ports[0])
        stack.callback(again.end)
        again.stands_by()
        wire.close()
        standby.process.send_signal(signal.SIGKILL)
        wire = again.listens()
        assert wire.get(f"/jobs/{job}")["State"] == "Finished"
        wire.close()
        logging.getLogger(__name__).info("taken over after %.1f s", taken)


def _until_ended(wire: Wire, job: str, count: int) -> None:
    """Wait until so many instances have ended."""

    def enough(seen: Any) -> bool:
        metrics = seen["InstanceMetrics"]
        return bool(metrics["FinishedCount"] + metrics["FailedCount"] >= count)

    wire.until(f"/jobs/{job}", enough, seconds=5 * _PATIENCE)


@pytest.mark.timeout(1800)
def test_nothing_is_lost_or_repeated_when_servers_take_turns_in_the_middle_of_work(
    tmp_path: Path, database: Postgres
) -> None:
    url = database.database("turns")
    ports = (free_port(), free_port())
    folders = (tmp_path / "first", tmp_path / "copy")
    log = tmp_path / "log"
    with contextlib.ExitStack() as stack:
        active = _Server(folders[0], url, ports[0])
        stack.callback(active.end)
        wire = active.listens()
        shutil.copytree(*folders, ignore=shutil.ignore_patterns("endpoint.json", "*lock*"))
        standby = _Server(folders[1], url, ports[1])
        stack.callback(standby.end)
        standby.stands_by()
        for name in ("one", "two", "three"):
            agent = _agent(tmp_path, ports, name)
            stack.callback(agent.wait)
            stack.callback(agent.terminate)
        index = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
        command = f"echo {index} >>{log}; exit $(({index} % 3))"
        described = task(command, wire.cluster(3), _INSTANCES)
        job = wire.job({"t": described}, JobFailOnInstanceFail=False)
        for turn in range(1, _TURNS + 1):
            _until_ended(wire, job, _INSTANCES * turn // (_TURNS + 1))
            wire.close()
            active.process.send_signal(signal.SIGKILL)
            wire = standby.listens()
            ended = (turn - 1) % 2
            again = _Server(folders[ended], url, ports[ended])
            stack.callback(again.end)
            again.stands_by()
            active, standby = standby, again
        wire.ended(job, seconds=5 * _PATIENCE)
        results = {
            number: (state, result["ExitCode"])
            for number, (state, result) in _results(wire, job).items()
        }
        wire.close()
    assert results == {
        number: ("Failed" if number % 3 else "Finished", number % 3) for number in range(_INSTANCES)
    }
    # Agents went on, and told the next server what they had to tell.
    starts = Counter(map(int, log.read_text().split()))
    assert starts == dict.fromkeys(range(_INSTANCES), 1)


@pytest.mark.timeout(300)
def test_server_that_is_cut_off_ends_and_its_agents_turn_to_the_next(
    tmp_path: Path, database: Postgres
) -> None:
    url = database.database("cut")
    ports = (free_port(), free_port())
    first, copy = tmp_path / "first", tmp_path / "copy"
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    with contextlib.ExitStack() as stack:
        active = _Server(first, url, ports[0])
        stack.callback(active.end)
        wire = active.listens()
        shutil.copytree(first, copy, ignore=shutil.ignore_patterns("endpoint.json", "*lock*"))
        standby = _Server(copy, url, ports[1])
        stack.callback(standby.end)
        standby.stands_by()
        agent = _agent(tmp_path, ports)
        stack.callback(agent.wait)
        stack.callback(agent.terminate)
        cluster = wire.cluster(1)
        job = wire.job({"t": task(f"echo >> {begun}; {until_there(gate)}", cluster)})
        wire.until(f"/jobs/{job}", lambda _: begun.exists(), seconds=_PATIENCE)
        wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running", seconds=_PATIENCE)
        wire.close()
        # While its connection breaks it stands still, or it may be the first to have the next one.
        active.process.send_signal(signal.SIGSTOP)
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'", url
        )
        wire = standby.listens()
        active.process.send_signal(signal.SIGCONT)
        assert active.process.wait(_PATIENCE) == 1
        gate.touch()
        assert wire.ended(job, seconds=_PATIENCE)["State"] == "Finished"
        assert begun.read_text() == "\n"
        wire.close()


def test_server_that_stands_by_ends_when_it_is_told_to(tmp_path: Path) -> None:
    data = tmp_path / "data"
    active = subprocess.Popen(
        [*COMMAND, "serve", "--data", str(data), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert active.stdout is not None
        assert active.stdout.readline()
        refused = run("serve", "--data", str(data), "--port", "0")
        assert refused.returncode == 1
        assert "already uses the data folder" in refused.stderr
        waiting = subprocess.Popen(
            [*COMMAND, "serve", "--standby", "--data", str(data), "--port", "0"],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stderr is not None
        while "standing by" not in waiting.stderr.readline():
            assert waiting.poll() is None
        waiting.terminate()
        waiting.communicate(timeout=_PATIENCE)
        assert waiting.returncode == 0
    finally:
        os.kill(active.pid, signal.SIGTERM)
        active.communicate(timeout=_PATIENCE)
