"""`batchcompute explain`, with a service that explains itself and with one that does not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from batchcompute import Client
from batchcompute.exceptions import ExtensionMissingError
from tests.cli.conftest import Run


def test_failed_job_task_and_instances_are_explained(
    run: Run, failed_job: str, broken_job: str, client: Client
) -> None:
    for words in ([broken_job], [broken_job, "main"], [f"{broken_job}/main/0"]):
        done = run("explain", *words)
        assert done.returncode == 0, done.stderr
        assert "7" in done.stdout
        assert len(done.stdout.splitlines()) == 1
    assert run("explain", broken_job).stdout.strip() == client.explain_job(broken_job).Reason
    several = run("explain", failed_job, "0-1").stdout.splitlines()
    assert several[0].startswith("main/0: ")
    assert several[1].startswith("main/1: ")
    (content,) = json.loads(run("explain", broken_job, "-o", "json").stdout)
    assert content["State"] == "Failed"
    assert content["Code"]


def test_waiting_job_and_cluster_are_explained(run: Run, submitted: Callable[..., str]) -> None:
    cluster = run("clusters", "create", "empty", "-n", "0").stdout.strip()
    job = submitted("true", "--cluster", cluster)

    sentence = run("explain", job).stdout.strip()
    assert sentence
    assert sentence.partition(" (for ")[0] in run("show", job).stdout
    assert run("show", job, "main").stdout.count("Why:") == 1
    assert run("show", f"{job}/main/0").stdout.count("Why:") == 1
    assert run("explain", "--cluster", "empty").stdout.strip()
    assert run("rm", "--force", job).returncode == 0
    assert run("clusters", "rm", cluster).returncode == 0
    assert run("explain", "last", "--cluster", "empty").returncode == 2
    assert run("explain", "job-000000000000000000000000000000ff").returncode == 5


def test_earlier_attempts_are_shown_with_their_reasons(
    run: Run, submitted: Callable[..., str], failed_job: str
) -> None:
    line = '[ "$BATCH_COMPUTE_DAG_INSTANCE_ID" = 0 ] || kill -9 $$; exit 0'
    job = submitted(line, "-n", "2", "--retries", "1", "--wait")

    shown = run("show", f"{job}/main/1").stdout
    assert "was tried 2 times, and each time: its program exited with code 137" in shown
    heading, first, second = shown.partition("Attempts:\n")[2].splitlines()
    assert heading.split() == ["ATTEMPT", "STATE", "EXIT", "STARTED", "TOOK", "REASON", "VM"]
    assert first.split()[:3] == ["1", "Failed", "137"]
    assert "exit code 137 (killed by SIGKILL)" in first
    assert " i-" in first
    assert second.split()[:3] == ["2", "Failed", "137"]
    assert "Attempts:" not in run("show", f"{failed_job}/main/1").stdout

    logs = run("logs", job).stderr
    assert "1 instance was retried; only the output of the newest attempt is kept" in logs

    listed = run("instances", job, "failed", "--attempts").stdout.splitlines()
    assert [row.split()[:3] for row in listed[1:]] == [["main", "1", "1"], ["main", "1", "2"]]
    done = run("instances", job, "failed", "--attempts", "-o", "ids")
    assert done.stdout.split() == [f"{job}/main/1/1", f"{job}/main/1/2"]
    content = json.loads(run("instances", job, "1", "--attempts", "-o", "json").stdout)
    assert [each["Number"] for each in content] == [1, 2]
    assert content[0]["InstanceId"] == 1
    assert content[0]["EndTime"].endswith("Z")


def test_service_without_explanations_is_said_to_be_one(
    run: Run, failed_job: str, broken_job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise ExtensionMissingError(404, "NotFound", "1", "no such extension")

    for name in ("explain_job", "explain_task", "explain_instance", "explain_cluster"):
        monkeypatch.setattr(Client, name, missing)
    monkeypatch.setattr(Client, "get_attempts", missing)
    assert "Failed" in run("show", f"{failed_job}/main/1").stdout
    done = run("instances", failed_job, "--attempts")
    assert done.returncode == 1
    assert "no such extension" in done.stderr
    done = run("explain", broken_job)
    assert done.returncode == 0
    assert "the API tells" in done.stderr
    assert "Task main: instance 0 exited with code 7" in done.stdout
    assert "exit code 7" in run("explain", broken_job, "main").stdout
    assert "exit code 7" in run("explain", f"{failed_job}/main/1").stdout
    cluster = run("clusters", "create", "plain", "-n", "0").stdout.strip()
    assert "workers has 0 of 0 VMs" in run("explain", "--cluster", cluster).stdout
    assert run("clusters", "rm", cluster).returncode == 0
