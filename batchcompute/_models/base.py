"""The dict-like base of every resource class. It knows no resource.

A resource class is an attrs class with slots, one per property of its schema. A slot that holds
None is an absent key. The rules are:

* Assigned values are checked and copied, so that nobody else's changes reach them.
* Reading never changes what is sent. A read of an unset object, map or list creates a live, empty
  value, which counts as unset until something is written into it. Other unset values read as None.
* Maps and lists check what is put into them; an object of the right class stays the program's own.
* None unsets; every other value, also "" and {}, is kept and sent.
* Unknown keys are dropped by construction (unless the program wants them kept), `update` and
  `load`, and refused by item assignment.
* Answers are decoded leniently: what has an unexpected type, and what nobody knows, is kept.

This module has what programs use; `model` has what it works on, `kinds` the kinds of properties,
`containers` their maps and lists, `content` and `json_text` what is read and written of an object,
`validation` what `validate` finds.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from typing import Any, Self, cast

from batchcompute._models.content import everything
from batchcompute._models.json_text import BatchEncoder, encode, encode_masked, parse_object
from batchcompute._models.model import Field, Model
from batchcompute._models.validation import first_problem
from batchcompute._models.values import BARE, KEEP, NO_DEFAULT, QUIET, READ_BARE, Kept, clone
from batchcompute.exceptions import FieldError, ValidationError


class Jsonizable(Model):
    """Base of all description and status classes: attributes, items and JSON over one object.

    Args:
        properties: The first content: a dict, the JSON text of one, or an object of the same class.
            It is copied deeply; keys that the class does not have are dropped, with a warning.
        dct: The same, under its older name.
        keep_unknown: Keep the keys that the class does not have, here and in the objects below,
            and send them: for what the service understands and this package does not know.
        **fields: Properties by name, on top of `properties`; None leaves one unset, also one that
            has a default.

    Raises:
        TypeError: A value has the wrong type (the message names its path), or a keyword is no
            property of the class.
        JsonError: The text is not JSON.
    """

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if not hasattr(cls, "_model"):
            cls._model = cls
        if "descriptor_map" in vars(cls):
            from batchcompute._models.declared import declare  # for old programs alone

            declare(cls, Jsonizable)

    def __init__(
        self,
        properties: Any = NO_DEFAULT,
        *,
        dct: Any = NO_DEFAULT,
        keep_unknown: bool = False,
        **fields: Any,
    ) -> None:
        for name in fields:
            if name not in self._fields:
                problem = f"{type(self).__name__} has no property {name!r}"
                raise TypeError(f"{problem}{self._meant([name])}")
        if properties is NO_DEFAULT:
            properties = dct
        elif dct is not NO_DEFAULT:
            raise TypeError(f"{type(self).__name__} takes properties or dct, not both")
        how = KEEP if keep_unknown else 0
        if isinstance(properties, Jsonizable):
            self._copy(properties, fields, how)
            return
        content: Mapping[str, Any] = {}
        if properties is not NO_DEFAULT:
            content = self._mapping_in(properties)
        # A status has what the service said; a description starts with the defaults.
        how |= BARE if self._is_status else 0
        self._compose({**content, **fields} if fields else content, how)
        for name, value in fields.items():
            if value is None:
                self._fields[name].put(self, None)

    def _copy(self, original: Jsonizable, fields: dict[str, Any], how: int) -> None:
        """Take over what an object of the same class has, and properties on top of it."""
        if original._model is not self._model:
            raise TypeError(self._takes(f"another {type(self).__name__}", original))
        self._copy_properties(original)
        # Members of an answer that the class lacks are dropped unless a program keeps them.
        if original._extra is not None and (how & KEEP or isinstance(original._extra, Kept)):
            self._keep_or_drop(original._extra, KEEP)
        if fields:
            self._merge(fields)

    def _mapping_in(self, given: Any) -> Mapping[str, Any]:
        """Return the content that a program gave as JSON text or as a mapping."""
        if isinstance(given, str | bytes):
            return parse_object(given)
        if isinstance(given, Mapping):
            return cast(Mapping[str, Any], given)
        raise TypeError(self._takes("another object", given))

    def _takes(self, other: str, given: Any) -> str:
        mine, theirs = type(self).__name__, type(given).__name__
        return f"{mine} takes a dict, JSON text or {other}, not {theirs}"

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
        answer: Any = src_dict  # which nobody has checked
        if type(answer) is not dict and not isinstance(answer, Mapping):
            raise TypeError(f"{cls.__name__} needs a JSON object, not {type(answer).__name__}")
        if cls._discriminator is not None:
            name, foreign = cls._discriminator
            if src_dict.get(name) in foreign:
                raise TypeError(f"an object with {name} {src_dict[name]} is no {cls.__name__}")
        return cls._decode(src_dict)

    # -- writing ------------------------------------------------------------------------------

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
                Keys that this class does not have are dropped, with a warning if the program wrote
                them; None unsets a key.
            **fields: More properties, by name.

        Raises:
            TypeError: A value has the wrong type; the message names its path.
            JsonError: The text is not JSON.
        """
        content: Mapping[str, Any] = {}
        how = 0
        if isinstance(properties, Jsonizable):
            if properties._model is self._model:
                content = properties._content()
            else:
                # What lies below an object of another class is of other classes as well, so its
                # content counts, too. What only those have is left out without a word.
                content, how = everything(properties), QUIET
        elif properties is not None:
            content = self._mapping_in(properties)
        self._merge({**content, **fields}, how)

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

    def detail(self) -> dict[str, Any]:
        """Return a new dict of the set properties; nested objects stay objects (as copies)."""
        return {key: clone(value) for key, value in self._content().items()}

    def dump(self, indent: int | None = 4) -> str:
        """Return the set properties as JSON text.

        Args:
            indent: Spaces per level; None writes everything on one line.
        """
        return encode(self, indent)

    def to_dict(self) -> dict[str, Any]:
        """Return what a request has: the properties of the schema, all plain dicts and lists.

        Unknown fields of an answer are not among them; those that a constructor was told to keep
        are.
        """
        return self._for_request()

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
        problem = first_problem(self, strict)
        if problem is not None:
            error = ValidationError(problem)
            # Old programs compare the text, a bare path. The note is for who reads a traceback.
            name = type(self).__name__
            is_path = " " not in problem
            error.add_note(
                f"{name}.{problem} is required and not set." if is_path else f"A rule of {name}."
            )
            raise error

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
            self._note(key, value)
        else:
            raise FieldError(key)

    def __delitem__(self, key: str) -> None:
        if self._read_only:
            raise TypeError(f"{type(self).__name__} is read-only")
        known = key in self._fields or key in self._note_keys
        if key in self._fields:
            self._write(key, None)
        for other in (self._extra, self._notes):
            if other is not None and key in other:
                known = True
                del other[key]
        if not known:
            raise KeyError(key)

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

    def get(self, key: str, default: Any = NO_DEFAULT) -> Any:
        """Return a property that is set, or the default.

        Args:
            key: Name of the property.
            default: What to return if it is unset. Without one, objects, maps and lists of a
                description are returned as its attributes are, empty and live, and all else is
                None.
        """
        content = self._content()
        if key in content or default is not NO_DEFAULT:
            return content.get(key, default)
        field = self._fields.get(key)
        if field is None or not field.kind.created_on_read or self._is_of_status():
            return None
        return getattr(self, key)

    def _is_of_status(self) -> bool:
        """Return whether it is a status or was read from one: content must not be invented."""
        return self._is_status or self._origin == READ_BARE

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
        # Logs and tracebacks must not show secrets; `str` is documented as JSON.
        return encode_masked(self)

    def __bytes__(self) -> bytes:
        return self.dump().encode("utf-8")

    def __format__(self, spec: str) -> str:
        return format(encode_masked(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Jsonizable) or other._model is not self._model:
            return NotImplemented
        return self._content() == other._content()

    def __hash__(self) -> int:
        # Equal by content, which changes while the object is in a set: only the class stays.
        return hash(self._model)


# pyright sees the protocol of mappings, and mypy the abstract class.
cast(Any, MutableMapping).register(Jsonizable)

__all__ = ["BatchEncoder", "Field", "Jsonizable", "parse_object"]
