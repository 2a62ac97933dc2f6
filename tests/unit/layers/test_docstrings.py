"""Every public name says what it is: modules, functions, classes, and all that classes inherit."""

from __future__ import annotations

import builtins
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import batchcompute
import batchcompute._generated.api.models
import batchcompute.server

#: A docstring shorter than this says nothing.
_SHORTEST = 10


def _modules() -> list[str]:
    """Return the modules that programs may import; of the service, what its package offers."""
    found = [
        module.name for module in pkgutil.walk_packages(batchcompute.__path__, "batchcompute.")
    ]
    return ["batchcompute", "batchcompute._generated.api.models"] + [
        name
        for name in found
        if not any(part.startswith("_") for part in name.split("."))
        and not name.startswith("batchcompute.server.")
    ]


def _is_ours(what: Any) -> bool:
    return str(getattr(what, "__module__", "")).partition(".")[0] == "batchcompute"


def _names(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the public functions and classes of a module, also those that load on demand."""
    names = {name for name, value in vars(module).items() if _is_ours(value)}
    for name in sorted(names.union(getattr(module, "__all__", ()))):
        value = getattr(module, name)
        if not name.startswith("_") and (inspect.isclass(value) or inspect.isfunction(value)):
            yield name, value


def _members(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties of a class, also those of its bases of ours."""
    for name, value in inspect.getmembers_static(cls):
        target = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if not name.startswith("_") and inspect.isfunction(target) and _is_ours(target):
            # The attribute's own docstring, or that of what it overrides.
            yield name, value if isinstance(value, property) else getattr(cls, name)


def _says_nothing(what: Any) -> bool:
    return len(inspect.getdoc(what) or "") < _SHORTEST


def _of(module: ModuleType) -> dict[str, Any]:
    found: dict[str, Any] = {module.__name__: module}
    for name, value in _names(module):
        found[name] = value
        if inspect.isclass(value) and _is_ours(value):
            found.update((f"{name}.{member}", it) for member, it in _members(value))
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", _modules())
def test_public_names_of_a_module_have_docstrings(name: str) -> None:
    found = _of(importlib.import_module(name))

    assert [name for name, what in found.items() if _says_nothing(what)] == []


def test_names_are_found_wherever_they_are_defined() -> None:
    package = _of(batchcompute)
    assert {"Client.get_job", "AsyncClient.aclose", "Client.version", "WaitTimeoutError"} <= {
        *package
    }
    models = _of(batchcompute._generated.api.models)
    assert {"DAG.add_task", "Configs.add_system_disk", "Job.dump", "Job.items"} <= {*models}
    assert "LocalServer.read_object" in _of(batchcompute.server)


def test_silence_is_noticed() -> None:
    class Silent:
        def method(self) -> None: ...

        @property
        def value(self) -> int:
            return 1

    Silent.__module__ = "batchcompute"
    Silent.method.__module__ = "batchcompute"
    assert _says_nothing(Silent)
    (found,) = (it for name, it in _members(Silent) if name == "method")
    assert _says_nothing(found)


def _sections(what: Any) -> list[tuple[str, str]]:
    """Return the sections of a docstring with their titles."""
    parts = re.split(r"^(Args|Returns|Raises):\n", inspect.getdoc(what) or "", flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _lacks(method: Any) -> list[str]:
    """Name what the docstring of a client's method leaves out: arguments, result or errors.

    A section that stands twice is named as well: one of the two is out of date.
    """
    found = _sections(method)
    sections = dict(found)
    twice = [title for number, (title, _) in enumerate(found) if title in dict(found[:number])]
    signature = inspect.signature(method)
    said = set(re.findall(r"^    \*{0,2}(\w+): \S", sections.get("Args", ""), re.MULTILINE))
    lacks = [name for name in signature.parameters if name != "self" and name not in said]
    if signature.return_annotation != "None" and not sections.get("Returns", "").strip():
        lacks.append("Returns")
    # What sends a request, waits for one, or stores a value that may be wrong.
    may_fail = re.search(r"operations\.|_waiting|Query\(|\.value = ", inspect.getsource(method))
    errors = re.findall(r"^    (\w+): \S", sections.get("Raises", ""), re.MULTILINE)
    if may_fail and not errors:
        lacks.append("Raises")
    return lacks + twice + [name for name in errors if not issubclass(_error(name), Exception)]


def _error(name: str) -> Any:
    return getattr(batchcompute, name, None) or getattr(builtins, name)


_METHODS = [
    pytest.param(method, id=f"{cls.__name__}.{name}")
    for cls in (batchcompute.Client, batchcompute.AsyncClient)
    for name, method in _members(cls)
    if not isinstance(method, property) and name not in ("close", "aclose")
]


@pytest.mark.parametrize("method", _METHODS)
def test_docstring_of_a_clients_method_says_what_goes_in_what_comes_out_and_what_goes_wrong(
    method: Any,
) -> None:
    assert _lacks(method) == []


def test_gaps_in_a_docstring_are_noticed() -> None:
    class Client:
        def get(self, job: str, *rest: int) -> Any:
            """Get it.

            Args:
                job: The job.
            """
            return run(operations.get(job))  # type: ignore[name-defined]  # noqa: F821

        def stop(self, job: str) -> None:
            """Stop it.

            Args:
                job: The job.

            Raises:
                NotFoundError: There is none.
            """
            operations.stop(job)  # type: ignore[name-defined]  # noqa: F821

        def wait(self) -> None:
            """Wait for it."""
            from batchcompute._waiting import waiters  # noqa: F401

        def poll(self) -> None:
            """Wait for it.

            Raises:
                NotFoundError: There is none.

            Raises:
                ClientError: The service refused.
            """

    assert _lacks(Client.get) == ["rest", "Returns", "Raises"]
    assert _lacks(Client.stop) == []
    assert _lacks(Client.wait) == ["Raises"]
    assert _lacks(Client.poll) == ["Raises"]
    assert len(_METHODS) > 90


def _models() -> list[type[Any]]:
    found = [
        getattr(batchcompute._generated.api.models, name)
        for name in batchcompute._generated.api.models.__all__
    ]
    return [each for each in found if getattr(each, "_is_model", False)]


@pytest.mark.parametrize("cls", _models(), ids=lambda cls: str(cls.__name__))
def test_docstring_of_a_resource_names_each_of_its_properties(cls: type[Any]) -> None:
    named = set(re.findall(r"^\s*(\w+): ", inspect.getdoc(cls) or "", re.MULTILINE))

    assert set(cls._fields) <= named
