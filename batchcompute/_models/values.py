"""The values of models: where they come from, how they are copied, and why one is refused."""

from __future__ import annotations

import operator
from math import isfinite
from typing import Any, Final, cast

#: Marks "no default"; None would be a possible one.
NO_DEFAULT: Final = object()

#: Where an object came from: somebody wrote it, it is its owner's default, or a read created it.
WRITTEN: Final = 0
DEFAULT: Final = 1
READ: Final = 2
#: The same, in a status: it stays without defaults.
READ_BARE: Final = 3

#: How content becomes an object, and all objects below it: absent properties get no defaults;
#: unknown keys are kept and sent, or left out without a warning. Any can be combined, or none.
BARE: Final = 1
KEEP: Final = 2
QUIET: Final = 4


class WrongTypeError(TypeError):
    """A value of the wrong type, with the path of the property that was to take it.

    Args:
        expected: What the property takes, with its article: "a string".
        value: The refused value; only its type is kept, since values may be secret.
    """

    def __init__(self, expected: str, value: object) -> None:
        super().__init__(expected, type(value).__name__)
        self.expected = expected
        self.got = type(value).__name__
        self.path: list[str] = []
        self.owner = ""

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        # A copy is constructed from the arguments, hence with the name of the type as the value.
        vars(self).update(state or {})
        self.args = (self.expected, self.got)

    def at(self, *steps: str) -> WrongTypeError:
        """Put steps in front of the path, and return the exception."""
        self.path[:0] = steps
        return self

    def __str__(self) -> str:
        path = ".".join(self.path) or "the value"
        owner = f"{self.owner}: " if self.owner else ""
        return f"{owner}{path} must be {self.expected}, not {self.got}"


class Kept(dict[str, Any]):
    """Unknown fields that a program wants to be sent; those of answers are not."""


class _Empty:
    """Held by the slot of a time if the service sent "" or null: read as None, but set."""

    def __reduce__(self) -> str:
        return "EMPTY"


#: Programs copy statuses key by key, so that what has not begun has its keys all the same.
EMPTY: Final = _Empty()


def is_model(value: Any) -> bool:
    """Return whether a value is an object of a model class."""
    return getattr(value, "_is_model", False) is True


_IMMUTABLE: Final = frozenset({str, int, float, bool, type(None)})


def clone(value: Any) -> Any:
    """Copy a JSON-like value deeply; models are copied by their own rules."""
    if type(value) in _IMMUTABLE:
        return value
    if isinstance(value, dict):
        entries = cast("dict[object, Any]", value)
        return {
            key: entry if type(entry) in _IMMUTABLE else clone(entry)
            for key, entry in entries.items()
        }
    if isinstance(value, list | tuple):
        items = cast("list[object]", value)
        return [clone(item) for item in items]
    if isinstance(value, bytes):
        return decoded(value)
    if is_model(value):
        return value._clone()
    return as_built_in(value)


def as_built_in(value: Any) -> Any:
    """Return a whole number of another library, such as numpy, as an int; all else as it is."""
    if type(value) in _IMMUTABLE or not hasattr(value, "__index__"):
        return value
    return operator.index(value)


def by_index(value: Any, expected: str) -> int:
    """Return a whole number of any library as an int; a bool is none."""
    if isinstance(value, bool):
        raise WrongTypeError(expected, value)
    try:
        return operator.index(value)
    except TypeError:
        raise WrongTypeError(expected, value) from None


def check_numbers(value: Any) -> None:
    """Refuse NaN and infinities at any depth of a JSON-like value: JSON has none."""
    if isinstance(value, float):
        if not isfinite(value):
            raise WrongTypeError("a finite number", value)
    elif isinstance(value, dict):
        for entry in cast("dict[object, Any]", value).values():
            check_numbers(entry)
    elif isinstance(value, list | tuple):
        for entry in cast("list[Any]", value):
            check_numbers(entry)


def decoded(value: bytes) -> str:
    """Return UTF-8 bytes as a string."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise WrongTypeError("text, or its UTF-8 bytes", value) from None


def as_text(value: Any) -> Any:
    """Return a value of a map that takes nothing but text; None stays None."""
    if value is None or type(value) is str:
        return value
    return decoded(value) if isinstance(value, bytes) else str(as_built_in(value))


def as_key(key: Any) -> str:
    """Return the key of a map as text, which JSON would make of it anyway."""
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        return decoded(key)
    if isinstance(key, int | float) and not isinstance(key, bool):
        return str(key)
    raise WrongTypeError("a dict whose keys are texts", key)
