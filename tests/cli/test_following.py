"""`logs -f`: from the start of an instance to its end, over its attempts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from batchcompute import Client
from batchcompute.server import LocalServer
from tests.cli.conftest import COMMAND, Run


@contextmanager
def following(
    environ: dict[str, str], *arguments: str
) -> Iterator[tuple[Callable[[], str], Callable[[], tuple[int, str]]]]:
    """Follow; yield what reads the next line, and what reads all that is left."""
    process = subprocess.Popen(
        [*COMMAND, "logs", "-f", *arguments],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout

    def end() -> tuple[int, str]:
        rest = output.read()
        return process.wait(timeout=120), rest

    try:
        yield lambda: output.readline(), end
    finally:
        process.kill()
        process.communicate()


def test_output_that_is_uploaded_meanwhile_is_printed_as_it_comes(
    environ: dict[str, str], run: Run, client: Client, service: LocalServer
) -> None:
    job = run("submit", "--", "sleep 600").stdout.strip()
    client_side = client.get_instance(job, "main", 0)
    address = client_side.StdoutRedirectPath
    service.write_object(address, "".join(f"line {number}\n" for number in range(30)))

    with following(environ, job, "main", "0", "--stream", "stdout") as (line, end):
        # The last ones of what is there.
        assert [line() for _ in range(10)] == [f"line {number}\n" for number in range(20, 30)]
        whole = service.read_object(address)
        service.write_object(address, whole + b"new\n")
        assert line() == "new\n"
        assert run("stop", job).returncode == 0
        assert end()[0] == 0


def test_follower_waits_for_the_start_and_ends_with_the_instance(
    environ: dict[str, str], run: Run, submitted: Callable[..., str]
) -> None:
    cluster = run("clusters", "create", "later", "-n", "0").stdout.strip()
    job = submitted("echo begun; echo done", "--cluster", cluster)

    with following(environ, job, "main/0") as (line, end):
        assert run("clusters", "scale", cluster, "1").returncode == 0
        assert line() == "begun\n"
        assert end() == (0, "done\n")
    assert run("clusters", "rm", cluster).returncode == 0


def test_all_instances_are_followed_and_labelled(run: Run, submitted: Callable[..., str]) -> None:
    job = submitted(
        'echo "number $BATCH_COMPUTE_DAG_INSTANCE_ID"; exit 1', "-n", "3", "--keep-going"
    )

    done = run("logs", "-f", job)

    assert done.returncode == 0
    assert sorted(done.stdout.splitlines()) == [f"main/{n}: number {n}" for n in range(3)]
    failed = run("logs", "-f", job, "--failed", "--no-labels")
    assert sorted(failed.stdout.splitlines()) == [f"number {n}" for n in range(3)]


def test_retried_instance_is_followed_from_attempt_to_attempt(
    run: Run, submitted: Callable[..., str]
) -> None:
    job = submitted("echo tried; exit 1", "--retries", "2")

    done = run("logs", "-f", job, "main", "0")

    assert done.returncode == 0
    # Attempts that were over before the next look are not to be had any more, but the last one is.
    assert done.stdout.splitlines()[-1] == "tried"
    assert run("wait", job).returncode == 3


def test_follower_of_many_looks_at_those_that_run(run: Run, submitted: Callable[..., str]) -> None:
    job = submitted("echo $BATCH_COMPUTE_DAG_INSTANCE_ID", "-n", "130")

    done = run("logs", "-f", job, "--stream", "stdout", "--no-labels")

    assert sorted(map(int, done.stdout.split())) == list(range(130))


def test_time_limit_of_following_leaves_the_job(run: Run, client: Client) -> None:
    done = run("submit", "--follow", "--timeout", "0.5", "--", "sleep 600")

    assert done.returncode == 124
    job = done.stderr.split()[0]
    assert "it goes on" in done.stderr
    assert client.get_job(job).State in ("Waiting", "Running")
    assert run("rm", "--force", job).returncode == 0


def test_logs_of_a_silent_job_say_why_there_are_none(
    run: Run, submitted: Callable[..., str]
) -> None:
    job = submitted("true", "--wait")

    assert run("logs", job).stderr == "nothing was printed\n"
    assert run("logs", "--failed", job).stderr == f"error: {job} has no failed instances\n"
    followed = run("logs", "-f", "--failed", job)
    assert followed.stderr == f"nothing was printed by failed instances of {job}\n"
