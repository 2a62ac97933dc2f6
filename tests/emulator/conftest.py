from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """One service for all tests that do not end it."""
    with LocalServer(boot_seconds=0.05, slots=8) as running:
        yield running


@pytest.fixture
def wire(server: LocalServer) -> Iterator[Wire]:
    client = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
    yield client
    client.close()


@pytest.fixture
def cluster(wire: Wire) -> Iterator[str]:
    """A cluster of three machines, gone after the test."""
    made = wire.cluster(3)
    yield made
    wire.send("DELETE", f"/clusters/{made}")


@pytest.fixture
def visible() -> Iterator[Path]:
    """A folder that programs would see: not below /tmp and /home, which are empty for them."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="batchcompute-"))
    yield folder
    shutil.rmtree(folder)
