"""Noticing the end of shims that are nobody's children any more."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable
from functools import partial

from batchcompute.server.executors.attempt.record import Record

#: How often shims are looked at that the system cannot report.
POLL_SECONDS = 0.05


class Watch:
    """Tells when adopted shims are gone. Belongs to one thread."""

    def __init__(self, selector: selectors.BaseSelector, gone: Callable[[str], None]) -> None:
        """Start with nothing to watch.

        Args:
            selector: Where descriptors are waited for; their data is a function to call.
            gone: Called with the attempt's id when its shim is gone.
        """
        self._selector = selector
        self._gone = gone
        self._descriptors: set[int] = set()
        self._polled: dict[str, Record] = {}

    @property
    def polls(self) -> bool:
        """True if `poll` has to be called every now and then."""
        return bool(self._polled)

    def add(self, record: Record, process: int | None) -> None:
        """Watch a shim.

        Args:
            record: Its attempt.
            process: Its number, if it is sure to be still its own; else its lock is looked at.
        """
        descriptor = self._open(process)
        if descriptor is None:
            self._polled[record.attempt_id] = record
            return
        self._descriptors.add(descriptor)
        self._selector.register(
            descriptor, selectors.EVENT_READ, partial(self._ended, descriptor, record.attempt_id)
        )

    def poll(self) -> None:
        """Look at those that are not reported."""
        for attempt_id, record in list(self._polled.items()):
            if not record.is_held():
                del self._polled[attempt_id]
                self._gone(attempt_id)

    def close(self) -> None:
        """Stop watching."""
        for descriptor in self._descriptors:
            self._selector.unregister(descriptor)
            os.close(descriptor)
        self._descriptors.clear()
        self._polled.clear()

    def _open(self, process: int | None) -> int | None:
        if process is None or not hasattr(os, "pidfd_open"):
            return None
        try:
            return os.pidfd_open(process)
        except OSError:
            return None

    def _ended(self, descriptor: int, attempt_id: str) -> None:
        self._selector.unregister(descriptor)
        self._descriptors.discard(descriptor)
        os.close(descriptor)
        self._gone(attempt_id)
