"""Real programs under the embedded executor, once per kind of isolation."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import pytest

from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from batchcompute.server.executors.embedded import EmbeddedExecutor, agent_process
from batchcompute.server.executors.interface import (
    Attempt,
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Event,
    Receipt,
)
from batchcompute.server.objects import ObjectStore, open_store
from tests.emulator.executor import tuned
from tests.emulator.executor.engines import IMAGE, Docker, made_up_docker, private_podman
from tests.journals import Written, written
from tests.processes import command_line, processes_with

Kind = TypeVar("Kind", bound=Event)
WORKERS = 4
#: Far more than anything takes, as a machine may stand still for a while.
PATIENCE = 60.0
_numbers = itertools.count()


#: In a program's working directory: what it makes before its gate, and what it waits for there.
_HERE, _GO = ".here", ".go"


def gated(command: str) -> str:
    """Return a command that says that it is there, and waits until it is let on."""
    return f": > {_HERE}; until [ -e {_GO} ]; do sleep 0.02; done; {command}"


@dataclass
class Events:
    """Receives events and waits for them."""

    seen: list[Event] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, event: Event) -> None:
        with self.changed:
            self.seen.append(event)
            self.changed.notify_all()

    def wait_for(self, kind: type[Kind], matches: Callable[[Kind], bool]) -> Kind:
        def find() -> Kind | None:
            return next((e for e in self.seen if isinstance(e, kind) and matches(e)), None)

        with self.changed:
            self.changed.wait_for(lambda: find() is not None, PATIENCE)
            found = find()
        assert found is not None, f"no such {kind.__name__} in {self.seen}"
        return found

    def started(self, name: str) -> AttemptStarted:
        return self.wait_for(AttemptStarted, lambda event: event.attempt_id == name)

    def receipt(self, name: str) -> Receipt:
        return self.wait_for(AttemptEnded, lambda event: event.receipt.attempt_id == name).receipt

    def lost(self, name: str) -> AttemptLost:
        return self.wait_for(AttemptLost, lambda event: event.attempt_id == name)

    def end_of(self, name: str, since: int = 0) -> Event:
        with self.changed:
            self.changed.wait_for(lambda: self.ends_of(name, since), PATIENCE)
        (end,) = self.ends_of(name, since)
        return end

    def ends_of(self, name: str, since: int = 0) -> list[Event]:
        return [
            event
            for event in self.seen[since:]
            if (isinstance(event, AttemptEnded) and event.receipt.attempt_id == name)
            or (isinstance(event, AttemptLost) and event.attempt_id == name)
        ]


@dataclass
class Bench:
    """A data folder, an object store, and executors that come and go."""

    data_dir: Path
    objects: ObjectStore
    isolation: Isolation
    mark: str
    events: Events
    executor: EmbeddedExecutor
    names: set[str] = field(default_factory=set)

    def attempt(
        self, name: str, command: str, environment: dict[str, str] | None = None, **more: object
    ) -> Attempt:
        self.names.add(name)
        given: dict[str, object] = {
            "attempt_id": name,
            "pool_id": "pool",
            "worker_id": "vm-0",
            "command_line": command,
            "environment": {"MARK": self.mark, **(environment or {})},
            "stdout": f"oss://logs/stdout.{name}",
            "stderr": f"oss://logs/stderr.{name}",
        }
        return Attempt(**{**given, **more})  # type: ignore[arg-type]  # a test's own keywords

    def start(self, name: str, command: str, **more: object) -> Attempt:
        attempt = self.attempt(name, command, **more)  # type: ignore[arg-type]  # as above
        self.executor.start([attempt])
        return attempt

    def settle(self, *names: str) -> dict[str, Receipt | Literal["alive", "lost"]]:
        """Ask what became of attempts, and wait until it is known of those that are not alive."""
        before = len(self.events.seen)
        found: dict[str, Receipt | Literal["alive", "lost"]] = {}
        for name, standing in self.executor.settle(names).items():
            if standing == "alive":
                found[name] = "alive"
                continue
            end = self.events.end_of(name, before)
            found[name] = end.receipt if isinstance(end, AttemptEnded) else "lost"
        return found

    def catch_up(self) -> None:
        """Wait until the agent has done all that it was told before."""
        name = f"nothing.{next(_numbers)}"
        assert self.settle(name) == {name: "lost"}
        self.executor.forget([name])

    def run(self, name: str, command: str, **more: object) -> Receipt:
        self.start(name, command, **more)
        return self.events.receipt(name)

    def processes(self) -> list[int]:
        """Return the living processes of all attempts."""
        return processes_with(f"MARK={self.mark}")

    def sleepers(self) -> list[int]:
        """Return those of them that are `sleep`, without shells, sandboxes and engines."""
        return [each for each in self.processes() if command_line(each)[:1] == [b"sleep"]]

    def start_gated(self, name: str, command: str, **more: object) -> Attempt:
        """Start a program that goes on when it is let on, and wait until it is there."""
        attempt = self.start(name, gated(command), **more)
        self.wait_for_gate(name)
        return attempt

    def wait_for_gate(self, name: str) -> None:
        """Wait until a program that is `gated` stands at its gate."""
        wait_until(lambda: (self.work(name) / _HERE).exists(), f"{name} is at its gate")

    def let_on(self, name: str) -> None:
        """Open the gate of a program."""
        (self.work(name) / _GO).touch()

    def written(self, name: str) -> Written:
        """Return what is written down of an attempt."""
        return written(self.data_dir, name)

    def shim(self, name: str) -> int:
        """Return the shim of an attempt, once it has begun."""
        wait_until(lambda: bool(self.written(name).shim), f"{name} is begun")
        return self.written(name).shim

    def stdout(self, name: str) -> str:
        return self.objects.read_range(f"oss://logs/stdout.{name}").decode()

    def stderr(self, name: str) -> str:
        return self.objects.read_range(f"oss://logs/stderr.{name}").decode()

    def buckets(self) -> Path:
        """Return the folder with a folder for each bucket."""
        assert self.objects.folder is not None
        return self.objects.folder

    def work(self, name: str) -> Path:
        return self.data_dir / "attempts" / name / "work"

    def new_executor(
        self,
        open_files: int = 0,
        transfer_seconds: float = 0.0,
        memory_bytes: int | None = None,
        secrets: Iterable[Path] = (),
    ) -> EmbeddedExecutor:
        return EmbeddedExecutor(
            self.data_dir,
            self.objects,
            boot_seconds=0.0,
            isolation=self.isolation,
            open_files=open_files,
            transfer_seconds=transfer_seconds,
            memory_bytes=memory_bytes,
            secrets=secrets,
            lasting=True,
        )

    def open(self) -> None:
        self.executor.open(self.events)
        self.executor.request_workers("pool", {f"vm-{n}": True for n in range(WORKERS)})

    def reopen(self) -> None:
        """Go on as after a restart: a new executor, new events, the same folder."""
        self.events = Events()
        self.executor = self.new_executor()
        self.open()

    def clear(self) -> None:
        """Be as if nothing had run: no attempts, no processes, no objects, no events."""
        names = sorted(self.names)
        self.executor.stop(names)
        wait_until(lambda: not self.processes(), "all processes are gone")
        self.executor.forget(names)
        # Shims may still be tidying up, and until that is done the ends are known.
        lost = dict.fromkeys(names, "lost")
        wait_until(lambda: self.settle(*names) == lost, "the attempts are forgotten")
        self.executor.forget(names)
        self.catch_up()
        for bucket in self.buckets().glob("[!.]*"):
            for info in self.objects.list_prefix(f"oss://{bucket.name}/"):
                self.objects.delete(info.address)
        self.names.clear()
        self.events.seen.clear()


def tune(monkeypatch: pytest.MonkeyPatch, **tuning: object) -> None:
    """Have agents that start from now on be tuned; see `tuned`."""
    monkeypatch.setattr(agent_process, "_MODULE", tuned.__name__)
    monkeypatch.setenv(tuned.TUNING, json.dumps(tuning))


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.005)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            "namespace",
            marks=pytest.mark.skipif(
                shutil.which("bwrap") is None, reason="bubblewrap (bwrap) is not installed"
            ),
        ),
        "process-group",
    ],
)
def isolation(request: pytest.FixtureRequest) -> Isolation:
    kind: Isolation = request.param
    return kind


@contextmanager
def _made(folder: Path, isolation: Isolation) -> Iterator[Bench]:
    objects = open_store(folder / "objects")
    data_dir = folder / "data"
    executor = EmbeddedExecutor(
        data_dir, objects, boot_seconds=0.0, isolation=isolation, lasting=True
    )
    made = Bench(data_dir, objects, isolation, uuid.uuid4().hex, Events(), executor)
    try:
        yield made
    finally:
        made.executor.close(stop_attempts=True)
    wait_until(lambda: not made.processes(), "all processes are gone")


@pytest.fixture
def own_bench(isolation: Isolation, tmp_path: Path) -> Iterator[Bench]:
    """An executor that the test opens, for agents that are tuned and executors of its own."""
    with _made(tmp_path, isolation) as made:
        yield made


@pytest.fixture
def bench(own_bench: Bench) -> Bench:
    """An open executor; afterwards no process of its programs may be left."""
    own_bench.open()
    return own_bench


@pytest.fixture
def namespaces(isolation: Isolation) -> None:
    """Skip a test that is about namespaces, before anything is started for it."""
    if isolation != "namespace":
        pytest.skip("this is about namespaces")


@pytest.fixture(scope="module")
def lasting_bench(
    isolation: Isolation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """An executor for a whole module, as starting one takes longer than most tests."""
    with _made(tmp_path_factory.mktemp("lasting"), isolation) as made:
        made.open()
        yield made


@pytest.fixture
def shared(lasting_bench: Bench) -> Iterator[Bench]:
    """The executor of the module, in which nothing has run; tests must leave it open."""
    yield lasting_bench
    lasting_bench.clear()


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Docker]:
    """Have a made-up docker with one image, before an executor looks for one."""
    with made_up_docker(tmp_path / "bin") as made:
        made.images.add(IMAGE)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        yield made


@pytest.fixture(scope="module")
def podman_settings() -> Iterator[dict[str, str]]:
    # Not in pytest's folder: podman's sockets lie below, and the path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="podman-", ignore_cleanup_errors=True) as name:
        variables, reason = private_podman(Path(name) / "own")
        if reason:
            pytest.skip(reason)
        yield variables


@pytest.fixture
def podman(podman_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Have a podman with one image in the same way; return how to call it oneself."""
    for variable, value in podman_settings.items():
        monkeypatch.setenv(variable, value)
    # Docker is asked first, and there may be one.
    tune(monkeypatch, engines=["podman"])

    def call(*arguments: str) -> str:
        done = subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return call
