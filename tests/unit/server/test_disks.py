"""Disks that fill up: warnings, programs that wait, and go on by themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from batchcompute.server.explain import codes
from batchcompute.server.housekeeping.disks import LOOK_SECONDS, DiskWatch, Usage
from tests.unit.server.explained import Explained
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of

_MIB = 1 << 20
_GIB = 1 << 30
_FOLDER = Path("/data")


@dataclass
class Disk:
    """A disk of which a test says how full it is."""

    usage: Usage
    told: list[str] = field(default_factory=list)

    def watch(self, reserve: int | None = None, warning: int | None = None) -> DiskWatch:
        return DiskWatch(
            [_FOLDER],
            self.told.append,
            reserve=reserve,
            warning=warning,
            look=lambda _: self.usage,
        )

    def has(self, free: float, *, files: int = 900_000) -> None:
        self.usage = Usage(100 * _GIB, int(free), 1_000_000, files)


def _large() -> Disk:
    return Disk(Usage(100 * _GIB, 50 * _GIB, 1_000_000, 900_000))


def test_disk_is_warned_of_once_and_again_after_it_was_well(
    caplog: pytest.LogCaptureFixture,
) -> None:
    disk = _large()
    watch = disk.watch()
    for free in (4 * _GIB, 3 * _GIB, 2 * _GIB, 4.5 * _GIB, 3 * _GIB, 6 * _GIB, 3.5 * _GIB):
        disk.has(free)
        watch.round()
    assert [record.getMessage() for record in caplog.records] == [
        "the disk of /data fills up: 3072 of 102400 MiB are free",
        "the disk of /data fills up: 3584 of 102400 MiB are free",
    ]
    assert disk.told == []


def test_programs_wait_below_the_reserve_until_there_is_a_quarter_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    disk = _large()
    watch = disk.watch(warning=0)
    for free in (256, 255, 200, 200, 300, 319, 320, 256):
        disk.has(free * _MIB)
        watch.round()
    low = "the disk of /data has 255 MiB free, and no new program is started below 256 MiB"
    assert disk.told[0] == low
    assert disk.told[1:] == [
        "the disk of /data has 200 MiB free, and no new program is started below 320 MiB",
        "the disk of /data has 300 MiB free, and no new program is started below 320 MiB",
        "the disk of /data has 319 MiB free, and no new program is started below 320 MiB",
        "",
    ]
    assert [record.getMessage() for record in caplog.records] == [
        low,
        "there is space again: new programs are started",
    ]


def test_reserve_of_a_small_disk_is_a_share_of_it() -> None:
    disk = Disk(Usage(50 * _MIB, 2 * _MIB))
    watch = disk.watch(warning=0)
    watch.round()
    assert watch.reason == ""
    disk.usage = Usage(50 * _MIB, _MIB - 1)
    watch.round()
    assert watch.reason.startswith("the disk of /data has 1.0 MiB free")


def test_limits_can_be_chosen_and_turned_off(caplog: pytest.LogCaptureFixture) -> None:
    disk = _large()
    disk.has(999 * _MIB)
    chosen = disk.watch(reserve=1000, warning=0)
    chosen.round()
    assert chosen.reason.endswith("below 1000 MiB")
    disk.has(0, files=0)
    off = disk.watch(reserve=0, warning=0)
    off.round()
    assert off.reason == ""
    assert len(caplog.records) == 1


def test_want_of_files_counts_as_well() -> None:
    disk = _large()
    disk.has(50 * _GIB, files=4_999)
    watch = disk.watch()
    watch.round()
    assert watch.reason == (
        "the disk of /data has room for 4999 more files, and no new program is started below 5000"
    )


def test_disk_with_much_room_is_looked_at_less_often() -> None:
    disk = Disk(Usage(1000 * _GIB, 500 * _GIB, 10_000_000, 9_000_000))
    watch = disk.watch()
    often = LOOK_SECONDS
    seldom = watch.round()
    assert seldom > often
    # So much is free that it cannot be full before the next look, but not much more.
    disk.usage = Usage(1000 * _GIB, 25 * _GIB, 10_000_000, 9_000_000)
    assert often < watch.round() < seldom
    disk.usage = Usage(1000 * _GIB, 500 * _GIB, 10_000_000, 50_000)
    assert watch.round() == often
    disk.usage = Usage(1000 * _GIB, 4 * _GIB, 10_000_000, 9_000_000)
    assert watch.round() == often
    # One that does not count its files.
    disk.usage = Usage(1000 * _GIB, 500 * _GIB)
    assert watch.round() == seldom


def test_folder_that_is_gone_is_for_others_to_say(tmp_path: Path) -> None:
    told: list[str] = []
    watch = DiskWatch([tmp_path / "gone"], told.append)
    watch.round()
    assert (watch.reason, told) == ("", [])


def test_new_work_waits_is_explained_and_goes_on(world: World) -> None:
    said = Explained(world)
    cluster = world.cluster(2)
    job = world.job(plan_of("t", cluster, 3))
    assert len(world.executor.started) == 2
    world.core.paused = "the disk of /data has 1 MiB free"
    world.run(f"{job}.t.0.1")
    later = world.job(plan_of("t", cluster))
    assert len(world.executor.started) == 2
    explained = said.job(later)
    assert explained.cause.code == codes.WAITS_FOR_DISK
    assert explained.reason == "Task t: the disk of /data has 1 MiB free."
    world.core.paused = ""
    world.apply(lambda unit: None)
    assert len(world.executor.started) == 3


def test_what_waits_on_a_machine_is_taken_back(tmp_path: Path) -> None:
    executor = FakeExecutor(slots=1, prefetch=True)
    world = World(f"sqlite:///{tmp_path / 'test.db'}", FakeClock(), executor)
    job = world.job(plan_of("t", world.cluster(1), 3))
    assert [each.attempt_id for each in executor.started] == [f"{job}.t.0.1", f"{job}.t.1.1"]
    world.core.paused = "the disk is full"
    world.apply(lambda unit: None)
    assert executor.revoked == [f"{job}.t.1.1"]
    world.close()
