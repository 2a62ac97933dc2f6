"""What an agent does while its own machine fails it: syncs that fail, and files that cannot be."""

from __future__ import annotations

import errno
import os
import selectors
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.executors.agent.journal import Journal
from batchcompute.server.executors.agent.protocol import Findings, Settings
from batchcompute.server.executors.agent.shims import Shims
from batchcompute.server.executors.agent.supervisor import _Run
from batchcompute.server.executors.interface import AttemptEnded, Receipt
from tests.unit.executors.machine import Machine

_RECEIPT = Receipt("a.1", "exited", 0, 1.5, 2.5)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setattr("batchcompute.server.executors.agent.supervisor.PAUSE_SECONDS", 0.0)
    found = Machine(tmp_path)
    yield found
    found.selector.close()


class _Disk:
    """Syncs fail as long as a test says, and are remembered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failures = 0
        self.synced: list[str] = []
        monkeypatch.setattr(os, "fdatasync", self._sync)

    def _sync(self, descriptor: int) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> _Disk:
    return _Disk(monkeypatch)


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_file_whose_sync_failed_is_not_trusted_any_more(
    machine: Machine, disk: _Disk, failures: int
) -> None:
    disk.failures = failures
    journal = machine.end(_RECEIPT)
    journal.shims.add(1)  # It goes on.
    machine.until(lambda: bool(machine.told))
    assert machine.told == [AttemptEnded(_RECEIPT)]
    # What was told is in a file whose first sync succeeded.
    (safe,) = disk.synced
    assert (safe == str(journal.path)) == (failures == 0)
    assert Journal(Path(safe)).refresh().receipts == {"a.1": _RECEIPT}
    # What shims go on to write to the other one comes from there as well.
    second = Receipt("a.2", "exited", 1, 1.5, 2.5)
    run = _Run("a.2", ("pool", "vm"))
    machine.supervisor._runs["a.2"] = run
    machine.supervisor._end(run, second, journal)
    machine.until(lambda: len(machine.told) == 2)
    assert set(disk.synced) == {safe}
    machine.supervisor.forget(["a.1", "a.2"])


def test_next_agent_does_not_trust_it_either(machine: Machine, disk: _Disk, tmp_path: Path) -> None:
    journal = machine.end(_RECEIPT)
    journal.shims.add(1)  # So that it is still needed.
    disk.failures = 1
    machine.until(lambda: bool(machine.told))
    assert not disk.failures
    disk.synced.clear()
    # Of the other file it knows nothing.
    Path(machine.supervisor._journals.current().path).unlink()
    follower = Machine(tmp_path)
    follower.supervisor._take_up()
    follower.supervisor.settle(["a.1"])
    assert follower.told == [AttemptEnded(_RECEIPT)]
    assert disk.synced
    assert not any("doubtful" in path for path in disk.synced)
    assert journal.path.name.endswith(".doubtful")


def test_machine_without_room_for_a_journal_is_waited_for(tmp_path: Path) -> None:
    troubles: list[str] = []

    def journal() -> Journal:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def ignore(*_: Any) -> None:
        """Nothing is said here."""

    settings = Settings(str(tmp_path), str(tmp_path), tmp_path.as_uri())
    with selectors.DefaultSelector() as selector:
        shims: Any = Shims(
            settings, Findings(), "boot", selector, journal, ignore, ignore, troubles.append
        )
        shims._forker = object()
        for _ in range(3):
            assert shims.give("a.1", b"\n") is None
            assert not shims.is_ready
            shims._again_at = 0.0
        assert not selector.get_map()
    assert len(troubles) == 1
    assert "No space left" in troubles[0]
