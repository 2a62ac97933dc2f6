"""The attempts that wait on their machine for the end of another one, as far as is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from batchcompute.server.scheduler.cached_rows import CachedAttempt, CachedMachine


class Prefetched:
    """Second attempts of machines, by cluster; what has begun or was cancelled is none of them."""

    def __init__(self) -> None:
        """Start without any."""
        self._of_cluster: dict[int, dict[str, CachedAttempt]] = {}
        self._priorities: Counter[int] = Counter()

    def __contains__(self, attempt: CachedAttempt) -> bool:
        """Say whether an attempt waits for another one on its machine."""
        return attempt.attempt_id in self._of_cluster.get(attempt.machine.cluster_seq, ())

    @property
    def clusters(self) -> list[int]:
        """The clusters that have any."""
        return list(self._of_cluster)

    @property
    def priority(self) -> int:
        """The highest priority of any of them; -1 if there is none."""
        return max(self._priorities, default=-1)

    def of_cluster(self, cluster_seq: int) -> Iterator[CachedAttempt]:
        """Yield those of a cluster, in the order in which they were placed."""
        return iter(self._of_cluster.get(cluster_seq, {}).values())

    def look_at(self, machine: CachedMachine) -> None:
        """Take note of what was placed on a machine."""
        for attempt in machine.attempts[1:]:
            if not attempt.begun and not attempt.cancelled and attempt not in self:
                of_cluster = self._of_cluster.setdefault(machine.cluster_seq, {})
                of_cluster[attempt.attempt_id] = attempt
                self._priorities[_priority(attempt)] += 1

    def discard(self, attempt: CachedAttempt) -> None:
        """Drop an attempt that does not wait any more, if it did."""
        if attempt not in self:
            return
        cluster_seq, priority = attempt.machine.cluster_seq, _priority(attempt)
        del self._of_cluster[cluster_seq][attempt.attempt_id]
        if not self._of_cluster[cluster_seq]:
            del self._of_cluster[cluster_seq]
        self._priorities[priority] -= 1
        if not self._priorities[priority]:
            del self._priorities[priority]


def _priority(attempt: CachedAttempt) -> int:
    # It cannot change: that of a job does only while nothing of it runs or waits.
    return attempt.task.priority if attempt.task is not None else 0
