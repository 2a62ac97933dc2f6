"""Making durable, many at a time, what shims wrote without waiting for the disk.

Until then the contents are in the journal, which is durable. All of them are synced together with
their whole file system, now and then: programs may be writing much there that is gone soon, and
the system itself would not wait longer than half a minute.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from batchcompute.server.executors.agent.chores import Chores
from batchcompute.server.executors.agent.journal import Journal
from batchcompute.server.objects.errors import ObjectStoreError
from batchcompute.server.objects.file_systems import FileSystem
from batchcompute.server.objects.restoring import restore

_logger = logging.getLogger("batchcompute.server.agent")

#: How long objects wait to be synced with others, in seconds.
SYNC_SECONDS = 60.0
#: Files of the journal with such objects, from which on they do not wait.
_MOST_JOURNALS = 4


class ObjectSync:
    """Syncs the objects that journals keep. Belongs to one thread."""

    def __init__(self, folder: Path, chores: Chores, synced: Callable[[Journal], None]) -> None:
        """Start with nothing to do.

        Args:
            folder: A folder of the file system on which shims leave objects unsynced.
            chores: Where work is done that may take long.
            synced: Told of a journal that keeps no object any more which is not durable.
        """
        # Opened before anything is written: of what fails from now on it tells.
        self._file_system = FileSystem(folder)
        self._chores = chores
        self._synced = synced
        self._waiting: set[Journal] = set()
        self._due = math.inf
        self._is_busy = False
        # Nobody knows what of former objects is on the disk.
        self._is_doubtful = False

    def add(self, journal: Journal) -> None:
        """Have the objects synced that a journal keeps, later."""
        journal.has_unsynced = True
        self._waiting.add(journal)
        now = time.monotonic()
        is_plenty = len(self._waiting) >= _MOST_JOURNALS
        self._due = min(self._due, now if is_plenty else now + SYNC_SECONDS)

    def seconds_to_wait(self) -> float | None:
        """Return when `tick` is to be called; None for never."""
        return None if self._is_busy else self._due - time.monotonic()

    def tick(self) -> None:
        """Begin to sync, if that is due."""
        if self._is_busy or time.monotonic() < self._due:
            return
        # What is written from now on may not be covered.
        sizes = {journal: journal.size for journal in self._waiting}
        self._waiting, self._due, self._is_busy = set(), math.inf, True
        self._chores.call(partial(self._sync, tuple(sizes)), partial(self._done, sizes))

    def _sync(self, journals: Collection[Journal]) -> None:
        """Make durable what journals keep, in another thread."""
        if not self._is_doubtful:
            try:
                self._file_system.sync()
                return
            except OSError as error:
                # The next one would succeed without having written it.
                _logger.warning("syncing failed, objects are written again: %s", error)
                self._is_doubtful = True
        for journal in journals:
            _restore(journal, distrust=True)
        self._is_doubtful = False

    def _done(self, sizes: dict[Journal, int], error: OSError | None) -> None:
        self._is_busy = False
        for journal, size in sizes.items():
            if error is None:
                error = _mark(journal, size)
            if error is not None:
                self.add(journal)
            elif journal not in self._waiting:
                journal.has_unsynced = False
                self._synced(journal)
        if error is not None:
            self._due = time.monotonic() + SYNC_SECONDS
            _logger.warning("what programs printed stays in the journal for now: %s", error)

    def restore(self, journal: Journal) -> None:
        """Write the objects again that a journal of a former agent keeps and a power cut has taken.

        If one cannot be written, all stay in the journal for the next agent to try it again.
        """
        try:
            if _restore(journal):
                self.add(journal)
        except OSError as error:
            _logger.error("what programs printed cannot be written again: %s", error)
            journal.has_unsynced = True


def _restore(journal: Journal, *, distrust: bool = False) -> bool:
    """Write objects again; return whether the journal keeps any."""
    kept = [each for objects in journal.unsynced().values() for each in objects]
    try:
        restore(kept, distrust=distrust)
    except ObjectStoreError as error:
        raise OSError(str(error)) from error
    return bool(kept)


def _mark(journal: Journal, size: int) -> OSError | None:
    try:
        journal.mark_objects_synced(size)
    except OSError as error:
        return error
    return None
