"""Giving waiting instances to machines.

The order is priority, then age of the job, then place in the job, then number. An instance that
never ran gets its row here, so that a task costs no more than the instances that left its tail.
"""

from __future__ import annotations

from batchcompute.server.model.environment import Site
from batchcompute.server.scheduler.attempt_spec import Template, fill_in, make_template
from batchcompute.server.scheduler.cached_rows import CachedAttempt, CachedMachine, CachedTask
from batchcompute.server.scheduler.transaction import Unit


def dispatch(unit: Unit, *, site: Site) -> None:
    """Give instances to idle machines until these, the instances or the slots run out.

    Args:
        unit: The unit of work.
        site: What programs are told of where they run.
    """
    cache = unit.cache
    while cache.busy < unit.slots:
        found = cache.queue.next_for_idle()
        if found is None:
            return
        task, machine = found
        _place(unit, task, cache.machines[machine], site)


def _place(unit: Unit, task: CachedTask, machine: CachedMachine, site: Site) -> None:
    """Dispatch the first waiting instance of a task, unless none of them may start yet."""
    attempt = _next_attempt(unit, task, machine)
    if attempt is None:
        unit.cache.block(task)
        return
    unit.writes.place(attempt)
    fresh = int(attempt.number == 1)
    unit.writes.count(task, waiting=-1, dispatched=1, tail=fresh)
    unit.cache.add(attempt)
    unit.cache.task_changed(task)
    template = _template(unit, task, site)
    unit.effects.starts.append(fill_in(template, task, attempt))


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
        task.template = template = make_template(task, plan, cluster, site=site, images=unit.images)
    return template
