"""Docstrings of the methods: the contract's sentences, and what the clients add to them."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.fields import doc_lines
from codegen.surface.errors import ErrorTable
from codegen.surface.model import Argument, Method

_WIDTH = 100
_INDENT = 8


def summary_text(method: Method) -> str:
    """Return the first line, written so that it can stand in a docstring."""
    return " ".join(doc_lines(summary(method), 10_000))


def summary(method: Method) -> str:
    """Return the first line: what the method does, and by which request."""
    room = _WIDTH - _INDENT - 3 - len(method.summary) - len(" ().")
    line = method.request_line
    verb, _, path = line.partition(" ")
    parts = path.split("/")[1:]
    while len(line) > room and len(parts) > 1:
        parts.pop(0)
        line = f"{verb} …/{'/'.join(parts)}"
    return f"{method.summary} ({line})."


def docstring(method: Method, errors: ErrorTable, hooks: dict[str, dict[str, str]]) -> str:
    """Return the docstring of a method, without its quotes, indented for a class.

    Args:
        method: The method.
        errors: The contract's table of error codes.
        hooks: Hook -> exception -> when it raises it.
    """
    lines = [summary_text(method)]
    if method.description:
        lines += ["", *doc_lines(method.description, _WIDTH - _INDENT)]
    lines += _section("Args", _arguments(method))
    lines += ["", "Returns:", *_wrapped(_returns(method), 4)]
    lines += _section("Raises", _raises(method, errors, hooks).items())
    return _indented(lines)


def raw_docstring(method: Method) -> str:
    """Return the docstring of the method that leaves the response as it is."""
    text = f"{method.summary}, and return the response as it was received; see `Client`."
    return _indented(doc_lines(text, _WIDTH - _INDENT - 6))


def list_kinds(kinds: Iterable[tuple[str, Method]]) -> list[str]:
    """Return the sentences about what each kind of resource of `easy_list` belongs to."""
    sentences = []
    for kind, method in kinds:
        needed = [one.name for one in method.arguments if one.place == "path"]
        taken = [one.name for one in easy_options(method)]
        if needed:
            sentences.append(f"`{kind}`: {' and '.join(_words(name) for name in needed)}.")
        if taken:
            sentences.append(f"`{kind}`: if wanted, {' and '.join(_words(n) for n in taken)}.")
    return sentences


def easy_options(method: Method) -> list[Argument]:
    """Return the query arguments that `easy_list` takes by position: all but paging and filters."""
    if method.takes_filters:
        return []
    paging = method.pagination.values()
    return [one for one in method.arguments if one.place == "query" and one.wire not in paging]


def _words(name: str) -> str:
    return f"the {name.strip('_').replace('_', ' ')}"


def _indented(lines: list[str]) -> str:
    return "\n".join(f"{' ' * _INDENT}{line}".rstrip() for line in lines).strip()


def _section(title: str, entries: Iterable[tuple[str, str]]) -> list[str]:
    lines = [line for name, text in entries for line in _bullet(name, text)]
    return ["", f"{title}:", *lines] if lines else []


def _bullet(name: str, text: str) -> list[str]:
    first, *rest = doc_lines(f"{name}: {text}", _WIDTH - _INDENT - 8)
    return [f"    {first}", *(f"        {line}".rstrip() for line in rest)]


def _wrapped(text: str, indent: int) -> list[str]:
    return [f"{' ' * indent}{line}" for line in doc_lines(text, _WIDTH - _INDENT - indent)]


def _arguments(method: Method) -> list[tuple[str, str]]:
    entries = [(one.name, _argument(method, one)) for one in method.arguments]
    if method.variant is not None:
        entries.append((method.variant.argument, method.variant.text))
    if "marker" in method.pagination:
        entries.append(
            ("next_marker", "The same as `marker`, under the documentation's other name.")
        )
    if method.takes_filters:
        own = [f"`{one.wire}`: {one.text}" for one in method.filters]
        by_argument = [w for w in method.known_filters if w not in {f.wire for f in method.filters}]
        if by_argument:
            names = ", ".join(f"`{wire}`" for wire in by_argument)
            own.append(f"{names}: like the arguments, under the names that are sent.")
        own.append("Others are ignored, with a warning.")
        entries.append(("**filters", " ".join(own)))
    return entries


def _argument(method: Method, argument: Argument) -> str:
    text = " ".join(argument.text.split())
    if argument.place == "body":
        return f"{text} {_body(method)}".strip()
    if argument.refers_to:
        has = "or what has it: a response, a status, a mapping."
        return f"{text.removesuffix('.')}; {has}"
    if argument.value.startswith("token_text"):
        return f"{text} By default each call makes one of its own, unless retries are off."
    return text


def _body(method: Method) -> str:
    body = method.body
    if body is None or body.member:
        return ""
    given = "An object, a dict or JSON text"
    check = "checked before it is sent" if body.checked else "not checked before it is sent"
    if body.variants:
        return f"{given}, {check}. What has no {body.discriminator} is known by its members."
    return f"{given}, {check}."


def _returns(method: Method) -> str:
    result = method.result
    if result.kind == "action":
        return "The status and request id of the response; there is nothing else in it."
    if result.kind == "created":
        text = "The response, with the new id as `.Id`; an App's id is its name."
    elif result.kind == "page":
        text = (
            f"{result.text} `.all()` yields the items of this and all following pages, `.pages()` "
            "the pages. Awaiting what `AsyncClient` returns gives the page, iterating over it all "
            "items."
        )
    else:
        text = result.text
    if method.variant is not None:
        text += f" With `{method.variant.argument}`: {method.variant.result.text}"
    return text


def _raises(method: Method, errors: ErrorTable, hooks: dict[str, dict[str, str]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}

    def add(name: str, text: str) -> None:
        found.setdefault(name, []).append(text)

    body = method.body
    if method.shortcut and body is not None:
        add("TypeError", f"`{body.argument.name}` is not a mapping.")
    elif body is not None and body.member:
        add("TypeError", f"`{body.argument.name}` is not an integer.")
    elif body is not None:
        if body.checked:
            add(
                "ValidationError",
                "Something is missing in the description; the text is its path. Nothing was sent.",
            )
        add(
            "TypeError",
            "The description, or a value in it, has the wrong type. Nothing was sent.",
        )
        add("JsonError", "The description is a string that is not JSON.")
    if any(one.place == "path" for one in method.arguments):
        add("TypeError", "An id is missing or blank, or the argument has none.")
    if any(one.value.startswith("token_text") for one in method.arguments):
        add("TypeError", "The token is neither a string nor a UUID.")
    if "marker" in method.pagination:
        add("TypeError", "`marker` and `next_marker` differ.")
    for one in method.arguments:
        for name, text in hooks.get(one.hook, {}).items():
            add(name, text)
    for code, sentence in method.errors.items():
        add(errors.exception(code), sentence)
    if not method.errors:
        add("ClientError", "The service refuses the request.")
    return {name: " ".join(dict.fromkeys(texts)) for name, texts in found.items()}
