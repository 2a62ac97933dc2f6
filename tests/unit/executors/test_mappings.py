"""Which inputs are directories, where no slash tells."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.attempt.files.mappings import Pair, read_mappings
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import ObjectInfo, ObjectStore, open_store
from batchcompute.server.objects.folder import FolderStore

_GIVEN = {"oss://b/in": "/in"}
_DIRECTORY = {"oss://b/in/": "/in"}


def find_directories(objects: ObjectStore, mapping: dict[str, str]) -> dict[str, str]:
    attempt = Attempt("a.1", "p", "w", "true", input_mapping=mapping)
    found = read_mappings(objects, attempt, "/work").inputs
    assert all(pair.is_directory == pair.address.endswith("/") for pair in found)
    return {pair.address: pair.local for pair in found}


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return open_store(f"file://{tmp_path}")


def test_slash_is_put_to_directories_alone(objects: ObjectStore) -> None:
    objects.put_bytes(b"", "oss://b/in")
    objects.put_bytes(b"", "oss://b/in-2/deep/file")
    given = {**_GIVEN, "oss://b/in-2": "/in-2"}

    assert find_directories(objects, given) == {**_GIVEN, "oss://b/in-2/": "/in-2"}


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


def test_slash_on_either_side_makes_both_directories(objects: ObjectStore) -> None:
    attempt = Attempt(
        "a.1",
        "p",
        "w",
        "true",
        input_mapping={"oss://b/a/": "/a", "oss://b/b": "/b/", "oss://c": "/c"},
        output_mapping={"/out": "oss://b/out/", "/to/": "oss://b/to", "/file": "oss://b/file"},
        log_mapping={"logs/": "oss://b/logs"},
    )
    found = read_mappings(objects, attempt, "/work")
    assert [(pair.local, pair.address) for pair in found.inputs] == [
        ("/a", "oss://b/a/"),
        ("/b", "oss://b/b/"),
        ("/c", "oss://c/"),
    ]
    assert [pair.is_directory for pair in found.outputs] == [True, True, False]
    assert found.logs == (Pair("LogMapping", "/work/logs", "oss://b/logs/", True),)


def test_mount_of_nothing_is_an_empty_directory(objects: ObjectStore) -> None:
    objects.put_bytes(b"", "oss://b/file")
    mounts = (("oss://b/none", "/none", False), ("oss://b/file", "/file", True))
    found = read_mappings(objects, Attempt("a.1", "p", "w", "true", mounts=mounts), "/work")
    assert found.inputs == (
        Pair("Mounts", "/none", "oss://b/none/", True, False),
        Pair("Mounts", "/file", "oss://b/file", False, True),
    )


def test_the_same_input_twice_is_one_that_may_be_written_to(objects: ObjectStore) -> None:
    mounts = (("oss://b/in/", "/in", True),)
    given = {"oss://b/in": "/in/."}
    objects.put_bytes(b"", "oss://b/in/file")
    attempt = Attempt("a.1", "p", "w", "true", mounts=mounts, input_mapping=given)
    (found,) = read_mappings(objects, attempt, "/work").inputs
    assert (found.address, found.is_writable) == ("oss://b/in/", True)
    attempt = Attempt("a.1", "p", "w", "true", mounts=(("oss://b/other", "/in", True), *mounts))
    with pytest.raises(AttemptFailure, match="this place has an address already"):
        read_mappings(objects, attempt, "/work")
