"""Text in, text out: what every generated file gets after its generator is done."""

from __future__ import annotations

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
