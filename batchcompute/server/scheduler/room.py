"""How much of the machine the programs that run take, and what fits beside them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from batchcompute.server.model.resources import Placement, Resources
from batchcompute.server.scheduler.cached_rows import TaskKey

#: What a VM of this machine takes beside its program, where nothing is measured.
NOTHING = Resources(0, 0)

#: Microseconds that others may go before something that does not fit. After that nothing more
#: begins until it does, so that many small programs do not keep a large one waiting for ever.
PATIENCE = 30_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """The next VM, which does not fit.

    Attributes:
        task: The task.
        cluster_seq: Its cluster.
        needs: What its VM takes.
        since: Since when it waits for that, in microseconds since the epoch.
    """

    task: TaskKey
    cluster_seq: int
    needs: Resources
    since: int


class Room:
    """The free part of the machine. Without a placement there is room for everything.

    A VM takes its part while it has a program: one without a program is nothing but a row. One that
    is elsewhere takes None.

    Attributes:
        wanted: What is next, and does not fit; None if all that is next does.
    """

    def __init__(self, placement: Placement | None, slots: int | None = None) -> None:
        """Begin with all of it.

        Args:
            placement: What VMs take of the machine; None if that does not matter.
            slots: Programs that it runs at once, at the most; None if somebody else sees to that.
        """
        self._placement = placement
        self._slots = slots
        self._milli = 0
        self._memory = 0
        self._devices: Counter[str] = Counter()
        if placement is not None:
            offered = placement.machine.offered
            self._milli = _milli(offered)
            self._memory = offered.memory_mib
            self._devices = Counter(dict(offered.devices))
        self.wanted: Wanted | None = None

    @property
    def is_full(self) -> bool:
        """True if the machine runs as many programs as it may."""
        return self._slots is not None and self._slots <= 0

    def take(self, needs: Resources | None) -> None:
        """Take note of a program that begins on a VM that had none."""
        if needs is not None:
            if self._slots is not None:
                self._slots -= 1
            self._milli -= _milli(needs)
            self._memory -= needs.memory_mib
            self._devices.subtract(dict(needs.devices))

    def give(self, needs: Resources | None) -> None:
        """Take note that the last program of a VM has ended."""
        if needs is not None:
            if self._slots is not None:
                self._slots += 1
            self._milli += _milli(needs)
            self._memory += needs.memory_mib
            self._devices.update(dict(needs.devices))

    def fits(self, needs: Resources | None) -> bool:
        """Say whether a VM fits beside what runs."""
        if needs is None:
            return True
        return (
            not self.is_full
            and _milli(needs) <= self._milli
            and needs.memory_mib <= self._memory
            and all(number <= self._devices[kind] for kind, number in needs.devices)
        )

    def count(self, needs: Resources | None, most: int) -> int:
        """Return how many VMs of a kind fit beside what runs, up to a number."""
        if needs is None:
            return most
        if self._slots is not None:
            most = min(most, max(0, self._slots))
        milli = _milli(needs)
        parts = [
            self._milli // milli if milli else most,
            self._memory // needs.memory_mib if needs.memory_mib else most,
            *(self._devices[kind] // number for kind, number in needs.devices),
        ]
        return max(0, min(most, *parts))

    def waits(self, task: TaskKey, cluster_seq: int, needs: Resources, now: int) -> bool:
        """Note what is next and does not fit; return whether others may go before it still."""
        if self.wanted is None or (self.wanted.task, self.wanted.needs) != (task, needs):
            self.wanted = Wanted(task, cluster_seq, needs, now)
        return now - self.wanted.since < PATIENCE


def _milli(needs: Resources) -> int:
    # Whole numbers, as sums of fractions drift.
    return round(needs.processors * 1000)
