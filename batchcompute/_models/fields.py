"""How a model class declares its properties: `Name: str = fields.text()`.

The functions return attrs fields that carry a `Kind`; `Model` turns them into `Field` objects once
per class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import attrs

from batchcompute._models.kinds import Array as Array
from batchcompute._models.kinds import Boolean as Boolean
from batchcompute._models.kinds import Integer as Integer
from batchcompute._models.kinds import Kind as Kind
from batchcompute._models.kinds import Map as Map
from batchcompute._models.kinds import ModelClass
from batchcompute._models.kinds import Nested as Nested
from batchcompute._models.kinds import Number as Number
from batchcompute._models.kinds import Text as Text
from batchcompute._models.kinds import TextOrInteger as TextOrInteger
from batchcompute._models.kinds import Time as Time
from batchcompute._models.values import NO_DEFAULT
from batchcompute._models.values import WrongTypeError as WrongTypeError

_Model = TypeVar("_Model")

#: Key of the `Kind` in the metadata of an attrs field.
KIND: Final = "batchcompute.kind"


def _declare(kind: Kind, default: Any) -> Any:
    return attrs.field(default=default, metadata={KIND: kind})


def text(default: Any = NO_DEFAULT) -> Any:
    """Declare a string property."""
    return _declare(Text(), default)


def integer(default: Any = NO_DEFAULT) -> Any:
    """Declare a whole-number property."""
    return _declare(Integer(), default)


def number(default: Any = NO_DEFAULT) -> Any:
    """Declare a number property."""
    return _declare(Number(), default)


def boolean(default: Any = NO_DEFAULT) -> Any:
    """Declare a boolean property."""
    return _declare(Boolean(), default)


def time(default: Any = NO_DEFAULT) -> Any:
    """Declare a time property."""
    return _declare(Time(), default)


def text_or_integer(default: Any = NO_DEFAULT) -> Any:
    """Declare a property that is text or a whole number."""
    return _declare(TextOrInteger(), default)


def anything(default: Any = NO_DEFAULT) -> Any:
    """Declare a property of any JSON value."""
    return _declare(Kind(), default)


def nested(
    model: Callable[[], ModelClass],
    default: Any = NO_DEFAULT,
    on_read: dict[str, Any] | None = None,
) -> Any:
    """Declare a property that holds another model."""
    return _declare(Nested(model, on_read), default)


def mapping(item: Kind | None = None, default: Any = NO_DEFAULT, *, stringify: bool = False) -> Any:
    """Declare a map property."""
    return _declare(Map(item, stringify=stringify), default)


def array(item: Kind | None = None, default: Any = NO_DEFAULT) -> Any:
    """Declare a list property."""
    return _declare(Array(item), default)


def model(cls: type[_Model]) -> type[_Model]:
    """Turn a declaration into a resource class: attrs slots, all behaviour from `Jsonizable`."""
    return attrs.define(
        init=False,
        eq=False,
        repr=False,
        getstate_setstate=False,
        weakref_slot=False,
        on_setattr=attrs.setters.NO_OP,
    )(cls)
