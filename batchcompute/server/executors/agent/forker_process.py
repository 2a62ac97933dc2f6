"""The agent's end of the forker."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from batchcompute.server.executors.agent.messages import Line, Lines, encode_line

# Whoever starts a forker does not load anything else before.
if TYPE_CHECKING:
    from batchcompute.server.executors.agent.protocol import Findings, Settings
    from batchcompute.server.objects.cache.cache import ObjectCache

_MODULE = "batchcompute.server.executors.agent.forker"


class ForkerProcess:
    """A forker, as seen from the agent. Nothing here blocks."""

    def __init__(self, data_dir: str) -> None:
        """Start a forker, which loads what it needs while nobody knows yet what it is to be told.

        Args:
            data_dir: The agent's folder.

        Raises:
            OSError: No process can be started.
        """
        self._lines = Lines()
        # Lines with channels that could not be sent yet.
        self._unsent: deque[tuple[bytes, socket.socket]] = deque()
        self._control, far = socket.socketpair()
        self._control.setblocking(False)
        arguments = [sys.executable, "-P", "-m", _MODULE]
        arguments += ["--control", str(far.fileno()), "--data-dir", data_dir]
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                pass_fds=(far.fileno(),),
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError:
            self._control.close()
            raise
        finally:
            far.close()

    def configure(
        self, settings: Settings, findings: Findings, boot: str, cache: ObjectCache | None
    ) -> None:
        """Tell it what it has to know, once.

        Args:
            settings: What the agent was told.
            findings: What works on this machine.
            boot: The agent's boot id.
            cache: The machine's cache of objects, if it has one.
        """
        told = {
            "boot": boot,
            "private": settings.private,
            "objects": settings.objects,
            "bubblewrap": findings.bubblewrap,
            "containers": findings.containers,
            "open_files": settings.open_files,
            "transfer_seconds": settings.transfer_seconds,
            "memory_bytes": findings.memory_bytes,
            "caps": findings.caps,
            "secrets": settings.secrets,
            "lasting": settings.lasting,
            "cache": None if cache is None else [str(cache.folder), cache.limit],
        }
        assert self._process.stdin is not None
        # If it is gone, the end of its descriptor says so.
        with contextlib.suppress(BrokenPipeError), self._process.stdin as file:
            file.write(json.dumps(told).encode())

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when the forker says something or is gone."""
        return self._control.fileno()

    @property
    def has_unsent(self) -> bool:
        """True if `flush` has something to send."""
        return bool(self._unsent)

    def fork(self, number: int, journal: Path, channel: socket.socket) -> None:
        """Ask for a shim.

        Args:
            number: Its number.
            journal: What it writes to.
            channel: Its end of its channel to the agent, which is closed here.
        """
        self._unsent.append((encode_line(["fork", number, str(journal)]), channel))
        self.flush()

    def flush(self) -> None:
        """Send what could not be sent before, as much as the forker takes."""
        # If the forker is gone, the end of its descriptor says so; what was not sent stays unsaid.
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            while self._unsent:
                line, channel = self._unsent[0]
                # Short lines: the first byte of one is sent with its end.
                socket.send_fds(self._control, [line], [channel.fileno()])
                channel.close()
                self._unsent.popleft()

    def read(self) -> list[Line] | None:
        """Return what it has said, or None if it is gone and has nothing more to say."""
        found: list[Line] = []
        try:
            while data := self._control.recv(1 << 16):
                found += [json.loads(line) for line in self._lines.feed(data)]
        except BlockingIOError:
            return found
        except ConnectionResetError:
            pass
        return found or None

    def close(self) -> None:
        """Let the forker end, which shims do not mind."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        for _, channel in self._unsent:
            channel.close()
        self._unsent.clear()
        self._control.close()

    def wait(self, seconds: float) -> None:
        """Wait for its end, which is near once it is closed or its descriptor says so."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
