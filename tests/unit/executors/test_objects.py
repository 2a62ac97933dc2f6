"""Addresses, and objects in a folder."""

from __future__ import annotations

import errno
import os
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchcompute.server.objects import (
    InvalidAddressError,
    ObjectStore,
    ObjectStoreError,
    OssAddress,
    copying,
    open_store,
)
from batchcompute.server.objects.interface import Sources

_HOSTILE = st.sampled_from(
    ["..", ".", "", "\\", "a\\..\\b", "\0", "\n", "\ud800", " ", "~", "%2e%2e", "ü", "a" * 256]
)
_SEGMENTS = st.one_of(st.text(max_size=12), _HOSTILE)
_KEYS = st.lists(_SEGMENTS, min_size=1, max_size=5).map("/".join)
_BUCKETS = st.text(alphabet=string.ascii_letters + string.digits + "-_.", min_size=1, max_size=20)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def store(root: Path) -> ObjectStore:
    return open_store(root)


@given(bucket=_BUCKETS, key=_KEYS)
def test_address_that_is_accepted_is_one_place_below_its_bucket(bucket: str, key: str) -> None:
    text = f"oss://{bucket}/{key}"
    try:
        address = OssAddress.parse(text)
    except InvalidAddressError:
        return
    assert str(address) == text
    assert (address.bucket, address.key) == (bucket, key)
    path = os.path.join("/store", address.bucket, address.key)
    assert os.path.normpath(path) == path.rstrip("/")
    assert path.startswith(f"/store/{bucket}/")
    os.fsencode(path)


@given(text=st.text(max_size=40))
def test_any_text_is_an_address_or_refused_by_name(text: str) -> None:
    try:
        address = OssAddress.parse(text)
    except InvalidAddressError:
        return
    assert str(address).rstrip("/") == text.rstrip("/")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(key=_KEYS, data=st.binary(max_size=50))
def test_object_reads_back_and_nothing_appears_elsewhere(
    tmp_path: Path, store: ObjectStore, key: str, data: bytes
) -> None:
    address = f"oss://bucket/{key}"
    try:
        store.put_bytes(data, address)
    except ObjectStoreError:
        pass
    else:
        assert store.read_range(address) == data
        assert address in [info.address for info in store.list_prefix("oss://bucket/")]
        store.delete(address)
    assert os.listdir(tmp_path) == ["objects"]
    assert set(os.listdir(tmp_path / "objects")) <= {".staging", "bucket"}
    assert os.listdir(tmp_path / "objects" / ".staging") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "starts with"),
        ("http://b/k", "starts with"),
        ("oss:/b/k", "starts with"),
        ("oss:///k", "bucket"),
        ("oss://../k", "bucket"),
        ("oss://.staging/k", "bucket"),
        ("oss://b_" + "x" * 62 + "/k", "bucket"),
        ("oss://b//k", "segment ''"),
        ("oss://b/a/../k", "segment '..'"),
        ("oss://b/./k", "segment '.'"),
        ("oss://b/a\\k", "backslash"),
        ("oss://b/a\0k", "control"),
        ("oss://b/\ud800", "Unicode"),
        ("oss://b/" + "x" * 256, "segment"),
        ("oss://b/" + "x/" * 512, "longer"),
    ],
)
def test_bad_address_is_refused_with_a_reason(text: str, words: str) -> None:
    with pytest.raises(InvalidAddressError, match=words) as caught:
        OssAddress.parse(text)
    assert caught.value.address == text


def test_address_of_a_directory_is_no_object(store: ObjectStore) -> None:
    for text in ("oss://b", "oss://b/", "oss://b/d/"):
        assert OssAddress.parse(text).is_directory
        with pytest.raises(InvalidAddressError, match="directory"):
            store.put_bytes(b"", text)
    assert OssAddress.parse("oss://b/d/name").name == "name"


def _between_file_systems(*_arguments: object, **_options: object) -> int:
    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))


@pytest.mark.parametrize("content", [b"", b"0123456789", os.urandom(300_000)])
@pytest.mark.parametrize("in_kernel", [True, False])
def test_copies_are_equal_and_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, in_kernel: bool
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    target.write_bytes(b"longer" * 100_000)
    monkeypatch.setattr(copying, "_STEP", 65_536)
    if not in_kernel:
        monkeypatch.setattr(os, "copy_file_range", _between_file_systems)
    copying.copy_file(source, target)
    assert target.read_bytes() == content
    target.write_bytes(b"changed")
    assert source.read_bytes() == content


def test_copy_between_file_systems(tmp_path: Path) -> None:
    # No file system but its own can hold it, and it has no size.
    copying.copy_file(Path("/proc/self/status"), tmp_path / "target")
    assert b"Pid:" in (tmp_path / "target").read_bytes()


def test_copy_that_breaks_off_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []

    def copy_once(source: int, target: int, count: int) -> int:
        if steps:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        steps.append(count)
        return os.sendfile(target, source, 0, 4)

    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"0123456789")
    monkeypatch.setattr(os, "copy_file_range", copy_once)
    with pytest.raises(OSError, match="No space left"):
        copying.copy_file(source, target)


def test_links_in_the_folder_are_not_followed(
    tmp_path: Path, root: Path, store: ObjectStore
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "k").write_text("secret")
    store.put_bytes(b"", "oss://b/k")
    (root / "b" / "folder").symlink_to(outside)
    (root / "b" / "file").symlink_to(outside / "k")
    (root / "linked").symlink_to(outside)
    for address in ("oss://b/folder/k", "oss://b/file", "oss://linked/k"):
        with pytest.raises(InvalidAddressError, match="symbolic link"):
            store.read_range(address)
        with pytest.raises(InvalidAddressError, match="symbolic link"):
            store.put_bytes(b"x", address)
        with pytest.raises(InvalidAddressError, match="symbolic link"):
            store.local_path(address)
    assert [info.address for info in store.list_prefix("oss://b/")] == ["oss://b/k"]
    assert (outside / "k").read_text() == "secret"


def test_object_and_directory_of_one_name_are_both_kept(tmp_path: Path, store: ObjectStore) -> None:
    store.put_bytes(b"first", "oss://b/a/b")
    for address in ("oss://b/a", "oss://b/a/b/c"):
        store.put_bytes(b"before", address)
        store.put_bytes(address.encode(), address)
        assert store.read_range(address) == address.encode()
        assert store.stat(address).size == len(address)
        store.get_file(address, tmp_path / "copy")
        path = store.local_path(address)
        assert path is not None
        assert path.read_bytes() == (tmp_path / "copy").read_bytes() == address.encode()
    assert store.read_range("oss://b/a/b") == b"first"
    store.delete("oss://b/a")
    assert store.local_path("oss://b/a") is None
    assert store.read_range("oss://b/a/b/c") == b"oss://b/a/b/c"


def test_local_path_is_where_the_bytes_are(root: Path, store: ObjectStore) -> None:
    store.put_bytes(b"x", "oss://b/d/k")
    assert store.local_path("oss://b/d/k") == root / "b" / "d" / "k"
    assert store.local_path("oss://b/d/") == root / "b" / "d"
    assert store.local_path("oss://b/d") is None
    assert store.local_path("oss://b/none/") is None


def test_store_opens_again_by_its_url(tmp_path: Path) -> None:
    store = open_store(tmp_path / "with blank%20")
    store.put_bytes(b"x", "oss://b/k")
    assert open_store(store.url).read_range("oss://b/k") == b"x"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://host/path", r"^objects cannot be kept at ftp://…, only in a folder"),
        ("http://host/path", r"write oss://\?endpoint=URL or s3://\?endpoint=URL"),
    ],
)
def test_unknown_kind_of_store_is_refused(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        open_store(url)


def test_folder_of_another_machine_is_refused() -> None:
    with pytest.raises(ValueError, match="names no folder of this machine"):
        open_store("file://host/path")


def _objects(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("sources", ["kept", "final", "spare"])
def test_files_become_objects_without_a_copy_if_they_may(
    tmp_path: Path, root: Path, store: ObjectStore, sources: Sources
) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    names = ("one", "two", "empty")
    for name in names:
        (folder / name).write_text("" if name == "empty" else name)
        os.utime(folder / name, (0, 0))
    numbers = {name: (folder / name).stat().st_ino for name in names}
    store.put_bytes(b"before", "oss://b/two")
    store.put_files([(folder / n, f"oss://b/{n}") for n in names], sources=sources)
    assert _objects(root) == {"b/one": b"one", "b/two": b"two", "b/empty": b""}
    status = {name: (root / "b" / name).stat() for name in names}
    assert {oct(each.st_mode & 0o7777) for each in status.values()} == {"0o755"}
    assert all(each.st_mtime > 1e9 for each in status.values())
    same = {name: each.st_ino for name, each in status.items()} == numbers
    assert same is (sources != "kept")
    assert sorted(os.listdir(folder)) == ([] if sources == "spare" else sorted(names))


def test_file_that_others_may_write_to_is_copied(
    tmp_path: Path, root: Path, store: ObjectStore
) -> None:
    source, other = tmp_path / "source", tmp_path / "other"
    source.write_text("first")
    other.hardlink_to(source)
    store.put_files([(source, "oss://b/k")], sources="spare")
    other.write_text("second")
    assert _objects(root) == {"b/k": b"first"}
    link = tmp_path / "link"
    link.symlink_to(other)
    store.put_files([(link, "oss://b/k")], sources="final")
    assert _objects(root) == {"b/k": b"second"}


def test_file_of_another_file_system_is_copied(
    tmp_path: Path, root: Path, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.write_text("x")
    for name in ("link", "replace"):
        monkeypatch.setattr(os, name, _between_file_systems)
    with pytest.raises(ObjectStoreError, match="cross-device"):
        store.put_files([(source, "oss://b/k")], sources="final")
    monkeypatch.undo()
    monkeypatch.setattr(os, "link", _between_file_systems)
    store.put_files([(source, "oss://b/k")], sources="final")
    assert _objects(root) == {"b/k": b"x"}
    assert source.exists()


def test_files_before_a_failure_are_there(tmp_path: Path, root: Path, store: ObjectStore) -> None:
    source = tmp_path / "source"
    source.write_text("x")
    files = [(source, "oss://b/first"), (tmp_path / "none", "oss://b/second")]
    with pytest.raises(ObjectStoreError, match=r"^oss://b/second: "):
        store.put_files(files)
    assert _objects(root) == {"b/first": b"x"}


#: Writes a part of an object, says so, and waits to be killed.
_HALF = """
import sys, time
from pathlib import Path
from batchcompute.server.objects import durable
with durable.staged(Path(sys.argv[1])) as (descriptor, path):
    path.write_bytes(b"half")
    print("written", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_writer_left_is_removed_and_nothing_else(
    root: Path, store: ObjectStore
) -> None:
    staging = root / ".staging"
    command = [sys.executable, "-c", _HALF, str(staging)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        store.tidy()
        assert len(os.listdir(staging)) == 1
        writer.kill()
        writer.wait()
    store.tidy()
    assert os.listdir(staging) == []
