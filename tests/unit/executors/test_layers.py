"""How inputs are shown to a program that sees none of what this process mounts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.attempt.files import permissions
from batchcompute.server.executors.attempt.files.mappings import Pair
from batchcompute.server.executors.attempt.worlds.layers import Bind, Layers
from batchcompute.server.executors.attempt.worlds.world import Origin
from batchcompute.server.objects import ObjectStore, open_store
from batchcompute.server.objects.folder import FolderStore


class _FarStore(FolderStore):
    """A folder that pretends to be far away."""

    def local_path(self, address: str) -> Path | None:
        return None


class _Case:
    """Inputs of one program."""

    def __init__(self, objects: ObjectStore, folder: Path) -> None:
        self.layers = Layers(objects, folder / "scratch", sees_mounts=False)
        self.root = folder / "root"

    def add(self, address: str, place: str, *, writable: bool = False) -> None:
        is_directory = address.endswith("/")
        self.layers.add(Pair("InputMapping", place, address, is_directory, writable), place)

    def show(self, work: str = "/work") -> dict[str, Bind]:
        self.layers.show(work, lambda place: Path(f"{self.root}{place}"))
        return {bind.place: bind for bind in self.layers.binds}


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    store = open_store(tmp_path / "objects")
    store.put_bytes(b"1", "oss://b/d/one")
    store.put_bytes(b"2", "oss://b/d/e/two")
    return store


@pytest.fixture
def case(objects: ObjectStore, tmp_path: Path) -> _Case:
    return _Case(objects, tmp_path)


def _contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_input_is_shown_as_it_lies(case: _Case, tmp_path: Path) -> None:
    case.add("oss://b/d/", "/x")
    case.add("oss://b/d/one", "/y")
    stored = tmp_path / "objects" / "b" / "d"
    assert case.show() == {
        "/x": Bind(stored, "/x", False),
        "/y": Bind(stored / "one", "/y", False),
    }
    assert not (tmp_path / "scratch").exists()
    assert case.layers.origin("/x/e/two") == Origin("/x", "oss://b/d/e/two")
    assert case.layers.origin("/elsewhere") is None


def test_input_that_lies_far_away_is_fetched(tmp_path: Path) -> None:
    far = _FarStore(tmp_path / "objects")
    far.put_bytes(b"1", "oss://b/d/one")
    far.put_bytes(b"2", "oss://b/d/e/two")
    case = _Case(far, tmp_path)
    case.add("oss://b/d/", "/x", writable=True)
    case.add("oss://b/d/one", "/y")
    case.add("oss://b/none/", "/z")
    binds = case.show()
    assert _contents(binds["/x"].source) == {"one": "1", "e/two": "2"}
    assert binds["/y"].source.read_bytes() == b"1"
    assert os.access(binds["/y"].source, os.X_OK)
    assert os.listdir(binds["/z"].source) == []
    (binds["/x"].source / "one").write_text("changed")
    assert case.layers.origin("/x/one") is None
    assert case.layers.origin("/x/e/two") == Origin("/x", "oss://b/d/e/two")
    with pytest.raises(AttemptFailure, match=r"^InputMapping /y \(oss://b/none\): there is no"):
        case.add("oss://b/none", "/y")


def test_folder_to_write_to_is_a_copy_where_there_are_no_overlays(
    case: _Case, tmp_path: Path
) -> None:
    case.add("oss://b/d/", "/x", writable=True)
    bind = case.show()["/x"]
    assert bind.is_writable
    (bind.source / "e" / "two").write_text("changed")
    (bind.source / "new").write_text("new")
    assert _contents(tmp_path / "objects" / "b") == {"d/one": "1", "d/e/two": "2"}
    assert case.layers.origin("/x/one") == Origin("/x", "oss://b/d/one")
    assert case.layers.origin("/x/e/two") is None
    assert case.layers.origin("/x/new") is None


def test_output_in_a_folder_that_is_read_only_can_be_written_to(case: _Case) -> None:
    case.add("oss://b/d/", "/x")
    assert case.layers.make_writable("/x/e", "/x/e")
    assert case.layers.make_writable("/x/out/deep", "/x/out/deep")
    assert not case.layers.make_writable("/y/out", "/y/out")
    binds = case.show()
    assert [(place, bind.is_writable) for place, bind in binds.items()] == [
        ("/x", False),
        ("/x/e", True),
        ("/x/out/deep", True),
    ]
    # There is something to bind the new one to.
    assert (binds["/x"].source / "out" / "deep").is_dir()
    assert case.layers.origin("/x/e/two") == Origin("/x/e", "oss://b/d/e/two")
    assert case.layers.find("/x/out/deep/file") == binds["/x/out/deep"].source / "file"


def test_folder_of_an_output_that_is_a_file_can_be_written_to(case: _Case) -> None:
    case.add("oss://b/d/", "/x")
    assert case.layers.make_writable("/x/result", "/x")
    assert case.show()["/x"].is_writable


def test_input_that_is_an_output_as_well_is_a_copy_at_its_place(
    case: _Case, tmp_path: Path
) -> None:
    case.add("oss://b/d/one", "/y/file")
    assert not case.layers.make_writable("/y/file", "/y")
    assert case.show() == {}
    copy = tmp_path / "root" / "y" / "file"
    assert copy.read_text() == "1"
    assert case.layers.origin("/y/file") == Origin("/y/file", "oss://b/d/one")
    copy.write_text("2")
    assert case.layers.origin("/y/file") is None


def test_file_that_shows_in_the_folder_around_it_is_not_bound(
    objects: ObjectStore, case: _Case
) -> None:
    objects.put_bytes(b"other", "oss://b/other")
    # In any order.
    case.add("oss://b/d/e/two", "/x/e/two")
    case.add("oss://b/d/", "/x", writable=True)
    case.add("oss://b/other", "/x/f/new")
    case.add("oss://b/d/e/", "/x/e")
    binds = case.show()
    assert list(binds) == ["/x", "/x/f/new"]
    assert (binds["/x"].source / "f" / "new").is_file()


def test_working_directory_keeps_a_place_in_an_input(case: _Case) -> None:
    case.add("oss://b/d/", "/x")
    bind = case.show(work="/x/attempts/1/work")["/x"]
    assert (bind.source / "attempts" / "1" / "work").is_dir()
    assert (bind.source / "one").read_text() == "1"


def test_files_without_the_right_to_execute_are_shown_with_it(case: _Case, tmp_path: Path) -> None:
    stored = tmp_path / "objects" / "b" / "d"
    (stored / "plain").write_text("echo plain")
    (stored / "e" / "large").write_bytes(b"\n#!/bin/sh\n" + bytes(2 << 20))
    (stored / "e" / "data").write_bytes(bytes(2 << 20))
    (stored / "e" / "link").symlink_to("/etc/hostname")
    modes = {path: path.lstat().st_mode for path in stored.rglob("*")}
    case.add("oss://b/d/", "/x")
    case.add("oss://b/d/plain", "/y")
    binds = case.show()
    assert {place for place in binds if place.startswith("/x/")} == {"/x/plain", "/x/e/large"}
    for place in ("/x/plain", "/x/e/large", "/y"):
        assert os.access(binds[place].source, os.X_OK), place
        assert not binds[place].is_writable
    assert {path: path.lstat().st_mode for path in modes} == modes


def test_only_programs_are_taken_from_a_folder_with_many_files(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}.csv").write_text("1,2")
    (tmp_path / "run").write_text("#!/bin/sh")
    assert permissions.look_through(str(tmp_path)).unexecutable == ("run",)
    # What is new is seen, although the rest is remembered.
    os.utime(tmp_path, (1, 1))
    assert permissions.look_through(str(tmp_path)).unexecutable == ("run",)
    (tmp_path / "walk").write_text("#!/bin/sh")
    assert sorted(permissions.look_through(str(tmp_path)).unexecutable) == ["run", "walk"]
