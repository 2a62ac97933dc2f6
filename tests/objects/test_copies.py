"""A folder of objects, copied as a whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.objects import copies
from batchcompute.server.objects.copies import copy_objects
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.records import Attributes, Bucket

#: Of a file that somebody has dropped into the folder.
_UNSAID = Attributes({"content-type": "application/octet-stream"})


def _put(library: ObjectLibrary, key: str, content: bytes, attributes: Attributes) -> None:
    staged = library.stage()
    staged.write(content)
    library.commit(staged, "b", key, attributes)


def test_copy_knows_what_was_said_of_objects(tmp_path: Path) -> None:
    source, target = tmp_path / "objects", tmp_path / "copy"
    library = ObjectLibrary(source)
    library.create_bucket(Bucket("b", 0.0, acl="private"))
    said = Attributes({"content-type": "text/x-words"}, "public-read", "IA", (("a", "1"),))
    # The second one has a name that no file can have, and lies apart.
    for key in ("plain", "odd//../key"):
        _put(library, key, key.encode(), said)
    (source / "b" / "dropped").write_bytes(b"dropped")
    # Used while it is copied.
    assert copy_objects(source, target) >= 3
    library.close()
    copy = ObjectLibrary(target)
    for key in ("plain", "odd//../key"):
        found = copy.open("b", key)
        assert found.record.attributes == said
        assert os.pread(found.descriptor, 100, 0) == key.encode()
        found.close()
    assert copy.record("b", "dropped").attributes == _UNSAID
    assert [bucket.acl for bucket in copy.buckets()] == ["private"]
    copy.close()


def test_object_that_grows_while_it_is_copied_is_there_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "objects", tmp_path / "copy"
    library = ObjectLibrary(source)
    library.create_bucket(Bucket("b", 0.0))
    said = Attributes({"content-type": "text/x-log", "x-oss-meta-a": "1"})

    def append(key: str, position: int, content: bytes) -> None:
        staged = library.stage()
        staged.write(content)
        library.append("b", key, position, staged, said)

    # The second one lies apart.
    for key in ("log", "odd//log"):
        append(key, 0, b"first ")
        append(key, 6, b"second ")
    append("replaced", 0, b"first ")
    copy_below = copies._copy_below

    def grow_and_copy(*arguments: Any, **options: Any) -> Any:
        monkeypatch.undo()
        for key in ("log", "odd//log"):
            append(key, 13, b"third ")
        # Longer, and something else.
        (source / "b" / "replaced").write_bytes(b"other words")
        return copy_below(*arguments, **options)

    monkeypatch.setattr(copies, "_copy_below", grow_and_copy)
    copy_objects(source, target)
    library.close()
    copy = ObjectLibrary(target)
    for key in ("log", "odd//log"):
        found = copy.open("b", key)
        assert found.record.attributes == said
        assert (found.record.kind, found.record.size) == ("Appendable", 13)
        assert os.pread(found.descriptor, 100, 0) == b"first second "
        found.close()
    assert copy.record("b", "replaced").attributes == _UNSAID
    assert (target / "b" / "replaced").read_bytes() == b"other words"
    # It goes on from there.
    staged = copy.stage()
    staged.write(b"again")
    assert copy.append("b", "log", 13, staged, said).size == 18
    copy.close()


def test_file_that_was_changed_is_not_taken_for_the_one_that_was_copied(tmp_path: Path) -> None:
    source, target = tmp_path / "objects", tmp_path / "copy"
    library = ObjectLibrary(source)
    library.create_bucket(Bucket("b", 0.0))
    _put(library, "key", b"words", Attributes({"content-type": "text/x-words"}))
    (source / "b" / "key").write_bytes(b"other words")
    library.close()
    copy_objects(source, target)
    copy = ObjectLibrary(target)
    assert copy.record("b", "key").attributes == _UNSAID
    copy.close()


def test_folder_that_is_a_link_is_copied_itself(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    (disk / "b").mkdir(parents=True)
    (disk / "b" / "key").write_text("words")
    (disk / ".staging").mkdir()
    (tmp_path / "objects").symlink_to(disk)
    assert copy_objects(tmp_path / "objects", tmp_path / "copy") == 1
    assert (tmp_path / "copy" / "b" / "key").read_text() == "words"
    assert not (tmp_path / "copy" / ".staging").exists()


def test_copy_of_a_key_with_hundreds_of_folders(tmp_path: Path) -> None:
    source, target = tmp_path / "objects", tmp_path / "copy"
    key = "d/" * 511 + "k"
    library = ObjectLibrary(source)
    library.create_bucket(Bucket("b", 0.0))
    _put(library, key, b"words", _UNSAID)
    library.close()
    assert copy_objects(source, target) >= 1
    copy = ObjectLibrary(target)
    assert copy.record("b", key).size == 5
    # A test's folder is removed by what would not get to its end.
    for opened in (copy, ObjectLibrary(source)):
        opened.delete("b", key)
        opened.close()


def test_what_is_no_file_is_no_reason_to_copy_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "objects", tmp_path / "copy"
    (source / "b").mkdir(parents=True)
    (source / "b" / "k").write_bytes(b"words")
    (source / "b" / "link").symlink_to("k")
    os.mkfifo(source / "b" / "pipe")
    # The second time it is all there, as after a restoration that was broken off.
    for _ in range(2):
        assert copy_objects(source, target) == 1
        assert sorted(os.listdir(target / "b")) == ["k", "link"]
        assert os.readlink(target / "b" / "link") == "k"


def test_copy_writes_through_no_link(tmp_path: Path) -> None:
    source, target, other = tmp_path / "objects", tmp_path / "copy", tmp_path / "other"
    (source / "b").mkdir(parents=True)
    (source / "b" / "k").write_bytes(b"words")
    (target / "b").mkdir(parents=True)
    other.write_bytes(b"other")
    (target / "b" / "k").symlink_to(other)
    copy_objects(source, target)
    assert (target / "b" / "k").read_bytes() == b"words"
    assert other.read_bytes() == b"other"
