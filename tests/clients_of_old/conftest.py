"""A service in each kind of isolation, for the programs that others wrote for the hosted one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from tests.emulator.wire import Wire


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            "namespace",
            marks=pytest.mark.skipif(
                shutil.which("bwrap") is None, reason="bubblewrap (bwrap) is not installed"
            ),
        ),
        "process-group",
    ],
)
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """Run the module's tests once per kind of isolation."""
    kind: Isolation = request.param
    return kind


@pytest.fixture(scope="module")
def server(isolation: Isolation) -> Iterator[LocalServer]:
    """Start one service for a module's tests; what they make in it stays until the module ends."""
    with LocalServer(boot_seconds=0.05, slots=4, isolation=isolation) as running:
        yield running


@pytest.fixture(scope="module")
def wire(server: LocalServer) -> Iterator[Wire]:
    """Connect a client that speaks plain HTTP, with nothing of the SDK."""
    client = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
    yield client
    client.close()


@pytest.fixture(scope="module")
def bucket(server: LocalServer) -> Path:
    """Return the folder of `oss://bucket/`, to look at and to fill with everyday tools."""
    root = server.objects.folder
    assert root is not None
    folder = root / "bucket"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def prefix(isolation: Isolation) -> Iterator[str]:
    """Return what to put before the absolute paths of programs.

    In namespaces that is nothing, as every path is free there. Without them the paths are those
    of this machine, so it is a folder that is gone after the module's tests.
    """
    if isolation == "namespace":
        yield ""
        return
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="batchcompute-") as folder:
        yield folder
