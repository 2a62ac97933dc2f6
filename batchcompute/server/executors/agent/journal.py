"""The journal of a machine: which shim began which attempt, and how each ended.

All shims append to one file, a line at a time, so that one sync covers the ends of many. A line is
written in one call, which never mixes with others, and outlives its writer; what has to outlive a
power cut is synced by the agent before it tells anybody. A line that is not whole, which a power
cut or a full disk leaves, is none.

A shim holds a lock on one byte of its file, the one of its number, for as long as it lives. So
whoever gets the lock knows that nothing follows from that shim.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from batchcompute.server.executors.interface import Attempt, Receipt
from batchcompute.server.model import crash_points

_RECEIPT_FIELDS = tuple(each.name for each in fields(Receipt))


@dataclass(slots=True)
class Begun:
    """An attempt that a shim has begun.

    Attributes:
        shim: The shim's number.
        pool_id, worker_id: The worker that it runs on.
        started_at: When, in seconds since the epoch, UTC.
    """

    shim: int
    pool_id: str
    worker_id: str
    started_at: float


@dataclass(slots=True)
class Entries:
    """What a journal says.

    Attributes:
        shims: Number -> process.
        begun: Attempts that were begun, and are not known to have ended.
        receipts: How others ended.
    """

    shims: dict[int, int] = field(default_factory=dict[int, int])
    begun: dict[str, Begun] = field(default_factory=dict[str, Begun])
    receipts: dict[str, Receipt] = field(default_factory=dict[str, Receipt])


class JournalWriter:
    """A shim's end of the journal."""

    def __init__(self, path: Path, shim: int) -> None:
        """Open a journal, and take the lock of a shim.

        Args:
            path: The file, which the agent has made.
            shim: The shim's number.

        Raises:
            FileNotFoundError: It is not there any more, and so is nobody who wants this shim.
        """
        # Never opened twice: closing any of a process's descriptors would give up its locks.
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX, 1, shim)
        self._shim = shim
        self._append(["shim", shim, os.getpid()])

    def begin(self, attempt: Attempt, started_at: float) -> None:
        """Say that an attempt is begun.

        Raises:
            OSError: It cannot be written; nothing was.
        """
        self._append(
            [
                "begin",
                self._shim,
                attempt.attempt_id,
                attempt.pool_id,
                attempt.worker_id,
                started_at,
            ]
        )

    def refuse(self, attempt_id: str) -> None:
        """Take back `begin`, as somebody else has the attempt."""
        self._append(["refuse", self._shim, attempt_id])

    def end(self, receipt: Receipt) -> None:
        """Say how an attempt ended.

        Raises:
            OSError: It cannot be written; nothing was.
        """
        crash_points.reach("receipt.before")
        self._append(["end", *(getattr(receipt, name) for name in _RECEIPT_FIELDS)])
        crash_points.reach("receipt.after")

    def _append(self, line: list[Any]) -> None:
        # On a full disk somebody may have written a part of a line, which is ended first.
        data = b"\n" + json.dumps(line).encode() + b"\n"
        if os.write(self._descriptor, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Journal:
    """The agent's end of one file of the journal."""

    def __init__(self, path: Path) -> None:
        """Open a journal; it is made if it is not there."""
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._read = 0
        self._rest = b""
        #: Ends in it that are not forgotten, and shims that may write to it.
        self.wanted: set[str] = set()
        self.shims: set[int] = set()
        self.entries = Entries()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    @property
    def size(self) -> int:
        """How long it is, in bytes."""
        return os.fstat(self._descriptor).st_size

    def refresh(self) -> Entries:
        """Read what was added, and return all that it says."""
        while data := os.pread(self._descriptor, 1 << 20, self._read):
            self._read += len(data)
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                _take(self.entries, line)
        return self.entries

    def sync(self) -> None:
        """Make durable what is in it."""
        os.fdatasync(self._descriptor)

    def is_alive(self, shim: int) -> bool:
        """Return whether a shim lives."""
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, shim)
        except OSError:
            return True
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, shim)
        return False


def journals(folder: Path) -> Iterator[Path]:
    """Return the files of a machine's journal, in any order."""
    with os.scandir(folder) as entries:
        for entry in entries:
            yield Path(entry.path)


def _take(entries: Entries, line: bytes) -> None:
    try:
        found = json.loads(line)
    except ValueError:
        return
    match found:
        case ["shim", number, process]:
            entries.shims[number] = process
        case ["begin", shim, attempt_id, pool_id, worker_id, started_at]:
            entries.begun[attempt_id] = Begun(shim, pool_id, worker_id, started_at)
        case ["refuse", shim, attempt_id]:
            begun = entries.begun.get(attempt_id)
            if begun is not None and begun.shim == shim:
                del entries.begun[attempt_id]
        case ["end", *values]:
            try:
                receipt = Receipt(*values)
            except TypeError:
                return
            entries.begun.pop(receipt.attempt_id, None)
            entries.receipts[receipt.attempt_id] = receipt
        case _:
            pass
