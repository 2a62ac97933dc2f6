"""Nonces that outlive the process, so that a restart accepts no request for a second time.

They are written when they are accepted, and never waited for: what was written is safe from the
end of the process, however it comes, and costs no request a turn of the disk. It is not safe from
a power cut. So the file names the boot of the machine that it was written in, and after another
boot nothing is accepted that is dated before the start of the service.
"""

from __future__ import annotations

import logging
import os
import struct
from pathlib import Path

from batchcompute.server.api.auth.nonces import DIGEST_SIZE, NonceMemory

logger = logging.getLogger("batchcompute.server.api")

_MAGIC = b"bcnonce1"
_BOOT_FILE = Path("/proc/sys/kernel/random/boot_id")
_BOOT_SIZE = 36
#: What it is, the boot it was written in, and the last date that is refused.
_HEADER = struct.Struct(f"<{len(_MAGIC)}s{_BOOT_SIZE}sq")
_SLOT = struct.Struct(f"<q{DIGEST_SIZE}s")


def current_boot() -> bytes:
    """Return what tells this boot of the machine from all others; empty if nothing does."""
    try:
        return _BOOT_FILE.read_bytes().strip()[:_BOOT_SIZE]
    except OSError:
        return b""


class NonceFile:
    """The file; one process at a time has it."""

    def __init__(self, path: Path, *, boot: bytes | None = None) -> None:
        """Name the file; `open` touches it.

        Args:
            path: Where it is.
            boot: What names this boot of the machine; None to find out.
        """
        self._path = path
        self._boot = current_boot() if boot is None else boot
        self._file = -1
        self._trusted = False

    def open(self, window: int, now: int, *, capacity: int = 200_000) -> NonceMemory:
        """Return the memory of nonces, with what a former process has left, and go on with it.

        Args:
            window: Seconds that the date of a request may be away from the present.
            now: The present, in seconds.
            capacity: Nonces to remember at the most.

        Raises:
            OSError: The file cannot be written.
        """
        floor, nonces = self._read(window, now)
        self._write_anew(floor, nonces)
        memory = NonceMemory(window, capacity=capacity, keeper=self)
        memory.restore(floor, nonces)
        return memory

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def write(self, slot: int, date: int, digest: bytes) -> None:
        """Keep a nonce in a slot, in place of the one that was there."""
        self._put(_SLOT.pack(date, digest), _HEADER.size + slot * _SLOT.size)

    def raise_floor(self, date: int) -> None:
        """Keep that nothing of this date or before is accepted any more."""
        self._put(_HEADER.pack(_MAGIC, self._boot, date), 0)

    def _put(self, data: bytes, place: int) -> None:
        if not self._trusted:
            return
        try:
            if os.pwrite(self._file, data, place) == len(data):
                return
            cause = "the disk is full"
        except OSError as error:
            cause = str(error)
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
            logger.exception("the file %s cannot be emptied: remove it, and restart", self._path)

    def _read(self, window: int, now: int) -> tuple[int, list[tuple[int, bytes]]]:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            # Nothing was ever accepted here.
            return -1, []
        # The second of the start itself is free: no machine boots within it.
        unknown: tuple[int, list[tuple[int, bytes]]] = (now - 1, [])
        if len(data) < _HEADER.size:
            return unknown
        magic, boot, floor = _HEADER.unpack_from(data)
        if magic != _MAGIC or not self._boot or boot.rstrip(b"\0") != self._boot:
            return unknown
        slots = data[_HEADER.size :]
        whole = slots[: len(slots) - len(slots) % _SLOT.size]
        oldest = max(floor + 1, now - window)
        found = [(date, digest) for date, digest in _SLOT.iter_unpack(whole) if date >= oldest]
        return floor, found

    def _write_anew(self, floor: int, nonces: list[tuple[int, bytes]]) -> None:
        fresh = self._path.with_suffix(".new")
        content = _HEADER.pack(_MAGIC, self._boot, floor)
        content += b"".join(_SLOT.pack(*each) for each in nonces)
        self._file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._trusted = True
        with os.fdopen(os.dup(self._file), "wb") as file:
            file.write(content)
        fresh.replace(self._path)
