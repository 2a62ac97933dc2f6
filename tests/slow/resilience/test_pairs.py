"""A database beside another data folder: nothing runs twice unless somebody says that it may."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulator.serving import Serve, run, serve_command
from tests.emulator.wire import task, until_there


@pytest.fixture
def database(tmp_path: Path) -> tuple[str, str]:
    """Options that name a database outside of the data folder."""
    return ("--database", f"sqlite:///{tmp_path}/shared.db")


def _refusal(data: Path, *options: str) -> str:
    found = run(*serve_command(data)[3:], "--isolation", "process-group", *options)
    assert (found.returncode, found.stdout) == (1, ""), found.stderr
    return found.stderr


def test_database_on_another_folder_runs_nothing_twice(
    plain: Callable[..., Serve], tmp_path: Path, database: tuple[str, str]
) -> None:
    server = plain(*database)
    starts = tmp_path / "starts"
    command = f"echo >> {starts}; {until_there(tmp_path / 'gate')}"
    job = server.wire.job({"t": task(command, server.wire.cluster(1))})
    server.wire.until(f"/jobs/{job}", lambda _: starts.exists() and starts.read_text() == "\n")
    server.wire.close()
    server.process.kill()
    server.process.wait()
    assert server.process.stdout is not None
    server.process.stdout.close()
    said = _refusal(tmp_path / "other", *database)
    assert f"{tmp_path}/data, not to {tmp_path}/other: what runs there would run here" in said
    assert not (tmp_path / "other" / "credentials").exists()
    again = plain(*database)
    (tmp_path / "gate").touch()
    assert again.wire.ended(job)["State"] == "Finished"
    assert starts.read_text() == "\n"


def test_adopted_database_runs_again_what_ran(
    plain: Callable[..., Serve], tmp_path: Path, database: tuple[str, str]
) -> None:
    server = plain(*database, "--stop-instances")
    starts = tmp_path / "starts"
    command = f"echo >> {starts}; {until_there(tmp_path / 'gate')}"
    job = server.wire.job({"t": task(command, server.wire.cluster(1))})
    server.wire.until(f"/jobs/{job}", lambda _: starts.exists() and starts.read_text() == "\n")
    assert server.end() == 0
    usual = ("--isolation", "process-group", "--stop-instances")
    other = Serve(tmp_path / "other", *database, *usual, "--adopt-database")
    try:
        (tmp_path / "gate").touch()
        assert other.wire.ended(job)["State"] == "Finished"
        assert starts.read_text() == "\n\n"
    finally:
        other.end()
    assert "belongs to the data folder" in _refusal(tmp_path / "data", *database)


def test_new_database_ends_what_a_former_one_ran(
    plain: Callable[..., Serve], tmp_path: Path, database: tuple[str, str]
) -> None:
    server = plain(*database)
    beats = tmp_path / "beats"
    beat = f"while :; do echo >> {beats}; sleep 0.02; done"
    job = server.wire.job({"t": task(beat, server.wire.cluster(1))})
    server.wire.until(f"/jobs/{job}", lambda _: beats.exists())
    assert server.end() == 0
    new = ("--database", f"sqlite:///{tmp_path}/new.db")
    assert "belongs to another database" in _refusal(tmp_path / "data", *new)
    again = plain(*new, "--adopt-database")
    assert again.wire.refused("GET", f"/jobs/{job}")[0] == 404
    # The folder of an attempt goes when its processes have gone.
    attempts = tmp_path / "data" / "executor" / "attempts"
    again.wire.until("/jobs", lambda _: not list(attempts.iterdir()))
    size = beats.stat().st_size
    cluster = again.wire.cluster(1)
    assert (
        again.wire.ended(again.wire.job({"t": task("sleep 0.1", cluster)}))["State"] == "Finished"
    )
    assert beats.stat().st_size == size


def test_database_file_has_one_server(
    plain: Callable[..., Serve], tmp_path: Path, database: tuple[str, str]
) -> None:
    server = plain(*database)
    said = _refusal(tmp_path / "other", *database)
    assert said == (
        f"error: another server (process {server.process.pid}) already uses the database "
        f"{tmp_path}/shared.db\n"
    )
    server.wire.get("/jobs")
