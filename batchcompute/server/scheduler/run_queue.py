"""Which task is next: the waiting tasks and the machines with room, in the order of dispatch.

The order is priority, then age of the job, then place in the job. A cluster may have any number of
waiting tasks, so only the first ones of each are here, and more are read when those are used up.
All clusters together are one queue, so that what is next is found at once however many wait.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from batchcompute.server.scheduler.cached_rows import CachedMachine, CachedTask, Rank

#: Waiting tasks of a cluster that are read at a time, and half of what is kept.
WINDOW = 64


@dataclass(slots=True)
class _Cluster:
    """The waiting tasks of a cluster, and where they can go.

    Attributes:
        tasks: The first ones, in order.
        complete: True if there are no more in the database.
        idle: Numbers of the machines without an attempt, ascending.
        occupied: Numbers of the machines with one attempt, longest first.
    """

    tasks: list[CachedTask] = field(default_factory=list[CachedTask])
    complete: bool = False
    idle: list[int] = field(default_factory=list[int])
    occupied: dict[int, None] = field(default_factory=dict[int, None])


class RunQueue:
    """All clusters, in the order of their next tasks."""

    def __init__(self, read: Callable[[int, int], Sequence[CachedTask]]) -> None:
        """Make an empty queue.

        Args:
            read: Returns the first tasks of a cluster that wait, at most as many as it is told.
        """
        self._read = read
        self._clusters: dict[int, _Cluster] = {}
        self._with_idle = _Ordered()
        self._with_occupied = _Ordered()

    def put_machine(self, machine: CachedMachine) -> None:
        """Take note of a machine, or of what changed on it."""
        cluster = self._clusters.setdefault(machine.cluster_seq, _Cluster())
        count = len(machine.attempts) if machine.running else -1
        if count == 0:
            at = bisect_left(cluster.idle, machine.seq)
            if at == len(cluster.idle) or cluster.idle[at] != machine.seq:
                cluster.idle.insert(at, machine.seq)
        else:
            self._not_idle(cluster, machine.seq)
        if count == 1 and not machine.attempts[0].cancelled:
            cluster.occupied.setdefault(machine.seq)
        else:
            cluster.occupied.pop(machine.seq, None)
        self._sort(machine.cluster_seq, cluster)

    def put_task(self, task: CachedTask) -> Sequence[CachedTask]:
        """Take note of a task whose instances wait, or do not wait any more.

        Returns:
            Waiting tasks that are not kept here; they are read when their time comes.
        """
        cluster = self._clusters.get(task.cluster_seq)
        if cluster is None:
            # With the first machine the tasks are read.
            return [task]
        left_out: list[CachedTask] = []
        known = cluster.tasks
        at = bisect_left(known, task.rank, key=_rank)
        here = at < len(known) and known[at].key == task.key
        if not task.is_queued or task.blocked:
            if here:
                del known[at]
        elif here:
            known[at] = task
        elif cluster.complete or at < len(known):
            known.insert(at, task)
            if len(known) > 2 * WINDOW:
                left_out = known[WINDOW:]
                del known[WINDOW:]
                cluster.complete = False
        else:
            left_out = [task]
        self._sort(task.cluster_seq, cluster)
        return left_out

    def next_for_idle(self) -> tuple[CachedTask, int] | None:
        """Return the next task that has an idle machine, and that machine."""
        seq = self._with_idle.first()
        if seq is None:
            return None
        cluster = self._clusters[seq]
        return cluster.tasks[0], cluster.idle[0]

    def next_for_occupied(self) -> tuple[CachedTask, int] | None:
        """Return the next task that has a machine with one attempt only, and that machine."""
        seq = self._with_occupied.first()
        if seq is None:
            return None
        cluster = self._clusters[seq]
        return cluster.tasks[0], next(iter(cluster.occupied))

    def count_idle(self, cluster_seq: int) -> int:
        """Return how many machines of a cluster are idle."""
        cluster = self._clusters.get(cluster_seq)
        return len(cluster.idle) if cluster is not None else 0

    def first_of(self, cluster_seq: int) -> CachedTask | None:
        """Return the next task of a cluster."""
        cluster = self._clusters.get(cluster_seq)
        return cluster.tasks[0] if cluster is not None and cluster.tasks else None

    def forget_cluster(self, cluster_seq: int) -> None:
        """Drop a cluster that is gone."""
        if self._clusters.pop(cluster_seq, None) is not None:
            self._with_idle.put(cluster_seq, None)
            self._with_occupied.put(cluster_seq, None)

    def _not_idle(self, cluster: _Cluster, seq: int) -> None:
        at = bisect_left(cluster.idle, seq)
        if at < len(cluster.idle) and cluster.idle[at] == seq:
            del cluster.idle[at]

    def _sort(self, seq: int, cluster: _Cluster) -> None:
        if not (cluster.tasks or cluster.complete) and (cluster.idle or cluster.occupied):
            cluster.tasks = list(self._read(seq, WINDOW))
            cluster.complete = len(cluster.tasks) < WINDOW
        rank = cluster.tasks[0].rank if cluster.tasks else None
        self._with_idle.put(seq, rank if cluster.idle else None)
        self._with_occupied.put(seq, rank if cluster.occupied else None)


class _Ordered:
    """Clusters by rank. What is out of date in the heap is dropped when it comes to the top."""

    def __init__(self) -> None:
        self._ranks: dict[int, Rank] = {}
        self._heap: list[tuple[Rank, int]] = []

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

    def first(self) -> int | None:
        """Return the cluster with the smallest rank."""
        heap = self._heap
        while heap and self._ranks.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][1] if heap else None


def _rank(task: CachedTask) -> Rank:
    return task.rank
