from __future__ import annotations

from pathlib import Path

import pytest

from batchcompute.cli.catalogue import COMMANDS
from batchcompute.server.accounts.credentials import AccessKey
from batchcompute.server.commands.main import run
from batchcompute.server.commands.parsers import command_options
from batchcompute.server.model.errors import StartError
from batchcompute.server.process.data_folder import Announcement, DataFolder, default_data_folder


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["serve", "--port", "x"],
        ["serve", "--port", "70000"],
        ["serve", "--access-key", "nocolon"],
        ["serve", "--slots", "0"],
        ["serve", "--boot-seconds", "-1"],
        ["serve", "--boot-seconds", "inf"],
        ["serve", "--isolation", "magic"],
        ["serve", "--image", "img-a"],
        ["serve", "--image", "ubuntu=ubuntu"],
        ["serve", "--image", "img-a=--privileged"],
    ],
)
def test_wrong_usage_is_one_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run(arguments)
    assert caught.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert "nocolon" not in shown.err


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["serve", "--prot", "1"], "--port"),
        (["keys", "list", "--dtaa=x"], "--data"),
        (["backup", "--without-objcts", "x"], "--without-objects"),
        # An abbreviation is not one of a known option by chance.
        (["serve", "--lease", "9"], "--lease-seconds"),
        # So it is with commands, and with values that are words.
        (["sevre"], "serve"),
        (["keys", "lsit"], "list"),
        (["serve", "--isolation", "namespcae"], "namespace"),
        (["agent", "--data", "x", "--join", "https://h:1", "--data-dir", "x"], "--data-dir"),
    ],
)
def test_misspelt_words_say_which_may_be_meant(
    arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.endswith(f"; did you mean {meant}?\n")


def test_every_command_of_the_service_is_one_of_batchcompute() -> None:
    names = {name.split()[0] for name, _, _ in command_options()}

    assert {"backup", "restore", "config", "pools", "agent"} <= names
    assert names <= {command.name for command in COMMANDS}


def test_env_without_a_server_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "--data", str(tmp_path / "none")]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no server is running" in shown.err
    assert f"serve --data {tmp_path / 'none'}\n" in shown.err


def test_env_quotes_for_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = DataFolder(tmp_path)
    folder.create()
    folder.lock()
    folder.store_key(AccessKey("id", "it's; secret"))
    folder.announce(Announcement("http://127.0.0.1:1", "http://127.0.0.1:2", "cn-beijing"))
    assert run(["env", "--data", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "export BATCHCOMPUTE_ENDPOINT=http://127.0.0.1:1"
    assert lines[2] == "export ALIBABA_CLOUD_ACCESS_KEY_SECRET='it'\"'\"'s; secret'"
    assert "export OSS_ENDPOINT=http://127.0.0.1:2" in lines
    assert "export OSS_REGION=cn-beijing" in lines
    folder.unlock()
    # What a server that was killed left behind is not taken for a running one.
    assert run(["env", "--data", str(tmp_path)]) == 1


def test_default_folder_follows_the_users_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert default_data_folder({}) == Path("/home/someone/.local/state/batchcompute")
    named = {"XDG_STATE_HOME": "/state", "BATCHCOMPUTE_DATA": "/named"}
    assert default_data_folder(named) == Path("/named")
    assert default_data_folder({"XDG_STATE_HOME": "/state"}) == Path("/state/batchcompute")
    # The convention says that a relative path is to be ignored.
    assert default_data_folder({"XDG_STATE_HOME": "state"}).is_absolute()


def test_folder_is_taken_once(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.create()
    first.lock()
    with pytest.raises(StartError, match="another server"):
        second.lock()
    first.unlock()
    second.lock()
    second.unlock()


def test_damaged_credentials_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("half-written", encoding="utf-8")
    with pytest.raises(StartError, match="cannot be read") as caught:
        DataFolder(tmp_path).access_key()
    assert "half-written" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "id", "id:", ":secret", "i d:secret"])
def test_access_key_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ID:SECRET"):
        AccessKey.parse(text)


def test_generated_keys_differ() -> None:
    one, two = AccessKey.generate(), AccessKey.generate()
    assert one != two
    assert AccessKey.parse(f"{one.key_id}:{one.secret}") == one


def test_certificate_without_its_key_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "--data", str(tmp_path), "--tls-cert", "cert.pem"]) == 1
    assert "--tls-cert and --tls-key belong together" in capsys.readouterr().err


def test_file_that_holds_no_token_is_named_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "key.pem"
    wrong.write_text("-----BEGIN PRIVATE KEY-----\nMIIE\n")
    options = ["--token-file", str(wrong), "--data-dir", str(tmp_path / "agent")]
    assert run(["agent", "--join", "https://127.0.0.1:1", *options]) == 1
    said = capsys.readouterr()
    assert "key.pem holds no token" in said.err
    assert "MIIE" not in said.err + said.out
