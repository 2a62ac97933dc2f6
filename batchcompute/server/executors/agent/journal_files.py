"""The files of a machine's journal: the one that is written, and those that are still needed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from batchcompute.server.executors.agent.journal import Journal
from batchcompute.server.executors.interface import Receipt

#: A file of the journal is followed by another one when it is longer than this, in bytes.
_LONGEST = 4_000_000


class JournalFiles:
    """The files of a journal. They belong to one thread, like each of them."""

    def __init__(
        self,
        folder: Path,
        boot: str,
        made: Callable[[Path], None],
        keeps_unsynced: Callable[[Journal], None],
    ) -> None:
        """Start with none; `take_up` reads those of former agents.

        Args:
            folder: Where they are.
            boot: The agent's boot id.
            made: Told of the folder when there is a new file in it.
            keeps_unsynced: Told of a file to which objects were copied that may not be durable.
        """
        self._folder = folder
        self._boot = boot
        self._made = made
        self._keeps_unsynced = keeps_unsynced
        self._files: list[Journal] = []
        self._current: Journal | None = None
        self._segment = 0

    def __iter__(self) -> Iterator[Journal]:
        """Return all files, in any order."""
        return iter(tuple(self._files))

    def take_up(self) -> Iterator[Journal]:
        """Open the files of former agents, one after the other."""
        for path in sorted(self._folder.iterdir()):
            self._files.append(journal := Journal(path))
            yield journal

    def current(self) -> Journal:
        """Return the file that is written now.

        Raises:
            OSError: There has to be another one, which cannot be made.
        """
        last = self._current
        if last is not None and last.size <= _LONGEST and not last.is_doubtful:
            return last
        journal = Journal(self._folder / f"{self._boot}.{self._segment + 1}")
        self._segment += 1
        self._files.append(journal)
        self._current = journal
        self._made(self._folder)
        if last is not None:
            self.prune(last)
        return journal

    def copy(self, receipt: Receipt, doubtful: Journal) -> Journal:
        """Write a receipt once more, as nobody knows whether the disk has what it was written to.

        Args:
            receipt: The receipt.
            doubtful: Where it was written.

        Returns:
            The file that has it now, which is to be synced.

        Raises:
            OSError: It cannot be written.
        """
        doubtful.mark_doubtful()
        journal = self.current()
        name = receipt.attempt_id
        has_unsynced = name in doubtful.refresh().unsynced
        journal.append(receipt, doubtful.unsynced().get(name, ()) if has_unsynced else ())
        if has_unsynced:
            self._keeps_unsynced(journal)
        journal.wanted.add(receipt.attempt_id)
        doubtful.wanted.discard(receipt.attempt_id)
        return journal

    def prune(self, journal: Journal) -> None:
        """Remove a file of which nothing is needed any more."""
        if journal.wanted or journal.shims or journal.has_unsynced or journal is self._current:
            return
        with contextlib.suppress(ValueError):  # It was removed before.
            self._files.remove(journal)
            with contextlib.suppress(OSError):
                os.unlink(journal.path)
            journal.close()
