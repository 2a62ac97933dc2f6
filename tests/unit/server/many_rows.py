"""A database with many jobs and many instances of one task, and the lists that are asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection, insert, update

from batchcompute.server.explain import (
    Situation,
    explain_cluster,
    explain_instance,
    explain_job,
    explain_task,
)
from batchcompute.server.model import states
from batchcompute.server.model.ids import Identifiers
from batchcompute.server.store import (
    app_queries,
    cluster_queries,
    image_queries,
    instance_queries,
    job_queries,
    task_queries,
)
from batchcompute.server.store.rows import AnyRow
from batchcompute.server.store.tables import (
    attempts,
    clusters,
    groups,
    instances,
    jobs,
    machines,
    task_plans,
    tasks,
)

#: Makes the same ids in each run.
IDS = Identifiers(1_700_000_000, 1)

#: The clusters: of nearly all jobs, and of one in a thousand.
COMMON, RARE = (IDS.cluster(number) for number in (1, 2))

_PAGE = 101

#: An account with few jobs, among the many of account 1.
FEW = 2


def fill(connection: Connection, count: int) -> None:
    """Add so many jobs, a task with so many instances, and a cluster of so many machines.

    Of the jobs, all have finished but one in a thousand, which run or have failed; of the
    instances, all have finished but the last ones.
    """
    for number, cluster_id in enumerate((COMMON, RARE), start=1):
        row = {"seq": number, "id": cluster_id, "state": states.ACTIVE, "created": 0}
        connection.execute(insert(clusters), {**row, "description": "{}", "auto": False})
        group = {"cluster_seq": number, "name": "g", "pos": 0, "desired": count}
        connection.execute(insert(groups), group)
    connection.execute(insert(jobs), [_job(seq, count) for seq in range(1, count + 1)])
    connection.execute(
        insert(tasks), [_task(seq, pos, count) for seq in range(1, count + 1) for pos in range(2)]
    )
    connection.execute(insert(instances), [_instance(idx, count) for idx in range(count)])
    for idx in range(count - 9, count):
        attempt = {"attempt_id": f"a{idx}", "machine_seq": idx, "job_seq": 1, "task_pos": 0}
        connection.execute(
            insert(attempts), {**attempt, "idx": idx, "number": 1, "cancelled": False}
        )
    connection.execute(insert(machines), [_machine(seq) for seq in range(1, count + 1)])


def queue(connection: Connection, count: int) -> None:
    """Let all jobs but the first one wait for the VMs of the rare cluster, which are few."""
    waiting = {"state": states.WAITING, "waiting": 1, "finished": 0, "tail": 0, "cluster_seq": 2}
    others = tasks.c.job_seq > 1
    connection.execute(
        update(tasks).where(others, tasks.c.pos == 0).values(**waiting, ready=True, queued=True)
    )
    connection.execute(update(tasks).where(others, tasks.c.pos == 1).values(**waiting, unmet=1))
    third = tasks.c.job_seq % 3 == 0
    connection.execute(update(tasks).where(others, third).values(priority=5))
    connection.execute(update(jobs).where(jobs.c.seq > 1).values(state=states.WAITING))
    plans = [
        {"job_seq": seq, "pos": pos, "plan": "{}", "successors": "[]" if pos else "[1]"}
        for seq in range(2, count + 1)
        for pos in range(2)
    ]
    connection.execute(insert(task_plans), plans)
    few = [{**_machine(seq), "cluster_seq": 2} for seq in range(count + 1, count + 4)]
    connection.execute(insert(machines), few)


def explanations(count: int) -> Mapping[str, Callable[[Connection], Any]]:
    """Return what is asked for explanations of things that `queue` makes, by a name."""
    situation = Situation(1, slots=100)
    found: dict[str, Callable[[Connection], Any]] = {
        "cluster": lambda connection: explain_cluster(connection, situation, RARE)
    }
    for place, seq in (("first", 3), ("middle", count // 2), ("last", count - 1)):
        job = IDS.job(seq)
        found[f"{place} job"] = partial(explain_job, situation=situation, job_id=job)
        for name in ("t0", "t1"):
            found[f"{name} of the {place} job"] = partial(
                explain_task, situation=situation, job_id=job, task_name=name
            )
    for back in range(1, 7):
        found[f"instance {back} from the end"] = partial(
            explain_instance,
            situation=situation,
            job_id=IDS.job(1),
            task_name="t0",
            idx=count - back,
        )
    return found


def _job(seq: int, count: int) -> dict[str, Any]:
    # The rare ones are the newest.
    rare = {count: states.RUNNING, count - 1: states.FAILED}
    return {
        "seq": seq,
        "id": IDS.job(seq),
        "name": "job",
        "state": rare.get(seq, states.FINISHED),
        "message": "",
        "created": 0,
        "priority": 0,
        "fail_on_instance_fail": False,
        "auto_release": False,
        "topic": "",
        "unfinished": 0,
        "deleted": False,
        "account": FEW if seq % 997 == 0 else 1,
    }


def _task(seq: int, pos: int, count: int) -> dict[str, Any]:
    large = seq == 1 and pos == 0
    size = count if large else 1
    return {
        "job_seq": seq,
        "pos": pos,
        "name": f"t{pos}",
        "state": states.RUNNING if large else states.FINISHED,
        "cluster_seq": 2 if seq % 1000 == 999 else 1,
        "unmet": 0,
        "ready": False,
        "queued": False,
        "priority": 0,
        "topic": "",
        "instance_count": size,
        "max_retries": 0,
        "tail": size,
        "tail_state": states.WAITING,
        "tail_message": "",
        **dict.fromkeys(("waiting", "dispatched", "running", "failed", "stopped"), 0),
        "finished": size,
    }


def _instance(idx: int, count: int) -> dict[str, Any]:
    last = [
        *(states.DISPATCHED, states.RUNNING, states.FAILED, states.STOPPED, states.WAITING),
    ]
    place = count - 1 - idx
    return {
        "job_seq": 1,
        "task_pos": 0,
        "idx": idx,
        "state": last[place] if place < len(last) else states.FINISHED,
        "number": 1,
        "retries": 0,
        "losses": 0,
        "exit_code": 0,
        "error_code": "",
        "error_message": "",
        "detail": "",
        "node_ip": "",
    }


def _machine(seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "id": IDS.machine(seq),
        "cluster_seq": 1,
        "group_name": "g",
        "state": states.RUNNING,
        "created": 0,
        "ip_address": "",
        "host_name": "",
        "left": False,
    }


Question = Callable[[Connection], Any]


def questions(count: int) -> Mapping[str, tuple[Question, str]]:
    """Return the lists, by a name, each with the index that has to serve it on both databases.

    Args:
        count: See `fill`.
    """
    marker = IDS.job(count // 2)
    found: dict[str, tuple[Question, str]] = {
        "images": (partial(image_queries.list_images, marker="", limit=_PAGE), "images"),
        "apps": (partial(app_queries.list_apps, marker="b", limit=_PAGE, account=None), "apps"),
        "clusters": (partial(cluster_queries.list_clusters, marker="cls", limit=_PAGE), "clusters"),
        "images of an account": (
            partial(image_queries.list_images, marker="", limit=_PAGE, account=2, granted=["img"]),
            "images_by_account",
        ),
        "apps of an account": (
            partial(app_queries.list_apps, marker="b", limit=_PAGE, account=2),
            "apps_by_account",
        ),
        "clusters of an account": (
            partial(
                cluster_queries.list_clusters,
                marker="cls",
                limit=_PAGE,
                account=2,
                granted=[COMMON],
            ),
            "clusters_by_account",
        ),
        **_jobs_of_accounts(marker),
    }
    for reverse in (False, True):
        for start in ("", marker):
            for state in (None, *states.VISIBLE):
                for cluster in (None, COMMON, RARE):
                    ask = partial(
                        job_queries.list_jobs,
                        marker=start,
                        limit=_PAGE,
                        state=state,
                        cluster_id=cluster,
                        reverse=reverse,
                    )
                    index = "tasks_by_cluster" if cluster else "jobs"
                    if state and (cluster is None or state != states.FINISHED):
                        index = "jobs_by_state"
                    name = f"jobs {state} on {cluster} {'from the middle' if start else ''}"
                    found[f"{name}{' backwards' if reverse else ''}"] = (ask, index)
    for state, index in (
        (states.WAITING, "instances_requeued"),
        (states.RUNNING, "attempts"),
        (states.FINISHED, "instances"),
        (states.FAILED, "instances_failed"),
        (states.STOPPED, "instances_stopped"),
        (None, "instances"),
    ):
        found[f"instances {state}"] = (partial(_instances, state=state), index)
    for start in ("", IDS.machine(count // 2)):
        ask = partial(_machines, marker=start)
        found[f"machines {start}"] = (ask, "machines_by_group")
    found["machines per state"] = (
        lambda connection: cluster_queries.machine_counts(connection, [1, 2]),
        "machines_by_state",
    )
    return found


def _jobs_of_accounts(marker: str) -> Mapping[str, tuple[Question, str]]:
    """Return lists of the jobs of an account that has few among many of others, and of the other.

    The few are on the common cluster, which belongs to the other account.
    """
    found: dict[str, tuple[Question, str]] = {}
    for account in (1, FEW):
        for reverse in (False, True):
            for start in ("", marker):
                for state in (None, *states.VISIBLE):
                    for cluster in (None, COMMON):
                        ask = partial(
                            job_queries.list_jobs,
                            marker=start,
                            limit=_PAGE,
                            state=state,
                            cluster_id=cluster,
                            reverse=reverse,
                            account=account,
                        )
                        index = "jobs_by_account" if state is None else "jobs_by_account_and_state"
                        if cluster and account == 1 and state in (None, states.FINISHED):
                            index = "tasks_by_cluster"
                        name = f"of account {account}: jobs {state} on {cluster} {bool(start)}"
                        found[f"{name}{' backwards' if reverse else ''}"] = (ask, index)
    return found


def _machines(connection: Connection, *, marker: str) -> Any:
    return cluster_queries.list_machines(connection, 1, "g", marker=marker, limit=_PAGE)


def _instances(connection: Connection, *, state: str | None) -> Any:
    return instance_queries.list_instances(
        connection, large_task(connection), start=0, limit=_PAGE, state=state
    )


def large_task(connection: Connection) -> AnyRow:
    """Return the task with many instances."""
    found = task_queries.find_task(connection, 1, "t0")
    assert found is not None
    return found
