"""How long an agent stays: until it is told to go, or its machine is about to be taken away."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

#: How long the end may take, in seconds: programs that give way, and news of that.
END_SECONDS = 25.0
#: How much of the walltime may be over when a program begins that has all of it before it: a part
#: of it, and seconds at the most.
_FRESH_SHARE, _FRESH_SECONDS = 0.1, 120.0
#: Between two looks at the walltime, in seconds.
_SOONEST_SECONDS = 0.05
_WALLTIME_OVER = "its walltime is over"


class Stay:
    """Whether an agent is to go, and how long it is there at the most."""

    def __init__(self, walltime_seconds: float | None) -> None:
        """Begin now.

        Args:
            walltime_seconds: How long the machine is there; None for as long as it is wanted.
        """
        self._began_at = time.monotonic()
        self._walltime = walltime_seconds
        #: Why the agent is to go, as the end of a sentence; "" if it is to stay.
        self.leaving = ""
        #: True if somebody insists that it goes, whatever has not ended yet.
        self.hurried = False
        # Let go of once the agent is to go. An event cannot be set by a signal, which may interrupt
        # whoever holds the lock in it.
        self._held = threading.Lock()
        self._held.acquire()

    def hurry(self) -> None:
        """Have the agent go without waiting for programs of a VM that is not wanted any more.

        May be called from a signal.
        """
        self.hurried = True

    def end(self, cause: str) -> None:
        """Have the agent go, as soon as it can. May be called from a signal.

        Args:
            cause: Why, as the end of a sentence. The first one counts.
        """
        self.leaving = self.leaving or cause
        self._let_go()

    def seconds(self) -> float:
        """Return how long the agent has been there."""
        return time.monotonic() - self._began_at

    def look_at_walltime(self) -> None:
        """Have the agent go if the walltime leaves no more than is needed to end in order."""
        if self._walltime is not None and self.seconds() > self._walltime - END_SECONDS:
            self.end(_WALLTIME_OVER)

    def seconds_left(self) -> float | None:
        """Return how long it takes until the walltime is to be looked at; None for ever."""
        if self._walltime is None:
            return None
        return max(_SOONEST_SECONDS, self._walltime - END_SECONDS - self.seconds())

    def exceeded(self, began: float) -> float | None:
        """Return the walltime, if it is over and was too short for a program; None if not.

        A program that had less of it may end on another machine.

        Args:
            began: When the program began, as `seconds` said then.
        """
        if self._walltime is None or self.leaving != _WALLTIME_OVER:
            return None
        fresh = min(_FRESH_SHARE * self._walltime, _FRESH_SECONDS)
        return self._walltime if began <= fresh else None

    def fits(self, seconds: float) -> bool:
        """Return whether a program may need so long.

        What is too long for any walltime has to be tried.
        """
        if self._walltime is None:
            return True
        usable = self._walltime - END_SECONDS
        return seconds <= usable - self.seconds() or seconds > usable

    def sleep(self, seconds: float | None) -> bool:
        """Wait, unless the agent is to go; return whether it is.

        Args:
            seconds: How long; None until it is to go.
        """
        if self._held.acquire(timeout=-1 if seconds is None else seconds):
            self._let_go()
        return bool(self.leaving)

    def _let_go(self) -> None:
        # Somebody else may have done so at the same time.
        with suppress(RuntimeError):
            self._held.release()
