"""The synchronous form of asynchronous source: one is written, the other one follows from it.

Only code changes, token by token. Docstrings and comments are the same in both, so they are written
to be true of both.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize

#: Names that are not simply without their "Async".
_NAMES = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "StopAsyncIteration": "StopIteration",
    "AsyncPager": "ListResponse",
    "_list": "_page",
    "aclose": "close",
    "run_async": "run",
    "in_thread": "directly",
    "asynchronous": "synchronous",
    "asynchronous_methods": "synchronous_methods",
    "asynchronous_raw": "synchronous_raw",
    "_async": "_sync",
}
#: Marks a method that the synchronous form does not have.
_ONLY = "# async only"
_ASYNC = re.compile(r"^(_?)Async(?=[A-Z])")


def synchronous(text: str) -> str:
    """Return the synchronous form of a module.

    `async` and `await` go; `AsyncClient` becomes `Client`, and so do all names of that kind.

    Args:
        text: The source of the asynchronous one.
    """
    text = _without_async_only(text)
    lines = text.splitlines(keepends=True)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
        if token.type != tokenize.NAME:
            continue
        row, start = token.start
        end = token.end[1]
        line = lines[row - 1]
        if token.string in ("async", "await"):
            # The blank behind it goes, too.
            lines[row - 1] = line[:start] + line[end:].lstrip(" ")
        else:
            other = _NAMES.get(token.string, _ASYNC.sub(r"\1", token.string))
            lines[row - 1] = line[:start] + other + line[end:]
    return "".join(lines)


def _without_async_only(text: str) -> str:
    """Leave out the methods that only the asynchronous form has, marked on their first line."""
    lines = text.splitlines(keepends=True)
    for node in reversed(list(ast.walk(ast.parse(text)))):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and _ONLY in lines[node.lineno - 1]
        ):
            del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines)
