"""The end of the service that was asked for: what runs goes on or is stopped, as the log says."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulator.serving import Serve, run, serve_command
from tests.emulator.wire import task, until_there
from tests.processes import until_processes


def _start_one(server: Serve, command: str) -> str:
    job = server.wire.job({"t": task(command, server.wire.cluster(1))})
    server.wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    return job


def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _gated(folder: Path) -> str:
    gate = until_there(folder / "gate")
    return f"echo >> {folder}/starts; {gate}; exit 5"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_runs_goes_on_and_is_adopted(
    plain: Callable[..., Serve], tmp_path: Path, number: signal.Signals
) -> None:
    server = plain()
    job = _start_one(server, _gated(tmp_path))
    assert server.end(number) == 0
    said = "1 instance was left running, and will be adopted at the next start:"
    assert f"{said} {job}.t.0.1 [request " in server.log()
    again = plain()
    assert "attempts found: 1, of which 1 are alive" in again.log()
    (tmp_path / "gate").touch()
    assert again.wire.ended(job)["State"] == "Failed"
    assert again.wire.instances(job, "t")[0]["Result"]["ExitCode"] == 5
    assert (tmp_path / "starts").read_text() == "\n"


def test_what_runs_is_stopped_if_that_is_wanted(
    plain: Callable[..., Serve], tmp_path: Path
) -> None:
    server = plain("--stop-instances")
    job = _start_one(server, _gated(tmp_path))
    starts = tmp_path / "starts"
    _until(lambda: starts.exists() and starts.read_text())
    assert server.end() == 0
    said = "1 instance was stopped, and will run again at the next start:"
    assert f"{said} {job}.t.0.1 [request " in server.log()
    (tmp_path / "gate").touch()
    again = plain()
    assert again.wire.ended(job)["State"] == "Failed"
    assert starts.read_text() == "\n\n"
    assert again.wire.instances(job, "t")[0]["RetryCount"] == 0


def test_many_that_run_are_counted(plain: Callable[..., Serve]) -> None:
    server = plain("--slots", "25")
    wire = server.wire
    job = wire.job({"t": task("sleep 600", wire.cluster(25), 25)})
    wire.until(f"/jobs/{job}", lambda seen: seen["InstanceMetrics"]["RunningCount"] == 25)
    assert server.end() == 0
    (line,) = [line for line in server.log().splitlines() if "left running" in line]
    assert "25 instances were" in line
    assert " and 5 more [request " in line
    again = plain("--stop-instances")
    assert again.wire.send("POST", f"/jobs/{job}/stop").status_code == 201


def test_what_waits_on_a_vm_for_another_program_is_not_counted_as_running(
    plain: Callable[..., Serve],
) -> None:
    server = plain()
    wire = server.wire
    job = wire.job({"t": task("sleep 600", wire.cluster(1), 3)})
    wire.until(f"/jobs/{job}", lambda seen: seen["InstanceMetrics"]["RunningCount"] == 1)
    assert server.end() == 0
    said = "1 instance was left running, and will be adopted at the next start:"
    assert f"{said} {job}.t.0.1 [request " in server.log()
    again = plain("--stop-instances")
    assert again.wire.send("POST", f"/jobs/{job}/stop").status_code == 201


def test_asking_twice_changes_nothing(plain: Callable[..., Serve], tmp_path: Path) -> None:
    server = plain("--stop-instances")
    # It ignores what ends others, so that stopping it takes a moment.
    job = _start_one(server, f"trap '' TERM INT HUP; {_gated(tmp_path)}")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) * 30:
        server.process.send_signal(number)
    assert server.end() == 0
    assert "Traceback" not in server.log()
    assert f"next start: {job}.t.0.1 [request " in server.log()


#: Asks for the end once more where Python has given signals their default actions back: when the
#: builtins go, almost at the end of the process.
_LATE = """
import builtins, os, signal, sys
if "serve" in sys.orig_argv:
    class Late:
        def __del__(self, os=os, process=os.getpid(), number=signal.{name}):
            os.write(2, b"asked late\\n")
            os.kill(process, number)
    builtins.late = Late()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_asking_when_nearly_nothing_is_left_changes_nothing(
    plain: Callable[..., Serve], tmp_path: Path, number: signal.Signals
) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "sitecustomize.py").write_text(_LATE.format(name=number.name))
    server = plain(environment={"PYTHONPATH": str(modules)})
    assert server.end() == 0
    assert server.log().endswith("asked late\n")


def test_end_of_the_terminal_does_not_end_what_nohup_started(tmp_path: Path) -> None:
    server = Serve(tmp_path / "data", within=["nohup"])
    server.process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    server.wire.get("/jobs")
    assert server.end() == 0


def test_signal_during_the_start_ends_it_in_order(tmp_path: Path) -> None:
    with subprocess.Popen(
        serve_command(tmp_path / "data"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        _until((tmp_path / "data" / "lock").exists)
        process.terminate()
        _, words = process.communicate(timeout=60)
    assert process.returncode == 0, words
    assert "Traceback" not in words
    assert not (tmp_path / "data" / "endpoint.json").exists()


def test_two_servers_that_start_together_agree_on_one(tmp_path: Path) -> None:
    command = serve_command(tmp_path / "data")
    pipe = subprocess.PIPE
    both = [subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    _until(lambda: any(each.poll() is not None for each in both))
    refused, winner = sorted(both, key=lambda each: each.returncode is None)
    assert winner.stdout is not None
    assert winner.stdout.readline().startswith("listening on ")
    words = refused.communicate()[1]
    assert refused.returncode == 1
    assert words.startswith("error: another server (process ")
    assert len(words.splitlines()) == 1
    shown = run("env", "--data", str(tmp_path / "data"))
    assert shown.returncode == 0
    winner.terminate()
    winner.communicate(timeout=60)
    assert winner.returncode == 0


def test_no_process_is_left_of_a_server_that_ended(plain: Callable[..., Serve]) -> None:
    server = plain("--stop-instances")
    _start_one(server, "sleep 600")
    assert server.end() == 0
    # The last ones end by themselves, as they see that nobody is left who would need them.
    until_processes(str(server.data), False)
