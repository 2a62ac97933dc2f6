"""The output of programs survives a power cut, although its objects are synced later."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from batchcompute.server.executors.agent.journal import Journal
from batchcompute.server.executors.attempt.files.uploads import Uploads
from batchcompute.server.executors.attempt.worlds.world import Workspace
from batchcompute.server.executors.interface import Attempt, AttemptEnded, Receipt
from batchcompute.server.model.boot import boot_id
from batchcompute.server.objects import ObjectStoreError
from batchcompute.server.objects import folder as folder_module
from batchcompute.server.objects import restoring as restoring_module
from batchcompute.server.objects.file_systems import FileSystem, keeps_order
from batchcompute.server.objects.folder import FolderStore
from batchcompute.server.objects.unsynced import MOST_BYTES, Unsynced
from tests.unit.executors.machine import Machine

_RECEIPT = Receipt("a.1", "exited", 0, 1.5, 2.5)
_OUT, _ERR = "oss://b/out/stdout.a", "oss://b/err/stderr.a"
_ATTEMPT = Attempt("a.1", "pool", "vm", "true", stdout=_OUT, stderr=_ERR)
#: What a power cut makes of a file with a name that was not synced.
_Left = Literal["gone", "empty", "zeros", "whole"]


@dataclass
class Disk:
    """Remembers what was synced, and loses everything else at a power cut.

    Attributes:
        synced: What is on the disk: file -> content.
        syncs: The paths that were synced, one after the other.
        failures: How many syncs of the whole file system fail from now on.
    """

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    synced: dict[int, bytes] = field(default_factory=dict[int, bytes])
    syncs: list[Path] = field(default_factory=list[Path])
    failures: int = 0
    boots: int = 0

    def __post_init__(self) -> None:
        self.monkeypatch.setattr(os, "fsync", self._sync)
        self.monkeypatch.setattr(os, "fdatasync", self._sync)
        self.monkeypatch.setattr(FileSystem, "sync", lambda _: self._sync_all())

    def cut_power(self, left: _Left) -> None:
        """Lose what was not synced, and start the system again."""
        for path in self._files():
            status = path.stat()
            content = path.read_bytes()
            on_disk = self.synced.get(status.st_ino)
            if on_disk is not None:
                found = on_disk
            elif left == "gone":
                path.unlink()
                continue
            else:
                zeros = b"\0" * len(content)
                found = {"empty": b"", "zeros": zeros, "whole": content}[left]
            path.write_bytes(found)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        self.boots += 1
        boot = f"boot {self.boots}"
        for module in (folder_module, restoring_module):
            self.monkeypatch.setattr(module, "boot_id", lambda: boot)

    def _files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def _sync(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        self.syncs.append(path)
        if stat.S_ISREG(status.st_mode):
            self.synced[status.st_ino] = path.read_bytes()

    def _sync_all(self) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        for path in self._files():
            self.synced[path.stat().st_ino] = path.read_bytes()


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """The objects of a machine, with the folders that are there after its first job."""
    made = FolderStore(tmp_path / "objects")
    for name in ("out", "err"):
        (tmp_path / "objects" / "b" / name).mkdir(parents=True)
    return made


@pytest.fixture
def disk(tmp_path: Path, store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> Disk:
    assert store.folder == tmp_path / "objects"
    monkeypatch.setattr("batchcompute.server.executors.agent.object_sync.SYNC_SECONDS", 0.0)
    return Disk(tmp_path, monkeypatch)


def _print(store: FolderStore, folder: Path, out: bytes, err: bytes) -> list[Unsynced]:
    """Upload what a program has printed."""
    (folder / "a").mkdir()
    workspace = Workspace(folder / "a")
    workspace.stream("stdout").write_bytes(out)
    workspace.stream("stderr").write_bytes(err)
    unsynced: list[Unsynced] = []
    nothing: Any = None
    Uploads(store, nothing, workspace, settled=True, unsynced=unsynced).streams(_ATTEMPT)
    return unsynced


def _end(machine: Machine, unsynced: list[Unsynced]) -> Journal:
    """Have an attempt end and be told, and sync no objects yet."""
    machine.supervisor._object_sync._is_busy = True
    journal = machine.end(_RECEIPT, unsynced)
    machine.until(lambda: bool(machine.told))
    assert machine.told == [AttemptEnded(_RECEIPT)]
    machine.supervisor._object_sync._is_busy = False
    return journal


def _follow(folder: Path) -> Machine:
    """Return the machine after its start: another agent has taken up what there is."""
    machine = Machine(folder)
    machine.supervisor._take_up()
    return machine


def test_end_with_both_streams_waits_for_one_sync(
    tmp_path: Path, store: FolderStore, disk: Disk
) -> None:
    machine = Machine(tmp_path)
    machine.supervisor._journals.current()
    machine.until(lambda: bool(disk.syncs))  # of the journal's name, once for thousands of ends
    disk.syncs.clear()
    unsynced = _print(store, tmp_path, b"out\n", b"err\n")
    # Whoever reads finds them at once.
    assert store.read_range(_OUT) == b"out\n"
    assert store.read_range(_ERR) == b"err\n"
    assert not disk.syncs
    journal = _end(machine, unsynced)
    assert disk.syncs == [journal.path]


@pytest.mark.parametrize("left", ["gone", "empty", "zeros", "whole"])
@pytest.mark.parametrize("out", [b"out\n", b"", bytes(range(256)) * (MOST_BYTES // 256)])
def test_what_was_told_outlives_a_power_cut(
    tmp_path: Path, store: FolderStore, disk: Disk, left: _Left, out: bytes
) -> None:
    _end(Machine(tmp_path), _print(store, tmp_path, out, b"err\n"))
    disk.cut_power(left)
    machine = _follow(tmp_path)
    machine.supervisor.settle(["a.1"])
    assert machine.told == [AttemptEnded(_RECEIPT)]
    assert store.read_range(_OUT) == out
    assert store.read_range(_ERR) == b"err\n"


def test_second_power_cut_takes_nothing_either(
    tmp_path: Path, store: FolderStore, disk: Disk
) -> None:
    _end(Machine(tmp_path), _print(store, tmp_path, b"out\n", b"err\n"))
    disk.cut_power("gone")
    _follow(tmp_path)
    disk.cut_power("gone")
    _follow(tmp_path)
    assert store.read_range(_OUT) == b"out\n"


def test_contents_leave_the_journal_once_their_objects_are_synced(
    tmp_path: Path, store: FolderStore, disk: Disk
) -> None:
    machine = Machine(tmp_path)
    journal = _end(machine, _print(store, tmp_path, b"out\n", b"err\n"))
    assert [each.content for each in journal.unsynced()["a.1"]] == [b"out\n", b"err\n"]
    # Even if it is full, and nothing else of it is wanted.
    machine.supervisor._journals._current = None
    machine.supervisor.forget(["a.1"])
    assert journal.path.exists()
    machine.until(lambda: not journal.path.exists())
    disk.cut_power("gone")
    _follow(tmp_path)
    assert store.read_range(_OUT) == b"out\n"


def test_object_that_was_synced_and_deleted_does_not_come_back(
    tmp_path: Path, store: FolderStore, disk: Disk
) -> None:
    machine = Machine(tmp_path)
    journal = _end(machine, _print(store, tmp_path, b"out\n", b"err\n"))
    machine.until(lambda: not journal.has_unsynced)
    assert journal.unsynced() == {}
    journal.sync()
    store.delete(_OUT)
    disk.cut_power("whole")
    _follow(tmp_path)
    with pytest.raises(ObjectStoreError):
        store.stat(_OUT)


def _replace(path: Path) -> None:
    path.with_name("new").write_bytes(b"another\n")
    path.with_name("new").replace(path)


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\n")


@pytest.mark.parametrize("change", [_replace, _grow])
def test_what_somebody_changed_since_is_left(
    tmp_path: Path, store: FolderStore, disk: Disk, change: Callable[[Path], None]
) -> None:
    _end(Machine(tmp_path), _print(store, tmp_path, b"out\n", b"err\n"))
    path = store.local_path(_OUT)
    assert path is not None
    os.utime(path, ns=(0, 0))  # The clock of files may not have gone on since.
    change(path)
    changed = path.read_bytes()
    disk.cut_power("whole")
    _follow(tmp_path)
    assert store.read_range(_OUT) == changed


def test_next_agent_writes_nothing_again_if_there_was_power(
    tmp_path: Path, store: FolderStore, disk: Disk
) -> None:
    _end(Machine(tmp_path), _print(store, tmp_path, b"out\n", b"err\n"))
    store.delete(_OUT)
    machine = _follow(tmp_path)
    with pytest.raises(ObjectStoreError):
        store.stat(_OUT)
    # It has them synced as well.
    (journal,) = tmp_path.joinpath("journal").iterdir()
    machine.until(lambda: Journal(journal).unsynced() == {})
    disk.cut_power("gone")
    assert store.read_range(_ERR) == b"err\n"


@pytest.mark.parametrize("failures", [1, 3])
def test_after_a_sync_that_failed_objects_are_written_again(
    tmp_path: Path, store: FolderStore, disk: Disk, failures: int
) -> None:
    machine = Machine(tmp_path)
    journal = _end(machine, _print(store, tmp_path, b"out\n", b"err\n"))
    disk.failures = failures
    machine.until(lambda: not journal.has_unsynced)
    # The content of the first ones is not on the disk, whatever a later sync says.
    assert not disk.failures
    assert journal.unsynced() == {}
    disk.cut_power("gone")
    assert store.read_range(_OUT) == b"out\n"
    assert store.read_range(_ERR) == b"err\n"


def test_contents_that_cannot_be_written_again_stay_in_the_journal(
    tmp_path: Path, store: FolderStore, disk: Disk
) -> None:
    journal = _end(Machine(tmp_path), _print(store, tmp_path, b"out\n", b"err\n"))
    disk.cut_power("gone")
    away = tmp_path / "away"
    (tmp_path / "objects").rename(away)  # As if its disk were not mounted.
    (tmp_path / "objects").write_bytes(b"")
    with pytest.raises(FileExistsError):
        Machine(tmp_path)
    (tmp_path / "objects").unlink()
    machine = Machine(tmp_path)
    (tmp_path / "objects").rename(tmp_path / "empty")
    machine.supervisor._take_up()
    machine.supervisor.forget(["a.1"])
    assert journal.path.exists()
    away.rename(tmp_path / "objects")
    _follow(tmp_path)
    assert store.read_range(_OUT) == b"out\n"


def test_contents_leave_a_journal_whose_sync_failed_with_their_receipt(
    tmp_path: Path, store: FolderStore, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batchcompute.server.executors.agent.supervisor.PAUSE_SECONDS", 0.0)
    machine = Machine(tmp_path)
    sync, failures = os.fdatasync, [OSError(errno.EIO, os.strerror(errno.EIO))]

    def fail_once(descriptor: int) -> None:
        if failures:
            raise failures.pop()
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", fail_once)
    _end(machine, _print(store, tmp_path, b"out\n", b"err\n"))
    assert len(list((tmp_path / "journal").iterdir())) == 2
    disk.cut_power("gone")
    _follow(tmp_path)
    assert store.read_range(_OUT) == b"out\n"
    assert store.read_range(_ERR) == b"err\n"


def test_streams_that_are_long_or_replace_something_are_synced_at_once(
    tmp_path: Path, store: FolderStore, disk: Disk
) -> None:
    store.put_bytes(b"so far\n", _ERR)
    disk.syncs.clear()
    long = b"x" * (MOST_BYTES + 1)
    assert _print(store, tmp_path, long, b"err\n") == []
    assert len(disk.syncs) == 4
    disk.cut_power("gone")
    assert store.read_range(_OUT) == long
    assert store.read_range(_ERR) == b"err\n"


def test_object_without_a_place_in_its_folder_is_synced_at_once(
    tmp_path: Path, store: FolderStore, disk: Disk
) -> None:
    (tmp_path / "objects" / "b" / "out").rmdir()
    store.put_bytes(b"a file\n", "oss://b/out")
    (kept,) = _print(store, tmp_path, b"out\n", b"err\n")
    assert kept.address == _ERR
    assert store.read_range(_OUT) == b"out\n"


def _mounts(tmp_path: Path, *mounts: tuple[Path, str]) -> Path:
    lines = [
        f"{number} 1 8:1 / {str(place).replace(' ', chr(92) + '040')} rw - {kind} /dev/x rw"
        for number, (place, kind) in enumerate(mounts)
    ]
    listed = tmp_path / "mounts"
    listed.write_text("\n".join(lines))
    return listed


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("ext4", "xfs"), True),
        (("nfs4", "ext4"), True),
        (("ext4", "nfs4"), False),
        (("ext4", "overlay"), False),
    ],
)
def test_only_file_systems_that_keep_the_order_count(
    tmp_path: Path, kinds: tuple[str, str], expected: bool
) -> None:
    inner = tmp_path / "a disk"
    (inner / "objects").mkdir(parents=True)
    (tmp_path / "a disk of others").mkdir()
    outer_kind, inner_kind = kinds
    mounts = _mounts(tmp_path, (Path("/"), outer_kind), (inner, inner_kind))
    assert keeps_order((inner / "objects", inner), mounts) is expected
    assert keeps_order((inner,), tmp_path / "none") is False
    beside = keeps_order((tmp_path / "a disk of others",), mounts)
    assert beside is (outer_kind != "nfs4")


def test_folders_of_different_file_systems_do_not_count(tmp_path: Path) -> None:
    assert keeps_order((tmp_path, Path("/proc"))) is False


def test_whole_file_system_is_synced(tmp_path: Path) -> None:
    FileSystem(tmp_path).sync()
    assert boot_id()
