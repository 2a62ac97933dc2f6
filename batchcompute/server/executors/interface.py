"""The interface between the scheduler and executors.

An executor owns machines and processes and decides nothing: no retries, no order, no states.
No verb waits for a machine; what comes of it is told by events. Every verb may be repeated without
harm, so that a server killed at any moment can say the same again after its restart. An attempt is
named by an id whose number only grows; that number fences claims, receipts and uploads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

#: Why an attempt ended. "exited" carries the program's exit code; "timed_out" and "stopped" were
#: decided here; "failed" means the program could not be run, or its files not be moved.
EndReason = Literal["exited", "timed_out", "stopped", "failed"]

#: The state of an attempt at an executor. "alive": it waits, runs or is cleaned up.
#: "ended": it has a receipt. "unknown": it may never have come here, or be lost.
Standing = Literal["alive", "ended", "unknown"]


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
            Never shown: it holds the program's key to objects.
        package: `oss://` address of a gzip tar, or of one file, for the working directory; or "".
        container: Image of the container to run in, or "" for none.
        registry: `oss://` directory with the registry that the image is in, or "" if it is in none
            of the caller's own.
        input_mapping: `oss://` address to absolute local path. Here and below a slash at the end of
            either side makes both a directory; without one it is the object, or else the directory.
        mounts: More inputs: `oss://` address, absolute local path, and whether the program may
            write below it. What it writes stays here, unless it is an output.
        write_support: The program may write below the directories of `input_mapping`.
        folders: More local directories that are there, empty and to be written to.
        output_mapping: Absolute local path to `oss://` address, uploaded after success, as far as
            the program left anything there.
        log_mapping: Local path to `oss://` object, uploaded after every end.
        stdout, stderr: `oss://` object of the stream, or "" to discard it.
        timeout_seconds: Longest run of the program; it is killed with all its children then.
        account: Whose buckets it reaches; 0 for all.
        granted_buckets: Buckets of other accounts that it reaches as well, and whether it may write
            to them.
        processors, memory_mib: What it may have, where programs are limited; 0 for no limit.
        devices: Kind of device -> how many of them it has, where programs are limited.
    """

    attempt_id: str
    pool_id: str
    worker_id: str
    command_line: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    package: str = ""
    container: str = ""
    registry: str = ""
    input_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    mounts: Sequence[tuple[str, str, bool]] = ()
    write_support: bool = False
    folders: Sequence[str] = ()
    output_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    log_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    stdout: str = ""
    stderr: str = ""
    timeout_seconds: float = 86400.0
    account: int = 0
    granted_buckets: Mapping[str, bool] = field(default_factory=dict[str, bool])
    processors: float = 0.0
    memory_mib: int = 0
    devices: Mapping[str, int] = field(default_factory=dict[str, int])


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
    """The attempt is gone, and no receipt of it counts any more.

    Attributes:
        attempt_id: The attempt.
        cause: Why, as the end of a sentence.
        planned: True if its machine went as planned, so that this does not count as a loss.
    """

    attempt_id: str
    cause: str
    planned: bool = False


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


@dataclass(frozen=True, slots=True)
class WorkerWarned:
    """Something keeps a worker from running programs for now; people should know.

    Attributes:
        pool_id, worker_id: The worker.
        message: What is wrong, or that it is over, as one sentence.
    """

    pool_id: str
    worker_id: str
    message: str


Event = AttemptStarted | AttemptEnded | AttemptLost | WorkerJoined | WorkerLeft | WorkerWarned


@dataclass(frozen=True, slots=True)
class WorkerGroup:
    """The specification of a pool: one group of one cluster.

    Attributes:
        cluster_id: The cluster.
        cluster_name: Its name, "" if it has none.
        group: The group.
        instance_type: What its VMs are to be; "" if it does not say.
        auto: Whether the cluster lives as long as one task does.
    """

    cluster_id: str = ""
    cluster_name: str = ""
    group: str = ""
    instance_type: str = ""
    auto: bool = False


@dataclass(frozen=True, slots=True)
class ThisMachine:
    """The capabilities of this machine, if other VMs are elsewhere.

    Attributes:
        slots: Programs that it runs at once, at the most; others do not matter.
        containers: True if its programs can run in containers.
        notes: One plain sentence per limitation or finding that is about it.
        has: Says whether it is where a VM's programs run, given its id and its group. A VM that was
            not asked for yet is where its group is; with "" for its id that is what it returns.
    """

    slots: int
    containers: bool
    notes: tuple[str, ...]
    has: Callable[[str, WorkerGroup], bool]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The abilities of this executor here, and why it lacks the others.

    Attributes:
        name: "embedded", "dask", ….
        slots: Programs that this executor runs at once, at the most.
        complete_kill: True if a stop is sure to end every process of a program's tree.
        containers: True if programs can run in containers.
        prefetch: True if a worker takes further attempts while it runs one, and begins each when
            the one before it has ended.
        notes: One plain sentence per limitation or finding, for the log and those of clusters.
        this_machine: What of this is true of this machine alone, if other VMs are elsewhere; None
            if all of them are alike.
    """

    name: str
    slots: int
    complete_kill: bool
    containers: bool = False
    prefetch: bool = False
    notes: tuple[str, ...] = ()
    this_machine: ThisMachine | None = None


class Executor(Protocol):
    """Runs attempts on workers. No verb waits for a machine; results come as events."""

    def open(self, emit: Callable[[Event], None]) -> None:
        """Get ready. `emit` may be called from any thread, from now until `close` returns."""

    def probe(self) -> Capabilities:
        """Say what this executor can do on this machine.

        It may be asked before `open`; what it starts for that ends with `close`.
        """
        ...

    def together(self) -> AbstractContextManager[object]:
        """Let what is asked for in a block be one message, where messages cost something."""
        ...

    def request_workers(
        self, pool_id: str, workers: Mapping[str, bool], group: WorkerGroup | None = None
    ) -> None:
        """Ask for workers; each emits `WorkerJoined` when it is ready.

        Args:
            pool_id: The pool that they belong to.
            workers: Worker id -> whether it already ran before (a restart of the server), so that
                it need not boot again, and emits nothing.
            group: What the pool is; None if nobody knows.
        """

    def release_workers(self, pool_id: str, worker_ids: Collection[str]) -> None:
        """Give workers back, with whatever runs on them; each emits `WorkerLeft` when it is gone.

        One that is not known here emits nothing, but an attempt on it ends all the same.
        """

    def start(self, attempts: Sequence[Attempt]) -> None:
        """Run attempts; the same id starts nothing a second time.

        An attempt for a worker that still runs another one waits there, and begins when that one
        has ended. Until then it can be taken back by `revoke`.
        """

    def revoke(self, attempt_ids: Collection[str]) -> None:
        """Take back attempts that have not begun: each of them ends in `AttemptLost`.

        Nothing happens to those that have begun, or are about to.
        """

    def stop(self, attempt_ids: Collection[str]) -> None:
        """End attempts with every process of their trees; each ends in an event."""

    def settle(self, attempt_ids: Mapping[str, str], /) -> dict[str, Standing]:
        """Say what is known of attempts after a restart of the server, and have the rest found out.

        They are given with the workers that they were started on.

        Events follow for all of them: an attempt that is alive is adopted, emits `AttemptStarted`
        once more if it has begun, and ends in an event like any other. One that has ended emits
        `AttemptEnded` again. One that is unknown emits `AttemptLost` once it can neither start nor
        write a receipt any more, or turns out to be one of the others.
        """
        ...

    def forget(self, attempt_ids: Collection[str]) -> None:
        """Drop what is kept about attempts whose end is recorded."""

    def kept_attempts(self) -> frozenset[str]:
        """Return the attempts of which something is kept, from before a restart as well."""
        ...

    def close(self, *, stop_attempts: bool) -> None:
        """Let go of everything. Running attempts are stopped, or go on and can be adopted later."""
