"""Which instances of a task are meant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instances:
    """A selection of instances of a task.

    Attributes:
        ranges: First, last (None for the end) and step of each range; empty selects all.
        states: States, empty for all.
    """

    ranges: tuple[tuple[int, int | None, int], ...] = ()
    states: tuple[str, ...] = ()

    def __contains__(self, number: int) -> bool:
        return not self.ranges or any(
            first <= number and (last is None or number <= last) and (number - first) % step == 0
            for first, last, step in self.ranges
        )

    @property
    def single(self) -> int | None:
        """The number, if one instance is named by it."""
        if len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1]:
            return self.ranges[0][0]
        return None
