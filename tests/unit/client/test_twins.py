"""`Client` is `AsyncClient` without the waiting: derived from it, with the same methods."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from batchcompute import AsyncClient, Client
from batchcompute._generated.api.facts.operations import OPERATIONS
from batchcompute.client import options
from codegen import derived
from codegen.unasync import synchronous

#: Methods that only the asynchronous client has.
_OWN = {"aclose"}


def _public(cls: type) -> dict[str, Any]:
    return {name: value for name, value in inspect.getmembers(cls) if not name.startswith("_")}


# -- the derivation -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("async def f():\n    await g()\n", "def f():\n    g()\n"),
        ("async with a as b: pass\n", "with a as b: pass\n"),
        ("async for x in y: pass\n", "for x in y: pass\n"),
        ("x = [await f(y) async for y in z]\n", "x = [f(y) for y in z]\n"),
        ("return_ = (await f()).x\n", "return_ = (f()).x\n"),
        ("class AsyncClient(AsyncWaiting): ...\n", "class Client(Waiting): ...\n"),
        ("class _AsyncThing(Async): ...\n", "class _Thing(Async): ...\n"),
        ("x: httpx.AsyncClient\n", "x: httpx.Client\n"),
        ("from a._async.b import c\n", "from a._sync.b import c\n"),
        ("from a.asynchronous import run_async\n", "from a.synchronous import run\n"),
        ("async def __aenter__(self): ...\n", "def __enter__(self): ...\n"),
        # Text stays as it is, whatever it says.
        ('"""await AsyncClient"""\nx = "async"  # await\n',) * 2,
        ("awaited = asynchronously = 1\n",) * 2,
    ],
)
def test_synchronous_form_of_code(source: str, expected: str) -> None:
    assert synchronous(source) == expected


def test_synchronous_form_leaves_out_what_is_marked() -> None:
    source = (
        "class A:\n"
        "    async def aclose(self):  # async only\n"
        '        """Close."""\n'
        "        await self.close()\n"
        "\n"
        "    async def close(self): ...\n"
    )

    assert synchronous(source) == "class A:\n\n    def close(self): ...\n"


def test_derived_modules_are_what_their_source_gives() -> None:
    assert list(derived.differences()) == []


def test_derived_modules_are_compared_and_replaced_as_a_whole(tmp_path: Path) -> None:
    derived.write(derived.SOURCE, tmp_path)
    assert list(derived.differences(derived.SOURCE, tmp_path)) == []
    (tmp_path / "stray.py").touch()
    (tmp_path / "raw.py").write_text("", encoding="utf-8")

    extra, diff = derived.differences(derived.SOURCE, tmp_path)
    assert extra == "not generated any more: stray.py"
    assert "+class RawCalls(" in diff

    derived.write(derived.SOURCE, tmp_path)
    assert list(derived.differences(derived.SOURCE, tmp_path)) == []


def test_derived_modules_wait_for_nothing() -> None:
    for path in derived.TARGET.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(derived.HEADER)
        tree = ast.parse(text)
        assert not [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Await | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith)
        ]


# -- what comes of it -----------------------------------------------------------------------------


def test_both_clients_have_the_same_methods() -> None:
    assert set(_public(AsyncClient)) - _OWN == set(_public(Client))
    assert len(_public(Client)) > 50


@pytest.mark.parametrize("name", ["__init__", *sorted(set(_public(Client)) - {"API_VERSION"})])
def test_both_clients_take_the_same_arguments_and_say_the_same(name: str) -> None:
    one, other = getattr(Client, name), getattr(AsyncClient, name)
    if isinstance(one, property):
        one, other = one.fget, other.fget

    own, others = inspect.signature(one).parameters, inspect.signature(other).parameters
    assert [(p.name, p.kind, p.default) for p in own.values()] == [
        (p.name, p.kind, p.default) for p in others.values()
    ]
    assert other.__doc__ == one.__doc__


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_raw_calls_are_all_methods_that_make_one_request(kind: type[Any]) -> None:
    client = kind("http://127.0.0.1:1", "id", "secret")
    raw = client.with_raw_response
    asking = {
        name
        for name, value in _public(kind).items()
        if inspect.isfunction(value)
        and re.search(r"\bcalls\.\w+\(|self\._modify\(", inspect.getsource(value))
    }

    assert set(OPERATIONS) - {"create_job_sync"} < asking
    assert asking == set(_public(type(raw)))
    for name in asking:
        own = inspect.signature(getattr(raw, name)).parameters
        assert list(own) == list(inspect.signature(getattr(client, name)).parameters)
    with pytest.raises(AttributeError, match="'poll' is not an operation"):
        _ = raw.poll


@pytest.mark.parametrize(
    ("kind", "known"),
    [(Client, options.ClientOptions), (AsyncClient, options.AsyncClientOptions)],
)
def test_options_of_from_env_are_the_keywords_of_the_constructor(
    kind: type[Any], known: Any
) -> None:
    parameters = inspect.signature(kind).parameters

    assert {*known.__annotations__} == {*parameters} - {"headers"}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda one: str(one.name))
def test_every_operation_is_a_documented_method(operation: Any) -> None:
    name = "create_job" if operation.name == "create_job_sync" else operation.name
    for kind in (Client, AsyncClient):
        text = inspect.getdoc(getattr(kind, name)) or ""
        assert f"({operation.method} " in text
        assert operation.path.rpartition("/")[2] in text
