"""The embedded executor: one agent, on this machine, as a child process.

Everything that it was asked for is remembered here until it is done, so that an agent that is
killed is followed by another one that goes on where it was.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import selectors
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from batchcompute.server.executors.agent.frames import Frame
from batchcompute.server.executors.agent.logs import LOG_NAME, last_words
from batchcompute.server.executors.agent.protocol import (
    Settings,
    attempt_item,
    check_attempt_id,
    read_event,
)
from batchcompute.server.executors.agent.session import Item, Session
from batchcompute.server.executors.attempt.caps.rules import CapRules
from batchcompute.server.executors.attempt.limits import soft_limit
from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from batchcompute.server.executors.embedded.agent_process import AgentError, AgentProcess
from batchcompute.server.executors.embedded.wanted import Wanted
from batchcompute.server.executors.interface import (
    Attempt,
    Capabilities,
    Event,
    Standing,
    WorkerGroup,
)
from batchcompute.server.model import crash_points
from batchcompute.server.model.pauses import Pauses
from batchcompute.server.objects import ObjectStore
from batchcompute.server.objects.durable import make_directories

_logger = logging.getLogger("batchcompute.server.executor")

#: How long an agent may take to end, in seconds: what it stops, and then itself.
_END_SECONDS = 60.0
#: How long one that has closed its socket may take to be gone.
_GONE_SECONDS = 5.0
#: Faults of its own, one soon after the other, after which an agent is not started again.
_FAULTS_TO_GIVE_UP = 3
#: Seconds of life after which a fault is a new one.
_GOOD_LIFE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 5.0
#: How often the first agent is started, if it is killed before it is there.
_TRIES = 3
#: What files in memory may take, at the least, where the machine's memory is small, in bytes.
_LEAST_MEMORY = 64 << 20


class EmbeddedExecutor:
    """Runs attempts as processes of this machine; see `Executor` for what the verbs mean.

    Verbs leave their order with the agent and return at once. Events come from a thread that
    listens to it. An exception in the receiver of an event is logged and changes nothing here.

    A data folder belongs to one executor at a time; who holds it is for the server to see to.
    """

    def __init__(
        self,
        data_dir: Path,
        objects: ObjectStore,
        *,
        boot_seconds: float = 1.0,
        slots: int | None = None,
        isolation: Isolation = "auto",
        private: Path | None = None,
        open_files: int = 0,
        transfer_seconds: float = 0.0,
        memory_bytes: int | None = None,
        caps: CapRules | None = None,
        secrets: Iterable[Path] = (),
        cache: Path | None = None,
        cache_bytes: int | None = None,
        lasting: bool = False,
        failed: Callable[[], None] | None = None,
    ) -> None:
        """Describe an executor; nothing is started before `open` or `probe`.

        Args:
            data_dir: A folder of its own on a local file system; it is made if it is not there.
            objects: Where packages, inputs, outputs and streams lie.
            boot_seconds: How long a new worker takes to be ready.
            slots: Programs to run at once at the most, as told by `probe`; None for one per
                processor. The scheduler keeps to it, not the executor.
            isolation: "auto", or which kind to insist on: "namespace" or "process-group".
            private: A folder above `data_dir` that programs in namespaces shall not see, like the
                one with the service's credentials; None for `data_dir`.
            open_files: The soft limit of open files that programs get; 0 for that of this process.
            transfer_seconds: How long the files of one attempt may take to come, and to go; 0 for
                as long as they need.
            memory_bytes: What files in memory may take in each place of a program in namespaces
                that has some; None for a share of half of the machine's memory, by `slots`.
            caps: How programs are kept to what their VMs have; None if they are not.
            secrets: Files that programs in namespaces shall not read, like a certificate's key.
            cache: Folder for a cache of objects that lie elsewhere, on a local file system, which
                executors of one user may share; None for none.
            cache_bytes: What it holds at the most; 0 for no cache, None for a tenth of its disk.
            lasting: After a power cut another executor begins on the same folder, before anybody
                misses what was kept there until then: small streams that are not synced yet.
            failed: Called if the executor cannot go on, by a fault of its own. What runs then goes
                on, to be adopted by the next executor of this folder.
        """
        self._data_dir = data_dir.absolute()
        self._private = (private or data_dir).absolute()
        self._objects = objects
        self._boot_seconds = boot_seconds
        self._slots = slots if slots is not None else os.cpu_count() or 1
        self._isolation: Isolation = isolation
        self._open_files = open_files
        self._transfer_seconds = transfer_seconds
        self._memory_bytes = _memory_share(self._slots) if memory_bytes is None else memory_bytes
        self._caps = "" if caps is None else caps.to_text()
        self._secrets = tuple(str(file.absolute()) for file in secrets)
        self._cache = "" if cache is None else str(cache.absolute())
        self._cache_bytes = cache_bytes
        self._lasting = lasting
        self._failed = failed
        self._emit: Callable[[Event], None] | None = None
        # Held for all that follows: verbs come from other threads than the one that listens.
        self._lock = threading.Lock()
        self._settings: Settings | None = None
        self._agent: AgentProcess | None = None
        self._session: Session | None = None
        self._wanted = Wanted()
        self._wake_read, self._wake_write = -1, -1
        self._thread: threading.Thread | None = None
        self._gathering = False
        self._leaving = False
        self._broken = False

    def open(self, emit: Callable[[Event], None]) -> None:
        """Find out what works here, and begin to listen to the agent.

        Args:
            emit: Receives events, from one thread, until `close` returns.

        Raises:
            RuntimeError: The agent cannot be started, or an isolation that was insisted on does
                not work here.
        """
        if self._thread is not None:
            raise RuntimeError("the executor is open already")
        for note in self.probe().notes:
            _logger.info("embedded executor: %s", note)
        self._emit = emit
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._broken = False
        self._thread = threading.Thread(target=self._work, name="embedded-executor", daemon=True)
        self._thread.start()

    def probe(self) -> Capabilities:
        """Say what this executor can do here, as the agent has found out at its start.

        Raises:
            RuntimeError: See `open`.
        """
        with self._lock:
            if self._settings is None:
                self._leaving = False
                make_directories(self._data_dir)
                self._data_dir = self._data_dir.resolve(strict=True)
                settings = Settings(
                    str(self._data_dir),
                    str(self._private),
                    self._objects.url,
                    self._isolation,
                    self._boot_seconds,
                    self._open_files or soft_limit(),
                    self._transfer_seconds,
                    memory_bytes=self._memory_bytes,
                    caps=self._caps,
                    secrets=self._secrets,
                    cache=self._cache,
                    cache_bytes=self._cache_bytes,
                    lasting=self._lasting,
                )
                self._meet(_start_agent(settings), settings)
            assert self._settings is not None
            findings = self._settings.findings
            assert findings is not None
        return Capabilities(
            "embedded",
            self._slots,
            complete_kill=bool(findings.bubblewrap),
            containers=bool(findings.containers),
            prefetch=True,
            notes=findings.notes,
        )

    @contextlib.contextmanager
    def together(self) -> Generator[None, None, None]:
        """Send what is asked for in a block as one frame, at its end."""
        with self._lock:
            self._gathering = True
        try:
            yield
        finally:
            with self._lock:
                self._gathering = False
                if self._session is not None:
                    self._send()

    def request_workers(
        self, pool_id: str, workers: Mapping[str, bool], group: WorkerGroup | None = None
    ) -> None:
        """Ask for workers; a worker's id is never used again."""
        del group  # All of them are this machine.
        asked = dict(workers)
        with self._lock:
            self._wanted.request(pool_id, asked)
            self._order("request", pool_id, asked)

    def release_workers(self, pool_id: str, worker_ids: Collection[str]) -> None:
        """Give workers back, with whatever runs on them."""
        gone = list(worker_ids)
        with self._lock:
            self._wanted.release(pool_id, gone)
            self._order("release", pool_id, gone)

    def start(self, attempts: Sequence[Attempt]) -> None:
        """Run attempts; the same id starts nothing a second time.

        Raises:
            ValueError: An id cannot be a file name.
        """
        _check(attempt.attempt_id for attempt in attempts)
        crash_points.reach("start.before")
        with self._lock:
            new = self._wanted.start(attempts)
            self._order("start", [attempt_item(attempt) for attempt in new])
        crash_points.reach("start.after")

    def revoke(self, attempt_ids: Collection[str]) -> None:
        """Take back attempts that have not begun."""
        ids = _check(attempt_ids)
        with self._lock:
            self._wanted.revoke(ids)
            self._order("revoke", ids)

    def stop(self, attempt_ids: Collection[str]) -> None:
        """End attempts with every process of their trees; each ends in an event.

        One that is not known here ends in the event that tells what became of it.
        """
        ids = _check(attempt_ids)
        crash_points.reach("stop.before")
        with self._lock:
            self._wanted.stop(ids)
            self._order("stop", ids)
        crash_points.reach("stop.after")

    def settle(self, attempt_ids: Collection[str], /) -> dict[str, Standing]:
        """Say what is known of attempts after a restart of the server; events tell the rest."""
        ids = _check(attempt_ids)
        crash_points.reach("adopt.before")
        with self._lock:
            found = self._wanted.settle(ids)
            self._order("settle", ids)
        crash_points.reach("adopt.after")
        return found

    def forget(self, attempt_ids: Collection[str]) -> None:
        """Drop what is kept about attempts whose end is recorded elsewhere.

        One that still runs is forgotten as soon as it has ended and told so.
        """
        ids = _check(attempt_ids)
        with self._lock:
            self._wanted.forget(ids)
            self._order("forget", ids)

    def kept_attempts(self) -> frozenset[str]:
        """Return the attempts of which something is kept: those that run or are not forgotten."""
        with self._lock:
            return self._wanted.kept()

    def close(self, *, stop_attempts: bool) -> None:
        """Let go of everything.

        Args:
            stop_attempts: Stop what runs and wait for its events, for half a minute at the most;
                otherwise it goes on and can be adopted by the next executor of this folder.
        """
        with self._lock:
            agent, thread = self._agent, self._thread
            self._leaving = True
            if agent is not None and thread is not None and not self._broken:
                self._order("leave", stop_attempts)
            self._wake()
        if thread is not None:
            thread.join()
        with self._lock:
            if self._agent is not None:
                self._agent.end(_END_SECONDS)
            self._agent = self._session = self._thread = self._settings = None
            self._wanted = Wanted()
            for descriptor in (self._wake_read, self._wake_write):
                if descriptor >= 0:
                    os.close(descriptor)
            # Whoever has not heard of the end finds nothing to write to.
            self._wake_read = self._wake_write = -1

    # --- with the lock held

    def _meet(self, agent: AgentProcess, settings: Settings) -> None:
        """Take an agent, and tell it all that is wanted, if it follows another one."""
        self._settings = replace(settings, findings=agent.join.findings)
        self._agent, self._session = agent, Session(agent.join.boot)
        for order in self._wanted.resume(agent.join.kept):
            self._session.add(order)
        self._send()

    def _order(self, *order: object) -> None:
        if self._broken:
            raise RuntimeError("the executor failed")
        if self._emit is None or (self._leaving and order[0] != "leave"):
            raise RuntimeError("the executor is not open")
        if self._session is None:
            return  # The next agent is told what is wanted.
        self._session.add(order)
        self._send()

    def _send(self) -> None:
        if self._gathering:
            return
        assert self._agent is not None
        assert self._session is not None
        frame = self._session.frame()
        if frame is not None:
            self._agent.connection.send(frame)
        if self._agent.connection.has_unsent:
            self._wake()

    def _wake(self) -> None:
        if self._wake_write >= 0:
            with contextlib.suppress(BlockingIOError):  # The pipe is full of such calls already.
                os.write(self._wake_write, b"\0")

    # --- the thread

    def _work(self) -> None:
        try:
            faults, pauses = 0, Pauses(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
            while True:
                begun = time.monotonic()
                if self._listen() or self._leaving:
                    return
                lived = time.monotonic() - begun
                code = self._part()
                how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
                _logger.warning("the agent %s; it is started again. %s", how, self._words)
                # One that was killed is not to blame for it.
                faults = (0 if lived >= _GOOD_LIFE_SECONDS else faults) + (code >= 0)
                if lived >= 1.0:
                    pauses.reset()
                else:
                    self._pause(pauses.next())
                faults = self._start_another(faults, pauses)
                if faults >= _FAULTS_TO_GIVE_UP:
                    raise RuntimeError(f"the agent failed: {self._words}")
                if self._leaving:
                    return
        except Exception:
            _logger.critical("the embedded executor failed", exc_info=True)
            with self._lock:
                self._broken = True
            if self._failed is not None:
                self._failed()

    def _listen(self) -> bool:
        """Take what the agent tells; return whether it said farewell before it went."""
        agent, session = self._agent, self._session
        assert agent is not None
        assert session is not None
        connection = agent.connection
        self._take(session, agent.early)
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ, self._drain)
            selector.register(connection, selectors.EVENT_READ, None)
            while True:
                with self._lock:
                    connection.flush()
                    unsent = connection.has_unsent
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if unsent else 0)
                if selector.get_key(connection).events != wanted:
                    selector.modify(connection, wanted, None)
                for key, _ in selector.select():
                    if key.data is not None:
                        key.data()
                frames = connection.receive()
                if frames is None:
                    return False
                if self._take(session, frames):
                    return True

    def _take(self, session: Session, frames: list[Frame]) -> bool:
        """Take what the agent has told; return whether that was farewell."""
        with self._lock:
            items = [item for frame in frames for item in session.take(frame)]
            events = [event for item in items if (event := self._note(item)) is not None]
            self._send()
        for event in events:
            self._give(event)
        return bool(items) and items[-1][0] == "farewell"

    def _note(self, item: Item) -> Event | None:
        """Return the event that an item tells, unless it was told before."""
        if item[0] == "log":
            _logger.log(item[1], "%s", item[2])
        elif item[0] != "farewell":
            event = read_event(item)
            if self._wanted.note(event):
                return event
        return None

    def _give(self, event: Event) -> None:
        assert self._emit is not None
        try:
            self._emit(event)
        except Exception:
            _logger.exception("the receiver of %r failed", event)

    def _drain(self) -> None:
        try:
            while os.read(self._wake_read, 4096):
                pass
        except BlockingIOError:
            pass

    def _part(self) -> int:
        """Let go of an agent that is gone, or makes no sense; return its exit code."""
        with self._lock:
            assert self._agent is not None
            agent, self._agent, self._session = self._agent, None, None
        return agent.end(_GONE_SECONDS)

    def _start_another(self, faults: int, pauses: Pauses) -> int:
        """Start another agent, however long that cannot be done.

        Args:
            faults: Faults of its own that it has had.
            pauses: How long to wait between tries.

        Returns:
            How many it has had by now.
        """
        said = False
        assert self._settings is not None
        while faults < _FAULTS_TO_GIVE_UP and not self._leaving:
            try:
                # Without the lock, as nobody else is to wait for it.
                agent = AgentProcess(self._settings)
            except AgentError as error:
                _logger.warning("%s", error)
                faults += not error.killed
            except OSError as error:
                if not said:
                    _logger.warning("no agent can be started, it is tried again: %s", error)
                said = True
            else:
                with self._lock:
                    self._meet(agent, self._settings)
                break
            self._pause(pauses.next())
        return faults

    def _pause(self, seconds: float) -> None:
        """Wait, unless the executor is closed."""
        deadline = time.monotonic() + seconds
        while not self._leaving and (left := deadline - time.monotonic()) > 0:
            select.select([self._wake_read], [], [], left)
            self._drain()

    @property
    def _words(self) -> str:
        return last_words(self._data_dir / LOG_NAME)


def _start_agent(settings: Settings) -> AgentProcess:
    """Start an agent, and once more if somebody kills it at once."""
    tries = _TRIES
    while True:
        tries -= 1
        try:
            return AgentProcess(settings)
        except AgentError as error:
            if not (error.killed and tries):
                raise


def _check(attempt_ids: Iterable[str]) -> list[str]:
    found = list(attempt_ids)
    for attempt_id in found:
        check_attempt_id(attempt_id)
    return found


def _memory_share(slots: int) -> int:
    """Return what files in memory may take, so that those of all programs take half of it."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
    return max(memory // 2 // max(slots, 1), _LEAST_MEMORY)
