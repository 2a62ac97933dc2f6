"""Why something does not run, or failed, as a program asks for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from batchcompute import Client, NotFoundError
from batchcompute.resources import (
    ClusterDescription,
    GroupDescription,
    JobDescription,
    TaskDescription,
)


def job_of(cluster: str, dependencies: dict[str, list[str]], **commands: str) -> JobDescription:
    job = JobDescription(Name="explained", Priority=1)
    for name, command in commands.items():
        task = TaskDescription(ClusterId=cluster)
        task.Parameters.Command.CommandLine = command
        job.DAG.add_task(name, task)
    job.DAG.Dependencies = dependencies
    return job


def test_job_is_explained_while_it_waits_and_once_it_failed(client: Client, cluster: str) -> None:
    none = GroupDescription(DesiredVMCount=0, InstanceType="bcs.a2.large")
    empty = client.create_cluster(
        ClusterDescription(Name="empty", ImageId="img-ubuntu", Groups={"g": none})
    )
    waiting = client.create_job(job_of(empty.Id, {"a": ["b"]}, a="true", b="true"))

    of_job = client.explain_job(waiting)
    assert (of_job.State, of_job.Code) == ("Waiting", "PoolEmpty")
    assert of_job.Reason == (
        f"Task a: cluster {empty.Id} wants no VMs; its DesiredVMCount must be 1 or more."
    )
    assert client.explain_task(waiting, "b").Related == {"TaskName": "a"}
    assert client.explain_instance(waiting, "b", 0).Details["InstanceCount"] == 1
    assert client.explain_cluster(empty).Details["WaitingCount"] == 1
    client.stop_job(waiting)
    client.delete_cluster(empty)

    failed = client.create_job(job_of(cluster, {}, a="kill -9 $$"))
    client.wait_job(failed, timeout=100)
    found = client.explain_job(failed)
    assert (found.State, found.Code) == ("Failed", "KilledBySignal")
    assert "code 137 (killed by SIGKILL)" in found.Reason
    assert found.Details["ExitCode"] == 137
    assert found.Since
    since = datetime.fromisoformat(str(found.Since).replace("Z", "+00:00")).astimezone(UTC)
    assert abs(datetime.now(UTC) - since).total_seconds() < 600
    assert "code 137" in client.get_job(failed).Message


def test_what_is_not_there_is_not_found(client: Client) -> None:
    with pytest.raises(NotFoundError):
        client.explain_job("job-none")
    with pytest.raises(NotFoundError):
        client.explain_instance("job-none", "t", 0)
    with pytest.raises(NotFoundError):
        client.explain_cluster("cls-none")
