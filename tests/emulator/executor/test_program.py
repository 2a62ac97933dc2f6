"""What a program finds, and what is told about its end."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchcompute.server.executors.attempt.worlds.disks import find_disks
from batchcompute.server.executors.interface import AttemptStarted
from tests.emulator.executor.conftest import wait_until

if TYPE_CHECKING:
    from tests.emulator.executor.conftest import Bench

#: What a shell makes its commands in the background ignore, `nohup` and Python's own.
_IGNORED = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE)


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [("true", 0), ("exit 3", 3), ("kill -SEGV $$", 139), ("no-such-program", 127)],
)
def test_exit_code_is_told(shared: Bench, command: str, exit_code: int) -> None:
    before = time.time()
    receipt = shared.run("a.1", command)
    assert (receipt.reason, receipt.exit_code) == ("exited", exit_code)
    assert before <= receipt.started_at <= receipt.ended_at <= time.time()
    assert (receipt.error_code, receipt.error_message) == ("", "")


def test_start_is_told_as_the_receipt_has_it(shared: Bench) -> None:
    shared.start_gated("a.1", "true")
    started = shared.events.started("a.1")
    shared.let_on("a.1")
    assert shared.events.receipt("a.1").started_at == started.started_at


def test_program_killed_from_outside_keeps_its_code_without_an_eviction(shared: Bench) -> None:
    assert shared.run("a.1", "kill -KILL $$").exit_code == 137


def test_environment_is_the_given_one_with_defaults(
    shared: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.run("a.1", "/usr/bin/env -0", environment={"A": "x\ny=ü", "LD_X": "1", "USER": "me"})
    found = dict(part.split("=", 1) for part in shared.stdout("a.1").split("\0") if part)
    for name in ("_", "SHLVL", "OLDPWD"):  # made by some shells themselves
        found.pop(name, None)
    work = str(shared.work("a.1"))
    assert found.pop("PATH").startswith("/usr/local/sbin:")
    assert found.pop("TMPDIR")
    assert found == {
        "MARK": shared.mark, "A": "x\ny=ü", "LD_X": "1", "USER": "me", "HOME": work, "PWD": work,
    }  # fmt: skip


def test_working_directory_is_fresh_and_writable(shared: Bench) -> None:
    command = "pwd; ls -A; echo x > file; echo y > $TMPDIR/other; cat file $TMPDIR/other"
    assert shared.run("a.1", command).exit_code == 0
    assert shared.run("a.2", command).exit_code == 0
    assert shared.stdout("a.2") == f"{shared.work('a.2')}\nx\ny\n"


def test_standard_input_is_empty(shared: Bench) -> None:
    shared.run("a.1", "cat; echo end")
    assert shared.stdout("a.1") == "end\n"


@pytest.fixture
def ignored_signals() -> Iterator[None]:
    """Ignored before the service starts, as in a script's background."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _IGNORED}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("ignored_signals")
def test_program_inherits_no_descriptors_and_no_signal_settings(bench: Bench) -> None:
    bench.run("a.1", "ls /proc/self/fd; grep -E 'Sig(Blk|Ign)' /proc/self/status")
    *descriptors, blocked, ignored = bench.stdout("a.1").split("\n")[:-1]
    assert descriptors == ["0", "1", "2", "3"]  # 3 is the folder that `ls` reads
    # Signals 32 and 33 belong to the C library.
    assert [int(mask.split()[1], 16) & 0x7FFFFFFF for mask in (blocked, ignored)] == [0, 0]


def test_streams_are_uploaded_after_every_end_and_overwritten(shared: Bench) -> None:
    streams = {"stdout": "oss://logs/out", "stderr": "oss://logs/err"}
    shared.run("a.1", "echo one; echo two >&2; exit 1", **streams)
    assert shared.objects.read_range("oss://logs/out") == b"one\n"
    assert shared.objects.read_range("oss://logs/err") == b"two\n"
    shared.run("a.2", "true", **streams)
    assert shared.objects.read_range("oss://logs/out") == b""


def test_streams_without_address_are_discarded(shared: Bench) -> None:
    assert shared.run("a.1", "echo one; echo two >&2", stdout="", stderr="").exit_code == 0
    assert shared.objects.list_prefix("oss://logs/") == []


def test_stream_that_cannot_be_written_fails_a_success(shared: Bench) -> None:
    receipt = shared.run("a.1", "true", stdout="oss://logs/../x")
    assert (receipt.reason, receipt.exit_code) == ("failed", 0)
    assert receipt.error_code == "InvalidStdoutRedirectPath"
    assert "StdoutRedirectPath oss://logs/../x" in receipt.error_message
    kept = shared.run("a.2", "exit 4", stdout="oss://logs/../x")
    assert (kept.reason, kept.exit_code) == ("exited", 4)
    assert "StdoutRedirectPath" in kept.detail


def test_folders_of_an_attempt_are_removed_and_its_record_when_forgotten(bench: Bench) -> None:
    bench.run("a.1", "mkdir -p d/e; touch d/e/f; chmod 0 d/e d")
    bench.executor.forget(["a.1"])
    assert bench.executor.kept_attempts() == frozenset()
    kept = [bench.data_dir / name for name in ("attempts", "trash")]
    wait_until(lambda: not any(map(os.listdir, kept)), "the record is removed")
    bench.executor.forget(["a.1", "never.1"])
    # Its shim may still be tidying up, and until that is done the end is known.
    wait_until(lambda: bench.settle("a.1") == {"a.1": "lost"}, "the attempt is forgotten")


def test_start_twice_runs_once(shared: Bench) -> None:
    # Their starts are told, as none of them ends before.
    attempt = shared.start_gated("a.1", "echo run")
    shared.executor.start([attempt])
    shared.events.started("a.1")
    shared.let_on("a.1")
    shared.events.receipt("a.1")
    for name in ("a.2", "a.3"):
        shared.executor.start([attempt])
        shared.start_gated(name, "true")
        shared.events.started(name)
        shared.let_on(name)
        shared.events.receipt(name)
    assert shared.stdout("a.1") == "run\n"
    started = [e for e in shared.events.seen if isinstance(e, AttemptStarted)]
    assert [e.attempt_id for e in started] == ["a.1", "a.2", "a.3"]
    assert len(shared.events.ends_of("a.1")) == 1


def test_attempt_id_that_is_no_file_name_is_refused(shared: Bench) -> None:
    for name in ("", ".", "..", "a/b", "a b", ".a", "a\n", "ä", "a" * 201):
        attempt = shared.attempt(name, "true")
        # There is nothing to be stopped of it.
        shared.names.remove(name)
        with pytest.raises(ValueError, match="attempt id"):
            shared.executor.start([attempt])


def test_program_does_not_see_the_services_data(shared: Bench) -> None:
    (shared.data_dir / "secret").write_text("x")
    receipt = shared.run("a.1", f"test ! -e {shared.data_dir}/secret")
    assert receipt.exit_code == (0 if shared.isolation == "namespace" else 1)


def test_program_takes_no_cover_away(shared: Bench) -> None:
    # Also where the service is root's, and so are its programs.
    if shared.isolation != "namespace":
        pytest.skip("there is none without namespaces")
    receipt = shared.run(
        "a.1", "umount -l /proc; mknod disk b 7 0; test -e /proc/self && ! test -e disk"
    )
    assert receipt.exit_code == 0
    # What root does in a container, it does here.
    as_root = 'test "$(id -u)" != 0 || { chown 1 . && chroot / true && chown 0 .; }'
    assert shared.run("a.2", as_root).exit_code == 0, shared.stderr("a.2")


def test_program_reads_no_disk(shared: Bench) -> None:
    disks = [disk.path for disk in find_disks()]
    if shared.isolation != "namespace" or not disks:
        pytest.skip("there is no disk, or nothing that keeps root from it")
    opens = f"for disk in {' '.join(disks)}; do ! (: < $disk) || exit 1; done"
    # For the second one they are covered already.
    for name in ("a.1", "a.2"):
        assert shared.run(name, opens).exit_code == 0, shared.stderr(name)


def test_program_shares_no_memory_with_others(shared: Bench) -> None:
    if shared.isolation != "namespace":
        pytest.skip("without namespaces all programs share what the machine has")
    shared.run("a.1", "readlink /proc/self/ns/ipc")
    assert shared.stdout("a.1").strip() not in ("", os.readlink("/proc/self/ns/ipc"))


@pytest.mark.usefixtures("namespaces")
def test_files_in_memory_have_a_limit(own_bench: Bench) -> None:
    own_bench.executor = own_bench.new_executor(memory_bytes=1 << 20)
    own_bench.open()
    for number, place in enumerate(("/home", "/new", "/dev/shm")):
        name = f"a.{number}"
        fill = f"head -c 3000000 /dev/urandom > {place}/big"
        own_bench.run(name, f"mkdir -p {place}; {fill} || true; stat -c %s {place}/big")
        assert int(own_bench.stdout(name)) == 1 << 20
        assert "No space left" in own_bench.stderr(name)
    # What is on disk has none.
    fill = "head -c 3000000 /dev/urandom > big && mv big /tmp/big && stat -c %s /tmp/big"
    own_bench.run("a.9", fill)
    assert own_bench.stdout("a.9") == "3000000\n"


@pytest.mark.usefixtures("namespaces")
def test_program_sees_neither_homes_nor_keys(
    own_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not below /tmp, which is the program's own anyway.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        for file in ("home/token", "key.pem", "other"):
            (folder / file).write_text("words\n")
        monkeypatch.setenv("HOME", str(folder / "home"))
        own_bench.executor = own_bench.new_executor(
            secrets=[folder / "key.pem", folder / "not there"]
        )
        own_bench.open()
        look = f"find /home /root /run {folder}/home -type f ! -name '*resolv.conf'"
        for number, output in enumerate(("", "home/out/", "out/")):
            attempt = f"a.{number}"
            mapping = {f"{folder}/{output}": "oss://b/out/"} if output else {}
            write = f"echo {attempt} > {folder}/{output}made" if output else "true"
            own_bench.run(
                attempt,
                f"cd {folder}; {look}; cat key.pem other; touch home/new; {write}",
                output_mapping=mapping,
            )
            assert own_bench.stdout(attempt) == "words\n"
            if output:
                made = own_bench.objects.read_range("oss://b/out/made")
                assert made == f"{attempt}\n".encode()
            assert not (folder / "home/new").exists()
