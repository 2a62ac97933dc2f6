"""The graph of a job: its tasks with what they have done, alike ones taken together if many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from batchcompute.server.console.graph.layout import HEIGHT, WIDTH, lay_out
from batchcompute.server.model import states
from batchcompute.server.store.rows import AnyRow

#: Tasks that are drawn one by one.
_MOST_ALONE: Final = 60
#: Nodes that are drawn at all.
MOST_NODES: Final = 300

_LONGEST_NAME: Final = 16
_COUNTERS: Final = {
    states.FINISHED: ("finished",),
    states.RUNNING: ("running",),
    states.FAILED: ("failed",),
    states.STOPPED: ("stopped",),
    states.WAITING: ("waiting", "dispatched"),
}
#: Of tasks taken together, the first of these that one of them is in is the state of all.
_LOUDEST: Final = (
    states.FAILED,
    states.RUNNING,
    states.STOPPED,
    states.WAITING,
    states.FINISHED,
)


@dataclass(frozen=True, slots=True)
class Node:
    """One box.

    Attributes:
        x, y: Its upper left corner.
        name: Name of the task, or of the first of those taken together.
        label: The name, short enough for the box.
        tasks: How many tasks it stands for.
        state: Its state.
        counts: Instances per state.
        bar: Left end and width of each part of its bar, in units of the drawing.
    """

    x: int
    y: int
    name: str
    label: str
    tasks: int
    state: str
    counts: Mapping[str, int]
    bar: Sequence[tuple[str, float, float]]

    @property
    def total(self) -> int:
        """All instances."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph, ready to be written.

    Attributes:
        width, height: Its size.
        nodes: The boxes.
        edges: Path data of SVG.
        box: Width and height of a box.
    """

    width: int
    height: int
    nodes: Sequence[Node]
    edges: Sequence[str]
    box: tuple[int, int] = field(default=(WIDTH, HEIGHT))


def draw(tasks: Sequence[AnyRow], successors: Sequence[tuple[int, ...]]) -> Drawing | None:
    """Draw the graph of a job.

    Args:
        tasks: Its tasks, in the order of their positions.
        successors: For each, the positions of those that wait for it.

    Returns:
        The drawing; None if it would have too many boxes.
    """
    groups = [[pos] for pos in range(len(tasks))]
    edges = tuple(successors)
    if len(tasks) > _MOST_ALONE:
        groups, edges = together(successors)
    if len(groups) > MOST_NODES:
        return None
    layout = lay_out(edges)
    nodes = [
        _node([tasks[pos] for pos in group], place)
        for group, place in zip(groups, layout.places, strict=True)
    ]
    return Drawing(layout.width, layout.height, nodes, layout.edges)


def together(
    successors: Sequence[tuple[int, ...]],
) -> tuple[list[list[int]], tuple[tuple[int, ...], ...]]:
    """Take tasks together that wait for the same tasks, and that the same tasks wait for.

    Returns:
        The groups, and for each those that come after it.
    """
    before: list[list[int]] = [[] for _ in successors]
    for pos, each in enumerate(successors):
        for later in each:
            before[later].append(pos)
    alike: dict[Any, list[int]] = {}
    for pos, each in enumerate(successors):
        alike.setdefault((tuple(before[pos]), tuple(sorted(each))), []).append(pos)
    groups = list(alike.values())
    group_of = {pos: number for number, group in enumerate(groups) for pos in group}
    edges = tuple(
        tuple(sorted({group_of[later] for later in successors[group[0]]})) for group in groups
    )
    return groups, edges


def counts_of(tasks: Sequence[AnyRow]) -> dict[str, int]:
    """Count the instances of tasks per state that callers see."""
    return {
        state: sum(int(getattr(task, name)) for task in tasks for name in names)
        for state, names in _COUNTERS.items()
    }


def parts_of(counts: Mapping[str, int], width: float) -> list[tuple[str, float, float]]:
    """Return state, left end and width of each part of a bar; what is there is seen."""
    total = sum(counts.values())
    parts: list[tuple[str, float, float]] = []
    at = 0.0
    for state in _COUNTERS:
        if counts.get(state):
            share = width * counts[state] / total
            parts.append((state, round(at, 2), round(share, 2)))
            at += share
    return parts


def _node(tasks: Sequence[AnyRow], place: tuple[int, int]) -> Node:
    there = {task.state for task in tasks}
    counts = counts_of(tasks)
    name = str(tasks[0].name)
    label = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    state = next(state for state in _LOUDEST if state in there)
    return Node(*place, name, label, len(tasks), state, counts, parts_of(counts, WIDTH - 24))
