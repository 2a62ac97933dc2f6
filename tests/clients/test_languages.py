"""The table of languages, and what is made of the machine that it runs on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clients import __main__ as clients
from clients.languages import LANGUAGES

_README = (Path(__file__).parents[2] / "spec" / "README.md").read_text(encoding="utf-8")


def test_table_of_the_readme_has_every_language_and_the_pinned_generators() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]*openapi-[^|]*) \|", _README, flags=re.MULTILINE)
    assert [name for name, _ in rows] == ["TypeScript", *(each.name for each in LANGUAGES)]
    pins = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    for _, tool in rows[1:]:
        assert tool.replace("openapi-generator ", "openapi-generator-cli==") in pins


def test_missing_program_is_skipped_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    assert clients.main(["typescript", "go"]) == 0

    said = capsys.readouterr().out
    assert "typescript: skipped, this machine has no npm (Node.js 20 or newer)" in said
    assert "go: skipped, this machine has no java (a Java runtime)" in said


def test_unexpected_warning_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = (
        "[main] WARN  o.o.c - Failed to get the schema name: null\n[main] WARN  o.o.c - Strange\n"
    )
    monkeypatch.setattr(clients, "_need", lambda program, package: program)
    monkeypatch.setattr(clients, "_jar", lambda: Path("generator.jar"))
    monkeypatch.setattr(clients, "_run", lambda *arguments: said)

    assert clients.main(["ruby"]) == 1

    assert "ruby: openapi-generator: [main] WARN  o.o.c - Strange" in capsys.readouterr().out


def test_unknown_language_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        clients.main(["cobol"])
    assert "there is no client in cobol" in capsys.readouterr().err
