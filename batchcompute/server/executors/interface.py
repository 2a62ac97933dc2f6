"""What the scheduler asks of an executor, and what an executor tells it.

An executor owns machines and processes and decides nothing: no retries, no order, no states.
Every verb may be repeated without harm, so that a server killed at any moment can say the same
again after its restart. An attempt is named by an id whose number only grows; that number fences
claims, receipts and uploads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

#: Why an attempt ended. "exited" carries the program's exit code; "timed_out" and "stopped" were
#: decided here; "failed" means the program could not be run, or its files not be moved.
EndReason = Literal["exited", "timed_out", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at running one instance, complete enough to run without asking anybody again.

    Attributes:
        attempt_id: Unique for ever, and safe as a file name:
            `<JobId>.<TaskName>.<InstanceId>.<number>`.
        pool_id: The pool whose worker runs it (one pool per cluster and group).
        worker_id: The VM it was given to; one program runs on a VM at a time.
        command_line: Handed to `sh -c`.
        environment: The whole environment of the program; nothing of the server's is inherited.
        package: `oss://` address of a gzip tar for the working directory, or "".
        container: Image of the container to run in, or "" for none.
        registry: `oss://` directory with the registry that the image is in, or "" if it is in none
            of the caller's own.
        input_mapping: `oss://` address to absolute local path, read-only.
        output_mapping: Absolute local path to `oss://` address, uploaded after success.
        log_mapping: Local file to `oss://` object, uploaded after every end.
        stdout, stderr: `oss://` object of the stream, or "" to discard it.
        timeout_seconds: Longest run of the program; it is killed with all its children then.
    """

    attempt_id: str
    pool_id: str
    worker_id: str
    command_line: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    package: str = ""
    container: str = ""
    registry: str = ""
    input_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    output_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    log_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    stdout: str = ""
    stderr: str = ""
    timeout_seconds: float = 86400.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """How an attempt ended, as its shim wrote it durably; written at most once per attempt.

    Attributes:
        attempt_id: The attempt that ended.
        reason: See `EndReason`.
        exit_code: The program's exit code; 128 + signal number if a signal ended it; 0 if it
            never ran.
        started_at, ended_at: Seconds since the epoch, UTC.
        error_code, error_message, detail: Why, for ends that are not the program's own; "" else.
    """

    attempt_id: str
    reason: EndReason
    exit_code: int
    started_at: float
    ended_at: float
    error_code: str = ""
    error_message: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """The attempt was claimed; its program runs or is about to.

    Of an attempt that ends at once there may be none.
    """

    attempt_id: str
    started_at: float


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """The attempt has a receipt."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class AttemptLost:
    """The attempt is gone, has no receipt, and can no longer write one."""

    attempt_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class WorkerJoined:
    """A worker of a pool is ready to run programs.

    Attributes:
        pool_id: Its pool.
        worker_id: The VM.
        ip_address, host_name: Of the machine it found itself on; "" keeps those that the VM was
            given when it was made.
    """

    pool_id: str
    worker_id: str
    ip_address: str = ""
    host_name: str = ""


@dataclass(frozen=True, slots=True)
class WorkerLeft:
    """A worker is gone, because it was no longer wanted or because it was lost."""

    pool_id: str
    worker_id: str
    cause: str


Event = AttemptStarted | AttemptEnded | AttemptLost | WorkerJoined | WorkerLeft


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this executor can do here, and why not where it cannot.

    Attributes:
        name: "embedded", "dask", ….
        slots: Programs that this executor runs at once, at the most.
        complete_kill: True if a stop is sure to end every process of a program's tree.
        containers: True if programs can run in containers.
        notes: One plain sentence per limitation or finding, for the log and those of clusters.
    """

    name: str
    slots: int
    complete_kill: bool
    containers: bool = False
    notes: tuple[str, ...] = ()


class Executor(Protocol):
    """Runs attempts on workers. Verbs return at once; results come as events."""

    def open(self, emit: Callable[[Event], None]) -> None:
        """Get ready. `emit` may be called from any thread, from now until `close` returns."""

    def probe(self) -> Capabilities:
        """Say what this executor can do on this machine."""
        ...

    def set_pool(self, pool_id: str, workers: Mapping[str, bool]) -> None:
        """Make the pool's workers be exactly these.

        Args:
            pool_id: The pool; an empty mapping dissolves it.
            workers: Worker id -> whether it already ran before (a restart of the server), so that
                it need not boot again. New ones boot and then emit `WorkerJoined`; those not named
                any more are released with whatever runs on them and emit `WorkerLeft`.
        """

    def start(self, attempt: Attempt) -> None:
        """Run an attempt; the same id starts nothing a second time."""

    def stop(self, attempt_ids: Collection[str]) -> None:
        """End attempts with every process of their trees; each ends in an event."""

    def settle(self, attempt_ids: Collection[str]) -> dict[str, Receipt | Literal["alive", "lost"]]:
        """Say what became of attempts after a restart of the server.

        "alive" attempts are adopted: their end will come as an event. "lost" ones are fenced off
        durably before this returns, so that they can neither start nor write a receipt any more.
        """
        ...

    def forget(self, attempt_ids: Collection[str]) -> None:
        """Drop what is kept about attempts whose end is recorded."""

    def kept_attempts(self) -> frozenset[str]:
        """Return the attempts of which something is kept, from before a restart as well."""
        ...

    def close(self, *, stop_attempts: bool) -> None:
        """Let go of everything. Running attempts are stopped, or go on and can be adopted later."""
