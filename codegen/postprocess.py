"""Text in, text out: what every generated file gets after its generator is done."""

from __future__ import annotations

import re

HEADER = (
    "# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, "
    'then run "make generate".\n'
)


def with_header(text: str) -> str:
    """Put the one header on a Python file, in place of a generator's own.

    Args:
        text: A generated module.

    Returns:
        The module with the header as its first line.
    """
    lines = text.split("\n")
    while lines and lines[0].startswith("#"):
        lines.pop(0)
    return HEADER + "\n" + "\n".join(lines).lstrip("\n")


_EMPTY_DICT = re.compile(r": (?P<type>dict\[.+\]) = field\(factory=dict\b")
_EMPTY_LIST = re.compile(
    r"-> (?P<type>list\[\w+\]) \| None:\n(?P<between>(?:(?!\ndef ).)*?\bresponse_\d+) = \[\]",
    re.DOTALL,
)
_UNCHECKED_DICT = re.compile(r"\.from_dict\(data\)")
_TYPING = "from typing import Any\n"


def with_inner_types(text: str) -> str:
    """Say the types of what an endpoint holds in between, where strict checkers cannot know them.

    Args:
        text: The module of an endpoint, or that of the client of all endpoints.

    Returns:
        The module, in which empty dicts and lists, and dicts of JSON, have their types.
    """
    text = _EMPTY_DICT.sub(r": \g<type> = field(factory=\g<type>", text)
    text = _EMPTY_LIST.sub(r"-> \g<type> | None:\n\g<between>: \g<type> = []", text)
    if _UNCHECKED_DICT.search(text):
        text = _UNCHECKED_DICT.sub('.from_dict(cast("dict[str, Any]", data))', text)
        text = text.replace(_TYPING, "from typing import Any, cast\n", 1)
    return text


_PRIVATE_ARGUMENTS = re.compile(r"\b_get_kwargs\b")


def with_public_arguments(text: str) -> str:
    """Make public what an endpoint builds its request with: clients of another kind need it.

    Args:
        text: The module of an endpoint.

    Returns:
        The module with `get_kwargs` in place of `_get_kwargs`.
    """
    return _PRIVATE_ARGUMENTS.sub("get_kwargs", text)
