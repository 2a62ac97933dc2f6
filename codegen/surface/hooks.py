"""The handwritten functions that the contract names where an operation has a quirk."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

_PATH = Path(__file__).parents[2] / "batchcompute" / "_operations" / "hooks.py"


@cache
def documented_errors(path: Path = _PATH) -> dict[str, dict[str, str]]:
    """Return for each hook the exceptions that it raises by itself, and when.

    The module is read and not imported: the code that makes the clients needs none of them.

    Args:
        path: The module of the hooks.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name: _raises(ast.get_docstring(node) or "")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def _raises(doc: str) -> dict[str, str]:
    _, _, section = doc.partition("\nRaises:\n")
    entries = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}
