"""The agent's end of the forker."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from batchcompute.server.executors.agent.messages import (
    Lines,
    Report,
    decode_report,
    encode_attempt,
)
from batchcompute.server.executors.interface import Attempt

_MODULE = "batchcompute.server.executors.agent.forker"


class ForkerProcess:
    """A forker, as seen from the agent. Nothing here blocks."""

    def __init__(
        self,
        data_dir: Path,
        private: Path,
        objects_url: str,
        bubblewrap: str,
        containers: str,
        user: str,
        open_files: int,
    ) -> None:
        """Start a forker.

        Args:
            data_dir: The executor's folder.
            private: What programs in namespaces shall not see.
            objects_url: The object store.
            bubblewrap: Path of bubblewrap, or "" to do without namespaces.
            containers: Path of the container engine, or "" to do without containers.
            user: What programs find in `USER`.
            open_files: The soft limit of open files that programs get; 0 for the agent's own.
        """
        self._lines = Lines()
        self._unsent = b""
        self._control, far = socket.socketpair()
        self._control.setblocking(False)
        self._reports, reports_far = os.pipe()
        os.set_blocking(self._reports, False)
        arguments = [sys.executable, "-P", "-m", _MODULE]
        arguments += ["--control", str(far.fileno()), "--reports", str(reports_far)]
        arguments += ["--data-dir", str(data_dir), "--private", str(private)]
        arguments += ["--objects", objects_url]
        arguments += ["--bubblewrap", bubblewrap, "--user", user]
        arguments += ["--containers", containers, "--open-files", str(open_files)]
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                pass_fds=(far.fileno(), reports_far),
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError:
            self._control.close()
            os.close(self._reports)
            raise
        finally:
            far.close()
            os.close(reports_far)

    @property
    def control(self) -> int:
        """Becomes readable when the forker is gone, and writable when it can take more."""
        return self._control.fileno()

    @property
    def reports(self) -> int:
        """Becomes readable when there are reports."""
        return self._reports

    @property
    def has_unsent(self) -> bool:
        """True if `flush` has something to send."""
        return bool(self._unsent)

    def send(self, attempt: Attempt) -> None:
        """Ask for a shim."""
        self._unsent += encode_attempt(attempt)
        self.flush()

    def flush(self) -> None:
        """Send what could not be sent before, as much as the forker takes."""
        # If the forker is gone, the end of its descriptor says so; what was not sent stays unsaid.
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            while self._unsent:
                sent = self._control.send(self._unsent)
                self._unsent = self._unsent[sent:]

    def is_gone(self) -> bool:
        """Return whether the forker ended; to be asked when `control` is readable."""
        try:
            return self._control.recv(1) == b""
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True

    def read_reports(self) -> Iterator[Report]:
        """Hand out the reports that have come."""
        try:
            while data := os.read(self._reports, 1 << 16):
                for line in self._lines.feed(data):
                    yield decode_report(line)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Let the forker end, which shims do not mind."""
        self._control.close()
        os.close(self._reports)
        self._process.wait()
