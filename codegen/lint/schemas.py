"""Rules about the shape of schemas."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.lint.problem import Finding
from codegen.lint.spec import Json, SchemaAt, Spec

_SCALARS = ("string", "integer", "number", "boolean")


def inline_object(spec: Spec) -> Iterator[Finding]:
    """Every object has a name, because generators invent unreadable ones; only maps may do without."""
    for at in spec.schemas():
        is_object = at.schema.get("type") == "object" or "properties" in at.schema
        if at.role == "component":
            if is_object and not at.schema.get("properties"):
                yield at.location, "A named object must have properties."
        elif is_object and not _is_map(at):
            yield at.location, "An object must be a named component; only a map may stand here."


def _is_map(at: SchemaAt) -> bool:
    values = at.schema.get("additionalProperties")
    return at.role == "property" and "properties" not in at.schema and isinstance(values, dict)


def open_object(spec: Spec) -> Iterator[Finding]:
    """Objects say that they are open: some generators take silence for a closed one."""
    for name, schema in spec.objects():
        if schema.get("additionalProperties") is not True:
            place = ("components", "schemas", name)
            yield place, "An object must say additionalProperties: true."


def composition(spec: Spec) -> Iterator[Finding]:
    """allOf only adds a description to a reference; oneOf is a named union that readers can tell.

    anyOf has no place: several generators make an empty class of it, which reads nothing.
    """
    for at in spec.schemas():
        if "anyOf" in at.schema:
            yield at.location, "anyOf is not for every generator; write oneOf, or x-open-enum."
        for_all = at.schema.get("allOf")
        if for_all is not None and [list(part) for part in for_all] != [["$ref"]]:
            yield at.location, "allOf must hold exactly one reference."
        if "oneOf" in at.schema:
            yield from _union(spec, at)


def _union(spec: Spec, at: SchemaAt) -> Iterator[Finding]:
    """Find what is wrong with a oneOf: of named scalars of different types, or of named objects."""
    refs = [part.get("$ref") for part in at.schema["oneOf"]]
    kinds = [spec.resolve(part).get("type") for part in at.schema["oneOf"]]
    mapping = at.schema.get("discriminator", {}).get("mapping", {})
    if at.role != "component":
        yield at.location, "oneOf must be a named component."
    elif None in refs:
        yield at.location, "The variants of oneOf must be named components."
    elif all(kind in _SCALARS for kind in kinds):
        if len(set(kinds)) != len(kinds) or {"integer", "number"} <= set(kinds):
            yield at.location, "The variants of oneOf must be of different types."
    elif sorted(refs) != sorted(mapping.values()):
        yield at.location, "The discriminator must map to exactly the variants of oneOf."
    else:
        yield from _untold(spec, at)


def _untold(spec: Spec, at: SchemaAt) -> Iterator[Finding]:
    """Find variants that leave the discriminator out: a reader that ignores it would take them."""
    key = at.schema.get("discriminator", {}).get("propertyName", "")
    for part in at.schema["oneOf"]:
        variant = spec.resolve(part)
        kind = spec.unwrap(variant.get("properties", {}).get(key, {}))
        if key not in variant.get("required", ()) or len(kind.get("enum", ())) != 1:
            yield at.location, f"{part.get('$ref')} must require {key} with a single value."


def open_enum(spec: Spec) -> Iterator[Finding]:
    """Enumerations in objects are open: a value that is new must not fail a whole answer."""
    told = spec.discriminators()
    for at in spec.schemas():
        if at.role not in ("property", "items", "values"):
            continue
        if at.role == "property" and (at.owner, at.name) in told:
            continue
        if "enum" in spec.unwrap(at.schema):
            yield at.location, "The enumeration is closed; write type: string and x-open-enum."


def scalar_default(spec: Spec) -> Iterator[Finding]:
    """Defaults are scalars: empty maps and lists mean absent, and not every language has literals."""
    for at in spec.schemas():
        if "default" in at.schema and spec.unwrap(at.schema).get("type") not in _SCALARS:
            yield at.location, "Only a string, a number or a boolean may have a default."


def required_known(spec: Spec) -> Iterator[Finding]:
    """What a schema requires is among its properties."""
    for owner, schema in spec.objects():
        for name in schema.get("required", ()):
            if name not in schema.get("properties", {}):
                place = ("components", "schemas", owner, "required")
                yield place, f"{owner} requires {name} but has no such property."


def time(spec: Spec) -> Iterator[Finding]:
    """Times are marked, and are texts without a format, because an empty text is legal."""
    for location, owner, name, prop in spec.properties():
        status = spec.components("schemas")[owner].get("x-role") == "status"
        if status and name.endswith("Time") and "x-time" not in prop:
            yield location, "The name says that this is a time; add x-time: utc."
        if "x-time" in prop and not _is_plain_text(prop):
            yield location, "A time is a string without a format."


def _is_plain_text(prop: Json) -> bool:
    return prop.get("type") == "string" and "format" not in prop
