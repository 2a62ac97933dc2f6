"""Back-up and restore, with the very commands of docs/service.md."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emulator.serving import Serve
from tests.emulator.wire import task, until_there

pytestmark = pytest.mark.slow

_PAGE = (Path(__file__).parents[2] / "docs" / "service.md").read_text(encoding="utf-8")


def _commands(title: str) -> str:
    section = _PAGE.partition(f"### {title}\n")[2]
    found = re.search(r"```console\n(.*?)```", section, flags=re.DOTALL)
    assert found is not None
    return found[1]


def _run(title: str, data: Path, backup: Path) -> None:
    script = _commands(title).replace("/var/lib/batchcompute", str(data))
    script = script.replace("/backup", str(backup))
    script = script.replace("python ", f"{shlex.quote(sys.executable)} ")
    subprocess.run(["sh", "-euc", script], check=True, timeout=300)


def test_documented_back_up_of_a_running_service_can_be_restored(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "copy"
    plain = ("--isolation", "process-group", "--stop-instances")
    server = Serve(data, *plain)
    wire = server.wire
    cluster = wire.cluster(2)
    done = wire.job({"t": task("echo words; exit 3", cluster)})
    ended = wire.ended(done)
    starts = tmp_path / "starts"
    gate = until_there(tmp_path / "gate")
    running = wire.job({"t": task(f"echo >> {starts}; {gate}", cluster)})
    # Running is what a job is called before its command starts.
    wire.until(f"/jobs/{running}", lambda _: starts.exists() and starts.read_text() == "\n")
    secrets = {"agent-secret": "follows", "agents/ca.pem": "trusted", "agents/default.token": "in"}
    (data / "agents" / "vms").mkdir(parents=True)
    for name, text in secrets.items():
        (data / name).write_text(text)
        (data / name).chmod(0o600)
    _run("Back up", data, backup)
    since = wire.job({"t": task("true", cluster)})
    wire.ended(since)
    assert server.end() == 0
    _run("Restore", data, backup)
    assert (data.stat().st_mode & 0o777, (data / "credentials").stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )
    assert {name: (data / name).read_text() for name in secrets} == secrets
    assert {(data / name).stat().st_mode & 0o777 for name in secrets} == {0o600}
    (tmp_path / "gate").touch()
    again = Serve(data, *plain)
    try:
        wire = again.wire
        assert wire.get(f"/jobs/{done}") == ended
        assert (data / f"objects/bucket/logs/stdout.{done}.t.0").read_text() == "words\n"
        assert wire.ended(running)["State"] == "Finished"
        assert starts.read_text() == "\n\n"
        assert wire.refused("GET", f"/jobs/{since}")[0] == 404
        assert wire.get(f"/clusters/{cluster}")["State"] == "Active"
        anew = wire.job({"t": task("true", cluster)})
        assert wire.ended(anew)["State"] == "Finished"
    finally:
        again.end()
        shutil.rmtree(f"{data}.damaged")
