"""The two clients are one: the same methods, signatures, docstrings and bodies."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

from batchcompute import AsyncClient, Client
from batchcompute.client import arguments, asynchronous
from batchcompute.client import synchronous as client

#: What the asynchronous client calls differently.
_OTHER = {
    "AsyncListResponse": "ListResponse",
    "AsyncEasyList": "EasyList",
    "httpx.AsyncClient": "httpx.Client",
    "RawCalls[Coroutine[Any, Any, Answer]]": "RawCalls[Answer]",
    "AsyncTransport": "Transport",
    "AsyncClientOptions": "ClientOptions",
    "run_async": "run",
}
#: Methods that only one of them has.
_OWN = {"aclose"}
#: Methods that give something that is used differently.
_DIFFERENT_TEXT = {"easy_list"}


def _public(cls: type) -> dict[str, Any]:
    return {name: value for name, value in inspect.getmembers(cls) if not name.startswith("_")}


def _same(text: str) -> str:
    for name, other in _OTHER.items():
        text = text.replace(name, other)
    return text


def test_twins_have_the_same_methods() -> None:
    assert set(_public(AsyncClient)) - _OWN == set(_public(Client))


@pytest.mark.parametrize("name", ["__init__", *sorted(set(_public(Client)) - {"API_VERSION"})])
def test_twin_method_has_the_same_signature_and_docstring(name: str) -> None:
    one, other = getattr(Client, name), getattr(AsyncClient, name)
    if isinstance(one, property):
        one, other = one.fget, other.fget

    assert _same(str(inspect.signature(other))) == str(inspect.signature(one))
    if name not in _DIFFERENT_TEXT:
        assert other.__doc__ == one.__doc__


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_raw_calls_are_all_methods_that_make_one_request(kind: type[Any]) -> None:
    client = kind("http://127.0.0.1:1", "id", "secret")
    raw = client.with_raw_response
    asking = {
        name
        for name, value in _public(kind).items()
        if inspect.isfunction(value) and "operations." in inspect.getsource(value)
    }

    assert asking == set(_public(type(raw)))
    for name in asking:
        assert callable(getattr(raw, name))
    with pytest.raises(AttributeError, match="'poll' is not an operation"):
        _ = raw.poll


@pytest.mark.parametrize("name", ["create_job", "get_job", "list_jobs"])
def test_raw_call_takes_what_the_method_takes(name: str) -> None:
    client = Client("http://127.0.0.1:1", "id", "secret")
    one, other = getattr(client, name), getattr(client.with_raw_response, name)

    assert list(inspect.signature(other).parameters) == list(inspect.signature(one).parameters)


class _Still(ast.NodeTransformer):
    """Removes what is asynchronous from a syntax tree."""

    def visit_Await(self, node: ast.Await) -> Any:
        return self.visit(node.value)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        self.generic_visit(node)
        return ast.FunctionDef(**{field: getattr(node, field) for field in node._fields})


def _bodies(module: Any, cls: str) -> dict[str, str]:
    tree = _Still().visit(ast.parse(Path(module.__file__).read_text(encoding="utf-8")))
    (found,) = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == cls]
    bodies = {}
    for node in found.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            rest = node.body[1:] if ast.get_docstring(node) is not None else node.body
            bodies[node.name] = _same("\n".join(ast.unparse(line) for line in rest))
    return bodies


@pytest.mark.parametrize(
    ("kind", "options"),
    [(Client, arguments.ClientOptions), (AsyncClient, arguments.AsyncClientOptions)],
)
def test_options_of_from_env_are_the_keywords_of_the_constructor(
    kind: type[Any], options: Any
) -> None:
    parameters = inspect.signature(kind).parameters

    assert {*options.__annotations__} == {*parameters} - {"headers"}


def test_twin_methods_do_the_same() -> None:
    one, other = _bodies(client, "Client"), _bodies(asynchronous, "AsyncClient")
    for name in ("close", *_OWN):
        one.pop(name, None)
        other.pop(name, None)

    assert len(one) > 40
    assert other == one


def test_every_operation_is_named_in_a_docstring() -> None:
    from batchcompute_api.operations import OPERATIONS

    for operation in OPERATIONS.values():
        if operation.name == "create_job_sync":
            continue  # an argument of create_job
        text = inspect.getdoc(getattr(Client, operation.name)) or ""
        assert f"({operation.method} " in text, operation.name
