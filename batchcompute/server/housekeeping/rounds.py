"""A thread that looks after something again and again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger("batchcompute.server.housekeeping")


class Rounds:
    """Calls something at intervals, until it is closed."""

    def __init__(self, name: str, work: Callable[[], float]) -> None:
        """Bind the work; `start` begins.

        Args:
            name: Of the thread.
            work: Called again and again; returns seconds until the next time. An error of it is
                logged, and it is called again after a minute.
        """
        self._work = work
        self._name = name
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; a round that is under way is finished first."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def pause(self, seconds: float) -> bool:
        """Wait within a round; return True if it is to be ended."""
        return self._ended.wait(seconds)

    def _run(self) -> None:
        seconds = 0.0
        while not self._ended.wait(seconds):
            try:
                seconds = self._work()
            except Exception:
                logger.exception("%s failed, and are tried again in a minute", self._name)
                seconds = 60.0
