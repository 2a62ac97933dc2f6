"""Which task is next: the waiting tasks and the machines with room, in the order of dispatch.

The order is priority, then whose turn it is, then age of the job, then place in the job. A cluster
may have any number of waiting tasks, so only the first ones of each account are here, and more are
read when those are used up. All clusters together are one queue for each account and each kind of
machine, so that what is next is found at once however many wait.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from batchcompute.server.model.resources import Resources
from batchcompute.server.scheduler.cached_rows import Account, CachedMachine, CachedTask, Rank
from batchcompute.server.scheduler.turns import Turn, Turns

#: Waiting tasks of a cluster and an account that are read at a time, and half of what is kept.
WINDOW = 64

#: Attempts that a machine may have, the one that it runs included, while all of them are brief.
MOST_BRIEF = 16

#: The resources of a machine while it has a program; None if they do not matter.
Kind: TypeAlias = Resources | None

Fits: TypeAlias = Callable[[Kind], bool]

#: Reads the first tasks of a cluster that wait, of one account or of all, at most so many.
Read: TypeAlias = Callable[[int, Account | None, int], Sequence[CachedTask]]


@dataclass(slots=True)
class _Lane:
    """The waiting tasks of an account on a cluster.

    Attributes:
        tasks: The first ones, in order.
        complete: True if there are no more in the database.
        with_idle: The rank by which its cluster is known where it has idle machines, by their kind.
        with_next: The same where machines are occupied, and where they are supplied.
    """

    tasks: list[CachedTask] = field(default_factory=list[CachedTask])
    complete: bool = True
    with_idle: dict[Kind, Rank] = field(default_factory=dict[Kind, Rank])
    with_next: tuple[Rank | None, Rank | None] = (None, None)


@dataclass(slots=True)
class _Cluster:
    """The waiting tasks of a cluster, and where they can go.

    Attributes:
        lanes: Its tasks, by account.
        known: True once they were read.
        idle: Numbers of the machines without an attempt, ascending, by kind.
        occupied: Numbers of the machines with one attempt, longest first.
        supplied: For each larger number of attempts the machines that have so many, all of them
            brief, and room for more.
    """

    lanes: dict[Account, _Lane] = field(default_factory=dict[Account, _Lane])
    known: bool = False
    idle: dict[Kind, list[int]] = field(default_factory=dict[Kind, list[int]])
    occupied: dict[int, None] = field(default_factory=dict[int, None])
    supplied: list[dict[int, None]] = field(
        default_factory=lambda: [{} for _ in range(2, MOST_BRIEF)]
    )


class RunQueue:
    """All clusters, in the order of their next tasks.

    Attributes:
        changed: The clusters whose next tasks may have changed, until somebody takes them out.
    """

    def __init__(
        self, read: Read, accounts: Callable[[int], Sequence[Account]], turns: Turns
    ) -> None:
        """Make an empty queue.

        Args:
            read: Returns tasks that wait; see `Read`.
            accounts: Returns whose tasks wait for a cluster.
            turns: Says whose turn it is.
        """
        self._read = read
        self._accounts = accounts
        self._turns = turns
        self._clusters: dict[int, _Cluster] = {}
        self._with_idle = _Candidates(turns)
        self._with_occupied = _Candidates(turns)
        self._with_supplied = _Candidates(turns)
        self.changed: set[int] = set()
        # How many idle machines clusters have elsewhere, and here.
        self._idle: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def put_machine(self, machine: CachedMachine) -> None:
        """Take note of a machine, or of what changed on it."""
        cluster = self._cluster(machine.cluster_seq)
        count = len(machine.attempts) if machine.running else -1
        if count == 0:
            idle = cluster.idle.setdefault(machine.kind, [])
            at = bisect_left(idle, machine.seq)
            if at == len(idle) or idle[at] != machine.seq:
                idle.insert(at, machine.seq)
                self._count_idle(machine, 1)
        else:
            self._not_idle(cluster, machine)
        if count == 1 and not machine.attempts[0].cancelled:
            cluster.occupied.setdefault(machine.seq)
        else:
            cluster.occupied.pop(machine.seq, None)
        for machines in cluster.supplied:
            machines.pop(machine.seq, None)
        if 2 <= count < MOST_BRIEF and machine.is_brief:
            cluster.supplied[count - 2][machine.seq] = None
        self._sort(machine.cluster_seq, cluster, machine.kind)

    def change_kind(self, machine: CachedMachine, kind: Kind) -> None:
        """Let a machine take something else from its next program on."""
        if machine.kind == kind:
            return
        cluster = self._cluster(machine.cluster_seq)
        self._not_idle(cluster, machine)
        self._sort(machine.cluster_seq, cluster, machine.kind)
        machine.kind = kind
        self.put_machine(machine)

    def put_task(self, task: CachedTask) -> Sequence[CachedTask]:
        """Take note of a task whose instances wait, or do not wait any more.

        Returns:
            Waiting tasks that are not kept here; they are read when their time comes.
        """
        cluster = self._clusters.get(task.cluster_seq)
        if cluster is None or not cluster.known:
            # With the first machine the tasks are read.
            return [task]
        lane = cluster.lanes.get(task.account)
        if lane is None:
            lane = cluster.lanes[task.account] = _Lane()
        left_out: list[CachedTask] = []
        known = lane.tasks
        at = bisect_left(known, task.rank, key=_rank)
        here = at < len(known) and known[at].key == task.key
        if not task.is_queued or task.blocked:
            if here:
                del known[at]
        elif here:
            known[at] = task
        elif lane.complete or at < len(known):
            known.insert(at, task)
            if len(known) > 2 * WINDOW:
                left_out = known[WINDOW:]
                del known[WINDOW:]
                lane.complete = False
        else:
            left_out = [task]
        self._sort_lane(task.cluster_seq, cluster, task.account, lane)
        return left_out

    def next_for_idle(self, fits: Fits | None = None) -> tuple[CachedTask, int] | None:
        """Return the next task that has an idle machine, and that machine.

        Args:
            fits: Says whether a kind of machine will do; None if each does.
        """
        found = self._with_idle.first(fits)
        if found is None:
            return None
        account, kind, seq = found
        cluster = self._clusters[seq]
        return cluster.lanes[account].tasks[0], cluster.idle[kind][0]

    def next_for_occupied(self) -> tuple[CachedTask, int] | None:
        """Return the next task that has a machine with one attempt only, and that machine."""
        found = self._with_occupied.first()
        if found is None:
            return None
        account, _, seq = found
        cluster = self._clusters[seq]
        return cluster.lanes[account].tasks[0], next(iter(cluster.occupied))

    def next_for_supplied(self) -> tuple[CachedTask, int] | None:
        """Return the next brief task whose cluster has a machine with several of such attempts.

        Returns:
            The task, which is the next one of its cluster, and the machine with the fewest of them.
        """
        found = self._with_supplied.first()
        if found is None:
            return None
        account, _, seq = found
        cluster = self._clusters[seq]
        task = cluster.lanes[account].tasks[0]
        if task is not self.first_of(seq):
            return None
        fewest = next(machines for machines in cluster.supplied if machines)
        return task, next(iter(fewest))

    def idle_of(self, cluster_seq: int) -> Iterator[tuple[Kind, int]]:
        """Yield how many machines of a cluster are idle, by kind."""
        cluster = self._clusters.get(cluster_seq)
        if cluster is not None:
            for kind, idle in cluster.idle.items():
                if idle:
                    yield kind, len(idle)

    def idle_where(self, is_here: bool) -> Mapping[int, int]:
        """Return how many machines are idle here, or elsewhere, of each cluster that has any."""
        return self._idle[is_here]

    def first_of(self, cluster_seq: int) -> CachedTask | None:
        """Return the next task of a cluster."""
        heads = self._heads(cluster_seq)
        return self._first(heads) if len(heads) > 1 else next(iter(heads), None)

    def may_be_first_of(self, cluster_seq: int) -> list[CachedTask]:
        """Return the tasks of a cluster of which one is next, by the turns of their accounts."""
        heads = self._heads(cluster_seq)
        highest = max((task.priority for task in heads), default=0)
        return [task for task in heads if task.priority == highest]

    def precedes(self, first: CachedTask, second: CachedTask) -> bool:
        """Say whether a task comes before another one, by priority, turn and age."""
        if first.account == second.account:
            return first.rank < second.rank
        return self._first((first, second)) is first

    def forget_cluster(self, cluster_seq: int) -> None:
        """Drop a cluster that is gone."""
        if self._clusters.pop(cluster_seq, None) is not None:
            self.changed.add(cluster_seq)
            for idle in self._idle:
                idle.pop(cluster_seq, None)
            self._with_idle.forget(cluster_seq)
            self._with_occupied.forget(cluster_seq)
            self._with_supplied.forget(cluster_seq)

    def _heads(self, cluster_seq: int) -> list[CachedTask]:
        """Return the next task of each account that waits for a cluster."""
        cluster = self._clusters.get(cluster_seq)
        if cluster is None:
            return []
        return [lane.tasks[0] for lane in cluster.lanes.values() if lane.tasks]

    def _first(self, heads: Collection[CachedTask]) -> CachedTask:
        turns = self._turns.turns({task.account for task in heads})
        return min(heads, key=lambda task: (task.rank[0], turns[task.account], task.rank))

    def _cluster(self, seq: int) -> _Cluster:
        found = self._clusters.get(seq)
        if found is None:
            found = self._clusters[seq] = _Cluster()
        return found

    def _not_idle(self, cluster: _Cluster, machine: CachedMachine) -> None:
        idle = cluster.idle.get(machine.kind, [])
        at = bisect_left(idle, machine.seq)
        if at < len(idle) and idle[at] == machine.seq:
            del idle[at]
            self._count_idle(machine, -1)

    def _count_idle(self, machine: CachedMachine, number: int) -> None:
        idle = self._idle[machine.is_here]
        count = idle.get(machine.cluster_seq, 0) + number
        if count:
            idle[machine.cluster_seq] = count
        else:
            del idle[machine.cluster_seq]

    def _sort(self, seq: int, cluster: _Cluster, kind: Kind) -> None:
        """Sort a cluster anew, after what it has of a kind of machine has changed."""
        self.changed.add(seq)
        if not cluster.known and (cluster.idle.get(kind) or cluster.occupied):
            self._read_lanes(seq, cluster)
        for account, lane in cluster.lanes.items():
            self._fill(seq, cluster, account, lane)
            self._put_idle(seq, cluster, account, lane, kind)
            self._put_next(seq, cluster, account, lane)

    def _sort_lane(self, seq: int, cluster: _Cluster, account: Account, lane: _Lane) -> None:
        """Sort a cluster anew, after what waits of an account has changed."""
        self.changed.add(seq)
        self._fill(seq, cluster, account, lane)
        for kind in cluster.idle:
            self._put_idle(seq, cluster, account, lane, kind)
        self._put_next(seq, cluster, account, lane)

    def _put_idle(
        self, seq: int, cluster: _Cluster, account: Account, lane: _Lane, kind: Kind
    ) -> None:
        """Sort what may begin on an idle machine of a kind."""
        rank = lane.tasks[0].rank if lane.tasks and cluster.idle.get(kind) else None
        if lane.with_idle.get(kind) == rank:
            return
        if rank is None:
            del lane.with_idle[kind]
        else:
            lane.with_idle[kind] = rank
        self._with_idle.put(seq, account, kind, rank)

    def _put_next(self, seq: int, cluster: _Cluster, account: Account, lane: _Lane) -> None:
        """Sort what may wait on a machine for the end of something else."""
        first = lane.tasks[0] if lane.tasks else None
        occupied = supplied = None
        if first is not None:
            occupied = first.rank if cluster.occupied else None
            supplied = first.rank if first.is_brief and any(cluster.supplied) else None
        if lane.with_next == (occupied, supplied):
            return
        lane.with_next = occupied, supplied
        self._with_occupied.put(seq, account, None, occupied)
        self._with_supplied.put(seq, account, None, supplied)

    def _fill(self, seq: int, cluster: _Cluster, account: Account, lane: _Lane) -> None:
        if lane.tasks or lane.complete:
            return
        if cluster.occupied or any(cluster.idle.values()):
            lane.tasks = list(self._read(seq, account, WINDOW))
            lane.complete = len(lane.tasks) < WINDOW

    def _read_lanes(self, seq: int, cluster: _Cluster) -> None:
        cluster.known = True
        first = self._read(seq, None, WINDOW)
        if len(first) < WINDOW:
            # They are all there is, whosever they are.
            for task in first:
                cluster.lanes.setdefault(task.account, _Lane()).tasks.append(task)
            return
        for account in self._accounts(seq):
            cluster.lanes[account] = _Lane(complete=False)


class _Candidates:
    """Clusters with something to do, in one order for each account and each kind of machine."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._ordered: dict[tuple[Account, Kind], _Ordered] = {}

    def put(self, seq: int, account: Account, kind: Kind, rank: Rank | None) -> None:
        """Give a cluster its rank; None takes it out."""
        ordered = self._ordered.get((account, kind))
        if ordered is None:
            if rank is None:
                return
            ordered = self._ordered[account, kind] = _Ordered()
        ordered.put(seq, rank)
        if not ordered:
            del self._ordered[account, kind]

    def first(self, fits: Fits | None = None) -> tuple[Account, Kind, int] | None:
        """Return the account, the kind of machine and the cluster of what is next."""
        if not self._ordered:
            # As after most commits: whose turn it would be takes longer to find out.
            return None
        if len(self._ordered) == 1:
            ((account, kind),) = self._ordered
            if fits is not None and not fits(kind):
                return None
            return account, kind, self._ordered[account, kind].first()[1]
        turns = self._turns.turns({account for account, _ in self._ordered})
        best: tuple[Account, Kind, int] | None = None
        best_order: tuple[int, Turn, Rank] | None = None
        for (account, kind), ordered in self._ordered.items():
            if fits is not None and not fits(kind):
                continue
            rank, seq = ordered.first()
            order = rank[0], turns[account], rank
            if best_order is None or order < best_order:
                best, best_order = (account, kind, seq), order
        return best

    def forget(self, seq: int) -> None:
        """Take a cluster out."""
        for key in list(self._ordered):
            self.put(seq, *key, None)


class _Ordered:
    """Clusters by rank. What is out of date in the heap is dropped when it comes to the top."""

    def __init__(self) -> None:
        self._ranks: dict[int, Rank] = {}
        self._heap: list[tuple[Rank, int]] = []

    def __bool__(self) -> bool:
        return bool(self._ranks)

    def put(self, seq: int, rank: Rank | None) -> None:
        """Give a cluster its rank; None takes it out."""
        if self._ranks.get(seq) == rank:
            return
        if rank is None:
            del self._ranks[seq]
            return
        self._ranks[seq] = rank
        heapq.heappush(self._heap, (rank, seq))
        if len(self._heap) > 2 * len(self._ranks) + WINDOW:
            self._heap = [(each, number) for number, each in self._ranks.items()]
            heapq.heapify(self._heap)

    def first(self) -> tuple[Rank, int]:
        """Return the smallest rank, and its cluster; there is one."""
        heap = self._heap
        while self._ranks.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0]


def _rank(task: CachedTask) -> Rank:
    return task.rank
