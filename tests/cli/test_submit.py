"""`batchcompute submit`, and what comes of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from batchcompute import Client
from tests.cli.conftest import COMMAND, Run, bare
from tests.emulator.sharing.people import keys


def test_submit_and_wait_needs_nothing_else(run: Run, client: Client) -> None:
    done = run("submit", "--wait", "-n", "2", "--", "echo", "hello", "$HOME")

    assert done.returncode == 0, done.stderr
    job = client.get_job(done.stdout.strip())
    assert job.State == "Finished"
    assert job.InstanceMetrics.FinishedCount == 2
    assert f"{job.Id} finished" in done.stderr
    # Words are words; a shell gets a line.
    assert run("logs", job.Id).stdout == "main/0: hello $HOME\nmain/1: hello $HOME\n"


def test_each_account_has_a_bucket_of_its_own_for_what_submit_keeps(
    run: Run, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "tool").write_text("echo packed")
    printed = keys(data, "add", "lab")
    lines = (line.removeprefix("export ") for line in printed.splitlines())
    env = {name: value for name, _, value in (line.partition("=") for line in lines)}

    done = run("submit", "--wait", "--package", str(tmp_path / "tool"), "--", "sh tool", env=env)

    assert done.returncode == 0, done.stderr
    assert run("logs", "last", env=env).stdout == "packed\n"
    assert run("ls", "oss://", "-o", "ids", env=env).stdout == "oss://batchcompute-2/\n"
    # Nobody takes the name of another one's first.
    for taken in ("batchcompute-1", "batchcompute-3"):
        refused = run("cp", str(tmp_path / "tool"), f"oss://{taken}/", env=env)
        assert "BucketAlreadyExists" in refused.stderr


def test_submit_follows_what_is_printed_and_ends_with_the_state(run: Run) -> None:
    done = run("submit", "--follow", "--", "echo one; echo two >&2; exit 5")

    assert done.returncode == 3
    assert sorted(done.stdout.splitlines()) == ["one", "two"]
    assert "instance 0 exited with code 5" in done.stderr


def test_description_comes_from_a_file_or_the_input(run: Run, tmp_path: Path) -> None:
    described = run("submit", "--dry-run", "-n", "2", "--env", "A=1", "--", "echo $A")
    content = json.loads(described.stdout)
    assert content["Name"] == "echo"
    del content["Name"], content["Priority"]
    file = tmp_path / "my job.json"
    file.write_text(json.dumps(content))

    by_file = run("submit", "--wait", str(file))
    by_input = run("submit", "--wait", "--name", "piped", "-", given=file.read_text())

    assert (by_file.returncode, by_input.returncode) == (0, 0), by_file.stderr + by_input.stderr
    assert run("logs", by_file.stdout.strip(), "main/0").stdout == "1\n"
    names = [
        json.loads(run("show", "-o", "json", done.stdout.strip()).stdout)["Name"]
        for done in (by_file, by_input)
    ]
    assert names == ["my-job", "piped"]


def test_description_may_be_yaml(run: Run) -> None:
    text = """
Name: yaml
Priority: 1
DAG:
  Tasks:
    one:
      InstanceCount: 1
      AutoCluster: {ImageId: img-ubuntu, InstanceType: bcs.a2.large}
      Parameters:
        Command: {CommandLine: "true", PackagePath: ""}
        StdoutRedirectPath: oss://batchcompute/logs/
        StderrRedirectPath: oss://batchcompute/logs/
"""
    done = run("submit", "--wait", "-", given=text)

    assert done.returncode == 0, done.stderr


def test_package_inputs_and_outputs_go_to_the_program_and_back(run: Run, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "go.sh").write_text("cat /tmp/in/a.txt /tmp/one.txt > /tmp/out/sum\n")
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "a.txt").write_text("a\n")
    (tmp_path / "one.txt").write_text("1\n")
    options = ("--package", "code", "--input", "words=/tmp/in", "--input", "one.txt=/tmp/one.txt")
    output = ("--output", "/tmp/out/=oss://batchcompute/out/")

    done = run("submit", "--wait", *options, *output, "--", "sh", "go.sh", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert run("cat", "oss://batchcompute/out/sum").stdout == "a\n1\n"


def test_job_can_wait_for_another(run: Run, client: Client) -> None:
    first = run("submit", "--", "sleep", "0.2").stdout.strip()

    second = run("submit", "--wait", "--after", first, "--", "true")

    assert second.returncode == 0, second.stderr
    before, after = client.get_job(first), client.get_job(second.stdout.strip())
    assert before.ended_at is not None
    assert after.created_at is not None
    assert before.ended_at <= after.created_at
    broken = run("submit", "--wait", "--", "false").stdout.strip()
    third = run("submit", "--after", broken, "--", "true")
    assert third.returncode == 3
    assert third.stdout == ""
    assert "nothing was submitted" in third.stderr


def test_usage_errors_name_what_is_wrong(run: Run, tmp_path: Path) -> None:
    assert run("submit", "--wait", "--", "true").returncode == 0  # the `last` of what follows
    for arguments, words in (
        (["submit"], "FILE with a description, or -- and a COMMAND"),
        (["submit", "--wait", "echo", "hi"], "put -- before a COMMAND: batchcompute submit -- e"),
        (["submit", "echo"], "put -- before a COMMAND: batchcompute submit -- echo"),
        (["cp", "/dev/null", "oss://x"], "write oss://x/ to copy into the bucket"),
        (["submit", "-n", "0", "--", "true"], "whole number of 1 or more"),
        (["submit", "-n", "2", "x.json"], "--instances is for a COMMAND"),
        (["submit", "--env", "=1", "--", "true"], "--env is NAME=VALUE"),
        (["submit", "--input", "x", "--", "true"], "--input is FROM=TO"),
        (["submit", "--cluster", "c", "--type", "t", "--", "true"], "--cluster has its own"),
        (["sumbit"], "did you mean `submit`"),
        (["jobs", "--state", "Finishd"], "is not a state"),
        (["stop"], "name jobs, or give --all"),
        (["logs", "last", "main", "9-1"], "has no task 'main'|no instances in it"),
        (["show", "last", "0-1"], "name one instance"),
        (["cp", "a", "b"], "one of FROM and TO"),
        (["--data", "x", "jobs"], "options stand behind the command"),
        (["submit", "--wiat", "--", "true"], "did you mean --wait?"),
    ):
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == 2, (arguments, done.stderr)
        assert any(part in done.stderr for part in words.split("|")), (arguments, done.stderr)
        assert done.stdout == "", arguments
        assert len(done.stderr.splitlines()) == 1, done.stderr


def test_files_that_are_not_there_or_not_descriptions_are_said(run: Run, tmp_path: Path) -> None:
    missing = run("submit", "nothing.json", cwd=tmp_path)
    assert (missing.returncode, missing.stderr) == (
        5,
        "error: nothing.json: No such file or directory\n",
    )
    broken = run("submit", "-", given='{"Name": }')
    assert (broken.returncode, broken.stderr) == (
        1,
        "error: the input is not JSON: line 1, column 10: Expecting value\n",
    )
    empty = run("submit", "-", given='{"Name": "x"}')
    assert empty.returncode == 1
    assert "DAG" in empty.stderr
    for option in (("--package", "nowhere"), ("--input", "nowhere=/in")):
        done = run("submit", *option, "--", "true", cwd=tmp_path)
        assert done.returncode == 5
        assert "there is no file or folder nowhere" in done.stderr


def test_mistakes_in_a_file_are_said_by_their_fields(run: Run) -> None:
    wrong = run("submit", "-", given='{"Name": "x", "Priority": "high", "DAG": {"Tasks": {}}}')
    assert (wrong.returncode, wrong.stderr) == (
        1,
        "error: JobDescription: Priority must be an integer, not str\n",
    )
    task = {"InstanceCont": 2, "Parameters": {"Command": {"CommandLine": "true"}}}
    misspelt = run("submit", "-", given=json.dumps({"Name": "x", "DAG": {"Tasks": {"t": task}}}))
    assert misspelt.stderr.startswith(
        "warning: TaskDescription has no property 'InstanceCont' (did you mean InstanceCount?)"
    )


def test_what_is_not_there_is_named_with_how_to_find_what_is(run: Run) -> None:
    for arguments, words in (
        (["submit", "--cluster", "nope", "--", "true"], "there is no cluster 'nope'"),
        (["clusters", "scale", "cls-nope", "2"], "there is no cluster 'cls-nope'"),
    ):
        done = run(*arguments)
        assert done.returncode == 5
        assert words in done.stderr
        assert "`batchcompute clusters` lists them" in done.stderr


def test_a_service_without_a_console_is_said_to_be_one(run: Run) -> None:
    done = run("console", "--no-browser")
    assert done.returncode == 1
    assert done.stderr == (
        "error: the service has no console: start it with `batchcompute serve --console`\n"
    )


def test_without_a_service_the_command_says_how_to_start_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "submit", "--", "true"],
        env=bare(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "start one on this machine with `batchcompute serve`" in done.stderr
