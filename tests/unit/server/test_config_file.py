"""The configuration file: every option of `serve`, and mistakes named with their line."""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.commands import serve_command
from batchcompute.server.commands.main import run
from batchcompute.server.process.config_file import read_config


def _file(folder: Path, text: str) -> Path:
    path = folder / "service.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _shown(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, object]:
    assert run(["config", "show", str(path)]) == 0
    found: dict[str, object] = tomllib.loads(capsys.readouterr().out)["service"]
    return found


def test_options_of_a_file_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _file(
        tmp_path,
        "[service]\nport = 7000\nboot-seconds = 0.5\nstop-instances = true\n"
        'image = ["img-a=ubuntu:22.04"]\nlog-level = "debug"\n',
    )
    assert run(["config", "check", str(path)]) == 0
    capsys.readouterr()
    found = _shown(capsys, path)
    assert found["port"] == 7000
    assert found["boot-seconds"] == 0.5
    assert found["stop-instances"] is True
    assert found["image"] == ["img-a=ubuntu:22.04"]
    assert found["region"] == "cn-hangzhou"


def test_what_is_shown_can_be_read_and_says_where_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, "[service]\nport = 7000\n")
    assert run(["config", "show", str(path)]) == 0
    text = capsys.readouterr().out
    assert "port = 7000  # service.toml" in text
    assert 'host = "127.0.0.1"  # default' in text
    again = _file(tmp_path, text)
    assert run(["config", "check", str(again)]) == 0


def test_secrets_are_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _file(
        tmp_path,
        '[service]\naccess-key = "id:planted"\ndatabase = "postgresql://me:planted@host/name"\n',
    )
    path.chmod(0o600)
    assert run(["config", "show", str(path)]) == 0
    text = capsys.readouterr().out
    assert "planted" not in text
    assert "postgresql://me:***@host/name" in text


@pytest.mark.parametrize(
    ("text", "line", "mistake"),
    [
        ("[service]\n\nprot = 1\n", 3, "service.prot: there is no such option; did you mean port?"),
        ("[service]\nport = 70000\n", 2, "service.port: must be a port, from 0 to 65535"),
        ("[service]\nslots = true\n", 2, "service.slots: it must be a string or a number"),
        ("[service]\nstop-instances = 1\n", 2, "service.stop-instances: it must be true or false"),
        ('[service]\nimage = "img-a=b"\n', 2, "service.image: it must be a list of strings"),
        ('[service]\nisolation = "magic"\n', 2, "it must be one of auto, namespace, process-group"),
        (
            "# words\n[servce]\n",
            2,
            "servce: there is no such table; did you mean service?",
        ),
        ("service.port = 1\nservice.hots = 2\n", 2, "did you mean host?"),
        (
            '[service]\nhost = "a"\naccess-key = "id:x"\n',
            3,
            "other users may read this file: chmod 600",
        ),
        ("service = 3\n", 1, "service: it is a table: write [service]"),
        ("[service]\nport = = 3\n", 0, "at line 2, column 8"),
    ],
)
def test_mistake_is_named_with_its_line(
    text: str, line: int, mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, text)
    path.chmod(0o644)
    assert run(["config", "check", str(path)]) == 1
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert mistake in said
    assert said.startswith(f"error: {path}, line {line}: " if line else f"error: {path}: ")


@pytest.mark.parametrize(
    ("option", "package", "user", "extra"),
    [
        ("metrics = 0", "prometheus_client", "metrics_service", "metrics"),
        ('agents = "local"', "cryptography", "authority", "engine"),
        ('database = "postgresql://host/name"', "psycopg", "", "postgresql"),
        ('objects = "s3://bucket"', "botocore", "", "object-stores"),
        ('log-format = "json"', "pythonjsonlogger.json", "", "local"),
    ],
)
def test_option_whose_package_is_missing_is_refused_with_what_to_install(
    option: str,
    package: str,
    user: str,
    extra: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = _file(tmp_path, f"[service]\ndata = '{tmp_path}'\n{option}\n")
    assert run(["config", "check", str(path)]) == 0
    capsys.readouterr()
    # As if it had never been imported, and could not be.
    monkeypatch.delitem(sys.modules, f"batchcompute.server.process.{user}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    assert run(["config", "check", str(path)]) == 1
    said = capsys.readouterr().err
    assert f"pip install 'batchcompute[{extra}]'" in said
    assert len(said.splitlines()) == 1


def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, "[service]\ntls-cert = 'chain.pem'\n")
    assert run(["config", "check", str(path)]) == 1
    assert "--tls-cert and --tls-key belong together" in capsys.readouterr().err


def test_option_whose_value_may_be_left_out_is_true_or_false(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for said, expected in (
        ("true", "console = true  # service.toml"),
        ("false", "# console is not set"),
        ("8700", "console = 8700  # service.toml"),
    ):
        path = tmp_path / "service.toml"
        path.write_text(f"[service]\nconsole = {said}\n")
        assert run(["config", "check", str(path)]) == 0
        capsys.readouterr()
        assert run(["config", "show", str(path)]) == 0
        assert expected in capsys.readouterr().out.splitlines()


def test_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--config", str(tmp_path / "none.toml")]) == 1
    assert "none.toml: No such file or directory" in capsys.readouterr().err


def test_command_line_is_on_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _file(tmp_path, '[service]\nhost = "203.0.113.1"\nregion = "cn-beijing"\n')
    seen: list[tuple[str, str]] = []

    def serve(options: argparse.Namespace, data: Path, *_: object) -> int:
        del data
        seen.append((options.host, options.region))
        return 0

    monkeypatch.setattr(serve_command, "run", serve)
    assert run(["serve", "--config", str(path)]) == 0
    assert run(["serve", "--config", str(path), "--host", "203.0.113.2"]) == 0
    assert seen == [("203.0.113.1", "cn-beijing"), ("203.0.113.2", "cn-beijing")]


_NAME = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)


@given(
    tables=st.dictionaries(_NAME, st.dictionaries(_NAME, st.integers(0, 9), max_size=4), max_size=4)
)
def test_line_of_every_value_is_found(
    tables: dict[str, dict[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines: list[str] = []
    wanted: dict[tuple[str, ...], int] = {}
    for table, values in tables.items():
        lines.append(f"[{table}]  # words = 1")
        wanted[table,] = len(lines)
        for name, value in values.items():
            lines.append(f"  {name} = {value}")
            wanted[table, name] = len(lines)
    path = tmp_path_factory.getbasetemp() / "lines.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    config = read_config(path, tables)
    assert {key: config.line_of(*key) for key in wanted} == wanted


@pytest.mark.parametrize(
    ("value", "words"),
    [("1" * 5000, "too many digits"), ("[" * 5000 + "]" * 5000, "nested too deeply")],
)
def test_values_beyond_what_can_be_read_are_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], value: str, words: str
) -> None:
    path = _file(tmp_path, f"[service]\nport = {value}\n")
    assert run(["config", "check", str(path)]) == 1
    found = capsys.readouterr()
    assert words in found.out + found.err
    assert "Traceback" not in found.err
