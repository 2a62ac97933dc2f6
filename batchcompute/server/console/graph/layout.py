"""Where the tasks of a DAG go: layers from left to right, with few crossings between them.

The way of Sugiyama: each task stands one layer behind the last of those that it waits for; an edge
over several layers gets a place in each of them; tasks move to the middle of their neighbours, back
and forth, while that takes crossings away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

#: Size of a task, and of the gaps between them, in units of the drawing.
WIDTH: Final = 184
HEIGHT: Final = 52
_GAP_X: Final = 56
_GAP_Y: Final = 20
_MARGIN: Final = 8
#: Height of a place that an edge passes through.
_LANE: Final = 14

_SWEEPS: Final = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """A drawing without its labels.

    Attributes:
        width, height: Its size.
        places: Upper left corner of each node.
        edges: Path data of SVG for each edge.
    """

    width: int
    height: int
    places: Sequence[tuple[int, int]]
    edges: Sequence[str]


@lru_cache(maxsize=64)
def lay_out(successors: tuple[tuple[int, ...], ...]) -> Layout:
    """Place the nodes of a DAG.

    Args:
        successors: For each node, those that come after it; there is no circle.
    """
    level = layers_of(successors)
    columns: list[list[int]] = [[] for _ in range(max(level, default=0) + 1)]
    for node, at in enumerate(level):
        columns[at].append(node)
    chains, before, after = _chains(successors, level, columns)
    order = _uncross(columns, before, after)
    middle, height = _heights(order, len(successors), before, after)
    x_of = {
        node: _MARGIN + at * (WIDTH + _GAP_X) for at, column in enumerate(order) for node in column
    }
    places = [(x_of[node], middle[node] - HEIGHT // 2) for node in range(len(successors))]
    edges = [_path([(x_of[node], middle[node]) for node in chain]) for chain in chains]
    width = 2 * _MARGIN + len(order) * WIDTH + (len(order) - 1) * _GAP_X
    return Layout(width, height, places, edges)


def layers_of(successors: Sequence[Sequence[int]]) -> list[int]:
    """Return the layer of each node: the length of the longest way to it."""
    missing = [0] * len(successors)
    for each in successors:
        for node in each:
            missing[node] += 1
    level = [0] * len(successors)
    ready = [node for node, number in enumerate(missing) if not number]
    for node in ready:
        for later in successors[node]:
            level[later] = max(level[later], level[node] + 1)
            missing[later] -= 1
            if not missing[later]:
                ready.append(later)
    return level


def crossings(order: Sequence[Sequence[int]], after: Mapping[int, Sequence[int]]) -> int:
    """Count the crossings of edges between neighbouring layers."""
    total = 0
    for left, right in pairwise(order):
        at = {node: index for index, node in enumerate(right)}
        # Edges in the order of their left ends: each crosses those before it that end below it.
        ends = [end for node in left for end in sorted(at[each] for each in after[node])]
        counts = [0] * (len(right) + 1)
        for seen, end in enumerate(ends):
            above, index = 0, end + 1
            while index > 0:
                above += counts[index]
                index -= index & -index
            total += seen - above
            index = end + 1
            while index <= len(right):
                counts[index] += 1
                index += index & -index
    return total


def _chains(
    successors: Sequence[Sequence[int]], level: Sequence[int], columns: list[list[int]]
) -> tuple[list[list[int]], dict[int, list[int]], dict[int, list[int]]]:
    """Give long edges places in the layers that they pass; return edges and both neighbourhoods."""
    count = len(successors)
    before: dict[int, list[int]] = {node: [] for node in range(count)}
    after: dict[int, list[int]] = {node: [] for node in range(count)}
    chains: list[list[int]] = []
    for node, each in enumerate(successors):
        for later in each:
            chain = [node]
            for at in range(level[node] + 1, level[later]):
                columns[at].append(count)
                before[count], after[count] = [], []
                chain.append(count)
                count += 1
            chain.append(later)
            chains.append(chain)
            for one, two in pairwise(chain):
                after[one].append(two)
                before[two].append(one)
    return chains, before, after


def _uncross(
    columns: list[list[int]],
    before: Mapping[int, Sequence[int]],
    after: Mapping[int, Sequence[int]],
) -> list[list[int]]:
    order = [list(column) for column in columns]
    best, least = [list(column) for column in order], crossings(order, after)
    for sweep in range(_SWEEPS):
        if not least:
            break
        forward = sweep % 2 == 0
        neighbours = before if forward else after
        steps = range(1, len(order)) if forward else range(len(order) - 2, -1, -1)
        for at in steps:
            beside = order[at - 1 if forward else at + 1]
            index = {node: place for place, node in enumerate(beside)}
            own = {node: place for place, node in enumerate(order[at])}
            order[at].sort(key=lambda node: _mean(neighbours[node], index, own[node]))
        now = crossings(order, after)
        if now < least:
            best, least = [list(column) for column in order], now
    return best


def _mean(neighbours: Sequence[int], index: Mapping[int, int], otherwise: float) -> float:
    if not neighbours:
        return otherwise
    return sum(index[node] for node in neighbours) / len(neighbours)


def _heights(
    order: Sequence[Sequence[int]],
    tasks: int,
    before: Mapping[int, Sequence[int]],
    after: Mapping[int, Sequence[int]],
) -> tuple[dict[int, int], int]:
    """Return the middle of each node from above, and the height of the whole."""

    def half(node: int) -> float:
        return (HEIGHT if node < tasks else _LANE) / 2 + _GAP_Y / 2

    middle: dict[int, float] = {}
    for column in order:
        at = -sum(half(node) for node in column)
        for node in column:
            middle[node] = at + half(node)
            at += 2 * half(node)
    # Nodes draw near their neighbours, as far as the order of their layer lets them.
    for neighbours, columns in ((before, order), (after, order[::-1]), (before, order)):
        for column in columns:
            wanted = [_mean_height(neighbours[node], middle, middle[node]) for node in column]
            _settle(column, wanted, half, middle)
    top = min((middle[node] - half(node) for column in order for node in column), default=0.0)
    bottom = max((middle[node] + half(node) for column in order for node in column), default=0.0)
    placed = {node: round(at - top) + _MARGIN for node, at in middle.items()}
    return placed, round(bottom - top) + 2 * _MARGIN


def _mean_height(neighbours: Sequence[int], middle: Mapping[int, float], otherwise: float) -> float:
    if not neighbours:
        return otherwise
    return sum(middle[node] for node in neighbours) / len(neighbours)


def _settle(
    column: Sequence[int],
    wanted: Sequence[float],
    half: Callable[[int], float],
    middle: dict[int, float],
) -> None:
    """Put the nodes of a layer as near as possible to where they want to be, in their order.

    Nodes that want the same place form a block, which goes to the mean of what they want.
    """
    blocks: list[list[float]] = []  # [sum of wanted tops, number, height so far]
    offsets: list[tuple[int, float]] = []
    for node, want in zip(column, wanted, strict=True):
        height = 2 * half(node)
        blocks.append([want - height / 2, 1.0, height])
        offsets.append((node, height))
        while len(blocks) > 1:
            upper, lower = blocks[-2], blocks[-1]
            if upper[0] / upper[1] + upper[2] <= lower[0] / lower[1]:
                break
            blocks[-2:] = [
                [
                    upper[0] + lower[0] - upper[2] * lower[1],
                    upper[1] + lower[1],
                    upper[2] + lower[2],
                ]
            ]
    position = iter(offsets)
    for total, number, _ in blocks:
        at = total / number
        for _ in range(int(number)):
            node, height = next(position)
            middle[node] = at + height / 2
            at += height


def _path(points: Sequence[tuple[int, int]]) -> str:
    """Return a smooth curve from the right side of the first node to the left side of the last."""
    x, y = points[0][0] + WIDTH, points[0][1]
    parts = [f"M{x} {y}"]
    for number, (left, middle) in enumerate(points[1:], 1):
        bend = (left - x) / 2
        parts.append(f"C{x + bend:g} {y} {left - bend:g} {middle} {left} {middle}")
        x, y = left, middle
        if number < len(points) - 1:
            x += WIDTH
            parts.append(f"H{x}")
    return "".join(parts)
