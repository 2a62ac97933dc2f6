"""The journal of a machine: which shim began which attempt, and how each ended.

All shims append to one file, a line at a time, so that one sync covers the ends of many. A line is
written in one call, which never mixes with others, and outlives its writer; what has to outlive a
power cut is synced by the agent before it tells anybody. A line that is not whole, which a power
cut or a full disk leaves, is none.

A sync that fails leaves nobody knowing what the disk has, and the next one succeeds without having
written it. So a file whose sync failed is doubtful for good: what is needed of it is written to
another one.

With a receipt lie small objects of its attempt that were not synced when they were written, such as
what its program printed. They are kept until all of them are synced together, which a mark says.

A shim holds a lock on one byte of its file, the one of its number, for as long as it lives. So
whoever gets the lock knows that nothing follows from that shim.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from batchcompute.server.executors.agent.messages import RECEIPT_FIELDS, receipt_text
from batchcompute.server.executors.attempt import marks
from batchcompute.server.executors.interface import Attempt, Receipt
from batchcompute.server.model import crash_points
from batchcompute.server.objects.unsynced import Unsynced

#: How the name of a file ends whose sync failed.
_DOUBTFUL = ".doubtful"
#: No shim has a higher number, and no time is later, in seconds since the epoch.
_LAST_SHIM, _LATEST = (1 << 31) - 1, 1e11


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
    """The content of a journal.

    Attributes:
        shims: Number -> process.
        begun: Attempts that were begun, and are not known to have ended.
        receipts: How others ended.
        unsynced: Those of them with objects that were left unsynced.
    """

    shims: dict[int, int] = field(default_factory=dict[int, int])
    begun: dict[str, Begun] = field(default_factory=dict[str, Begun])
    receipts: dict[str, Receipt] = field(default_factory=dict[str, Receipt])
    unsynced: set[str] = field(default_factory=set[str])


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
        #: What the shim and its programs are to carry; see `attempt.marks`.
        self.mark = _mark(self._descriptor, path, shim)
        _append(self._descriptor, json.dumps(["shim", shim, os.getpid()]))

    def begin(self, attempt: Attempt, started_at: float) -> None:
        """Say that an attempt is begun.

        Raises:
            OSError: It cannot be written; nothing was.
        """
        where = attempt.pool_id, attempt.worker_id
        begin = ["begin", self._shim, attempt.attempt_id, *where, started_at]
        _append(self._descriptor, json.dumps(begin))

    def refuse(self, attempt_id: str) -> None:
        """Take back `begin`, as somebody else has the attempt."""
        _append(self._descriptor, json.dumps(["refuse", self._shim, attempt_id]))

    def end(self, receipt: Receipt, unsynced: Sequence[Unsynced] = ()) -> None:
        """Say how an attempt ended.

        Args:
            receipt: How.
            unsynced: Objects of it that are not durable, which are kept here until they are.

        Raises:
            OSError: It cannot be written; nothing was.
        """
        crash_points.reach("receipt.before")
        _append(self._descriptor, *_end_lines(receipt, unsynced))
        crash_points.reach("receipt.after")


class Journal:
    """The agent's end of one file of the journal."""

    def __init__(self, path: Path) -> None:
        """Open a journal; it is made if it is not there."""
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        # What programs print is in it.
        self._descriptor = os.open(path, flags, 0o600)
        #: True if nobody knows what of it is on the disk.
        self.is_doubtful = path.name.endswith(_DOUBTFUL)
        self._read = 0
        self._rest = b""
        #: Ends in it that are not forgotten, and shims that may write to it.
        self.wanted: set[str] = set()
        self.shims: set[int] = set()
        #: True if it keeps objects that may not be durable.
        self.has_unsynced = False
        # What objects it kept when it was so long.
        self._unsynced: tuple[int, dict[str, list[Unsynced]]] = 0, {}
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
        """Make durable what is in it.

        Raises:
            OSError: That cannot be, or could not be before; then it is doubtful for good.
        """
        if self.is_doubtful:
            raise OSError(errno.EIO, "an earlier sync of this file failed", str(self.path))
        try:
            os.fdatasync(self._descriptor)
        except OSError:
            self.is_doubtful = True
            raise

    def mark_doubtful(self) -> None:
        """Have the next agent know as well, as far as the disk lets that be."""
        self.is_doubtful = True
        if not self.path.name.endswith(_DOUBTFUL):
            with contextlib.suppress(OSError):
                self.path = self.path.rename(self.path.with_name(self.path.name + _DOUBTFUL))

    def append(self, receipt: Receipt, unsynced: Sequence[Unsynced]) -> None:
        """Write a receipt and its objects, as its shim has done elsewhere.

        Raises:
            OSError: It cannot be written; nothing was.
        """
        _append(self._descriptor, *_end_lines(receipt, unsynced))

    def mark_objects_synced(self, size: int) -> None:
        """Say that the objects are durable that were left unsynced when it was so long.

        Raises:
            OSError: It cannot be written.
        """
        _append(self._descriptor, json.dumps(["synced", size]))

    def unsynced(self) -> dict[str, list[Unsynced]]:
        """Read which objects are kept here, as they may not be durable. Any thread may call it.

        Returns:
            Attempt -> objects.

        Raises:
            OSError: It cannot be read.
        """
        size, unsynced = self._unsynced
        if size == self.size:
            return unsynced
        data = _read_whole(self._descriptor)
        found: dict[int, tuple[str, list[Unsynced]]] = {}
        start, end = 0, 0
        for line in data.split(b"\n"):
            start, end = end, end + len(line) + 1
            match _parse(line):
                case ["unsynced", str(attempt_id), *objects]:
                    with contextlib.suppress(ValueError, TypeError):
                        found[start] = attempt_id, [Unsynced.from_values(each) for each in objects]
                case ["synced", int(size)]:
                    found = {start: each for start, each in found.items() if start >= size}
                case _:
                    pass
        unsynced = dict(found.values())
        self._unsynced = len(data), unsynced
        return unsynced

    def left_by_dead(self, attempt_id: str) -> int | None:
        """Return the mark of what may be left of an attempt: its shim is gone, and left no end."""
        begun = self.entries.begun.get(attempt_id)
        if begun is None or self.is_alive(begun.shim):
            return None
        return _mark(self._descriptor, self.path, begun.shim)

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


def _end_lines(receipt: Receipt, unsynced: Sequence[Unsynced]) -> list[str]:
    # In a line of their own, so that whoever does not know of them still reads the receipt.
    end = f'["end", {receipt_text(receipt)}'
    if not unsynced:
        return [end]
    kept = ["unsynced", receipt.attempt_id, *(each.to_values() for each in unsynced)]
    return [json.dumps(kept), end]


def _mark(descriptor: int, path: Path, shim: int) -> int:
    """Return the mark of a shim. In a copy of the folder it is another one."""
    status = os.fstat(descriptor)
    name = path.name.removesuffix(_DOUBTFUL)
    return marks.mark_of(f"{status.st_dev}.{status.st_ino}.{name}.{shim}")


def _append(descriptor: int, *lines: str) -> None:
    # On a full disk somebody may have written a part of a line, which is ended first.
    data = "\n".join(("", *lines, "")).encode()
    if os.write(descriptor, data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _read_whole(descriptor: int) -> bytes:
    parts: list[bytes] = []
    offset = 0
    while part := os.pread(descriptor, 1 << 20, offset):
        parts.append(part)
        offset += len(part)
    return b"".join(parts)


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _take(entries: Entries, line: bytes) -> None:
    """Note what a line says; one that no shim wrote, such as of a damaged disk, says nothing."""
    match _parse(line):
        case ["shim", int(number), int(process)]:
            entries.shims[number] = process
        case ["begin", int(shim), str(attempt_id), str(pool_id), str(worker_id), started_at] if (
            0 <= shim <= _LAST_SHIM and _is_time(started_at)
        ):
            entries.begun[attempt_id] = Begun(shim, pool_id, worker_id, started_at)
        case ["refuse", int(shim), str(attempt_id)]:
            begun = entries.begun.get(attempt_id)
            if begun is not None and begun.shim == shim:
                del entries.begun[attempt_id]
        case ["unsynced", str(attempt_id), *_]:
            entries.unsynced.add(attempt_id)
        case ["end", str(attempt_id), str(_), int(_), started_at, ended_at, *words] as said if (
            _is_time(started_at)
            and _is_time(ended_at)
            and len(said) <= 1 + len(RECEIPT_FIELDS)
            and all(isinstance(word, str) for word in words)
        ):
            entries.begun.pop(attempt_id, None)
            entries.receipts[attempt_id] = Receipt(*said[1:])
        case _:
            pass


def _is_time(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= cast("float", value) <= _LATEST
