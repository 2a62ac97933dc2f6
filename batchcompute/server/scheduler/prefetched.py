"""The attempts that wait on their machine for the end of another one, as far as is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
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

    Attributes:
        revoked: How many of them the executor was asked to take back.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._of_cluster: dict[int, dict[str, CachedAttempt]] = {}
        # Those that were not asked back, and whose tasks are known. There may be as many as
        # machines, so whether one of them is misplaced has to be found without looking at each.
        self._sorts: dict[int, Counter[Sort]] = {}
        self._sort_of: dict[str, Sort] = {}
        self.revoked = 0

    def __contains__(self, attempt: CachedAttempt) -> bool:
        """Say whether an attempt waits for another one on its machine."""
        return attempt.attempt_id in self._of_cluster.get(attempt.machine.cluster_seq, ())

    @property
    def clusters(self) -> list[int]:
        """The clusters that have any."""
        return list(self._of_cluster)

    def of_cluster(self, cluster_seq: int) -> Iterator[CachedAttempt]:
        """Yield those of a cluster, in the order in which they were placed."""
        return iter(self._of_cluster.get(cluster_seq, {}).values())

    def sorts(self, cluster_seq: int) -> list[Sort]:
        """Return the sorts of those of a cluster that were not asked back."""
        return list(self._sorts.get(cluster_seq, ()))

    def highest(self, cluster_seq: int) -> int:
        """Return the highest priority of those that were not asked back; -1 if there is none."""
        return max((each.priority for each in self._sorts.get(cluster_seq, ())), default=-1)

    def look_at(self, machine: CachedMachine) -> None:
        """Take note of what was placed on a machine."""
        for attempt in machine.attempts[1:]:
            if not attempt.begun and not attempt.cancelled and attempt not in self:
                of_cluster = self._of_cluster.setdefault(machine.cluster_seq, {})
                of_cluster[attempt.attempt_id] = attempt
                if (task := attempt.task) is not None:
                    is_here = machine.kind is not None
                    sort = Sort(task.account, task.priority, attempt.size, is_here)
                    self._sort_of[attempt.attempt_id] = sort
                if attempt.revoked:
                    self.revoked += 1
                else:
                    self._count(attempt, 1)

    def sort(self, attempt: CachedAttempt) -> Sort | None:
        """Return the sort of one of them; None if only the attempt is left of its task."""
        return self._sort_of.get(attempt.attempt_id)

    def revoke(self, attempt: CachedAttempt) -> None:
        """Note that an attempt is asked back."""
        attempt.revoked = True
        if attempt in self:
            self.revoked += 1
            self._count(attempt, -1)

    def discard(self, attempt: CachedAttempt) -> None:
        """Drop an attempt that does not wait any more, if it did."""
        if attempt not in self:
            return
        cluster_seq = attempt.machine.cluster_seq
        del self._of_cluster[cluster_seq][attempt.attempt_id]
        if not self._of_cluster[cluster_seq]:
            del self._of_cluster[cluster_seq]
        if attempt.revoked:
            self.revoked -= 1
        else:
            self._count(attempt, -1)
        self._sort_of.pop(attempt.attempt_id, None)

    def _count(self, attempt: CachedAttempt, number: int) -> None:
        sort = self.sort(attempt)
        if sort is None:
            return
        cluster_seq = attempt.machine.cluster_seq
        sorts = self._sorts.setdefault(cluster_seq, Counter())
        sorts[sort] += number
        if not sorts[sort]:
            del sorts[sort]
        if not sorts:
            del self._sorts[cluster_seq]
