"""An agent's supervisor without a forker, for tests of what it does with its disk."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from batchcompute.server.executors.agent.journal import Journal, JournalWriter
from batchcompute.server.executors.agent.protocol import Findings, Settings
from batchcompute.server.executors.agent.supervisor import Supervisor, _Run
from batchcompute.server.executors.interface import Event, Receipt
from batchcompute.server.objects.unsynced import Unsynced

_PATIENCE = 60.0


class Machine:
    """A supervisor without a forker, on a folder."""

    def __init__(self, folder: Path) -> None:
        self.told: list[Event] = []
        self.selector = selectors.DefaultSelector()
        for name in ("attempts", "slots", "trash", "journal", "requests"):
            (folder / name).mkdir(exist_ok=True)
        settings = Settings(str(folder), str(folder), (folder / "objects").as_uri())
        boot = os.urandom(4).hex()
        self.supervisor: Any = Supervisor(
            settings, Findings(), boot, self.selector, self.told.append
        )
        for each in (self.supervisor._chores, self.supervisor._syncer):
            self.selector.register(each, selectors.EVENT_READ, each.finish)

    def end(self, receipt: Receipt, unsynced: Sequence[Unsynced] = ()) -> Journal:
        """Have a shim write a receipt, and tell of it; return where it wrote."""
        journal: Journal = self.supervisor._journals.current()
        JournalWriter(journal.path, 1).end(receipt, unsynced)
        run = _Run(receipt.attempt_id, ("pool", "vm"), gone=True)
        self.supervisor._runs[receipt.attempt_id] = run
        self.supervisor._end(run, receipt, journal, has_unsynced=bool(unsynced))
        return journal

    def until(self, condition: Callable[[], bool]) -> None:
        """Let it work until something is true."""
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < deadline
            self.supervisor._sync()
            self.supervisor._object_sync.tick()
            for key, _ in self.selector.select(0.01):
                key.data()
