"""The agent of one machine: one thread that waits for its server, its forker and the time.

An agent ends when its server does. Its shims go on without it, and the next agent of the same
folder adopts them.
"""

from __future__ import annotations

import fcntl
import logging
import os
import select
import selectors
import socket
import time
from dataclasses import replace
from pathlib import Path

from batchcompute._version import __version__
from batchcompute.server.executors.agent.forker_process import ForkerProcess
from batchcompute.server.executors.agent.frames import FrameSocket
from batchcompute.server.executors.agent.logs import LOG_NAME, bound
from batchcompute.server.executors.agent.protocol import (
    Findings,
    Join,
    Settings,
    event_item,
    plain,
    read_order,
)
from batchcompute.server.executors.agent.session import Item, Session
from batchcompute.server.executors.agent.slots import ATTEMPTS
from batchcompute.server.executors.agent.supervisor import Supervisor
from batchcompute.server.executors.attempt.caps.cgroups import end_left_groups
from batchcompute.server.executors.attempt.caps.finding import find_limits
from batchcompute.server.executors.attempt.caps.rules import CapRules
from batchcompute.server.executors.attempt.worlds.containers import find_engine
from batchcompute.server.executors.attempt.worlds.isolation import choose_isolation
from batchcompute.server.executors.interface import Event
from batchcompute.server.model import crash_points
from batchcompute.server.objects import open_store
from batchcompute.server.objects.durable import make_directories

_logger = logging.getLogger("batchcompute.server.agent")

#: How long a former agent of the folder may take to be gone, in seconds.
_FORMER_SECONDS = 30.0
#: How often the log is looked at, and the disk that a cache is on, in seconds: as long as there is
#: somebody who may write to it.
_LOG_SECONDS = 10.0
#: How long stopped attempts may take when the server says farewell.
_LEAVE_SECONDS = 30.0


class Agent:
    """Carries out the orders of one server, and tells it what comes of them."""

    def __init__(
        self,
        connection: FrameSocket,
        settings: Settings,
        findings: Findings,
        forker: ForkerProcess | None = None,
    ) -> None:
        """Get ready.

        Args:
            connection: To the server.
            settings: What the server wants.
            findings: What works on this machine.
            forker: Started already; None to start one.
        """
        self._connection = connection
        self._findings = findings
        self._boot = os.urandom(8).hex()
        self._session = Session(self._boot)
        self._selector = selectors.DefaultSelector()
        self._supervisor = Supervisor(
            settings, findings, self._boot, self._selector, self._tell, forker
        )
        self._leave_at: float | None = None
        self._log = Path(settings.data_dir) / LOG_NAME
        self._log_due = 0.0

    def run(self) -> None:
        """Work until the server is gone, or has said that this is the end.

        Raises:
            RuntimeError: The forker cannot be started.
        """
        self._supervisor.open()
        join = Join(
            self._boot,
            __version__,
            socket.gethostname(),
            os.cpu_count() or 1,
            self._findings,
            self._supervisor.kept(),
        )
        self._connection.send({"join": plain(join)})
        self._selector.register(self._connection, selectors.EVENT_READ, self._read)
        forwarding = _Forwarding(self._session)
        logging.getLogger("batchcompute").addHandler(forwarding)
        while not self._is_over():
            self._send()
            wait = self._supervisor.seconds_to_wait()
            if wait is None and self._supervisor.watches_disk:
                wait = _LOG_SECONDS
            for key, _ in self._selector.select(wait):
                key.data()
            self._supervisor.tick()
            self._look_at_log()
        self._supervisor.close()
        self._session.add(("farewell",))
        self._send()
        while self._connection.has_unsent:
            select.select([], [self._connection], [])
            self._connection.flush()

    def _look_at_log(self) -> None:
        now = time.monotonic()
        if now >= self._log_due:
            self._log_due = now + _LOG_SECONDS
            bound(self._log)

    def _tell(self, event: Event) -> None:
        self._session.add(event_item(event))

    def _send(self) -> None:
        frame = self._session.frame()
        if frame is not None:
            crash_points.reach("events.before")
            self._connection.send(frame)
            crash_points.reach("events.after")
        events = selectors.EVENT_READ
        if self._connection.has_unsent:
            events |= selectors.EVENT_WRITE
        key = self._selector.get_key(self._connection)
        if key.events != events:
            self._selector.modify(self._connection, events, key.data)

    def _read(self) -> None:
        self._connection.flush()
        frames = self._connection.receive()
        if frames is None:
            # The server is gone. What it was not told is found by the next agent.
            raise SystemExit(0)
        for frame in frames:
            for order in self._session.take(frame):
                self._carry_out(order)

    def _carry_out(self, order: Item) -> None:
        keeper = self._supervisor
        match order:
            case ["start", attempts]:
                keeper.start(map(read_order, attempts))
            case ["forget", ids]:
                keeper.forget(ids)
            case ["stop", ids]:
                keeper.stop(ids)
            case ["revoke", ids]:
                keeper.revoke(ids)
            case ["settle", ids]:
                keeper.settle(ids)
            case ["request", pool_id, workers]:
                keeper.request_workers(pool_id, workers)
            case ["release", pool_id, workers]:
                keeper.release_workers(pool_id, workers)
            case ["leave", stop_attempts]:
                self._leave_at = time.monotonic() + (_LEAVE_SECONDS if stop_attempts else 0.0)
                if stop_attempts:
                    keeper.stop(tuple(keeper.unfinished()))
            case _:
                raise ValueError(f"{order[0]!r} is not an order")

    def _is_over(self) -> bool:
        if self._leave_at is None:
            return False
        return not self._supervisor.unfinished() or time.monotonic() >= self._leave_at


class _Forwarding(logging.Handler):
    """Tells the server what is logged here."""

    def __init__(self, session: Session) -> None:
        super().__init__(logging.INFO)
        self._session = session

    def emit(self, record: logging.LogRecord) -> None:
        self._session.add(("log", record.levelno, self.format(record)))


def find_out(settings: Settings) -> Findings:
    """Find out what works on this machine, by trying.

    Raises:
        RuntimeError: An isolation that was insisted on does not work here.
    """
    data_dir = Path(settings.data_dir)
    objects = open_store(settings.objects)
    found = choose_isolation(settings.isolation, data_dir, objects, settings.memory_bytes)
    containers, note = find_engine()
    return Findings(found.bubblewrap, containers, (*found.notes, note), found.memory_bytes)


def with_limits(settings: Settings, findings: Findings) -> Findings:
    """Add by what programs are limited, which each agent finds out for itself.

    An agent may be in another cgroup than the one before it.

    Args:
        settings: What it was told.
        findings: What else works on this machine.
    """
    wanted = CapRules.from_text(settings.caps)
    if wanted is None:
        return findings
    found = find_limits(
        cgroup=wanted.cgroup,
        processes=wanted.processes,
        devices=wanted.devices,
        engine=findings.containers,
    )
    if found.rules.cgroup:
        attempts = Path(settings.data_dir) / ATTEMPTS
        end_left_groups(found.rules.cgroup, os.listdir(attempts) if attempts.is_dir() else ())
    # A former agent has said what it found, which is said once.
    said = findings.notes if settings.findings is not None else (*findings.notes, *found.notes)
    return replace(findings, notes=said, caps=found.rules.to_text())


def serve(connection: FrameSocket, settings: Settings, forker: ForkerProcess | None) -> None:
    """Be the agent of a server until that is gone, or has said that this is the end.

    Args:
        connection: To the server, which is told if no agent can be here.
        settings: What the server wants.
        forker: Started already, as it takes long; None to start one.
    """
    data_dir = Path(settings.data_dir)
    make_directories(data_dir)
    try:
        lock = _take_folder(data_dir)
        findings = with_limits(settings, settings.findings or find_out(settings))
        agent = Agent(connection, settings, findings, forker)
        agent.run()
    except RuntimeError as error:
        connection.send({"refuse": str(error)})
        return
    os.close(lock)


def _take_folder(data_dir: Path) -> int:
    """Have a folder for this agent alone; a former one is about to end.

    Raises:
        RuntimeError: Another agent stays.
    """
    descriptor = os.open(data_dir / "agent.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _FORMER_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(0.01)
                continue
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            raise RuntimeError(
                f"another agent (process {holder}) still uses {data_dir}; end it first"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return descriptor
