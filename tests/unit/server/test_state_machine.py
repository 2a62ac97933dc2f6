"""Whatever the executor reports, however often and in whatever order, the states stay right."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from batchcompute.server.executors.interface import AttemptLost, AttemptStarted, Event
from batchcompute.server.explain import codes
from batchcompute.server.model import states
from batchcompute.server.model.errors import not_found
from batchcompute.server.scheduler import clusters, jobs
from batchcompute.server.scheduler.core import Core
from batchcompute.server.scheduler.transaction import Unit
from tests.unit.server.explained import Explained
from tests.unit.server.fakes import FakeClock, FakeExecutor, World, plan_of, receipt

_FINAL = (states.FINISHED, states.FAILED, states.STOPPED)

Key = tuple[str, str, int]


class Reports(RuleBasedStateMachine):
    """A job of two tasks, on a cluster of three machines, and an unreliable messenger."""

    @initialize(fail=st.booleans(), retries=st.integers(0, 2), prefetch=st.booleans())
    def begin(self, fail: bool, retries: int, prefetch: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self.folder.name) / 'test.db'}"
        self.prefetch = prefetch
        self.world = World(url, FakeClock(), FakeExecutor(slots=2, prefetch=prefetch))
        self.cluster = cluster = self.world.cluster(3)
        plans = [plan_of(name, cluster, 3, max_retries=retries) for name in ("a", "b")]
        self.job = self.world.job(*plans, successors=((1,), ()), fail=fail)
        self.attempts: list[str] = []
        self.recorded: dict[Key, str] = {}
        self.turn = 0

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()
            self.folder.cleanup()

    @rule(
        data=st.data(),
        kind=st.sampled_from(["start", "good", "brief", "bad", "late", "lost", "stopped"]),
    )
    def report(self, data: st.DataObject, kind: str) -> None:
        self.attempts += self.world.begun()
        known = self.attempts or [f"{self.job}.a.0.99"]
        attempt = data.draw(st.sampled_from(known))
        events: dict[str, Event] = {
            "start": AttemptStarted(attempt, 1_700_000_100.5),
            "good": receipt(attempt),
            "brief": receipt(attempt, seconds=0.001),
            "bad": receipt(attempt, 3),
            "late": receipt(attempt, 137, "timed_out"),
            "lost": AttemptLost(attempt, "nobody knows"),
            "stopped": receipt(attempt, 143, "stopped"),
        }
        times = data.draw(st.integers(1, 2))
        is_current = attempt in self.world.current()
        before = self.states()
        self.world.apply(*[events[kind]] * times)
        if not is_current:
            self.check_unchanged(before)

    def states(self) -> dict[Key, str]:
        return {
            (self.job, name, instance.idx): instance.state
            for name in ("a", "b")
            for instance in self.world.instances(self.job, name)
        }

    def check_unchanged(self, before: dict[Key, str]) -> None:
        """A report that nobody waits for changes nothing; at most it frees a machine."""
        for key, state in self.states().items():
            freed = before[key] == states.WAITING and state == states.DISPATCHED
            assert freed or state == before[key]

    @rule()
    def stop(self) -> None:
        self.world.stop(self.job)

    @rule()
    def restart(self) -> None:
        # Only a restart of the job may undo what is recorded, and only what did not finish.
        if self.world.restart(self.job) is None:
            kept = {key: s for key, s in self.recorded.items() if s == states.FINISHED}
            self.recorded = kept

    @rule(count=st.integers(1, 4))
    def resize(self, count: int) -> None:
        change = {"Groups": {"group": {"DesiredVMCount": count}}}
        before = set(self.workers())
        self.world.apply(lambda unit: clusters.modify(unit, self.cluster, change))
        self.world.join()
        for worker in before - set(self.workers()):
            self.world.leave(worker)

    @rule(data=st.data())
    def lose_machine(self, data: st.DataObject) -> None:
        self.world.leave(data.draw(st.sampled_from(self.workers())))
        self.world.join()

    @rule(priority=st.integers(0, 2), count=st.integers(1, 20))
    def other_job(self, priority: int, count: int) -> None:
        self.world.job(plan_of("o", self.cluster, count), priority=priority)

    @rule(refused=st.booleans())
    def change_and_refuse(self, refused: bool) -> None:
        """A request that is refused after it has changed something has changed nothing."""

        def change(unit: Unit) -> None:
            jobs.stop(unit, self.job)
            raise not_found()

        before = self.states(), self.world.in_flight()
        unknown = lambda unit: jobs.stop(unit, "none")  # noqa: E731
        self.world.apply(change, *[unknown] * refused)
        assert before == (self.states(), self.world.in_flight())

    def workers(self) -> list[str]:
        return list(self.world.executor.pools[f"{self.cluster}.group"])

    @rule()
    def new_server(self) -> None:
        self.attempts += self.world.begun()
        executor = FakeExecutor(slots=2, prefetch=self.prefetch)
        self.world.executor = executor
        self.world.core = Core(self.world.database, executor, self.world.clock, region="r")
        self.world.core.recover()
        self.world.apply()

    @invariant()
    def counters_are_right(self) -> None:
        if hasattr(self, "world"):
            self.world.check_counters()

    @invariant()
    def recorded_results_stay(self) -> None:
        if not hasattr(self, "world"):
            return
        for key, state in self.states().items():
            if key in self.recorded:
                assert state == self.recorded[key]
            elif state in _FINAL:
                self.recorded[key] = state

    @invariant()
    def job_and_tasks_agree(self) -> None:
        if not hasattr(self, "world"):
            return
        job = self.world.job_state(self.job)
        tasks = [self.world.task(self.job, name) for name in ("a", "b")]
        if job == states.FINISHED:
            assert all(task.state == states.FINISHED for task in tasks)
        if job in _FINAL:
            assert all(task.state in _FINAL for task in tasks)
            assert not any(task.waiting or task.dispatched or task.running for task in tasks)
        if tasks[1].state == states.FINISHED:
            assert tasks[0].state == states.FINISHED

    @invariant()
    def no_instance_runs_twice_at_a_time(self) -> None:
        if hasattr(self, "world"):
            instances = [name.rpartition(".")[0] for name in self.world.in_flight()]
            assert len(instances) == len(set(instances))

    @invariant()
    def work_goes_on(self) -> None:
        """A job that is not over has something in flight, so it cannot hang."""
        if hasattr(self, "world") and self.world.job_state(self.job) not in _FINAL:
            assert self.world.in_flight()

    @invariant()
    def everything_is_explained(self) -> None:
        """What does not run has a reason, for what nothing keeps from running runs."""
        if not hasattr(self, "world"):
            return
        self.turn += 1
        if self.turn % 3:
            # There are many steps.
            return
        said = Explained(self.world)
        found = [said.job(self.job), said.cluster(self.cluster)]
        for name in ("a", "b"):
            found.append(said.task(self.job, name))
            found += [said.instance(self.job, idx, name) for idx in range(3)]
        # A VM may be kept free for what another one was asked to give back.
        if not set(self.world.executor.revoked) & set(self.world.in_flight()):
            assert codes.NEXT_TO_RUN not in {each.cause.code for each in found}


TestReports = pytest.mark.timeout(600)(Reports.TestCase)
TestReports.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
