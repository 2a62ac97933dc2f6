"""The folder of the objects is taken away while the service runs, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.emulator.serving import Serve
from tests.emulator.wire import task, until_there


def test_objects_that_vanish_fail_what_needs_them_and_nothing_else(
    serve: Callable[..., Serve], tmp_path: Path
) -> None:
    server = serve()
    wire, objects = server.wire, server.data / "objects"
    cluster = wire.cluster(2)
    (objects / "bucket").mkdir()
    (objects / "bucket" / "input").write_text("words", encoding="utf-8")
    gate = until_there(tmp_path / "gate")
    running = wire.job({"t": task(f"{gate}; echo out", cluster)})
    wire.until(f"/jobs/{running}", lambda job: job["State"] == "Running")
    objects.rename(server.data / "elsewhere")
    (tmp_path / "gate").touch()
    assert wire.ended(running)["State"] == "Failed"
    error = wire.instances(running, "t")[0]["Result"]
    assert error["ErrorCode"] == "InvalidStdoutRedirectPath"
    assert f"the folder of the objects, {objects}, is gone" in error["ErrorMessage"]
    # Nothing is written to where the disk with the objects may be mounted again.
    assert not objects.exists()
    mapped: dict[str, Any] = {"InputMapping": {"oss://bucket/input": f"{tmp_path}/input"}}
    reading = wire.job({"t": task(f"cat {tmp_path}/input", cluster, **mapped)})
    assert wire.ended(reading)["State"] == "Failed"
    words = wire.instances(reading, "t")[0]["Result"]["ErrorMessage"]
    assert f"the folder of the objects, {objects}, is gone" in words
    (server.data / "elsewhere").rename(objects)
    for job in (running, reading):
        assert wire.send("POST", f"/jobs/{job}/start").status_code == 201
        assert wire.ended(job)["State"] == "Finished"
    assert (objects / f"bucket/logs/stdout.{reading}.t.0").read_text() == "words"


def test_objects_that_were_cleaned_up_completely(serve: Callable[..., Serve]) -> None:
    server = serve()
    for each in sorted((server.data / "objects").rglob("*"), reverse=True):
        each.rmdir()
    job = server.wire.job({"t": task("echo out", server.wire.cluster(1))})
    assert server.wire.ended(job)["State"] == "Finished"
