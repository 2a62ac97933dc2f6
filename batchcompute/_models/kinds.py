"""The kinds of property that a model class can have: what each accepts, copies and creates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NoReturn, cast

from batchcompute._models.containers import (
    CheckedDict,
    CheckedList,
    FrozenDict,
    FrozenReadDict,
    ReadDict,
    ReadList,
)
from batchcompute._models.times import parse_time
from batchcompute._models.values import (
    BARE,
    DEFAULT,
    EMPTY,
    READ,
    READ_BARE,
    WrongTypeError,
    as_key,
    as_text,
    by_index,
    check_numbers,
    clone,
    decoded,
    is_model,
)

#: A class of models. They are built on this module, which therefore cannot know them; what it calls
#: of them is in `Model`.
ModelClass = Any


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
        check_numbers(value)
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
            return decoded(value)
        if not isinstance(value, str):
            raise WrongTypeError("a string", value)
        return value


class Integer(Kind):
    """A whole number."""

    exact = frozenset({int})

    def coerce(self, value: Any, how: int = 0) -> Any:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return by_index(value, "an integer")


class Number(Kind):
    """A whole or fractional number."""

    # A float needs a second look: JSON has neither NaN nor infinities.
    exact = frozenset({int})

    def coerce(self, value: Any, how: int = 0) -> Any:
        if isinstance(value, float):
            check_numbers(value)
            return value
        return by_index(value, "a number")


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
        return value if isinstance(value, str) else by_index(value, "a string or an integer")


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


class _Container(Kind):
    """The common part of maps and lists: the kind of their items, and where they belong."""

    created_on_read = True

    def __init__(self, item: Kind | None) -> None:
        self.item = item or Kind()
        self._owner = ""
        self._path: tuple[str, ...] = ()
        self._frozen = False

    def belongs(self, owner: str, path: tuple[str, ...], frozen: bool) -> None:
        self._owner, self._path, self._frozen = owner, path, frozen
        self.item.belongs(owner, (*path, "*"), frozen)

    def make(self, default: Any) -> Any:
        return self.coerce(default)

    def _own(self, made: Any) -> Any:
        """Return a new map or list that checks by this kind."""
        made._kind = self
        return made

    def _located(self, error: WrongTypeError, *steps: str) -> WrongTypeError:
        """Return the error of a value that was put in, with its whole path."""
        error.owner = self._owner
        return error.at(*self._path, *steps)


class Map(_Container):
    """A map from names to values of one kind.

    Args:
        item: The kind of the values; None for values of any kind.
        stringify: Turn numbers and booleans into text, as the service takes nothing else here.
    """

    def __init__(self, item: Kind | None = None, *, stringify: bool = False) -> None:
        super().__init__(item)
        self.stringify = stringify

    def _checking(self, entries: dict[str, Any]) -> Any:
        """Return entries that are right already as a map that checks further ones."""
        return self._own(FrozenDict(entries) if self._frozen else CheckedDict(entries))

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
            name = key if type(key) is str else as_key(key)
        except WrongTypeError as error:
            raise self._located(error) from None
        try:
            return name, as_text(value) if self.stringify else self.item.element_of(value)
        except WrongTypeError as error:
            raise self._located(error, name) from None

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
                key = as_key(key)
            try:
                if self.stringify:
                    copied[key] = as_text(entry)
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

    def empty(self, bare: bool = False) -> Any:
        return self._own(FrozenReadDict() if self._frozen else ReadDict())


#: Types that can be iterated but are not lists.
_NEVER_LISTS: Final[tuple[type[Any], ...]] = (str, bytes, Mapping)


class Array(_Container):
    """A list of values of one kind.

    Args:
        item: The kind of the items; None for items of any kind.
    """

    def __init__(self, item: Kind | None = None) -> None:
        super().__init__(item)

    def _checking(self, entries: list[Any]) -> Any:
        """Return items that are right already as a list that checks further ones."""
        return self._own(CheckedList(entries))

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
            raise self._located(error, str(index)) from None

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

    def empty(self, bare: bool = False) -> Any:
        return self._own(ReadList())
