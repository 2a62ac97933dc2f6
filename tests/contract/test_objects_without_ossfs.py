"""Logs, uploads and downloads of the client where no library for objects is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchcompute import Client
from batchcompute._objects.files import ObjectFiles
from batchcompute.exceptions import ConfigError
from batchcompute.server import LocalServer
from batchcompute.storage import open_storage


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(boot_seconds=0) as running:
        yield running


@pytest.fixture
def files(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectFiles]:
    monkeypatch.setitem(sys.modules, "ossfs", None)
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    found = open_storage()
    assert isinstance(found, ObjectFiles)
    yield found
    found.close()


def test_client_moves_files_without_another_library(
    server: LocalServer, files: ObjectFiles, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "ü x.txt").write_text("text")
    with Client(server.endpoint, server.access_key_id, server.access_key_secret) as client:
        client.upload(tmp_path / "a" / "ü x.txt", "oss://moved/in/")
        client.upload_package(tmp_path / "a", "oss://moved/a.tar.gz")
        got = client.download("oss://moved/in/ü x.txt", tmp_path)

    assert got.read_text() == "text"
    assert server.read_object("oss://moved/in/ü x.txt") == b"text"
    assert server.read_object("oss://moved/a.tar.gz")[:2] == b"\x1f\x8b"


def test_parts_of_objects_are_read(files: ObjectFiles) -> None:
    files.pipe_file("parts/x", b"0123456789")

    assert files.cat_file("parts/x") == b"0123456789"
    assert files.cat_file("parts/x", 4) == b"456789"
    assert files.cat_file("parts/x", 4, 6) == b"45"
    assert files.cat_file("parts/x", 8, 99) == b"89"
    assert files.cat_file("parts/x", 10, 99) == b""
    assert files.cat_file("parts/x", 99) == b""
    assert files.cat_file("parts/x", 4, 4) == b""
    assert files.info("parts/x")["size"] == 10
    files.rm_file("parts/x")
    with pytest.raises(FileNotFoundError):
        files.cat_file("parts/x")


def test_lists_go_on_over_all_pages(files: ObjectFiles, server: LocalServer) -> None:
    for number in range(1003):
        (server.objects.put_bytes)(b"", f"oss://many/a/{number:04}")
    server.write_object("oss://many/b&+ %41/c", b"x")

    assert len(files.find("many/a/")) == 1003
    assert files.ls("many", detail=False) == ["many/a", "many/b&+ %41"]
    assert files.find("many/b") == ["many/b&+ %41/c"]
    assert files.cat_file("many/b&+ %41/c") == b"x"
    assert "many" in files.ls("", detail=False)


def test_failures_are_those_of_files_and_name_no_secret(
    files: ObjectFiles, server: LocalServer, tmp_path: Path
) -> None:
    secret = server.access_key_secret
    wrong = ObjectFiles(server.objects_endpoint, server.access_key_id, "wrong")
    with pytest.raises(PermissionError) as refused:
        wrong.cat_file("moved/x")
    wrong.close()
    silent = ObjectFiles("http://127.0.0.1:1", "id", secret)
    with pytest.raises(ConnectionError) as unanswered:
        silent.ls("")
    silent.close()
    assert secret not in f"{refused.value!r}{unanswered.value!r}{files!r}"
    with pytest.raises(FileNotFoundError):
        files.get_file("moved/nothing", tmp_path / "target")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigError):
        ObjectFiles("http://user@host", "id", "secret")
