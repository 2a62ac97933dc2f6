"""Prefetched attempts that may have to give way to a waiting task, kept for each cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from batchcompute.server.scheduler.cached_rows import Account, CachedTask
from batchcompute.server.scheduler.prefetched import Sort


class Contest(NamedTuple):
    """What decides whether attempts of a cluster should come after what is next there.

    Attributes:
        sort: What the attempts are.
        rival: Whose task is next.
        is_urgent: Whether its priority is higher; otherwise the turns of the accounts decide.
        most: No more instances of it wait than this, nor many less; 0 if that does not matter.
    """

    sort: Sort
    rival: Account
    is_urgent: bool
    most: int = 0


class Contests:
    """The contests of all clusters, kept as they were when a cluster was last put in.

    Turns change with everything that begins or ends anywhere. There may be thousands of clusters
    and a few contests, of which each is decided once for all of its clusters.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._of_cluster: dict[int, frozenset[Contest]] = {}
        self._clusters: dict[Contest, dict[int, None]] = {}

    def put(self, cluster_seq: int, sorts: Collection[Sort], heads: Iterable[CachedTask]) -> None:
        """Take note of what a cluster has by now.

        Args:
            cluster_seq: The cluster.
            sorts: The sorts of what waits on its machines and may be asked back.
            heads: The tasks that may be next there.
        """
        found = contests(sorts, heads) if sorts else frozenset[Contest]()
        known = self._of_cluster.get(cluster_seq, frozenset())
        for contest in known - found:
            clusters = self._clusters[contest]
            del clusters[cluster_seq]
            if not clusters:
                del self._clusters[contest]
        for contest in found - known:
            self._clusters.setdefault(contest, {})[cluster_seq] = None
        if found:
            self._of_cluster[cluster_seq] = found
        else:
            self._of_cluster.pop(cluster_seq, None)

    def all(self) -> list[Contest]:
        """Return all contests."""
        return list(self._clusters)

    def clusters(self, contest: Contest) -> list[int]:
        """Return the clusters that have a contest."""
        return list(self._clusters.get(contest, ()))


def contests(sorts: Collection[Sort], heads: Iterable[CachedTask]) -> frozenset[Contest]:
    """Return the contests between what waits on machines and what is next.

    Args:
        sorts: The sorts of the former.
        heads: The latter.
    """
    return frozenset(
        Contest(sort, head.account, is_urgent, 0 if is_urgent else _rounded_up(head.waiting))
        for head in heads
        for sort in sorts
        if (is_urgent := head.priority > sort.priority)
        or (head.priority == sort.priority and head.account != sort.account)
    )


def _rounded_up(number: int) -> int:
    """Return the largest number that begins with the same four binary digits."""
    rest = max(0, number.bit_length() - 4)
    return number | ((1 << rest) - 1)
