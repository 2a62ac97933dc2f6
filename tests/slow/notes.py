"""What programs tell a test and what it tells them, in namespaces as well.

There the machine is read-only and `/tmp` is empty; what can be written to is a pipe.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PLACE = "/var/tmp"


class Notes:
    """A folder with a pipe that programs write lines to, and gates that they wait for.

    Gates are pipes as well: who waits takes no time of a processor, however many they are.
    """

    def __init__(self, folder: Path) -> None:
        """Make the pipe in a folder that programs see."""
        self._folder = folder
        self._pipe = folder / "notes"
        os.mkfifo(self._pipe)
        # Open for both, so that no writer ever waits for a reader.
        self._descriptor = os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK)
        self._seen: list[str] = []
        self._open: list[int] = []

    def close(self) -> None:
        """Close the pipes."""
        for each in (self._descriptor, *self._open):
            os.close(each)

    def note(self, words: str) -> str:
        """Return a shell command that leaves a line; short ones never mix."""
        return f'echo "{words}" > {self._pipe}'

    def wait_for(self, gate: str) -> str:
        """Return a shell command that waits until a gate is open."""
        return f"true < {self._gate(gate)}"

    def open(self, gate: str) -> None:
        """Open a gate."""
        # Whoever opens a pipe to read it waits until somebody has it open to write to it.
        self._open.append(os.open(self._gate(gate), os.O_RDWR | os.O_NONBLOCK))

    def _gate(self, name: str) -> Path:
        path = self._folder / name
        if not path.exists():
            os.mkfifo(path)
        return path

    def counts(self) -> Counter[str]:
        """Return how often which line was left until now."""
        return Counter(self.lines())

    def lines(self) -> list[str]:
        """Return all lines that were left until now, in their order."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._descriptor, 1 << 16):
                self._seen += data.decode().splitlines()
        return self._seen


@contextmanager
def notes() -> Iterator[Notes]:
    """Make notes for one story, gone after it."""
    folder = Path(tempfile.mkdtemp(prefix="batchcompute-notes-", dir=_PLACE))
    made = Notes(folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)
