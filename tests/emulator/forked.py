"""Servers that begin in a moment, forked from a process that has loaded the service.

Loading takes most of a server's start, and tests that kill one after the other start hundreds. What
is forked carries out the whole command line, as a process of its own that ends as any other does.
The process that is forked is this module again: it does nothing else, and has a single thread.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import IO

#: More than a request with an environment takes.
_MOST = 1 << 20


class Forked:
    """A server's process, with what tests use of `subprocess.Popen`.

    Attributes:
        pid: Its number.
        stdout: What it prints.
        returncode: How it ended, once somebody has seen it; a signal is a negative number.
    """

    def __init__(
        self, arguments: Sequence[str], stderr: IO[bytes], environment: Mapping[str, str]
    ) -> None:
        """Fork a server.

        Args:
            arguments: What stands behind the program's name.
            stderr: Where its log goes.
            environment: Its variables.
        """
        read, write = os.pipe()
        self.stdout = os.fdopen(read, encoding="utf-8")
        try:
            self.pid = _parent().fork(arguments, environment, (write, stderr.fileno()))
        finally:
            os.close(write)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, or None."""
        if self.returncode is None:
            self.returncode = _parent().ended(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, for so many seconds.

        Raises:
            subprocess.TimeoutExpired: It has not ended.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("batchcompute.server", timeout or 0)
            time.sleep(0.005)
        return code

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        # Its number is nobody else's until `poll` has seen its end.
        if self.poll() is None:
            os.kill(self.pid, number)


class _Parent:
    """The process that servers are forked from."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            for each in (ours, theirs):
                for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                    each.setsockopt(socket.SOL_SOCKET, option, _MOST)
            # The tests may have been started by nohup, which the service would respect.
            self._process = subprocess.Popen(
                ["env", "--default-signal", sys.executable, "-P", __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._socket = ours

    def fork(
        self, arguments: Sequence[str], environment: Mapping[str, str], streams: Sequence[int]
    ) -> int:
        """Return the number of a new process."""
        words = json.dumps([list(arguments), dict(environment)]).encode()
        socket.send_fds(self._socket, [words], streams)
        answer = self._answer()
        assert answer is not None
        return answer

    def ended(self, process: int) -> int | None:
        """Return how a process ended; None if it has not."""
        self._socket.send(json.dumps(process).encode())
        return self._answer()

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self._process.wait()

    def _answer(self) -> int | None:
        data = self._socket.recv(_MOST)
        assert data, "the process that servers are forked from has ended"
        found: int | None = json.loads(data)
        return found


@cache
def _parent() -> _Parent:
    made = _Parent()
    atexit.register(made.close)
    return made


def _serve(control: socket.socket) -> int:
    """Fork whenever it is asked for; only forked processes return, with their exit codes."""
    # Whoever interrupts the tests interrupts the servers.
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        data, streams, _, _ = socket.recv_fds(control, _MOST, 2)
        if not data:
            return 0
        request = json.loads(data)
        if isinstance(request, int):
            process, status = os.waitpid(request, os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if process else None
            control.send(json.dumps(answer).encode())
            continue
        assert threading.active_count() == 1
        if process := os.fork():
            for each in streams:
                os.close(each)
            control.send(json.dumps(process).encode())
            continue
        control.close()
        signal.signal(signal.SIGINT, interrupted)
        arguments, environment = request
        return _be_a_server(arguments, environment, streams)


def _be_a_server(
    arguments: Sequence[str], environment: Mapping[str, str], streams: Sequence[int]
) -> int:
    from batchcompute.server.commands.main import run
    from batchcompute.server.model import crash_points

    for number, stream in enumerate(streams, start=1):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    # It has been read already, with nothing in it.
    crash_points.reach = crash_points.arm(os.environ)
    sys.argv[1:] = arguments
    return run(arguments)


def _main() -> int:
    control = socket.socket(fileno=int(sys.argv[1]))
    # What the command line loads as it goes.
    import batchcompute.server.process.service
    import batchcompute.server.process.standby  # noqa: F401

    return _serve(control)


if __name__ == "__main__":
    sys.exit(_main())
