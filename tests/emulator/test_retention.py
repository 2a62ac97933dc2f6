"""Jobs that leave by themselves, over HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from batchcompute.server.commands.main import run as run_here
from batchcompute.server.objects.owners import BucketOwners
from batchcompute.server.process.data_folder import DataFolder
from tests.emulator.serving import Serve, run
from tests.emulator.wire import task


def test_jobs_beyond_a_number_are_archived_and_leave_with_their_logs(tmp_path: Path) -> None:
    config = tmp_path / "service.toml"
    config.write_text(
        "[service]\nkeep-jobs = 1\nkeep-log-days = 30\n"
        'archive-jobs = "oss://kept/jobs"\nisolation = "process-group"\n'
    )
    data = tmp_path / "data"
    # Without what is to leave by itself, until there is enough of it.
    server = Serve(data, "--isolation", "process-group")
    wire = server.wire
    cluster = wire.cluster(2)
    jobs = [wire.job({"t": task("echo words", cluster)}) for _ in range(3)]
    for job in jobs:
        assert wire.ended(job)["State"] == "Finished"
    server.end()
    server = Serve(data, "--config", str(config))
    try:
        wire = server.wire
        wire.until("/jobs", lambda page: [job["Id"] for job in page["Items"]] == jobs[2:])
        logs = sorted(path.name for path in (data / "objects/bucket/logs").iterdir())
        assert logs == [f"stderr.{jobs[2]}.t.0", f"stdout.{jobs[2]}.t.0"]
        kept = sorted((data / "objects/kept/jobs").glob("*/*.jsonl"))
        assert [path.name for path in kept] == [f"{job}.jsonl" for job in jobs[:2]]
        lines = [json.loads(line) for line in kept[0].read_text().splitlines()]
        assert [line["Kind"] for line in lines] == ["Job", "Task", "Instance"]
        assert wire.refused("GET", f"/jobs/{jobs[0]}")[0] == 404
    finally:
        server.end()


def test_archive_of_nothing_is_refused(tmp_path: Path) -> None:
    refused = run("serve", "--data", str(tmp_path), "--archive-jobs", "oss://kept/jobs/")
    assert refused.returncode == 1
    assert "--keep-job-days" in refused.stderr


def test_archive_at_no_address_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        run_here(["serve", "--data", str(tmp_path), "--archive-jobs", "kept/jobs"])
    assert refused.value.code == 2
    assert "an address starts with 'oss://'" in capsys.readouterr().err


def test_archive_in_a_bucket_of_another_account_is_refused(tmp_path: Path) -> None:
    BucketOwners(DataFolder(tmp_path).objects).claim("theirs", 2)
    options = ("--keep-jobs", "1", "--port", "0", "--objects-port", "0")
    refused = run(
        "serve", "--data", str(tmp_path), *options, "--archive-jobs", "oss://theirs/jobs/"
    )
    assert refused.returncode == 1
    assert "--archive-jobs: bucket theirs belongs to account 2" in refused.stderr
