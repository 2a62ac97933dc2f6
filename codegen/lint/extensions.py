"""Rules about the vendor extensions: a closed vocabulary, each word in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from codegen.lint.problem import Finding, Location
from codegen.lint.spec import Json, Spec

MIXINS = frozenset(
    "AppSetup BlankKeeps Created DiskSetup EntryList GroupLookup GroupMap InputOutput LocalId "
    "OutputLookup OwnerAlias SettingSetup TaskMap Timed Updated".split()
)

_ROOT = ("x-error-codes",)
_OPERATION = (
    "x-idempotent",
    "x-idempotency-token",
    "x-extension",
    "x-errors",
    "x-pagination",
    "x-filters",
    "x-long-running",
    "x-variant-of",
)
_PARAMETER = ("x-argument", "x-refers-to", "x-hook", "x-client-default")
_BODY = ("x-argument", "x-member", "x-unchecked", "x-shortcuts")
_DESCRIPTION = ("x-client-required", "x-exactly-one-of")
_STATUS = ("x-identity", "x-writable")
_OBJECT = ("x-role", "x-mixin", "x-aliases", "x-result", *_DESCRIPTION, *_STATUS)
_DESCRIPTION_PROPERTY = (
    "x-client-default",
    "x-create-on-read",
    "x-stringify",
    "x-echo-default",
)
_PROPERTY = (*_DESCRIPTION_PROPERTY, "x-time", "x-may-be-empty", "x-secret", "x-client-type")
_OPEN = ("x-open-enum",)
_UNION = ("x-hook",)
_SCHEME = ("x-signed-headers",)

#: All extensions there are.
VOCABULARY = frozenset(
    (*_ROOT, *_OPERATION, *_PARAMETER, *_BODY, *_UNION, *_OBJECT, *_PROPERTY, *_OPEN, *_SCHEME)
)

_JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def extension_known(spec: Spec) -> Iterator[Finding]:
    """Extensions come from the vocabulary of the README and stand where it says."""
    allowed = dict(_places(spec))
    for location, key in _extensions(spec.document, ()):
        if key not in allowed.get(location, ()):
            yield (*location, key), f"{key} is not an extension of this specification, or not here."


def extension_value(spec: Spec) -> Iterator[Finding]:
    """Extensions have values of the right kind."""
    for name, schema in spec.components("schemas").items():
        place = ("components", "schemas", name)
        for key in (*_DESCRIPTION, "x-mixin"):
            if key in schema and not (isinstance(schema[key], list) and schema[key]):
                yield (*place, key), f"{key} must be a list with something in it."
        if schema.get("x-writable", True) is not True:
            yield (*place, "x-writable"), "x-writable must be true, or left out."
        mixins = schema.get("x-mixin", ())
        if isinstance(mixins, list) and not MIXINS.issuperset(mixins):
            yield (*place, "x-mixin"), f"There is no mixin {sorted(set(mixins) - MIXINS)}."
    for location, _, _, prop in spec.properties():
        for key, fits in _PROPERTY_VALUES.items():
            if key in prop and not fits(spec, prop):
                yield (*location, key), f"{key} has a wrong value or stands on a wrong type."
    for at in spec.schemas():
        if "x-open-enum" in at.schema and not _opens(spec, at.schema):
            sentence = "x-open-enum must name an enumeration and stand on a plain string."
            yield (*at.location, "x-open-enum"), sentence


def extension_role(spec: Spec) -> Iterator[Finding]:
    """Every object has a role, and extensions that belong to one role stay with it."""
    for name, schema in spec.objects():
        place = ("components", "schemas", name)
        role = schema.get("x-role")
        if role not in ("description", "status"):
            yield place, "x-role must be description or status."
            continue
        strange = _STATUS if role == "description" else _DESCRIPTION
        for key in strange:
            if key in schema:
                yield (*place, key), f"{key} does not belong on a {role}."
    for location, owner, _, prop in spec.properties():
        status = spec.components("schemas")[owner].get("x-role") == "status"
        for key in _DESCRIPTION_PROPERTY:
            if status and key in prop:
                yield (*location, key), f"{key} does not belong on a status."
        if "x-client-default" in prop and "x-create-on-read" in prop:
            yield (
                location,
                "A property with x-client-default exists already; drop x-create-on-read.",
            )


def extension_names(spec: Spec) -> Iterator[Finding]:
    """Extensions that name properties name existing ones."""
    for name, schema in spec.objects():
        place = ("components", "schemas", name)
        named: list[tuple[str, Any]] = [("x-client-required", key) for key in _list(schema)]
        for group in schema.get("x-exactly-one-of", ()):
            named += [("x-exactly-one-of", key) for key in group]
            if len(group) < 2:
                yield (*place, "x-exactly-one-of"), "A choice needs at least two properties."
        if "x-identity" in schema:
            named.append(("x-identity", schema["x-identity"]))
        for extension, key in named:
            if key not in schema.get("properties", {}):
                yield (*place, extension), f"{name} has no property {key}."


def _list(schema: Json) -> list[Any]:
    found = schema.get("x-client-required", ())
    return found if isinstance(found, list) else []


def _places(spec: Spec) -> Iterator[tuple[Location, tuple[str, ...]]]:
    """Walk the places that may have extensions."""
    yield (), _ROOT
    for operation in spec.operations():
        yield operation.location, _OPERATION
        yield (*operation.location, "requestBody"), _BODY
        for index in range(len(operation.body.get("parameters", ()))):
            yield (*operation.location, "parameters", index), _PARAMETER
    for name in spec.components("parameters"):
        yield ("components", "parameters", name), _PARAMETER
    for name, schema in spec.components("schemas").items():
        if "oneOf" in schema:
            yield ("components", "schemas", name), _UNION
    for name, _ in spec.objects():
        yield ("components", "schemas", name), _OBJECT
    for at in spec.schemas():
        if at.role == "property":
            yield at.location, (*_PROPERTY, *_OPEN)
        elif at.role in ("items", "values"):
            yield at.location, _OPEN
    for name in spec.components("securitySchemes"):
        yield ("components", "securitySchemes", name), _SCHEME


def _extensions(value: object, location: Location) -> Iterator[tuple[Location, str]]:
    """Walk all keys that start with x-, except header names, which do too."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _extensions(item, (*location, index))
    if not isinstance(value, dict):
        return
    for key, member in value.items():
        if key.startswith("x-") and location[-1:] != ("headers",):
            yield location, key
        else:
            yield from _extensions(member, (*location, key))


def _default_fits(spec: Spec, prop: Json) -> bool:
    """Compare types only: an empty map is a fine start also where the service wants members."""
    return _has_type(prop["x-client-default"], spec.unwrap(prop))


def _has_type(value: object, schema: Json) -> bool:
    if "type" not in schema:
        return True
    if isinstance(value, bool) and schema["type"] != "boolean":
        return False
    return isinstance(value, _JSON_TYPES[schema["type"]])


def _opens(spec: Spec, schema: Json) -> bool:
    known = spec.lookup(str(schema["x-open-enum"]))
    return schema.get("type") == "string" and isinstance(known, dict) and "enum" in known


def _creatable(spec: Spec, prop: Json) -> bool:
    """The content of an object that a read creates names properties of that object."""
    content = prop["x-create-on-read"]
    known = spec.unwrap(prop).get("properties", {})
    return isinstance(content, dict) and bool(content) and set(content) <= set(known)


def _stringifiable(spec: Spec, prop: Json) -> bool:
    values = prop.get("additionalProperties", {})
    text = isinstance(values, dict) and spec.unwrap(values).get("type") == "string"
    return prop["x-stringify"] is True and text


_PROPERTY_VALUES: Mapping[str, Callable[[Spec, Json], bool]] = {
    "x-client-default": _default_fits,
    "x-create-on-read": _creatable,
    "x-stringify": _stringifiable,
    "x-echo-default": lambda spec, prop: _has_type(prop["x-echo-default"], spec.unwrap(prop)),
    "x-time": lambda _, prop: prop["x-time"] == "utc",
    "x-may-be-empty": lambda _, prop: prop["x-may-be-empty"] is True and "x-time" in prop,
    "x-client-type": lambda _, prop: prop["x-client-type"] in _JSON_TYPES,
    "x-secret": lambda _, prop: prop["x-secret"] is True and prop.get("type") == "string",
}
