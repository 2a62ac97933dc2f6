"""The library of objects by itself: against a model, and killed at each of its steps."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchcompute.server.objects import crc64
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.library_errors import NoSuchObjectError
from batchcompute.server.objects.paging import page_of
from batchcompute.server.objects.records import Attributes, Bucket

pytestmark = pytest.mark.slow

_SEGMENTS = st.sampled_from(
    ["a", "b", "", ".", "..", "A", "é", "x" * 256, "a b", "\\", "\x7f", "."]
)
KEYS = st.lists(_SEGMENTS, min_size=1, max_size=4).map("/".join).filter(bool)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[ObjectLibrary]:
    opened = ObjectLibrary(tmp_path / "objects")
    opened.create_bucket(Bucket("b", 0.0))
    yield opened
    opened.close()


def _put(library: ObjectLibrary, key: str, content: bytes) -> None:
    staged = library.stage()
    staged.write(content)
    library.commit(staged, "b", key, Attributes())


def _content(library: ObjectLibrary, key: str) -> bytes | None:
    try:
        found = library.open("b", key)
    except NoSuchObjectError:
        return None
    try:
        return os.pread(found.descriptor, found.record.size + 1, 0)
    finally:
        found.close()


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["put", "put", "delete"]), KEYS), max_size=15),
    prefix=st.sampled_from(["", "a", "a/", "b/a", "é"]),
    delimiter=st.sampled_from(["", "/", "a"]),
    limit=st.integers(1, 4),
)
def test_library_does_what_a_dict_does(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, str]],
    prefix: str,
    delimiter: str,
    limit: int,
) -> None:
    root = tmp_path_factory.mktemp("library")
    library = ObjectLibrary(root / "objects")
    library.create_bucket(Bucket("b", 0.0))
    model: dict[str, bytes] = {}
    try:
        for number, (step, key) in enumerate(steps):
            if step == "put":
                model[key] = f"{number} {key}".encode()
                _put(library, key, model[key])
            else:
                assert library.delete("b", key) == (model.pop(key, None) is not None)
        for key in {key for _, key in steps}:
            assert _content(library, key) == model.get(key)
        assert _listed(library, prefix, delimiter, limit) == _expected(model, prefix, delimiter)
        # Nothing is anywhere but below the folder.
        assert [path.name for path in root.iterdir()] == ["objects"]
    finally:
        library.close()
    reopened = ObjectLibrary(root / "objects")
    try:
        assert {key: _content(reopened, key) for key in model} == model
    finally:
        reopened.close()


def _listed(library: ObjectLibrary, prefix: str, delimiter: str, limit: int) -> list[str]:
    shown: list[str] = []
    after = ""
    while True:
        page = page_of(library, "b", prefix, delimiter, after, limit)
        names = [record.key for record in page.records] + page.prefixes
        assert len(names) <= limit
        shown += sorted(names, key=str.encode)
        if not page.last:
            return shown
        after = page.last


def _expected(model: dict[str, bytes], prefix: str, delimiter: str) -> list[str]:
    names = set()
    for key in model:
        if key.startswith(prefix):
            at = key.find(delimiter, len(prefix)) if delimiter else -1
            names.add(key[: at + len(delimiter)] if at >= 0 else key)
    return sorted(names, key=str.encode)


@given(first=st.binary(max_size=200), second=st.binary(max_size=200))
def test_checksums_of_parts_combine(first: bytes, second: bytes) -> None:
    parts = crc64.update(0, first), crc64.update(0, second)
    assert crc64.combine(*parts, len(second)) == crc64.update(0, first + second)


def test_checksum_is_the_documented_one() -> None:
    assert crc64.update(0, b"123456789") == 0x995DC9BBDF1939FA


def test_link_in_the_place_of_a_key_is_never_followed(library: ObjectLibrary) -> None:
    outside = library.root.parent / "secret"
    outside.write_bytes(b"secret")
    (library.root / "b" / "link").symlink_to(outside)
    (library.root / "b" / "folder").symlink_to(library.root.parent)
    assert _content(library, "link") is None
    assert _content(library, "folder/secret") is None
    _put(library, "link", b"mine")
    _put(library, "folder/secret", b"mine")
    assert outside.read_bytes() == b"secret"
    assert _content(library, "link") == _content(library, "folder/secret") == b"mine"


_KILLS = """
import os, signal, sys
from pathlib import Path
from batchcompute.server.objects import index, library as module
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.library_errors import NoSuchObjectError
from batchcompute.server.objects.records import Attributes, Bucket
from batchcompute.server.objects.uploads import Uploads

OLD, NEW = b"old" * 1000, b"new" * 50_000
root = Path(sys.argv[1])


def content(library, key):
    try:
        found = library.open("b", key)
    except NoSuchObjectError:
        return None
    data = os.pread(found.descriptor, 10**7, 0)
    assert len(data) == found.record.size, key
    kept = found.record.attributes.headers.get("content-type")
    found.close()
    return data, kept


def put(library, key, data, kind, **more):
    staged = library.stage()
    staged.write(data)
    library.commit(staged, "b", key, Attributes({"content-type": kind}), **more)


def replace(library, key):
    put(library, key, NEW, "new")


def complete(library, key):
    uploads = Uploads(library)
    upload = uploads.initiate("b", key, Attributes({"content-type": "new"}))
    for number, part in enumerate((NEW[:120_000], NEW[120_000:]), 1):
        staged = library.stage()
        staged.write(part)
        uploads.put_part(upload, number, staged)
    uploads.complete(upload, None, attributes=upload.attributes)


def append(library, key):
    old = library.record("b", key)
    staged = library.stage()
    staged.write(NEW)
    library.append("b", key, old.size, staged, Attributes({}))


def begin(library, key):
    staged = library.stage()
    staged.write(OLD)
    library.append("b", key, 0, staged, Attributes({"content-type": "old"}))


def remove(library, key):
    library.delete("b", key)


def counted(name, kill_at, state):
    real = getattr(os, name)

    def call(*arguments, **options):
        state[0] += 1
        if state[0] == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)

    return call


def child(step, key, folder, kill_at):
    library = ObjectLibrary(folder)
    state = [0]
    for name in ("open", "write", "fsync", "replace", "rename", "unlink", "link", "mkdir"):
        setattr(os, name, counted(name, kill_at, state))
    in_kernel = os.copy_file_range

    def copy_some(source, target, count, *offset):
        # So that a kill can come in the middle of a copy.
        state[0] += 1
        if state[0] == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return in_kernel(source, target, min(count, 60_000), *offset)

    os.copy_file_range = copy_some
    real = index._insert

    def insert(*arguments):
        state[0] += 1
        if state[0] == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        real(*arguments)

    index._insert = insert
    step(library, key)
    os._exit(0)


total = 0
for step in (replace, complete, append, remove):
    for key in ("plain/key", "a", "odd//key"):
        kill_at = 0
        while True:
            kill_at += 1
            folder = root / f"{step.__name__}-{key.replace('/', '_')}-{kill_at}"
            library = ObjectLibrary(folder)
            library.create_bucket(Bucket("b", 0.0))
            put(library, "a/below", b"", "old")
            if step is append:
                begin(library, key)
            else:
                put(library, key, OLD, "old")
            library.close()
            pid = os.fork()
            if pid == 0:
                child(step, key, folder, kill_at)
            _, status = os.waitpid(pid, 0)
            after = ObjectLibrary(folder)
            Uploads(after)
            found = content(after, key)
            done = None if step is remove else (NEW, "new")
            if step is append:
                done = (OLD + NEW, "old")
                plain = folder / "b" / key
                if plain.is_file():
                    # For those who read the folder itself, once the library is open.
                    assert plain.read_bytes() == found[0], (key, kill_at)
                if found == (OLD, "old"):
                    append(after, key)
                    assert content(after, key) == done, (key, kill_at)
                found = done if status == 0 else found
            assert found in ((OLD, "old"), done), (step, key, kill_at, found and found[0][:9])
            assert content(after, "a/below") == (b"", "old")
            keys = [k.decode() for k in after.keys("b", "", b"", folders=False)]
            assert keys == sorted(["a/below"] + ([key] if found else [])), keys
            replace(after, key)
            assert content(after, key) == (NEW, "new")
            assert os.listdir(folder / ".incoming") == []
            remove(after, key)
            assert content(after, key) is None, (step, key, kill_at)
            after.close()
            total += 1
            if status == 0:
                assert found == done
                break
            assert os.WTERMSIG(status) == 9, status
print(total)
"""


def test_kill_at_any_step_leaves_the_old_object_or_the_new_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILLS, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


def _append(library: ObjectLibrary, key: str, position: int, data: bytes) -> None:
    staged = library.stage()
    staged.write(data)
    library.append("b", key, position, staged, Attributes({}))


def test_append_writes_what_is_appended_alone(
    library: ObjectLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    _append(library, "log", 0, b"x" * 1_000_000)
    file = library.root / "b" / "log"
    inode = file.stat().st_ino
    copied: list[int] = []
    real = os.copy_file_range

    def counted(*arguments: Any) -> int:
        copied.append(real(*arguments))
        return copied[-1]

    monkeypatch.setattr(os, "copy_file_range", counted)
    _append(library, "log", 1_000_000, b"end")
    assert sum(copied) == 3
    assert file.stat().st_ino == inode
    record = library.record("b", "log")
    content = b"x" * 1_000_000 + b"end"
    assert (record.size, record.kind) == (len(content), "Appendable")
    assert record.crc64 == crc64.update(0, content)
    assert file.read_bytes() == content


def test_append_that_fails_leaves_the_object_as_it_was(
    library: ObjectLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    _append(library, "log", 0, b"old")
    before = library.record("b", "log")
    real = os.copy_file_range

    def full(source: int, target: int, count: int, offset: int) -> int:
        if offset:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(source, target, 2, offset)

    monkeypatch.setattr(os, "copy_file_range", full)
    with pytest.raises(OSError, match="No space left"):
        _append(library, "log", 3, b"more")
    monkeypatch.undo()
    assert library.record("b", "log") == before
    assert (library.root / "b" / "log").read_bytes() == b"old"
    _append(library, "log", 3, b"more")
    assert _content(library, "log") == b"oldmore"


def test_append_spares_who_keeps_the_file_by_another_name(
    library: ObjectLibrary, tmp_path: Path
) -> None:
    _append(library, "log", 0, b"old")
    os.link(library.root / "b" / "log", tmp_path / "kept")
    _append(library, "log", 3, b"more")
    assert _content(library, "log") == b"oldmore"
    assert (tmp_path / "kept").read_bytes() == b"old"


def test_readers_see_whole_objects_while_others_append(library: ObjectLibrary) -> None:
    piece, count = bytes(range(100)) * 300, 40
    is_over = threading.Event()
    faults: list[str] = []

    def read() -> None:
        while not is_over.is_set():
            try:
                found = library.open("b", "log")
            except NoSuchObjectError:
                continue
            data = os.pread(found.descriptor, found.record.size, 0)
            if found.record.kind != "Appendable" or data != piece * (len(data) // len(piece)):
                faults.append(f"{found.record.kind} {len(data)}")
            found.close()
            library.records("b", ["log"])

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(count):
        _append(library, "log", number * len(piece), piece)
    is_over.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert _content(library, "log") == piece * count
