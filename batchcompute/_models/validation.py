"""Find what a description lacks that its request must carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from batchcompute._models.values import is_model


def first_problem(model: Any, strict: bool, path: str = "") -> str | None:
    """Return the first thing that is missing in a model or below it, or None.

    Args:
        model: The model.
        strict: Look below optional properties, maps and lists, too.
        path: What leads to the model, with a dot at its end.
    """
    content: dict[str, Any] = model._content()
    for name in model._required:
        if content.get(name) is None:
            return f"{path}{name}"
        problem = _problem_in(content[name], strict, f"{path}{name}.")
        if problem is not None:
            return problem
    for group in model._exactly_one_of:
        given = [name for name in group if _says_something(content.get(name))]
        if len(given) != 1:
            where = f" of {path[:-1]}" if path else ""
            found = " and ".join(given) if given else "none"
            return f"exactly one of {', '.join(group)}{where} must be given, not {found}"
    for name in content if strict else ():
        if name in model._required:
            continue
        problem = _problem_in(content[name], strict, f"{path}{name}.")
        if problem is not None:
            return problem
    problem = model._own_problem() if strict else None
    return None if problem is None else f"{path}{problem}"


def _problem_in(value: Any, strict: bool, path: str) -> str | None:
    """Return the first thing that is missing in a value; plain containers count if `strict`."""
    if is_model(value):
        return first_problem(value, strict, path)
    if not strict:
        return None
    entries: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        entries = cast("dict[object, Any]", value).items()
    elif isinstance(value, list):
        entries = enumerate(cast("list[object]", value))
    for key, entry in entries:
        problem = _problem_in(entry, strict, f"{path}{key}.")
        if problem is not None:
            return problem
    return None


def _says_something(value: Any) -> bool:
    """Return whether a value says something; "", {} and objects of only such values do not.

    Programs send both of a pair, one of them empty, and mean the other.
    """
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, Any]", value)
        return any(_says_something(entry) for entry in entries.values())
    return bool(value)
