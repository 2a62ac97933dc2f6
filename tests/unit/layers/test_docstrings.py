"""Every public name says what it is: modules, functions, classes, and all that classes inherit."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import batchcompute_api.models
import pytest

import batchcompute
import batchcompute.local

_OURS = ("batchcompute", "batchcompute_api")
#: A docstring shorter than this says nothing.
_SHORTEST = 10


def _modules() -> list[str]:
    """Return the modules that programs may import; of the service, what its package offers."""
    found = [
        module.name for module in pkgutil.walk_packages(batchcompute.__path__, "batchcompute.")
    ]
    return ["batchcompute", "batchcompute_api.models"] + [
        name
        for name in found
        if not any(part.startswith("_") for part in name.split("."))
        and not name.startswith("batchcompute.local.")
    ]


def _is_ours(what: Any) -> bool:
    return str(getattr(what, "__module__", "")).partition(".")[0] in _OURS


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
    models = _of(batchcompute_api.models)
    assert {"DAG.add_task", "Configs.add_system_disk", "Job.dump", "Job.items"} <= {*models}
    assert "LocalServer.read_object" in _of(batchcompute.local)


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


def _models() -> list[type[Any]]:
    found = [getattr(batchcompute_api.models, name) for name in batchcompute_api.models.__all__]
    return [each for each in found if getattr(each, "_is_model", False)]


@pytest.mark.parametrize("cls", _models(), ids=lambda cls: str(cls.__name__))
def test_docstring_of_a_resource_names_each_of_its_properties(cls: type[Any]) -> None:
    named = set(re.findall(r"^\s*(\w+): ", inspect.getdoc(cls) or "", re.MULTILINE))

    assert set(cls._fields) <= named
