"""Pauses between tries, which grow while nothing changes."""

from __future__ import annotations


class Pauses:
    """How long to wait before the next try: twice as long each time, up to a limit."""

    def __init__(self, first_seconds: float, longest_seconds: float) -> None:
        """Start with the first one.

        Args:
            first_seconds: The first pause.
            longest_seconds: The longest one.
        """
        self._first, self._longest = first_seconds, longest_seconds
        #: The pause that was given last, in seconds; 0 before the first one.
        self.last = 0.0

    def next(self) -> float:
        """Return the next pause, in seconds."""
        self.last = min(2 * self.last or self._first, self._longest)
        return self.last

    def reset(self) -> None:
        """Begin again with the first one, as a try has succeeded."""
        self.last = 0.0
