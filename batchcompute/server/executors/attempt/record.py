"""The folder of an attempt: its lock, its receipt, and what was asked of it.

Server and shim agree on what happened to an attempt through these files alone:

- `lock` is held from before the first look at the receipt until the shim is gone. It says where
  the shim can be found.
- `receipt.json` is written at most once, by link(): the shim's receipt, or a tombstone. A tombstone
  is put by whoever holds the lock and finds no receipt, so no receipt can follow it.
- `stop` and `evict` are requests, written before the shim is woken up.

A shim never makes the folder: once it was removed, nothing can start under its name any more.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import signal
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from batchcompute.server.executors.interface import Receipt
from batchcompute.server.model import crash_points
from batchcompute.server.objects import durable

#: "stop" ends in a receipt that says so; "evict" ends without any.
Request = Literal["stop", "evict"]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who runs an attempt, as written into its lock file.

    Attributes:
        pid: The shim.
        pool_id, worker_id: The worker it runs on.
        started_at: When it was claimed, in seconds since the epoch, UTC.
    """

    pid: int
    pool_id: str
    worker_id: str
    started_at: float


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Stands in the place of a receipt of an attempt that was given up for lost."""

    cause: str


def _fields(written: Holder | Receipt | Tombstone) -> dict[str, object]:
    # All are texts and numbers, which `asdict` would copy one by one.
    return {each.name: getattr(written, each.name) for each in fields(written)}


class Record:
    """What is known about one attempt."""

    def __init__(self, folder: Path) -> None:
        """Name a folder, which need not exist.

        Args:
            folder: The attempt's own folder.
        """
        self.folder = folder

    @property
    def attempt_id(self) -> str:
        """The attempt that this is about."""
        return self.folder.name

    def create(self) -> None:
        """Make the folder, if it is not there."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def acquire(self) -> int | None:
        """Take the lock.

        Returns:
            A descriptor that holds the lock until it is closed, or None if another process has it.

        Raises:
            FileNotFoundError: The folder is not there, or was removed meanwhile.
        """
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_nlink == 0:
                raise FileNotFoundError(errno.ENOENT, "the attempt was removed", str(self.folder))
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def introduce(self, descriptor: int, holder: Holder) -> None:
        """Say in the lock file who holds it; `descriptor` comes from `acquire`."""
        words = json.dumps(_fields(holder)).encode()
        os.ftruncate(descriptor, 0)
        if os.pwrite(descriptor, words, 0) < len(words):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder / "lock"))

    def was_begun(self, descriptor: int) -> bool:
        """Say whether anybody has introduced themselves so far; `descriptor` is of the lock."""
        return os.fstat(descriptor).st_size > 0

    def holder(self) -> Holder | None:
        """Return who took the lock last, or None if nobody has said so yet."""
        try:
            return Holder(**json.loads((self.folder / "lock").read_bytes()))
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def outcome(self) -> Receipt | Tombstone | None:
        """Return what stands at the receipt's place.

        Half a receipt is none. It can only come from a power cut, which ended its shim as well.
        """
        try:
            fields = json.loads((self.folder / "receipt.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return Tombstone(**fields) if "cause" in fields else Receipt(**fields)

    def conclude(self, outcome: Receipt | Tombstone) -> bool:
        """Write the receipt or tombstone durably, unless one is there.

        The caller holds the lock.

        Returns:
            True if this call wrote it.
        """
        data = json.dumps(_fields(outcome), ensure_ascii=False).encode(errors="replace")
        is_receipt = isinstance(outcome, Receipt)
        crash_points.reach("receipt.before" if is_receipt else "tombstone.before")
        target = self.folder / "receipt.json"
        written = durable.put_small_if_absent(target, data)
        if not written and self.outcome() is None:
            target.unlink()
            written = durable.put_small_if_absent(target, data)
        crash_points.reach("receipt.after" if is_receipt else "tombstone.after")
        return written

    def bury(self, cause: str) -> Receipt | Tombstone | None:
        """Make sure that something stands at the receipt's place: a tombstone, if nothing does.

        Args:
            cause: Why the attempt is given up.

        Returns:
            What stands there now and for ever, or None if a shim has the lock and may still write.

        Raises:
            FileNotFoundError: There is no such attempt, so nothing can ever start in its name.
        """
        lock = self.acquire()
        if lock is None:
            return None
        try:
            outcome = self.outcome()
            if outcome is None:
                outcome = Tombstone(cause)
                self.conclude(outcome)
            return outcome
        finally:
            os.close(lock)

    def remove(self, trash: Path) -> Path | None:
        """Remove everything about the attempt, for good, unless a shim still has the lock.

        Args:
            trash: A folder on the same file system.

        Returns:
            A folder in it with what may take long to remove; None if nothing is left.
        """
        try:
            lock = self.acquire()
        except FileNotFoundError:
            return None
        if lock is None:
            return None
        try:
            # At one blow, so that a late shim finds either the receipt or no folder.
            grave = durable.temporary_name(trash)
            crash_points.reach("forget.before")
            self.folder.rename(grave)
            crash_points.reach("forget.after")
        finally:
            os.close(lock)
        for name in ("lock", "receipt.json"):
            # Mostly there is nothing else in it.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(grave / name)
        try:
            os.rmdir(grave)
        except OSError:
            return grave
        return None

    def ask(self, request: Request) -> None:
        """Leave a request for the shim, also for one that has not started yet."""
        (self.folder / request).touch()

    def asked(self) -> Request | None:
        """Return what was asked for. An eviction stands above a stop: it promises no result."""
        if (self.folder / "evict").exists():
            return "evict"
        return "stop" if (self.folder / "stop").exists() else None

    def wake(self) -> None:
        """Make the shim look at the requests.

        There is nothing to do for a shim that has not introduced itself: it looks afterwards.
        """
        holder = self.holder()
        if holder is None:
            return
        try:
            if not hasattr(os, "pidfd_open"):  # not on macOS
                if self.is_held():
                    os.kill(holder.pid, signal.SIGUSR1)
                return
            descriptor = os.pidfd_open(holder.pid)
        except ProcessLookupError:
            return
        try:
            # The lock is held, so the shim lives, so the descriptor stands for the shim and not for
            # a later process with its number.
            if self.is_held():
                signal.pidfd_send_signal(descriptor, signal.SIGUSR1)
        except ProcessLookupError:
            pass
        finally:
            os.close(descriptor)

    def is_held(self) -> bool:
        """Return whether a shim has the lock at this moment."""
        try:
            # Only to be read, which a full or read-only disk allows as well.
            descriptor = os.open(self.folder / "lock", os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False
