"""The cache of a machine, over real stores of both kinds."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from batchcompute.server.objects import ObjectInfo, ObjectNotFoundError
from batchcompute.server.objects.cache import entries, room
from batchcompute.server.objects.cache.cache import Fetched, ObjectCache, UnusableCacheError
from batchcompute.server.objects.cache.counts import Counts, CountsFile
from batchcompute.server.objects.cache.entries import PART, Version, read_about, write_about
from batchcompute.server.objects.factory import cached_store, scoped_store
from batchcompute.server.objects.remote.store import RemoteStore
from tests.stores.doubles import new_bucket

_UNIT = 1 << 14


class Bench:
    """A cache before one bucket, and the files that attempts have of it."""

    def __init__(self, remote: RemoteStore, folder: Path) -> None:
        self.cache = ObjectCache(folder / "cache", 10 * _UNIT)
        self.cache.open()
        self.remote = remote
        self.store = remote.with_cache(self.cache)
        self.bucket = new_bucket(remote)
        self._folder = folder
        self._number = 0

    def write(self, key: str, data: bytes) -> str:
        address = f"oss://{self.bucket}/{key}"
        self.remote.put_bytes(data, address)
        return address

    def take(self, address: str, *, shared: bool = True, store: RemoteStore | None = None) -> Path:
        self._number += 1
        target = self._folder / f"input-{self._number}"
        chosen = store or self.store
        chosen.get_input(chosen.stat(address), target, shared=shared)
        return target

    @property
    def counts(self) -> Counts:
        return CountsFile(self.cache.folder).read()

    def entries(self) -> list[Path]:
        found = [path for path in self.cache.folder.rglob("*") if path.is_file()]
        return [path for path in found if path.suffix == "" and path.name != "counts"]


@pytest.fixture
def bench(remote: RemoteStore, tmp_path: Path) -> Bench:
    return Bench(remote, tmp_path)


def test_is_fetched_once_and_shared(bench: Bench) -> None:
    address = bench.write("k", b"content")
    first, second = bench.take(address), bench.take(address)
    assert first.read_bytes() == second.read_bytes() == b"content"
    assert os.path.samefile(first, second)
    assert first.stat().st_mode & 0o222 == 0
    copied = bench.take(address, shared=False)
    assert copied.read_bytes() == b"content"
    assert not os.path.samefile(first, copied)
    assert (bench.counts.hits, bench.counts.misses, bench.counts.held) == (2, 1, 7)


def test_listing_says_the_same_version(bench: Bench, tmp_path: Path) -> None:
    address = bench.write("d/k", b"content")
    bench.take(address)
    [info] = bench.store.list_prefix(f"oss://{bench.bucket}/d/")
    bench.store.get_input(info, tmp_path / "listed", shared=True)
    assert bench.counts.hits == 1


def test_changed_object_is_fetched(bench: Bench) -> None:
    address = bench.write("k", b"first")
    old = bench.take(address)
    bench.write("k", b"other")
    assert bench.take(address).read_bytes() == b"other"
    assert old.read_bytes() == b"first"


def test_object_that_changes_after_it_was_asked_for(bench: Bench, tmp_path: Path) -> None:
    address = bench.write("k", b"first")
    info = bench.store.stat(address)
    bench.write("k", b"second")
    bench.store.get_input(info, tmp_path / "in", shared=True)
    assert (tmp_path / "in").read_bytes() == b"second"
    # What is held is held as what it is.
    assert bench.take(address).read_bytes() == b"second"
    assert (bench.counts.hits, bench.counts.misses, bench.counts.held) == (1, 1, 6)


def test_gone_object_is_not_served(bench: Bench) -> None:
    address = bench.write("k", b"content")
    bench.take(address)
    bench.remote.delete(address)
    with pytest.raises(ObjectNotFoundError):
        bench.take(address)


def test_gone_between_answer_and_fetch(bench: Bench, tmp_path: Path) -> None:
    address = bench.write("k", b"content")
    info = bench.store.stat(address)
    bench.remote.delete(address)
    with pytest.raises(ObjectNotFoundError):
        bench.store.get_input(info, tmp_path / "in", shared=True)
    assert bench.counts.held == 0
    assert not list(bench.cache.folder.rglob(f"*{PART}"))


def test_error_of_a_fetch_is_told_though_its_room_cannot_be_given_back(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetches: list[FileIO] = []

    def fetch(file: FileIO) -> Fetched:
        fetches.append(file)
        raise ObjectNotFoundError("oss://b/k", "it is gone")

    def fail(*_: object) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(room, "release", fail)
    version = Version("oss://", "b", "k", "etag", 7, 1.0)
    with pytest.raises(ObjectNotFoundError, match="it is gone"):
        bench.cache.put(version, tmp_path / "in", fetch, shared=True)
    # Past the cache it would have been fetched once more.
    assert len(fetches) == 1


def test_another_account_finds_nothing(bench: Bench, tmp_path: Path) -> None:
    address = bench.write("k", b"content")
    first = cached_store(bench.remote, bench.cache, 1)
    second = cached_store(bench.remote, bench.cache, 2)
    for number, store in enumerate((first, second, first, second)):
        store.get_input(store.stat(address), tmp_path / str(number), shared=True)
    assert (bench.counts.hits, bench.counts.misses) == (2, 2)
    assert not os.path.samefile(tmp_path / "0", tmp_path / "1")
    # Nor does one that may not read the bucket, whatever it knows of the object.
    info = first.stat(address)
    other = cached_store(scoped_store(bench.remote, 7, {}), bench.cache, 7)
    with pytest.raises(ObjectNotFoundError):
        other.get_input(info, tmp_path / "other", shared=True)


@pytest.mark.parametrize("harm", ["shorter", "changed"])
def test_damaged_entry_is_noticed(bench: Bench, harm: str) -> None:
    address = bench.write("k", b"content")
    bench.take(address).unlink()
    [entry] = bench.entries()
    status = entry.stat()
    entry.chmod(0o600)
    entry.write_bytes(b"con" if harm == "shorter" else b"CONTENT")
    if harm == "changed":
        # What the disk does, nobody else sees; it is found out at the next start of the machine.
        os.utime(entry, ns=(status.st_atime_ns, status.st_mtime_ns))
        about = read_about(entry)
        assert about is not None
        write_about(entry, type(about)(about.size, about.modified_ns, about.md5, "another", 0.0))
    assert bench.take(address).read_bytes() == b"content"
    assert (bench.counts.damaged, bench.counts.misses, bench.counts.held) == (1, 2, 7)


def test_good_entry_survives_a_restart_of_the_machine(bench: Bench) -> None:
    address = bench.write("k", b"content")
    bench.take(address)
    [entry] = bench.entries()
    about = read_about(entry)
    assert about is not None
    write_about(entry, type(about)(about.size, about.modified_ns, about.md5, "another", 0.0))
    bench.take(address)
    assert (bench.counts.hits, bench.counts.misses) == (1, 1)
    now = read_about(entry)
    assert now is not None
    assert not now.is_due


def test_what_was_used_longest_ago_gives_way(bench: Bench) -> None:
    addresses = [bench.write(str(number), bytes([number]) * 3 * _UNIT) for number in range(4)]
    for address in addresses[:3]:
        bench.take(address).unlink()
    bench.take(addresses[0]).unlink()  # used again
    bench.take(addresses[3]).unlink()
    assert bench.counts.held <= bench.cache.limit
    misses = bench.counts.misses
    bench.take(addresses[0])
    assert bench.counts.misses == misses
    bench.take(addresses[1])
    assert bench.counts.misses == misses + 1
    assert bench.counts.evictions


def test_what_is_in_use_stays(bench: Bench) -> None:
    addresses = [bench.write(str(number), bytes([number]) * 4 * _UNIT) for number in range(3)]
    inputs = [bench.take(address) for address in addresses]
    assert [path.read_bytes()[0] for path in inputs] == [0, 1, 2]
    # There was no room for the last one, which went by.
    assert bench.counts.held == 8 * _UNIT
    assert bench.counts.evictions == 0
    large = bench.write("large", b"x" * 11 * _UNIT)
    assert bench.take(large).stat().st_size == 11 * _UNIT
    assert bench.counts.held == 8 * _UNIT


def test_nearly_full_disk_empties_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    used = bench.take(bench.write("used", b"used"))
    bench.take(bench.write("k", b"content")).unlink()
    monkeypatch.setattr(room, "_KEPT_FREE", (1 << 62, 1.0))
    assert room.is_short(bench.cache.folder)
    room.tidy(bench.cache.folder, bench.cache.limit)
    assert len(bench.entries()) == 1
    assert bench.counts.held == 4
    used.unlink()
    room.tidy(bench.cache.folder, bench.cache.limit)
    assert not bench.entries()
    assert bench.counts.held == 0
    assert not room.is_short(bench.cache.folder)
    # Nothing is kept from now on, and everything works.
    assert bench.take(bench.write("k", b"content")).read_bytes() == b"content"
    assert not bench.entries()


def test_many_at_once_fetch_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    address = bench.write("k", b"content" * 1000)
    info = bench.store.stat(address)
    fetch = bench.store._fetch
    entered = threading.Event()

    def slowly(*given: object, **named: object) -> object:
        entered.set()
        # Until all others wait, or as good as.
        threading.Event().wait(0.1)
        return fetch(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.store, "_fetch", slowly)
    targets = [bench.cache.folder.parent / f"thread-{number}" for number in range(8)]

    def take(target: Path) -> None:
        bench.store.get_input(info, target, shared=True)

    threads = [threading.Thread(target=take, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {target.read_bytes() for target in targets} == {b"content" * 1000}
    assert (bench.counts.hits, bench.counts.misses) == (7, 1)


_KILLED = """
import os, signal, sys
from pathlib import Path
from batchcompute.server.objects.cache.cache import ObjectCache
from batchcompute.server.objects.cache.entries import Version

def fetch(file):
    file.write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)

version = Version("store", "bucket", "key", "etag", 7, 0.0)
ObjectCache(Path(sys.argv[1]), 100).put(version, Path(sys.argv[2]), fetch, shared=True)
"""


def test_killed_fetch_leaves_nothing_that_is_served(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path / "cache", 100)
    cache.open()
    killed = [sys.executable, "-c", _KILLED, str(cache.folder), str(tmp_path / "in")]

    def fetch(file: FileIO) -> Fetched:
        file.write(b"content")
        return Fetched("etag", "digest")

    def kill() -> list[Path]:
        assert subprocess.run(killed, check=False, timeout=60).returncode == -9
        return list(cache.folder.rglob(f"*{PART}"))

    version = Version("store", "bucket", "key", "etag", 7, 0.0)
    assert kill()
    room.tidy(cache.folder, cache.limit)
    assert not list(cache.folder.rglob(f"*{PART}"))
    assert CountsFile(cache.folder).read().held == 0
    # Nobody has to tidy up before the next one comes.
    assert kill()
    cache.put(version, tmp_path / "in", fetch, shared=True)
    assert (tmp_path / "in").read_bytes() == b"content"
    assert not list(cache.folder.rglob(f"*{PART}"))


def _of_all(folder: Path) -> None:
    folder.chmod(0o755)


def _link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


@pytest.mark.parametrize("change", [_of_all, _link])
def test_folder_that_others_may_have_made(tmp_path: Path, change: Callable[[Path], None]) -> None:
    cache = ObjectCache(tmp_path / "cache", 100)
    cache.open()
    change(cache.folder)
    with pytest.raises(UnusableCacheError):
        cache.open()


def test_store_without_etags_is_not_cached(bench: Bench, tmp_path: Path) -> None:
    address = bench.write("k", b"content")
    info = bench.store.stat(address)
    bench.store.get_input(ObjectInfo(address, info.size, info.modified_at), tmp_path / "in")
    assert not bench.entries()


def test_folder_that_was_removed_is_made_again_for_this_user_alone(bench: Bench) -> None:
    address = bench.write("k", b"content")
    shutil.rmtree(bench.cache.folder)
    before = os.umask(0o022)
    try:
        assert bench.take(address).read_bytes() == b"content"
    finally:
        os.umask(before)
    folders = [
        bench.cache.folder,
        *(each for each in bench.cache.folder.rglob("*") if each.is_dir()),
    ]
    assert len(folders) == 3
    assert [each.stat().st_mode & 0o777 for each in folders] == [0o700] * 3


def test_folder_that_others_may_use_meanwhile_is_left_alone(bench: Bench) -> None:
    address = bench.write("k", b"content")
    bench.cache.folder.chmod(0o777)
    assert bench.take(address).read_bytes() == b"content"
    assert bench.entries() == []


@pytest.mark.parametrize("broken", ["reserve", "write_about", "locked"])
def test_cache_that_cannot_be_written_keeps_nobody_from_an_object(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    address = bench.write("k", b"content")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    with monkeypatch.context() as patched:
        owner = {"reserve": room, "write_about": entries, "locked": CountsFile}[broken]
        patched.setattr(owner, broken, fail)
        assert bench.take(address).read_bytes() == b"content"
    assert bench.take(address).read_bytes() == b"content"
    assert bench.counts.held == len(b"content")


def test_part_that_somebody_else_has_begun_is_not_removed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = bench.cache.folder / f"a{PART}"
    part.write_bytes(b"former")

    def lock(descriptor: int, how: int) -> None:
        fcntl.flock(descriptor, how)
        # Between the two, another one has removed it and begun anew.
        part.unlink()
        part.write_bytes(b"new")

    # Not that of the process, which others use meanwhile.
    own = SimpleNamespace(flock=lock, LOCK_EX=fcntl.LOCK_EX, LOCK_NB=fcntl.LOCK_NB)
    monkeypatch.setattr(entries, "fcntl", own)
    assert entries.is_abandoned(part)
    assert part.read_bytes() == b"new"
