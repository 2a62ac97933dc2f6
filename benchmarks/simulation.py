"""The scheduler with virtual time: its own code and database, and machines that are made up.

Programs take their time on a clock that goes on as fast as the scheduler is done, so that hours of
thousands of VMs take minutes here. What is real is all that happens between a request or a report
and its commit: the order of dispatch, the rows, the indexes. What is not: HTTP, agents, the disk's
syncs (the processor's time is counted, and the database is in memory where that is possible), and
what other threads of a server take.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import heapq
import itertools
import os
import pstats
import random
import resource
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

from batchcompute.server.executors.interface import (
    Attempt,
    AttemptEnded,
    AttemptLost,
    AttemptStarted,
    Capabilities,
    Event,
    Receipt,
    Standing,
    WorkerGroup,
    WorkerJoined,
    WorkerLeft,
    WorkerWarned,
)
from batchcompute.server.model.caller import OPERATOR
from batchcompute.server.model.plan import JobPlan, TaskPlan
from batchcompute.server.process import collector
from batchcompute.server.scheduler import admission, clusters
from batchcompute.server.scheduler.batch import Item, Outcome
from batchcompute.server.scheduler.core import Core
from batchcompute.server.scheduler.thread import MAX_BATCH
from batchcompute.server.store.database import Database

#: The day of the task: VMs, instances, and how many of those a job has.
VMS, INSTANCES_A_DAY, OF_JOB = 10_000, 10_000_000, 1_000
DAY_SECONDS = 86_400.0
#: Jobs that wait at the beginning, as parts of what all VMs run at once.
BACKLOG = 3
#: Groups of VMs, and accounts whose jobs they run.
CLUSTERS, ACCOUNTS = 10, 8
#: What a report takes from a machine to the scheduler, at least, and a boot, in seconds.
WAY_SECONDS, BOOT_SECONDS = 0.005, 60.0
#: One VM in so many is lost each day.
LOST_OF = 1
#: How many of the longest transactions are kept.
LONGEST = 8

#: Where files are in memory, if anywhere.
_MEMORY = Path("/dev/shm")

_Due: TypeAlias = tuple[float, int, Callable[[], Event | None]]


class _Clock:
    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def now(self) -> int:
        return round(self.seconds * 1_000_000)


@dataclass(slots=True)
class _Machine:
    """A VM: what it runs, what waits behind that, and its pool."""

    pool_id: str
    runs: str = ""
    waiting: deque[str] = field(default_factory=deque[str])


class _Machines:
    """An executor whose programs are sleeps of the virtual clock."""

    def __init__(self, clock: _Clock, slots: int, mean_seconds: float) -> None:
        self._clock = clock
        self._slots = slots
        self._mean = mean_seconds
        self._random = random.Random(1)
        self._order = itertools.count()
        self._due: list[_Due] = []
        self._machines: dict[str, _Machine] = {}
        self._where: dict[str, str] = {}
        self.ended = 0
        self.lost = 0
        self._starts = self._revokes = 0

    # --- what the scheduler asks for

    def open(self, emit: Callable[[Event], None]) -> None:
        """Nothing is told but by `take`."""

    def probe(self) -> Capabilities:
        return Capabilities("simulated", self._slots, complete_kill=True, prefetch=True)

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    def request_workers(
        self, pool_id: str, workers: Mapping[str, bool], group: WorkerGroup | None = None
    ) -> None:
        for worker in workers:
            boot = self._random.uniform(0.5, 1.5) * BOOT_SECONDS
            self._after(boot, partial(self._join, pool_id, worker))

    def release_workers(self, pool_id: str, worker_ids: Collection[str]) -> None:
        for worker in worker_ids:
            self._tell(WorkerLeft(pool_id, worker, "it was released"))

    def asked(self) -> tuple[int, int]:
        """Return how many attempts were to be started by now, and how many to be taken back."""
        return self._starts, self._revokes

    def start(self, attempts: Sequence[Attempt]) -> None:
        self._starts += len(attempts)
        for attempt in attempts:
            machine = self._machines.get(attempt.worker_id)
            if machine is None:
                lost = AttemptLost(attempt.attempt_id, "its VM is gone")
                self._tell(lost)
                continue
            self._where[attempt.attempt_id] = attempt.worker_id
            machine.waiting.append(attempt.attempt_id)
            self._go_on(machine)

    def revoke(self, attempt_ids: Collection[str]) -> None:
        self._revokes += len(attempt_ids)
        self._take_off(attempt_ids, running=False)

    def stop(self, attempt_ids: Collection[str]) -> None:
        self._take_off(attempt_ids, running=True)

    def settle(self, attempt_ids: Mapping[str, str], /) -> dict[str, Standing]:
        for attempt_id in attempt_ids:
            lost = AttemptLost(attempt_id, "it was lost")
            self._tell(lost)
        return dict.fromkeys(attempt_ids, "unknown")

    def forget(self, attempt_ids: Collection[str]) -> None:
        """Nothing is kept."""

    def kept_attempts(self) -> frozenset[str]:
        return frozenset()

    def close(self, *, stop_attempts: bool) -> None:
        """Nothing to do."""

    # --- what happens on machines

    def take(self, until: float) -> list[Event]:
        """Go on to what happens next, and return what comes in one batch of a scheduler."""
        events: list[Event] = []
        while self._due and len(events) < MAX_BATCH:
            at = self._due[0][0]
            if at > until or (events and at > self._clock.seconds + WAY_SECONDS):
                break
            if not events:
                self._clock.seconds = max(self._clock.seconds, at)
            happens = heapq.heappop(self._due)[2]
            if (event := happens()) is not None:
                events.append(event)
        return events

    def _after(self, seconds: float, happens: Callable[[], Event | None]) -> None:
        at = self._clock.seconds + WAY_SECONDS + seconds
        heapq.heappush(self._due, (at, next(self._order), happens))

    def _tell(self, event: Event) -> None:
        self._after(0.0, partial(_same, event))

    def _join(self, pool_id: str, worker: str) -> Event:
        self._machines[worker] = _Machine(pool_id)
        life = self._random.expovariate(1 / (LOST_OF * DAY_SECONDS))
        self._after(life, partial(self._lose, worker))
        warned = WorkerWarned(pool_id, worker, "A made-up machine")
        self._tell(warned)
        return WorkerJoined(pool_id, worker)

    def _lose(self, worker: str) -> Event:
        machine = self._machines.pop(worker)
        self.lost += 1
        for attempt_id in (machine.runs, *machine.waiting):
            if self._where.pop(attempt_id, None) is not None:
                lost = AttemptLost(attempt_id, "its VM was lost", planned=False)
                self._tell(lost)
        return WorkerLeft(machine.pool_id, worker, "it was lost")

    def _go_on(self, machine: _Machine) -> None:
        """Begin what waits, if nothing runs."""
        if machine.runs or not machine.waiting:
            return
        attempt_id = machine.runs = machine.waiting.popleft()
        began = self._clock.seconds
        started = AttemptStarted(attempt_id, began)
        self._tell(started)
        takes = self._random.uniform(0.5, 1.5) * self._mean
        self._after(takes, partial(self._end, attempt_id, began))

    def _end(self, attempt_id: str, began: float) -> Event | None:
        worker = self._where.pop(attempt_id, "")
        if not worker:
            return None  # It was lost or stopped before.
        self.ended += 1
        machine = self._machines[worker]
        machine.runs = ""
        self._go_on(machine)
        return AttemptEnded(Receipt(attempt_id, "exited", 0, began, self._clock.seconds))

    def _take_off(self, attempt_ids: Collection[str], *, running: bool) -> None:
        for attempt_id in attempt_ids:
            machine = self._machines.get(self._where.get(attempt_id, ""))
            if machine is None:
                continue
            if attempt_id in machine.waiting:
                machine.waiting.remove(attempt_id)
            elif running and machine.runs == attempt_id:
                machine.runs = ""
                self._go_on(machine)
            else:
                continue
            del self._where[attempt_id]
            gone = AttemptLost(attempt_id, "it has not begun", planned=True)
            self._tell(gone)


def _same(event: Event) -> Event:
    return event


class Transaction(NamedTuple):
    """What one transaction took, and did.

    Attributes:
        milliseconds: The processor's time.
        collected: What of it went to Python's search for cycles.
        at: When, in seconds of virtual time since the beginning.
        did: What was in it, and followed from it.
    """

    milliseconds: float
    collected: float
    at: float
    did: str


class _Collections:
    """Adds up the processor's time of Python's searches for cycles."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0
        gc.callbacks.append(self._note)

    def close(self) -> None:
        gc.callbacks.remove(self._note)

    def _note(self, phase: str, _info: Mapping[str, int]) -> None:
        if phase == "start":
            self._began = time.process_time()
        else:
            self.seconds += time.process_time() - self._began


@dataclass(frozen=True, slots=True)
class Result:
    """What a simulation found.

    Attributes:
        instances: Instances that ended while it was measured.
        lost: VMs that were lost meanwhile.
        commits: Transactions.
        milliseconds: The processor's time of an instance.
        longest: The longest transactions, longest first.
        boot: The processor's time of a VM's start, in milliseconds.
    """

    instances: int
    lost: int
    commits: int
    milliseconds: float
    longest: tuple[Transaction, ...]
    boot: float


class Simulation:
    """A scheduler, its database in a folder, and its machines."""

    def __init__(self, folder: Path, vms: int, rate: float, groups: int = CLUSTERS) -> None:
        """Put it together.

        Args:
            folder: An empty folder.
            vms: How many VMs there are.
            rate: Instances that end in a second when all of them are busy.
            groups: How many clusters they belong to, at the most.
        """
        self._clock = _Clock()
        self._groups = groups
        self._vms, self._rate = vms, rate
        self._machines = _Machines(self._clock, 2 * vms, vms / rate)
        self._database = Database(f"sqlite:///{folder / 'service.db'}", now=self._clock.now())
        self._core = Core(self._database, self._machines, self._clock, region="cn-hangzhou")
        self._clusters: list[str] = []
        self._jobs = itertools.count()
        self._submitted = 0
        self.commits = 0
        self._collections = _Collections()
        # The shortest one first.
        self._longest: list[Transaction] = []
        self._began = self._clock.seconds

    def boot(self) -> float:
        """Make clusters, and let all of their VMs start; return the processor's time, in ms."""
        began = time.process_time()
        number = min(self._groups, self._vms)
        for at in range(number):
            size = self._vms // number + (at < self._vms % number)
            body = {
                "Name": f"cluster-{at}",
                "ImageId": "img-ubuntu",
                "Groups": {"g": {"DesiredVMCount": size}},
            }
            self._clusters.append(self._do(partial(clusters.create, description=body)))
        self._until(self._clock.seconds + 2 * BOOT_SECONDS)
        return 1000 * (time.process_time() - began) / self._vms

    def submit(self) -> None:
        """Bring a job, of one account after the other."""
        number = next(self._jobs)
        cluster = self._clusters[number % len(self._clusters)]
        plan = JobPlan(
            name=f"job-{number}",
            # Some are more urgent.
            priority=10 if number % 7 == 3 else 1,
            fail_on_instance_fail=False,
            auto_release=False,
            tasks=(TaskPlan("t", cluster, OF_JOB, "true", max_retries=2),),
            successors=((),),
        )
        caller = replace(OPERATOR, account=number // len(self._clusters) % ACCOUNTS)
        self._do(lambda unit: admission.create(unit, plan, "{}", caller))
        self._submitted += OF_JOB

    def measure(self, seconds: float) -> Result:
        """Run for some virtual time, with all machines busy."""
        first, lost = self._machines.ended, self._machines.lost
        self.commits = 0
        self._longest.clear()
        began, until = time.process_time(), self._clock.seconds + seconds
        while self._clock.seconds < until:
            # As much comes as ends, so that the queue stays as long as it is.
            while self._submitted - self._machines.ended < (BACKLOG + 1) * self._most():
                self.submit()
            self._until(min(until, self._clock.seconds + OF_JOB / self._rate))
        used = time.process_time() - began
        ended = self._machines.ended - first
        return Result(
            ended,
            self._machines.lost - lost,
            self.commits,
            1000 * used / ended,
            tuple(sorted(self._longest, reverse=True)),
            0.0,
        )

    def close(self) -> None:
        """Let go of the database."""
        self._collections.close()
        self._database.close()

    def _most(self) -> int:
        return max(self._vms, 10 * OF_JOB)

    def _until(self, moment: float) -> None:
        while events := self._machines.take(moment):
            self._apply(events)
        self._clock.seconds = max(self._clock.seconds, moment)

    def _do(self, command: Callable[..., str]) -> str:
        (outcome,) = self._apply([command])
        if outcome.error is not None:
            raise outcome.error
        return str(outcome.value)

    def _apply(self, items: Sequence[Item]) -> list[Outcome]:
        outcomes = self._apply_once(items)
        while further := list(self._core.follow_up):
            self._core.follow_up.clear()
            self._apply_once(further)
        return outcomes

    def _apply_once(self, items: Sequence[Item]) -> list[Outcome]:
        collected, starts, releases = self._collections.seconds, *self._machines.asked()
        began = time.process_time()
        outcomes = self._core.apply(items)
        milliseconds = 1000 * (time.process_time() - began)
        if len(self._longest) < LONGEST or milliseconds > self._longest[0].milliseconds:
            kinds = Counter(_kind(item) for item in items)
            more_starts, more_releases = self._machines.asked()
            did = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
            did += f"; {more_starts - starts} started, {more_releases - releases} taken back"
            heapq.heappush(
                self._longest,
                Transaction(
                    milliseconds,
                    1000 * (self._collections.seconds - collected),
                    self._clock.seconds - self._began,
                    did,
                ),
            )
            if len(self._longest) > LONGEST:
                heapq.heappop(self._longest)
        self.commits += 1
        return outcomes


def _kind(item: Item) -> str:
    if isinstance(item, partial):
        return str(item.func.__qualname__)
    return str(getattr(item, "__qualname__", type(item).__name__))


def simulate(vms: int, rate: float, seconds: float, groups: int = CLUSTERS) -> Result:
    """Let VMs start and be busy for a while; return what it cost."""
    memory = str(_MEMORY) if os.access(_MEMORY, os.W_OK) else None
    collector.look_less_often()
    collector.pass_over_what_stays()
    with tempfile.TemporaryDirectory(dir=memory) as name:
        simulation = Simulation(Path(name), vms, rate, groups)
        try:
            boot = simulation.boot()
            # Until programs end all the time, and not all at once.
            simulation.measure(2 * vms / rate)
            return replace(simulation.measure(seconds), boot=boot)
        finally:
            simulation.close()


def main() -> None:
    """Compare a tenth, a hundredth and all of the VMs at one rate of instances."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vms", type=int, default=VMS, help="VMs (default: %(default)s)")
    parser.add_argument(
        "--instances", type=int, default=INSTANCES_A_DAY, help="a day (default: %(default)s)"
    )
    parser.add_argument(
        "--minutes", type=float, default=10.0, help="virtual time that is measured, of each size"
    )
    parser.add_argument(
        "--clusters", type=int, default=CLUSTERS, help="that they are of (default: %(default)s)"
    )
    parser.add_argument("--only", action="store_true", help="no smaller sizes to compare with")
    parser.add_argument("--longest", action="store_true", help="say what took longest")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    options = parser.parse_args()
    rate = options.instances / DAY_SECONDS
    sizes = [options.vms] if options.only else [options.vms // 100, options.vms // 10, options.vms]
    print(f"{rate:.0f} instances/s, {options.minutes:g} minutes of virtual time with each size\n")
    print(
        f"{'VMs':>7} {'instances':>10} {'VMs lost':>9} {'commits':>8} {'ms/instance':>12} "
        f"{'longest, ms':>12} {'ms/VM start':>12} {'memory, MB':>11}"
    )
    for vms in sizes:
        profile = cProfile.Profile()
        if options.profile:
            profile.enable()
        found = simulate(vms, rate, 60 * options.minutes, options.clusters)
        profile.disable()
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        counts = f"{vms:7} {found.instances:10} {found.lost:9} {found.commits:8}"
        times = (
            f"{found.milliseconds:12.3f} {found.longest[0].milliseconds:12.1f} {found.boot:12.3f}"
        )
        print(f"{counts} {times} {megabytes:11.0f}", flush=True)
        for each in found.longest if options.longest else ():
            of_these = f"{each.collected:.1f} of these for cycles" if each.collected else ""
            print(f"{each.milliseconds:8.1f} ms after {each.at:.0f} s {of_these}: {each.did}")
        if options.profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
