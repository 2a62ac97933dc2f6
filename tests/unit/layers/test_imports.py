"""Who may import whom, and what an import costs: the layers of the design, checked."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]

#: The rooms of the SDK, lowest first: each may import those before it, and none after it.
_ROOMS = (
    "batchcompute._generated.api.facts",
    "batchcompute._models",
    "batchcompute._generated.api.models",
    "batchcompute._http",
    "batchcompute._operations",
    "batchcompute._generated.api.responses",
    "batchcompute._generated.api.operations",
    "batchcompute._waiting",
    "batchcompute._objects",
    "batchcompute._logs",
    "batchcompute.client",
    "batchcompute.legacy",
    "batchcompute.cli",
)
#: Room -> what is besides its own affair.
_ALIEN: dict[str, tuple[str, ...]] = {
    "batchcompute._generated.api.facts": ("batchcompute", "httpx", "attrs"),
    "batchcompute._models": ("httpx",),
    "batchcompute._generated.api.models": ("httpx",),
    "batchcompute._operations": ("httpx",),
    "batchcompute._generated.api.responses": ("httpx",),
    "batchcompute._generated.api.operations": ("httpx",),
    "batchcompute._waiting": ("httpx",),
    "batchcompute.legacy": ("httpx",),
    "batchcompute.cli": ("httpx", "attrs", "batchcompute.legacy", "batchcompute._generated"),
}
#: Old import paths; they lead somewhere, and nothing else.
_SHIMS = (
    "batchcompute.core",
    "batchcompute.utils",
    "batchcompute.local",
    "batchcompute.client.client",
    "batchcompute.client.disk",
    "batchcompute.client.response",
)
_SDK = tuple(room for room in _ROOMS if "._generated." not in room)
_ABOVE_EXECUTORS = tuple(
    f"batchcompute.server.{layer}"
    for layer in ("api", "rules", "scheduler", "store", "process", "commands", "notifications")
)
#: Folder or file besides the rooms -> what it must not import.
_FORBIDDEN: dict[str, tuple[str, ...]] = {
    "batchcompute/_locks.py": ("batchcompute", "httpx", "attrs"),
    # Both command lines have it, of the client and of the service, so it knows neither.
    "batchcompute/_option_parser.py": ("batchcompute", "httpx", "attrs"),
    "batchcompute/exceptions.py": ("batchcompute", "httpx", "attrs"),
    "batchcompute/regions.py": ("batchcompute", "httpx", "attrs"),
    "batchcompute/config.py": ("httpx", "batchcompute._generated", *_SDK),
    "batchcompute/retry.py": ("httpx", "batchcompute._generated", *_SDK),
    "batchcompute/resources/": ("httpx", *_SDK),
    "batchcompute/server/": (
        "batchcompute.client",
        "batchcompute.resources",
        "batchcompute.legacy",
        "batchcompute.config",
        *(room for room in _SDK if room.startswith("batchcompute._")),
        "batchcompute._locks",
        "batchcompute._generated.api",
        "batchcompute._generated.types",
        "httpx",
    ),
    "batchcompute/server/explain/": (
        "batchcompute.server.api",
        "batchcompute.server.rules",
        "batchcompute.server.scheduler",
        "batchcompute.server.executors",
        "batchcompute.server.process",
        "batchcompute.server.commands",
    ),
    "batchcompute/server/accounts/": (
        "batchcompute.server.executors",
        "batchcompute.server.console",
        *_ABOVE_EXECUTORS,
    ),
    # What a service does for itself knows its rules, and nothing of those who ask.
    "batchcompute/server/housekeeping/": (
        "batchcompute.server.api",
        "batchcompute.server.executors",
        "batchcompute.server.process",
        "batchcompute.server.commands",
    ),
    "batchcompute/server/story/": (
        "batchcompute.server.api",
        "batchcompute.server.rules",
        "batchcompute.server.executors",
        "batchcompute.server.process",
        "batchcompute.server.commands",
    ),
    # Options and answers of commands are not for the service, which programs start as well.
    "batchcompute/server/process/": ("batchcompute.server.commands",),
    # The console stands beside the API, on the same rules.
    "batchcompute/server/console/": (
        "batchcompute.server.process",
        "batchcompute.server.commands",
        "batchcompute.server.executors.embedded",
    ),
    "batchcompute/server/executors/attempt/": (
        "batchcompute.server.executors.agent",
        "batchcompute.server.executors.embedded",
        *_ABOVE_EXECUTORS,
    ),
    "batchcompute/server/executors/agent/": (
        "batchcompute.server.executors.embedded",
        *_ABOVE_EXECUTORS,
    ),
    "batchcompute/server/executors/embedded/": _ABOVE_EXECUTORS,
    "batchcompute/_generated/types/": ("batchcompute", "httpx", "attrs", "pydantic"),
    "batchcompute/_generated/schemas/": ("batchcompute", "httpx", "attrs"),
    "codegen/": ("batchcompute.",),
}
#: The version number is nobody's secret.
_ALWAYS_ALLOWED = ("batchcompute._version",)


@cache
def _imports(path: Path) -> list[str]:
    """Return the modules that a file imports when it runs; type-checking blocks do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[ast.AST] = set()
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _is_for_type_checkers(node.test):
            skipped.update(inner for branch in node.body for inner in ast.walk(branch))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                found.append(f"{node.module}.{alias.name}")
    return found


def _is_for_type_checkers(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _is_below(module: str, prefix: str) -> bool:
    if prefix.endswith(("_", ".")):
        return module.startswith(prefix)
    return module == prefix or module.startswith(prefix + ".")


def _wrong(paths: list[Path], forbidden: tuple[str, ...]) -> list[str]:
    assert paths
    return [
        f"{path.relative_to(_ROOT)} imports {module}"
        for path in paths
        for module in _imports(path)
        if any(_is_below(module, prefix) for prefix in forbidden)
        and not any(_is_below(module, prefix) for prefix in _ALWAYS_ALLOWED)
    ]


def _files(module: str) -> list[Path]:
    """Return the files of a module or package, without those that are only old import paths."""
    place = _ROOT / module.replace(".", "/")
    found = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return [path for path in found if module in _SHIMS or not _is_shim(path)]


def _is_shim(path: Path) -> bool:
    name = ".".join(path.relative_to(_ROOT).with_suffix("").parts)
    return any(_is_below(name, shim) for shim in _SHIMS)


@pytest.mark.parametrize("room", _ROOMS)
def test_room_imports_only_rooms_below_it(room: str) -> None:
    above = _ROOMS[_ROOMS.index(room) + 1 :]

    service = () if room == "batchcompute.cli" else ("batchcompute.server",)

    assert _wrong(_files(room), (*above, *service, *_ALIEN.get(room, ()))) == []


def test_command_line_knows_of_the_service_only_where_it_runs() -> None:
    """It reads the data folder for address and key, and starts the service; it asks by the API."""
    found = [
        (path.name, module)
        for path in _files("batchcompute.cli")
        for module in _imports(path)
        if _is_below(module, "batchcompute.server")
    ]

    assert {name for name, _ in found} == {"place.py", "service.py"}
    assert (
        _wrong(sorted((_ROOT / "batchcompute/server").rglob("*.py")), ("batchcompute.cli",)) == []
    )


def test_help_of_the_command_line_loads_no_client_and_no_parser() -> None:
    loaded = _loaded_after("from batchcompute.cli.main import main; assert main(['--help']) == 0")

    assert not loaded & {"argparse", "httpx", "h11", "ssl", "attrs", "batchcompute.client", "fcntl"}


def test_search_for_a_service_of_this_machine_loads_none_of_its_libraries() -> None:
    loaded = _loaded_after("import batchcompute.server.process.data_folder")

    assert not loaded & {"fsspec", "sqlalchemy", "starlette", "pydantic", "httpx"}


def test_command_loads_only_what_it_needs() -> None:
    loaded = _loaded_after(
        "from batchcompute.cli.main import main; assert main(['jobs', '-h']) == 0"
    )

    assert not loaded & {"httpx", "ssl", "rich", "yaml", "batchcompute.client"}
    assert "batchcompute.cli.commands.submit" not in loaded


@pytest.mark.parametrize(("place", "forbidden"), _FORBIDDEN.items(), ids=list(_FORBIDDEN))
def test_layer_imports_nothing_from_above(place: str, forbidden: tuple[str, ...]) -> None:
    paths = [_ROOT / place] if place.endswith(".py") else sorted((_ROOT / place).rglob("*.py"))

    assert _wrong(paths, forbidden) == []


def test_nothing_is_built_on_the_old_import_paths() -> None:
    paths = [path for path in (_ROOT / "batchcompute").rglob("*.py") if not _is_shim(path)]

    assert _wrong(sorted(paths), _SHIMS) == []


@pytest.mark.parametrize("shim", _SHIMS)
def test_old_import_path_only_leads_elsewhere(shim: str) -> None:
    for path in _files(shim):
        code = [
            node
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr | ast.If | ast.Assign)
        ]
        assert [ast.unparse(node) for node in code] == [], path


def _loaded_after(code: str) -> set[str]:
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd="/"
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_of_the_package_loads_nothing_heavy() -> None:
    loaded = _loaded_after("import batchcompute")

    own = {name for name in loaded if name.split(".")[0].startswith("batchcompute")}
    assert own == {"batchcompute", "batchcompute._version"}
    assert not loaded & {"httpx", "attr", "attrs", "ssl", "asyncio", "starlette", "pydantic"}


def test_import_of_the_resources_loads_no_http_library() -> None:
    loaded = _loaded_after("from batchcompute.resources import JobDescription; JobDescription()")

    assert not loaded & {"httpx", "ssl", "asyncio", "starlette", "pydantic"}
    assert "batchcompute._generated.api.models.job_description" in loaded
    assert "batchcompute._generated.api.models.image_description" not in loaded


@pytest.mark.parametrize(
    "code",
    [
        "from batchcompute.utils import set_log_level, get_logger; set_log_level('ERROR')",
        "from batchcompute.core.exceptions import ClientError",
        "from batchcompute.core import ClientError",
        "from batchcompute.utils.functions import ConfigError",
        "from batchcompute.client.response import Job; Job({})",
    ],
)
def test_old_import_paths_load_no_http_library(code: str) -> None:
    assert not _loaded_after(code) & {"httpx", "ssl", "asyncio", "starlette", "pydantic"}


def test_client_loads_httpx_only_where_it_sends_with_it() -> None:
    made = "from batchcompute import Client; Client('cn-beijing', 'id', 'secret')"
    plain = f"import os; os.environ.clear(); {made}"

    # All that a request needs is loaded: an import that a thread has begun does not survive a fork.
    assert "httpx" not in _loaded_after(plain)
    assert "h11" in _loaded_after(plain)
    behind = f"import os; os.environ['HTTPS_PROXY'] = 'http://p:1'; {made}"
    assert "httpx" in _loaded_after(behind)


def test_client_loads_nothing_of_the_service() -> None:
    loaded = _loaded_after(
        "from batchcompute import Client; Client('cn-beijing', 'id', 'secret').get_regions()"
    )

    assert not loaded & {"starlette", "pydantic", "sqlalchemy", "uvicorn", "fsspec"}
    assert not [name for name in loaded if name.startswith("batchcompute.server")]


def test_import_of_the_service_package_loads_nothing() -> None:
    loaded = _loaded_after("import batchcompute.server")

    assert not loaded & {"starlette", "pydantic", "sqlalchemy", "uvicorn"}


@pytest.mark.parametrize(
    "code",
    [
        "import batchcompute; batchcompute.client.Client; batchcompute.resources.DAG",
        "import batchcompute; batchcompute.CN_SHENZHEN; batchcompute.ClientError",
        "from batchcompute import *; Client; CN_QINGDAO; FieldError",
        "from batchcompute.client import Client",
        "from batchcompute.client.client import Client",
        "from batchcompute.client.response import GetResponse, JobResponse",
        "from batchcompute.resources.cluster import Mounts, MountEntry, SystemDisk",
        "from batchcompute.resources.job import JobDescription, Docker, Config",
        "from batchcompute.resources.app import AppDescription, Docker, Config",
        "from batchcompute.resources.image import ImageDescription",
        "from batchcompute import JSONError, JsonError; assert JSONError is JsonError",
    ],
)
def test_import_path_of_programs_works_on_its_own(code: str) -> None:
    assert "batchcompute" in _loaded_after(code)


def test_names_of_the_package_are_all_there() -> None:
    import batchcompute

    assert set(batchcompute.__all__) <= set(dir(batchcompute))
    for name in batchcompute.__all__:
        assert getattr(batchcompute, name) is not None
    with pytest.raises(AttributeError):
        _ = batchcompute.Nothing  # type: ignore[attr-defined]


def test_names_of_the_resources_are_all_there() -> None:
    from batchcompute import resources

    for name in resources.__all__:
        assert getattr(resources, name)._is_model
    assert set(resources.__all__) <= set(dir(resources))
    assert resources.InputParameter is resources.OutputParameter
    assert resources.Quotas is resources.Quota
    with pytest.raises(AttributeError):
        _ = resources.Nothing  # type: ignore[attr-defined]


def test_types_are_the_typed_dicts_and_literals_and_nothing_else() -> None:
    import typing

    from batchcompute import types

    names = {name for name in vars(types) if not name.startswith("_")}
    assert {"JobDescription", "JobState", "AppScope"} <= names
    assert not names & {"Any", "Literal", "TypedDict", "annotations"}
    assert "Finished" in typing.get_args(types.JobState)
