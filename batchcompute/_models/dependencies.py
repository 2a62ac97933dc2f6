"""Check the dependencies of a job's tasks before the service has to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

#: As many names of a cycle are shown.
_SHOWN: Final = 10


def dependency_problem(tasks: Mapping[str, Any], dependencies: Any) -> str | None:
    """Return what is wrong with the dependencies of a job's tasks, or None.

    Args:
        tasks: The tasks by name.
        dependencies: Name of a task -> names of the tasks that start after it.
    """
    if not isinstance(dependencies, Mapping):
        return "Dependencies must be a dict"
    edges = cast("Mapping[str, Any]", dependencies)
    for source, followers in edges.items():
        if source not in tasks:
            return f"Dependencies names the task {source!r}, which is not in Tasks"
        if not isinstance(followers, list | tuple):
            return f"Dependencies.{source} must be a list of tasks"
        for follower in cast("Iterable[Any]", followers):
            if follower not in tasks:
                return f"Dependencies.{source} names the task {follower!r}, which is not in Tasks"
            if follower == source:
                return f"Dependencies.{source}: a task cannot wait for itself"
    return _cycle_in(tasks, edges)


def _cycle_in(tasks: Mapping[str, Any], edges: Mapping[str, Any]) -> str | None:
    from graphlib import CycleError, TopologicalSorter  # few programs need it

    graph: TopologicalSorter[str] = TopologicalSorter()
    for source, followers in edges.items():
        for follower in followers:
            graph.add(follower, source)
    try:
        graph.prepare()
    except CycleError as error:
        *names, _ = cast("list[str]", error.args[1])
        first = next(index for index, name in enumerate(tasks) if name in names)
        at = names.index(list(tasks)[first])
        names = names[at:] + names[:at]
        shown = names if len(names) <= _SHOWN else [*names[: _SHOWN - 1], "..."]
        return f"Dependencies has a cycle: {', '.join([*shown, names[0]])}"
    return None
