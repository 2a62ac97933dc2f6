from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.store import sqlite
from tests.unit.server.fakes import FakeClock, FakeExecutor, World


@pytest.fixture(autouse=True)
def nothing_is_synced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no disk in thousands of commits, of which none has to survive a power cut."""
    configure = sqlite.configure

    def configure_unsynced(connection: sqlite3.Connection, record: Any) -> None:
        configure(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    monkeypatch.setattr(sqlite, "configure", configure_unsynced)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor(slots=4)


@pytest.fixture
def world(tmp_path: Path, clock: FakeClock, executor: FakeExecutor) -> Iterator[World]:
    """A scheduler on a fresh database, with an executor that does what the test says."""
    made = World(f"sqlite:///{tmp_path / 'test.db'}", clock, executor)
    yield made
    made.close()
