"""Giving waiting instances to free machines.

The order is priority, then age of the job, then place in the job, then number. An instance that
never ran gets its row here, so that a task costs no more than the instances that left its tail.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, exists, func, insert, select, update

from batchcompute.server.executors.interface import Attempt
from batchcompute.server.model import states
from batchcompute.server.model.environment import (
    DOCKER_VARIABLE,
    REGISTRY_VARIABLE,
    Site,
    program_environment,
)
from batchcompute.server.model.image_references import may_be_stored
from batchcompute.server.model.plan import TaskPlan, mounted_objects
from batchcompute.server.scheduler import lifecycle
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.scheduler.vm_images import image_of
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import (
    OF_TASK,
    QUEUED,
    REQUEUED,
    attempts,
    clusters,
    instances,
    jobs,
    machines,
    task_plans,
    tasks,
)


def claim(unit: Unit, claimable: set[int], *, site: Site) -> set[int]:
    """Give instances to free machines until one of the two runs out.

    Args:
        unit: The unit of work.
        claimable: Clusters, by seq, where something may have become free.
        site: What programs are told of where they run.

    Returns:
        The clusters that have to be looked at again once a program has ended.
    """
    slots = unit.slots - (unit.connection.scalar(_COUNT_IN_FLIGHT) or 0) if claimable else 0
    if slots <= 0:
        return set(claimable)
    free = {seq: _free_machines(unit, seq, slots) for seq in claimable}
    candidates = heapq.merge(
        *(_runnable_tasks(unit, seq, len(rows)) for seq, rows in free.items() if rows),
        key=lambda task: (-task.priority, task.job_seq, task.pos),
    )
    for task in candidates:
        machines_left = free[task.cluster_seq]
        wanted = min(task.waiting, len(machines_left), slots)
        if wanted:
            claimed = _claim_task(unit, task, machines_left[:wanted], site)
            del machines_left[:claimed]
            slots -= claimed
    # With slots left over, machines or instances have run out in every cluster, and the event
    # that brings new ones makes it claimable again.
    return set() if slots else set(claimable)


# The statements of every dispatch are made once: putting one together costs more than running it.
_COUNT_IN_FLIGHT = select(func.count()).select_from(attempts)
_FREE_MACHINES = (
    select(machines.c.seq, machines.c.id, machines.c.group_name, machines.c.ip_address)
    .where(
        machines.c.cluster_seq == bindparam("of_cluster"),
        machines.c.state == states.RUNNING,
        ~exists().where(attempts.c.machine_seq == machines.c.seq),
    )
    .order_by(machines.c.seq)
    .limit(bindparam("most"))
)
_RUNNABLE_TASKS = (
    select(
        tasks.c.cluster_seq,
        tasks.c.priority,
        tasks.c.job_seq,
        tasks.c.pos,
        tasks.c.waiting,
        tasks.c.instance_count,
        tasks.c.tail,
        tasks.c.tail_state,
        task_plans.c.plan,
        jobs.c.id.label("job_id"),
        clusters.c.id.label("cluster_id"),
        clusters.c.description,
    )
    .join(jobs, jobs.c.seq == tasks.c.job_seq)
    .join(clusters, clusters.c.seq == tasks.c.cluster_seq)
    .join(task_plans, OF_TASK)
    .where(QUEUED, tasks.c.cluster_seq == bindparam("of_cluster"))
    .order_by(tasks.c.priority.desc(), tasks.c.job_seq, tasks.c.pos)
    .limit(bindparam("most"))
)
# A machine that its user took away may still be ending the program; the next try waits for that, so
# that two programs of one instance never run at the same time.
_STILL_ENDING = exists().where(
    attempts.c.job_seq == instances.c.job_seq,
    attempts.c.task_pos == instances.c.task_pos,
    attempts.c.idx == instances.c.idx,
)
_REQUEUED_INSTANCES = (
    select(instances.c.idx, instances.c.number)
    .where(
        REQUEUED,
        ~_STILL_ENDING,
        instances.c.job_seq == bindparam("of_job"),
        instances.c.task_pos == bindparam("of_task"),
    )
    .order_by(instances.c.idx)
    .limit(bindparam("most"))
)
_CLAIM_AGAIN = (
    update(instances)
    .where(
        instances.c.job_seq == bindparam("of_job"),
        instances.c.task_pos == bindparam("of_task"),
        instances.c.idx == bindparam("of_index"),
    )
    .values(
        state=states.INSTANCE.after(states.WAITING, "claim"),
        number=bindparam("new_number"),
        node_ip=bindparam("new_ip"),
    )
)
_CLAIM_FRESH = insert(instances)
_OCCUPY = insert(attempts)


def _free_machines(unit: Unit, cluster_seq: int, limit: int) -> list[AnyRow]:
    parameters = {"of_cluster": cluster_seq, "most": limit}
    return list(unit.connection.execute(_FREE_MACHINES, parameters))


def _runnable_tasks(unit: Unit, cluster_seq: int, limit: int) -> Sequence[AnyRow]:
    parameters = {"of_cluster": cluster_seq, "most": limit}
    return unit.connection.execute(_RUNNABLE_TASKS, parameters).all()


def _claim_task(unit: Unit, task: AnyRow, hosts: Sequence[AnyRow], site: Site) -> int:
    """Dispatch instances of a task; return how many of the machines are taken now."""
    plan = TaskPlan.from_json(task.plan)
    again = _take_requeued(unit, task, hosts)
    in_tail = task.instance_count - task.tail
    fresh = _take_fresh(unit, task, hosts[len(again) :][:in_tail])
    # Fewer than wait, if some may not begin before their last attempt is gone.
    hosts = hosts[: len(again) + len(fresh)]
    if not hosts:
        return 0
    lifecycle.count(
        unit,
        task.job_seq,
        task.pos,
        waiting=-len(hosts),
        dispatched=len(hosts),
        tail=len(fresh),
    )
    placed: list[dict[str, Any]] = []
    for host, (index, number) in zip(hosts, [*again, *fresh], strict=True):
        attempt = _attempt(unit, task, plan, host, index, number, site)
        unit.effects.starts.append(attempt)
        placed.append(
            {
                "attempt_id": attempt.attempt_id,
                "machine_seq": host.seq,
                "job_seq": task.job_seq,
                "task_pos": task.pos,
                "idx": index,
                "number": number,
                "cancelled": False,
            }
        )
    unit.connection.execute(_OCCUPY, placed)
    return len(placed)


def _take_requeued(unit: Unit, task: AnyRow, hosts: Sequence[AnyRow]) -> list[tuple[int, int]]:
    """Dispatch instances that ran before; return their numbers and those of the attempts."""
    if task.waiting <= task.instance_count - task.tail:
        # All that wait are in the tail.
        return []
    of_task = {"of_job": task.job_seq, "of_task": task.pos}
    rows = unit.connection.execute(_REQUEUED_INSTANCES, {**of_task, "most": len(hosts)}).all()
    claimed = [
        {
            **of_task,
            "of_index": row.idx,
            "new_number": row.number + 1,
            "new_ip": host.ip_address,
        }
        for row, host in zip(rows, hosts, strict=False)
    ]
    if claimed:
        unit.connection.execute(_CLAIM_AGAIN, claimed)
    return [(row.idx, row.number + 1) for row in rows]


def _take_fresh(unit: Unit, task: AnyRow, hosts: Sequence[AnyRow]) -> list[tuple[int, int]]:
    """Dispatch the first instances of a task's tail, like `_take_requeued`."""
    if not hosts:
        return []
    rows = [
        {
            "job_seq": task.job_seq,
            "task_pos": task.pos,
            "idx": task.tail + offset,
            "state": states.INSTANCE.after(task.tail_state, "claim"),
            "number": 1,
            "retries": 0,
            "losses": 0,
            "exit_code": 0,
            "error_code": "",
            "error_message": "",
            "detail": "",
            "node_ip": host.ip_address,
        }
        for offset, host in enumerate(hosts)
    ]
    unit.connection.execute(_CLAIM_FRESH, rows)
    return [(task.tail + offset, 1) for offset in range(len(hosts))]


def _attempt(
    unit: Unit,
    task: AnyRow,
    plan: TaskPlan,
    host: AnyRow,
    index: int,
    number: int,
    site: Site,
) -> Attempt:
    job_id = task.job_id
    description = _read(task.description)
    variables: dict[str, str] = description.get("EnvVars") or {}
    container, registry = _container(plan, variables)
    if not container:
        container = unit.images.get(image_of(description, host.group_name), "")
    return Attempt(
        attempt_id=f"{job_id}.{plan.name}.{index}.{number}",
        pool_id=pool_id(task.cluster_id, host.group_name),
        worker_id=host.id,
        command_line=plan.command_line,
        environment=program_environment(
            cluster=variables,
            command=plan.environment,
            job_id=job_id,
            task_name=plan.name,
            index=index,
            cluster_id=task.cluster_id,
            worker_id=host.id,
            site=site,
        ),
        package=plan.package,
        container=container,
        registry=registry,
        input_mapping={**_cluster_inputs(description), **plan.input_mapping},
        output_mapping=plan.output_mapping,
        log_mapping={
            local: f"{directory}{local.rsplit('/', 1)[-1]}.{job_id}.{plan.name}.{index}"
            for local, directory in plan.log_mapping.items()
        },
        stdout=plan.object_name("stdout", job_id, index),
        stderr=plan.object_name("stderr", job_id, index),
        timeout_seconds=float(plan.timeout),
    )


def _container(plan: TaskPlan, cluster: Mapping[str, str]) -> tuple[str, str]:
    """Return the image and its registry, of which a cluster's variables may name one or both."""
    image = plan.container or cluster.get(DOCKER_VARIABLE, "")
    if not image or plan.registry:
        return image, plan.registry
    # `Docker.Image` has nothing to do with the variables.
    if plan.container and plan.environment.get(DOCKER_VARIABLE) != image:
        return image, ""
    registry = plan.environment.get(REGISTRY_VARIABLE) or cluster.get(REGISTRY_VARIABLE, "")
    return image, registry if may_be_stored(image) else ""


def pool_id(cluster_id: str, group: str) -> str:
    """Return the executor's name of a group."""
    return f"{cluster_id}.{group}"


def _cluster_inputs(description: dict[str, Any]) -> dict[str, str]:
    configs: dict[str, Any] = description.get("Configs") or {}
    mounts: dict[str, Any] = configs.get("Mounts") or {}
    mapping: dict[str, str] = description.get("InputMapping") or {}
    return {**mounted_objects(mounts.get("Entries") or ()), **mapping}


@lru_cache(maxsize=256)
def _read(text: str) -> dict[str, Any]:
    description: dict[str, Any] = json.loads(text)
    return description
