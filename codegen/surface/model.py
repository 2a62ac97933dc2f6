"""One operation of the contract as a method of the clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from codegen.document import Schema, SpecError, operations, ref_name, resolve, schemas, unwrap
from codegen.surface.names import argument_name, snake, spec_alias


@dataclass(frozen=True)
class Argument:
    """An argument of a method.

    Attributes:
        name: Its name in Python.
        wire: Name of the parameter; "" for the body.
        annotation: Its type, as editors show it.
        default: Its default as source text; None where it is required.
        text: What the contract says about it.
        place: `path`, `query` or `body`.
        value: Expression of what is sent.
        always: Whether it is sent when it is blank, too.
        refers_to: Schema of the thing that it names, or "".
        hook: Name of the handwritten function that its value goes through, or "".
        values: The values that the contract enumerates; empty if it may be any.
    """

    name: str
    wire: str
    annotation: str
    default: str | None
    text: str
    place: str
    value: str
    always: bool = False
    refers_to: str = ""
    hook: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Body:
    """What a request carries.

    Attributes:
        schema: Name of its schema.
        argument: The argument that it is made from.
        member: The one member that the argument gives, or "" if it gives the whole.
        checked: Whether it is validated before it is sent.
        variants: Value of the discriminator -> schema, of a union; else empty.
        discriminator: Name of the property that tells the variants apart, or "".
        hook: The handwritten function that chooses a variant, or "".
    """

    schema: str
    argument: Argument
    member: str
    checked: bool
    variants: dict[str, str]
    discriminator: str
    hook: str


@dataclass(frozen=True)
class Result:
    """What a method returns.

    Attributes:
        kind: `action`, `created`, `object`, `union`, `page` or `list`.
        text: What the contract says about it.
        schemas: Names of the schemas that it may be, or of its items.
        hook: The handwritten function that tells the variants of a union apart, or "".
        variants: Value of the discriminator -> schema, of a union; else empty.
        discriminator: Name of the property that tells the variants apart, or "".
        items: Name of the member that holds the items of a page, or "".
        next: Name of the member that holds the marker of the next page, or "".
    """

    kind: str
    text: str
    schemas: tuple[str, ...] = ()
    hook: str = ""
    variants: dict[str, str] = field(default_factory=dict)
    discriminator: str = ""
    items: str = ""
    next: str = ""


@dataclass(frozen=True)
class Filter:
    """A query parameter that is given by its wire name only.

    Attributes:
        wire: That name.
        annotation: Its type, as editors show it.
        text: What the contract says about it.
        value: Expression of what is sent.
    """

    wire: str
    annotation: str
    text: str
    value: str


@dataclass(frozen=True)
class Variant:
    """An operation that is reached by an argument of another one's method.

    Attributes:
        operation: Its name.
        argument: The boolean argument that chooses it.
        schema: Schema of the body that it takes; with another one the argument is ignored.
        text: What the argument does.
        result: What it returns.
    """

    operation: str
    argument: str
    schema: str
    text: str
    result: Result


@dataclass(frozen=True)
class Method:
    """A method of the clients.

    Attributes:
        name: Its name: the operationId.
        verb: HTTP method, lower case.
        path: Path template, without a constant query.
        query: The constant query.
        tag: The group that it belongs to.
        summary: What it does, in a sentence without a full stop.
        description: More about it.
        arguments: Its positional arguments.
        body: What the request carries, or None.
        result: What it returns.
        errors: Error code -> sentence.
        pagination: `x-pagination`, or empty.
        takes_filters: Whether parameters may be given by their wire names.
        filters: Those that can be given in no other way.
        variant: An operation that is a mode of this one, or None.
        variant_of: The operation that this one is a mode of, or "".
        shortcut: The one member that is changed, of a method that stands for another operation; "".
        shortcut_of: That operation, or "".
    """

    name: str
    verb: str
    path: str
    query: dict[str, str]
    tag: str
    summary: str
    description: str
    arguments: tuple[Argument, ...]
    body: Body | None
    result: Result
    errors: dict[str, str]
    pagination: dict[str, str]
    takes_filters: bool
    filters: tuple[Filter, ...]
    variant: Variant | None = None
    variant_of: str = ""
    shortcut: str = ""
    shortcut_of: str = ""

    @property
    def request_line(self) -> str:
        """Method and path, as documentation shows them."""
        query = "&".join(f"{k}={v}" if v else k for k, v in self.query.items())
        return f"{self.verb.upper()} {self.path}" + (f"?{query}" if query else "")

    @property
    def known_filters(self) -> dict[str, str]:
        """Wire names that may be given as keywords, and their types."""
        paging = self.pagination.values()
        own = [one for one in self.arguments if one.place == "query" and not one.always]
        known = {one.wire: one.annotation for one in own if one.wire not in paging}
        return known | {one.wire: one.annotation for one in self.filters}

    @property
    def filters_type(self) -> str:
        """Name of the typed dict of those keywords."""
        return "".join(part.capitalize() for part in self.name.split("_")) + "Filters"


def methods(document: dict[str, Any]) -> list[Method]:
    """Return the methods of the clients, in the contract's order, with variants put together.

    Args:
        document: The specification.

    Raises:
        SpecError: An operation has something that no method can express.
    """
    made: dict[str, Method] = {}
    for path, verb, operation in operations(document):
        method = _method(document, path, verb, operation)
        made[method.name] = method
        for one in _shortcuts(document, method, operation):
            made[one.name] = one
    for method in list(made.values()):
        if method.variant_of:
            argument = _operation(document, method.name)["x-variant-of"]["argument"]
            made[method.variant_of] = _with_variant(made, method, argument)
    return list(made.values())


def _shortcuts(
    document: dict[str, Any], method: Method, operation: dict[str, Any]
) -> Iterator[Method]:
    """Yield the methods that change one map of a body and nothing else."""
    if method.body is None:
        return
    given = resolve(document, operation["requestBody"])
    properties = schemas(document)[method.body.schema].get("properties", {})
    for one in given.get("x-shortcuts", ()):
        prop = properties[one["member"]]
        text = f"{prop.get('description', '')} The whole map; None, like an empty one, empties it."
        name = argument_name(one["name"], one["argument"])
        argument = replace(
            method.body.argument,
            name=name,
            annotation="Mapping[str, Any] | None",
            default="None",
            text=text.strip(),
        )
        places = [argument if old.place == "body" else old for old in method.arguments]
        yield replace(
            method,
            name=one["name"],
            summary=str(one["summary"]).strip(),
            description="",
            arguments=tuple(places),
            body=replace(method.body, argument=argument, member=one["member"], checked=False),
            shortcut=one["member"],
            shortcut_of=method.name,
        )


def _with_variant(made: dict[str, Method], variant: Method, argument: str) -> Method:
    main = made.get(variant.variant_of)
    if main is None or main.body is None or variant.body is None:
        raise SpecError(f"{variant.name}: x-variant-of must name an operation with a body")
    text = f"{variant.summary} ({variant.request_line}); ignored for other descriptions."
    name = argument_name(variant.name, argument)
    chosen = Variant(variant.name, name, variant.body.schema, text, variant.result)
    return replace(main, variant=chosen)


def _operation(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for _, _, one in operations(document) if one["operationId"] == name)


def _method(document: dict[str, Any], path: str, verb: str, operation: dict[str, Any]) -> Method:
    name = str(operation["operationId"])
    plain, _, constant = path.partition("?")
    query = dict(pair.partition("=")[::2] for pair in constant.split("&") if pair)
    pagination = dict(operation.get("x-pagination", {}))
    takes_filters = bool(operation.get("x-filters", False))
    shared = document["paths"][path].get("parameters", ())
    given = [resolve(document, one) for one in (*shared, *operation.get("parameters", ()))]
    arguments = [
        _path_argument(document, name, one)
        for wire in _path_names(plain)
        for one in given
        if one["in"] == "path" and one["name"] == wire
    ]
    body = _body(document, name, operation)
    if body is not None:
        arguments.append(body.argument)
    token = str(operation.get("x-idempotency-token", ""))
    filters = []
    for one in given:
        if one["in"] != "query":
            continue
        if one.get("x-argument") is False:
            filters.append(_filter(document, one))
        else:
            arguments.append(_query_argument(document, name, one, pagination, token, takes_filters))
    arguments.sort(key=lambda one: one.default is not None)
    variant = operation.get("x-variant-of", {})
    return Method(
        name=name,
        verb=verb,
        path=plain,
        query=query,
        tag=str(operation["tags"][0]),
        summary=str(operation.get("summary", name)).strip(),
        description=str(operation.get("description", "")).strip(),
        arguments=tuple(arguments),
        body=body,
        result=_result(document, name, operation),
        errors=dict(operation.get("x-errors", {})),
        pagination=pagination,
        takes_filters=takes_filters,
        filters=tuple(filters),
        variant_of=str(variant.get("operation", "")),
    )


def _path_names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _name(where: str, parameter: dict[str, Any]) -> str:
    return argument_name(where, str(parameter.get("x-argument", snake(parameter["name"]))))


def _path_argument(document: dict[str, Any], where: str, parameter: dict[str, Any]) -> Argument:
    name = _name(where, parameter)
    target = str(parameter.get("x-refers-to", ""))
    kind = unwrap(document, parameter["schema"]).get("type")
    if target:
        annotation = ref_alias(document, target)
        keys = "".join(f", {key!r}" for key in id_names(document, target))
    else:
        annotation, keys = ("int | str" if kind == "integer" else "str"), ""
    return Argument(
        name,
        parameter["name"],
        annotation,
        None,
        str(parameter.get("description", "")),
        "path",
        f"path_segment({name}, {name!r}{keys})",
        always=True,
        refers_to=target,
    )


def id_names(document: dict[str, Any], schema: str) -> tuple[str, ...]:
    """Return the properties that hold the id of a thing; what was just created has an Id, too."""
    identity = str(schemas(document)[schema].get("x-identity", "Id"))
    return ("Id", "Name") if identity == "Name" else (identity,)


def ref_alias(document: dict[str, Any], schema: str) -> str:
    """Return the name of the type of what names a thing: `Ref`, or `TaskRef` for a task."""
    return "Ref" if id_names(document, schema) == ("Id",) else f"{schema}Ref"


_SCALARS = {
    "string": ("str | None", "''"),
    "integer": ("int | None", "None"),
    "number": ("float | None", "None"),
    "boolean": ("bool | None", "None"),
}


def _query_argument(
    document: dict[str, Any],
    where: str,
    parameter: dict[str, Any],
    pagination: dict[str, str],
    token: str,
    takes_filters: bool,
) -> Argument:
    name, wire = _name(where, parameter), parameter["name"]
    schema = unwrap(document, parameter["schema"])
    kind = str(schema.get("type"))
    always = bool(parameter.get("allowEmptyValue", False))
    hook = str(parameter.get("x-hook", ""))
    default: str | None
    if wire == pagination.get("marker"):
        annotation, default, value, always = "str | int | None", "''", f"marker_text({name})", True
    elif wire == pagination.get("size"):
        annotation, default, value = "int", repr(schema.get("default")), name
    elif wire == token:
        annotation, default, value = "str | None", "''", f"token_text({name})"
    else:
        if kind not in _SCALARS:
            raise SpecError(f"{where}: a query parameter of type {kind!r} cannot be generated")
        annotation, default = _SCALARS[kind]
        if "enum" in schema:
            blank = "" if "x-client-default" in parameter else "Literal[''] | "
            annotation = f"types.{_enum(parameter['schema'])} | {blank}None"
        elif always:
            annotation = "str | int | None"
        if "x-client-default" in parameter:
            default = repr(parameter["x-client-default"])
            annotation = annotation.removesuffix(" | None")
        value = f"optional_text({name})" if always else name
        if takes_filters:
            value = f"argument_or_filter({name}, filters, {wire!r})"
        if kind == "boolean":
            value = f"flag({value})"
    if parameter.get("required", False):
        default, annotation = None, annotation.removesuffix(" | None")
    if hook:
        value = f"hooks.{hook}({value})"
    return Argument(
        name,
        wire,
        annotation,
        default,
        str(parameter.get("description", "")),
        "query",
        value,
        always,
        hook=hook,
        values=tuple(str(value) for value in schema.get("enum", ())),
    )


def _enum(schema: Schema) -> str:
    name = ref_name(schema)
    if name is None:
        raise SpecError("an enumeration of a query parameter must be a named component")
    return name


def _filter(document: dict[str, Any], parameter: dict[str, Any]) -> Filter:
    wire = parameter["name"]
    schema = unwrap(document, parameter["schema"])
    kind = str(schema.get("type"))
    if kind not in _SCALARS:
        raise SpecError(f"{wire}: a query parameter of type {kind!r} cannot be generated")
    annotation, value = _SCALARS[kind][0], f"argument_or_filter('', filters, {wire!r})"
    if kind == "boolean":
        annotation, value = f"{annotation} | str", f"flag({value})"
    if "enum" in schema:
        annotation = f"types.{_enum(parameter['schema'])} | Literal[''] | None"
    return Filter(wire, annotation, str(parameter.get("description", "")), value)


def _body(document: dict[str, Any], where: str, operation: dict[str, Any]) -> Body | None:
    if "requestBody" not in operation:
        return None
    given = resolve(document, operation["requestBody"])
    schema = _json_schema(given)
    name = ref_name(schema) if schema else None
    if name is None:
        raise SpecError(f"{where}: the body must be a named component in JSON")
    union = schemas(document)[name]
    hook, variants, discriminator = _variants(document, name)
    member = str(given.get("x-member", ""))
    annotation, text = spec_alias(name), str(given.get("description", ""))
    if member:
        prop = union["properties"][member]
        text = f"{text} {prop.get('description', '')}".strip()
        kind = str(prop.get("x-client-type", unwrap(document, prop).get("type")))
        if kind != "integer":
            raise SpecError(f"{where}: x-member must name a member that clients write as integer")
        annotation = "int"
    argument = Argument(
        argument_name(where, str(given.get("x-argument", snake(spec_alias(name))))),
        "",
        annotation,
        None,
        text,
        "body",
        "",
    )
    checked = not given.get("x-unchecked", False)
    return Body(name, argument, member, checked, variants, discriminator, hook)


def _variants(document: dict[str, Any], name: str) -> tuple[str, dict[str, str], str]:
    """Return the hook of a union, its schemas by their values, and what tells them apart."""
    schema = schemas(document)[name]
    if "oneOf" not in schema:
        return "", {}, ""
    mapping = schema["discriminator"]["mapping"]
    variants = {str(value): str(target).rpartition("/")[2] for value, target in mapping.items()}
    return str(schema.get("x-hook", "")), variants, schema["discriminator"]["propertyName"]


def _json_schema(holder: dict[str, Any]) -> Schema:
    schema: Schema = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _result(document: dict[str, Any], where: str, operation: dict[str, Any]) -> Result:
    success = [
        resolve(document, response)
        for status, response in operation["responses"].items()
        if str(status).startswith("2")
    ]
    if len(success) != 1:
        raise SpecError(f"{where}: an operation has one response for success, not {len(success)}")
    response = success[0]
    text = str(response.get("description", ""))
    schema = _json_schema(response)
    if not schema:
        return Result("action", text)
    if schema.get("type") == "array":
        return Result("list", text, (_named(where, schema["items"]),))
    name = _named(where, schema)
    known = schemas(document)[name]
    pagination = operation.get("x-pagination")
    if pagination:
        items = known["properties"][pagination["items"]]["items"]
        item = (_named(where, items),)
        return Result("page", text, item, items=pagination["items"], next=pagination["next"])
    if known.get("x-result") == "created":
        return Result("created", text)
    hook, variants, discriminator = _variants(document, name)
    if variants:
        names = tuple(variants.values())
        return Result("union", text, names, hook, variants, discriminator)
    return Result("object", text, (name,))


def _named(where: str, schema: Schema) -> str:
    name = ref_name(schema)
    if name is None:
        raise SpecError(f"{where}: the result must be a named component")
    return name
