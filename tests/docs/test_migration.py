"""What docs/migration.md says: its program runs, and its claims that no other test names hold."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from batchcompute import Client, ConfigError
from batchcompute.resources import Cluster, Command, JobDescription
from batchcompute.server import LocalServer

_TEXT = (Path(__file__).parents[2] / "docs" / "migration.md").read_text(encoding="utf-8")


def test_program_of_the_page_runs_against_the_service() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", _TEXT, flags=re.DOTALL)
    with LocalServer() as server:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            env={**os.environ, **server.environment()},
            capture_output=True,
            text=True,
            timeout=300,
        )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["404 InvalidResource.NotFound", "True []", "echo hello"]


def test_every_table_has_a_cell_for_each_heading() -> None:
    columns = 0
    rows = 0
    for line in _TEXT.splitlines():
        if not line.startswith("|"):
            columns = 0
            continue
        cells = len(re.split(r"(?<!\\)\|", line)) - 2
        columns = columns or cells
        rows += 1
        assert cells == columns, line
    assert rows > 50


def test_region_and_credentials_are_refused_when_the_client_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BATCHCOMPUTE_ENDPOINT", raising=False)
    with pytest.raises(ConfigError):
        Client("nowhere", "id", "secret")
    with pytest.raises(ConfigError):
        Client("cn-shenzhen", 5, "secret")  # type: ignore[arg-type]
    Client("cn-shenzhen", "id", "secret", None)


def test_registered_port_belongs_to_its_region_and_does_not_switch_encryption_off(
    monkeypatch: pytest.MonkeyPatch, own_regions: None
) -> None:
    monkeypatch.delenv("BATCHCOMPUTE_ENDPOINT", raising=False)
    before = repr(Client("cn-shenzhen", "id", "secret"))
    Client.register_region("migration-test", "batchcompute.migration.example", 8080)

    assert "https://batchcompute.migration.example:8080" in repr(
        Client("migration-test", "id", "secret")
    )
    assert "http://batchcompute.migration.example:8080" in repr(
        Client("migration-test", "id", "secret", security_conn=False)
    )
    assert repr(Client("cn-shenzhen", "id", "secret")) == before


def test_descriptions_differ_as_the_page_says() -> None:
    job = JobDescription({"Name": "n", "Priority": 1, "DAG": {}})
    assert not isinstance(dict(job), JobDescription)
    assert len({job, JobDescription(job)}) == 1
    with pytest.raises(TypeError):
        job.DAG.add_task("", {})
    with pytest.raises(TypeError, match="Priority"):
        job.Priority = True
    command = Command()
    for _ in range(2):
        command.PackagePath = ""
        assert json.loads(command.dump())["PackagePath"] == ""
    with pytest.raises(TypeError):
        Cluster({"Id": "cls-1"})["Id"] = "x"


def test_use_that_never_worked_warns_and_the_old_names_do_not() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        from batchcompute.core.exceptions import ClientError  # noqa: F401
        from batchcompute.resources.app import InstanceCount  # noqa: F401
        from batchcompute.utils import set_log_level  # noqa: F401

        assert caught == []
        JobDescription().Nmae = "n"  # type: ignore[attr-defined]
    assert len(caught) == 1
    assert caught[0].filename == __file__
