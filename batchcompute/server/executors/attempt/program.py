"""Starting one program, waiting for it, ending it."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from batchcompute.server.executors.attempt import memory, processes
from batchcompute.server.executors.attempt.caps.caps import Caps
from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.attempt.files.live import LiveFiles
from batchcompute.server.executors.attempt.interrupts import Interrupts
from batchcompute.server.executors.attempt.worlds.world import Surroundings, Workspace
from batchcompute.server.executors.interface import Attempt

# A machine that goes down, or a batch system, signals a whole tree: the program's end may be seen
# before the signal to the shim, and must not be taken for the program's own.
_EVICTION_GRACE_SECONDS = 0.5
_EVICTION_EXITS = tuple(
    128 + number for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP)
)
_KILLED = 128 + signal.SIGKILL
# A program that ends within this time is told by its end alone: recording its start as well would
# take one more transaction for every short program.
_SHORT_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class ProgramEnd:
    """How a program ended.

    Attributes:
        reason: "exited" by itself, "timed_out", or asked to "stop" or "evict".
        exit_code: Its exit code, or 128 + the number of the signal that ended it.
        complete: False if processes of its tree could not be ended.
        out_of_memory: It was killed while the system killed processes for want of memory.
        over_its_memory: How it is known that it needed more memory than it may have; "" if it did
            not, as far as is known.
    """

    reason: Literal["exited", "timed_out", "stop", "evict"]
    exit_code: int
    complete: bool
    out_of_memory: bool = False
    over_its_memory: str = ""


def run_program(
    attempt: Attempt,
    surroundings: Surroundings,
    workspace: Workspace,
    interrupts: Interrupts,
    live: LiveFiles,
    caps: Caps,
    began: Callable[[], None],
) -> ProgramEnd:
    """Run a program to its end, and leave no process of its tree behind.

    Args:
        attempt: What to run.
        surroundings: Its world.
        workspace: Its folders.
        interrupts: What it is asked to do meanwhile.
        live: Publishes what it writes meanwhile.
        caps: What it may have.
        began: Called if it does not end at once.

    Raises:
        AttemptFailure: It could not be started.
    """
    pipe = _status_pipe() if surroundings.reports_status else nullcontext((-1, -1))
    with pipe as (read_end, write_end):
        arguments, environment = surroundings.command(attempt, write_end)
        gate, opener = os.pipe() if caps.applies else (-1, -1)
        if caps.applies:
            arguments = caps.gated(arguments)
        try:
            with surroundings.starting():
                os.chdir(workspace.work)
                streams = _streams(attempt, workspace, surroundings, gate)
                process = _start(arguments, environment, streams)
        finally:
            os.chdir("/")
            if gate >= 0:
                os.close(gate)
        if opener >= 0:
            _open_gate(process, opener, caps)
        if write_end >= 0:
            os.close(write_end)
        stderr = workspace.stream("stderr") if attempt.stderr else None
        end = _wait(process, attempt.timeout_seconds, interrupts, live, caps, stderr, began)
        if not surroundings.end_rest():
            end = replace(end, complete=False)
        if end.reason == "exited" and surroundings.killed_for_memory:
            words = "The container engine says that it was killed for that."
            end = replace(end, over_its_memory=words)
        if end.reason == "exited" and not end.over_its_memory:
            surroundings.check_end(end.exit_code, read_end)
    return end


def _start(arguments: list[str], environment: dict[str, str], streams: list[Any]) -> int:
    """Start a process; return its number.

    Raises:
        AttemptFailure: It cannot be started.
    """
    try:
        return os.posix_spawn(
            arguments[0],
            arguments,
            environment,
            file_actions=streams,
            setsid=True,
            setsigmask=[],
            setsigdef=_ignored_signals(),
        )
    except (OSError, ValueError) as error:
        raise AttemptFailure(
            "ProgramNotStarted", f"CommandLine cannot be started: {error}"
        ) from error


def _wait(
    process: int,
    timeout_seconds: float,
    interrupts: Interrupts,
    live: LiveFiles,
    caps: Caps,
    stderr: Path | None,
    began: Callable[[], None],
) -> ProgramEnd:
    deadline = time.monotonic() + timeout_seconds
    timed_out = too_much = False
    # What a process has is counted with what this one had when it was made.
    base = _peak_of(resource.getrusage(resource.RUSAGE_SELF))
    peaks = [0]
    short = time.monotonic() + min(timeout_seconds, _SHORT_SECONDS)
    told = False
    memory_kills: int | None = None
    while (
        (status := _status_of(process, live.reaped, peaks)) is None
        and interrupts.request is None
        and not (timed_out or too_much)
    ):
        now = time.monotonic()
        if not told and now >= short:
            began()
            told = True
            # What takes all memory takes longer, and the others need not wait for this.
            memory_kills = memory.count_kills()
        live.tick(now)
        too_much = caps.tick(now, live.children)
        if too_much:
            continue
        interrupts.wait(min(deadline if told else short, live.due, caps.due) - now)
        timed_out = time.monotonic() >= deadline
    killed: dict[int, int] = {}

    def reaped(child: int, end: int) -> None:
        killed[child] = end
        live.reaped(child, end)

    live.interrupt()
    complete = processes.kill_descendants(
        group=process if status is None else None, spared=live.children, reaped=reaped
    )
    live.end()
    if status is None:
        exit_code = _exit_code(killed.get(process, signal.SIGKILL))
        if too_much and interrupts.request is None and not timed_out:
            words = caps.verdict(exit_code or _KILLED, 0, None)
            return ProgramEnd("exited", exit_code or _KILLED, complete, over_its_memory=words)
        return ProgramEnd(interrupts.request or "timed_out", exit_code, complete)
    exit_code = _exit_code(status)
    request = None
    if exit_code in _EVICTION_EXITS:
        request = interrupts.wait_for_request(_EVICTION_GRACE_SECONDS)
    out_of_memory = exit_code == _KILLED and memory.has_killed_since(memory_kills)
    peak = max(peaks) if max(peaks) > base else 0
    words = caps.verdict(exit_code, peak, stderr)
    return ProgramEnd(request or "exited", exit_code, complete, out_of_memory, words)


def _open_gate(process: int, opener: int, caps: Caps) -> None:
    """Limit a program that waits for it, and let it begin.

    Raises:
        AttemptFailure: It cannot be limited, and has not begun.
    """
    try:
        caps.begin(process, time.monotonic())
        with suppress(BrokenPipeError):
            os.write(opener, b"\n")
    except AttemptFailure:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        raise
    finally:
        os.close(opener)


@cache
def _ignored_signals() -> list[signal.Signals | int]:
    """Return the signals that are ignored here, and would stay ignored in the program.

    Python ignores some for itself, and others were by whoever started the service in the
    background. What has a handler is as it is by default in another program, anyway. This is asked
    once in the life of a shim, which sets up all of its handlers before.
    """
    return [
        number
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
        # None for what was set by others than Python.
        if signal.getsignal(number) in (signal.SIG_IGN, None)
    ]


def _peak_of(usage: resource.struct_rusage) -> int:
    return usage.ru_maxrss << 10


def _status_of(process: int, reaped: Callable[[int, int], None], peaks: list[int]) -> int | None:
    """Collect children that ended, orphans too; return the program's wait status if it did.

    Args:
        process: The program.
        reaped: Told of the others.
        peaks: Gets what each of them had of memory at the most, in bytes.
    """
    while True:
        found, status, usage = os.wait4(-1, os.WNOHANG)
        if found:
            peaks.append(_peak_of(usage))
        if found == process:
            return status
        if found == 0:
            return None
        reaped(found, status)


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _streams(
    attempt: Attempt, workspace: Workspace, surroundings: Surroundings, gate: int
) -> list[Any]:
    """Say what the program's first three descriptors are; what it waits for is the first one."""
    first = gate if gate >= 0 else _nothing(os.O_RDONLY)
    actions: list[Any] = [(os.POSIX_SPAWN_DUP2, first, 0)]
    for descriptor, name, address in ((1, "stdout", attempt.stdout), (2, "stderr", attempt.stderr)):
        wanted = bool(address) or (name == "stderr" and surroundings.keeps_stderr)
        if not wanted:
            actions.append((os.POSIX_SPAWN_DUP2, _nothing(os.O_WRONLY | os.O_APPEND), descriptor))
            continue
        path = os.fspath(workspace.stream(name))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        actions.append((os.POSIX_SPAWN_OPEN, descriptor, path, flags, 0o644))
    return actions


@cache
def _nothing(flags: int) -> int:
    """Return a descriptor of the null device, which is opened once for all programs."""
    return os.open(os.devnull, flags | os.O_CLOEXEC)


@contextmanager
def _status_pipe() -> Generator[tuple[int, int]]:
    """Make a pipe of which the program inherits the end to write to."""
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    try:
        yield read_end, write_end
    finally:
        for descriptor in (read_end, write_end):
            with suppress(OSError):  # closed already
                os.close(descriptor)
