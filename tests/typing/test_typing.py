"""Type checkers accept what users write, and find what they write wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from batchcompute._generated.api.facts.operations import OPERATIONS

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_WRONG = {
    number
    for number, line in enumerate(
        (HERE / "misuses.py").read_text(encoding="utf-8").splitlines(), start=1
    )
    if line.endswith("  # wrong")
}


def _mypy(*arguments: str | Path) -> list[tuple[str, int, str]]:
    """Return file, line and text of what mypy says with the project's settings."""
    # Of each process of the tests its own: one that is slow may keep another out for too long.
    cache = ROOT / ".mypy_cache" / os.environ.get("PYTEST_XDIST_WORKER", "tests")
    options = ("--no-error-summary", "--show-absolute-path", f"--cache-dir={cache}")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    found = [
        re.fullmatch(r"(.+?):(\d+): (?:error|note): (.*)", line)
        for line in done.stdout.splitlines()
    ]
    return [(match[1], int(match[2]), match[3]) for match in found if match is not None]


@pytest.fixture(scope="module")
def pyright_said(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str]]:
    """What pyright says with the project's settings; it runs once, as it starts slowly."""
    folder = tmp_path_factory.mktemp("pyright")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    settings = {
        **project["tool"]["pyright"],
        "include": [str(HERE.relative_to(ROOT))],
        "extraPaths": [str(ROOT)],
    }
    assert settings["typeCheckingMode"] == "strict"
    # Paths in the settings are relative to their file, hence the links.
    (folder / "tests").symlink_to(ROOT / "tests")
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pyright", "--outputjson"),
            *(f"--project={folder}", f"--pythonpath={sys.executable}"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["summary"]["filesAnalyzed"] >= 2, done.stdout
    return [
        (one["file"], one["range"]["start"]["line"] + 1, one["message"])
        for one in answer["generalDiagnostics"]
    ]


def _in(name: str, found: list[tuple[str, int, str]]) -> list[tuple[int, str]]:
    return [(line, text) for file, line, text in found if Path(file).name == name]


def test_mypy_strict_accepts_a_users_program() -> None:
    assert _mypy("--strict", HERE / "program.py") == []


def test_pyright_strict_accepts_a_users_program(
    pyright_said: list[tuple[str, int, str]],
) -> None:
    assert _in("program.py", pyright_said) == []


def test_both_checkers_know_what_each_method_returns(
    pyright_said: list[tuple[str, int, str]],
) -> None:
    assert _mypy("--strict", HERE / "results.py") == []
    assert _in("results.py", pyright_said) == []


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "docs/migration.md"])
def test_programs_of_the_documentation_check(page: str, tmp_path: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    paths = [tmp_path / f"program_{number}.py" for number in range(len(programs))]
    for path, program in zip(paths, programs, strict=True):
        path.write_text(program, encoding="utf-8")

    assert programs
    assert _mypy("--strict", *paths) == []


def test_results_of_all_methods_that_ask_the_service_are_stated() -> None:
    text = (HERE / "results.py").read_text(encoding="utf-8")
    stated = set(re.findall(r"client\.(\w+)\(", text))
    asking = {name for name in OPERATIONS if name != "create_job_sync"}

    assert asking <= stated


def test_mypy_finds_each_misuse_and_nothing_else() -> None:
    found = _mypy("--strict", HERE / "misuses.py")

    assert {line for _, line, _ in found} == _WRONG, found


def test_pyright_finds_each_misuse_and_nothing_else(
    pyright_said: list[tuple[str, int, str]],
) -> None:
    found = _in("misuses.py", pyright_said)

    assert {line for line, _ in found} == _WRONG, found


def _line_of(text: str) -> int:
    lines = (HERE / "misuses.py").read_text(encoding="utf-8").splitlines()
    return lines.index(text) + 1


def test_general_dict_for_a_job_gets_one_message_that_says_what_to_do(
    pyright_said: list[tuple[str, int, str]],
) -> None:
    line = _line_of("client.create_job(content)  # wrong")
    by_mypy = [text for _, number, text in _mypy("--strict", HERE / "misuses.py") if number == line]
    by_pyright = [text for number, text in _in("misuses.py", pyright_said) if number == line]

    for (said,) in (by_mypy, by_pyright):
        assert '"dict[str, Any]"' in said
        assert "AnnotateItOrPassJobDescriptionOfIt" in said


def test_misuses_are_many_enough_to_mean_something() -> None:
    assert len(_WRONG) > 25
