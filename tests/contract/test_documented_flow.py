"""The documented program and snippets, against the embedded service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchcompute import CN_QINGDAO, Client, ClientError, FieldError, types
from batchcompute._waiting import poll
from batchcompute.exceptions import BatchComputeWarning
from batchcompute.resources import Instance, Job, JobDescription, Task
from batchcompute.server import LocalServer
from tests.emulator.wire import echoes

_ROOT = Path(__file__).parents[2]
MakeJob = Callable[..., types.JobDescription]


def test_documented_program_runs_unchanged_and_leaves_three_outputs(service: LocalServer) -> None:
    done = subprocess.run(
        [sys.executable, _ROOT / "examples" / "quickstart.py"],
        env={**os.environ, **service.environment()},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )

    outputs = [line.split()[-1] for line in done.stdout.splitlines() if "oss://" in line]
    assert len(outputs) == 3
    assert [service.read_object(address) for address in outputs] == [b"Batchcompute service\n"] * 3


def test_demo_shows_the_outputs_of_the_three_instances_and_how_to_look_at_the_job() -> None:
    done = subprocess.run(
        [sys.executable, _ROOT / "examples" / "demo.py"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )

    lines = [line.strip() for line in done.stdout.splitlines()]
    assert [line for line in lines if line.endswith(": Batchcompute service")] == [
        f"{n}: Batchcompute service" for n in range(3)
    ]
    # What the command that it names has shown.
    (named,) = (line for line in lines if " show last --data " in line)
    assert "batchcompute" in named
    assert "Instances:   3 finished" in lines[lines.index(named) :]


def test_job_runs_and_everything_about_it_can_be_read(
    client: Client, make_job: MakeJob, service: LocalServer
) -> None:
    description = make_job(Echo="echo $BATCH_COMPUTE_DAG_INSTANCE_ID; echo oops >&2")
    description["DAG"]["Tasks"]["Echo"]["InstanceCount"] = 3
    created = client.create_job(description)
    assert created.StatusCode == 201
    assert client.poll(created.Id, timeout=200, interval=0.05) == []

    job = client.get_job(created)
    assert isinstance(job, Job)
    assert job.State == "Finished"
    assert job.InstanceMetrics.FinishedCount == 3
    assert job.StartTime is not None
    assert job.EndTime is not None
    # By their instants: local times go back at the end of summer time.
    times = [moment.timestamp() for moment in (job.CreationTime, job.StartTime, job.EndTime)]
    assert times == sorted(times)
    # The documented ways to read a property.
    assert job["Id"] == job.Id == created.Id
    assert json.loads(str(job))["Id"] == created.Id

    task = client.get_task(job, "Echo")
    assert isinstance(task, Task)
    assert (task.State, task.InstanceMetrics.FinishedCount) == ("Finished", 3)
    assert client.list_tasks(job).Items == ["Echo"]

    page = client.list_instances(job, task)
    assert [instance.InstanceId for instance in page] == [0, 1, 2]
    for number, instance in enumerate(page):
        assert isinstance(instance, Instance)
        assert instance.Result.ExitCode == 0
        assert instance.StdoutRedirectPath == f"oss://contract/logs/stdout.{job.Id}.Echo.{number}"
        assert service.read_object(instance.StdoutRedirectPath) == f"{number}\n".encode()
        assert service.read_object(instance.StderrRedirectPath) == b"oops\n"
    assert client.get_instance(job, "Echo", 2) == page[2]

    client.delete_job(job)
    with pytest.raises(ClientError) as caught:
        client.get_job(job)
    assert (caught.value.status, caught.value.code) == (404, "InvalidResource.NotFound")
    assert caught.value.request_id


def test_job_description_comes_back_as_it_was_sent(client: Client, make_job: MakeJob) -> None:
    description = JobDescription(make_job(a="true"))
    created = client.create_job(description)

    stored = client.get_job_description(created)

    assert isinstance(stored, JobDescription)
    assert stored["Id"] == created.Id
    assert echoes({**json.loads(stored.dump()), "Id": ""}, json.loads(description.dump()))
    assert json.loads(stored.dump())["Notification"]["Topic"]["Events"] == []
    again = client.create_job(stored)
    assert again.Id != created.Id
    assert client.poll([created, again], timeout=200, interval=0.05) == []


def test_tasks_run_in_the_order_of_their_dependencies(
    client: Client, make_job: MakeJob, service: LocalServer
) -> None:
    order = ("split", "count", "merge")
    # The seconds that the machine has been up: the time of day may be set back.
    commands = dict.fromkeys(reversed(order), "read up idle < /proc/uptime; echo $up")
    dependencies = {"split": ["count"], "count": ["merge"]}
    job = client.create_job(make_job(dependencies=dependencies, **commands))
    assert client.poll(job, timeout=200, interval=0.05) == []

    times = [
        float(service.read_object(client.get_instance(job, name, 0).StdoutRedirectPath or ""))
        for name in order
    ]
    assert times == sorted(times)


def test_failed_job_says_why_and_can_be_started_again(client: Client, make_job: MakeJob) -> None:
    job = client.create_job(make_job(bad="exit 3"))
    assert client.poll(job, timeout=200, interval=0.05) == [f"Job {job.Id} failed."]

    got = client.get_job(job)
    assert got.State == "Failed"
    assert "bad" in got.Message
    assert client.get_instance(job, "bad", 0).Result.ExitCode == 3
    client.start_job(job)
    assert client.get_job(job).State in ("Waiting", "Running", "Failed")
    assert client.poll(job, timeout=200, interval=0.05) == [f"Job {job.Id} failed."]


def test_stopped_job_stops_at_once_and_poll_stops_what_runs_too_long(
    client: Client, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However busy the machine is, the stopping is waited for.
    monkeypatch.setattr(poll, "_SILENCE", 400.0)
    job = client.create_job(make_job(long="sleep 600"))
    assert client.poll(job, timeout=0.5, interval=0.05) == ["Timeout(0.5)."]
    assert client.get_job(job).State == "Stopped"

    with pytest.raises(ClientError) as caught:
        client.stop_job(job)
    assert (caught.value.status, caught.value.code) == (409, "StateConflict")
    client.change_job_priority(job, 7)
    description = client.get_job_description(job)
    assert description.Priority == 7


def test_lists_page_and_filter(client: Client, make_job: MakeJob) -> None:
    ids = [client.create_job(make_job(a="true")).Id for _ in range(5)]
    assert client.poll(ids, timeout=200, interval=0.05) == []

    found, marker = [], ""
    while True:
        page = client.list_jobs(marker, 2)
        assert len(page) <= 2
        found += [job.Id for job in page]
        marker = page.NextMarker
        if not marker:
            break
    assert set(ids) <= set(found)
    assert len(found) == len(set(found))
    newest = client.list_jobs("", 1, OrderBy="Id", IsReverse="True")
    assert newest[0] == ids[-1]
    assert not [job for job in client.list_jobs("", 100, state="Stopped") if job in ids]


def test_cluster_comes_up_and_goes_away(client: Client) -> None:
    group: types.GroupDescription = {"DesiredVMCount": 1, "InstanceType": "bcs.a2.large"}
    token = uuid.uuid4().hex
    created = client.create_cluster(
        {"Name": "short", "ImageId": "img-ubuntu", "Groups": {"g": group}}, token=token
    )
    # The same token, the same cluster.
    again = client.create_cluster(
        {"Name": "short", "ImageId": "img-ubuntu", "Groups": {"g": group}}, token=token
    )
    assert again.Id == created.Id

    cluster = client.get_cluster(created)
    assert cluster.State == "Active"
    assert cluster.get_group("g").DesiredVMCount == 1
    assert created.Id in client.list_clusters("", 100)
    client.delete_cluster(cluster)
    while created.Id in client.list_clusters("", 100):
        time.sleep(0.02)
    with pytest.raises(ClientError) as caught:
        client.get_cluster(created)
    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"Name": "0digit"}, "Name"),
        ({"Priority": 1001}, "Priority"),
        ({"DAG": {"Tasks": {"a": {"InstanceCount": 0}}}}, "DAG.Tasks.a"),
        ({"DAG": {"Tasks": {}}}, "DAG.Tasks"),
    ],
)
def test_refused_job_names_the_path_of_the_field(
    client: Client, make_job: MakeJob, change: dict[str, Any], path: str
) -> None:
    with pytest.raises(ClientError) as caught:
        client.create_job(JobDescription({**make_job(a="true"), **change}))
    assert caught.value.status == 400
    assert path in caught.value.msg


def test_cyclic_job_is_refused(client: Client, make_job: MakeJob) -> None:
    with pytest.raises(ClientError) as caught:
        client.create_job(make_job(dependencies={"a": ["b"], "b": ["a"]}, a="true", b="true"))
    assert (caught.value.status, caught.value.code) == (400, "BadDAG")


def test_wrong_credentials_are_refused(service: LocalServer) -> None:
    with Client(service.endpoint, service.access_key_id, "wrong") as client:
        with pytest.raises(ClientError) as caught:
            client.list_jobs()
        assert caught.value.code == "SignatureDoesNotMatch"
    with Client(service.endpoint, "nobody", "wrong") as client:
        with pytest.raises(ClientError) as caught:
            client.list_jobs()
        assert caught.value.code == "InvalidAccessKeyId.NotFound"


def test_name_that_needs_encoding_is_signed_as_it_is_sent(client: Client) -> None:
    for name in ("a b", "任务", "a/b?c#d%"):
        with pytest.raises(ClientError) as caught:
            client.get_task("job-00000000000000000000000000000000", name)
        assert caught.value.status == 404


# -- the documented snippets ----------------------------------------------------------------------


@pytest.mark.parametrize("as_text", [False, True])
def test_snippet_of_initialisation_runs(as_text: bool) -> None:
    properties: Any = {"Name": "PythonSDKDemo", "Description": "Batchcompute"}
    jsonizable = JobDescription(json.dumps(properties) if as_text else properties)

    assert jsonizable.Name == "PythonSDKDemo"
    assert jsonizable.Description == "Batchcompute"
    assert JobDescription(jsonizable).Name == "PythonSDKDemo"


def test_snippet_of_item_assignment_runs_and_sends_nothing_unknown() -> None:
    job_desc = JobDescription()
    job_desc.Name = "PythonSDKDemo"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        job_desc["Id"] = "PythonSDKDemo"
    assert [entry.category for entry in caught] == [BatchComputeWarning]
    assert caught[0].filename == __file__

    assert job_desc["Id"] == "PythonSDKDemo"
    assert "Id" not in json.loads(job_desc.dump())
    with pytest.raises(FieldError):
        job_desc["Foo"] = 1


def test_snippet_of_the_response_runs(client: Client, make_job: MakeJob) -> None:
    response = client.create_job(make_job(a="true"))

    assert len(response.RequestId) == 36
    assert response.StatusCode == 201
    assert client.poll(response, timeout=200, interval=0.05) == []


def test_registered_region_leads_to_the_service(
    service: LocalServer, monkeypatch: pytest.MonkeyPatch, own_regions: None
) -> None:
    monkeypatch.delenv("BATCHCOMPUTE_ENDPOINT", raising=False)
    host, port = service.endpoint.removeprefix("http://").split(":")
    Client.register_region("local-test", host, int(port))
    credentials = service.access_key_id, service.access_key_secret

    for region in ("local-test", host, service.endpoint):
        with Client(region, *credentials, security_conn=False) as client:
            assert client.list_clusters("", 1).StatusCode == 200
    monkeypatch.setenv("BATCHCOMPUTE_ENDPOINT", service.endpoint)
    with Client(CN_QINGDAO, *credentials, security_conn=True) as client:
        assert client.list_clusters("", 1).StatusCode == 200
