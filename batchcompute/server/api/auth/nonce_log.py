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

from batchcompute.server.api.auth.nonces import CAPACITY, DIGEST_SIZE, Kept, NonceMemory
from batchcompute.server.model.boot import boot_id

logger = logging.getLogger("batchcompute.server.api")

_MAGIC = b"bcnonce3"
_BOOT_SIZE = 36
#: What it is, the boot it was written in, and the last date that is refused.
_HEADER = struct.Struct(f"<{len(_MAGIC)}s{_BOOT_SIZE}sq")
#: An account, the date of its request in seconds since the epoch, and the digest of its nonce.
_RECORD = struct.Struct(f"<II{DIGEST_SIZE}s")
#: Set in the account of a record that says the last date that is refused to it.
_IS_FLOOR = 1 << 31

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
            self._floor, found = now - 1, dict[int, Kept]()
        self._trusted = True
        self._begin_part(now)
        # Those of another boot, or damaged, are worth nothing any more.
        kept = {part.path for part in self._parts}
        for path in self._folder.iterdir():
            if path not in kept:
                path.unlink()
        memory = NonceMemory(window, capacity=capacity, keeper=self)
        memory.restore(self._floor, found)
        return memory

    def close(self) -> None:
        """Let go of the files."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def write(self, account: int, date: int, digest: bytes, now: int) -> None:
        """Keep a nonce of an account for as long as its date is accepted."""
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
            record = _RECORD.pack(account, date, digest)
            complete = os.write(self._file, record) == _RECORD.size
        except OSError as error:
            self._give_up(str(error))
        else:
            if not complete:
                self._give_up("the disk is full")

    def raise_floor(self, account: int, date: int, now: int) -> None:
        """Keep that nothing of this date or before is accepted from an account any more."""
        self.write(account | _IS_FLOOR, date, bytes(DIGEST_SIZE), now)

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

    def _read(self, now: int) -> dict[int, Kept] | None:
        """Return what is kept of each account, and note the floor of all of them.

        Returns:
            None if what is there says too little.
        """
        if self._folder.is_file():
            # That is how they were kept once.
            self._folder.unlink()
            self._folder.mkdir(mode=0o700)
            return None
        self._folder.mkdir(mode=0o700, exist_ok=True)
        accounts: defaultdict[int, Kept] = defaultdict(Kept)
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
            newest = _read_records(data[_HEADER.size : end], accounts)
            if newest >= now - self._window:
                parts.append(_Part(path, newest))
        self._floor = floor
        self._parts = parts
        for kept in accounts.values():
            oldest = max(floor + 1, kept.floor + 1, now - self._window)
            kept.digests = {date: all_ for date, all_ in kept.digests.items() if date >= oldest}
        return accounts

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


def _read_records(data: bytes, accounts: defaultdict[int, Kept]) -> int:
    """Add the records of a file to what is kept of their accounts; return their newest date."""
    newest = -1
    for account, date, digest in _RECORD.iter_unpack(data):
        newest = max(newest, date)
        kept = accounts[account & ~_IS_FLOOR]
        if account & _IS_FLOOR:
            kept.floor = max(kept.floor, date)
        else:
            kept.digests.setdefault(date, bytearray()).extend(digest)
    return newest
