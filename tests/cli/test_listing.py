"""Lists, what is shown of single things, changes of many, and the exit codes of all that."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from batchcompute import Client
from tests.cli.conftest import COMMAND, Run


def test_jobs_are_listed_in_all_forms(run: Run, failed_job: str) -> None:
    table = run("jobs", "--name", "some-*").stdout.splitlines()
    assert table[0].split()[:3] == ["JOB", "NAME", "STATE"]
    assert failed_job in table[1]
    assert "Finished" in table[1]
    assert "2/3" in table[1]
    assert run("jobs", "--name", "some-*", "-o", "ids").stdout == f"{failed_job}\n"
    (listed,) = json.loads(run("jobs", "--name", "some-*", "-o", "json").stdout)
    (line,) = run("jobs", "--name", "some-*", "-o", "jsonl").stdout.splitlines()
    assert json.loads(line) == listed
    assert listed["CreationTime"].endswith("Z")
    assert "CREATED AT" in run("jobs", "-o", "wide").stdout
    nothing = run("jobs", "--name", "nothing-*")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "none match\n")


def test_newest_job_is_the_first_and_the_last(run: Run, submitted: Callable[..., str]) -> None:
    ids = [submitted("true", "--name", "ordered") for _ in range(3)]

    assert run("jobs", "-n", "2", "-o", "ids").stdout.split() == ids[:0:-1]
    assert ids[2] in run("show", "last").stdout
    assert run("wait", "last:3").returncode == 0


def test_states_and_instances_select(run: Run, failed_job: str) -> None:
    def ids(*words: str) -> list[str]:
        done = run("instances", *words, "-o", "ids")
        assert done.returncode == 0, done.stderr
        return [line.removeprefix(f"{failed_job}/main/") for line in done.stdout.split()]

    assert ids(failed_job) == ["0", "1", "2"]
    assert ids(failed_job, "failed") == ["1"]
    assert ids(failed_job, "main", "1-") == ["1", "2"]
    assert ids(f"{failed_job}/main/0-9:2") == ["0", "2"]
    assert ids(failed_job, "0,2") == ["0", "2"]
    assert ids(failed_job, "1:5") == ["1"]
    assert ids(f"{failed_job}/main/0-1,failed") == ["1"]
    shown = run("instances", failed_job, "failed")
    assert shown.stdout.splitlines()[1].split()[:4] == ["main", "1", "Failed", "7"]


def test_job_task_and_instance_are_shown(run: Run, failed_job: str, broken_job: str) -> None:
    assert "instance 0 exited with code 7" in run("show", broken_job).stdout
    assert f"batchcompute logs {failed_job} failed" in run("show", failed_job).stdout
    assert "Failed" in run("show", failed_job, "main").stdout
    instance = run("show", f"{failed_job}/main/1").stdout
    assert "Exit code:   7" in instance
    assert json.loads(run("show", f"{failed_job}/main/1", "-o", "json").stdout)["InstanceId"] == 1
    description = json.loads(run("show", failed_job, "--description").stdout)
    assert description["DAG"]["Tasks"]["main"]["InstanceCount"] == 3


def test_logs_of_all_of_the_failed_and_of_one(run: Run, failed_job: str) -> None:
    everything = run("logs", failed_job, "--stream", "stdout").stdout
    assert everything == "".join(f"main/{number}: out {number}\n" for number in range(3))
    assert run("logs", failed_job, "--failed").stdout == "out 1\nerr\n"
    assert run("logs", failed_job, "main", "2", "--stream", "stderr").stdout == "err\n"
    assert run("logs", f"{failed_job}/main/2", "--tail", "0").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "job-000000000000000000000000000000ff"], 5),
        (["logs", "job-000000000000000000000000000000ff"], 5),
        (["wait", "job-000000000000000000000000000000ff"], 5),
        (["stop", "job-000000000000000000000000000000ff"], 5),
        (["cat", "oss://nobody/has/it"], 5),
        (["wait", "{broken}"], 3),
        (["wait", "{job}"], 0),
        (["stop", "{job}"], 1),
        (["show", "{job}/nothing"], 5),
        (["show", "{job}/main/99"], 5),
        (["instances", "{job}", "5-1"], 2),
        (["instances", "{job}", "0-3:0"], 2),
    ],
)
def test_exit_code_says_what_happened(
    run: Run, failed_job: str, broken_job: str, arguments: list[str], code: int
) -> None:
    done = run(*[word.format(job=failed_job, broken=broken_job) for word in arguments])

    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("error: ") or code in (0, 3)
    assert "Traceback" not in done.stderr


def test_exit_code_of_refused_callers_and_of_no_answer(run: Run) -> None:
    refused = run("jobs", env={"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"})
    assert refused.returncode == 6
    silent = run("jobs", env={"BATCHCOMPUTE_ENDPOINT": "http://127.0.0.1:1"})
    assert silent.returncode == 1
    assert "batchcompute doctor" in silent.stderr
    objects = run("ls", "oss://batchcompute", env={"OSS_ACCESS_KEY_SECRET": "wrong"})
    assert objects.returncode == 6


def test_job_is_stopped_waited_for_started_and_deleted(run: Run, client: Client) -> None:
    job = run("submit", "--name", "endless", "--", "sleep", "600").stdout.strip()
    given_up = run("wait", job, "--timeout", "0.1")
    assert given_up.returncode == 124
    assert run("rm", job).returncode == 1
    assert run("stop", job).returncode == 0
    assert run("wait", job).returncode == 4
    assert run("priority", "7", job).returncode == 0
    assert client.get_job(job).Priority == 7
    assert run("start", job).returncode == 0
    assert run("rm", "--force", job).returncode == 0
    assert run("show", job).returncode == 5


def test_many_are_changed_at_once_but_not_without_being_asked(run: Run, client: Client) -> None:
    jobs = [
        run("submit", "--name", f"many-{number}", "--", "sleep", "600").stdout.strip()
        for number in range(2)
    ]
    unasked = run("stop", "--all", "--name", "many-*")
    assert unasked.returncode == 2
    timed_out = run("wait", jobs[0], "--timeout", "0.05")
    assert timed_out.returncode == 124
    assert timed_out.stderr.rstrip().endswith("goes on")
    assert "--all selects 2 jobs; add --yes" in unasked.stderr
    assert "selects 1 job;" in run("stop", "--all", "--name", "many-1").stderr
    assert run("stop", "--all", "--name", "many-*", "--yes").returncode == 0
    assert {client.wait_job(job, timeout=60).State for job in jobs} == {"Stopped"}


def test_interrupted_wait_says_that_the_job_goes_on(
    run: Run, environ: dict[str, str], client: Client
) -> None:
    job = run("submit", "--", "sleep", "600").stdout.strip()
    process = subprocess.Popen(
        [*COMMAND, "watch", job],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert any("1 running" in line for line in process.stdout)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert f"{job} goes on" in errors
    assert client.get_job(job).State == "Running"
    assert run("rm", "--force", job).returncode == 0


def test_reader_that_goes_away_is_no_error(environ: dict[str, str], failed_job: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        [*COMMAND, "jobs", "-o", "jsonl"], env=environ, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (141, b"")


def test_objects_that_show_folders_are_copied_as_folders(run: Run, tmp_path: Path) -> None:
    for name in ("marked/", "marked/sub/", "marked/sub/a", "marked/empty/"):
        given = "" if name.endswith("/") else "words"
        assert run("cp", "-", f"oss://files/{name}", given=given).returncode == 0
    assert run("cp", "-r", "oss://files/marked", "back", cwd=tmp_path).returncode == 0
    assert (tmp_path / "back" / "sub" / "a").read_text() == "words"
    assert (tmp_path / "back" / "empty").is_dir()


def test_object_that_would_leave_the_folder_is_not_copied(run: Run, tmp_path: Path) -> None:
    outside = f"oss://outside/in/{tmp_path}/a"
    assert run("cp", "-", outside, given="words").returncode == 0
    done = run("cp", "-r", "oss://outside/in", "back", cwd=tmp_path)
    assert done.returncode == 1
    assert f"{outside} would be written outside of back" in done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_objects_are_copied_listed_and_printed(
    run: Run, environ: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path
    (folder / "a").mkdir()
    (folder / "a" / "x y.bin").write_bytes(b"\x00\xff\n" * 10)
    (folder / "a" / "ü.txt").write_text("ü")
    assert run("cp", "-r", "a", "oss://files/in", cwd=folder).returncode == 0
    listed = run("ls", "-r", "oss://files/in/", "-o", "ids").stdout.splitlines()
    assert listed == ["oss://files/in/x y.bin", "oss://files/in/ü.txt"]
    assert "oss://files/in/" in run("ls", "oss://files", "-o", "ids").stdout
    assert "oss://files/" in run("ls", "-o", "ids").stdout
    assert run("cp", "-r", "oss://files/in", "back", cwd=folder).returncode == 0
    assert (folder / "back" / "x y.bin").read_bytes() == b"\x00\xff\n" * 10
    assert run("cp", "oss://files/in/ü.txt", "one.txt", cwd=folder).returncode == 0
    assert (folder / "one.txt").read_text() == "ü"
    assert run("cp", "-", "oss://files/piped", given="piped").returncode == 0
    assert run("cp", "oss://files/piped", "-").stdout == "piped"
    raw = subprocess.run(
        [*COMMAND, "cat", "oss://files/in/x y.bin"],
        env=environ,
        capture_output=True,
        check=True,
    )
    assert raw.stdout == b"\x00\xff\n" * 10
