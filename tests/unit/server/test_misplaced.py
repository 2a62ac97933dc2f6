"""Attempts that wait on the wrong machine are found without a look at all clusters."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from batchcompute.server.executors.interface import AttemptLost, AttemptStarted, ThisMachine
from batchcompute.server.scheduler import dispatch
from batchcompute.server.scheduler.cached_rows import CachedTask
from batchcompute.server.scheduler.run_queue import RunQueue
from batchcompute.server.scheduler.transaction import Unit
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of, receipt

_ACCOUNTS = (0, 1, 2)


def _all_clusters(unit: Unit, *_: object) -> Iterable[int]:
    return list(unit.cache.prefetched.clusters)


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Check after each transaction that a look at all clusters finds nothing more.

    Returns:
        How many attempts were asked back, of each transaction that had any.
    """
    take_back, suspects = dispatch._take_back_misplaced, dispatch._suspects
    found: list[int] = []

    def check(unit: Unit) -> None:
        grown, before = unit.cache.grown, len(unit.effects.revokes)
        take_back(unit)
        revokes = list(unit.effects.revokes)
        unit.cache.grown = grown
        with monkeypatch.context() as patch:
            patch.setattr(dispatch, "_suspects", _all_clusters)
            take_back(unit)
        assert unit.effects.revokes == revokes
        assert dispatch._suspects is suspects
        if len(revokes) > before:
            found.append(len(revokes) - before)

    monkeypatch.setattr(dispatch, "_take_back_misplaced", check)
    return found


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_is_misplaced_is_missed(
    tmp_path: Path, checked: list[int], *, seed: int, mixed: bool
) -> None:
    chance = random.Random(seed)
    executor = FakeExecutor(slots=9, prefetch=True)
    if mixed:
        executor.this_machine = ThisMachine(
            3, containers=False, notes=(), has=lambda vm, group: group.cluster_id[-1:] in ("1", "3")
        )
    world = World(
        f"sqlite:///{tmp_path / 'test.db'}", FakeClock(), executor, weight=lambda account: 1.0
    )
    clusters = [world.cluster(chance.randint(1, 4)) for _ in range(4)]
    under_way: list[str] = []
    started: set[str] = set()
    for step in range(120):
        under_way += [each.attempt_id for each in executor.started]
        executor.started.clear()
        what = chance.random()
        if what < 0.25 or not under_way:
            plan = plan_of("t", chance.choice(clusters), chance.randint(1, 6))
            world.job(plan, priority=chance.randint(0, 2), account=chance.choice(_ACCOUNTS))
        elif what < 0.5 and executor.revoked:
            asked = executor.revoked.pop(chance.randrange(len(executor.revoked)))
            if asked in under_way and asked not in started:
                under_way.remove(asked)
                world.apply(AttemptLost(asked, "it has not begun", planned=True))
        elif what < 0.7:
            attempt = chance.choice(under_way)
            started.add(attempt)
            world.apply(AttemptStarted(attempt, 1_700_000_100.5))
        else:
            attempt = under_way.pop(chance.randrange(len(under_way)))
            world.apply(receipt(attempt, seconds=chance.choice((0.001, 99.75))))
        if step % 10 == 0:
            world.check_cache()
    assert checked
    world.close()


@pytest.fixture
def first_of(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the clusters that somebody looks at."""
    looked: list[int] = []
    every = RunQueue.first_of

    def noting(self: RunQueue, cluster_seq: int) -> CachedTask | None:
        looked.append(cluster_seq)
        return every(self, cluster_seq)

    monkeypatch.setattr(RunQueue, "first_of", noting)
    return looked


def test_one_of_many_clusters_changes_without_a_look_at_the_others(
    tmp_path: Path, first_of: list[int]
) -> None:
    executor = FakeExecutor(slots=1000, prefetch=True)
    world = World(f"sqlite:///{tmp_path / 'many.db'}", FakeClock(), executor)
    clusters = [world.cluster(1) for _ in range(60)]
    # In half of them something of another account waits behind it.
    jobs = [world.job(plan_of("t", each, 4), account=1) for each in clusters]
    for each in clusters[::2]:
        world.job(plan_of("t", each, 4), account=2)
    first_of.clear()
    world.start(f"{jobs[0]}.t.0.1")
    world.run(f"{jobs[0]}.t.0.1")
    assert len(first_of) < 10
    first_of.clear()
    for job in jobs[30:]:
        world.run(f"{job}.t.0.1")
    assert len(first_of) < 10 * 30
    world.check_cache()
    world.close()
