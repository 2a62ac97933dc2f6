"""Noticing the end of shims that a former agent had made."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable
from functools import partial

from batchcompute.server.executors.agent.journal import Journal

#: How often shims are looked at that the system cannot report, in seconds.
POLL_SECONDS = 0.05


class Orphans:
    """Tells when adopted shims are gone. Belongs to one thread."""

    def __init__(
        self, selector: selectors.BaseSelector, gone: Callable[[Journal, int], None]
    ) -> None:
        """Start with nothing to watch.

        Args:
            selector: Where descriptors are waited for; their data is a function to call.
            gone: Called with the journal and the number of a shim that is gone.
        """
        self._selector = selector
        self._gone = gone
        self._descriptors: set[int] = set()
        self._polled: set[tuple[Journal, int]] = set()

    def seconds_to_wait(self) -> float | None:
        """Return when `poll` is to be called; None for never."""
        return POLL_SECONDS if self._polled else None

    def add(self, journal: Journal, number: int, process: int) -> None:
        """Watch a shim.

        Args:
            journal: What it writes to.
            number: Its number.
            process: Its process, as it has written.
        """
        descriptor = _open(process)
        if descriptor is not None and not journal.is_alive(number):
            # Then it may be another process by now.
            os.close(descriptor)
            descriptor = None
        if descriptor is None:
            self._polled.add((journal, number))
            return
        self._descriptors.add(descriptor)
        ended = partial(self._ended, descriptor, journal, number)
        self._selector.register(descriptor, selectors.EVENT_READ, ended)

    def poll(self) -> None:
        """Look at those that are not reported."""
        for journal, number in list(self._polled):
            if not journal.is_alive(number):
                self._polled.discard((journal, number))
                self._gone(journal, number)

    def close(self) -> None:
        """Stop watching."""
        for descriptor in self._descriptors:
            self._selector.unregister(descriptor)
            os.close(descriptor)
        self._descriptors.clear()
        self._polled.clear()

    def _ended(self, descriptor: int, journal: Journal, number: int) -> None:
        self._selector.unregister(descriptor)
        self._descriptors.discard(descriptor)
        os.close(descriptor)
        self._gone(journal, number)


def _open(process: int) -> int | None:
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(process)
    except OSError:
        return None
