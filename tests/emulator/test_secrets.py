"""What a program must not find on the machine: the service's key, database and environment."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from tests.emulator.wire import Wire, task


def test_data_of_the_service_are_hidden_wherever_they_are(visible: Path) -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    (visible / "other").write_text("seen", encoding="utf-8")
    data = visible / "data"
    with LocalServer(data, boot_seconds=0, isolation="namespace") as server:
        assert (data / "credentials").exists()
        wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        command = f"cat {visible}/other; cat {data}/credentials; ls {data}; cat /home/in"
        server.objects.put_bytes(b"input", "oss://bucket/in")
        described = task(command, wire.cluster(1), InputMapping={"oss://bucket/in": "/home/in"})
        job = wire.job({"t": described})
        assert wire.ended(job)["State"] == "Finished"
        wire.close()
        shown = server.read_object(f"oss://bucket/logs/stdout.{job}.t.0")
    # The way to its own working directory is all that is there.
    assert shown == b"seenexecutor\ninput"


def test_objects_on_another_disk_are_hidden_as_well(visible: Path) -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    data, disk = visible / "data", visible / "disk"
    for folder in (data, disk):
        folder.mkdir(mode=0o700)
    (data / "objects").symlink_to(disk)
    with LocalServer(data, boot_seconds=0, isolation="namespace") as server:
        wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        for name in ("secret", "in/file"):
            server.objects.put_bytes(b"input", f"oss://bucket/{name}")
        described = task(
            f"ls -A {disk}; ls -A {data}; cat /home/in/file; echo output > /home/out",
            wire.cluster(1),
            InputMapping={"oss://bucket/in/": "/home/in/"},
            OutputMapping={"/home/out": "oss://bucket/out"},
        )
        job = wire.job({"t": described})
        state = wire.ended(job)["State"]
        wire.close()
        shown = server.read_object(f"oss://bucket/logs/stdout.{job}.t.0")
        assert (state, shown) == ("Finished", b"executor\ninput")
        assert server.read_object("oss://bucket/out") == b"output\n"
    assert (disk / "bucket" / "secret").exists()


@pytest.mark.parametrize("isolation", ["namespace", "process-group"])
@pytest.mark.parametrize("way", ["link", "linked/data"])
def test_data_folder_may_be_reached_by_a_link(
    visible: Path, isolation: Isolation, way: str
) -> None:
    if isolation == "namespace" and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    (visible / "real" / "data").mkdir(parents=True)
    (visible / "linked").symlink_to(visible / "real")
    (visible / "link").symlink_to(visible / "real" / "data")
    with LocalServer(visible / way, boot_seconds=0, isolation=isolation) as server:
        wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        server.objects.put_bytes(b"input", "oss://bucket/in")
        places = f"{visible}/places"
        described = task(
            f"cat {places}/in > {places}/out; pwd",
            wire.cluster(1),
            InputMapping={"oss://bucket/in": f"{places}/in"},
            OutputMapping={f"{places}/out": "oss://bucket/out"},
        )
        job = wire.job({"t": described})
        ended = wire.ended(job)
        assert ended["State"] == "Finished", ended["Message"]
        wire.close()
        assert server.read_object("oss://bucket/out") == b"input"
        shown = server.read_object(f"oss://bucket/logs/stdout.{job}.t.0").decode()
    assert shown.startswith(f"{visible}/real/data/executor/attempts/")
