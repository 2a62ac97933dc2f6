"""The generated tree as a whole: the same bytes always, compared and swapped safely."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen import client, tree
from codegen.__main__ import main
from codegen.document import SpecError, digest
from codegen.postprocess import HEADER
from codegen.ruff import run_ruff

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec" / "openapi.yaml"
GENERATED = ROOT / "batchcompute" / "_generated"


def _contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.slow
def test_two_generations_with_different_hash_seeds_are_identical(
    generated: Path, generated_again: Path
) -> None:
    first, second = map(_contents, (generated, generated_again))

    assert len(first) > 80
    assert first == second
    assert list(tree.compare(generated, generated_again)) == []


def test_committed_tree_is_what_the_specification_gives(generated: Path) -> None:
    """It was made by a process that hashed in another way, as chance would have it."""
    assert len(_contents(generated)) > 80
    assert list(tree.compare(generated, GENERATED)) == []


def test_manifest_names_the_specification_and_the_tools() -> None:
    manifest = json.loads((GENERATED / "MANIFEST.json").read_text(encoding="utf-8"))

    assert manifest["spec_sha256"] == digest(SPEC)
    assert set(manifest) == {
        "spec_sha256",
        "openapi-python-client",
        "datamodel-code-generator",
        "ruff",
    }


def test_every_generated_module_has_the_one_header() -> None:
    modules = list(GENERATED.rglob("*.py"))

    assert len(modules) > 80
    for module in modules:
        assert module.read_text(encoding="utf-8").startswith(HEADER), module
    packages = {path.parent.name for path in GENERATED.glob("*/__init__.py")}
    assert packages == {"api", "schemas", "types"}


def test_nothing_volatile_is_in_the_tree(generated: Path) -> None:
    for name, content in _contents(generated).items():
        assert str(generated.parent).encode() not in content, name
        assert str(ROOT).encode() not in content, name


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    target = tmp_path / "generated"
    shutil.copytree(GENERATED, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def test_compare_notices_missing_extra_and_edited_files(generated: Path, copied: Path) -> None:
    (copied / "api" / "models" / "dag.py").unlink()
    (copied / "api" / "models" / "stray.py").write_text("", encoding="utf-8")
    edited = copied / "types" / "__init__.py"
    edited.write_text(
        edited.read_text(encoding="utf-8").replace("class Topic", "class Tropic"), encoding="utf-8"
    )
    (copied / "MANIFEST.json").write_bytes(b"{}\n")
    (copied / "api" / "__pycache__").mkdir()
    (copied / "api" / "__pycache__" / "x.pyc").write_bytes(b"\0")

    missing, extra, *diffs = tree.compare(generated, copied)

    assert missing == "missing: api/models/dag.py"
    assert extra == "not generated any more: api/models/stray.py"
    assert len(diffs) == 2
    assert "--- MANIFEST.json (in the tree)" in diffs[0]
    assert "-class Tropic(TypedDict):\n+class Topic(TypedDict):" in diffs[1]


def test_compare_with_no_tree_at_all_misses_everything(generated: Path, tmp_path: Path) -> None:
    found = list(tree.compare(generated, tmp_path / "none"))

    assert len(found) == len(_contents(generated))
    assert all(one.startswith("missing: ") for one in found)


@pytest.fixture
def small_spec(tmp_path: Path, small: dict[str, Any]) -> Path:
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(small), encoding="utf-8")
    return path


@pytest.fixture
def clean_spec(tmp_path: Path) -> Path:
    """A small specification that the lint finds nothing in, as the commands want it."""
    shutil.copytree(ROOT / "tests" / "spec" / "small", tmp_path / "spec")
    return tmp_path / "spec" / "openapi.yaml"


def test_commands_generate_then_check_then_check_after_an_edit(
    clean_spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out"
    arguments = [f"--spec={clean_spec}", f"--output={target}"]

    assert main(["generate", *arguments]) == 0
    capsys.readouterr()
    (target / "MANIFEST.json").write_text("{}", encoding="utf-8")
    before = _contents(target)
    assert main(["check", *arguments]) == 1

    printed = capsys.readouterr()
    assert "+++ MANIFEST.json (from the specification)" in printed.out
    assert printed.out.endswith('1 difference(s): run "make generate" and commit the result\n')
    assert _contents(target) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "spec"]


def test_command_check_of_the_right_tree_prints_one_line(
    clean_spec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "out"
    monkeypatch.setattr("codegen.__main__.differences", lambda spec, output: iter(()))

    assert main(["check", f"--spec={clean_spec}", f"--output={target}"]) == 0
    assert capsys.readouterr().out == f"{target} is what {clean_spec} gives\n"


@pytest.mark.parametrize("command", ["generate", "check"])
def test_command_with_a_bad_specification_says_why_and_changes_nothing(
    command: str, clean_spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean_spec.write_text(
        clean_spec.read_text(encoding="utf-8").replace("get_thing", "getThing"), encoding="utf-8"
    )
    target = tmp_path / "out"
    target.mkdir()
    (target / "kept").touch()

    assert main([command, f"--spec={clean_spec}", f"--output={target}"]) == 2

    assert "operation-id: The operationId 'getThing' must be" in capsys.readouterr().err
    assert [path.name for path in target.iterdir()] == ["kept"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "spec"]


def test_generate_replaces_the_whole_tree(small_spec: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "stale.py").touch()

    tree.generate(small_spec, target)

    assert not (target / "stale.py").exists()
    assert (target / "api" / "models" / "thing.py").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["openapi.yaml", "out"]


def test_generate_that_cannot_swap_puts_the_old_tree_back(
    small_spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "kept").touch()
    rename = Path.rename

    def refuse(self: Path, other: Path) -> Path:
        if self.name == "fresh":
            raise OSError("the disk is full")
        return rename(self, other)

    def build(spec: Path, made: Path) -> None:
        made.mkdir()

    monkeypatch.setattr(tree, "build", build)
    monkeypatch.setattr(Path, "rename", refuse)

    with pytest.raises(OSError, match="the disk is full"):
        tree.generate(small_spec, target)

    assert [path.name for path in target.iterdir()] == ["kept"]


def test_generate_without_the_formatter_fails_and_keeps_the_old_tree(
    clean_spec: Path, tmp_path: Path
) -> None:
    # A package that cannot be run stands before the real one, as if that were not installed.
    fake = tmp_path / "path" / "ruff"
    fake.mkdir(parents=True)
    (fake / "__init__.py").touch()
    target = tmp_path / "out"
    target.mkdir()
    (target / "kept").touch()

    done = subprocess.run(
        [
            *(sys.executable, "-m", "codegen", "generate"),
            *(f"--spec={clean_spec}", f"--output={target}"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(fake.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("error: ruff check: ")
    assert "ruff.__main__" in done.stderr
    assert [path.name for path in target.iterdir()] == ["kept"]


def test_formatter_that_complains_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("def (:\n", encoding="utf-8")

    with pytest.raises(SpecError, match="ruff"):
        run_ruff(tmp_path)


def test_formatter_uses_no_configuration_of_the_surroundings(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("line-length = 20\n", encoding="utf-8")
    module = tmp_path / "x.py"
    module.write_text('x = ["aaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbb"]\n', encoding="utf-8")

    run_ruff(tmp_path)

    assert module.read_text(encoding="utf-8").count("\n") == 1
    assert not (tmp_path / ".ruff_cache").exists()


def test_build_operation_that_cannot_be_a_method_is_an_error(
    small: dict[str, Any], tmp_path: Path
) -> None:
    operation = small["paths"]["/things/{ThingId}"]["get"]
    content = {"application/xml": {"schema": {"type": "string"}}}
    operation["requestBody"] = {"content": content}

    with pytest.raises(SpecError, match="get_thing: the body must be a named component in JSON"):
        client.build(small, tmp_path / "api")


def test_build_any_warning_of_the_model_generator_is_an_error(
    small: dict[str, Any], tmp_path: Path
) -> None:
    small["components"]["schemas"]["Inner"]["properties"]["Size"]["format"] = "odd"
    spec = tmp_path / "openapi.yaml"
    spec.write_text(yaml.safe_dump(small), encoding="utf-8")

    with pytest.raises(SpecError, match="format of 'odd' not understood"):
        tree.build(spec, tmp_path / "out")


def test_build_document_that_is_no_openapi_is_an_error(
    small: dict[str, Any], tmp_path: Path
) -> None:
    small["openapi"] = "2.0"

    with pytest.raises(SpecError, match="openapi-python-client"):
        client.build(small, tmp_path / "api")


def test_build_schema_whose_class_gets_another_name_is_an_error(
    small: dict[str, Any], tmp_path: Path
) -> None:
    schemas = small["components"]["schemas"]
    schemas["lower_case"] = schemas["Inner"]
    schemas["Thing"]["properties"]["Inner"] = {"$ref": "#/components/schemas/lower_case"}

    with pytest.raises(SpecError, match="the generator made no class of lower_case"):
        client.build(small, tmp_path / "api")
