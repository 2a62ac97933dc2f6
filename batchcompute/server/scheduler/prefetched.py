"""The attempts that wait on their machine for the end of another one, as far as is known."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from batchcompute.server.scheduler.cached_rows import Account, CachedAttempt, CachedMachine


class Sort(NamedTuple):
    """What decides whether an attempt that waits on its machine should rather wait elsewhere.

    Attributes:
        account: Whose it is.
        priority: The priority of its job, which cannot change while something of that waits.
        size: The part of the machine that it takes.
        is_here: Whether it is on this machine, and not on one of an agent elsewhere.
    """

    account: Account
    priority: int
    size: float
    is_here: bool


class Prefetched:
    """Second attempts of machines, by cluster; what has begun or was cancelled is none of them.

    There may be as many as machines, so those to take back are found without a look at the others.

    Attributes:
        revoked: How many of them the executor was asked to take back.
        changed: The clusters whose sorts may have changed, until somebody takes them out.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._of_cluster: dict[int, dict[str, CachedAttempt]] = {}
        # Those that were not asked back, and whose tasks are known, in the order in which they
        # were placed.
        self._sorts: dict[int, dict[Sort, dict[str, CachedAttempt]]] = {}
        # The clusters that have some of a sort.
        self._clusters_of: dict[Sort, dict[int, None]] = {}
        self._sort_of: dict[str, Sort] = {}
        self._numbers: dict[str, int] = {}
        self._number = itertools.count()
        self._revoked: Counter[int] = Counter()
        self.revoked = 0
        self.changed: set[int] = set()

    def __contains__(self, attempt: CachedAttempt) -> bool:
        """Say whether an attempt waits for another one on its machine."""
        return attempt.attempt_id in self._of_cluster.get(attempt.machine.cluster_seq, ())

    @property
    def clusters(self) -> Collection[int]:
        """The clusters that have any."""
        return self._of_cluster.keys()

    def of_cluster(self, cluster_seq: int) -> Iterator[CachedAttempt]:
        """Yield those of a cluster, in the order in which they were placed."""
        return iter(self._of_cluster.get(cluster_seq, {}).values())

    def sorts(self, cluster_seq: int) -> Collection[Sort]:
        """Return the sorts of those of a cluster that were not asked back."""
        return self._sorts.get(cluster_seq, {}).keys()

    def all_sorts(self) -> list[Sort]:
        """Return the sorts of all that were not asked back."""
        return list(self._clusters_of)

    def clusters_of(self, sort: Sort) -> list[int]:
        """Return the clusters that have some of a sort which were not asked back."""
        return list(self._clusters_of.get(sort, ()))

    def highest(self, cluster_seq: int) -> int:
        """Return the highest priority of those that were not asked back; -1 if there is none."""
        return max((each.priority for each in self._sorts.get(cluster_seq, ())), default=-1)

    def revoked_of(self, cluster_seq: int) -> int:
        """Return how many of a cluster the executor was asked to take back."""
        return self._revoked[cluster_seq]

    def first_of(self, cluster_seq: int, sorts: Iterable[Sort]) -> CachedAttempt | None:
        """Return the one that waits longest of those that were not asked back.

        Args:
            cluster_seq: Its cluster.
            sorts: The sorts that it may have; they need not be there.
        """
        of_sorts = self._sorts.get(cluster_seq, {})
        heads = [next(iter(found)) for sort in sorts if (found := of_sorts.get(sort))]
        if not heads:
            return None
        return self._of_cluster[cluster_seq][min(heads, key=self._numbers.__getitem__)]

    def most_urgent(self, cluster_seq: int, number: int) -> list[CachedAttempt]:
        """Return those of the highest priority that wait longest, and were not asked back.

        Args:
            cluster_seq: Their cluster.
            number: How many, at the most.
        """
        highest = self.highest(cluster_seq)
        alike = [
            islice(found.values(), number)
            for sort, found in self._sorts.get(cluster_seq, {}).items()
            if sort.priority == highest
        ]
        merged = heapq.merge(*alike, key=lambda each: self._numbers[each.attempt_id])
        return list(islice(merged, number))

    def look_at(self, machine: CachedMachine) -> None:
        """Take note of what was placed on a machine."""
        for attempt in machine.attempts[1:]:
            if not attempt.begun and not attempt.cancelled and attempt not in self:
                of_cluster = self._of_cluster.setdefault(machine.cluster_seq, {})
                of_cluster[attempt.attempt_id] = attempt
                if (task := attempt.task) is not None:
                    sort = Sort(task.account, task.priority, attempt.size, machine.is_here)
                    self._sort_of[attempt.attempt_id] = sort
                if attempt.revoked:
                    self._count_revoked(attempt, 1)
                else:
                    self._sort(attempt)

    def sort(self, attempt: CachedAttempt) -> Sort | None:
        """Return the sort of one of them; None if only the attempt is left of its task."""
        return self._sort_of.get(attempt.attempt_id)

    def revoke(self, attempt: CachedAttempt) -> None:
        """Note that an attempt is asked back."""
        attempt.revoked = True
        if attempt in self:
            self._unsort(attempt)
            self._count_revoked(attempt, 1)

    def discard(self, attempt: CachedAttempt) -> None:
        """Drop an attempt that does not wait any more, if it did."""
        if attempt not in self:
            return
        cluster_seq = attempt.machine.cluster_seq
        del self._of_cluster[cluster_seq][attempt.attempt_id]
        if not self._of_cluster[cluster_seq]:
            del self._of_cluster[cluster_seq]
        if attempt.revoked:
            self._count_revoked(attempt, -1)
        else:
            self._unsort(attempt)
        self._sort_of.pop(attempt.attempt_id, None)

    def _count_revoked(self, attempt: CachedAttempt, number: int) -> None:
        cluster_seq = attempt.machine.cluster_seq
        self.revoked += number
        self._revoked[cluster_seq] += number
        if not self._revoked[cluster_seq]:
            del self._revoked[cluster_seq]

    def _sort(self, attempt: CachedAttempt) -> None:
        sort = self.sort(attempt)
        if sort is not None:
            cluster_seq = attempt.machine.cluster_seq
            of_sorts = self._sorts.setdefault(cluster_seq, {})
            of_sorts.setdefault(sort, {})[attempt.attempt_id] = attempt
            self._clusters_of.setdefault(sort, {})[cluster_seq] = None
            self._numbers[attempt.attempt_id] = next(self._number)
            self.changed.add(cluster_seq)

    def _unsort(self, attempt: CachedAttempt) -> None:
        sort = self.sort(attempt)
        if sort is None:
            return
        cluster_seq = attempt.machine.cluster_seq
        of_sorts = self._sorts[cluster_seq]
        del of_sorts[sort][attempt.attempt_id]
        del self._numbers[attempt.attempt_id]
        if not of_sorts[sort]:
            del of_sorts[sort]
            del self._clusters_of[sort][cluster_seq]
            if not self._clusters_of[sort]:
                del self._clusters_of[sort]
            self.changed.add(cluster_seq)
        if not of_sorts:
            del self._sorts[cluster_seq]
