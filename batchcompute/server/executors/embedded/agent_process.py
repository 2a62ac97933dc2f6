"""The agent of this machine as a child process, and the socket to it."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

from batchcompute.server.executors.agent.frames import Frame, FrameSocket
from batchcompute.server.executors.agent.logs import LOG_NAME, last_words
from batchcompute.server.executors.agent.protocol import Join, Settings, plain, read_join
from batchcompute.server.executors.agent.session import PROTOCOL
from batchcompute.server.executors.attempt.caps.cgroups import find_delegated
from batchcompute.server.executors.attempt.caps.finding import scope_command
from batchcompute.server.executors.attempt.caps.rules import CapRules

_MODULE = "batchcompute.server.executors.agent.main"
#: How long an agent may take to say that it is there. It may have to wait for a former one, and for
#: a container engine that hangs.
_JOIN_SECONDS = 120.0


class AgentError(RuntimeError):
    """An agent cannot be started; the message says why.

    Attributes:
        killed: Whether somebody killed it, which is no fault of its own.
    """

    def __init__(self, message: str, *, killed: bool = False) -> None:
        """Describe the failure; see the attributes."""
        super().__init__(message)
        self.killed = killed


def _scope(settings: Settings) -> list[str]:
    """Return what to put before the agent, so that it gets a cgroup for its programs."""
    wanted = CapRules.from_text(settings.caps)
    if wanted is None or wanted.cgroup:
        return []
    try:
        find_delegated()
    except LookupError:
        return scope_command()
    return []


class AgentProcess:
    """A running agent, as seen from the server.

    Attributes:
        connection: To it.
        join: How it introduced itself.
        early: What it said right after that.
    """

    connection: FrameSocket
    join: Join
    early: list[Frame]

    def __init__(self, settings: Settings) -> None:
        """Start an agent and wait until it is there.

        Args:
            settings: What it has to know.

        Raises:
            AgentError: It does not come up, or does not fit.
            OSError: No process can be started.
        """
        self._settings = settings
        data_dir = Path(settings.data_dir)
        self.log = data_dir / LOG_NAME
        near, far = socket.socketpair()
        self.connection = FrameSocket(near)
        arguments = [*_scope(settings), sys.executable, "-P", "-m", _MODULE]
        arguments += ["--socket", str(far.fileno()), "--data-dir", str(data_dir)]
        try:
            with far, self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(far.fileno(),),
                    # A Ctrl-C in the server's terminal is not meant for running programs.
                    start_new_session=True,
                    # The same modules as here, and none from wherever the server was started.
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                )
        except OSError:
            self.connection.close()
            raise
        try:
            self.connection.send({"configure": plain(settings)})
            self.join = self._await_join()
        except BaseException:
            self.end()
            raise

    def end(self, seconds: float = 0.0) -> int:
        """Let the agent go, and wait until it is gone.

        Args:
            seconds: How long it may take before it is killed.

        Returns:
            Its exit code, negative if a signal ended it.
        """
        self.connection.close()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _await_join(self) -> Join:
        deadline = time.monotonic() + _JOIN_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            select.select([self.connection], [], [], left)
            frames = self.connection.receive()
            if frames is None:
                code = self._process.wait()
                words = last_words(self.log)
                raise AgentError(f"the agent does not start: {words}", killed=code < 0)
            if not frames:
                continue
            first, *self.early = frames
            if "refuse" in first:
                raise AgentError(str(first["refuse"]))
            return self._check(read_join(first["join"]))
        raise AgentError(f"the agent did not answer within {_JOIN_SECONDS:g} seconds")

    @staticmethod
    def _check(join: Join) -> Join:
        if join.protocol != PROTOCOL:
            raise AgentError(
                f"the agent speaks protocol {join.protocol} (release {join.release}), "
                f"and this server speaks {PROTOCOL}; install the same release on both"
            )
        return join
