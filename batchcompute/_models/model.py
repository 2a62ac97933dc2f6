"""The base of every model: its slots, how they are filled, decoded, written and copied.

This is the inside. What programs see of a model is in `Jsonizable`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, cast

import attrs

from batchcompute._models.containers import FrozenReadDict, ReadDict, ReadList
from batchcompute._models.content import SCALARS, compiled, counts
from batchcompute._models.fields import KIND
from batchcompute._models.kinds import Kind, Time
from batchcompute._models.values import (
    BARE,
    EMPTY,
    KEEP,
    NO_DEFAULT,
    QUIET,
    WRITTEN,
    Kept,
    WrongTypeError,
    clone,
)
from batchcompute._models.warnings import warn

_ANYTHING: Final = Kind()
_NO_TYPES: Final[frozenset[type[Any]]] = frozenset()


class Field:
    """One property of one class: its slot, its kind and its default."""

    __slots__ = (
        "blank_keeps",
        "coerce",
        "decode",
        "default",
        "exact",
        "get",
        "has_default",
        "kind",
        "name",
        "put",
    )

    def __init__(self, name: str, kind: Kind, default: Any, slot: Any, blank_keeps: bool) -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.has_default = default is not NO_DEFAULT
        self.blank_keeps = blank_keeps
        #: Types taken as they are; none where even a plain value needs a second look.
        self.exact = _NO_TYPES if blank_keeps else kind.exact
        self.coerce = kind.coerce
        self.decode = kind.decode
        # The slot's own accessors: no Python code runs between them and the value.
        self.get: Callable[[Any], Any] = slot.__get__
        self.put: Callable[[Any, Any], None] = slot.__set__

    def checked(self, owner: Model, value: Any, how: int = 0) -> Any:
        """Return a checked copy of a value for this property; None stays None."""
        if value is None or type(value) in self.exact:
            return value
        try:
            return self.coerce(value, how)
        except WrongTypeError as error:
            raise self.refused(owner, error) from None

    def refused(self, owner: Model, error: WrongTypeError) -> WrongTypeError:
        """Return the error with the place where the value was to go."""
        error.owner = type(owner).__name__
        return error.at(self.name)

    def keeps_its_value(self, value: Any) -> bool:
        """Return whether this value, assigned to the property, changes nothing."""
        return self.blank_keeps and isinstance(value, str | bytes) and not value.strip()

    def fresh(self) -> Any:
        """Return the default, made anew if it can change."""
        default = self.default
        return default if type(default) in self.kind.exact else self.kind.make(default)


class _CreatedOnRead:
    """Attribute of a class whose unset value comes to life by being read."""

    __slots__ = ("_bare", "_empty", "_get", "_set")

    def __init__(self, slot: Any, kind: Kind, bare: bool) -> None:
        self._get, self._set, self._empty, self._bare = (
            slot.__get__,
            slot.__set__,
            kind.empty,
            bare,
        )

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        if obj is None:
            return self
        value = self._get(obj)
        if value is None:
            value = self._empty(self._bare)
            self._set(obj, value)
        return value

    def __set__(self, obj: Any, value: Any) -> None:
        # Only reached through object.__setattr__; Model.__setattr__ has checked the value.
        self._set(obj, value)


class _EmptyAsNone:
    """Attribute of a class that holds a time, which may be empty."""

    __slots__ = ("_get", "_set")

    def __init__(self, slot: Any) -> None:
        self._get, self._set = slot.__get__, slot.__set__

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        if obj is None:
            return self
        value = self._get(obj)
        return None if value is EMPTY else value

    def __set__(self, obj: Any, value: Any) -> None:
        # Only reached through object.__setattr__; Model.__setattr__ has checked the value.
        self._set(obj, value)


class Model:
    """The inside of `Jsonizable`; all its names begin with an underscore, as no property does."""

    __slots__ = ("_extra", "_notes", "_origin", "_place")

    #: Unknown fields by name: those of an answer, or `Kept` ones; None if there are none.
    _extra: dict[str, Any] | None
    #: Values that programs put on the object though it has no such property; never sent.
    _notes: dict[str, Any] | None
    #: WRITTEN, DEFAULT or READ; the last counts as unset until something is written into it.
    _origin: int
    #: The collection that a status is in, such as `/jobs/j/tasks`: ids of tasks and instances are
    #: unique only there. Unset if nobody said so.
    _place: str

    _is_model: ClassVar[bool] = True
    #: The class generated for the schema; subclasses of programs and responses keep it.
    _model: ClassVar[type[Any]]
    _fields: ClassVar[dict[str, Field]] = {}
    _containers: ClassVar[tuple[Field, ...]] = ()
    _times: ClassVar[tuple[Field, ...]] = ()
    _plan: ClassVar[
        tuple[tuple[str, Callable[[Any, Any], None], frozenset[type[Any]], Field], ...]
    ] = ()
    #: Filled in by generated classes.
    #: Whether it has what the service said: no defaults, and nothing that could be sent.
    _is_status: ClassVar[bool] = False
    _read_only: ClassVar[bool] = False
    #: Whether attributes can be assigned; items can be unless the class is read-only.
    _assignable: ClassVar[bool] = True
    #: Properties that are not shown to people.
    _secrets: ClassVar[tuple[str, ...]] = ()
    #: False for classes that add something a copy of the content does not have.
    _copies_as_self: ClassVar[bool] = True
    _required: ClassVar[tuple[str, ...]] = ()
    _exactly_one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()
    #: A property, and the values of it that belong to other classes of the same union.
    _discriminator: ClassVar[tuple[str, tuple[str, ...]] | None] = None
    #: Filled in by mixins: properties that keep their value when "" is assigned, and unknown names
    #: of items that are accepted as local notes.
    _blank_keeps: ClassVar[frozenset[str]] = frozenset()
    _note_keys: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        cls._model = cls
        cls._set_properties(
            (field.name, field.metadata[KIND], field.default, _slot_of(cls, field.name))
            for field in attrs.fields(cast(Any, cls))
        )

    @classmethod
    def _set_properties(cls, properties: Iterable[tuple[str, Kind, Any, Any]]) -> None:
        """Say what properties the class has: name, kind, default, and access to the bare value."""
        cls._fields = {}
        for name, kind, default, slot in properties:
            cls._fields[name] = Field(name, kind, default, slot, name in cls._blank_keeps)
            kind.belongs(cls.__name__, (name,), cls._read_only)
            if kind.created_on_read:
                # The bare slot stays reachable: reading it creates nothing.
                setattr(cls, f"_{name}", slot)
                setattr(cls, name, _CreatedOnRead(slot, kind, cls._is_status))
            elif isinstance(kind, Time):
                setattr(cls, f"_{name}", slot)
                setattr(cls, name, _EmptyAsNone(slot))
        fields = cls._fields.values()
        cls._containers = tuple(field for field in fields if field.kind.created_on_read)
        cls._times = tuple(field for field in fields if isinstance(field.kind, Time))
        cls._plan = tuple((field.name, field.put, field.exact, field) for field in fields)

    # -- construction -------------------------------------------------------------------------

    @classmethod
    def _build(cls, content: Mapping[str, Any], how: int = 0) -> Self:
        """Construct from a mapping without the detours of `__init__`."""
        made = cls.__new__(cls)
        made._compose(content, how)
        return made

    def _compose(self, content: Mapping[str, Any], how: int) -> None:
        """Fill all slots: checked copies of what is given, and else (unless `BARE`) defaults.

        This is where loading spends its time, hence one pass and no calls for plain values.
        """
        _put_extra(self, None)
        _put_notes(self, None)
        _put_origin(self, WRITTEN)
        find = content.get
        bare = how & BARE
        taken = 0
        for name, put, exact, field in self._plan:
            value = find(name)
            if value is not None:
                taken += 1
                if type(value) in exact:
                    put(self, value)
                    continue
                if not (field.blank_keeps and field.keeps_its_value(value)):
                    try:
                        put(self, field.coerce(value, how))
                    except WrongTypeError as error:
                        raise field.refused(self, error) from None
                    continue
            put(self, None if bare or not field.has_default else field.fresh())
        if taken < len(content):
            self._keep_empty_times(content)
            self._keep_or_drop(content, how)

    def _keep_or_drop(self, content: Mapping[str, Any], how: int = 0) -> None:
        """Keep the unknown keys of some content, or say that they will not be sent."""
        unknown = sorted((key for key in content if key not in self._fields), key=str)
        if unknown and how & KEEP:
            _put_extra(
                self, Kept((str(key), self._checked_unknown(key, content)) for key in unknown)
            )
        elif unknown and not (how & QUIET or self._is_status):
            # The answer that a description came in has more than can be sent; nobody misspelt that.
            names = ", ".join(repr(str(key)) for key in unknown if key not in self._note_keys)
            if names:
                problem = f"{type(self).__name__} has no property {names}{self._meant(unknown)}"
                warn(f"{problem}: dropped (keep_unknown=True keeps)")

    def _meant(self, unknown: Iterable[Any]) -> str:
        """Return in brackets which properties may be meant by unknown names; "" if none."""
        from difflib import get_close_matches  # slow to import, and mistakes are rare

        near = [found for key in unknown for found in get_close_matches(str(key), self._fields, 1)]
        return f" (did you mean {', '.join(near)}?)" if near else ""

    def _checked_unknown(self, key: Any, content: Mapping[str, Any]) -> Any:
        """Return a copy of a value that nobody knows; JSON must be able to write it."""
        try:
            return _ANYTHING.coerce(content[key])
        except WrongTypeError as error:
            error.owner = type(self).__name__
            raise error.at(str(key)) from None

    @classmethod
    def _decode(cls, content: Mapping[str, Any]) -> Self:
        """Construct from a part of an answer, leniently."""
        made = cls.__new__(cls)
        _put_extra(made, None)
        _put_notes(made, None)
        _put_origin(made, WRITTEN)
        find = content.get
        taken = 0
        for name, put, exact, field in cls._plan:
            value = find(name)
            if value is not None:
                taken += 1
                if type(value) not in exact:
                    value = field.decode(value)
            put(made, value)
        if taken < len(content):
            made._keep_empty_times(content)
            extra = {key: clone(value) for key, value in content.items() if key not in cls._fields}
            if extra:
                _put_extra(made, extra)
        return made

    def _keep_empty_times(self, content: Mapping[str, Any]) -> None:
        """Remember which times are there and null."""
        for field in self._times:
            if field.name in content and content[field.name] is None:
                field.put(self, EMPTY)

    def _set_origin(self, origin: int) -> None:
        """Say where this object and everything below it came from."""
        _put_origin(self, origin)
        for field in self._containers:
            value = field.get(self)
            if isinstance(value, Model):
                value._set_origin(origin)

    # -- writing ------------------------------------------------------------------------------

    def _write(self, name: str, value: Any) -> None:
        """Assign a known property by program: checked, copied, and remembered as written."""
        field = self._fields[name]
        if field.keeps_its_value(value):
            return
        if value is None and field.get(self) is None:
            return  # nothing is unset, so nothing was written either
        field.put(self, field.checked(self, value))
        _put_origin(self, WRITTEN)

    def _merge(self, content: Mapping[str, Any], how: int = 0) -> None:
        """Write several properties, or none if one is refused; drop what is unknown."""
        how |= BARE if self._is_status else 0
        # All are checked before the first is stored: a refused one must leave no half merge.
        checked = [
            (field, field.checked(self, content[name], how))
            for name, field in self._fields.items()
            if name in content and not field.keeps_its_value(content[name])
        ]
        for field, value in checked:
            field.put(self, value)
        if checked:
            _put_origin(self, WRITTEN)
        self._keep_or_drop(content, how)

    if not TYPE_CHECKING:  # type checkers shall see the declared attributes only

        def __setattr__(self, name: str, value: Any) -> None:
            if name in self._fields:
                if self._read_only or not self._assignable:
                    raise AttributeError(f"{type(self).__name__}.{name} is read-only")
                self._write(name, value)
            elif hasattr(type(self), name):
                # Ours, or declared by a subclass that a program has made.
                object.__setattr__(self, name, value)
            elif self._read_only:
                raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
            else:
                # No property starts with an underscore, so nobody can have meant one.
                self._note(name, value, warned=not name.startswith("_"))

        def __delattr__(self, name: str) -> None:
            if name in self._fields and self._assignable and not self._read_only:
                self._write(name, None)
            elif self._notes is not None and name in self._notes:
                del self._notes[name]
            else:
                raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")

        def __getattr__(self, name: str) -> Any:
            # copy and pickle ask for special names before these slots are filled.
            if name not in ("_extra", "_notes"):
                for other in (self._extra, self._notes):
                    if other is not None and name in other:
                        return other[name]
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def _note(self, name: str, value: Any, *, warned: bool = True) -> None:
        """Keep a value that is no property, with a warning if the program may have meant one."""
        if warned:
            problem = f"{type(self).__name__} has no property {name!r}{self._meant([name])}"
            warn(f"{problem}: the value stays on this object and is not sent")
        if self._notes is None:
            _put_notes(self, {})
        cast(dict[str, Any], self._notes)[name] = value

    # -- reading ------------------------------------------------------------------------------

    def _own_problem(self) -> str | None:
        """Return what else is wrong with this object by a strict check, as a sentence, or None."""
        return None

    # Each of these is replaced, in the class of the schema, by a function compiled for that class.

    def _content(self) -> dict[str, Any]:
        """Return the keys that are set and their live values."""
        return compiled(self._model, "_content", Model)(self)

    def _for_json(self) -> dict[str, Any]:
        """Return what a JSON encoder can write that knows models: it may share live values."""
        return compiled(self._model, "_for_json", Model)(self)

    def _for_request(self) -> dict[str, Any]:
        """Return the properties of the schema, and those kept, as new dicts, lists and scalars."""
        return compiled(self._model, "_for_request", Model)(self)

    def _touched(self) -> bool:
        """Return whether something was written into this object or below it since it was made."""
        if self._origin == WRITTEN:
            return True
        for field in self._containers:
            value = field.get(self)
            if isinstance(value, Model):
                if value._touched():
                    return True
            elif isinstance(value, ReadDict | FrozenReadDict | ReadList):
                if value:
                    return True
            elif value is not None and (value or field.default) and value != field.fresh():
                return True
        return False

    # -- copies -------------------------------------------------------------------------------

    def _clone(self) -> Self:
        """Return a deep copy that counts as written; responses become plain models."""
        cls: Any = type(self) if self._copies_as_self else self._model
        made: Self = cls.__new__(cls)
        if cls.__dictoffset__:  # a program's subclass has a __dict__, our classes have slots only
            made.__dict__.update(self.__dict__)
        made._copy_properties(self)
        _put_extra(made, _copy_of_unknown(self._extra))
        _put_notes(made, self._notes and clone(self._notes))
        return made

    def _copy_properties(self, original: Model) -> None:
        """Fill all slots with copies of what another object of the class has, whatever it is."""
        _put_extra(self, None)
        _put_notes(self, None)
        _put_origin(self, WRITTEN)
        for field in self._fields.values():
            value = field.get(original)
            if value is not None and type(value) not in SCALARS:
                # An empty value that only a read has made stays behind.
                value = field.kind.wrapped(clone(value)) if counts(value) else None
            field.put(self, value)

    def __copy__(self) -> Self:
        return self._clone()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._clone()

    def __reduce__(self) -> tuple[Any, ...]:
        values = ((name, field.get(self)) for name, field in self._fields.items())
        # Empty members that were only made by reading them are left out, as in every copy.
        state = {name: value for name, value in values if value is not None and counts(value)}
        own = self.__dict__ if type(self).__dictoffset__ else None
        return Model._restored, (type(self), state, self._extra, self._notes, self._origin, own)

    @staticmethod
    def _restored(
        model: Any,
        state: dict[str, Any],
        extra: dict[str, Any] | None,
        notes: dict[str, Any] | None,
        origin: int,
        own: dict[str, Any] | None = None,
    ) -> Any:
        """Rebuild a pickled object; properties that this version does not know are dropped."""
        made = model.__new__(model)
        _put_extra(made, extra)
        _put_notes(made, notes)
        _put_origin(made, origin)
        if own:
            made.__dict__.update(own)
        for name, field in model._fields.items():
            field.put(made, field.kind.wrapped(state.get(name)))
        return made


def _copy_of_unknown(extra: dict[str, Any] | None) -> dict[str, Any] | None:
    copied = clone(extra)
    return Kept(copied) if isinstance(extra, Kept) else cast(dict[str, Any] | None, copied)


def _slot_of(cls: type, name: str) -> MemberDescriptorType:
    for base in cls.__mro__:
        found = base.__dict__.get(name)
        if isinstance(found, MemberDescriptorType):
            return found
    raise TypeError(f"{cls.__name__}.{name} has no slot")


_put_extra = _slot_of(Model, "_extra").__set__
_put_notes = _slot_of(Model, "_notes").__set__
_put_origin = _slot_of(Model, "_origin").__set__
