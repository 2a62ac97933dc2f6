"""The life of one attempt, from its files to its receipt.

Order of writes: program, uploads, receipt. What an attempt uploads it uploads before its end is
written down, and only whoever began it does so.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from batchcompute.server.executors.attempt.caps.caps import Caps
from batchcompute.server.executors.attempt.caps.rules import CapRules
from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.attempt.files.live import LiveFiles
from batchcompute.server.executors.attempt.files.mappings import Mappings, Pair, read_mappings
from batchcompute.server.executors.attempt.files.package import unpack_package
from batchcompute.server.executors.attempt.files.uploads import Uploads
from batchcompute.server.executors.attempt.interrupts import Interrupted, Interrupts
from batchcompute.server.executors.attempt.program import ProgramEnd, run_program
from batchcompute.server.executors.attempt.transfers import TransferTimedOut, limited
from batchcompute.server.executors.attempt.worlds.containers import Container
from batchcompute.server.executors.attempt.worlds.disks import CoveredDisks
from batchcompute.server.executors.attempt.worlds.namespace import Namespace
from batchcompute.server.executors.attempt.worlds.plain import Plain
from batchcompute.server.executors.attempt.worlds.world import Surroundings, Workspace
from batchcompute.server.executors.interface import Attempt, Receipt
from batchcompute.server.model import crash_points
from batchcompute.server.objects import ObjectStore
from batchcompute.server.objects.cache.cache import ObjectCache
from batchcompute.server.objects.factory import cached_store, scoped_store
from batchcompute.server.objects.unsynced import Unsynced


# Each is only equal to itself, which is quick to find out.
@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """The common settings of all attempts of one machine.

    Attributes:
        data_dir: The agent's folder.
        private: What programs in namespaces shall not see.
        objects: The object store.
        bubblewrap: Path of bubblewrap, or "" to do without namespaces.
        user: What programs find in `USER`.
        containers: Path of the container engine, or "" if there is none.
        transfer_seconds: How long the files of one attempt may take to come, and to go; 0 for as
            long as they need.
        memory_bytes: Bytes that files in memory may take in each place of a program in a namespace;
            0 for what the system allows.
        caps: How programs are kept to what their VMs have; None if they are not.
        secrets: Files that programs in namespaces shall not read.
        cache: The machine's cache of objects that lie elsewhere, if it has one.
        syncs_later: True if small streams are kept with the receipt, so that their objects need not
            be durable before it is.
    """

    data_dir: Path
    private: Path
    objects: ObjectStore
    bubblewrap: str
    user: str
    containers: str
    transfer_seconds: float = 0.0
    memory_bytes: int = 0
    caps: CapRules | None = None
    secrets: tuple[str, ...] = ()
    cache: ObjectCache | None = None
    syncs_later: bool = False

    @property
    def hidden(self) -> tuple[Path, ...]:
        """Folders with what is not the program's: it sees them not, or has no mappings there."""
        return (self.private,) if self.cache is None else (self.private, self.cache.folder)


_KILLED = 128 + signal.SIGKILL
# Of this process, which runs one attempt after the other.
_covered_disks = CoveredDisks()


class Evicted(Exception):
    """The shim was told to go; there shall be no result."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended, and what that leaves of its process.

    Attributes:
        receipt: To be written down.
        unsynced: Objects that are not durable, to be written down with it.
        spares_process: True if nothing of it is left in this process or below it, so that it can
            run another attempt.
    """

    receipt: Receipt
    unsynced: Sequence[Unsynced]
    spares_process: bool


def run_attempt(
    attempt: Attempt,
    site: Site,
    workspace: Workspace,
    interrupts: Interrupts,
    started_at: float,
    began: Callable[[], None],
) -> Outcome:
    """Run an attempt up to its receipt.

    Args:
        attempt: The attempt, which is claimed.
        site: What it has in common with others.
        workspace: Its folders.
        interrupts: What it is asked to do meanwhile.
        started_at: When it was claimed, in seconds since the epoch.
        began: Called once it is seen that it does not end at once.

    Raises:
        Evicted: It gave way, and there must be no receipt.
    """
    if attempt.account:
        # A store elsewhere keeps connections, on which what was broken off may have left something.
        scoped = _scoped.__wrapped__ if site.objects.folder is None else _scoped
        site = scoped(site, attempt.account, tuple(attempt.granted_buckets.items()))
    if site.cache is not None:
        site = replace(site, objects=cached_store(site.objects, site.cache, attempt.account))
    in_container = bool(attempt.container and site.containers)
    caps = Caps(attempt, site.caps, site.data_dir, in_container=in_container)
    surroundings = _surroundings(attempt, site, workspace, caps)
    run = _Run(attempt, site, workspace, surroundings, caps, interrupts, started_at, began)
    receipt = run.to_receipt()
    return Outcome(receipt, run.unsynced, run.left_nothing and surroundings.spares_process)


@lru_cache(maxsize=1)
def _scoped(site: Site, account: int, granted: tuple[tuple[str, bool], ...]) -> Site:
    """Return a site with the objects of an account, which most attempts of a shim share."""
    return replace(site, objects=scoped_store(site.objects, account, dict(granted)))


def complain(words: str) -> None:
    """Say something in the log of the agent, if its disk allows it."""
    with contextlib.suppress(OSError):
        print(words, file=sys.stderr, flush=True)  # noqa: T201 (the agent's log)


def _surroundings(attempt: Attempt, site: Site, workspace: Workspace, caps: Caps) -> Surroundings:
    if attempt.container and site.containers:
        name = f"batchcompute-{attempt.attempt_id}"
        lock = site.data_dir / "images.lock"
        return Container(site.containers, workspace, site.objects, name, lock, caps)
    if site.bubblewrap:
        return Namespace(
            site.bubblewrap,
            workspace,
            site.objects,
            site.hidden,
            site.user,
            site.memory_bytes,
            site.secrets,
            _covered_disks,
        )
    return Plain(workspace, site.objects, site.data_dir, site.hidden, site.user)


@dataclass(slots=True)
class _Run:
    attempt: Attempt
    site: Site
    workspace: Workspace
    surroundings: Surroundings
    caps: Caps
    interrupts: Interrupts
    started_at: float
    began: Callable[[], None]
    end: ProgramEnd | None = None
    ended_at: float = 0.0
    mappings: Mappings = field(default_factory=Mappings)
    missing: list[Pair] = field(default_factory=list[Pair])
    unsynced: list[Unsynced] = field(default_factory=list[Unsynced])

    def _over_its_memory(self, end: ProgramEnd, detail: str) -> tuple[str, str]:
        """Return the message and the detail of a program that needed more than it may have."""
        what = "was killed" if end.exit_code == _KILLED else "failed"
        limit = f"{self.attempt.memory_mib} MiB of memory that its VM has"
        message = f"Its program {what}, as it needed more than the {limit}."
        words = f"Out of memory: the limit is {self.attempt.memory_mib} MiB. {end.over_its_memory}"
        return message, f"{words} {detail}".rstrip()

    @property
    def left_nothing(self) -> bool:
        """True if no process of the program can be left below this one."""
        return self.end is None or self.end.complete

    def to_receipt(self) -> Receipt:
        """Do everything up to the receipt.

        Raises:
            Evicted: There must be none.
        """
        failure: AttemptFailure | None = None
        try:
            if self._takes_preparation:
                self.began()
                with (
                    self.interrupts.breakable(),
                    self._limited("package, inputs and image", "fetch"),
                ):
                    self._prepare()
            else:
                with self.interrupts.breakable():
                    self._prepare()
            if self.interrupts.request is None:
                self.end = self._run()
                # The machine may have slept, and a timer with it.
                self.interrupts.look_at_lease()
                self._refuse_eviction()
                self.ended_at = time.time()
                crash_points.reach("uploads.before")
                if self._has_uploads:
                    with (
                        self.interrupts.breakable(),
                        self._limited("streams and outputs", "upload"),
                    ):
                        failure = self._upload()
                crash_points.reach("uploads.after")
        except Interrupted:
            pass
        except AttemptFailure as error:
            failure = error
        except OSError as error:
            # Such as a full disk, which may be the program's doing.
            failure = AttemptFailure(
                "InternalError", f"Its files could not be prepared or collected: {error}"
            )
        except Exception as error:
            # A fault of ours ends one attempt with an explanation, instead of being tried for ever.
            complain(traceback.format_exc())
            failure = AttemptFailure(
                "InternalError", "The attempt failed inside the service.", repr(error)
            )
        finally:
            self.caps.close()
            self.surroundings.clean_up()
        self._refuse_eviction()
        return self._receipt(failure)

    @property
    def _takes_preparation(self) -> bool:
        attempt = self.attempt
        return bool(attempt.package or attempt.container or attempt.input_mapping or attempt.mounts)

    @property
    def _has_uploads(self) -> bool:
        attempt, mappings = self.attempt, self.mappings
        return bool(attempt.stdout or attempt.stderr or mappings.logs or mappings.outputs)

    def _prepare(self) -> None:
        if self.attempt.container and not self.site.containers:
            raise AttemptFailure.of_field(
                "Docker", self.attempt.container, "this machine has no docker or podman that works"
            )
        self.mappings = read_mappings(self.site.objects, self.attempt, self.workspace.work)
        if self.attempt.package:
            self.workspace.scratch.mkdir(exist_ok=True)
            unpack_package(
                self.site.objects,
                self.attempt.package,
                Path(self.workspace.work),
                self.workspace.scratch,
            )
        self.surroundings.prepare(self.attempt, self.mappings)
        self.caps.take(self.interrupts.wait)
        if told := self.caps.environment():
            environment = {**self.attempt.environment, **told}
            self.attempt = replace(self.attempt, environment=environment)

    def _run(self) -> ProgramEnd:
        live = LiveFiles(
            self.site.objects, self.surroundings, self.workspace, self.attempt, self.mappings
        )
        return run_program(
            self.attempt,
            self.surroundings,
            self.workspace,
            self.interrupts,
            live,
            self.caps,
            self.began,
        )

    @contextmanager
    def _limited(self, what: str, verb: str) -> Generator[None]:
        seconds = self.site.transfer_seconds
        try:
            with limited(seconds):
                yield
        except TransferTimedOut:
            raise AttemptFailure(
                "TransferTimedOut",
                f"Its {what} took longer than {seconds:g} seconds to {verb}, which is the limit "
                "of the service for transfers (--transfer-timeout).",
            ) from None

    def _upload(self) -> AttemptFailure | None:
        """Upload what there is, as much as possible; return the first failure."""
        settled = self.end is None or self.end.complete
        unsynced = self.unsynced if self.site.syncs_later else None
        uploads = Uploads(self.site.objects, self.surroundings, self.workspace, settled, unsynced)
        steps: list[Callable[[], None]] = [
            lambda: uploads.streams(self.attempt),
            lambda: uploads.logs(self.mappings),
        ]
        if self.end is not None and (self.end.reason, self.end.exit_code) == ("exited", 0):
            steps.append(lambda: self.missing.extend(uploads.outputs(self.mappings)))
        first: AttemptFailure | None = None
        for step in steps:
            try:
                step()
            except AttemptFailure as error:
                first = first or error
        return first

    def _refuse_eviction(self) -> None:
        if self.interrupts.request == "evict":
            raise Evicted

    def _receipt(self, failure: AttemptFailure | None) -> Receipt:
        exit_code = 0 if self.end is None else self.end.exit_code
        times = (self.started_at, max(self.started_at, self.ended_at or time.time()))
        name = self.attempt.attempt_id
        detail = "" if failure is None else failure.detail or failure.message
        if self.missing and not detail:
            # Which outputs a program leaves may depend on its data, so none is a failure; but it
            # is said, as it is the first thing to look at when one is missed.
            places = ", ".join(f"{pair.local} ({pair.address})" for pair in self.missing)
            detail = f"The program did not leave these outputs: {places}"
        if self.end is not None and not self.end.complete:
            detail = "Some processes of the program could not be ended. " + detail
        if self.interrupts.request == "stop":
            return Receipt(
                name, "stopped", exit_code, *times, "Stopped", "It was stopped on request.", detail
            )
        if self.end is not None and self.end.reason == "timed_out":
            message = f"It ran longer than {self.attempt.timeout_seconds:g} seconds."
            return Receipt(name, "timed_out", exit_code, *times, "TimedOut", message, detail)
        if failure is not None and exit_code == 0:
            return Receipt(name, "failed", 0, *times, failure.code, failure.message, failure.detail)
        if self.end is not None and self.end.over_its_memory:
            message, detail = self._over_its_memory(self.end, detail)
            return Receipt(name, "exited", exit_code, *times, "OutOfMemory", message, detail)
        if self.end is not None and self.end.out_of_memory:
            message = "Its program was killed while the machine was out of memory."
            return Receipt(name, "exited", exit_code, *times, "OutOfMemory", message, detail)
        return Receipt(name, "exited", exit_code, *times, detail=detail)
