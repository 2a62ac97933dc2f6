"""What the scheduler keeps to be found at once, found by a walk over everything instead."""

from __future__ import annotations

from collections import Counter

from batchcompute.server.scheduler.cache import Cache
from batchcompute.server.scheduler.cached_rows import CachedAttempt
from batchcompute.server.scheduler.contests import contests
from batchcompute.server.scheduler.prefetched import Sort


def check_indexes(cache: Cache) -> None:
    """All indexes say what a walk over machines and their attempts says."""
    machines = list(cache.machines.values())
    idle = {
        is_here: Counter(
            each.cluster_seq
            for each in machines
            if each.running and not each.attempts and each.is_here is is_here
        )
        for is_here in (False, True)
    }
    assert {is_here: dict(cache.queue.idle_where(is_here)) for is_here in idle} == idle
    waiting = [
        attempt
        for machine in machines
        for attempt in machine.attempts[1:]
        if not attempt.begun and not attempt.cancelled
    ]
    assert set(cache.prefetched.clusters) == {each.machine.cluster_seq for each in waiting}
    revoked = [each for each in waiting if each.revoked]
    assert cache.prefetched.revoked == len(revoked)
    of_sorts: dict[Sort, set[int]] = {}
    for cluster in cache.prefetched.clusters:
        for sort in cache.prefetched.sorts(cluster):
            of_sorts.setdefault(sort, set()).add(cluster)
    found = {sort: set(cache.prefetched.clusters_of(sort)) for sort in cache.prefetched.all_sorts()}
    assert found == of_sorts
    _check_contests(cache)
    for cluster in {each.cluster_seq for each in machines}:
        of_cluster = [each for each in waiting if each.machine.cluster_seq == cluster]
        _check_cluster(cache, cluster, of_cluster)


def _check_cluster(cache: Cache, cluster: int, waiting: list[CachedAttempt]) -> None:
    prefetched = cache.prefetched
    in_order = list(prefetched.of_cluster(cluster))
    assert set(in_order) == set(waiting)
    assert prefetched.revoked_of(cluster) == sum(each.revoked for each in waiting)
    kept = [each for each in in_order if not each.revoked and each.task is not None]
    sorts = {each: prefetched.sort(each) for each in kept}
    assert set(prefetched.sorts(cluster)) == set(sorts.values())
    for sort in prefetched.sorts(cluster):
        first = next(each for each in kept if sorts[each] == sort)
        assert prefetched.first_of(cluster, [sort]) is first
    assert prefetched.first_of(cluster, prefetched.sorts(cluster)) is next(iter(kept), None)
    highest = max((each.task.priority for each in kept if each.task is not None), default=-1)
    assert prefetched.highest(cluster) == highest
    urgent = [each for each in kept if each.task is not None and each.task.priority == highest]
    for number in range(len(urgent) + 2):
        assert prefetched.most_urgent(cluster, number) == urgent[:number]


def _check_contests(cache: Cache) -> None:
    changed = cache.prefetched.changed | cache.queue.changed
    known = {
        cluster for contest in cache.contests.all() for cluster in cache.contests.clusters(contest)
    }
    for cluster in {*known, *cache.prefetched.clusters} - changed:
        sorts = cache.prefetched.sorts(cluster)
        expected = contests(sorts, cache.queue.may_be_first_of(cluster))
        assert expected == {
            each for each in cache.contests.all() if cluster in cache.contests.clusters(each)
        }
