"""A file that is being written and has no name yet by which anybody would find it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from batchcompute.server.objects import crc64
from batchcompute.server.objects.index import Identity

_STEP = 1024 * 1024
_KERNEL_STEP = 256 * 1024 * 1024

#: Objects can be executed, as on a mount of the hosted service.
MODE = 0o755


class StagedFile:
    """A new file whose digests are computed while it is written.

    Attributes:
        path: Where it lies until it is published.
        size: Bytes written so far.
        crc64: CRC-64 of them.
    """

    def __init__(self, path: Path) -> None:
        """Make the file."""
        self.path = path
        self.size = 0
        self.crc64 = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)

    @property
    def md5(self) -> bytes:
        """MD5 of what was written by `write`."""
        return self._md5.digest()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes.

        Raises:
            OSError: The disk does not take them.
        """
        self._md5.update(data)
        self.crc64 = crc64.update(self.crc64, data)
        self._append(data)

    def write_from(self, descriptor: int, start: int, length: int) -> None:
        """Append a part of a file, through memory and the digests.

        Raises:
            OSError: The file ends too early, or the disk does not take it.
        """
        while length:
            data = os.pread(descriptor, min(length, _STEP), start)
            if not data:
                raise OSError("the file that is copied became shorter")
            self.write(data)
            start += len(data)
            length -= len(data)

    def take_from(self, descriptor: int, length: int) -> None:
        """Append a whole file inside the kernel, whose digests are known already.

        Raises:
            OSError: The file ends too early, or the disk does not take it.
        """
        copy_bytes(descriptor, self._descriptor, length)
        self.size += length

    def append_to(self, descriptor: int) -> None:
        """Append what was written to another file, at the place where that stands.

        Raises:
            OSError: The disk does not take it.
        """
        copy_bytes(self._descriptor, descriptor, self.size)

    @property
    def identity(self) -> Identity:
        """Which file it is, once all is written."""
        return Identity.of(os.fstat(self._descriptor))

    def seal(self) -> None:
        """Make the content durable; nothing is written from now on."""
        os.fsync(self._descriptor)
        self._close()

    def discard(self) -> None:
        """Remove the file, unless it was published."""
        self._close()
        self.path.unlink(missing_ok=True)

    def _append(self, data: bytes | bytearray | memoryview) -> None:
        _write_all(self._descriptor, data)
        self.size += len(data)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def copy_bytes(source: int, target: int, length: int) -> None:
    """Copy from the start of a file to where another one stands, inside the kernel if it can.

    Raises:
        OSError: The file ends too early, or the disk does not take it.
    """
    offset = 0
    while offset < length:
        try:
            step = os.copy_file_range(source, target, min(length - offset, _KERNEL_STEP), offset)
        except OSError:
            if offset:
                raise
            step = 0
        if step == 0:
            break
        offset += step
    while offset < length:
        data = os.pread(source, min(length - offset, _STEP), offset)
        if not data:
            raise OSError("the file that is copied became shorter")
        _write_all(target, data)
        offset += len(data)


def _write_all(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
