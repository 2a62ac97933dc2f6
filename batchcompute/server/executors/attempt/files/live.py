"""Publishing what a running program has written so far, so that its output can be followed.

A child of the shim copies the files to their objects. It belongs to the tree of the attempt: it is
gone before the final upload, and before another attempt at the same instance begins, so what it
writes never replaces anything newer. While an object store is slow, only the child waits.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchcompute.server.executors.attempt import processes
from batchcompute.server.executors.attempt.files.mappings import Mappings, is_within
from batchcompute.server.executors.attempt.worlds.world import Surroundings, Workspace
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import ObjectStore, ObjectStoreError
from batchcompute.server.objects.factory import reopen

#: A program that ends sooner costs nothing of this; later, files are looked at this often.
FIRST_SECONDS = 2.0
#: The longer it runs, the longer are the pauses: a twentieth of its time, up to this.
_LONGEST_SECONDS = 10.0
_PAUSE_SHARE = 0.05
#: Bytes that a file may cost in all: so many times its length, and some for short ones.
_TIMES, _FREE = 6, 1 << 20
#: How long a child that is told to end may take before it is killed.
_END_SECONDS = 2.0
_STEP = 1 << 20
#: Opens a folder without being allowed to read it, where the system can.
_PATH_ONLY: int = getattr(os, "O_PATH", os.O_RDONLY)


@dataclass(slots=True)
class _Published:
    """The published part of a file.

    Attributes:
        stamp: Length and time of the last change of what was published.
        written: Bytes in all.
    """

    stamp: tuple[int, int] = (0, 0)
    written: int = 0


@dataclass(frozen=True, slots=True)
class _Piece:
    """The beginning of an open file that is to become an object."""

    descriptor: int
    size: int
    address: str


class LiveFiles:
    """Publishes the streams and logs of one attempt while its program runs."""

    def __init__(
        self,
        objects: ObjectStore,
        surroundings: Surroundings,
        workspace: Workspace,
        attempt: Attempt,
        mappings: Mappings,
    ) -> None:
        """Get ready for a program that starts now.

        Args:
            objects: Where to.
            surroundings: The world of the program.
            workspace: Its folders.
            attempt: Whose streams.
            mappings: Its logs. Those that are folders are uploaded at the end alone.
        """
        self._objects = objects
        self._surroundings = surroundings
        self._workspace = workspace
        self._streams = [
            (name, address)
            for name, address in (("stdout", attempt.stdout), ("stderr", attempt.stderr))
            if address
        ]
        self._logs = [pair for pair in mappings.logs if not pair.is_directory]
        self._published: dict[str, _Published] = {}
        self._began = time.monotonic()
        self._child = 0
        #: When `tick` has something to do, in seconds of the monotonic clock.
        self.due = self._began + FIRST_SECONDS if self._streams or self._logs else math.inf

    @property
    def children(self) -> tuple[int, ...]:
        """The processes of this one that are its own affair."""
        return (self._child,) if self._child else ()

    def tick(self, now: float) -> None:
        """Publish what has changed, if it is due.

        Args:
            now: The time, in seconds of the monotonic clock.
        """
        if now < self.due:
            return
        pieces = list(self._pieces())
        try:
            # Until it has ended there is nothing to do.
            if pieces and self._fork(pieces):
                self.due = math.inf
            else:
                self._pause(now)
        finally:
            for piece in pieces:
                os.close(piece.descriptor)

    def reaped(self, process: int, _status: int) -> None:
        """Take note that a child has ended."""
        if process == self._child:
            self._child = 0
            self._pause(time.monotonic())

    def interrupt(self) -> None:
        """Have nothing more published."""
        self.due = math.inf
        if self._child:
            os.kill(self._child, signal.SIGTERM)

    def end(self) -> None:
        """Wait until nothing is being published any more."""
        deadline = time.monotonic() + _END_SECONDS
        while self._child:
            if os.waitpid(self._child, os.WNOHANG) != (0, 0):
                break
            if time.monotonic() >= deadline:
                os.kill(self._child, signal.SIGKILL)
                os.waitpid(self._child, 0)
                self._objects.tidy()
                break
            time.sleep(0.001)
        self._child = 0

    def _pause(self, now: float) -> None:
        longest = min(_PAUSE_SHARE * (now - self._began), _LONGEST_SECONDS)
        self.due = now + max(FIRST_SECONDS, longest)

    def _pieces(self) -> Iterator[_Piece]:
        """Open what is to be published now."""
        for find, local, address in self._sources():
            try:
                descriptor = _open(find(local), self._workspace.folder)
            except (OSError, ValueError):
                continue  # It is not there yet, or leads out of the program's own files.
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode) and self._is_worth(address, status):
                yield _Piece(descriptor, status.st_size, address)
            else:
                os.close(descriptor)

    def _sources(self) -> Iterator[tuple[Callable[[str], Path], str, str]]:
        """Go through the files as (how to find it, what it is called, its address)."""
        for name, address in self._streams:
            yield self._workspace.stream, name, address
        for pair in self._logs:
            # What was left as it was found is not the program's.
            if self._surroundings.origin(pair.local) is None:
                yield self._surroundings.host_path, pair.local, pair.address

    def _is_worth(self, address: str, status: os.stat_result) -> bool:
        """Say whether to publish a file, and take note of it if so."""
        stamp = status.st_size, status.st_mtime_ns
        known = self._published.get(address) or _Published()
        if stamp == known.stamp or (not status.st_size and not known.written):
            return False
        # The final upload comes on top.
        if known.written > _FREE + (_TIMES - 2) * status.st_size:
            return False
        known.stamp = stamp
        known.written += status.st_size
        self._published[address] = known
        return True

    def _fork(self, pieces: Sequence[_Piece]) -> bool:
        shim = os.getpid()
        # No signal may come to the child while it has the handlers of this process.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            process = os.fork()
            if process == 0:
                self._be_child(pieces, shim)
        except OSError:
            return False
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._child = process
        return True

    def _be_child(self, pieces: Sequence[_Piece], shim: int) -> None:
        try:
            processes.die_with_parent(shim)
            signal.set_wakeup_fd(-1)
            for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
                with contextlib.suppress(OSError):
                    signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, _give_up)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            self._publish(pieces)
        finally:
            os._exit(0)

    def _publish(self, pieces: Sequence[_Piece]) -> None:
        objects = reopen(self._objects)
        self._workspace.scratch.mkdir(exist_ok=True)
        for number, piece in enumerate(pieces):
            snapshot = self._workspace.scratch / f"so-far.{number}"
            # If it cannot be done now it is done later, and at the end at the latest.
            with contextlib.suppress(OSError, ObjectStoreError):
                _copy(piece, snapshot)
                objects.put_files([(snapshot, piece.address)], sources="spare")
            with contextlib.suppress(OSError):
                snapshot.unlink(missing_ok=True)


def _give_up(_number: int, _frame: object) -> None:
    """Leave, and what is half written with it."""
    raise SystemExit


def _copy(piece: _Piece, target: Path) -> None:
    with target.open("wb", buffering=0) as file:
        done = 0
        while done < piece.size:
            data = os.pread(piece.descriptor, min(_STEP, piece.size - done), done)
            if not data:
                return  # The program has made it shorter.
            file.write(data)
            done += len(data)


def _open(path: Path, trusted: Path) -> int:
    """Open a file of a running program, which may put links in anywhere at any time.

    Args:
        path: The file, without links.
        trusted: A folder that only we can change; the way to it may lead through links.

    Raises:
        OSError: It is not there, or a link is on the way to it.
    """
    base = trusted if is_within(str(path), str(trusted)) else Path("/")
    *folders, name = path.relative_to(base).parts
    here = os.open(base, _PATH_ONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            flags = _PATH_ONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            inner = os.open(folder, flags, dir_fd=here)
            os.close(here)
            here = inner
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(name, flags, dir_fd=here)
    finally:
        os.close(here)
