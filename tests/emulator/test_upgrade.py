"""A service that begins on what an older version has left."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from tests.databases import restore
from tests.emulator.wire import Wire

#: Version of the tables -> when the database with them was made.
MADE = {"3": "2026-11-29T06:24", "6": "2026-11-29T10:00"}
_KEY = "testKey:testSecret"


def check_jobs(wire: Wire, made: str) -> None:
    """Results are kept, what waited or ran goes on, and what had ended can run again."""
    jobs = wire.get("/jobs?MaxItemCount=100")["Items"]
    by_name = {job["Id"][-1]: job["Id"] for job in jobs}
    assert sorted(by_name) == ["1", "2", "3", "4", "5", "6"]
    finished = wire.get(f"/jobs/{by_name['1']}")
    assert (finished["State"], finished["InstanceMetrics"]["FinishedCount"]) == ("Finished", 5)
    failed = wire.instances(by_name["2"], "t")[0]
    assert (failed["State"], failed["Result"]["ExitCode"]) == ("Failed", 3)
    for number in ("5", "6"):
        assert wire.ended(by_name[number])["State"] == "Finished"
    partly = wire.get(f"/jobs/{by_name['5']}")["InstanceMetrics"]
    assert partly["FinishedCount"] == 10
    # What had run before has not run again.
    ended = [each["EndTime"] for each in wire.instances(by_name["5"], "first")]
    assert max(ended[:2]) < made <= min(ended[2:])
    assert wire.send("POST", f"/jobs/{by_name['2']}/start").status_code == 201
    assert wire.ended(by_name["2"])["State"] == "Failed"
    assert wire.get("/images")["Items"]


@pytest.mark.parametrize("version", MADE)
def test_jobs_of_an_older_version_go_on(version: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    restore(version, data / "service.db")
    with LocalServer(data, _KEY, boot_seconds=0.05, slots=4) as server:
        wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        check_jobs(wire, MADE[version])
        wire.close()
