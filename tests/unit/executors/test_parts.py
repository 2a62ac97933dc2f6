"""The parts of the embedded executor that need no program."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.executors import embedded
from batchcompute.server.executors.agent.messages import (
    Lines,
    Report,
    attempt_of,
    decode_attempt,
    decode_report,
    encode_attempt,
    send_report,
)
from batchcompute.server.executors.agent.workers import Workers
from batchcompute.server.executors.attempt.files.package import (
    RefusedMemberError,
    unpack_members,
    unpack_members_by_hand,
)
from batchcompute.server.executors.attempt.record import Holder, Record, Tombstone
from batchcompute.server.executors.attempt.worlds import namespace
from batchcompute.server.executors.embedded.executor import EmbeddedExecutor
from batchcompute.server.executors.interface import Attempt, Executor, Receipt
from batchcompute.server.objects import open_store

RECEIPT = Receipt("a.1", "exited", 3, 1.5, 2.25, detail="ü\n")


@pytest.fixture
def record(tmp_path: Path) -> Record:
    made = Record(tmp_path / "attempts" / "a.1")
    made.create()
    return made


def test_embedded_executor_is_an_executor(tmp_path: Path) -> None:
    executor: Executor = EmbeddedExecutor(tmp_path, open_store(tmp_path / "objects"))
    with pytest.raises(RuntimeError, match="not open"):
        executor.stop(["a.1"])
    executor.close(stop_attempts=True)


@given(chunks=st.lists(st.binary(max_size=8)))
def test_lines_do_not_depend_on_how_bytes_arrive(chunks: list[bytes]) -> None:
    lines = Lines()
    found = [line for chunk in chunks for line in lines.feed(chunk)]
    assert found == b"".join(chunks).split(b"\n")[:-1]


@given(command=st.text(), environment=st.dictionaries(st.text(), st.text()))
def test_attempt_survives_its_way_to_the_forker(command: str, environment: dict[str, str]) -> None:
    attempt = Attempt("a.1", "pool", "vm", command, environment)
    line = encode_attempt(attempt)
    assert line.count(b"\n") == 1
    assert attempt_of(line) == "a.1"
    assert decode_attempt(line) == attempt


def test_report_survives_its_way_to_the_server() -> None:
    read_end, write_end = os.pipe()
    report = Report("claimed", "a.1", 1763828374.123456)
    send_report(write_end, report)
    assert decode_report(os.read(read_end, 100)) == report
    os.close(read_end)
    send_report(write_end, report)
    os.close(write_end)
    with pytest.raises(ValueError, match="no report"):
        decode_report(b"nonsense a.1 0")


def test_receipt_is_written_once(record: Record) -> None:
    assert record.outcome() is None
    assert record.conclude(RECEIPT)
    assert not record.conclude(Receipt("a.1", "exited", 0, 1.0, 2.0))
    assert not record.conclude(Tombstone("late"))
    assert record.outcome() == RECEIPT
    assert record.bury("late") == RECEIPT
    assert sorted(os.listdir(record.folder)) == ["lock", "receipt.json"]


@pytest.mark.parametrize("torn", [b"", b'{"attempt_id": "a.1", "rea'])
def test_half_a_receipt_is_none(record: Record, torn: bytes) -> None:
    (record.folder / "receipt.json").write_bytes(torn)
    assert record.outcome() is None
    assert record.bury("lost") == Tombstone("lost")
    assert record.outcome() == Tombstone("lost")
    assert not record.conclude(RECEIPT)


def test_receipt_that_does_not_fit_leaves_nothing(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="no space"):
            record.conclude(RECEIPT)
    assert os.listdir(record.folder) == []
    assert record.conclude(RECEIPT)


def test_tombstone_keeps_the_receipt_out(record: Record) -> None:
    assert record.bury("lost") == Tombstone("lost")
    assert not record.conclude(RECEIPT)
    assert record.bury("again") == Tombstone("lost")


def test_held_lock_keeps_the_tombstone_out(record: Record) -> None:
    lock = record.acquire()
    assert lock is not None
    assert record.acquire() is None
    assert record.is_held()
    assert record.holder() is None
    record.introduce(lock, Holder(1, "pool", "vm", 2.5))
    assert record.holder() == Holder(1, "pool", "vm", 2.5)
    assert record.bury("lost") is None
    assert record.remove(record.folder.parent) is None
    assert record.folder.exists()
    os.close(lock)
    assert not record.is_held()


def test_removed_attempt_has_no_lock(record: Record, tmp_path: Path) -> None:
    assert record.remove(tmp_path) is None
    assert record.remove(tmp_path) is None
    assert os.listdir(tmp_path) == ["attempts"]
    with pytest.raises(FileNotFoundError):
        record.acquire()


def test_eviction_stands_above_a_stop(record: Record) -> None:
    assert record.asked() is None
    record.ask("stop")
    assert record.asked() == "stop"
    record.ask("evict")
    assert record.asked() == "evict"


def test_workers_boot_once_and_leave_once() -> None:
    workers = Workers()
    workers.request("p", {"a": False, "b": True}, 5.0)
    assert workers.has("p", "a")
    assert workers.next_boot() == 5.0
    workers.request("p", {"a": False, "b": True}, 9.0)
    assert list(workers.booted(4.9)) == []
    assert list(workers.booted(5.0)) == [("p", "a")]
    assert list(workers.booted(99.0)) == []
    assert workers.next_boot() is None
    workers.release(("p", "a"))
    workers.release(("p", "a"))
    assert not workers.has("p", "a")
    assert workers.is_leaving(("p", "a"))
    workers.left(("p", "a"))
    assert not workers.is_leaving(("p", "a"))


def test_worker_released_while_it_boots_never_joins() -> None:
    workers = Workers()
    workers.request("p", {"a": False}, 5.0)
    workers.release(("p", "a"))
    workers.release(("p", "unknown"))
    assert list(workers.booted(5.0)) == []


def _fake_bubblewrap(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'bwrap: No permissions to create a new namespace' >&2; exit 1", "No permissions"),
        ("exit 0", "trace"),
        ("exit 7", "exit code 7"),
    ],
)
def test_bubblewrap_that_does_not_work_is_told_and_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    _fake_bubblewrap(tmp_path / "bin", script, monkeypatch)
    objects = open_store(tmp_path / "objects")
    executor = EmbeddedExecutor(tmp_path / "data", objects, slots=3)
    found = executor.probe()
    executor.close(stop_attempts=False)
    assert (found.name, found.slots, found.complete_kill) == ("embedded", 3, False)
    assert words in found.notes[0]
    insisting = EmbeddedExecutor(tmp_path / "data", objects, isolation="namespace")
    with pytest.raises(RuntimeError, match=words):
        insisting.open(lambda event: None)


def test_missing_bubblewrap_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    executor = EmbeddedExecutor(tmp_path / "data", open_store(tmp_path / "objects"))
    notes = executor.probe().notes
    executor.close(stop_attempts=False)
    assert "not installed" in notes[0]


def test_agent_that_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executor = EmbeddedExecutor(
        tmp_path / "data", open_store(tmp_path / "objects"), isolation="process-group"
    )
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such module >&2\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(RuntimeError, match="agent does not start: no such module"):
        executor.open(lambda event: None)


def test_receiver_that_fails_is_logged_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: object) -> None:
        raise KeyError(event)

    executor = EmbeddedExecutor(
        tmp_path / "data", open_store(tmp_path / "objects"), isolation="process-group"
    )
    executor.open(fail)
    with pytest.raises(RuntimeError, match="open already"):
        executor.open(fail)
    executor.stop(["a.1"])
    executor.close(stop_attempts=True)
    assert "the receiver of AttemptLost" in caplog.text


def test_windows_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(RuntimeError, match="Windows"):
        embedded.__getattr__("EmbeddedExecutor")
    with pytest.raises(AttributeError, match="Nothing"):
        embedded.__getattr__("Nothing")


def test_forker_loads_no_threads_and_no_server() -> None:
    script = (
        "import batchcompute.server.executors.agent.forker, sys, threading;"
        "heavy = {'uvicorn', 'starlette', 'sqlalchemy', 'pydantic', 'httpx'};"
        "print(threading.active_count(), sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout == "1 []\n"


def _archive(*members: tuple[tarfile.TarInfo, bytes]) -> tarfile.TarFile:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    return tarfile.open(fileobj=buffer, mode="r:gz")


def _member(name: str, **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(member, field, value)
    return member, b"" if "type" in fields else b"x"


_UNPACK = [unpack_members_by_hand]
if hasattr(tarfile, "data_filter"):
    _UNPACK.append(unpack_members)


@pytest.mark.filterwarnings("ignore:Python 3.14 will:DeprecationWarning")
@pytest.mark.parametrize("unpack", _UNPACK)
def test_both_ways_of_unpacking_agree_on_what_is_safe(
    unpack: Callable[[tarfile.TarFile, Path], None], tmp_path: Path
) -> None:
    members = [
        _member("d", type=tarfile.DIRTYPE, mode=0o777),
        _member("d/run", mode=0o6777, uid=7, gid=7, uname="games", gname="games"),
        _member("d/data", mode=0o000),
        _member("d/soft", type=tarfile.SYMTYPE, linkname="../d/data"),
        _member("hard", mode=0, type=tarfile.LNKTYPE, linkname="d/data"),
        _member("/absolute", mode=0o644),
    ]
    with _archive(*members) as tar:
        unpack(tar, tmp_path)
    modes = {
        str(path.relative_to(tmp_path)): oct(path.lstat().st_mode & 0o7777)
        for path in tmp_path.rglob("*")
        if not path.is_symlink() and path.is_file()
    }
    assert modes == {"d/run": "0o755", "d/data": "0o600", "hard": "0o600", "absolute": "0o644"}
    assert (tmp_path / "d" / "run").stat().st_uid == os.getuid()
    assert (tmp_path / "d" / "soft").read_bytes() == b"x"


@pytest.mark.filterwarnings("ignore:Python 3.14 will:DeprecationWarning")
@pytest.mark.parametrize("unpack", _UNPACK)
@pytest.mark.parametrize(
    "members",
    [
        [_member("../out")],
        [_member("d/../../out")],
        [_member("soft", type=tarfile.SYMTYPE, linkname="/etc/passwd")],
        [_member("soft", type=tarfile.SYMTYPE, linkname="..")],
        [_member("d/soft", type=tarfile.SYMTYPE, linkname="../../out")],
        [_member("hard", type=tarfile.LNKTYPE, linkname="../out")],
        [_member("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)],
        [_member("disk", type=tarfile.BLKTYPE)],
        [_member("pipe", type=tarfile.FIFOTYPE)],
    ],
    ids=lambda members: members[0][0].name + "-" + members[0][0].linkname,
)
def test_both_ways_of_unpacking_agree_on_what_is_not(
    unpack: Callable[[tarfile.TarFile, Path], None],
    members: list[tuple[tarfile.TarInfo, bytes]],
    tmp_path: Path,
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with (
        _archive(_member("first"), *members, _member("last")) as tar,
        pytest.raises(RefusedMemberError, match="is refused: ") as caught,
    ):
        unpack(tar, folder)
    assert repr(members[0][0].name) in str(caught.value)
    assert os.listdir(tmp_path) == ["folder"]
    assert not (folder / "last").exists()


def test_view_of_the_host_is_remembered_while_it_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("empty", "full/inner"):
        (tmp_path / name).mkdir(parents=True)
    shown = namespace._show_host
    scans: list[str] = []

    def counted(folder: str, places: Collection[str]) -> Iterator[str]:
        scans.append(folder)
        yield from shown(folder, places)

    monkeypatch.setattr(namespace, "_show_host", counted)
    host = namespace._PlainHost(str(tmp_path))
    empty, full = str(tmp_path / "empty"), str(tmp_path / "full")
    later = time.time_ns() + 3600 * 10**9  # A moment ago, however long this takes.
    os.utime(tmp_path, ns=(later, later))
    expected = ["--dir", empty, "--ro-bind-try", full, full]
    assert [host.arguments() for _ in range(3)] == [expected] * 3
    # What was changed a moment ago may change again unseen.
    assert len(scans) == 3
    for folder in (tmp_path, tmp_path / "empty"):
        os.utime(folder, ns=(0, 0))
    assert [host.arguments() for _ in range(3)] == [expected] * 3
    assert len(scans) == 4
    (tmp_path / "empty" / "file").touch()
    assert host.arguments() == ["--ro-bind-try", empty, empty, "--ro-bind-try", full, full]
    (tmp_path / "new").mkdir()
    assert host.arguments()[-2:] == ["--dir", str(tmp_path / "new")]
