"""The life of an attempt, in a process that has no other at the same time.

Order of writes: lock, program, uploads, receipt, report. A receipt is only written by the holder of
the lock, and uploads are only done while the lock is held, so an attempt that was given up for lost
can do neither.

A shim that left nothing behind takes the next attempt: making a process of Python's size costs more
than all that it does for a short program.
"""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from batchcompute.server.executors.agent.messages import (
    Lines,
    Report,
    decode_attempt,
    send_report,
)
from batchcompute.server.executors.attempt import processes
from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.attempt.files import uploads
from batchcompute.server.executors.attempt.files.mappings import Mappings, Pair, read_mappings
from batchcompute.server.executors.attempt.files.package import unpack_package
from batchcompute.server.executors.attempt.interrupts import EVICTED, Interrupted, Interrupts
from batchcompute.server.executors.attempt.program import ProgramEnd, run_program
from batchcompute.server.executors.attempt.record import Holder, Record
from batchcompute.server.executors.attempt.worlds.containers import Container
from batchcompute.server.executors.attempt.worlds.namespace import Namespace
from batchcompute.server.executors.attempt.worlds.plain import Plain
from batchcompute.server.executors.attempt.worlds.world import Surroundings, Workspace
from batchcompute.server.executors.interface import Attempt, Receipt
from batchcompute.server.model import crash_points
from batchcompute.server.objects import ObjectStore

#: Exit codes of a shim: it wrote the receipt; nothing was left to do; it was not wanted any more
#: when it could begin; another had begun it. `EVICTED` is one more: it gave way without a receipt.
CONCLUDED, NOT_MINE, NOT_BEGUN, BEGUN_BEFORE = 0, 76, 77, 78

#: What a shim tells the forker when it has nothing to do.
IDLE = b"\n"

_FULL_DISK_PAUSE_SECONDS = 1.0
# A process is renewed now and then, so that nothing that some library keeps can grow for ever.
_MOST_ATTEMPTS = 1000


@dataclass(frozen=True, slots=True)
class Site:
    """What all attempts of one service have in common.

    Attributes:
        data_dir: The executor's folder.
        private: What programs in namespaces shall not see.
        objects: The object store.
        bubblewrap: Path of bubblewrap, or "" to do without namespaces.
        user: What programs find in `USER`.
        containers: Path of the container engine, or "" if there is none.
        reports: Descriptor for reports to the server.
    """

    data_dir: Path
    private: Path
    objects: ObjectStore
    bubblewrap: str
    user: str
    containers: str
    reports: int


class Evicted(Exception):
    """The shim was told to go; there shall be no result."""


def run_attempts(line: bytes, site: Site, channel: socket.socket) -> int:
    """Run attempts in this process, which does nothing else in its life.

    Args:
        line: The first one, as `encode_attempt` wrote it.
        site: What they have in common.
        channel: Where the forker sends the next ones, and reads `IDLE`. Its end is the end.

    Returns:
        The exit code for the process.
    """
    interrupts = Interrupts()
    processes.become_subreaper()
    # What was there when the shim was made is frozen; what it makes itself has to go again.
    gc.enable()
    lines = Lines()
    left = _MOST_ATTEMPTS
    while True:
        attempt = decode_attempt(line)
        status, may_go_on = _run_attempt(attempt, site, interrupts)
        left -= 1
        if not (may_go_on and left):
            return status
        # What the forker would say if the process ended.
        send_report(site.reports, Report("exited", attempt.attempt_id, status << 8))
        next_line = _wait_for_next(lines, channel)
        if next_line is None:
            return CONCLUDED
        line = next_line


def _wait_for_next(lines: Lines, channel: socket.socket) -> bytes | None:
    """Say that the last attempt is over; return the next one, or None if there is none."""
    try:
        channel.sendall(IDLE)
        while data := channel.recv(1 << 16):
            for line in lines.feed(data):
                return line
    except (BrokenPipeError, ConnectionResetError):
        pass  # The forker is gone, and with it whoever would send one.
    return None


def _run_attempt(attempt: Attempt, site: Site, interrupts: Interrupts) -> tuple[int, bool]:
    """Run one attempt.

    Returns:
        The exit code for the process if it ends now, and whether it may go on instead, as nothing
        is left of the attempt.
    """
    record = Record(site.data_dir / "attempts" / attempt.attempt_id)
    crash_points.reach("claim.before")
    try:
        lock = record.acquire()
    except FileNotFoundError:
        return NOT_MINE, True
    if lock is None:
        return NOT_MINE, True
    try:
        if record.outcome() is not None:
            return NOT_MINE, True
        if record.was_begun(lock):
            # Another has introduced itself, and was killed before the news of it came through. How
            # far its program came is not known, so this attempt is lost.
            return BEGUN_BEFORE, True
        return _run_claimed(attempt, site, record, lock, interrupts)
    finally:
        # Nothing of the attempt is touched after this.
        os.close(lock)


def _run_claimed(
    attempt: Attempt, site: Site, record: Record, lock: int, interrupts: Interrupts
) -> tuple[int, bool]:
    started_at = time.time()
    holder = Holder(os.getpid(), attempt.pool_id, attempt.worker_id, started_at)
    if not _introduce(record, lock, holder):
        return NOT_BEGUN, False
    crash_points.reach("claim.after")
    # Looks at the requests, which has to come after the introduction: see `Record.wake`.
    interrupts.begin(record)
    name = attempt.attempt_id
    send_report(
        site.reports, Report("forked", name, holder.pid), Report("claimed", name, started_at)
    )
    workspace = Workspace(record.folder)
    surroundings = _surroundings(attempt, site, workspace)
    run = _Run(attempt, site, workspace, surroundings, interrupts, started_at)
    try:
        receipt = run.to_receipt()
        _conclude(record, receipt, workspace, interrupts)
        send_report(site.reports, Report("ended", name))
        crash_points.reach("report.after")
    except Evicted:
        return EVICTED, False
    finally:
        workspace.remove()
    may_go_on = interrupts.finish() and run.left_nothing and surroundings.spares_process
    return CONCLUDED, may_go_on


def _introduce(record: Record, lock: int, holder: Holder) -> bool:
    """Say who runs the attempt, however long the disk is full; return False to give it up.

    A shim that ended instead would only be followed by the next, at once.
    """
    while True:
        try:
            record.introduce(lock, holder)
            return True
        except OSError as error:
            _complain(f"{record.attempt_id}: it cannot begin yet: {error}")
        if record.asked() is not None:
            return False
        time.sleep(_FULL_DISK_PAUSE_SECONDS)


def _conclude(
    record: Record, receipt: Receipt, workspace: Workspace, interrupts: Interrupts
) -> None:
    """Write the receipt, however long the disk is full: the program's end is known to us alone.

    Raises:
        Evicted: There must be none after all.
        FileNotFoundError: The attempt's folder was removed, and with it all interest in this.
    """
    while True:
        try:
            record.conclude(receipt)
            return
        except FileNotFoundError:
            raise
        except OSError as error:
            _complain(f"{record.attempt_id}: its receipt cannot be written yet: {error}")
        # Perhaps it is what the program left that fills the disk.
        with contextlib.suppress(OSError):
            workspace.remove()
        interrupts.wait(_FULL_DISK_PAUSE_SECONDS)
        if interrupts.request == "evict":
            raise Evicted


def _complain(words: str) -> None:
    # The log lies on a disk, too.
    with contextlib.suppress(OSError):
        print(words, file=sys.stderr, flush=True)  # noqa: T201 (the forker's log)


def _surroundings(attempt: Attempt, site: Site, workspace: Workspace) -> Surroundings:
    if attempt.container and site.containers:
        name = f"batchcompute-{attempt.attempt_id}"
        lock = site.data_dir / "images.lock"
        return Container(site.containers, workspace, site.objects, name, lock)
    if site.bubblewrap:
        return Namespace(site.bubblewrap, workspace, site.objects, site.private, site.user)
    return Plain(workspace, site.objects, site.data_dir, site.private, site.user)


@dataclass(slots=True)
class _Run:
    attempt: Attempt
    site: Site
    workspace: Workspace
    surroundings: Surroundings
    interrupts: Interrupts
    started_at: float
    end: ProgramEnd | None = None
    ended_at: float = 0.0
    mappings: Mappings = field(default_factory=Mappings)
    missing: list[Pair] = field(default_factory=list[Pair])

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
            with self.interrupts.breakable():
                self._prepare()
            if self.interrupts.request is None:
                self.end = run_program(
                    self.attempt, self.surroundings, self.workspace, self.interrupts
                )
                self._refuse_eviction()
                self.ended_at = time.time()
                crash_points.reach("uploads.before")
                with self.interrupts.breakable():
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
            _complain(traceback.format_exc())
            failure = AttemptFailure(
                "InternalError", "The attempt failed inside the service.", repr(error)
            )
        finally:
            self.surroundings.clean_up()
        self._refuse_eviction()
        return self._receipt(failure)

    def _prepare(self) -> None:
        if self.attempt.container and not self.site.containers:
            raise AttemptFailure.of_field(
                "Docker", self.attempt.container, "this machine has no docker or podman that works"
            )
        self.workspace.work.mkdir()
        self.mappings = read_mappings(self.site.objects, self.attempt, self.workspace.work)
        if self.attempt.package:
            self.workspace.scratch.mkdir(exist_ok=True)
            unpack_package(
                self.site.objects, self.attempt.package, self.workspace.work, self.workspace.scratch
            )
        self.surroundings.prepare(self.attempt, self.mappings)

    def _upload(self) -> AttemptFailure | None:
        """Upload what there is, as much as possible; return the first failure."""
        objects, mappings = self.site.objects, self.mappings
        steps: list[Callable[[], None]] = [
            lambda: uploads.upload_streams(objects, self.attempt, self.workspace),
            lambda: uploads.upload_logs(objects, mappings, self.surroundings),
        ]
        if self.end is not None and (self.end.reason, self.end.exit_code) == ("exited", 0):
            steps.append(self._upload_outputs)
        first: AttemptFailure | None = None
        for step in steps:
            try:
                step()
            except AttemptFailure as error:
                first = first or error
        return first

    def _upload_outputs(self) -> None:
        self.missing = uploads.upload_outputs(self.site.objects, self.mappings, self.surroundings)

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
        return Receipt(name, "exited", exit_code, *times, detail=detail)
