"""Classes that programs derive from `Jsonizable` themselves, declared by a map of names to types.

    class Box(Jsonizable):
        descriptor_type = "data descriptor"
        descriptor_map = {"Name": STRING, "Size": int, "Parts": list}
        required = ["Name", ["Size", "Parts"]]

They get what the generated classes have: attributes, items, checks, JSON, copies.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from batchcompute._models.kinds import Array, Kind, Map, Nested
from batchcompute._models.model import Model
from batchcompute._models.values import NO_DEFAULT, WrongTypeError, is_model

#: The `descriptor_type` of classes whose attributes cannot be assigned.
_READ_ONLY: Final = "non data descriptor"


class _OfTypes(Kind):
    """A value of certain types, as `isinstance` sees it."""

    def __init__(self, types: tuple[type[Any], ...]) -> None:
        self._types = types

    def coerce(self, value: Any, how: int = 0) -> Any:
        if not isinstance(value, self._types):
            raise WrongTypeError(" or ".join(one.__name__ for one in self._types), value)
        return super().coerce(value)


class _InDict:
    """Access to a property that is kept in the `__dict__` of its object."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        return self if obj is None else obj.__dict__.get(self._name)

    def __set__(self, obj: Any, value: Any) -> None:
        # Only reached through object.__setattr__; Model.__setattr__ has checked the value.
        obj.__dict__[self._name] = value


def declare(cls: Any, base: Any) -> None:
    """Give a class of a program the properties that its `descriptor_map` names.

    Args:
        cls: The class.
        base: `Jsonizable`, whose names no property can have.

    Raises:
        TypeError: A name cannot be that of a property, or what stands for its type is not one.
    """
    if not cls.__dictoffset__:
        raise TypeError(f"{cls.__name__} has no place for its properties: remove its __slots__")
    entries: Any = cls.descriptor_map
    if not isinstance(entries, Mapping):
        raise TypeError(f"{cls.__name__}.descriptor_map must be a dict")
    properties: list[tuple[str, Kind, Any, Any]] = []
    for key, types in cast("Mapping[object, Any]", entries).items():
        name = _name(cls, key, base)
        slot = _InDict(name)
        setattr(cls, name, slot)
        properties.append((name, _kind(f"{cls.__name__}.{name}", types), NO_DEFAULT, slot))
    cls._model = cls
    cls._set_properties(properties)
    rules = cast("Sequence[Any]", getattr(cls, "required", None) or ())
    cls._required = tuple(rule for rule in rules if isinstance(rule, str))
    cls._exactly_one_of = tuple(tuple(rule) for rule in rules if not isinstance(rule, str))
    cls._assignable = getattr(cls, "descriptor_type", "") != _READ_ONLY
    if cls.__init__ is not base.__init__:
        cls._build = classmethod(_build)
    for method in ("_content", "_for_json", "_for_request"):
        # Not those that were compiled for a class above.
        setattr(cls, method, vars(Model)[method])


def _build(cls: Any, content: Any, how: int = 0) -> Any:
    """Build an object by its own constructor, which alone knows what else it needs."""
    return cls(content)


def _name(cls: Any, key: object, base: Any) -> str:
    usable = isinstance(key, str) and key.isidentifier() and not keyword.iskeyword(key)
    name = str(key)
    if usable and not name.startswith("_") and not hasattr(base, name):
        return name
    raise TypeError(f"{cls.__name__}.descriptor_map: {key!r} cannot be a property")


def _kind(where: str, types: Any) -> Kind:
    members: list[Any] = (
        list(cast("Iterable[object]", types)) if isinstance(types, tuple | list) else [types]
    )
    if not members or not all(isinstance(member, type) for member in members):
        raise TypeError(f"{where}: the type must be a class or a tuple of classes, not {types!r}")
    if len(members) == 1:
        only = members[0]
        if is_model(only):
            return Nested(lambda: only)
        if issubclass(only, dict | list):
            return Map() if issubclass(only, dict) else Array()
    return _OfTypes(tuple(members))
