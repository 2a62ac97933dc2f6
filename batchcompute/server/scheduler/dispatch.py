"""Giving waiting instances to machines.

The order is priority, then whose turn it is, then age of the job, then place in the job, then
number. An instance that never ran gets its row here, so that a task costs no more than the
instances that left its tail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from batchcompute.server.model.environment import Site
from batchcompute.server.scheduler.attempt_spec import Template, fill_in, make_template
from batchcompute.server.scheduler.cached_rows import CachedAttempt, CachedMachine, CachedTask
from batchcompute.server.scheduler.contests import Contest
from batchcompute.server.scheduler.prefetched import Sort
from batchcompute.server.scheduler.run_queue import Fits, Kind
from batchcompute.server.scheduler.transaction import Unit

#: Microseconds that a prefetched attempt may be overtaken by others of its priority.
PATIENCE = 1_000_000

#: Instances that are given to machines in one transaction: whoever asked for something waits for it
#: to end, and so do all reports.
MOST_PLACED = 200


def dispatch(unit: Unit, *, site: Site) -> bool:
    """Give instances to machines until these, the instances or the slots run out.

    A machine may be given one attempt more than it runs, which begins when its turn comes, so that
    it need not wait for a commit; or several, if the programs are so short that each commit has to
    be for the ends of several. They are taken back as soon as something else would be better.

    Args:
        unit: The unit of work.
        site: What programs are told of where they run.

    Returns:
        False if there is more to give, for another transaction.
    """
    cache = unit.cache
    queue = cache.queue
    left = MOST_PLACED
    while cache.busy < unit.slots and (found := _next(unit)) is not None:
        if not left:
            return False
        task, machine = found
        if overtaken := _overtaken(unit, task, cache.machines[machine]):
            # The machine is for them.
            for attempt in overtaken:
                _revoke(unit, attempt)
            break
        _place(unit, task, cache.machines[machine], site)
        left -= 1
    if not unit.prefetch:
        return True
    while (found := queue.next_for_occupied() or queue.next_for_supplied()) is not None:
        task, machine = found
        waits_for_slot = queue.next_for_idle(_beside(cache.machines[machine]))
        if waits_for_slot is not None and queue.precedes(waits_for_slot[0], task):
            # The next slot is for that one.
            break
        if _overtakes(unit, task, cache.machines[machine]):
            break
        if not left:
            return False
        _place(unit, task, cache.machines[machine], site)
        left -= 1
    _take_back_misplaced(unit)
    return True


def take_back(unit: Unit) -> None:
    """Ask for all attempts back that wait on their machine for another one to end."""
    prefetched = unit.cache.prefetched
    for cluster in prefetched.clusters:
        for attempt in prefetched.of_cluster(cluster):
            _revoke(unit, attempt)


def _next(unit: Unit) -> tuple[CachedTask, int] | None:
    """Return the next task that has an idle machine for which there is room, and that machine.

    What does not fit is overtaken by what does, but not for ever. What begins on a VM that is not
    this machine's takes nothing from it.
    """
    queue, room = unit.cache.queue, unit.cache.room
    found = queue.next_for_idle()
    if found is None:
        room.wanted = None
        return None
    task, machine = found
    kind = unit.cache.machines[machine].kind
    if kind is None:
        return found
    if room.fits(kind):
        room.wanted = None
        return found
    if room.is_full or not room.waits(task.key, task.cluster_seq, kind, unit.now):
        return queue.next_for_idle(_is_elsewhere)
    return queue.next_for_idle(room.fits)


def _is_elsewhere(kind: Kind) -> bool:
    return kind is None


def _is_here(kind: Kind) -> bool:
    return kind is not None


def _beside(machine: CachedMachine) -> Fits:
    """Return what says whether machines of a kind are where a machine is: here, or elsewhere."""
    return _is_elsewhere if machine.kind is None else _is_here


def _overtaken(unit: Unit, task: CachedTask, machine: CachedMachine) -> list[CachedAttempt]:
    """Return the attempts that wait behind others and would have to see a task begin before them.

    Nobody knows how long the programs run that they wait for. A more urgent one does not wait while
    others begin, and one of the same priority not for long.

    Args:
        unit: The unit of work.
        task: The task.
        machine: Where it is to begin.
    """
    prefetched = unit.cache.prefetched
    idle = unit.cache.queue.idle_where(machine.is_here)
    overtaken: list[CachedAttempt] = []
    for cluster in _rivalling(unit, task, machine):
        if prefetched.highest(cluster) > task.priority:
            # No more of them than can begin. The others are asked for when a machine is free again.
            found: Iterable[CachedAttempt] = prefetched.most_urgent(cluster, idle[cluster])
        else:
            # The first one waits longest.
            found = islice(prefetched.of_cluster(cluster), 1)
        overtaken += [each for each in found if _is_overtaken(unit, each, task)]
    return overtaken


def _overtakes(unit: Unit, task: CachedTask, machine: CachedMachine) -> bool:
    """Say whether `_overtaken` would return any, without a look at each."""
    prefetched = unit.cache.prefetched
    return any(
        prefetched.highest(cluster) > task.priority
        or any(
            _is_overtaken(unit, each, task) for each in islice(prefetched.of_cluster(cluster), 1)
        )
        for cluster in _rivalling(unit, task, machine)
    )


def _rivalling(unit: Unit, task: CachedTask, machine: CachedMachine) -> Iterator[int]:
    """Yield the clusters whose prefetched attempts could begin where a task is to, or beside it."""
    waiting = unit.cache.prefetched.clusters
    if task.cluster_seq in waiting:
        yield task.cluster_seq
    idle = unit.cache.queue.idle_where(machine.is_here).keys()
    # There may be thousands of either.
    few, many = sorted((waiting, idle), key=len)
    for cluster in few:
        if cluster in many and cluster != task.cluster_seq:
            yield cluster


def _is_overtaken(unit: Unit, attempt: CachedAttempt, by: CachedTask) -> bool:
    task = attempt.task
    if attempt.revoked or task is None or not unit.cache.queue.precedes(task, by):
        return False
    return task.priority > by.priority or unit.now - attempt.placed_at >= PATIENCE


def _take_back_misplaced(unit: Unit) -> None:
    """Ask for prefetched attempts back that could begin elsewhere, or should come later."""
    cache, queue = unit.cache, unit.cache.queue
    prefetched = cache.prefetched
    slots = unit.slots - cache.busy
    if slots <= 0 and not cache.grown:
        return
    cache.grown = False
    if not prefetched.clusters:
        return
    first_here, first_elsewhere = (
        None if found is None else found[0]
        for found in map(queue.next_for_idle, (_is_here, _is_elsewhere))
    )
    for cluster in _suspects(unit, slots, first_here, first_elsewhere):
        # If a machine is idle while there are slots and room, nothing waits for it.
        free = min(slots, sum(cache.room.count(*some) for some in queue.idle_of(cluster)))
        free -= prefetched.revoked_of(cluster)
        rivals = _Rivals(queue.first_of(cluster), first_here, first_elsewhere)
        while True:
            sorts = prefetched.sorts(cluster)
            if free <= 0:
                sorts = _misplaced(unit, sorts, rivals)
            attempt = prefetched.first_of(cluster, sorts)
            if attempt is None:
                break
            free -= 1
            _revoke(unit, attempt)


def _suspects(
    unit: Unit, slots: int, here: CachedTask | None, elsewhere: CachedTask | None
) -> Iterator[int]:
    """Yield the clusters whose prefetched attempts may be misplaced, some of them twice.

    Between two of them attempts are asked back, so that fewer of the others have to be.

    Args:
        unit: The unit of work.
        slots: How many programs may begin.
        here: What is next of all that has an idle machine here.
        elsewhere: The same of other machines.
    """
    cache, prefetched = unit.cache, unit.cache.prefetched
    if slots > 0:
        for is_here in (False, True):
            few, many = sorted(
                (prefetched.clusters, cache.queue.idle_where(is_here).keys()), key=len
            )
            yield from [cluster for cluster in few if cluster in many]
    for sort in prefetched.all_sorts():
        rival = here if sort.is_here else elsewhere
        if rival is None or not _should_come_later(unit, sort, rival):
            continue
        for cluster in prefetched.clusters_of(sort):
            if not _should_come_later(unit, sort, rival):
                break
            yield cluster
    cache.look_at_contests()
    for contest in cache.contests.all():
        if not _may_be_decided(unit, contest):
            continue
        for cluster in cache.contests.clusters(contest):
            if not _may_be_decided(unit, contest):
                break
            yield cluster


def _may_be_decided(unit: Unit, contest: Contest) -> bool:
    """Say whether attempts may have to come later if the rival of a contest is next."""
    sort, yielded = contest.sort, unit.cache.prefetched.revoked
    return contest.is_urgent or (
        contest.most > yielded
        and unit.cache.turns.should_yield(sort.account, contest.rival, sort.size, yielded)
    )


class _Rivals(NamedTuple):
    """What could have the turn of a prefetched attempt.

    Attributes:
        first: What is next of its cluster.
        here, elsewhere: What is next of all that has an idle machine here, and elsewhere.
    """

    first: CachedTask | None
    here: CachedTask | None
    elsewhere: CachedTask | None


def _misplaced(unit: Unit, sorts: Iterable[Sort], rivals: _Rivals) -> set[Sort]:
    """Return the sorts of a cluster's prefetched attempts of which one should come later."""
    return {
        sort
        for sort in sorts
        for rival in (rivals.first, rivals.here if sort.is_here else rivals.elsewhere)
        if rival is not None and _should_come_later(unit, sort, rival)
    }


def _should_come_later(unit: Unit, sort: Sort, rival: CachedTask) -> bool:
    """Say whether a prefetched attempt should come after something else that waits."""
    # Those that were asked for before and are not back yet count as well.
    yielded = unit.cache.prefetched.revoked
    return rival.priority > sort.priority or _yields(unit, sort, rival, yielded)


def _yields(unit: Unit, sort: Sort, rival: CachedTask, yielded: int) -> bool:
    """Say whether a prefetched attempt should come after what waits of another account.

    Args:
        unit: The unit of work.
        sort: What the attempt is.
        rival: What else could have its turn.
        yielded: How many are being taken back like this.
    """
    return (
        rival.account != sort.account
        and rival.priority == sort.priority
        and rival.waiting > yielded
        and unit.cache.turns.should_yield(sort.account, rival.account, sort.size, yielded)
    )


def _revoke(unit: Unit, attempt: CachedAttempt) -> None:
    if not attempt.revoked:
        unit.cache.prefetched.revoke(attempt)
        unit.effects.revokes.append(attempt.attempt_id)


def _place(unit: Unit, task: CachedTask, machine: CachedMachine, site: Site) -> None:
    """Dispatch the first waiting instance of a task, unless none of them may start yet."""
    attempt = _next_attempt(unit, task, machine)
    if attempt is None:
        unit.cache.block(task)
        return
    attempt.placed_at = unit.now
    unit.writes.place(attempt)
    fresh = int(attempt.number == 1)
    unit.writes.count(task, waiting=-1, dispatched=1, tail=fresh)
    unit.cache.add(attempt)
    unit.cache.turns.served(task.account, attempt.size)
    unit.cache.task_changed(task)
    template = _template(unit, task, site)
    unit.effects.starts.append(fill_in(template, task, attempt, site))


def _next_attempt(unit: Unit, task: CachedTask, machine: CachedMachine) -> CachedAttempt | None:
    again = unit.cache.take_requeued(task)
    if again is not None:
        number = again.number + 1
        return CachedAttempt(
            f"{task.job_id}.{task.name}.{again.idx}.{number}",
            machine,
            task,
            task.job_seq,
            task.pos,
            again.idx,
            number,
            retries=again.retries,
            losses=again.losses,
            started=again.started,
        )
    if not task.waiting_in_tail:
        return None
    idx = task.tail
    attempt_id = f"{task.job_id}.{task.name}.{idx}.1"
    return CachedAttempt(attempt_id, machine, task, task.job_seq, task.pos, idx, 1)


def _template(unit: Unit, task: CachedTask, site: Site) -> Template:
    cluster = unit.cache.cluster(task.cluster_seq)
    template: Template | None = task.template
    if template is None or template.cluster is not cluster:
        plan = unit.cache.find_plan(task)
        task.template = template = make_template(
            task, plan, cluster, site=site, images=unit.images, account=task.account
        )
    return template
