"""When the tasks of a job ran: a bar for each, from its start to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from batchcompute.server.model.clock import to_wire
from batchcompute.server.store.rows import AnyRow

#: Tasks that are shown, those that started first.
_MOST: Final = 300
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Bar:
    """One task.

    Attributes:
        name: Its name.
        state: Its state.
        left, width: Its place, in hundredths of the whole.
        seconds: How long it ran so far.
        started, ended: When, as the API writes it.
    """

    name: str
    state: str
    left: float
    width: float
    seconds: float
    started: str
    ended: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The tasks of a job over time.

    Attributes:
        begin, end: When the whole begins and ends, as the API writes it.
        seconds: How long that is.
        bars: The tasks that have started.
        left_out: How many of these are not shown.
    """

    begin: str
    end: str
    seconds: float
    bars: Sequence[Bar]
    left_out: int


def draw_timeline(job: AnyRow, tasks: Sequence[AnyRow], now: int) -> Timeline:
    """Draw the timeline of a job.

    Args:
        job: The job.
        tasks: Its tasks.
        now: The present, in microseconds since the epoch.
    """
    started = sorted((task for task in tasks if task.started is not None), key=_start)
    begin = job.created
    end = max([job.ended or now, begin + 1, *((task.ended or begin) for task in started)])
    whole = end - begin
    bars: list[Bar] = []
    for task in started[:_MOST]:
        until = task.ended or end
        left = max(0, task.started - begin) * 100 / whole
        width = max(0, until - task.started) * 100 / whole
        bars.append(
            Bar(
                task.name,
                task.state,
                round(min(left, 99.7), 3),
                round(max(0.3, min(width, 100 - left)), 3),
                max(0, until - task.started) / _MICROSECONDS,
                to_wire(task.started),
                to_wire(task.ended),
            )
        )
    left_out = max(0, len(started) - _MOST)
    return Timeline(to_wire(begin), to_wire(end), whole / _MICROSECONDS, bars, left_out)


def _start(task: AnyRow) -> tuple[int, int]:
    return task.started, task.pos
