"""Dependencies between tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from batchcompute.server.model.errors import bad_dag, invalid


def successors_of(
    tasks: Sequence[str], dependencies: Mapping[str, Sequence[str]]
) -> tuple[tuple[int, ...], ...]:
    """Check a graph and number its edges.

    Args:
        tasks: Names of the tasks.
        dependencies: Task name to the names of the tasks that wait for it.

    Returns:
        For each task, in the given order, positions of the tasks that wait for it, each once.

    Raises:
        ApiError: A name is unknown, or the graph has a circle. What waits for either would never
            begin.
    """
    if not dependencies:
        return tuple(() for _ in tasks)
    position = {name: pos for pos, name in enumerate(tasks)}
    edges: list[list[int]] = [[] for _ in tasks]
    for name, followers in dependencies.items():
        _check_known(name, position, "DAG.Dependencies")
        for follower in followers:
            _check_known(follower, position, f"DAG.Dependencies.{name}")
        edges[position[name]] = sorted({position[follower] for follower in followers})
    _check_acyclic(edges)
    return tuple(tuple(followers) for followers in edges)


def _check_known(name: str, position: Mapping[str, int], path: str) -> None:
    if name not in position:
        raise invalid("Dependencies", f"Task {name} is not in DAG.Tasks.", path)


def _check_acyclic(edges: Sequence[Sequence[int]]) -> None:
    # Take away tasks that wait for nothing until none is left; what cannot be taken is a circle.
    unmet = [0] * len(edges)
    for followers in edges:
        for pos in followers:
            unmet[pos] += 1
    free = [pos for pos, count in enumerate(unmet) if count == 0]
    taken = 0
    while free:
        taken += 1
        for follower in edges[free.pop()]:
            unmet[follower] -= 1
            if unmet[follower] == 0:
                free.append(follower)
    if taken < len(edges):
        raise bad_dag()
