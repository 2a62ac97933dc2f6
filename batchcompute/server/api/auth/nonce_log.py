"""Nonces that outlive the process, so that a restart accepts no request for a second time.

They are written when they are accepted, and never waited for: what was written is safe from the
end of the process, however it comes, and costs no request a turn of the disk. It is not safe from
a power cut. So each file names the boot of the machine that it was written in, and after another
boot nothing is accepted that is dated before the start of the service.

Nonces are appended, and a file is removed as a whole once no date in it is accepted any more.
"""

from __future__ import annotations

import logging
import os
import struct
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from batchcompute.server.api.auth.nonces import CAPACITY, DIGEST_SIZE, NonceMemory
from batchcompute.server.model.boot import boot_id

logger = logging.getLogger("batchcompute.server.api")

_MAGIC = b"bcnonce2"
_BOOT_SIZE = 36
#: What it is, the boot it was written in, and the last date that is refused.
_HEADER = struct.Struct(f"<{len(_MAGIC)}s{_BOOT_SIZE}sq")
#: The date of a request, in seconds since the epoch, and the digest of its nonce.
_RECORD = struct.Struct(f"<I{DIGEST_SIZE}s")

#: Files among which the nonces of a time window are divided.
_PARTS = 8


def current_boot() -> bytes:
    """Return what tells this boot of the machine from all others; empty if nothing does."""
    return boot_id().encode("ascii")[:_BOOT_SIZE]


@dataclass(slots=True)
class _Part:
    """A file of nonces.

    Attributes:
        path: Where it is.
        newest: The last date in it.
    """

    path: Path
    newest: int


class NonceLog:
    """The folder of these files; one process at a time has it."""

    def __init__(self, folder: Path, *, boot: bytes | None = None) -> None:
        """Name the folder; `open` touches it.

        Args:
            folder: Where it is.
            boot: What names this boot of the machine; None to find out.
        """
        self._folder = folder
        self._boot = current_boot() if boot is None else boot
        self._parts: list[_Part] = []
        self._file = -1
        self._serial = 0
        self._begun = 0
        self._window = 0
        self._floor = -1
        self._trusted = False

    def open(self, window: int, now: int, *, capacity: int = CAPACITY) -> NonceMemory:
        """Return the memory of nonces, with what a former process has left, and go on with it.

        Args:
            window: Seconds that the date of a request may be away from the present.
            now: The present, in seconds.
            capacity: Nonces to remember at the most.

        Raises:
            OSError: The files cannot be written.
        """
        self._window = window
        found = self._read(now)
        if found is None:
            # The second of the start itself is free: no machine boots within it.
            self._floor, found = now - 1, {}
        self._trusted = True
        self._begin_part(now)
        # Those of another boot, or damaged, are worth nothing any more.
        kept = {part.path for part in self._parts}
        for path in self._folder.iterdir():
            if path not in kept:
                path.unlink()
        memory = NonceMemory(window, capacity=capacity, keeper=self)
        memory.restore(self._floor, found.items())
        return memory

    def close(self) -> None:
        """Let go of the files."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def write(self, date: int, digest: bytes, now: int) -> None:
        """Keep a nonce for as long as its date is accepted."""
        if not self._trusted:
            return
        if now - self._begun > self._window // _PARTS:
            try:
                self._begin_part(now)
            except OSError as error:
                self._give_up(str(error))
                return
        part = self._parts[-1]
        part.newest = max(part.newest, date)
        try:
            complete = os.write(self._file, _RECORD.pack(date, digest)) == _RECORD.size
        except OSError as error:
            self._give_up(str(error))
        else:
            if not complete:
                self._give_up("the disk is full")

    def raise_floor(self, date: int) -> None:
        """Keep that nothing of this date or before is accepted any more."""
        self._floor = date
        if self._trusted:
            try:
                os.pwrite(self._file, self._header(), 0)
            except OSError as error:
                self._give_up(str(error))

    def _header(self) -> bytes:
        return _HEADER.pack(_MAGIC, self._boot, self._floor)

    def _give_up(self, cause: str) -> None:
        # Requests go on; what the next start cannot know, it refuses.
        self._trusted = False
        logger.warning(
            "nonces are no longer kept (%s): after the next start, requests that are dated before "
            "it are refused",
            cause,
        )
        try:
            # An empty file says the same as one of another boot, and takes no room.
            os.ftruncate(self._file, 0)
        except OSError:
            path = self._parts[-1].path
            logger.exception("the file %s cannot be emptied: remove it, and restart", path)

    def _read(self, now: int) -> dict[int, bytes] | None:
        """Return digests by date, and note the floor; None if what is there says too little."""
        if self._folder.is_file():
            # That is how they were kept once.
            self._folder.unlink()
            self._folder.mkdir(mode=0o700)
            return None
        self._folder.mkdir(mode=0o700, exist_ok=True)
        by_date: defaultdict[int, bytearray] = defaultdict(bytearray)
        parts: list[_Part] = []
        floor = -1
        for path in sorted(each for each in self._folder.iterdir() if each.name.isdigit()):
            self._serial = int(path.name)
            data = path.read_bytes()
            if len(data) < _HEADER.size:
                return None
            magic, boot, of_part = _HEADER.unpack_from(data)
            if magic != _MAGIC or not self._boot or boot.rstrip(b"\0") != self._boot:
                return None
            floor = max(floor, of_part)
            end = len(data) - (len(data) - _HEADER.size) % _RECORD.size
            newest = -1
            for date, digest in _RECORD.iter_unpack(data[_HEADER.size : end]):
                by_date[date] += digest
                newest = max(newest, date)
            if newest >= now - self._window:
                parts.append(_Part(path, newest))
        self._floor = floor
        self._parts = parts
        oldest = max(floor + 1, now - self._window)
        return {date: bytes(found) for date, found in by_date.items() if date >= oldest}

    def _begin_part(self, now: int) -> None:
        """Go on in a new file, and remove those in which nothing counts any more."""
        self._serial += 1
        path = self._folder / f"{self._serial:010d}"
        # Under its name only when it has its header: one without says that nonces may be lost.
        fresh = path.with_suffix(".new")
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        opened = os.open(fresh, flags, 0o600)
        if os.write(opened, self._header()) < _HEADER.size:
            os.close(opened)
            raise OSError("the disk is full")
        fresh.replace(path)
        self.close()
        self._file = opened
        self._begun = now
        for part in [part for part in self._parts if part.newest < now - self._window]:
            part.path.unlink(missing_ok=True)
            self._parts.remove(part)
        self._parts.append(_Part(path, -1))
