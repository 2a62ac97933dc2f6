"""One attempt that a machine is given beside the one it runs, and that may be taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from batchcompute.server.scheduler import clusters
from batchcompute.server.scheduler.batch import Item, Outcome
from batchcompute.server.scheduler.cached_rows import CachedAttempt
from batchcompute.server.scheduler.core import Core
from batchcompute.server.scheduler.dispatch import PATIENCE
from batchcompute.server.scheduler.prefetched import Prefetched
from batchcompute.server.scheduler.run_queue import MOST_BRIEF
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of
from tests.unit.server.test_recovery import restarted


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    executor = FakeExecutor(slots=2, prefetch=True)
    made = World(f"sqlite:///{tmp_path / 'test.db'}", FakeClock(), executor)
    yield made
    made.check_counters()
    made.close()


def begun(world: World) -> list[str]:
    """Instances of the attempts that were handed out since this was last asked, and which try."""
    return [".".join(name.split(".")[1:]) for name in world.begun()]


def revoked(world: World) -> list[str]:
    """Instances of the attempts that were asked back since this was last asked."""
    names = [".".join(name.split(".")[1:]) for name in world.executor.revoked]
    world.executor.revoked.clear()
    return names


def test_machine_is_given_one_attempt_more_than_it_runs(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(1), 4))
    assert begun(world) == ["t.0.1", "t.1.1"]
    world.run(f"{job}.t.0.1")
    assert begun(world) == ["t.2.1"]
    world.run(f"{job}.t.1.1")
    world.run(f"{job}.t.2.1")
    assert begun(world) == ["t.3.1"]
    world.run(f"{job}.t.3.1")
    assert world.job_state(job) == "Finished"


def test_what_ends_on_one_of_many_machines_needs_no_look_at_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = 0
    every = Prefetched.of_cluster

    def counting(self: Prefetched, cluster_seq: int) -> Iterator[CachedAttempt]:
        nonlocal looked
        for attempt in every(self, cluster_seq):
            looked += 1
            yield attempt

    monkeypatch.setattr(Prefetched, "of_cluster", counting)
    executor = FakeExecutor(slots=1000, prefetch=True)
    many = World(f"sqlite:///{tmp_path / 'many.db'}", FakeClock(), executor)
    many.clock.step = 1
    cluster = many.cluster(100)
    # An urgent one waits behind others, and so does one that comes later.
    urgent = many.job(plan_of("t", cluster, 199), priority=1)
    many.job(plan_of("t", cluster, 500), account=1)
    assert many.begun()[-1] == f"{urgent}.t.198.1"
    looked = 0
    many.run(f"{urgent}.t.0.1")
    assert looked < 20
    many.check_cache()
    many.close()


def test_idle_machines_come_first(world: World) -> None:
    world.job(plan_of("t", world.cluster(3), 9))
    machines = [attempt.worker_id for attempt in world.executor.started]
    # Two slots: two machines run, and each of them has another attempt.
    assert len(machines) == 4
    assert machines[:2] == machines[2:]
    assert len(set(machines)) == 2


def test_whoever_waits_for_a_slot_is_not_overtaken(world: World) -> None:
    one, other = world.cluster(1), world.cluster(1)
    first = world.job(plan_of("a", one, 2))
    second = world.job(plan_of("b", other, 2))
    third = world.cluster(1)
    world.job(plan_of("c", third, 2))
    world.job(plan_of("d", one, 2))
    # The slots are taken by a and b, whose next ones may follow them; c is before d.
    assert begun(world) == ["a.0.1", "a.1.1", "b.0.1", "b.1.1"]
    world.run(f"{first}.a.0.1")
    assert begun(world) == []
    world.run(f"{first}.a.1.1")
    assert begun(world) == ["c.0.1", "c.1.1"]
    world.run(f"{second}.b.0.1")
    world.run(f"{second}.b.1.1")
    assert begun(world) == ["d.0.1", "d.1.1"]


def test_attempt_goes_to_a_machine_that_is_idle(world: World) -> None:
    cluster = world.cluster(2)
    job = world.job(plan_of("t", cluster, 3))
    assert begun(world) == ["t.0.1", "t.1.1", "t.2.1"]
    world.start(f"{job}.t.0.1")
    world.run(f"{job}.t.1.1")
    # The second machine has nothing left, and the first one runs for long.
    assert revoked(world) == ["t.2.1"]
    world.apply()
    assert revoked(world) == []
    world.lose(f"{job}.t.2.1")
    assert begun(world) == ["t.2.2"]
    (instance,) = [each for each in world.instances(job, "t") if each.idx == 2]
    assert (instance.state, instance.retries) == ("Dispatched", 0)


def test_attempt_that_had_begun_before_it_was_asked_back_goes_on(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(2), 3))
    world.run(f"{job}.t.1.1")
    assert revoked(world) == ["t.2.1"]
    world.run(f"{job}.t.0.1")
    world.start(f"{job}.t.2.1")
    world.run(f"{job}.t.2.1")
    assert world.job_state(job) == "Finished"
    assert revoked(world) == []


def test_urgent_job_comes_first(world: World) -> None:
    cluster = world.cluster(1)
    slow = world.job(plan_of("slow", cluster, 3))
    assert begun(world) == ["slow.0.1", "slow.1.1"]
    urgent = world.job(plan_of("urgent", cluster), priority=1)
    assert revoked(world) == ["slow.1.1"]
    world.lose(f"{slow}.slow.1.1")
    assert begun(world) == ["urgent.0.1"]
    world.run(f"{slow}.slow.0.1")
    assert begun(world) == ["slow.1.2"]
    world.run(f"{urgent}.urgent.0.1")
    assert begun(world) == ["slow.2.1"]


def test_urgent_job_of_another_cluster_gets_the_next_slot(world: World) -> None:
    slow = world.job(plan_of("slow", world.cluster(2), 4))
    assert begun(world) == ["slow.0.1", "slow.1.1", "slow.2.1", "slow.3.1"]
    world.job(plan_of("urgent", world.cluster(1)), priority=1)
    assert revoked(world) == ["slow.2.1", "slow.3.1"]
    for index in (2, 3):
        world.lose(f"{slow}.slow.{index}.1")
    assert begun(world) == []
    world.run(f"{slow}.slow.0.1")
    assert begun(world) == ["urgent.0.1", "slow.2.2"]


def test_younger_job_of_the_same_priority_waits(world: World) -> None:
    cluster = world.cluster(1)
    world.job(plan_of("t", cluster, 2))
    world.job(plan_of("u", cluster))
    assert revoked(world) == []


def test_losing_it_before_it_began_counts_as_nothing(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(1), 2))
    for number in range(1, 30):
        world.lose(f"{job}.t.1.{number}")
    assert world.states(job, "t") == ["Dispatched", "Dispatched"]


def test_machine_that_its_user_removes_fails_only_what_ran_there(world: World) -> None:
    cluster = world.cluster(1)
    job = world.job(plan_of("t", cluster, 2), fail=False)
    world.start(f"{job}.t.0.1")
    (machine,) = world.executor.pools[f"{cluster}.group"]
    world.apply(lambda unit: clusters.recreate_machine(unit, cluster, "group", machine))
    assert world.states(job, "t") == ["Failed", "Waiting"]
    world.join()
    begun(world)
    # Both may still be there, so the second one waits for the news of that.
    world.lose(f"{job}.t.0.1")
    assert begun(world) == []
    world.lose(f"{job}.t.1.1")
    world.leave(machine)
    assert world.in_flight() == [f"{job}.t.1.2"]


def test_removed_cluster_fails_what_never_began_as_what_waits(world: World) -> None:
    cluster = world.cluster(1)
    job = world.job(plan_of("t", cluster, 3), fail=False)
    world.start(f"{job}.t.0.1")
    world.delete_cluster(cluster)
    assert world.states(job, "t") == ["Failed"] * 3
    codes = [each.error_code for each in world.instances(job, "t")]
    assert codes == ["InstanceLost", "", ""]


def test_stopped_job_ends_both(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(1), 3))
    world.stop(job)
    assert world.executor.stopped == [f"{job}.t.0.1", f"{job}.t.1.1"]


def test_new_server_knows_which_of_two_has_begun(world: World) -> None:
    cluster = world.cluster(1)
    job = world.job(plan_of("t", cluster, 3))
    world.run(f"{job}.t.0.1")
    world.start(f"{job}.t.1.1")
    world.begun()
    assert restarted(world, t1="alive") == [f"{job}.t.2.2"]
    urgent = world.job(plan_of("urgent", cluster), priority=1)
    assert revoked(world) == ["t.2.2"]
    world.lose(f"{job}.t.2.2")
    assert world.begun() == [f"{urgent}.urgent.0.1"]


def test_urgent_attempt_does_not_wait_for_a_long_one_while_others_begin(world: World) -> None:
    cluster = world.cluster(2)
    low = world.job(plan_of("low", cluster, 9))
    assert begun(world) == ["low.0.1", "low.1.1", "low.2.1", "low.3.1"]
    urgent = world.job(plan_of("urgent", cluster, 2), priority=1)
    assert revoked(world) == ["low.2.1", "low.3.1"]
    world.lose(f"{low}.low.2.1")
    world.run(f"{low}.low.0.1")
    first, second = world.executor.started
    # Where the first one runs, and nobody knows for how long.
    assert first.worker_id == second.worker_id
    assert begun(world) == ["urgent.0.1", "urgent.1.1"]
    world.lose(f"{low}.low.3.1")
    world.start(f"{urgent}.urgent.0.1")
    # The other machine gets nothing that would begin before it.
    assert begun(world) == []
    world.run(f"{low}.low.1.1")
    assert revoked(world) == ["urgent.1.1"]
    assert begun(world) == []
    world.lose(f"{urgent}.urgent.1.1")
    assert world.executor.started[0].worker_id != first.worker_id
    assert begun(world) == ["urgent.1.2", "low.2.2", "low.3.2"]


def test_no_more_urgent_attempts_are_asked_back_than_machines_are_idle(tmp_path: Path) -> None:
    executor = FakeExecutor(slots=100, prefetch=True)
    many = World(f"sqlite:///{tmp_path / 'many.db'}", FakeClock(), executor)
    cluster = many.cluster(6)
    low = many.job(plan_of("low", cluster, 20))
    urgent = many.job(plan_of("urgent", cluster, 6), priority=1)
    asked = revoked(many)
    assert asked == [f"low.{number}.1" for number in range(6, 12)]
    for name in asked:
        many.lose(f"{low}.{name}")
    many.begun()
    # The next one of two machines waits on it already, and behind that nothing is next.
    many.run(f"{low}.low.0.1")
    many.run(f"{low}.low.1.1")
    many.run(f"{urgent}.urgent.0.1")
    assert revoked(many) == ["urgent.2.1"]
    assert begun(many) == []
    # Until one of them is back, the machine is nobody else's, and another one may be sooner there.
    many.start(f"{low}.low.2.1")
    assert revoked(many) == ["urgent.3.1"]
    assert begun(many) == []
    many.lose(f"{urgent}.urgent.2.1")
    assert begun(many) == ["urgent.2.2"]
    many.lose(f"{urgent}.urgent.3.1")
    many.run(f"{urgent}.urgent.1.1")
    assert begun(many)[0] == "urgent.3.2"
    many.check_cache()
    many.close()


def test_transaction_gives_so_many_instances_to_machines_and_another_one_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batchcompute.server.scheduler.dispatch.MOST_PLACED", 8)
    executor = FakeExecutor(slots=100, prefetch=True)
    many = World(f"sqlite:///{tmp_path / 'many.db'}", FakeClock(), executor)
    starts: list[int] = []
    commit = Core.commit

    def counting(core: Core, batch: Sequence[Item]) -> list[Outcome]:
        before = len(executor.started)
        outcomes = commit(core, batch)
        core.carry_out()
        starts.append(len(executor.started) - before)
        return outcomes

    cluster = many.cluster(10)
    monkeypatch.setattr(Core, "commit", counting)
    many.job(plan_of("t", cluster, 30))
    # Those that wait behind others come last, and none of them is taken for misplaced meanwhile.
    assert starts == [8, 8, 4]
    assert begun(many) == [f"t.{number}.1" for number in range(20)]
    assert revoked(many) == []
    many.check_counters()
    many.close()


def test_older_job_is_not_overtaken_for_long(world: World) -> None:
    cluster = world.cluster(2)
    world.clock.step = 0
    world.job(plan_of("long", cluster, 1))
    short = world.job(plan_of("short", cluster, 1))
    old = world.job(plan_of("old", cluster, 1))
    young = world.job(plan_of("young", cluster, 9))
    assert begun(world) == ["long.0.1", "short.0.1", "old.0.1", "young.0.1"]
    world.run(f"{short}.short.0.1")
    assert begun(world) == ["young.1.1"]
    world.clock.moment += PATIENCE
    world.run(f"{young}.young.0.1")
    assert begun(world) == []
    assert revoked(world) == []
    world.run(f"{young}.young.1.1")
    assert revoked(world) == ["old.0.1"]
    world.lose(f"{old}.old.0.1")
    assert begun(world) == ["old.0.2", "young.2.1", "young.3.1"]


def test_brief_attempts_wait_on_their_machine_by_several(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(2), 40))
    assert begun(world) == ["t.0.1", "t.1.1", "t.2.1", "t.3.1"]
    world.run_briefly(f"{job}.t.0.1")
    machines = Counter(attempt.worker_id for attempt in world.executor.started)
    assert sum(machines.values()) == MOST_BRIEF - 1
    # Nothing is known of the other machine, which has one more than it runs as before.
    assert len(machines) == 1
    begun(world)
    world.run_briefly(f"{job}.t.1.1")
    assert len(begun(world)) == MOST_BRIEF - 1
    assert len(world.in_flight()) == 2 * MOST_BRIEF
    # One that takes longer may be the first of many.
    world.run(f"{job}.t.2.1")
    assert begun(world) == []
    for number in range(3, 12):
        world.run_briefly(f"{job}.t.{number}.1")
        assert len(world.in_flight()) <= 2 * MOST_BRIEF
    assert revoked(world) == []


def test_brief_attempts_come_back_for_an_urgent_job(world: World) -> None:
    cluster = world.cluster(1)
    job = world.job(plan_of("t", cluster, 40))
    world.run_briefly(f"{job}.t.0.1")
    begun(world)
    urgent = world.job(plan_of("urgent", cluster), priority=1)
    asked = revoked(world)
    assert asked == [f"t.{number}.1" for number in range(2, MOST_BRIEF + 1)]
    for name in asked:
        world.lose(f"{job}.{name}")
    assert begun(world)[0] == "urgent.0.1"
    world.run(f"{job}.t.1.1")
    world.run(f"{urgent}.urgent.0.1")
    assert world.job_state(urgent) == "Finished"


def test_brief_attempts_do_not_wait_behind_a_long_one(world: World) -> None:
    cluster = world.cluster(1)
    long = world.job(plan_of("long", cluster, 2))
    brief = world.job(plan_of("brief", cluster, 40))
    world.run(f"{long}.long.0.1")
    assert begun(world) == ["long.0.1", "long.1.1", "brief.0.1"]
    world.run(f"{long}.long.1.1")
    assert begun(world) == ["brief.1.1"]
    world.run_briefly(f"{brief}.brief.0.1")
    assert len(begun(world)) == MOST_BRIEF - 1
    after = world.job(plan_of("after", cluster, 2))
    for number in range(1, 40):
        world.run_briefly(f"{brief}.brief.{number}.1")
    assert begun(world)[-2:] == ["after.0.1", "after.1.1"]
    world.run(f"{after}.after.0.1")
    world.run(f"{after}.after.1.1")


def test_prefetched_attempt_does_not_run(world: World) -> None:
    job = world.job(plan_of("t", world.cluster(2), 4))
    world.start(f"{job}.t.0.1")
    assert len(world.in_flight()) == 4
    assert world.core.running() == {f"{job}.t.0.1", f"{job}.t.1.1"}
