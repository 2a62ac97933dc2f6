"""Watching the disks of a service, so that one that fills up is no surprise.

What is left of a full disk is for the database and for the results of programs that run already.
So before it is full no new program is started, until there is space again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

logger = logging.getLogger("batchcompute.server.housekeeping")

#: Seconds between two looks at disks that may be full soon, and at the most.
LOOK_SECONDS: Final = 2.0
_LONGEST_SECONDS: Final = 10.0

_MIB: Final = 1 << 20
#: What is kept free unless somebody says otherwise, and what is worth a warning: so much, or this
#: share of a smaller disk.
_RESERVE: Final = (256 * _MIB, 0.02)
_WARNING: Final = (4096 * _MIB, 0.1)
#: Files that can still be made, below which new programs wait.
_RESERVED_FILES: Final = (5_000, 0.02)
#: What may be used up in a second at the most: more bytes than a disk takes, and more files.
_FASTEST: Final = (4096 * _MIB, 200_000)
#: How much more has to be free before programs are started again, so that it does not flutter.
_AGAIN: Final = 1.25


@dataclass(frozen=True, slots=True)
class Usage:
    """A file system.

    Attributes:
        size, free: Bytes, of all and for this user.
        files, free_files: How many files it has room for; 0 where there is no such limit.
    """

    size: int
    free: int
    files: int = 0
    free_files: int = 0

    @staticmethod
    def of(folder: Path) -> Usage:
        """Look at the file system of a folder.

        Raises:
            OSError: The folder cannot be reached.
        """
        found = os.statvfs(folder)
        return Usage(
            found.f_blocks * found.f_frsize,
            found.f_bavail * found.f_frsize,
            found.f_files,
            found.f_favail,
        )


class DiskWatch:
    """Tells when new programs must wait for space.

    Attributes:
        reason: Why they wait, with numbers; "" if they do not.
    """

    reason = ""

    def __init__(
        self,
        folders: Sequence[Path],
        changed: Callable[[str], None],
        *,
        reserve: int | None = None,
        warning: int | None = None,
        look: Callable[[Path], Usage] = Usage.of,
    ) -> None:
        """Bind the parts; nothing is looked at yet.

        Args:
            folders: Folders of the service, which may lie on disks of their own.
            changed: Told why new programs must wait, or "" when they may be started again.
            reserve: Free MiB below which they wait; 0 never lets them wait, None depends on the
                size of the disk.
            warning: Free MiB below which the log warns; 0 never warns, None depends on the size.
            look: Says how full the file system of a folder is.
        """
        self._folders = folders
        self._changed = changed
        self._reserve = reserve
        self._warning = warning
        self._look = look
        self._warned: set[Path] = set()

    def round(self) -> float:
        """Look at all disks once; return seconds until the next look.

        A disk with much room is looked at less often: it cannot be full by then.
        """
        found = list(self._usages())
        reason = next(filter(None, (self._shortage(*each) for each in found)), "")
        for folder, usage in found:
            self._warn(folder, usage)
        # The numbers change all the time; what the log says is whether there is a reason.
        if reason and not self.reason:
            logger.error("%s", reason)
        elif self.reason and not reason:
            logger.warning("there is space again: new programs are started")
        if reason != self.reason:
            self._changed(reason)
        self.reason = reason
        soonest = min((self._seconds_left(usage) for _, usage in found), default=0.0)
        return max(LOOK_SECONDS, min(soonest, _LONGEST_SECONDS))

    def _usages(self) -> Iterator[tuple[Path, Usage]]:
        for folder in self._folders:
            # One that is gone is noticed by those who need it.
            with suppress(OSError):
                yield folder, self._look(folder)

    def _seconds_left(self, usage: Usage) -> float:
        """Return for how long nothing can be the matter with a disk, however fast it fills up."""
        bytes_per_second, files_per_second = _FASTEST
        reserve = _limit(self._reserve, _RESERVE, usage.size)
        warning = _limit(self._warning, _WARNING, usage.size)
        seconds = (usage.free - _AGAIN * max(reserve, warning)) / bytes_per_second
        if usage.files:
            files = _limit(None, _RESERVED_FILES, usage.files)
            seconds = min(seconds, (usage.free_files - _AGAIN * files) / files_per_second)
        return seconds

    def _shortage(self, folder: Path, usage: Usage) -> str:
        factor = _AGAIN if self.reason else 1.0
        reserve = _limit(self._reserve, _RESERVE, usage.size)
        if usage.free < reserve * factor:
            return (
                f"the disk of {folder} has {_mib(usage.free)} MiB free, and no new program is "
                f"started below {_mib(reserve * factor)} MiB"
            )
        kept = 0 if self._reserve == 0 else _limit(None, _RESERVED_FILES, usage.files)
        if usage.free_files < kept * factor:
            return (
                f"the disk of {folder} has room for {usage.free_files} more files, and no new "
                f"program is started below {round(kept * factor)}"
            )
        return ""

    def _warn(self, folder: Path, usage: Usage) -> None:
        limit = _limit(self._warning, _WARNING, usage.size)
        if usage.free >= limit * _AGAIN:
            self._warned.discard(folder)
        elif usage.free < limit and folder not in self._warned:
            self._warned.add(folder)
            logger.warning(
                "the disk of %s fills up: %s of %s MiB are free",
                folder,
                _mib(usage.free),
                _mib(usage.size),
            )


def _limit(given: int | None, usual: tuple[int, float], size: int) -> float:
    """Return the limit that was chosen in MiB, or the usual one for something of a size."""
    if given is not None:
        return given * _MIB
    most, share = usual
    return min(most, share * size)


def _mib(size: float) -> str:
    mib = size / _MIB
    return f"{mib:.1f}" if mib < 10 else f"{mib:.0f}"
