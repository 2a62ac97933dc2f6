"""Compare statuses by the id of what they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast


class Identified:
    """Compares, sorts and hashes a status object by its id, also with the bare id.

    Two objects that a client got from different collections are different: instance 0 of one task
    is not that of another.
    """

    __slots__: tuple[str, ...] = ()

    _identity: ClassVar[str]

    def _key_of(self, other: object) -> Any:
        """Return the id that `other` is or has, or NotImplemented."""
        if isinstance(other, str | int | float) and not isinstance(other, bool):
            return other
        if isinstance(other, Identified) and other._identity == self._identity:
            return getattr(other, self._identity)
        if isinstance(other, Mapping) and self._identity in other:
            return cast("Mapping[object, Any]", other)[self._identity]
        return NotImplemented

    def _compare(self, other: object, how: str) -> Any:
        theirs = self._key_of(other)
        if theirs is NotImplemented:
            return NotImplemented
        mine = getattr(self, self._identity)
        if how == "__eq__":
            return mine == theirs
        return getattr(mine, how)(theirs)

    def __eq__(self, other: object) -> Any:
        if isinstance(other, Identified):
            mine, theirs = self._where(), other._where()
            if mine and theirs and mine != theirs:
                return False
        return self._compare(other, "__eq__")

    def __lt__(self, other: object) -> Any:
        return self._compare(other, "__lt__")

    def __le__(self, other: object) -> Any:
        return self._compare(other, "__le__")

    def __gt__(self, other: object) -> Any:
        return self._compare(other, "__gt__")

    def __ge__(self, other: object) -> Any:
        return self._compare(other, "__ge__")

    def __hash__(self) -> int:
        # Of the id alone, because it equals the bare id.
        return hash(getattr(self, self._identity))

    def _where(self) -> str:
        return getattr(self, "_place", "")

    def _clone(self) -> Any:
        return _placed(super()._clone(), self._where())  # type: ignore[misc]  # of Model

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored_at, (self._where(), *super().__reduce__())


def _placed(made: Any, place: str) -> Any:
    if place:
        object.__setattr__(made, "_place", place)
    return made


def _restored_at(place: str, restore: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return _placed(restore(*arguments), place)
