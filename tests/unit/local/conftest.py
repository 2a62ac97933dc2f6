from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.local.fakes import FakeClock, FakeExecutor, World


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
