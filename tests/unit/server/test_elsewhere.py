"""VMs of this machine and VMs elsewhere: neither waits for the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.executors.interface import ThisMachine, WorkerGroup
from batchcompute.server.scheduler import clusters, room
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of, receipt, refusal
from tests.unit.server.placed import placed


def _is_here(_vm_id: str, group: WorkerGroup) -> bool:
    return not group.group.startswith("big")


def _world(tmp_path: Path, clock: FakeClock, *, enforce: bool, prefetch: bool = False) -> World:
    executor = FakeExecutor(slots=100, prefetch=prefetch)
    executor.this_machine = ThisMachine(2, containers=False, notes=("of here",), has=_is_here)
    placement = placed() if enforce else None
    return World(f"sqlite:///{tmp_path / 'test.db'}", clock, executor, placement=placement)


@pytest.fixture(params=[False, True], ids=["slots", "resources"])
def world(tmp_path: Path, clock: FakeClock, request: pytest.FixtureRequest) -> Iterator[World]:
    made = _world(tmp_path, clock, enforce=request.param)
    yield made
    made.check_cache()
    made.close()


def _cluster(world: World, group: str, count: int, instance_type: str = "") -> Any:
    about = {"DesiredVMCount": count, "InstanceType": instance_type}
    description = {"Name": "c", "ImageId": "img-ubuntu", "Groups": {group: about}}
    (found,) = world.apply(lambda unit: clusters.create(unit, description))
    world.join()
    return found


def _started(world: World) -> list[str]:
    return [attempt.attempt_id.split(".", 1)[1] for attempt in world.executor.started]


def test_full_machine_keeps_nobody_elsewhere_waiting(world: World) -> None:
    here, there = _cluster(world, "small", 4), _cluster(world, "big", 3)
    world.job(plan_of("h", here, 4))
    world.job(plan_of("t", there, 3))
    assert _started(world) == ["h.0.1", "h.1.1", "t.0.1", "t.1.1", "t.2.1"]
    world.apply(receipt(world.executor.started[2].attempt_id))
    assert len(_started(world)) == 5
    world.apply(receipt(world.executor.started[0].attempt_id))
    assert _started(world)[5:] == ["h.2.1"]


def test_large_vm_that_waits_here_does_not_hold_what_is_elsewhere(
    tmp_path: Path, clock: FakeClock
) -> None:
    world = _world(tmp_path, clock, enforce=True)
    small, whole = _cluster(world, "small", 2, "small"), _cluster(world, "own", 1, "whole")
    there = _cluster(world, "big", 2, "whole")
    world.job(plan_of("s", small))
    world.job(plan_of("w", whole))
    clock.moment += 2 * room.PATIENCE
    world.job(plan_of("later", small))
    world.job(plan_of("t", there, 2))
    # After so long nothing more begins on this machine before the large one.
    assert _started(world) == ["s.0.1", "t.0.1", "t.1.1"]
    world.apply(receipt(world.executor.started[0].attempt_id))
    assert _started(world)[3:] == ["w.0.1"]
    world.check_cache()
    world.close()


def test_prefetched_attempts_here_do_not_yield_to_what_begins_elsewhere(
    tmp_path: Path, clock: FakeClock
) -> None:
    world = _world(tmp_path, clock, enforce=False, prefetch=True)
    here, there = _cluster(world, "small", 4), _cluster(world, "big", 1)
    world.job(plan_of("h", here, 8))
    clock.moment += 60_000_000
    world.job(plan_of("t", there, 1))
    assert _started(world)[-1] == "t.0.1"
    assert not world.executor.revoked
    world.check_cache()
    world.close()


def test_only_what_comes_here_has_to_fit(tmp_path: Path, clock: FakeClock) -> None:
    world = _world(tmp_path, clock, enforce=True)
    assert refusal(_cluster(world, "small", 1, "bcs.a2.3xlarge")) == (400, "InvalidInstanceType")
    assert isinstance(_cluster(world, "big", 1, "bcs.a2.3xlarge"), str)
    world.close()


def test_container_needs_an_engine_only_here(tmp_path: Path, clock: FakeClock) -> None:
    world = _world(tmp_path, clock, enforce=False)
    here, there = _cluster(world, "small", 1), _cluster(world, "big", 1)
    with pytest.raises(AssertionError, match="needs docker or podman"):
        world.job(plan_of("t", here, container="image"))
    world.job(plan_of("t", there, container="image"))
    world.close()
