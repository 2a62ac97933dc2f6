"""Copies of files that take no space where the file system can share it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

# The kernel copies until it is done or a signal comes, so a stop has to wait for one step.
_STEP = 64 * 1024 * 1024


def copy_file(source: Path, target: Path) -> None:
    """Copy the content of a file, by reference on file systems that can (Btrfs, XFS and others).

    Args:
        source: The file.
        target: The copy; what was there is replaced.

    Raises:
        OSError: One of them cannot be opened, read or written.
    """
    if not _copy_in_kernel(source, target):
        shutil.copyfile(source, target)


def _copy_in_kernel(source: Path, target: Path) -> bool:
    """Do it by copy_file_range(2); return False if that cannot be done between these two."""
    if not hasattr(os, "copy_file_range"):
        return False
    with open(source, "rb", buffering=0) as reading, open(target, "wb", buffering=0) as writing:
        copied = 0
        try:
            while step := os.copy_file_range(reading.fileno(), writing.fileno(), _STEP):
                copied += step
        except OSError:
            if copied:
                raise
            return False
        # Files of some special file systems have content, and no size: the call finds nothing.
        return copied > 0 or os.fstat(reading.fileno()).st_size == 0
