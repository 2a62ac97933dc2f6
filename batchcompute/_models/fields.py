"""The kinds of property that a model class can have: what each accepts, copies and creates.

A model declares its properties with the functions at the end (`text()`, `nested(…)`, …), which are
attrs fields that carry a `Kind`. `Model` turns them into `Field` objects once per class.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar, cast

import attrs

from batchcompute._models.times import parse_time

#: A class of models. They are built on this module, which therefore cannot know them; what it calls
#: of them is in `Model`.
ModelClass = Any

_Model = TypeVar("_Model")

#: Key of the `Kind` in the metadata of an attrs field.
KIND: Final = "batchcompute.kind"
#: Marks "no default"; None would be a possible one.
NO_DEFAULT: Final = object()

#: Where an object came from: somebody wrote it, it is its owner's default, or a read created it.
WRITTEN: Final = 0
DEFAULT: Final = 1
READ: Final = 2

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


class ReadDict(dict[str, Any]):
    """A map that a read created. As long as it is empty, its property counts as unset."""


class ReadList(list[Any]):
    """A list that a read created. As long as it is empty, its property counts as unset."""


class Kept(dict[str, Any]):
    """Unknown fields that a program wants to be sent; those of answers are not."""


def is_model(value: Any) -> bool:
    """Whether a value is an object of a model class."""
    return getattr(value, "_is_model", False) is True


class Kind:
    """How one kind of property treats values; the base accepts anything JSON can hold."""

    #: Types taken as they are, without a call; the fast path of every load.
    exact: frozenset[type[Any]] = frozenset()
    #: True if reading an unset property creates a live, empty value: objects, maps and lists.
    created_on_read = False

    def coerce(self, value: Any, how: int = 0) -> Any:
        """Check and copy a value given by a program; raise `WrongTypeError` if it does not fit.

        Args:
            value: What the program gave.
            how: `BARE` and `KEEP`, for objects made from dicts, here and below.
        """
        return clone(value)

    def decode(self, value: Any) -> Any:
        """Copy a value of an answer; what does not fit is kept as it came."""
        try:
            return self.coerce(value)
        except TypeError:
            return clone(value)

    def make(self, default: Any) -> Any:
        """Make the value that a fresh object starts with."""
        return clone(default)

    def empty(self, bare: bool = False) -> Any:
        """Make the value that a read of an unset property creates; if `bare`, without defaults."""
        return None


class Text(Kind):
    """A string. Bytes are decoded, since old programs hand them over."""

    exact = frozenset({str})

    def coerce(self, value: Any, how: int = 0) -> Any:
        if isinstance(value, bytes):
            return _decoded(value)
        if not isinstance(value, str):
            raise WrongTypeError("a string", value)
        return value


class Integer(Kind):
    """A whole number."""

    exact = frozenset({int})

    def coerce(self, value: Any, how: int = 0) -> Any:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise WrongTypeError("an integer", value)
        return value


class Number(Kind):
    """A whole or fractional number."""

    exact = frozenset({int, float})

    def coerce(self, value: Any, how: int = 0) -> Any:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise WrongTypeError("a number", value)
        return value


class Boolean(Kind):
    """True or False."""

    exact = frozenset({bool})

    def coerce(self, value: Any, how: int = 0) -> Any:
        if not isinstance(value, bool):
            raise WrongTypeError("a boolean", value)
        return value


class Time(Kind):
    """A moment: UTC text on the wire, a naive local `datetime` in programs."""

    exact = frozenset({datetime})

    def coerce(self, value: Any, how: int = 0) -> Any:
        if not isinstance(value, str | int | float | datetime) or isinstance(value, bool):
            raise WrongTypeError("a time", value)
        return parse_time(value)

    def decode(self, value: Any) -> Any:
        # Long lists are full of times, all of them texts.
        return parse_time(value) if type(value) is str else super().decode(value)


class TextOrInteger(Kind):
    """A string or a whole number, such as a page marker."""

    exact = frozenset({str, int})

    def coerce(self, value: Any, how: int = 0) -> Any:
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise WrongTypeError("a string or an integer", value)
        return value


class Nested(Kind):
    """An object of another model class.

    Args:
        model: Returns the class; called at the first use, so that models load on demand.
        on_read: What the object that a read creates contains.
    """

    created_on_read = True

    def __init__(
        self, model: Callable[[], ModelClass], on_read: dict[str, Any] | None = None
    ) -> None:
        self._model = model
        self._on_read = on_read or {}
        self._cls: ModelClass = None

    @property
    def cls(self) -> ModelClass:
        """The model class."""
        if self._cls is None:
            self._cls = self._model()
        return self._cls

    def coerce(self, value: Any, how: int = 0) -> Any:
        cls = self._cls or self.cls
        if type(value) is dict:
            return cls._build(value, how)
        if getattr(value, "_model", None) is cls:
            return value._clone()
        if isinstance(value, str | bytes):
            # Old programs hand over JSON text; text that is no object is a wrong type like any.
            try:
                loaded = json.loads(value)
            except (ValueError, RecursionError):
                raise WrongTypeError(f"{cls.__name__} or a dict", value) from None
            if isinstance(loaded, dict):
                return cls._build(loaded, how)
            raise WrongTypeError(f"{cls.__name__} or a dict", loaded)
        if is_model(value) or not isinstance(value, Mapping):
            raise WrongTypeError(f"{cls.__name__} or a dict", value)
        return cls._build(value, how)

    def decode(self, value: Any) -> Any:
        if type(value) is dict:
            return (self._cls or self.cls)._decode(value)
        return clone(value)

    def make(self, default: Any) -> Any:
        made = self.cls._build(default)
        made._set_origin(DEFAULT)
        return made

    def empty(self, bare: bool = False) -> Any:
        made = self.cls._build({} if bare else self._on_read, BARE if bare else 0)
        made._set_origin(DEFAULT)
        object.__setattr__(made, "_origin", READ)
        return made


class Map(Kind):
    """A map from names to values of one kind.

    Args:
        item: The kind of the values; None for values of any kind.
        stringify: Turn numbers and booleans into text, as the service takes nothing else here.
    """

    created_on_read = True

    def __init__(self, item: Kind | None = None, *, stringify: bool = False) -> None:
        self.item = item
        self.stringify = stringify

    def coerce(self, value: Any, how: int = 0) -> Any:
        if not isinstance(value, Mapping):
            raise WrongTypeError("a dict", value)
        item = self.item
        entries = cast("Mapping[object, Any]", value)
        copied: dict[str, Any] = {}
        for key, entry in entries.items():
            if type(key) is not str:
                key = _as_key(key)
            try:
                if self.stringify:
                    copied[key] = _as_text(entry)
                elif item is None:
                    copied[key] = clone(entry)
                else:
                    copied[key] = entry if type(entry) in item.exact else item.coerce(entry, how)
            except WrongTypeError as error:
                raise error.at(key) from None
        return copied

    def decode(self, value: Any) -> Any:
        if type(value) is not dict or self.item is None:
            return clone(value)
        exact, decode = self.item.exact, self.item.decode
        entries = cast("dict[str, Any]", value)
        return {
            key: entry if type(entry) in exact else decode(entry) for key, entry in entries.items()
        }

    def make(self, default: Any) -> Any:
        return self.coerce(default)

    def empty(self, bare: bool = False) -> Any:
        return ReadDict()


#: What can be iterated, and is no list all the same.
_NEVER_LISTS: Final[tuple[type[Any], ...]] = (str, bytes, Mapping)


class Array(Kind):
    """A list of values of one kind.

    Args:
        item: The kind of the items; None for items of any kind.
    """

    created_on_read = True

    def __init__(self, item: Kind | None = None) -> None:
        self.item = item

    def coerce(self, value: Any, how: int = 0) -> Any:
        if isinstance(value, _NEVER_LISTS) or not isinstance(value, Iterable):
            raise WrongTypeError("a list", value)
        item = self.item
        entries = cast("Iterable[object]", value)
        if item is None:
            return [clone(entry) for entry in entries]
        copied: list[Any] = []
        for index, entry in enumerate(entries):
            try:
                copied.append(entry if type(entry) in item.exact else item.coerce(entry, how))
            except WrongTypeError as error:
                raise error.at(str(index)) from None
        return copied

    def decode(self, value: Any) -> Any:
        if type(value) is not list or self.item is None:
            return clone(value)
        exact, decode = self.item.exact, self.item.decode
        entries = cast("list[object]", value)
        return [entry if type(entry) in exact else decode(entry) for entry in entries]

    def make(self, default: Any) -> Any:
        return self.coerce(default)

    def empty(self, bare: bool = False) -> Any:
        return ReadList()


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
        return _decoded(value)
    if is_model(value):
        return value._clone()
    return value


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise WrongTypeError("text, or its UTF-8 bytes", value) from None


def _as_text(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    return _decoded(value) if isinstance(value, bytes) else str(value)


def _as_key(key: Any) -> str:
    """Return the key of a map as text, which JSON would make of it anyway."""
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        return _decoded(key)
    if isinstance(key, int | float) and not isinstance(key, bool):
        return str(key)
    raise WrongTypeError("a dict whose keys are texts", key)


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
