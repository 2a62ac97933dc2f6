"""Repeating what failed in passing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from batchcompute.server.objects.remote.wire import WireError

_Result = TypeVar("_Result")

#: How long in seconds a store may be away or overloaded before work that needs it fails.
SECONDS = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0


class Patience:
    """Tries again, with growing pauses in between, which a signal can break off."""

    def __init__(self, seconds: float = SECONDS) -> None:
        """Say how long it lasts.

        Args:
            seconds: After this time nothing is tried again. 0 tries once.
        """
        self._seconds = seconds

    def exert(self, do: Callable[[], _Result]) -> _Result:
        """Do something until it succeeds, fails for good, or patience ends.

        Raises:
            WireError: The last failure.
        """
        pause = _FIRST_PAUSE
        deadline = time.monotonic() + self._seconds
        while True:
            try:
                return do()
            except WireError as error:
                if not error.is_passing or time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, _LONGEST_PAUSE)
