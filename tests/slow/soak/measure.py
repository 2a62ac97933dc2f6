"""What a service uses, and whether that grows."""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes import processor_seconds

#: Samples of which a slope is made at the most; pairs of them are compared.
_MOST = 200
#: The part of a process's life in which caches may fill.
_WARM_UP = 0.4


@dataclass(frozen=True, slots=True)
class Sample:
    """A process at a moment.

    Attributes:
        at: Seconds of this machine since whenever.
        memory: Resident bytes.
        files: Open file descriptors.
        threads: Threads.
        seconds: Processor seconds until now.
    """

    at: float
    memory: float
    files: float
    threads: float
    seconds: float


def look_at(process: int) -> Sample | None:
    """Look at a process; None if it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return Sample(
            time.monotonic(),
            pages * os.sysconf("SC_PAGE_SIZE"),
            len(os.listdir(f"/proc/{process}/fd")),
            len(os.listdir(f"/proc/{process}/task")),
            processor_seconds(process),
        )
    except (OSError, IndexError, ValueError):
        return None


@dataclass
class Life:
    """One process from its start to its end."""

    name: str
    process: int
    samples: list[Sample] = field(default_factory=list[Sample])

    def add(self, sample: Sample) -> None:
        """Add what was seen."""
        self.samples.append(sample)

    @property
    def seconds(self) -> float:
        """How long it was looked at."""
        return self.samples[-1].at - self.samples[0].at if self.samples else 0.0

    @property
    def processor(self) -> float:
        """Processor seconds that it used meanwhile."""
        return self.samples[-1].seconds - self.samples[0].seconds if self.samples else 0.0

    def growth(self, what: str) -> float:
        """Return by how much something has grown from the warm-up to the end, by its slope."""
        begin = self.samples[0].at + self.seconds * _WARM_UP
        kept = [sample for sample in self.samples if sample.at >= begin]
        step = max(1, len(kept) // _MOST)
        points = [(sample.at, float(getattr(sample, what))) for sample in kept[::step]]
        return slope(points) * (kept[-1].at - kept[0].at) if len(points) > 2 else 0.0

    def typical(self, what: str) -> float:
        """Return the median of something after the warm-up."""
        begin = self.samples[0].at + self.seconds * _WARM_UP
        return statistics.median(
            float(getattr(each, what)) for each in self.samples if each.at >= begin
        )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the median of the slopes between all points, which outliers do not change."""
    slopes = [
        (two[1] - one[1]) / (two[0] - one[0])
        for number, one in enumerate(points)
        for two in points[number + 1 :]
        if two[0] > one[0]
    ]
    return statistics.median(slopes) if slopes else 0.0


def count_files(folder: Path) -> int:
    """Count the files below a folder, of which some may go meanwhile."""
    return sum(len(files) for _, _, files in os.walk(folder))


def size_of(path: Path) -> int:
    """Return the length of a file; 0 if there is none."""
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0
