"""Which inputs are directories, where no slash tells."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batchcompute.server.executors.attempt.files.mappings import find_directories
from batchcompute.server.objects import ObjectInfo, ObjectStore, open_store
from batchcompute.server.objects.folder import FolderStore

_GIVEN = {"oss://b/in": "/in"}
_DIRECTORY = {"oss://b/in/": "/in/"}


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return open_store(f"file://{tmp_path}")


def test_slash_is_put_to_directories_alone(objects: ObjectStore) -> None:
    objects.put_bytes(b"", "oss://b/in")
    objects.put_bytes(b"", "oss://b/in-2/deep/file")
    given = {**_GIVEN, "oss://b/in-2": "/in-2"}

    assert find_directories(objects, given) == {**_GIVEN, "oss://b/in-2/": "/in-2/"}


def test_directory_without_objects_is_none(objects: ObjectStore, tmp_path: Path) -> None:
    assert find_directories(objects, _GIVEN) == _GIVEN
    inner = tmp_path / "b" / "in" / "inner"
    inner.mkdir(parents=True)
    assert find_directories(objects, _GIVEN) == _GIVEN
    # What the service does not list is no object.
    os.symlink("/etc/hostname", inner / "link")
    os.mkfifo(inner / "pipe")
    assert objects.list_prefix("oss://b/in/") == []
    assert find_directories(objects, _GIVEN) == _GIVEN


def test_objects_that_lie_on_this_machine_are_not_all_read(
    objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put_bytes(b"", "oss://b/in/deep/file")

    def list_prefix(self: FolderStore, prefix: str) -> list[ObjectInfo]:
        raise AssertionError(prefix)

    monkeypatch.setattr(FolderStore, "list_prefix", list_prefix)
    assert find_directories(objects, _GIVEN) == _DIRECTORY


def test_objects_that_lie_elsewhere_are_listed(
    objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put_bytes(b"", "oss://b/in/deep/file")
    monkeypatch.setattr(FolderStore, "local_path", lambda _self, _address: None)

    assert find_directories(objects, _GIVEN) == _DIRECTORY
