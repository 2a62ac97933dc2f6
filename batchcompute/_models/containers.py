"""The maps and lists of models: what is put into one is checked and converted like an assignment.

They are dicts and lists in every other way. A copy of one is an ordinary dict or list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn, Protocol, SupportsIndex, cast

#: Marks a missing argument; None is a possible one.
_MISSING: Any = object()


class MapKind(Protocol):
    """The part of a kind that a map uses."""

    def entry(self, key: Any, value: Any) -> tuple[str, Any]:
        """Return a checked key and value; raise `TypeError` if one does not fit."""
        ...

    def read_only(self) -> NoReturn:
        """Raise `TypeError`, because the map belongs to a read-only status."""
        ...


class ListKind(Protocol):
    """The part of a kind that a list uses."""

    def element(self, index: int, value: Any) -> Any:
        """Return a checked item; raise `TypeError` if it does not fit."""
        ...


class CheckedDict(dict[str, Any]):
    """A map that checks what is put into it."""

    __slots__ = ("_kind",)

    _kind: MapKind

    def __setitem__(self, key: str, value: Any) -> None:
        name, entry = self._kind.entry(key, value)
        super().__setitem__(name, entry)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, after setting it to the default if there was none."""
        if key not in self:
            name, entry = self._kind.entry(key, default)
            return super().setdefault(name, entry)
        return self[key]

    def update(self, *content: Any, **more: Any) -> None:
        """Put in several values; all of them, or none if one is refused."""
        entry = self._kind.entry
        super().update(dict(entry(key, value) for key, value in dict(*content, **more).items()))

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]  # it is no copy, unlike `|`
        self.update(other)
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return dict, (dict(self),)


class ReadDict(CheckedDict):
    """A map that a read created. As long as it is empty, its property counts as unset."""

    __slots__ = ()


class FrozenDict(dict[str, Any]):
    """The map of a read-only status."""

    __slots__ = ("_kind",)

    _kind: MapKind

    def _refuse(self, *_arguments: Any, **_options: Any) -> NoReturn:
        self._kind.read_only()

    # The signatures are of no use to what always fails.
    __setitem__: Any = _refuse
    __delitem__: Any = _refuse
    __ior__: Any = _refuse
    clear: Any = _refuse
    pop: Any = _refuse
    popitem: Any = _refuse
    setdefault: Any = _refuse
    update: Any = _refuse

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return dict, (dict(self),)


class FrozenReadDict(FrozenDict):
    """The empty map that the read of a status created."""

    __slots__ = ()


class CheckedList(list[Any]):
    """A list that checks what is put into it."""

    __slots__ = ("_kind",)

    _kind: ListKind

    def _checked(self, values: Iterable[Any], start: int) -> list[Any]:
        element = self._kind.element
        return [element(index, value) for index, value in enumerate(values, start)]

    def append(self, value: Any) -> None:
        """Put a value at the end."""
        super().append(self._kind.element(len(self), value))

    def insert(self, index: SupportsIndex, value: Any) -> None:
        """Put a value before the item at an index."""
        super().insert(index, self._kind.element(index.__index__(), value))

    def extend(self, values: Iterable[Any]) -> None:
        """Put several values at the end; all of them, or none if one is refused."""
        super().extend(self._checked(values, len(self)))

    def __iadd__(self, values: Iterable[Any]) -> Any:  # type: ignore[misc]  # as above
        self.extend(values)
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            start: int = index.indices(len(self))[0]
            super().__setitem__(cast(Any, index), self._checked(value, start))
        else:
            at = index.__index__()
            super().__setitem__(index, self._kind.element(at + len(self) if at < 0 else at, value))

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return list, (list(self),)


class ReadList(CheckedList):
    """A list that a read created. As long as it is empty, its property counts as unset."""

    __slots__ = ()
