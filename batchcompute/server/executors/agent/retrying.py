"""Doing later what the disk does not allow now."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

_logger = logging.getLogger(__name__)

#: Seconds between two tries.
PAUSE_SECONDS = 1.0


class Again:
    """Steps that failed because of the file system, such as a full disk, and are tried again.

    Nothing is given up: an attempt whose record cannot be written is under way until it can.
    Belongs to one thread.
    """

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._steps: list[Callable[[], None]] = []
        self._due = 0.0

    def attempt(self, step: Callable[[], None]) -> None:
        """Do something now, or again and again until the file system lets it be done.

        Args:
            step: What to do. It may be called any number of times, and looks at each of them
                whether it is still wanted.
        """
        try:
            step()
        except OSError as error:
            _logger.warning(
                "%s; it is tried again every %g seconds", error, PAUSE_SECONDS, exc_info=True
            )
            self.put_off(step)

    def seconds_to_wait(self) -> float | None:
        """Return how long there is nothing to do; None for ever."""
        return max(0.0, self._due - time.monotonic()) if self._steps else None

    def tick(self) -> None:
        """Try again what is due."""
        if not self._steps or time.monotonic() < self._due:
            return
        steps, self._steps = self._steps, []
        for step in steps:
            try:
                step()
            except OSError:
                # It was said when it was put off.
                self.put_off(step)

    def put_off(self, step: Callable[[], None]) -> None:
        """Do something after a pause, as it does not go now."""
        if not self._steps:
            self._due = time.monotonic() + PAUSE_SECONDS
        self._steps.append(step)
