from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.serving import Serve, in_mounts
from tests.slow.resilience.disks import Disk


@pytest.fixture(scope="session")
def mounts() -> None:
    """Skips, and says so, where a process may not have mounts of its own."""
    tried = [*in_mounts("mount -t tmpfs none /mnt"), "true"]
    try:
        subprocess.run(tried, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        words = getattr(error, "stderr", "") or error
        pytest.skip(f"this machine allows no mounts of one's own: {words}")


@pytest.fixture
def serve(plain: Callable[..., Serve]) -> Callable[..., Serve]:
    """Like `plain`, and leaves nothing running."""
    return partial(plain, "--stop-instances")


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Callable[..., Serve]]:
    """Starts servers on one data folder, whose programs see the test's files."""
    started: list[Serve] = []

    def start(*options: str, **more: Any) -> Serve:
        usual = ("--isolation", "process-group")
        # What changes a process from its beginning needs the command itself.
        started.append(Serve(tmp_path / "data", *usual, *options, forked=not more, **more))
        return started[-1]

    yield start
    # Of a test that failed, programs may wait for it for ever.
    (tmp_path / "gate").touch()
    for server in started:
        if server.process.poll() is None:
            server.end()


@pytest.fixture
def disk(
    tmp_path: Path, mounts: None, serve: Callable[..., Serve]
) -> Iterator[Callable[..., Disk]]:
    """Starts a server with a folder of its data on a small file system of its own."""
    made: list[Disk] = []

    def start(folder: str, size: str, *options: str) -> Disk:
        place = tmp_path / "data" / folder
        place.mkdir(parents=True)
        made.append(Disk(serve, place, size, options))
        return made[-1]

    yield start
    for each in made:
        if each.server.process.poll() is None:
            each.server.end()
        each.close()
