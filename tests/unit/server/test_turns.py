"""Accounts take turns: among jobs of one priority, nobody's many instances starve another's few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchcompute.server.executors.interface import AttemptLost
from batchcompute.server.explain import codes
from batchcompute.server.scheduler.run_queue import WINDOW
from batchcompute.server.scheduler.turns import Turns
from tests.unit.server.explained import Explained
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of, receipt

ANN, BOB, CAT = 1, 2, 3
_WEIGHTS = {ANN: 1.0, BOB: 1.0, CAT: 3.0}


@pytest.fixture
def world(tmp_path: Path, clock: FakeClock, request: pytest.FixtureRequest) -> Iterator[World]:
    slots, prefetch = getattr(request, "param", (4, False))
    executor = FakeExecutor(slots=slots, prefetch=prefetch)
    made = World(f"sqlite:///{tmp_path / 'test.db'}", clock, executor, weight=_WEIGHTS.__getitem__)
    yield made
    made.close()


def _jobs_of(begun: list[str]) -> list[str]:
    return [attempt.partition(".")[0] for attempt in begun]


def test_few_instances_go_between_many_of_another_account(world: World) -> None:
    many = world.job(plan_of("t", world.cluster(8), 1000), account=ANN)
    running = world.begun()
    assert _jobs_of(running) == [many] * 4
    few = world.job(plan_of("t", world.cluster(8), 3), account=BOB)
    begun: list[str] = []
    for attempt in running:
        world.run(attempt)
        begun += world.begun()
    # Each has half, and the rest of the few follows as soon as one of them has ended.
    assert _jobs_of(begun) == [few, few, many, many]
    world.run(begun[0])
    assert _jobs_of(world.begun()) == [few]
    world.check_counters()


def test_priority_stands_above_turns(world: World) -> None:
    first = world.job(plan_of("t", world.cluster(8), 100), account=ANN, priority=2)
    running = world.begun()
    world.job(plan_of("t", world.cluster(8), 3), account=BOB, priority=1)
    world.run(running[0])
    assert _jobs_of(world.begun()) == [first]


def test_order_within_an_account_is_the_age_of_its_jobs(world: World) -> None:
    cluster = world.cluster(1)
    jobs = [world.job(plan_of("t", cluster), account=ANN) for _ in range(3)]
    for job in jobs:
        (attempt,) = world.begun()
        assert _jobs_of([attempt]) == [job]
        world.run(attempt)


def test_few_tasks_are_found_behind_many_on_the_same_cluster(world: World) -> None:
    cluster = world.cluster(1)
    many = [world.job(plan_of("t", cluster), account=ANN) for _ in range(3 * WINDOW)]
    few = [world.job(plan_of("t", cluster), account=BOB) for _ in range(2)]
    served: list[str] = []
    for _ in range(6):
        (attempt,) = world.begun()
        served += _jobs_of([attempt])
        world.run(attempt)
    assert served == [many[0], few[0], many[1], few[1], many[2], many[3]]


def test_restarted_service_finds_all_accounts(world: World) -> None:
    cluster = world.cluster(2)
    for _ in range(2 * WINDOW):
        world.job(plan_of("t", cluster), account=ANN)
    few = world.job(plan_of("t", cluster), account=CAT)
    world.core._cache = None
    world.run(world.begun()[0])
    assert _jobs_of(world.begun()) == [few]


def test_turns_are_weighted(world: World) -> None:
    cluster = world.cluster(1)
    light = world.job(plan_of("t", cluster, 100), account=BOB)
    heavy = world.job(plan_of("t", cluster, 100), account=CAT)
    served: Counter[str] = Counter()
    for _ in range(40):
        (attempt,) = world.begun()
        served[_jobs_of([attempt])[0]] += 1
        world.run(attempt)
    assert (served[light], served[heavy]) == (10, 30)


@pytest.mark.parametrize("world", [(2, True)], indirect=True)
def test_what_waits_on_its_machine_gives_way(world: World) -> None:
    many = world.job(plan_of("t", world.cluster(2), 100), account=ANN)
    placed = world.begun()
    assert _jobs_of(placed) == [many] * 4
    running, waiting = placed[:2], placed[2:]
    for attempt in running:
        world.start(attempt)
    few = world.job(plan_of("t", world.cluster(2), 1), account=BOB)
    # One is enough for what the other one has.
    assert world.executor.revoked == waiting[:1]
    world.apply(AttemptLost(waiting[0], "it was taken back"))
    assert world.begun() == []
    gone = next(each for each in running if each.split(".")[2] == "0")
    world.apply(receipt(gone))
    assert _jobs_of(world.begun())[:1] == [few]


@pytest.mark.parametrize("world", [(4, True)], indirect=True)
def test_nothing_goes_to_and_fro_between_equals(world: World) -> None:
    cluster = world.cluster(4)
    world.job(plan_of("t", cluster, 1000), account=ANN)
    world.job(plan_of("t", cluster, 1000), account=BOB)
    taken_back = 0
    for _ in range(30):
        for attempt in list(world.executor.revoked):
            taken_back += 1
            world.executor.revoked.remove(attempt)
            world.apply(AttemptLost(attempt, "it was taken back"))
        first = next(
            machine.attempts[0].attempt_id
            for machine in world.core._cache.machines.values()  # type: ignore[union-attr]
        )
        world.run(first)
    # At the beginning, when all was of one of them.
    assert taken_back <= 4


def test_waiting_instance_says_who_takes_turns(world: World) -> None:
    cluster = world.cluster(1)
    world.job(plan_of("t", cluster, 100), account=ANN)
    job = world.job(plan_of("t", cluster, 2), account=BOB)
    said = Explained(world).instance(job, 1)
    assert said.cause.code == codes.WAITS_FOR_MACHINE
    assert said.reason == (
        f"1 instance is before it in cluster {cluster}, whose only running VM is busy, where "
        "1 other account takes turns with this one."
    )
    assert said.cause.details["AheadCount"] == 1
    assert said.cause.details["OtherAccountCount"] == 1


def _next(turns: Turns, accounts: Collection[int]) -> int:
    places = turns.turns(accounts)
    return min(accounts, key=lambda account: (places[account], account))


@given(
    weights=st.lists(st.integers(1, 5), min_size=2, max_size=5),
    slots=st.integers(1, 8),
    ends=st.lists(st.integers(0, 100), min_size=10, max_size=200),
)
def test_nobody_goes_before_those_that_lack_a_whole_program(
    weights: list[int], slots: int, ends: list[int]
) -> None:
    """Everybody always waits; programs end in any order."""
    accounts = range(len(weights))
    whole = sum(weights)
    turns = Turns(lambda account: float(weights[account]))
    running: list[int] = []
    served: Counter[int] = Counter()
    for end in ends:
        while len(running) < slots:
            chosen = _next(turns, accounts)
            parts = {each: slots * weights[each] / whole for each in accounts}
            lacks = {each: parts[each] - running.count(each) for each in accounts}
            if len(running) == slots - 1:
                assert lacks[chosen] >= 1 - 1e-6 or max(lacks.values()) < 1 + 1e-6
                assert lacks[chosen] > -1e-6
            turns.served(chosen, 1.0)
            turns.began(chosen, 1.0)
            running.append(chosen)
            served[chosen] += 1
        turns.ended(running.pop(end % len(running)), 1.0)
    if slots == 1:
        # One after the other: by weight, but for the turn that is going round now.
        total = sum(served.values())
        for account in accounts:
            assert abs(served[account] - total * weights[account] / whole) <= len(weights)


@pytest.mark.parametrize("slots", [1, 2, 3, 8])
def test_few_slots_are_shared_by_weight_as_well(slots: int) -> None:
    turns = Turns(_WEIGHTS.__getitem__)
    running: list[int] = []
    served: Counter[int] = Counter()
    for _ in range(400):
        while len(running) < slots:
            chosen = _next(turns, (BOB, CAT))
            turns.served(chosen, 1.0)
            turns.began(chosen, 1.0)
            running.append(chosen)
            served[chosen] += 1
        turns.ended(running.pop(0), 1.0)
    assert 2.8 <= served[CAT] / served[BOB] <= 3.2


@given(st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_account_that_comes_back_has_saved_up_no_turns(before: list[int]) -> None:
    turns = Turns()
    for _ in range(sum(before)):
        turns.served(ANN, 1.0)
    order: list[int] = []
    for _ in range(6):
        chosen = _next(turns, (ANN, BOB))
        turns.served(chosen, 1.0)
        order.append(chosen)
    assert 2 <= order.count(BOB) <= 4
