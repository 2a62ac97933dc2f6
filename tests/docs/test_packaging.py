"""What is packaged, and how a release is made, fits what there is."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from batchcompute.server.commands.main import run
from batchcompute.server.commands.parsers import serve_options

_ROOT = Path(__file__).parents[2]
_PACKAGING = _ROOT / "packaging"
_OPTIONS = {name.split()[0] for name, _ in serve_options()}


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"packaging_{name}", _PACKAGING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sample_configuration_is_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "check", str(_PACKAGING / "service.toml")]) == 0
    assert "is in order" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["batchcompute.service", "Containerfile"])
def test_options_of_packages_are_those_of_serve(name: str) -> None:
    text = (_PACKAGING / name).read_text(encoding="utf-8")
    served = re.findall(r"serve\b(.*(?:\n    .*)*)", text)
    found = {word for line in served for word in re.findall(r"--[a-z-]+", line)}
    assert found
    assert found <= _OPTIONS


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_unit_is_understood_by_systemd() -> None:
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(_PACKAGING / "batchcompute.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    words = [line for line in checked.stderr.splitlines() if "batchcompute.service" in line]
    # It is not installed here.
    assert [line for line in words if "is not executable" not in line] == []


@pytest.mark.parametrize("path", sorted((_ROOT / ".github" / "workflows").glob("*.yml")))
def test_workflow_runs_what_there_is(path: Path) -> None:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    targets = set(re.findall(r"^([a-z-]+):", (_ROOT / "Makefile").read_text(), re.MULTILINE))
    for job in document["jobs"].values():
        assert job["timeout-minutes"] > 0
        for step in job["steps"]:
            script = re.sub(r"\$\{\{.*?\}\}", "", step.get("run", ""))
            for line in re.findall(r"^\s*make (.*)$", script, re.MULTILINE):
                assert {word for word in line.split() if "=" not in word} <= targets
            for file in re.findall(r"packaging/\w+\.py", script):
                assert (_ROOT / file).is_file()


@pytest.mark.parametrize(
    ("tag", "version"),
    [("v3.1.0", "3.1.0"), ("v3.1.0rc1", "3.1.0rc1"), ("v3.1", ""), ("3.1.0", "")],
)
def test_version_is_that_of_the_tag(tag: str, version: str, tmp_path: Path) -> None:
    module: Any = _load("version")
    module._ROOT = tmp_path
    (tmp_path / "batchcompute").mkdir()
    written = tmp_path / "batchcompute" / "_version.py"
    written.write_text('"""Words."""\n\n__version__ = "3.0.0.dev0"\n')
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["version"]
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "batchcompute"\ndynamic = ["version"]\n'
        f'[tool.hatch.version]\npath = "{project["path"]}"\n'
    )
    assert module.main(tag) == (0 if version else 1)
    assert f'"{version or "3.0.0.dev0"}"' in written.read_text()


def test_notes_of_a_release_are_its_section(capsys: pytest.CaptureFixture[str]) -> None:
    module: Any = _load("notes")
    assert module.main("3.0.0") == 0
    assert "### The service" in capsys.readouterr().out
    assert module.main("2.9.9") == 1
