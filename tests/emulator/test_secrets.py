"""What a program must not find on the machine: the service's key, database and environment."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchcompute.local import LocalServer
from tests.emulator.wire import Wire, task


@pytest.fixture
def visible() -> Iterator[Path]:
    """A folder that programs would see: not below /tmp and /home, which are empty for them."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="batchcompute-"))
    yield folder
    shutil.rmtree(folder)


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
