"""The launcher of this machine: more agents, each a process that outlives the server.

Every VM has a folder. Whoever holds the lock in it is its agent: the lock is taken here and handed
down, so it is held exactly as long as the agent lives, whoever was killed in between.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from batchcompute.server.executors.agent.leftovers import evict_leftovers
from batchcompute.server.executors.agent.logs import last_words
from batchcompute.server.executors.launchers.interface import (
    AgentCommand,
    LaunchError,
    Observation,
    VMSpec,
)

#: Below a VM's folder: the lock, the process that has it, what it says, and the agent's own folder.
_LOCK, _PROCESS, _LOG, _AGENT = "lock", "process", "log", "agent"
#: How long an agent may take to leave, in seconds.
_LEAVE_SECONDS = 10.0
_PAUSE_SECONDS = 0.02
#: How long a look waits for the programs of a killed agent, in seconds: most end at once, and the
#: next look is later.
_EVICT_SECONDS = 0.1
#: The agent writes its process id itself, so that it is known however early the server is killed.
_WRAPPER = 'cd /; echo $$ > "$0"; exec "$@"'


class LocalLauncher:
    """Starts agents as processes of this machine; see `Launcher` for what the verbs mean."""

    #: A look is a lock that is tried, and whoever waits for the next one waits for a new VM.
    observe_seconds = 0.25

    def __init__(self, folder: Path) -> None:
        """Name the folder of all VMs, on a local file system; it is made when it is needed."""
        self._folder = folder.absolute()
        self._children: set[int] = set()

    def check(self) -> tuple[str, ...]:
        """Say how many processors this machine has."""
        return (f"agents are processes of this machine, which has {os.cpu_count()} processors",)

    def ensure(self, vm_id: str, command: AgentCommand, spec: VMSpec) -> str:
        """Start an agent, unless one of this VM lives."""
        del spec  # All there is, is this machine.
        folder = self._folder / vm_id
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = _try_lock(folder)
            if lock is None:
                return str(folder)
            try:
                self._start(folder, lock, command)
            finally:
                os.close(lock)
        except OSError as error:
            raise LaunchError(f"no agent can be started: {error}") from error
        return str(folder)

    def release(self, vm_id: str, reference: str) -> None:
        """End the agent of a VM, if it has not left, and remove what is left of it."""
        del reference
        folder = self._folder / vm_id
        if not folder.exists():
            return
        self._reap()
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not _is_alive(folder):
                break
            _send(folder, number)
            deadline = time.monotonic() + _LEAVE_SECONDS
            while _is_alive(folder) and time.monotonic() < deadline:
                time.sleep(_PAUSE_SECONDS)
        self._reap()
        deadline = time.monotonic() + _LEAVE_SECONDS
        while evict_leftovers(folder / _AGENT):
            if time.monotonic() > deadline:
                raise LaunchError("processes of its programs cannot be ended yet")
            time.sleep(_PAUSE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)

    def observe(self, vms: Mapping[str, str]) -> Mapping[str, Observation]:
        """Look which agents live. What an agent that was killed has left is ended first."""
        self._reap()
        return {vm_id: self._look(vm_id) for vm_id in vms}

    def close(self, *, release: Collection[str] = ()) -> None:
        """Wait for nothing: `release` has waited."""

    def _look(self, vm_id: str) -> Observation:
        folder = self._folder / vm_id
        if _is_alive(folder):
            return Observation("running", str(folder))
        deadline = time.monotonic() + _EVICT_SECONDS
        while evict_leftovers(folder / _AGENT):
            if time.monotonic() >= deadline:
                return Observation(
                    "unknown", words="its agent was killed, its programs are being ended"
                )
            time.sleep(_PAUSE_SECONDS)
        words = last_words(folder / _LOG).rpartition("\n")[2]
        return Observation("gone", words=words or "its process ended", certain=True)

    def _start(self, folder: Path, lock: int, command: AgentCommand) -> None:
        process_file = folder / _PROCESS
        process_file.unlink(missing_ok=True)
        arguments = ["/bin/sh", "-c", _WRAPPER, str(process_file), *command.arguments]
        arguments += ["--data-dir", str(folder / _AGENT)]
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        log = os.open(folder / _LOG, flags | os.O_CLOEXEC, 0o600)
        # Not by `subprocess`, whose processes belong to whoever started them.
        try:
            os.set_inheritable(lock, True)
            process = os.posix_spawn(
                arguments[0],
                arguments,
                {
                    **os.environ,
                    # The same modules as here.
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                    **command.environment,
                },
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, log, 1),
                    (os.POSIX_SPAWN_DUP2, log, 2),
                ],
                setsid=True,
            )
        finally:
            os.close(log)
        self._children.add(process)

    def _reap(self) -> None:
        """Collect agents that this process has started, and that have ended."""
        for process in tuple(self._children):
            try:
                ended = os.waitpid(process, os.WNOHANG)[0] != 0
            except ChildProcessError:
                ended = True
            if ended:
                self._children.discard(process)


def _try_lock(folder: Path) -> int | None:
    """Take the lock of a VM; return its descriptor, or None if an agent has it."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _is_alive(folder: Path) -> bool:
    try:
        lock = _try_lock(folder)
    except FileNotFoundError:
        return False
    if lock is None:
        return True
    os.close(lock)
    return False


def _send(folder: Path, number: int) -> None:
    """Send a signal to the agent of a VM, which lives: so the process is still the one."""
    with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
        process = int((folder / _PROCESS).read_text())
        try:
            os.kill(process, number)
        except OSError as error:
            if error.errno != errno.ESRCH:
                raise LaunchError(f"its agent cannot be ended: {error}") from error
