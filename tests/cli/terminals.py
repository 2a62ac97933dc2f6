"""The command in a pseudo-terminal, as a person sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

from tests.cli.conftest import COMMAND


class Terminal:
    """A command that runs in a terminal of its own.

    Args:
        arguments: What stands behind `batchcompute`.
        environ: Its environment.
        columns: Columns of the terminal.
        lines: Lines of the terminal.
        program: What is run, if it is not `batchcompute`.
    """

    def __init__(
        self,
        *arguments: str,
        environ: Mapping[str, str],
        columns: int = 80,
        lines: int = 24,
        program: Sequence[str] = COMMAND,
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environ = {name: value for name, value in environ.items() if name not in _SIZES}
        self.process = subprocess.Popen(
            [*program, *arguments],
            env={**environ, "TERM": "xterm-256color"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    @property
    def text(self) -> str:
        """What is on the screen now."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def scrolled(self) -> int:
        """How many lines have left the screen at its top."""
        return len(self.screen.history.top)

    def press(self, keys: bytes) -> None:
        """Type something.

        Args:
            keys: The keys.
        """
        os.write(self._master, keys)

    def until(self, seen: Callable[[str], bool]) -> str:
        """Read until the screen shows something; return its text.

        Args:
            seen: Says whether a text is what is waited for.
        """
        deadline = time.monotonic() + 60
        while not seen(self.text):
            if not self._read(deadline):
                raise AssertionError(f"it never showed that:\n{self.text}")
        return self.text

    def end(self) -> int:
        """Read all that comes, and return the exit code."""
        deadline = time.monotonic() + 60
        while self._read(deadline):
            pass
        return self.process.wait(timeout=60)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            piece = os.read(self._master, 65536)
        except OSError:
            return False  # the other side is closed
        self.raw += piece
        self._stream.feed(piece)
        return bool(piece)


_SIZES = ("COLUMNS", "LINES")
