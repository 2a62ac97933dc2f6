"""Giving waiting instances to free machines.

The order is priority, then age of the job, then place in the job, then number. An instance that
never ran gets its row here, so that a task costs no more than the instances that left its tail.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from batchcompute.local import states
from batchcompute.local.environment import program_environment
from batchcompute.local.executors.interface import Attempt
from batchcompute.local.plan import TaskPlan, mounted_objects
from batchcompute.local.scheduler import lifecycle
from batchcompute.local.scheduler.unit import Unit
from batchcompute.local.store.rows import AnyRow
from batchcompute.local.store.tables import (
    FREE,
    IN_FLIGHT,
    REQUEUED,
    RUNNABLE,
    clusters,
    instances,
    jobs,
    machines,
    tasks,
)

_CLAIM = {"state": states.INSTANCE.after(states.WAITING, "claim")}


def claim(unit: Unit, claimable: set[int], *, region: str) -> set[int]:
    """Give instances to free machines until one of the two runs out.

    Args:
        unit: The unit of work.
        claimable: Clusters, by seq, where something may have become free.
        region: Region id that programs are told.

    Returns:
        The clusters that have to be looked at again once a program has ended.
    """
    query = select(func.count()).select_from(machines).where(IN_FLIGHT)
    slots = unit.slots - (unit.connection.scalar(query) or 0) if claimable else 0
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
            _claim_task(unit, task, machines_left[:wanted], region)
            del machines_left[:wanted]
            slots -= wanted
    # With slots left over, machines or instances have run out in every cluster, and the event
    # that brings new ones makes it claimable again.
    return set() if slots else set(claimable)


def _free_machines(unit: Unit, cluster_seq: int, limit: int) -> list[AnyRow]:
    query = (
        select(machines.c.seq, machines.c.id, machines.c.group_name, machines.c.ip_address)
        .where(FREE, machines.c.cluster_seq == cluster_seq)
        .order_by(machines.c.seq)
        .limit(limit)
    )
    return list(unit.connection.execute(query))


def _runnable_tasks(unit: Unit, cluster_seq: int, limit: int) -> Sequence[AnyRow]:
    query = (
        select(
            tasks.c.cluster_seq,
            tasks.c.priority,
            tasks.c.job_seq,
            tasks.c.pos,
            tasks.c.waiting,
            tasks.c.tail,
            tasks.c.plan,
        )
        .where(RUNNABLE, tasks.c.cluster_seq == cluster_seq)
        .order_by(tasks.c.priority.desc(), tasks.c.job_seq, tasks.c.pos)
        .limit(limit)
    )
    return unit.connection.execute(query).all()


def _claim_task(unit: Unit, task: AnyRow, hosts: Sequence[AnyRow], region: str) -> None:
    job_id = unit.connection.scalar(select(jobs.c.id).where(jobs.c.seq == task.job_seq))
    query = select(clusters.c.id, clusters.c.description)
    cluster = unit.connection.execute(query.where(clusters.c.seq == task.cluster_seq)).one()
    plan = TaskPlan.from_json(task.plan)
    numbers = _take_instances(unit, task, hosts)
    lifecycle.count(unit, task.job_seq, task.pos, waiting=-len(hosts), dispatched=len(hosts))
    placed = []
    for host, (index, number) in zip(hosts, numbers, strict=True):
        attempt = _attempt(job_id or "", plan, cluster, host, index, number, region)
        unit.effects.starts.append(attempt)
        placed.append(
            {
                "machine": host.seq,
                "attempt_id": attempt.attempt_id,
                "job_seq": task.job_seq,
                "task_pos": task.pos,
                "idx": index,
                "number": number,
            }
        )
    unit.connection.execute(update(machines).where(machines.c.seq == bindparam("machine")), placed)


def _take_instances(unit: Unit, task: AnyRow, hosts: Sequence[AnyRow]) -> list[tuple[int, int]]:
    """Mark a task's next instances as dispatched; return their numbers and attempts' numbers."""
    of_task = (instances.c.job_seq == task.job_seq, instances.c.task_pos == task.pos)
    again = unit.connection.execute(
        select(instances.c.idx, instances.c.number)
        .where(REQUEUED, *of_task)
        .order_by(instances.c.idx)
        .limit(len(hosts))
    ).all()
    taken = [(row.idx, row.number + 1) for row in again]
    if taken:
        rows = [
            {"instance": index, "number": number, "node_ip": host.ip_address}
            for (index, number), host in zip(taken, hosts, strict=False)
        ]
        statement = update(instances).where(*of_task, instances.c.idx == bindparam("instance"))
        unit.connection.execute(statement.values(**_CLAIM), rows)
    fresh = hosts[len(taken) :]
    if fresh:
        rows = [
            {
                **_CLAIM,
                "job_seq": task.job_seq,
                "task_pos": task.pos,
                "idx": task.tail + offset,
                "number": 1,
                "retries": 0,
                "losses": 0,
                "exit_code": 0,
                "error_code": "",
                "error_message": "",
                "detail": "",
                "node_ip": host.ip_address,
            }
            for offset, host in enumerate(fresh)
        ]
        unit.connection.execute(insert(instances), rows)
        unit.connection.execute(
            update(tasks)
            .where(tasks.c.job_seq == task.job_seq, tasks.c.pos == task.pos)
            .values(tail=task.tail + len(fresh))
        )
        taken += [(task.tail + offset, 1) for offset in range(len(fresh))]
    return taken


def _attempt(
    job_id: str,
    plan: TaskPlan,
    cluster: AnyRow,
    host: AnyRow,
    index: int,
    number: int,
    region: str,
) -> Attempt:
    description = _read(cluster.description)
    return Attempt(
        attempt_id=f"{job_id}.{plan.name}.{index}.{number}",
        pool_id=pool_id(cluster.id, host.group_name),
        worker_id=host.id,
        command_line=plan.command_line,
        environment=program_environment(
            cluster=description.get("EnvVars") or {},
            command=plan.environment,
            job_id=job_id,
            task_name=plan.name,
            index=index,
            cluster_id=cluster.id,
            worker_id=host.id,
            region=region,
        ),
        package=plan.package,
        input_mapping={**_cluster_mounts(description), **plan.input_mapping},
        output_mapping=plan.output_mapping,
        log_mapping={
            local: f"{directory}{local.rsplit('/', 1)[-1]}.{job_id}.{plan.name}.{index}"
            for local, directory in plan.log_mapping.items()
        },
        stdout=plan.object_name("stdout", job_id, index),
        stderr=plan.object_name("stderr", job_id, index),
        timeout_seconds=float(plan.timeout),
    )


def pool_id(cluster_id: str, group: str) -> str:
    """Return the executor's name of a group."""
    return f"{cluster_id}.{group}"


def _cluster_mounts(description: dict[str, Any]) -> dict[str, str]:
    mounts = (description.get("Configs") or {}).get("Mounts") or {}
    return mounted_objects(mounts.get("Entries") or ())


@lru_cache(maxsize=256)
def _read(text: str) -> dict[str, Any]:
    description: dict[str, Any] = json.loads(text)
    return description
