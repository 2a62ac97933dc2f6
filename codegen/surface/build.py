"""Everything of the clients that the contract says, written as source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from codegen.document import SpecError, closure, mentioned, schemas
from codegen.fields import doc_lines, is_model
from codegen.surface import docstrings
from codegen.surface.errors import ErrorTable
from codegen.surface.hooks import documented_errors
from codegen.surface.model import Method, id_names, methods, ref_alias
from codegen.surface.names import spec_alias
from codegen.unasync import synchronous

_TEMPLATES = Path(__file__).parents[1] / "templates"
_PACKAGE = "batchcompute._generated.api"

#: Name, module and attribute of one name that a module exports.
Export = tuple[str, str, str]


def environment() -> Environment:
    """Return the environment of our own templates."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # Python, not HTML; all text goes through repr or doc_lines
    )
    made.filters.update(
        # Of lines, not of blanks: those inside of literals must stay.
        one_line=lambda text: str(text).replace("\n", "").strip(),
        literal=repr,
    )
    return made


def resources(document: dict[str, Any]) -> list[str]:
    """Return the schemas that become classes: what requests and results consist of.

    What only wraps them (pages, errors, the response to a creation) is read by the responses.
    """
    roots: list[str] = []
    for method in methods(document):
        if method.body is not None:
            roots += method.body.variants.values() or [method.body.schema]
        roots += method.result.schemas
    known = schemas(document)
    return sorted(name for name in closure(document, roots) if is_model(known[name]))


def enumerations(document: dict[str, Any]) -> list[str]:
    """Return the enumerations that properties of the classes have."""
    known = schemas(document)
    named = {one for name in resources(document) for one in mentioned(known[name])}
    return sorted(name for name in named if "enum" in known[name])


def build(document: dict[str, Any], target: Path, modules: dict[str, str]) -> None:
    """Write the calls, the methods of both clients, the responses and the tables of exports.

    Args:
        document: The specification.
        target: The folder of the package.
        modules: Class of a model -> its module.

    Raises:
        SpecError: Something in the specification cannot be a method.
    """
    env = environment()
    made = methods(document)
    table = ErrorTable(document)
    hooks = documented_errors()
    for method in made:
        _check_hooks(method, hooks)
    lists = [(method.name.removeprefix("list_"), method) for method in made if method.pagination]
    env.filters.update(
        summary=docstrings.summary_text,
        docstring=lambda method: docstrings.docstring(method, table, hooks),
        raw_docstring=docstrings.raw_docstring,
        url=_url,
        params=_params,
        names=lambda method, place: repr(
            tuple(one.name for one in method.arguments if one.place == place)
        ),
        easy=lambda method: repr(tuple(one.name for one in docstrings.easy_options(method))),
        argument_of=lambda method, part: repr(
            next(one.name for one in method.arguments if one.wire == method.pagination[part])
        ),
        easy_info=_easy_info,
        without_defaults=lambda text: text.replace(" = ''", ""),
        backticked=lambda text: f"`{text}`",
        wrapped=_wrapped,
        kinds=lambda lists: " ".join(docstrings.list_kinds(lists)),
    )
    references = _references(document, made)
    specs = _specs(made)
    filtered = [method for method in made if method.takes_filters]
    aliases = sorted(
        {alias for alias, *_ in references}
        | {alias for alias, *_ in specs}
        | {method.filters_type for method in filtered}
    )

    def write(name: str, template: str, /, **values: Any) -> None:
        text = env.get_template(template).render(**values)
        (target / name).write_text(text, encoding="utf-8")

    for name in ("facts", "exports", "operations", "responses"):
        (target / name).mkdir()
    write(
        "facts/__init__.py",
        "doc.jinja",
        doc="Tables of facts from the contract, such as its error codes.",
    )
    write("facts/operations.py", "operations.py.jinja", facts=_facts(document, made))
    statuses = [row for row in table.rows if not row.code]
    write("facts/errors.py", "errors.py.jinja", beginnings=table.beginnings(), statuses=statuses)
    write("operations/__init__.py", "doc.jinja", doc="The operations of the API.")
    write("operations/calls.py", "calls.py.jinja", methods=made, lists=lists)
    write(
        "operations/arguments.py",
        "arguments.py.jinja",
        identities=_identities(references),
        references=references,
        specs=specs,
        filtered=filtered,
    )
    for name in ("methods", "raw"):
        text = env.get_template(f"{name}.py.jinja").render(
            methods=made, lists=lists, aliases=aliases
        )
        folder = target / "operations"
        (folder / f"asynchronous_{name}.py").write_text(text, encoding="utf-8")
        (folder / f"synchronous_{name}.py").write_text(synchronous(text), encoding="utf-8")
    _write_responses(document, made, modules, write)
    _write_exports(document, modules, write)


def _check_hooks(method: Method, hooks: dict[str, dict[str, str]]) -> None:
    wanted = [one.hook for one in method.arguments if one.hook]
    wanted += [method.body.hook] if method.body is not None and method.body.hook else []
    wanted += [method.result.hook] if method.result.hook else []
    for name in wanted:
        if name not in hooks:
            raise SpecError(f"{method.name}: there is no hook {name!r}")


def _url(method: Method) -> str:
    by_wire = {one.wire: one.value for one in method.arguments if one.place == "path"}
    parts = [
        f"{{{by_wire[part[1:-1]]}}}" if part.startswith("{") else part
        for part in method.path.split("/")
    ]
    return ("f" if by_wire else "") + f'"{"/".join(parts)}"'


def _params(method: Method) -> str:
    """Return the entries of the dict of query parameters."""
    fixed = [f"{name!r}: {value!r}" for name, value in method.query.items()]
    query = [one for one in method.arguments if one.place == "query"]
    fixed += [f"{one.wire!r}: {one.value}" for one in query if one.always]
    others = [f"{one.wire!r}: {one.value}" for one in query if not one.always]
    others += [f"{one.wire!r}: {one.value}" for one in method.filters]
    if others:
        fixed.append(f"**given({{{', '.join(others)}}})")
    return ", ".join(fixed)


def _easy_info(method: Method) -> str:
    """Return what `easy_list` takes between the kind and the filters, for type checkers."""
    needed = [one.annotation for one in method.arguments if one.place == "path"]
    if needed:
        return f"*resource_info: *tuple[{', '.join(needed)}], "
    return "*resource_info: str, " if docstrings.easy_options(method) else ""


def _wrapped(text: str, indent: int) -> str:
    lines = doc_lines(text, 100 - indent)
    return f"\n{' ' * indent}".join(lines)


def _references(
    document: dict[str, Any], made: list[Method]
) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the types of what names a thing: alias, plain type, properties that hold the id."""
    found = {}
    for method in made:
        for one in method.arguments:
            if one.refers_to:
                names = id_names(document, one.refers_to)
                kind = _plain(document, one.refers_to, names[-1])
                found[ref_alias(document, one.refers_to)] = (kind, names)
    return [(alias, kind, names) for alias, (kind, names) in sorted(found.items())]


def _plain(document: dict[str, Any], schema: str, name: str) -> str:
    prop = schemas(document)[schema].get("properties", {}).get(name, {})
    return "int | str" if prop.get("type") == "integer" else "str"


def _identities(
    references: list[tuple[str, str, tuple[str, ...]]],
) -> list[tuple[str, str]]:
    found = {}
    for _, kind, names in references:
        for name in names:
            found[name] = "int" if kind.startswith("int") else "str"
    return sorted(found.items())


def _specs(made: list[Method]) -> list[tuple[str, list[str], str]]:
    """Return the types of descriptions: alias, schemas, and the hint of an overloaded method.

    Where no overload fits, mypy lists them all, unless one takes something of the same form: then
    it says in one sentence what that one wants. The name of its class is the hint.
    """
    found = {}
    for method in made:
        body = method.body
        if body is not None and not body.member and not method.variant_of:
            names = list(body.variants.values()) or [body.schema]
            hint = f"AnnotateItOrPass{names[0]}OfIt" if method.variant else ""
            found[spec_alias(body.schema)] = (names, hint)
    return [(alias, names, hint) for alias, (names, hint) in sorted(found.items())]


def _facts(document: dict[str, Any], made: list[Method]) -> list[str]:
    facts = []
    by_name = {
        operation["operationId"]: operation
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    for method in sorted(made, key=lambda one: one.name):
        if method.shortcut:
            continue
        operation = by_name[method.name]
        verb, _, path = method.request_line.partition(" ")
        facts.append(
            ", ".join(
                repr(fact)
                for fact in (
                    method.name,
                    verb,
                    path,
                    bool(operation.get("x-idempotent", False)),
                    str(operation.get("x-idempotency-token", "")),
                    bool(operation.get("x-long-running", False)),
                    bool(operation.get("x-extension", False)),
                )
            )
        )
    return facts


def _write_responses(
    document: dict[str, Any],
    made: list[Method],
    modules: dict[str, str],
    write: Any,
) -> None:
    names = {
        name
        for method in made
        if method.result.kind in ("object", "union")
        for name in method.result.schemas
    }
    exports: list[Export] = []
    for name in sorted(names):
        properties = schemas(document)[name].get("properties", {})
        clashes = not {"StatusCode", "RequestId", "Date"}.isdisjoint(properties)
        write(f"responses/{modules[name]}.py", "response.py.jinja", name=name, clashes=clashes)
        home = f"{_PACKAGE}.responses.{modules[name]}"
        exports.append((f"{name}Response", home, f"{name}Response"))
    doc = "What methods return: resources with the response that brought them."
    write("responses/__init__.py", "lazy.py.jinja", doc=doc, names=exports)


def _write_exports(document: dict[str, Any], modules: dict[str, str], write: Any) -> None:
    """Write the tables of names that `batchcompute.resources` and `batchcompute.client` offer."""
    doc = "The names that programs import, by the packages that offer them."
    write("exports/__init__.py", "doc.jinja", doc=doc)
    every: dict[str, Export] = {}
    statuses: dict[str, Export] = {}
    aliases: list[tuple[str, str]] = []
    for name in resources(document):
        schema = schemas(document)[name]
        every[name] = (name, f"{_PACKAGE}.models.{modules[name]}", name)
        if schema.get("x-role") == "status":
            statuses[name] = every[name]
        aliases += [(str(alias), name) for alias in schema.get("x-aliases", ())]
    for alias, name in aliases:
        # Documented names: here, they win over a schema that is called so.
        entry = (alias, every[name][1], name)
        every[alias] = entry
        if name in statuses:
            statuses[alias] = entry
    write(
        "exports/resources.py",
        "lazy.py.jinja",
        doc="All resource classes, under every name that programs know.",
        names=sorted(every.values()),
    )
    write(
        "exports/statuses.py",
        "lazy.py.jinja",
        doc="The classes of what only the service writes.",
        names=sorted(statuses.values()),
    )
