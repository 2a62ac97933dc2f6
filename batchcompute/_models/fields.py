"""The kinds of property that a model class can have: what each accepts, copies and creates.

A model declares its properties with the functions at the end (`text()`, `nested(…)`, …), which are
attrs fields that carry a `Kind`. `Model` turns them into `Field` objects once per class.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from math import isfinite
from typing import Any, Final, NoReturn, TypeVar, cast

import attrs

from batchcompute._models.containers import (
    CheckedDict,
    CheckedList,
    FrozenDict,
    FrozenReadDict,
    ReadDict,
    ReadList,
)
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
    """What the slot of a time holds if the service said "" or null: None, and all the same set."""

    def __reduce__(self) -> str:
        return "EMPTY"


#: Programs copy statuses key by key, so that what has not begun has its keys all the same.
EMPTY: Final = _Empty()


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
        _check_numbers(value)
        return clone(value)

    def decode(self, value: Any) -> Any:
        """Copy a value of an answer; what does not fit is kept as it came."""
        try:
            return self.coerce(value)
        except TypeError:
            return clone(value)

    def element_of(self, value: Any) -> Any:
        """Check a value that is put into a map or list; an object of the right class is kept."""
        return value if type(value) in self.exact else self.coerce(value)

    def wrapped(self, value: Any) -> Any:
        """Return a plain dict or list, at any depth, as a map or list that checks what it gets."""
        return value

    def belongs(self, owner: str, path: tuple[str, ...], frozen: bool) -> None:
        """Learn whose property this is, for errors of maps and lists.

        Args:
            owner: Name of the class.
            path: Names that lead to the map or list; "*" is any key or index.
            frozen: Whether the class is a read-only status.
        """

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
        return _by_index(value, "an integer")


class Number(Kind):
    """A whole or fractional number."""

    # A float needs a second look: JSON has neither NaN nor infinities.
    exact = frozenset({int})

    def coerce(self, value: Any, how: int = 0) -> Any:
        if isinstance(value, float):
            _check_numbers(value)
            return value
        return _by_index(value, "a number")


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
        # A program reads back what it gave; what the service says is another matter.
        return value if value == "" else parse_time(value)

    def decode(self, value: Any) -> Any:
        # Long lists are full of times, all of them texts.
        if type(value) is str:
            return parse_time(value) if value else EMPTY
        return super().decode(value)


class TextOrInteger(Kind):
    """A string or a whole number, such as a page marker."""

    exact = frozenset({str, int})

    def coerce(self, value: Any, how: int = 0) -> Any:
        return value if isinstance(value, str) else _by_index(value, "a string or an integer")


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

    def element_of(self, value: Any) -> Any:
        # Programs go on with what they have put into a map or list.
        return value if getattr(value, "_model", None) is self.cls else self.coerce(value)

    def make(self, default: Any) -> Any:
        made = self.cls._build(default)
        made._set_origin(DEFAULT)
        return made

    def empty(self, bare: bool = False) -> Any:
        made = self.cls._build({} if bare else self._on_read, BARE if bare else 0)
        made._set_origin(DEFAULT)
        object.__setattr__(made, "_origin", READ_BARE if bare else READ)
        return made


class Map(Kind):
    """A map from names to values of one kind.

    Args:
        item: The kind of the values; None for values of any kind.
        stringify: Turn numbers and booleans into text, as the service takes nothing else here.
    """

    created_on_read = True

    def __init__(self, item: Kind | None = None, *, stringify: bool = False) -> None:
        self.item = item or Kind()
        self.stringify = stringify
        self._frozen = False
        self._owner = ""
        self._path: tuple[str, ...] = ()

    def belongs(self, owner: str, path: tuple[str, ...], frozen: bool) -> None:
        self._owner, self._path, self._frozen = owner, path, frozen
        self.item.belongs(owner, (*path, "*"), frozen)

    def _checking(self, entries: dict[str, Any]) -> Any:
        """Return entries that are right already as a map that checks further ones."""
        made = FrozenDict(entries) if self._frozen else CheckedDict(entries)
        made._kind = self  # pyright: ignore[reportPrivateUsage]  # the one place that sets it
        return made

    def wrapped(self, value: Any) -> Any:
        if type(value) is not dict:
            return value
        entries = cast("dict[str, Any]", value)
        if self.item.created_on_read:
            wrapped = self.item.wrapped
            entries = {key: wrapped(entry) for key, entry in entries.items()}
        return self._checking(entries)

    def entry(self, key: Any, value: Any) -> tuple[str, Any]:
        """Return a key and a value that a program puts into the map, checked."""
        try:
            name = key if type(key) is str else _as_key(key)
        except WrongTypeError as error:
            raise _located(error, self._owner, self._path) from None
        try:
            return name, _as_text(value) if self.stringify else self.item.element_of(value)
        except WrongTypeError as error:
            raise _located(error, self._owner, (*self._path, name)) from None

    def read_only(self) -> NoReturn:
        """Refuse a change of a status."""
        name = ".".join((self._owner, *self._path))
        raise TypeError(f"{name} is read-only; dict(...) makes a copy that can be changed")

    def coerce(self, value: Any, how: int = 0) -> Any:
        # The check of abstract classes is slow, and hardly ever needed.
        if type(value) is not dict and not isinstance(value, Mapping):
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
                else:
                    copied[key] = entry if type(entry) in item.exact else item.coerce(entry, how)
            except WrongTypeError as error:
                raise error.at(key) from None
        return self._checking(copied)

    def decode(self, value: Any) -> Any:
        if type(value) is not dict:
            return clone(value)
        exact, decode = self.item.exact, self.item.decode
        entries = cast("dict[str, Any]", value)
        return self._checking(
            {
                key: entry if type(entry) in exact else decode(entry)
                for key, entry in entries.items()
            }
        )

    def make(self, default: Any) -> Any:
        return self.coerce(default)

    def empty(self, bare: bool = False) -> Any:
        made = FrozenReadDict() if self._frozen else ReadDict()
        made._kind = self  # pyright: ignore[reportPrivateUsage]  # as above
        return made


#: What can be iterated, and is no list all the same.
_NEVER_LISTS: Final[tuple[type[Any], ...]] = (str, bytes, Mapping)


class Array(Kind):
    """A list of values of one kind.

    Args:
        item: The kind of the items; None for items of any kind.
    """

    created_on_read = True

    def __init__(self, item: Kind | None = None) -> None:
        self.item = item or Kind()
        self._owner = ""
        self._path: tuple[str, ...] = ()

    def belongs(self, owner: str, path: tuple[str, ...], frozen: bool) -> None:
        self._owner, self._path = owner, path
        self.item.belongs(owner, (*path, "*"), frozen)

    def _checking(self, entries: list[Any]) -> Any:
        """Return items that are right already as a list that checks further ones."""
        made = CheckedList(entries)
        made._kind = self  # pyright: ignore[reportPrivateUsage]  # the one place that sets it
        return made

    def wrapped(self, value: Any) -> Any:
        if type(value) is not list:
            return value
        entries = cast("list[object]", value)
        if self.item.created_on_read:
            entries = [self.item.wrapped(entry) for entry in entries]
        return self._checking(entries)

    def element(self, index: int, value: Any) -> Any:
        """Return a value that a program puts into the list, checked."""
        try:
            return self.item.element_of(value)
        except WrongTypeError as error:
            raise _located(error, self._owner, (*self._path, str(index))) from None

    def coerce(self, value: Any, how: int = 0) -> Any:
        if isinstance(value, _NEVER_LISTS) or not isinstance(value, Iterable):
            raise WrongTypeError("a list", value)
        item = self.item
        copied: list[Any] = []
        for index, entry in enumerate(cast("Iterable[object]", value)):
            try:
                copied.append(entry if type(entry) in item.exact else item.coerce(entry, how))
            except WrongTypeError as error:
                raise error.at(str(index)) from None
        return self._checking(copied)

    def decode(self, value: Any) -> Any:
        if type(value) is not list:
            return clone(value)
        exact, decode = self.item.exact, self.item.decode
        entries = cast("list[object]", value)
        return self._checking(
            [entry if type(entry) in exact else decode(entry) for entry in entries]
        )

    def make(self, default: Any) -> Any:
        return self.coerce(default)

    def empty(self, bare: bool = False) -> Any:
        made = ReadList()
        made._kind = self  # pyright: ignore[reportPrivateUsage]  # as above
        return made


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


def _by_index(value: Any, expected: str) -> int:
    """Return a whole number of any library as an int; a bool is none."""
    if isinstance(value, bool):
        raise WrongTypeError(expected, value)
    try:
        return operator.index(value)
    except TypeError:
        raise WrongTypeError(expected, value) from None


def _check_numbers(value: Any) -> None:
    """Refuse NaN and infinities at any depth of a JSON-like value: JSON has none."""
    if isinstance(value, float):
        if not isfinite(value):
            raise WrongTypeError("a finite number", value)
    elif isinstance(value, dict):
        for entry in cast("dict[object, Any]", value).values():
            _check_numbers(entry)
    elif isinstance(value, list | tuple):
        for entry in cast("list[Any]", value):
            _check_numbers(entry)


def _located(error: WrongTypeError, owner: str, path: tuple[str, ...]) -> WrongTypeError:
    """Return the error of a value that was put into a map or list, with its whole path."""
    error.owner = owner
    return error.at(*path)


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
