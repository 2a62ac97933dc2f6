"""Taking in new jobs: all that can be wrong with one is found before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Table, bindparam, insert, select

from batchcompute.server.executors.interface import WorkerGroup
from batchcompute.server.model import states
from batchcompute.server.model.caller import OPERATOR, Caller, Kind
from batchcompute.server.model.environment import DOCKER_VARIABLE
from batchcompute.server.model.errors import invalid
from batchcompute.server.model.plan import JobPlan, TaskPlan
from batchcompute.server.scheduler import auto_clusters, causes, lifecycle, notify
from batchcompute.server.scheduler.cached_rows import CachedTask
from batchcompute.server.scheduler.fitting import require_room
from batchcompute.server.scheduler.places import is_here, worker_group
from batchcompute.server.scheduler.transaction import Unit
from batchcompute.server.store.compiled import CompiledStatement
from batchcompute.server.store.numbers import next_numbers
from batchcompute.server.store.tables import (
    clusters,
    job_descriptions,
    jobs,
    task_plans,
    tasks,
)

_FIND_CLUSTER = CompiledStatement(
    select(clusters.c.seq, clusters.c.state, clusters.c.account).where(
        clusters.c.id == bindparam("wanted")
    )
)


def _insert(table: Table, *left_out: str) -> CompiledStatement:
    columns = [column.name for column in table.columns if column.name not in left_out]
    return CompiledStatement(insert(table), columns)


_INSERT_JOB = _insert(jobs, "started", "ended")
_INSERT_DESCRIPTION = _insert(job_descriptions)
_INSERT_TASK = _insert(tasks, "started", "ended", "tail_ended")
_INSERT_PLAN = _insert(task_plans)
#: Columns of a task's row that the scheduler keeps in memory.
_OF_ROW = [each.name for each in fields(CachedTask) if each.name in tasks.c]


def create(unit: Unit, plan: JobPlan, description: str, caller: Caller = OPERATOR) -> str:
    """Make a job, Waiting, with all its tasks and instances.

    Args:
        unit: The unit of work.
        plan: What to run.
        description: The JobDescription as it was sent, JSON.
        caller: Who calls; the job belongs to their account.

    Returns:
        The job's id.

    Raises:
        ApiError: A cluster is unknown or being deleted, a container is wanted and there are none
            here, a VM is larger than the machine, or the account has reached a limit.
    """
    cluster_seqs = _find_clusters(unit, plan, caller)
    _check_containers(unit, plan, cluster_seqs)
    _check_room(unit, plan)
    waiting = sum(task.instance_count for task in plan.tasks)
    unit.limits.check_job(lambda: unit.connection, caller.account, waiting, plan.priority)
    (seq,) = next_numbers(unit.written, "job")
    job_id = unit.identifiers.job(seq)
    row = {
        "seq": seq,
        "id": job_id,
        "name": plan.name,
        "state": states.WAITING,
        "message": "",
        "created": unit.now,
        "priority": plan.priority,
        "fail_on_instance_fail": plan.fail_on_instance_fail,
        "auto_release": plan.auto_release,
        "topic": plan.topic,
        "unfinished": len(plan.tasks),
        "deleted": False,
        "account": caller.account,
    }
    unit.writes.insert(_INSERT_JOB, [row])
    unit.writes.insert(_INSERT_DESCRIPTION, [{"job_seq": seq, "description": description}])
    causes.touched(unit, seq, job_id, "created")
    _insert_tasks(unit, seq, job_id, plan, cluster_seqs, caller.account)
    notify.job_became(unit, seq, plan.topic, states.WAITING)
    notify.tasks_became(unit, seq, plan.topic, states.WAITING, None)
    for pos, task in enumerate(plan.tasks):
        every = notify.Numbers(range(task.instance_count), task.instance_count)
        notify.instances_became(unit, seq, pos, plan.topic, states.WAITING, every)
    return job_id


def _insert_tasks(
    unit: Unit,
    seq: int,
    job_id: str,
    plan: JobPlan,
    cluster_seqs: Mapping[str, int],
    account: int,
) -> None:
    unmet = _count_predecessors(plan)
    rows: list[dict[str, Any]] = []
    plans: list[dict[str, Any]] = []
    for pos, task in enumerate(plan.tasks):
        cluster_seq = cluster_seqs.get(task.cluster_id)
        # Its cluster was found to be Active just now, and no former run is left to wait for.
        ready = not unmet[pos] and cluster_seq is not None
        rows.append(
            {
                "job_seq": seq,
                "pos": pos,
                "name": task.name,
                "state": states.WAITING,
                "cluster_seq": cluster_seq,
                "unmet": unmet[pos],
                "ready": ready,
                "queued": ready,
                "priority": plan.priority,
                "topic": plan.topic,
                "instance_count": task.instance_count,
                "max_retries": task.max_retries,
                "tail": 0,
                "tail_state": states.WAITING,
                "tail_message": "",
                "waiting": task.instance_count,
                "dispatched": 0,
                "running": 0,
                "finished": 0,
                "failed": 0,
                "stopped": 0,
                "account": account,
            }
        )
        successors = to_json(plan.successors[pos]).decode()
        plans.append({"job_seq": seq, "pos": pos, "plan": task.to_json(), "successors": successors})
        if ready:
            unit.task_made(_cached(job_id, plan, rows[-1]))
        elif not unmet[pos]:
            lifecycle.resume(unit, seq, [pos])
    unit.writes.insert(_INSERT_TASK, rows)
    unit.writes.insert(_INSERT_PLAN, plans)


def _cached(job_id: str, plan: JobPlan, row: Mapping[str, Any]) -> CachedTask:
    """Return a task as it would be read from its row."""
    known = {name: row[name] for name in _OF_ROW}
    return CachedTask(job_id=job_id, fails_job=plan.fail_on_instance_fail, **known)


def _count_predecessors(plan: JobPlan) -> Sequence[int]:
    unmet = [0] * len(plan.tasks)
    for successors in plan.successors:
        for pos in successors:
            unmet[pos] += 1
    return unmet


def _check_containers(unit: Unit, plan: JobPlan, cluster_seqs: Mapping[str, int]) -> None:
    # Running the command outside of its container would be worse than not running it.
    refusal = (
        "This server cannot run programs in containers: it needs docker or podman, "
        "working for its user when it starts."
    )
    for task in plan.tasks:
        if not task.container or _may_have_container(unit, task, cluster_seqs):
            continue
        by_variable = task.environment.get(DOCKER_VARIABLE) == task.container
        member = f"EnvVars.{DOCKER_VARIABLE}" if by_variable else "Docker.Image"
        of_app = task.app_outputs is not None
        path = member if of_app else f"DAG.Tasks.{task.name}.Parameters.Command.{member}"
        raise invalid("EnvVars" if by_variable else "Docker", refusal, path)


def _may_have_container(unit: Unit, task: TaskPlan, cluster_seqs: Mapping[str, int]) -> bool:
    """Say whether programs of a task may find docker or podman; agents tell only when they join."""
    if unit.this_machine is None or unit.this_machine.containers:
        return unit.containers
    if task.auto_cluster:
        groups = [_auto_group(task)]
    else:
        cluster = unit.cache.cluster(cluster_seqs[task.cluster_id])
        groups = [
            WorkerGroup(cluster.id, cluster.name, group, instance_type)
            for group, instance_type in cluster.instance_types.items()
        ]
    return not all(is_here(unit, group) for group in groups)


def _auto_group(task: TaskPlan) -> WorkerGroup:
    return worker_group("", auto_clusters.describe(task), auto_clusters.AUTO_GROUP)


def _check_room(unit: Unit, plan: JobPlan) -> None:
    for task in plan.tasks:
        if task.auto_cluster:
            of_app = task.app_outputs is not None
            place = "App.Config" if of_app else f"DAG.Tasks.{task.name}.AutoCluster"
            require_room(unit, _auto_group(task), f"{place}.InstanceType")


def _find_clusters(unit: Unit, plan: JobPlan, caller: Caller) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for task in plan.tasks:
        cluster_id = task.cluster_id
        if not cluster_id or cluster_id in found:
            continue
        cluster = _FIND_CLUSTER.first(unit.written, {"wanted": cluster_id})
        of_app = task.app_outputs is not None
        path = "App.Config.ClusterId" if of_app else f"DAG.Tasks.{task.name}.ClusterId"
        if cluster is None or not caller.sees(cluster.account, Kind.CLUSTER, cluster_id):
            raise invalid("ClusterId", f"Cluster {cluster_id} is not found.", path)
        if cluster.state != states.ACTIVE:
            detail = f"Cluster {cluster_id} is in state {cluster.state}."
            raise invalid("ClusterId", detail, path)
        found[cluster_id] = cluster.seq
    return found
