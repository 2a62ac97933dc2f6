"""An agent on another machine: what keeps its attempts is the embedded executor.

This process says what its server wants to that executor, and what comes of it to the server. Two
requests may be under way: one that waits for orders, and one with news, which then waits in its
place. Programs end in time if the server is not heard (see `attempt.lease`), whatever else happens
here.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode, urlsplit

from batchcompute._version import __version__
from batchcompute.server.executors.agent.protocol import Findings, event_item, read_attempt
from batchcompute.server.executors.agent.session import Item, Session, SessionError
from batchcompute.server.executors.attempt.lease import Lease, lease_clock
from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from batchcompute.server.executors.embedded.executor import EmbeddedExecutor
from batchcompute.server.executors.interface import (
    Attempt,
    AttemptEnded,
    AttemptLost,
    Event,
    WorkerJoined,
    WorkerLeft,
)
from batchcompute.server.executors.network.client import Connection
from batchcompute.server.executors.network.protocol import (
    AGENT_SHARE,
    HELLO,
    JOIN,
    LEAVE,
    PROTOCOL,
    WORK,
    Hello,
    Joined,
    JoinRequest,
    RefusedError,
    Welcome,
    describe,
    read_welcome,
)
from batchcompute.server.model.private_files import write_private
from batchcompute.server.model.resources import machine_memory_mib, usable_processors
from batchcompute.server.objects import open_store
from batchcompute.server.objects.remote.location import EVERY_ACCOUNT

_logger = logging.getLogger("batchcompute.server.agent")

#: How `objects` says that the port of agents is to be asked for them, also where the service's
#: folder can be seen.
BY_PORT = "service"
#: Exit codes: told to leave; failed.
LEFT, FAILED = 0, 1

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
#: How long an answer may take beyond what it may wait, in seconds.
_ANSWER_SECONDS = 10.0
#: How long a request that only asks waits for news to take along: a program that is done at once
#: needs no request of its own then.
_LINGER_SECONDS = 0.003
#: How long the end may take: programs that give way, and news of that.
_END_SECONDS = 25.0
#: The time limit of attempts whose user has chosen none, in seconds.
_USUAL_TIMEOUT_SECONDS = 86400.0

#: Why a session is over. "join": another one is to be begun. "gone": the VM is not wanted any more.
#: "left": it was told to go. "silent": the server was not heard for too long.
_Outcome = Literal["", "join", "gone", "left", "silent", "failed"]


@dataclass(frozen=True, slots=True)
class AgentOptions:
    """What an agent is started with.

    Attributes:
        url: The port of agents; several with commas in between, of servers that take turns.
        data_dir: A folder of its own, on a local file system.
        token: Of its pool, or of its VM.
        trusted: Certificates (PEM) that the server's is signed with; "" for the system's.
        vm: The VM that it was started for; "" if it comes by itself.
        objects: Where it finds the objects; "" for where the server says, or `BY_PORT`.
        private: A folder above its own that programs in namespaces shall not see; None for its own.
        isolation: How programs are kept apart.
        walltime_seconds: How long its machine is there; None for as long as it is wanted.
    """

    url: str
    data_dir: Path
    token: str
    trusted: str = ""
    vm: str = ""
    objects: str = ""
    private: Path | None = None
    isolation: Isolation = "auto"
    walltime_seconds: float | None = None


class NetworkAgent:
    """One agent, from its start to its end."""

    def __init__(self, options: AgentOptions) -> None:
        """Get ready; `run` begins."""
        self._options = options
        self._data_dir = options.data_dir.absolute()
        self._lease = Lease(self._data_dir)
        self._changed = threading.Condition()
        self._orders = threading.Lock()
        self._session: Session | None = None
        self._joined = Joined()
        self._requests = 0
        self._outcome: _Outcome = ""
        self._leaving = ""
        # The server that has answered.
        self._url = options.url
        self._gone_workers: set[str] = set()
        # Attempts that have begun here, and that wait for another agent.
        self._begun: set[str] = set()
        self._held: set[str] = set()
        self._executor: EmbeddedExecutor | None = None
        self._began_at = time.monotonic()

    def leave(self, cause: str) -> None:
        """End in order: what runs gives way, and counts as planned. May be called from a signal.

        Args:
            cause: Why, as the end of a sentence.
        """
        # Without the lock, which whoever is interrupted may hold.
        self._leaving = self._leaving or cause

    def run(self) -> int:
        """Work until the VM is not wanted any more; return the exit code.

        Raises:
            RefusedError: The server does not let it in.
            RuntimeError: Programs cannot be run here.
        """
        self._data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        welcome = self._greet()
        if welcome is None:
            return LEFT
        store = open_store(self._objects_url(welcome))
        executor = self._executor = EmbeddedExecutor(
            self._data_dir,
            store,
            boot_seconds=0.0,
            slots=1,
            isolation=self._options.isolation,
            private=self._options.private,
            failed=lambda: self._end("failed"),
        )
        executor.open(self._tell)
        try:
            return self._run(executor)
        finally:
            executor.close(stop_attempts=False)
            self._lease.close()

    def _run(self, executor: EmbeddedExecutor) -> int:
        while True:
            outcome = self._join(executor)
            if not outcome:
                outcome = self._converse()
            if outcome == "join":
                continue
            if outcome == "gone":
                self._clean_up(executor)
                if self._options.vm or self._leaving:
                    return LEFT
                continue
            return LEFT if outcome == "left" else FAILED

    def _objects_url(self, welcome: Welcome) -> str:
        """Return where this agent finds the objects, as `open_store` takes it."""
        key, chosen = welcome.port, self._options.objects
        if chosen and chosen != BY_PORT:
            return chosen
        if key is None:
            if chosen:
                raise RuntimeError(
                    f"--objects {BY_PORT}: the service keeps no objects itself, they are those of "
                    f"{welcome.objects}"
                )
            return welcome.objects
        if not chosen and _reads(key.proof_path, key.proof):
            return welcome.objects
        files = {"objects.key": f"{key.key_id}:{key.secret}:{key.token}\n"}
        if self._options.trusted:
            files["objects.pem"] = self._options.trusted
        for name, text in files.items():
            write_private(self._data_dir / name, text.encode())
        query = {
            "endpoint": self._url,
            "region": key.region,
            "style": "path",
            "credentials": str(self._data_dir / "objects.key"),
            "account": EVERY_ACCOUNT,
        }
        if self._options.trusted:
            query["ca"] = str(self._data_dir / "objects.pem")
        return f"oss://?{urlencode(query)}"

    # --- meeting the server

    def _greet(self) -> Welcome | None:
        """Ask what is to be known, however long the server is away; None to leave."""
        with _Closing(self._connect()) as connection:
            hello = describe(Hello(PROTOCOL, __version__, self._name()))
            for pause in _Pauses():
                try:
                    answer = connection.post(HELLO, self._options.token, hello, _ANSWER_SECONDS)
                    self._url = connection.url
                    return read_welcome(answer)
                except OSError as error:
                    _logger.warning("%s does not answer: %s", self._options.url, error)
                except RefusedError as error:
                    if error.refusal != "gone":
                        raise
                    # What it had begun before ends with its lease.
                    _logger.info("%s", error)
                    return None
                if self._sleep(pause):
                    return None
        return None

    def _join(self, executor: EmbeddedExecutor) -> _Outcome:
        """Begin a session; return why there is none."""
        with _Closing(self._connect()) as connection:
            pauses = _Pauses()
            while True:
                if self._leaving:
                    return "left"
                request = self._introduction(executor)
                self._session = Session(request.boot)
                self._outcome = ""
                sent_at = lease_clock()
                try:
                    answer = connection.post(
                        JOIN, self._options.token, describe(request), 3 * _ANSWER_SECONDS
                    )
                except RefusedError as error:
                    if error.refusal == "gone":
                        return "gone"
                    if error.refusal != "taken" or self._is_silent():
                        raise
                    _logger.warning("%s", error)
                except OSError as error:
                    _logger.warning("%s does not answer: %s", self._options.url, error)
                    if self._is_silent():
                        return "silent"
                else:
                    self._joined = Joined(**answer)
                    if self._joined.vm:
                        self._renew(sent_at)
                        self._remember(self._joined.vm)
                        _logger.info("this is VM %s", self._joined.vm)
                        return ""
                    pauses = _Pauses()
                    continue
                self._sleep(next(pauses))

    def _introduction(self, executor: EmbeddedExecutor) -> JoinRequest:
        capabilities = executor.probe()
        findings = Findings(notes=capabilities.notes)
        return JoinRequest(
            agent=self._name(),
            boot=os.urandom(8).hex(),
            vm=self._options.vm or self._remembered(),
            protocol=PROTOCOL,
            release=__version__,
            host=socket.gethostname(),
            address=_own_address(self._url),
            processors=usable_processors(),
            memory_mib=machine_memory_mib(),
            findings=findings,
            kept=tuple(sorted(executor.kept_attempts())),
        )

    # --- talking to it

    def _converse(self) -> _Outcome:
        """Hold a session to its end; return why it ended."""
        threads = [threading.Thread(target=self._ask, name=f"work-{n}") for n in range(2)]
        for thread in threads:
            thread.start()
        try:
            with self._changed:
                while not self._outcome:
                    self._changed.wait(0.2)
                    if self._is_time_over():
                        self.leave("its walltime is over")
                    if self._held and not self._begun:
                        self.leave("what comes next does not fit into its walltime")
                    if self._leaving and not self._outcome:
                        break
            if self._leaving and not self._outcome:
                self._say_farewell()
        finally:
            with self._changed:
                self._outcome = self._outcome or "left"
                self._changed.notify_all()
            for thread in threads:
                thread.join()
        return self._outcome

    def _ask(self) -> None:
        with _Closing(self._connect()) as connection:
            pauses = _Pauses()
            while True:
                frame = self._next_frame()
                if frame is None:
                    return
                wait = self._joined.wait_seconds
                sent_at = lease_clock()
                patience = wait + min(_ANSWER_SECONDS, self._joined.lease_seconds / 4)
                try:
                    answer = connection.post(WORK, self._joined.token, frame, patience)
                    with self._orders:
                        self._obey(sent_at, answer)
                    pauses = _Pauses()
                except RefusedError as error:
                    _logger.info("the session is over: %s", error)
                    self._end("gone" if error.refusal == "gone" else "join")
                except SessionError as error:
                    _logger.warning("the session is broken: %s", error)
                    self._end("join")
                except OSError as error:
                    _logger.warning("%s does not answer: %s", self._options.url, error)
                    if self._is_silent():
                        self._end("silent")
                    with self._changed:
                        if self._session is not None:
                            # The other request is not to wait while there is news.
                            self._session.repeat()
                    self._sleep(next(pauses))
                except RuntimeError:
                    _logger.exception("the executor failed")
                    self._end("failed")
                finally:
                    with self._changed:
                        self._requests -= 1
                        self._changed.notify_all()

    def _next_frame(self) -> dict[str, object] | None:
        """Wait until there is something to say, or nobody asks; None at the end."""
        with self._changed:
            while not self._outcome:
                session = self._session
                assert session is not None
                if session.has_unsent:
                    break
                if self._requests == 0:
                    # Perhaps there is something to take along in a moment.
                    self._changed.wait(_LINGER_SECONDS)
                    if self._requests == 0:
                        break
                    continue
                self._changed.wait()
            if self._outcome or self._session is None:
                return None
            self._requests += 1
            return {**self._session.whole_frame(), "wait": self._joined.wait_seconds}

    def _obey(self, sent_at: float, answer: dict[str, object]) -> None:
        with self._changed:
            if self._session is None or self._outcome:
                return
            items = self._session.take(answer)
        try:
            self._renew(sent_at)
        except OSError as error:
            # The server counts these orders as had. What runs has the time that it had before.
            _logger.warning("the lease cannot be renewed, which is tried again: %s", error)
        for item in items:
            self._carry_out(item)

    def _carry_out(self, order: Item) -> None:
        executor = self._executor
        assert executor is not None
        match order:
            case ["start", items]:
                self._start([read_attempt(item[3].encode()) for item in items])
            case ["forget", ids]:
                executor.forget(ids)
            case ["stop", ids]:
                executor.stop(self._without_held(ids))
            case ["revoke", ids]:
                executor.revoke(self._without_held(ids))
            case ["settle", ids]:
                executor.settle(self._without_held(ids))
            case ["request", pool_id, workers]:
                executor.request_workers(pool_id, workers)
            case ["release", pool_id, workers]:
                executor.release_workers(pool_id, workers)
            case _:
                raise RuntimeError(f"{order[0]!r} is not an order")

    def _start(self, attempts: list[Attempt]) -> None:
        """Start attempts, except those whose time limit is beyond the walltime.

        They are held until the others have ended; then this agent leaves, and another one, with
        all of its walltime before it, has them.
        """
        assert self._executor is not None
        fitting = [each for each in attempts if self._fits(each)]
        with self._changed:
            self._begun.update(each.attempt_id for each in fitting)
            self._held.update(each.attempt_id for each in attempts if each not in fitting)
            self._changed.notify_all()
        self._executor.start(fitting)

    def _fits(self, attempt: Attempt) -> bool:
        walltime = self._options.walltime_seconds
        # Nobody who did not choose a time limit expects a program to need all of the usual one.
        if walltime is None or attempt.timeout_seconds == _USUAL_TIMEOUT_SECONDS:
            return True
        left = walltime - _END_SECONDS - (time.monotonic() - self._began_at)
        # What is too long for any walltime has to be tried.
        return attempt.timeout_seconds <= left or attempt.timeout_seconds > walltime - _END_SECONDS

    def _without_held(self, attempt_ids: list[str]) -> list[str]:
        """Give back those of attempts that are held; return the others."""
        with self._changed:
            held = self._held.intersection(attempt_ids)
            self._held -= held
        for attempt_id in held:
            self._tell(AttemptLost(attempt_id, "it had not begun", planned=True))
        return [each for each in attempt_ids if each not in held]

    def _tell(self, event: Event) -> None:
        """Have the server told of an event of the executor."""
        if isinstance(event, WorkerJoined):
            return  # The server said so.
        with self._changed:
            if isinstance(event, AttemptEnded):
                self._begun.discard(event.receipt.attempt_id)
            elif isinstance(event, AttemptLost):
                self._begun.discard(event.attempt_id)
            if isinstance(event, AttemptLost) and self._leaving:
                event = replace(event, planned=True)
            elif isinstance(event, WorkerLeft):
                self._gone_workers.add(event.worker_id)
                if self._leaving:
                    self._changed.notify_all()
                    return
            if self._session is not None:
                self._session.add(event_item(event))
            self._changed.notify_all()

    def _end(self, outcome: _Outcome) -> None:
        with self._changed:
            self._outcome = self._outcome or outcome
            self._changed.notify_all()

    # --- the end

    def _say_farewell(self) -> None:
        """Have all programs give way, tell what became of them, then leave."""
        executor, joined = self._executor, self._joined
        assert executor is not None
        _logger.info("leaving: %s", self._leaving)
        deadline = time.monotonic() + _END_SECONDS
        executor.request_workers(joined.pool, {joined.vm: True})
        executor.release_workers(joined.pool, [joined.vm])
        with self._changed:
            while time.monotonic() < deadline and not self._outcome:
                told = self._session is None or self._session.unacknowledged == 0
                if joined.vm in self._gone_workers and told:
                    break
                self._changed.wait(0.1)
            boot = "" if self._session is None else self._session.boot
        with _Closing(self._connect()) as connection:
            try:
                body = {"boot": boot, "cause": self._leaving}
                connection.post(LEAVE, joined.token, body, _ANSWER_SECONDS)
            except (RefusedError, OSError) as error:
                _logger.warning("the server did not hear of it: %s", error)
        self._forget_vm()

    def _clean_up(self, executor: EmbeddedExecutor) -> None:
        """End and forget all that was begun for a VM that is not wanted any more."""
        joined = self._joined
        vm_id, pool = joined.vm or self._remembered(), joined.pool
        self._session = None
        _logger.info("VM %s is not wanted any more", vm_id or self._options.vm)
        if vm_id and vm_id not in self._gone_workers:
            executor.request_workers(pool, {vm_id: True})
            # Those of a former process of this agent are known by their VM only when they are told.
            executor.settle(sorted(executor.kept_attempts()))
            executor.release_workers(pool, [vm_id])
            with self._changed:
                self._changed.wait_for(lambda: vm_id in self._gone_workers, _END_SECONDS)
        executor.forget(sorted(executor.kept_attempts()))
        self._held.clear()
        self._begun.clear()
        self._forget_vm()
        self._joined = Joined(lease_seconds=joined.lease_seconds)

    # --- small things

    def _connect(self) -> Connection:
        return Connection(self._options.url, self._options.trusted)

    def _renew(self, sent_at: float) -> None:
        """Renew the lease by the time at which the answered request was sent, at the latest."""
        self._lease.renew(sent_at + AGENT_SHARE * self._joined.lease_seconds)

    def _is_silent(self) -> bool:
        """Return whether an agent that was launched is not to wait for its server any more."""
        left = self._lease.seconds_left()
        if left is None:
            left = self._joined.lease_seconds - (time.monotonic() - self._began_at)
        return bool(self._options.vm) and left < -(1 - AGENT_SHARE) * self._joined.lease_seconds

    def _is_time_over(self) -> bool:
        walltime = self._options.walltime_seconds
        if walltime is None:
            return False
        return time.monotonic() - self._began_at > walltime - _END_SECONDS

    def _sleep(self, seconds: float) -> bool:
        """Wait; return True if it is to leave."""
        deadline = time.monotonic() + seconds
        while not self._leaving and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(0.1, left))
        return bool(self._leaving)

    def _name(self) -> str:
        """Return what names this folder, made at the first start."""
        return _kept_line(self._data_dir / "agent-id", lambda: os.urandom(16).hex())

    def _remembered(self) -> str:
        try:
            return (self._data_dir / "vm").read_text().strip()
        except FileNotFoundError:
            return ""

    def _remember(self, vm_id: str) -> None:
        (self._data_dir / "vm").write_text(f"{vm_id}\n")

    def _forget_vm(self) -> None:
        (self._data_dir / "vm").unlink(missing_ok=True)


class _Closing:
    """Closes a connection at the end of a block."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Connection:
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


class _Pauses:
    """Pauses that grow."""

    def __init__(self) -> None:
        self._next = _FIRST_PAUSE_SECONDS

    def __iter__(self) -> _Pauses:
        return self

    def __next__(self) -> float:
        pause, self._next = self._next, min(2 * self._next, _LONGEST_PAUSE_SECONDS)
        return pause


def _kept_line(path: Path, make: Callable[[], str]) -> str:
    """Return the line of a file; it is made, durably, if it is not there."""
    try:
        if line := path.read_text().strip():
            return line
    except FileNotFoundError:
        pass
    line = make()
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("w") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return line


def _reads(path: str, text: str) -> bool:
    """Return whether a file can be read here, and holds a text."""
    try:
        return bool(text) and Path(path).read_text().strip() == text
    except (OSError, UnicodeDecodeError):
        return False


def _own_address(url: str) -> str:
    """Return the address that this machine has on the way to a server; "" if there is no way."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError:
        return ""
