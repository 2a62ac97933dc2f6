"""The parts of the embedded executor that need no program."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.executors import embedded
from batchcompute.server.executors.agent import logs
from batchcompute.server.executors.agent.frames import FrameSocket
from batchcompute.server.executors.agent.journal import Begun, Journal, JournalWriter
from batchcompute.server.executors.agent.messages import Lines, send_end
from batchcompute.server.executors.agent.protocol import attempt_item, read_attempt, read_order
from batchcompute.server.executors.agent.slots import Slot
from batchcompute.server.executors.agent.workers import Workers
from batchcompute.server.executors.attempt.files.package import (
    RefusedMemberError,
    unpack_members,
    unpack_members_by_hand,
)
from batchcompute.server.executors.attempt.requests import Requests
from batchcompute.server.executors.attempt.worlds import namespace
from batchcompute.server.executors.embedded.executor import EmbeddedExecutor
from batchcompute.server.executors.interface import Attempt, Executor, Receipt
from batchcompute.server.objects import open_store

RECEIPT = Receipt("a.1", "exited", 3, 1.5, 2.25, detail="ü\n")


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
def test_attempt_survives_its_way_to_a_shim(command: str, environment: dict[str, str]) -> None:
    attempt = Attempt(
        "a.1", "pool", "vm", command, environment, mounts=(("oss://b/", "/b/", True),)
    )
    order = read_order(json.loads(json.dumps(attempt_item(attempt))))
    assert (order.attempt_id, order.pool_id, order.worker_id) == ("a.1", "pool", "vm")
    assert order.line.count(b"\n") == 1
    assert read_attempt(order.line) == attempt


def test_receipt_survives_its_way_to_the_agent() -> None:
    near, far = socket.socketpair()
    with near, far:
        send_end(far, "done", has_unsynced=True, receipt=RECEIPT)
        word, has_unsynced, *values = json.loads(near.recv(1 << 16))
    assert (word, has_unsynced, Receipt(*values)) == ("done", True, RECEIPT)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal")) as made:
        yield made


def _writer(journal: Journal, number: int = 1) -> JournalWriter:
    """Write in this process, which has to leave the file of the reader open: see `Journal`."""
    return JournalWriter(journal.path, number)


def test_journal_says_what_was_begun_and_how_it_ended(journal: Journal) -> None:
    writer = _writer(journal)
    writer.begin(Attempt("a.1", "pool", "vm", "true"), 1.5)
    entries = journal.refresh()
    assert entries.shims == {1: os.getpid()}
    assert entries.begun == {"a.1": Begun(1, "pool", "vm", 1.5)}
    writer.end(RECEIPT)
    writer.begin(Attempt("a.2", "pool", "vm", "true"), 2.5)
    _writer(journal, 2).refuse("a.2")
    entries = journal.refresh()
    assert entries.begun.keys() == {"a.2"}
    assert entries.receipts == {"a.1": RECEIPT}
    writer.refuse("a.2")
    assert journal.refresh().begun == {}


@pytest.mark.parametrize("torn", [b"", b'["end", "a.1", "exi', b"[]", b"\xff", b"{}", b'["end"]'])
def test_half_a_line_is_none_and_harms_no_other(journal: Journal, torn: bytes) -> None:
    with journal.path.open("ab") as file:
        file.write(torn)
    assert journal.refresh().receipts == {}
    _writer(journal).end(RECEIPT)
    assert journal.refresh().receipts == {"a.1": RECEIPT}


@pytest.mark.parametrize(
    "line",
    [
        ["shim", [], 1],
        ["begin", "1", "a.2", "pool", "vm", 1.5],
        ["begin", 1 << 80, "a.2", "pool", "vm", 1.5],
        ["begin", 1, ["a.2"], "pool", "vm", 1.5],
        ["begin", 1, "a.2", "pool", "vm", float("nan")],
        ["refuse", 1, {}],
        ["unsynced", [], "x"],
        ["end", ["a.2"], "exited", 0, 1.5, 2.5],
        ["end", "a.2", "exited", None, 1.5, 2.5],
        ["end", "a.2", "exited", 0, "1.5", 2.5],
        ["end", "a.2", "exited", 0, 1.5, 2.5, 7],
        ["end", "a.2", "exited", 0, 1.5, 2.5, "", "", "", ""],
    ],
)
def test_line_that_no_shim_wrote_harms_no_other(journal: Journal, line: list[Any]) -> None:
    """One of a damaged disk would end every agent that reads it."""
    writer = _writer(journal)
    writer.begin(Attempt("a.1", "pool", "vm", "true"), 1.5)
    with journal.path.open("a") as file:
        file.write(f"{json.dumps(line)}\n")
    entries = journal.refresh()
    assert entries.begun == {"a.1": Begun(1, "pool", "vm", 1.5)}
    assert journal.unsynced().get("a.1", []) == []
    writer.end(RECEIPT)
    assert journal.refresh().receipts == {"a.1": RECEIPT}


def test_line_that_does_not_fit_is_written_later(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = _writer(journal)
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        return write(descriptor, data[:10])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            writer.end(RECEIPT)
    assert journal.refresh().receipts == {}
    writer.end(RECEIPT)
    assert journal.refresh().receipts == {"a.1": RECEIPT}


def test_shim_lives_as_long_as_it_has_its_lock(journal: Journal) -> None:
    script = (
        "import sys; from pathlib import Path;"
        "from batchcompute.server.executors.agent.journal import JournalWriter;"
        "writer = JournalWriter(Path(sys.argv[1]), 3); print('ready', flush=True); input()"
    )
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", script, str(journal.path)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert journal.is_alive(3)
        assert not journal.is_alive(2)
        process.kill()
        process.wait()
        assert not journal.is_alive(3)


def test_journal_that_is_gone_has_no_writer(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        JournalWriter(tmp_path / "none", 1)


def test_eviction_stands_above_a_stop(tmp_path: Path) -> None:
    requests = Requests(tmp_path)
    assert requests.asked("a.1") is None
    requests.ask("a.1", "stop")
    assert requests.asked("a.1") == "stop"
    requests.ask("a.1", "evict")
    assert requests.asked("a.1") == "evict"
    assert requests.asked("a.2") is None
    requests.withdraw("a.1")
    assert os.listdir(tmp_path) == []


def test_slot_is_as_new_for_each_attempt(tmp_path: Path) -> None:
    (tmp_path / "attempts").mkdir()
    (tmp_path / "slots" / "boot").mkdir(parents=True)
    slot = Slot(tmp_path, "boot", 1, namespaces=True)
    space = slot.claim("a.1")
    assert sorted(os.listdir(space.folder)) == ["root", "work"]
    assert slot.is_clean()
    slot.release()
    assert os.listdir(tmp_path / "attempts") == []

    space = slot.claim("a.2")
    space.stream("stderr").touch()
    os.chmod(space.work, 0)
    os.setxattr(space.root, "user.left", b"x")
    assert slot.is_clean()
    slot.release()

    space = slot.claim("a.3")
    assert oct(os.stat(space.work).st_mode & 0o777) == "0o755"
    assert os.listxattr(space.root) == []
    assert oct(os.stat(space.temporary).st_mode & 0o7777) == "0o1777"
    left = Path(space.work, "a")
    left.mkdir()
    (left / "b").touch()
    left.chmod(0)
    (space.folder / "more").symlink_to("/")
    assert not slot.is_clean()
    assert slot.clean()
    slot.release()

    space = slot.claim("a.4")
    os.rmdir(space.work)
    os.symlink(tmp_path, space.work)
    assert not slot.is_clean()
    assert slot.clean()
    slot.release()
    (tmp_path / "attempts" / "a.5" / "work").mkdir(parents=True)
    with pytest.raises(OSError, match="not empty"):
        slot.claim("a.5")
    (tmp_path / "slots").rename(tmp_path / "former")
    with pytest.raises(FileNotFoundError):
        slot.claim("a.6")


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


def test_verb_that_comes_while_the_executor_closes_writes_into_nothing_foreign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = EmbeddedExecutor(
        tmp_path / "data", open_store(tmp_path / "objects"), isolation="process-group"
    )
    executor.open(lambda _: None)
    # The agent takes nothing more, so the thread that waits for it is to be woken up.
    monkeypatch.setattr(FrameSocket, "has_unsent", True)
    closing = threading.Thread(target=lambda: executor.close(stop_attempts=False))
    caller, write = threading.current_thread(), os.write
    pipes: list[bool] = []

    def slow(descriptor: int, data: bytes) -> int:
        """Let the end of the executor go first, if that is possible."""
        if threading.current_thread() is caller and not closing.is_alive():
            before = os.fstat(descriptor).st_ino
            closing.start()
            closing.join(0.3)
            pipes.append(os.fstat(descriptor).st_ino == before)
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", slow)
    executor.stop(["a.1"])
    closing.join(60)
    assert pipes == [True]
    with pytest.raises(RuntimeError, match="not open"):
        executor.stop(["a.1"])


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


def test_log_of_an_agent_stays_short(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("ab", buffering=0) as shim:
        for number in range(3_000):
            shim.write(f"{number} {'x' * 400}\n".encode())
        logs.bound(log)
        assert 200_000 < log.stat().st_size <= 250_000
        shim.write(b"last\n")
    lines = log.read_text().splitlines()
    assert lines[0].endswith(" " + "x" * 400)
    assert lines[-2].startswith("2999 ")
    assert lines[-1] == "last"
    logs.bound(log)
    assert log.read_text().splitlines() == lines
    assert logs.last_words(log).endswith("last")
    logs.bound(tmp_path / "none")
    assert logs.last_words(tmp_path / "none") == ""
