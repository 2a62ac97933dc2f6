"""One embedded service for the tests of the command line."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from batchcompute import Client
from batchcompute.cli.main import main
from batchcompute.server import LocalServer

#: Runs `batchcompute ARGUMENTS…` against the service, and returns what came of it.
Run: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]

COMMAND = (
    sys.executable,
    "-c",
    "import sys; from batchcompute.cli.main import main; sys.exit(main())",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the service."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[LocalServer]:
    with LocalServer(data, boot_seconds=0, slots=4) as server:
        yield server


@pytest.fixture(scope="module")
def client(service: LocalServer) -> Iterator[Client]:
    key = service.access_key_id, service.access_key_secret
    with Client(service.endpoint, *key) as connected:
        yield connected


def bare(home: Path) -> dict[str, str]:
    """Return an environment that names no service."""
    told = ("BATCHCOMPUTE_", "ALIBABA_CLOUD_", "OSS_", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(told)}
    return {**kept, "HOME": str(home), "TZ": "UTC", "PYTHONWARNINGS": "error"}


@pytest.fixture(scope="module")
def environ(service: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment that leads to the service."""
    return {**bare(tmp_path_factory.mktemp("home")), **service.environment()}


@contextlib.contextmanager
def _as_a_process(
    environ: Mapping[str, str], given: str | None, cwd: Path | None
) -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    """Let this process look like one that was started for the command alone."""
    before = dict(os.environ)
    output, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    source = io.TextIOWrapper(io.BytesIO((given or "").encode()), encoding="utf-8")
    with (
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
        contextlib.chdir(cwd or Path.cwd()),
    ):
        former, sys.stdin = sys.stdin, source
        os.environ.clear()
        os.environ.update(environ)
        try:
            yield output, errors
        finally:
            sys.stdin = former
            os.environ.clear()
            os.environ.update(before)


@pytest.fixture(scope="module")
def run(environ: dict[str, str]) -> Run:
    """Run a command line in this process, which is cheaper than in one of its own."""

    def run_command(
        *arguments: str,
        given: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        with _as_a_process({**environ, **(env or {})}, given, cwd) as (output, errors):
            code = main(arguments)
            output.flush()
            errors.flush()
            printed, said = output.buffer, errors.buffer
            assert isinstance(printed, io.BytesIO)
            assert isinstance(said, io.BytesIO)
            texts = printed.getvalue().decode(), said.getvalue().decode()
        return subprocess.CompletedProcess(arguments, code, *texts)

    return run_command


@pytest.fixture(scope="module")
def submitted(run: Run) -> Callable[..., str]:
    """Return a function that submits a command and returns the job's id."""

    def submit(line: str, *options: str) -> str:
        done = run("submit", *options, "--", line)
        assert done.returncode in (0, 3, 4), done.stderr
        return done.stdout.strip()

    return submit


@pytest.fixture(scope="module")
def failed_job(submitted: Any) -> str:
    """A finished job of three instances, of which the second failed; each has printed something."""
    line = 'echo "out $BATCH_COMPUTE_DAG_INSTANCE_ID"; echo "err" >&2; '
    line += '[ "$BATCH_COMPUTE_DAG_INSTANCE_ID" != 1 ] || exit 7'
    return str(submitted(line, "-n", "3", "--name", "some-fail", "--keep-going", "--wait"))


@pytest.fixture(scope="module")
def broken_job(submitted: Any) -> str:
    """A job that failed."""
    return str(submitted("exit 7", "--name", "broken", "--wait"))
