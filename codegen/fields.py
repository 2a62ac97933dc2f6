"""From a schema to the declaration of a model class: what the model template prints.

All text of the specification passes through `repr` or `doc_lines` here, so that no quote, brace or
backslash in it can end a literal of the generated code.
"""

from __future__ import annotations

import keyword
import re
import textwrap
from dataclasses import dataclass
from typing import Any

from codegen.document import Schema, SpecError, ref_name, schemas

#: Names that a property cannot have, because every model class uses them for itself.
RESERVED = frozenset(
    "keys values items get pop popitem setdefault clear copy update load dump detail validate "
    "to_dict from_dict setproperty getproperty properties dct keep_unknown self".split()
)
#: Names that a property cannot have, because the module of its class uses them: the annotations and
#: calls that follow it would mean the property.
_USED = frozenset(
    "fields mixins m types datetime Any Mapping Sequence Jsonizable str bytes int float bool dict "
    "list".split()
)
_WIDTH = 96


@dataclass(frozen=True)
class Declaration:
    """One attribute of a generated class.

    Attributes:
        name: The wire's name, which is the attribute's name.
        annotation: Its type as an editor shows it.
        parameter: What the constructor takes for it, as an editor shows it.
        factory: The call that declares it.
    """

    name: str
    annotation: str
    parameter: str
    factory: str


@dataclass(frozen=True)
class ModelDeclaration:
    """Everything that the model template prints for one schema."""

    name: str
    doc: str
    mixins: tuple[str, ...]
    attributes: tuple[Declaration, ...]
    constants: tuple[tuple[str, str], ...]


def declare(document: dict[str, Any], name: str) -> ModelDeclaration:
    """Return the declaration of the class for a component schema.

    Args:
        document: The specification.
        name: The component's name.

    Raises:
        SpecError: The schema has something that a class cannot express.
    """
    schema = schemas(document)[name]
    is_status = schema.get("x-role") == "status"
    required = set(schema.get("required", ()))
    attributes = []
    notes = []
    for key, prop in schema.get("properties", {}).items():
        _check_name(name, key)
        firm = is_status and key in required and not prop.get("x-may-be-empty", False)
        attributes.append(_attribute(document, name, key, prop, firm=firm))
        notes.append(_bullet(key, _description(document, prop)))
    doc = "\n".join(doc_lines(schema.get("description", name), _WIDTH))
    if notes:
        doc += "\n\nAttributes:\n" + "\n".join(notes)
    mixins = [f"mixins.{_identifier(name, mixin)}" for mixin in schema.get("x-mixin", ())]
    constants = _constants(document, name, schema)
    if "x-identity" in schema:
        mixins.append("mixins.Identified")
    return ModelDeclaration(name, doc, tuple(mixins), tuple(attributes), tuple(constants))


def is_model(schema: Schema) -> bool:
    """Whether a component schema becomes a class."""
    return schema.get("type") == "object" and "properties" in schema


def _constants(document: dict[str, Any], name: str, schema: Schema) -> list[tuple[str, str]]:
    constants = []
    if schema.get("x-role") == "status":
        constants.append(("_is_status", "True"))
        if not schema.get("x-writable", False):
            constants.append(("_read_only", "True"))
    if "x-identity" in schema:
        constants.append(("_identity", repr(schema["x-identity"])))
    if schema.get("x-client-required"):
        constants.append(("_required", repr(tuple(schema["x-client-required"]))))
    secrets = tuple(key for key, prop in schema["properties"].items() if prop.get("x-secret"))
    if secrets:
        constants.append(("_secrets", repr(secrets)))
    if schema.get("x-exactly-one-of"):
        groups = tuple(tuple(group) for group in schema["x-exactly-one-of"])
        constants.append(("_exactly_one_of", repr(groups)))
    variant = _variant(document, name)
    if variant is not None:
        constants.append(("_discriminator", repr(variant)))
    return constants


def _variant(document: dict[str, Any], name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the property that tells the schemas of a union apart, and its values for the others.

    A value that the union does not know belongs to nobody else, so that any schema may take it.
    """
    for schema in schemas(document).values():
        discriminator = schema.get("discriminator", {})
        owners = {
            str(value): ref_name({"$ref": target})
            for value, target in discriminator.get("mapping", {}).items()
        }
        if name in owners.values():
            others = tuple(value for value, owner in owners.items() if owner != name)
            return str(discriminator["propertyName"]), others
    return None


def _attribute(
    document: dict[str, Any], owner: str, key: str, prop: Schema, *, firm: bool
) -> Declaration:
    annotation, kind, arguments = _kind(document, f"{owner}.{key}", prop)
    if kind not in ("nested", "mapping", "array") and not firm and annotation != "Any":
        annotation += " | None"
    if "x-client-default" in prop:
        arguments = [*arguments, f"default={prop['x-client-default']!r}"]
    if "x-create-on-read" in prop:
        if kind != "nested":
            raise SpecError(f"{owner}.{key}: only an object can have x-create-on-read")
        arguments = [*arguments, f"on_read={prop['x-create-on-read']!r}"]
    taken = _taken(document, prop)
    parameter = taken if taken == "Any" else f"{taken} | None"
    return Declaration(key, annotation, parameter, f"fields.{kind}({', '.join(arguments)})")


def _taken(document: dict[str, Any], prop: Schema) -> str:
    """Return what a program may give for a property: an object of it, too, as a checked dict."""
    target = ref_name(prop)
    if target is not None:
        schema = schemas(document)[target]
        return f"m.{target} | types.{target}" if is_model(schema) else _taken(document, schema)
    if prop.get("type") == "array":
        # A text is a sequence of texts for type checkers, and a mistake all the same.
        kind = "Sequence" if _holds_models(document, prop["items"]) else "list"
        return f"{kind}[{_taken(document, prop['items'])}]"
    if prop.get("type") == "object":
        values = prop.get("additionalProperties", True)
        return f"Mapping[str, {'Any' if values in (True, {}) else _taken(document, values)}]"
    if "x-time" in prop:
        return "datetime | float | str"
    return _kind(document, "", prop)[0]


def _holds_models(document: dict[str, Any], schema: Schema) -> bool:
    target = ref_name(schema)
    return target is not None and is_model(schemas(document)[target])


def _kind(document: dict[str, Any], path: str, prop: Schema) -> tuple[str, str, list[str]]:
    """Return annotation, declaring function and its arguments for a property."""
    target = ref_name(prop)
    if target is not None:
        schema = schemas(document)[target]
        if is_model(schema):
            return f"m.{_identifier(path, target)}", "nested", [f"lambda: m.{target}"]
        if "enum" in schema:
            return f"m.{_identifier(path, target)}", "text", []
        return _kind(document, path, schema)
    if "x-open-enum" in prop:
        # To type checkers, a value that the contract does not know is a mistake. It is none at run
        # time: the service may know more by then.
        known = _identifier(path, str(prop["x-open-enum"]).rpartition("/")[2])
        return f"m.{known}", "text", []
    if "anyOf" in prop or "oneOf" in prop:
        return _union(document, path, prop.get("anyOf") or prop["oneOf"])
    kind = prop.get("type")
    if kind == "string":
        return ("datetime", "time", []) if "x-time" in prop else ("str", "text", [])
    if kind == "integer":
        return "int", "integer", []
    if kind == "number":
        return "float", "number", []
    if kind == "boolean":
        return "bool", "boolean", []
    if kind == "array":
        annotation, item = _item(document, path, prop["items"])
        return f"list[{annotation}]", "array", [item] if item else []
    if kind == "object":
        values = prop.get("additionalProperties", True)
        annotation, item = ("Any", "") if values in (True, {}) else _item(document, path, values)
        arguments = [item] if item else []
        if prop.get("x-stringify"):
            arguments.append("stringify=True")
        return f"dict[str, {annotation}]", "mapping", arguments
    if kind is None:
        return "Any", "anything", []
    raise SpecError(f"{path}: a property of type {kind!r} cannot be generated")


def _item(document: dict[str, Any], path: str, schema: Schema) -> tuple[str, str]:
    """Return annotation and kind expression of the values of a map or list."""
    annotation, kind, arguments = _kind(document, path, schema)
    if kind == "anything":
        return "Any", ""
    names = {
        "text": "Text",
        "integer": "Integer",
        "number": "Number",
        "boolean": "Boolean",
        "time": "Time",
        "text_or_integer": "TextOrInteger",
        "nested": "Nested",
        "mapping": "Map",
        "array": "Array",
    }
    return annotation, f"fields.{names[kind]}({', '.join(arguments)})"


def _union(
    document: dict[str, Any], path: str, variants: list[Schema]
) -> tuple[str, str, list[str]]:
    """Open enumerations are strings; text or a number is a kind of its own; the rest is anything."""
    kinds = {_kind(document, path, variant)[1] for variant in variants}
    if kinds == {"text"}:
        return "str", "text", []
    if kinds == {"text", "integer"}:
        return "str | int", "text_or_integer", []
    if kinds <= {"text", "integer", "number", "boolean", "anything"}:
        return "Any", "anything", []
    raise SpecError(f"{path}: a union of {', '.join(sorted(kinds))} cannot be generated")


def _check_name(owner: str, key: str) -> None:
    _identifier(owner, key)
    if key in RESERVED or key.startswith("_"):
        raise SpecError(f"{owner}.{key}: every model class uses this name for itself")
    if key in _USED:
        raise SpecError(f"{owner}.{key}: the generated module uses this name for itself")


def _identifier(owner: str, name: str) -> str:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise SpecError(f"{owner}: {name!r} cannot be a name in Python")
    return name


def _description(document: dict[str, Any], prop: Schema) -> str:
    text = prop.get("description")
    target = ref_name(prop)
    if text is None and target is not None:
        text = schemas(document)[target].get("description", "")
    return str(text or "")


def _bullet(name: str, text: str) -> str:
    first, *rest = doc_lines(f"{name}: {text}", _WIDTH - 8) or [f"{name}:"]
    return "\n".join([f"    {first}", *(f"        {line}".rstrip() for line in rest)])


def doc_lines(text: str, width: int) -> list[str]:
    """Wrap text of the specification for a docstring, with nothing in it that could end one."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", str(text).strip()):
        # Anything that is neither printable nor a blank has no business in source code.
        flat = "".join(c if c.isprintable() else " " for c in " ".join(paragraph.split()))
        if lines:
            lines.append("")
        lines.extend(textwrap.wrap(flat, width, break_long_words=False, break_on_hyphens=False))
    return [line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') for line in lines]
