"""The dict-like base of every resource class. It knows no resource.

A resource class is an attrs class with slots, one per property of its schema. A slot that holds
None is an absent key. `Field` says how each slot is read and written; the rules are:

* Assigned values are checked and copied, so that nobody else's changes reach them.
* Reading never changes what is sent. A read of an unset object, map or list creates a live, empty
  value, which counts as unset until something is written into it. Other unset values read as None.
* None unsets; every other value, also "" and {}, is kept and sent.
* Unknown keys are dropped by construction, `update` and `load`, and refused by item assignment.
* Answers are decoded leniently: what has an unexpected type, and what nobody knows, is kept.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import (
    Callable,
    ItemsView,
    Iterator,
    KeysView,
    Mapping,
    MutableMapping,
    ValuesView,
)
from datetime import datetime
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import attrs

from batchcompute._fields import (
    KIND,
    NO_DEFAULT,
    READ,
    WRITTEN,
    Kind,
    ReadDict,
    ReadList,
    WrongTypeError,
    clone,
)
from batchcompute._times import format_time
from batchcompute.exceptions import BatchComputeWarning, FieldError, JsonError, ValidationError

_log = logging.getLogger("batchcompute.jsonizable")
# What the package logs is shown to those who ask for it, and to nobody else.
logging.getLogger("batchcompute").addHandler(logging.NullHandler())


class Field:
    """One property of one class: its slot, its kind and its default."""

    __slots__ = (
        "blank_keeps",
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
        self.exact = frozenset() if blank_keeps else kind.exact
        self.decode = kind.decode
        # The slot's own accessors: no Python code runs between them and the value.
        self.get: Callable[[Any], Any] = slot.__get__
        self.put: Callable[[Any, Any], None] = slot.__set__

    def checked(self, owner: Jsonizable, value: Any, bare: bool = False) -> Any:
        """Return a checked copy of a value for this property; None stays None."""
        if value is None or type(value) in self.exact:
            return value
        try:
            return self.kind.coerce(value, bare)
        except WrongTypeError as error:
            error.owner = type(owner).__name__
            raise error.at(self.name) from None

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
        # Only reached through object.__setattr__; Jsonizable.__setattr__ has checked the value.
        self._set(obj, value)


class Jsonizable:
    """Base of all description and status classes: attributes, items and JSON over one object.

    Args:
        properties: The first content: a dict, the JSON text of one, or an object of the same class.
            It is copied deeply; keys that the class does not have are dropped.
        dct: The same, under its older name.
        **fields: Properties by name, on top of `properties`.

    Raises:
        TypeError: A value has the wrong type (the message names its path), or a keyword is no
            property of the class.
        JsonError: The text is not JSON.
    """

    __slots__ = ("_extra", "_notes", "_origin")

    #: Answers' unknown fields, by name; None if there are none.
    _extra: dict[str, Any] | None
    #: Values that programs put on the object though it has no such property; never sent.
    _notes: dict[str, Any] | None
    #: WRITTEN, DEFAULT or READ; the last counts as unset until something is written into it.
    _origin: int

    _is_model: ClassVar[bool] = True
    #: The class generated for the schema; subclasses of programs and responses keep it.
    _model: ClassVar[type[Jsonizable]]
    _fields: ClassVar[dict[str, Field]] = {}
    _containers: ClassVar[tuple[Field, ...]] = ()
    _plan: ClassVar[tuple[tuple[str, Callable[[Any, Any], None], frozenset[type], Field], ...]] = ()
    #: What generated classes say of themselves.
    _read_only: ClassVar[bool] = False
    #: False for classes that add something a copy of the content does not have.
    _copies_as_self: ClassVar[bool] = True
    _required: ClassVar[tuple[str, ...]] = ()
    _exactly_one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()
    #: A property, and the values of it that belong to other classes of the same union.
    _discriminator: ClassVar[tuple[str, tuple[str, ...]] | None] = None
    #: What mixins say: properties that keep their value when "" is assigned, and unknown item names
    #: that are accepted as local notes.
    _blank_keeps: ClassVar[frozenset[str]] = frozenset()
    _note_keys: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        cls._model = cls
        cls._fields = {}
        for attribute in attrs.fields(cast(Any, cls)):
            kind = attribute.metadata[KIND]
            slot = _slot_of(cls, attribute.name)
            keeps = attribute.name in cls._blank_keeps
            cls._fields[attribute.name] = Field(
                attribute.name, kind, attribute.default, slot, keeps
            )
            if kind.created_on_read:
                # The bare slot stays reachable: reading it creates nothing.
                setattr(cls, f"_{attribute.name}", slot)
                setattr(cls, attribute.name, _CreatedOnRead(slot, kind, cls._read_only))
        fields = cls._fields.values()
        cls._containers = tuple(field for field in fields if field.kind.created_on_read)
        cls._plan = tuple((field.name, field.put, field.exact, field) for field in fields)

    # -- construction -------------------------------------------------------------------------

    def __init__(
        self, properties: Any = NO_DEFAULT, *, dct: Any = NO_DEFAULT, **fields: Any
    ) -> None:
        for name in fields:
            if name not in self._fields:
                raise TypeError(f"{type(self).__name__} has no property {name!r}")
        if properties is NO_DEFAULT:
            properties = dct
        elif dct is not NO_DEFAULT:
            raise TypeError(f"{type(self).__name__} takes properties or dct, not both")
        content = {} if properties is NO_DEFAULT else _as_mapping(type(self), properties)
        # A copy has what its original has, and a status what the service said; anything else
        # starts with the defaults.
        bare = self._read_only or isinstance(properties, Jsonizable)
        self._compose({**content, **fields} if fields else content, bare)

    @classmethod
    def _build(cls, content: Mapping[str, Any], bare: bool = False) -> Self:
        """Construct from a mapping without the detours of `__init__`."""
        made = cls.__new__(cls)
        made._compose(content, bare)
        return made

    def _compose(self, content: Mapping[str, Any], bare: bool) -> None:
        """Fill all slots: checked copies of what is given, and else (unless `bare`) defaults.

        This is where loading spends its time, hence one pass and no calls for plain values.
        """
        _put_extra(self, None)
        _put_notes(self, None)
        _put_origin(self, WRITTEN)
        find = content.get
        taken = 0
        for name, put, exact, field in self._plan:
            value = find(name)
            if value is not None:
                taken += 1
                if type(value) in exact:
                    put(self, value)
                    continue
                if not (field.blank_keeps and _is_blank(value)):
                    put(self, field.checked(self, value, bare))
                    continue
            put(self, None if bare or not field.has_default else field.fresh())
        if taken < len(content):
            self._report_dropped(content)

    def _report_dropped(self, content: Mapping[str, Any]) -> None:
        dropped = sorted(str(key) for key in content if key not in self._fields)
        if dropped:
            _log.warning("%s: dropped unknown properties %s", type(self).__name__, dropped)

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Decode an answer of the service leniently.

        Args:
            src_dict: The decoded JSON object.

        Returns:
            The object; fields with unexpected types are kept as they came, unknown ones stay
            readable, null is unset, and no default is filled in.

        Raises:
            TypeError: The answer is no object, or says that it is one of another class.
        """
        if not isinstance(src_dict, Mapping):
            raise TypeError(f"{cls.__name__} needs a JSON object, not {type(src_dict).__name__}")
        if cls._discriminator is not None:
            name, foreign = cls._discriminator
            if src_dict.get(name) in foreign:
                raise TypeError(f"an object with {name} {src_dict[name]} is no {cls.__name__}")
        return cls._decode(src_dict)

    @classmethod
    def _decode(cls, content: Mapping[str, Any]) -> Self:
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
            extra = {key: clone(value) for key, value in content.items() if key not in cls._fields}
            if extra:
                _put_extra(made, extra)
        return made

    def _set_origin(self, origin: int) -> None:
        """Say where this object and everything below it came from."""
        _put_origin(self, origin)
        for field in self._containers:
            value = field.get(self)
            if isinstance(value, Jsonizable):
                value._set_origin(origin)

    # -- writing ------------------------------------------------------------------------------

    def _write(self, name: str, value: Any) -> None:
        """Assign a known property by program: checked, copied, and remembered as written."""
        field = self._fields[name]
        if field.blank_keeps and _is_blank(value):
            return
        if value is None and field.get(self) is None:
            return  # nothing is unset, so nothing was written either
        field.put(self, field.checked(self, value))
        _put_origin(self, WRITTEN)

    if not TYPE_CHECKING:  # type checkers shall see the declared attributes only

        def __setattr__(self, name: str, value: Any) -> None:
            if name in self._fields:
                if self._read_only:
                    raise AttributeError(f"{type(self).__name__}.{name} is read-only")
                self._write(name, value)
            elif hasattr(type(self), name):
                # Ours, or declared by a subclass that a program has made.
                object.__setattr__(self, name, value)
            elif self._read_only:
                raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
            else:
                # No property starts with an underscore, so nobody can have meant one.
                self._note(name, value, 0 if name.startswith("_") else 3)

        def __delattr__(self, name: str) -> None:
            if name in self._fields and not self._read_only:
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

    def _note(self, name: str, value: Any, stacklevel: int) -> None:
        """Keep a value that is no property; warn whoever is `stacklevel` calls up, if anyone."""
        if stacklevel:
            warnings.warn(
                f"{type(self).__name__} has no property {name!r}: "
                "the value stays on this object and is not sent",
                BatchComputeWarning,
                stacklevel,
            )
        if self._notes is None:
            _put_notes(self, {})
        cast(dict[str, Any], self._notes)[name] = value

    def setproperty(self, name: str, value: Any) -> None:
        """Set a property by name, like an item assignment."""
        self._set_item(name, value)

    def getproperty(self, name: str) -> Any:
        """Return a property by name, like an item read."""
        return self[name]

    def update(self, properties: Any = None, **fields: Any) -> None:
        """Merge properties into the object; all of them, or none if one is refused.

        Args:
            properties: A dict, JSON text, or another description or status object, of any class.
                Keys that this class does not have are dropped; None unsets a key.
            **fields: More properties, by name.

        Raises:
            TypeError: A value has the wrong type; the message names its path.
            JsonError: The text is not JSON.
        """
        content = {} if properties is None else dict(_as_mapping(None, properties))
        if isinstance(properties, Jsonizable) and properties._model is not self._model:
            # What lies below is of other classes as well, so its content counts, too.
            content = _plain(content)
        content.update(fields)
        # All are checked before the first is stored: a refused one must leave no half merge.
        checked = [
            (field, field.checked(self, content[name], self._read_only))
            for name, field in self._fields.items()
            if name in content and not (field.blank_keeps and _is_blank(content[name]))
        ]
        for field, value in checked:
            field.put(self, value)
        if checked:
            _put_origin(self, WRITTEN)
        self._report_dropped(content)

    def load(self, text: str | bytes) -> None:
        """Merge the properties of a JSON text into the object.

        Args:
            text: JSON of an object; keys that it lacks keep their values.

        Raises:
            JsonError: The text is not JSON.
            TypeError: The JSON is no object, or a value has the wrong type.
        """
        self.update(parse_object(text))

    # -- reading ------------------------------------------------------------------------------

    def _content(self) -> dict[str, Any]:
        """Return the keys that are set and their live values."""
        # Every dump, comparison and iteration comes through here, so each class gets a function of
        # its own at the first call, which then takes this one's place.
        cls = self._model
        setattr(cls, "_content", _compile_content(cls))  # noqa: B010  # a method, replaced
        return self._content()

    def _touched(self) -> bool:
        """Whether something was written into this object or below it since it was created."""
        if self._origin == WRITTEN:
            return True
        for field in self._containers:
            value = field.get(self)
            if isinstance(value, Jsonizable):
                if value._touched():
                    return True
            elif isinstance(value, ReadDict | ReadList):
                if value:
                    return True
            elif value is not None and (value or field.default) and value != field.fresh():
                return True
        return False

    def detail(self) -> dict[str, Any]:
        """Return a new dict of the set properties; nested objects stay objects (as copies)."""
        return {key: clone(value) for key, value in self._content().items()}

    def dump(self, indent: int | None = 4) -> str:
        """Return the set properties as JSON text.

        Args:
            indent: Spaces per level; None writes everything on one line.
        """
        # With an indent, json uses its Python encoder, which is slow with foreign objects.
        content = self if indent is None else _plain(self._content())
        encoder = _COMPACT if indent is None else BatchEncoder(indent=indent)
        return encoder.encode(content)

    def to_dict(self) -> dict[str, Any]:
        """Return the properties of the schema, all plain dicts and lists, as a request has them."""
        content = self._content()
        if self._extra is not None:
            content = {key: value for key, value in content.items() if key in self._fields}
        return _plain(content, Jsonizable.to_dict)

    def validate(self, *, strict: bool = False) -> None:
        """Check that nothing is missing that a request must carry.

        Args:
            strict: Look below optional properties, maps and lists, too: into every task of a job
                and every group of a cluster. Requests are checked without, because programs send
                tasks that lack something the service does not insist on.

        Raises:
            ValidationError: A required property is unset, at this level or below another required
                one (its text is the path), or not exactly one of a group is given.
        """
        problem = self._problem("", strict)
        if problem is not None:
            raise ValidationError(problem)

    def _problem(self, path: str, strict: bool) -> str | None:
        """Return the first thing that is missing here or below; `path` leads here."""
        content = self._content()
        for name in self._required:
            if content.get(name) is None:
                return path + name
            problem = _problem_in(content[name], f"{path}{name}.", strict)
            if problem is not None:
                return problem
        for group in self._exactly_one_of:
            given = [name for name in group if _is_effective(content.get(name))]
            if len(given) != 1:
                where = f" of {path[:-1]}" if path else ""
                found = " and ".join(given) if given else "none"
                return f"exactly one of {', '.join(group)}{where} must be given, not {found}"
        for name in content.keys() - set(self._required) if strict else ():
            problem = _problem_in(content[name], f"{path}{name}.", strict)
            if problem is not None:
                return problem
        return None

    # -- the mapping protocol -----------------------------------------------------------------

    def __getitem__(self, key: str) -> Any:
        if key in self._fields:
            return getattr(self, key)
        for other in (self._extra, self._notes):
            if other is not None and key in other:
                return other[key]
        raise KeyError(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._set_item(key, value)

    def _set_item(self, key: str, value: Any) -> None:
        """Assign an item for the method that a program has called."""
        if self._read_only:
            raise TypeError(f"{type(self).__name__} is read-only")
        if key in self._fields:
            self._write(key, value)
        elif key in self._note_keys:
            self._note(key, value, 4)
        else:
            raise FieldError(key)

    def __delitem__(self, key: str) -> None:
        if self._read_only:
            raise TypeError(f"{type(self).__name__} is read-only")
        if key in self._fields:
            self._write(key, None)
        for other in (self._extra, self._notes):
            if other is not None:
                other.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._content()

    def __iter__(self) -> Iterator[str]:
        return iter(self._content())

    def __len__(self) -> int:
        return len(self._content())

    def __bool__(self) -> bool:
        # Old programs write `if result:` for "there is one"; an empty object is one.
        return True

    def keys(self) -> KeysView[str]:
        """Return the names of the set properties."""
        return self._content().keys()

    def values(self) -> ValuesView[Any]:
        """Return the values of the set properties; nested ones are live."""
        return self._content().values()

    def items(self) -> ItemsView[str, Any]:
        """Return names and values of the set properties; nested ones are live."""
        return self._content().items()

    def get(self, key: str, default: Any = None) -> Any:
        """Return a set property, or the default; never creates anything."""
        return self._content().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        """Unset a property and return its last value, or the default if it was unset."""
        value = self._content().pop(key, *default)
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Unset the last property that is set, and return its name and value."""
        key, value = self._content().popitem()
        del self[key]
        return key, value

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return a property, after setting it to the default if it was unset."""
        if key not in self:
            self._set_item(key, default)
        return self[key]

    def clear(self) -> None:
        """Unset every property."""
        for key in self.keys():
            del self[key]

    def copy(self) -> dict[str, Any]:
        """Return a plain dict of the set properties, like `detail`."""
        return self.detail()

    # -- being an object ----------------------------------------------------------------------

    def __str__(self) -> str:
        return self.dump()

    def __repr__(self) -> str:
        return self.dump()

    def __format__(self, spec: str) -> str:
        return format(self.dump(), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Jsonizable) or other._model is not self._model:
            return NotImplemented
        return self._content() == other._content()

    if not TYPE_CHECKING:  # type checkers would hold it against status classes, which hash by id
        __hash__ = None  # mutable, and equal by content

    def _clone(self) -> Self:
        """Return a deep copy that counts as written; responses become plain models."""
        cls = type(self) if self._copies_as_self else self._model
        made = cast(Self, cls.__new__(cls))
        _put_extra(made, self._extra and clone(self._extra))
        _put_notes(made, self._notes and clone(self._notes))
        _put_origin(made, WRITTEN)
        if cls.__dictoffset__:  # a program's subclass has a __dict__, our classes have slots only
            made.__dict__.update(self.__dict__)
        for field in self._fields.values():
            value = field.get(self)
            if value is not None and type(value) not in _JSON_SCALARS:
                # An empty value that only a read has made stays behind.
                value = clone(value) if _counts(value) else None
            field.put(made, value)
        return made

    def __copy__(self) -> Self:
        return self._clone()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._clone()

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: field.get(self) for name, field in self._fields.items()}
        own = self.__dict__ if type(self).__dictoffset__ else None
        return _restore, (type(self), state, self._extra, self._notes, self._origin, own)


class BatchEncoder(json.JSONEncoder):
    """JSON encoder for structures that contain descriptions, statuses and times, at any depth.

    Use it as `json.dumps(x, cls=BatchEncoder)`. Times become `YYYY-MM-DD HH:MM:SS[.ffffff]`.
    """

    def default(self, o: Any) -> Any:
        """Return what JSON can hold for a model, a response, a time or bytes."""
        if isinstance(o, Jsonizable):
            return o._content()
        if isinstance(o, datetime):
            return format_time(o)
        if isinstance(o, bytes):
            return o.decode("utf-8")
        if isinstance(o, Mapping):
            return dict(o)
        return super().default(o)


def _slot_of(cls: type, name: str) -> MemberDescriptorType:
    for base in cls.__mro__:
        found = base.__dict__.get(name)
        if isinstance(found, MemberDescriptorType):
            return found
    raise TypeError(f"{cls.__name__}.{name} has no slot")


_COMPACT = BatchEncoder()

MutableMapping.register(Jsonizable)

_put_extra = _slot_of(Jsonizable, "_extra").__set__
_put_notes = _slot_of(Jsonizable, "_notes").__set__
_put_origin = _slot_of(Jsonizable, "_origin").__set__

_JSON_SCALARS = frozenset({str, int, float, bool, type(None)})


def _restore(
    cls: type[Jsonizable],
    state: dict[str, Any],
    extra: dict[str, Any] | None,
    notes: dict[str, Any] | None,
    origin: int,
    own: dict[str, Any] | None = None,
) -> Jsonizable:
    """Rebuild a pickled object; properties that this version does not know are dropped."""
    made = cls.__new__(cls)
    _put_extra(made, extra)
    _put_notes(made, notes)
    _put_origin(made, origin)
    for name, field in cls._fields.items():
        field.put(made, state.get(name))
    if own:
        made.__dict__.update(own)
    return made


def _compile_content(cls: type[Jsonizable]) -> Callable[[Any], dict[str, Any]]:
    """Write and compile `_content` for a class: one plain slot access per property.

    The names in it are attribute names of the class, hence identifiers; nothing else goes in.
    """
    lines = ["def _content(self):", "    found = {}"]
    namespace: dict[str, Any] = {"counts": _counts, "READ": READ}
    for name, field in cls._fields.items():
        if not field.kind.created_on_read:
            lines.append(f"    value = self.{name}")
            condition = "value is not None"
        else:
            lines.append(f"    value = self._{name}")
            # What `_counts` says, with the usual cases first.
            condition = (
                "value is not None and (value.__class__ is dict"
                " or getattr(value, '_origin', READ) != READ or counts(value))"
            )
        lines.append(f"    if {condition}: found[{name!r}] = value")
    lines.append("    if self._extra is not None: found.update(self._extra)")
    lines.append("    return found")
    exec("\n".join(lines), namespace)
    compiled: Callable[[Any], dict[str, Any]] = namespace["_content"]
    return compiled


def _counts(value: Any) -> bool:
    """Whether a value is more than the empty one that a read creates."""
    if isinstance(value, Jsonizable):
        return value._origin != READ or value._touched()
    return bool(value) or not isinstance(value, ReadDict | ReadList)


def _problem_in(value: Any, path: str, strict: bool) -> str | None:
    """Return the first thing that is missing in a value; plain containers count if `strict`."""
    if isinstance(value, Jsonizable):
        return value._problem(path, strict)
    if not strict or not isinstance(value, dict | list):
        return None
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
        problem = _problem_in(entry, f"{path}{key}.", strict)
        if problem is not None:
            return problem
    return None


def _is_blank(value: Any) -> bool:
    return isinstance(value, str | bytes) and not value.strip()


def _is_effective(value: Any) -> bool:
    """Whether a value says something; "", {} and objects of only such values do not."""
    if isinstance(value, Mapping):
        return any(_is_effective(entry) for entry in value.values())
    return bool(value)


def _plain(content: dict[str, Any], convert: Callable[[Any], Any] | None = None) -> dict[str, Any]:
    """Return a dict with everything below it as plain dicts, lists and scalars.

    Args:
        content: Names and values, models among them.
        convert: What turns a model into a dict; None takes all that it holds.
    """
    return {
        key: value if type(value) in _JSON_SCALARS else _plain_value(value, convert)
        for key, value in content.items()
    }


def _plain_value(value: Any, convert: Callable[[Any], Any] | None) -> Any:
    if isinstance(value, Jsonizable):
        return _plain(value._content()) if convert is None else convert(value)
    if isinstance(value, dict):
        return _plain(value, convert) if value else {}
    if isinstance(value, list | tuple):
        return [_plain_value(entry, convert) for entry in value]
    if isinstance(value, datetime):
        return format_time(value)
    return value


def parse_object(text: Any) -> dict[str, Any]:
    """Return the content of JSON text that must hold an object.

    Args:
        text: The text, or its bytes in UTF-8.

    Raises:
        JsonError: The text is not JSON; its own words stay out of the message.
        TypeError: It is no text, or its JSON is no object.
    """
    if not isinstance(text, str | bytes):
        raise TypeError(f"JSON text is needed, not {type(text).__name__}")
    try:
        content = json.loads(text)
    except ValueError as error:
        # The text itself stays out of the message: descriptions can hold access keys.
        raise JsonError(f"Bad json format string: {error}") from None
    if not isinstance(content, dict):
        raise TypeError(f"the JSON text must hold an object, not {type(content).__name__}")
    return content


def _as_mapping(cls: type[Jsonizable] | None, given: Any) -> Mapping[str, Any]:
    """Return the content that a constructor (of `cls`) or `update` (None) was given."""
    wanted = (
        "a dict, JSON text or another object"
        if cls is None
        else (f"a dict, JSON text or another {cls.__name__}")
    )
    if isinstance(given, str | bytes):
        return parse_object(given)
    if isinstance(given, Jsonizable):
        if cls is not None and given._model is not cls._model:
            raise TypeError(f"{cls.__name__} takes {wanted}, not {type(given).__name__}")
        return given._content()
    if isinstance(given, Mapping):
        return given
    raise TypeError(f"{(cls or Jsonizable).__name__} takes {wanted}, not {type(given).__name__}")


__all__ = ["BatchEncoder", "Field", "Jsonizable"]
