"""Copies of a loaded service, restored from one kind of database into the other and back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.commands.main import run
from tests.emulator.wire import Wire, task
from tests.slow.postgres import find_programs, postgres

_PROGRAMS = find_programs()
pytestmark = pytest.mark.skipif(_PROGRAMS is None, reason="there is no PostgreSQL")
_KEY = "testKey:testSecret"


def _client(server: LocalServer) -> Wire:
    return Wire(server.endpoint, server.access_key_id, server.access_key_secret)


def _states(wire: Wire) -> dict[str, str]:
    found: dict[str, str] = {}
    marker = ""
    while True:
        page = wire.get(f"/jobs?MaxItemCount=100&Marker={marker}")
        found.update((job["Id"], job["State"]) for job in page["Items"])
        marker = page["NextMarker"]
        if not marker:
            return found


def test_copy_under_load_goes_on_in_the_other_database(tmp_path: Path) -> None:
    assert _PROGRAMS is not None
    first, copy, second = tmp_path / "first", tmp_path / "copy", tmp_path / "second"
    with postgres(_PROGRAMS) as running:
        url = running.database("restored")
        with LocalServer(first, _KEY, boot_seconds=0.05, slots=4) as server:
            wire = _client(server)
            cluster = wire.cluster(4)
            stop = threading.Event()
            made: list[str] = []

            def submit() -> None:
                mine = _client(server)
                while not stop.is_set():
                    made.append(mine.job({"t": task("echo words", cluster, 3)}))
                mine.close()

            thread = threading.Thread(target=submit)
            thread.start()
            try:
                while len(made) < 20:
                    wire.ended(wire.job({"t": task("true", cluster)}))
                assert run(["backup", str(copy), "--data", str(first)]) == 0
            finally:
                stop.set()
                thread.join()
            wire.close()
        assert run(["restore", str(copy), "--data", str(second), "--database", url]) == 0
        with LocalServer(second, _KEY, boot_seconds=0.05, slots=4, database=url) as server:
            wire = _client(server)
            known = _states(wire)
            assert len(known) >= 20
            assert set(known) <= {*made, *known}
            for job in known:
                assert wire.ended(job)["State"] == "Finished"
                for each in wire.instances(job, "t"):
                    name = f"oss://bucket/logs/stdout.{job}.t.{each['InstanceId']}"
                    assert server.read_object(name) in (b"words\n", b"")
            anew = wire.job({"t": task("true", cluster)})
            assert anew not in known
            assert anew not in made
            assert wire.ended(anew)["State"] == "Finished"
            wire.close()
        # And back.
        again, third = tmp_path / "again", tmp_path / "third"
        assert run(["backup", str(again), "--data", str(second), "--database", url]) == 0
        assert run(["restore", str(again), "--data", str(third)]) == 0
        with LocalServer(third, _KEY, boot_seconds=0.05, slots=4) as server:
            wire = _client(server)
            assert set(_states(wire)) == {*known, anew}
            wire.close()
        refused = ["restore", str(again), "--data", str(tmp_path / "fourth"), "--database", url]
        assert run(refused) == 1
