"""Copies of all data: whole ones, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import insert

from batchcompute.server.commands.main import run
from batchcompute.server.process.data_folder import DataFolder
from batchcompute.server.store import tables
from batchcompute.server.store.database import Database


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = DataFolder(tmp_path / "data")
    folder.create()
    folder.access_key()
    Database(folder.database_url, now=0).close()
    (folder.objects / "b").mkdir()
    (folder.objects / "b" / "key").write_text("words")
    return folder.path


def _add_job(data: Path) -> None:
    database = Database(f"sqlite:///{data / 'service.db'}", now=0)
    row = dict.fromkeys(["seq", "created", "priority", "unfinished"], 1)
    said = dict.fromkeys(["id", "name", "state", "message", "topic"], "x")
    flags = dict.fromkeys(["fail_on_instance_fail", "auto_release", "deleted"], False)
    try:
        with database.write() as connection:
            connection.execute(insert(tables.jobs).values(**row, **said, **flags))
    finally:
        database.close()


def _said(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def test_copy_is_for_its_owner_alone_and_says_what_it_is(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert run(["backup", str(copy), "--data", str(data)]) == 0
    assert copy.stat().st_mode & 0o777 == 0o700
    assert (copy / "credentials").stat().st_mode & 0o777 == 0o600
    assert json.loads((copy / "backup.json").read_text())["Objects"] is True
    new = tmp_path / "new"
    assert run(["restore", str(copy), "--data", str(new)]) == 0
    assert (new / "credentials").read_text() == (data / "credentials").read_text()
    assert (new / "objects" / "b" / "key").read_text() == "words"
    assert sorted(each.name for each in new.glob("service.db*")) == ["service.db"]


def test_objects_are_left_out_on_request(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert run(["backup", str(copy), "--without-objects", "--data", str(data)]) == 0
    assert not (copy / "objects").exists()
    assert run(["restore", str(copy), "--data", str(tmp_path / "new")]) == 0


def test_ids_are_not_given_again(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert run(["backup", str(copy), "--data", str(data)]) == 0
    assert run(["restore", str(copy), "--data", str(tmp_path / "new")]) == 0
    old = Database(f"sqlite:///{data / 'service.db'}", now=0)
    new = Database(f"sqlite:///{tmp_path / 'new' / 'service.db'}", now=0)
    assert new.identifiers != old.identifiers
    old.close()
    new.close()


def test_folder_that_is_there_is_not_written_to(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "copy").mkdir()
    assert run(["backup", str(tmp_path / "copy"), "--data", str(data)]) == 1
    assert "copy is there already; name a new folder" in _said(capsys)


def test_nothing_to_copy_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backup", str(tmp_path / "copy"), "--data", str(tmp_path / "none")]) == 1
    assert "there is no database in the data folder" in _said(capsys)
    assert not (tmp_path / "copy").exists()


def test_copy_that_was_broken_off_is_none(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    assert run(["backup", str(copy), "--data", str(data)]) == 0
    (copy / "backup.json").unlink()
    capsys.readouterr()
    assert run(["restore", str(copy), "--data", str(tmp_path / "new")]) == 1
    assert "is not a complete back-up: backup.json: " in _said(capsys)
    assert not (tmp_path / "new").exists()


def test_data_that_are_there_are_not_overwritten(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    assert run(["backup", str(copy), "--data", str(data)]) == 0
    capsys.readouterr()
    assert run(["restore", str(copy), "--data", str(data)]) == 1
    assert "there is a database in the data folder" in _said(capsys)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("service.db", None),
        ("service.db", b""),
        ("service.db", b"words" * 9000),
        ("backup.json", b"[]"),
        ("backup.json", b'{"Jobs": "1", "Objects": true}'),
        ("objects", None),
    ],
)
def test_copy_that_lost_a_part_is_not_restored_without_a_word(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes | None
) -> None:
    copy, new = tmp_path / "copy", tmp_path / "new"
    _add_job(data)
    assert run(["backup", str(copy), "--data", str(data)]) == 0
    capsys.readouterr()
    if (copy / name).is_dir():
        (copy / name).rename(tmp_path / "lost")
    else:
        (copy / name).unlink()
    if content is not None:
        (copy / name).write_bytes(content)
    assert run(["restore", str(copy), "--data", str(new)]) == 1
    said = _said(capsys)
    assert "error: " in said
    assert "Traceback" not in said
    assert list(new.glob("service.db*")) == []


def test_copy_is_not_made_among_the_objects(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "link").symlink_to(data / "objects" / "b")
    assert run(["backup", str(tmp_path / "link" / "copy"), "--data", str(data)]) == 1
    assert "is among the objects" in _said(capsys)
    assert not (data / "objects" / "b" / "copy").exists()
