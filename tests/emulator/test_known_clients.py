"""What the programs that are in use demand of a server, at the wire and to the byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from tests.emulator.raw import EVERYBODY, Answer, Habits, RawClient
from tests.emulator.wire import Wire, echoes, task

EXAMPLES = Path(__file__).parents[2] / "spec" / "examples"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
JOB_ID = re.compile(r"job-[0-9A-F]{32}")
FIVE = ["WaitingCount", "RunningCount", "FinishedCount", "FailedCount", "StoppedCount"]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A service of its own, for what is made here stays."""
    with LocalServer(boot_seconds=0.05, slots=8) as running:
        yield running


@pytest.fixture(params=EVERYBODY, ids=lambda habits: habits.name)
def client(request: pytest.FixtureRequest, wire: Wire) -> RawClient:
    habits: Habits = request.param
    return RawClient(wire, habits)


@pytest.fixture
def finished(wire: Wire, cluster: str) -> Iterator[str]:
    """A job that has run, the newest of all."""
    job = wire.job({"t": task("true", cluster, 2)})
    assert wire.ended(job)["State"] == "Finished"
    yield job
    wire.send("DELETE", f"/jobs/{job}")


@pytest.fixture(scope="module")
def old_job(server: LocalServer) -> str:
    """A job that has run, for the tests that only ask about it."""
    wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
    job = wire.job({"t": task("true", wire.cluster(), 2)})
    assert wire.ended(job)["State"] == "Finished"
    wire.close()
    return job


def members(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every member of an answer at every level, with its path."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield f"{path}.{name}", value
            yield from members(value, f"{path}.{name}")
    elif isinstance(node, list):
        for value in node:
            yield from members(value, f"{path}[]")


def everything(wire: Wire, job: str, cluster: str) -> Iterator[tuple[str, Any]]:
    """Yield the answer of every read that shows something."""
    image = wire.create("/images", {"EcsImageId": "m-1", "Platform": "Linux", "Name": "known"})
    app = {"Name": "known", "CommandLine": "true", "VM": {"ECSImageId": image}}
    assert wire.send("POST", "/apps", app).status_code == 201
    machines = f"/clusters/{cluster}/groups/group/instances"
    machine = wire.until(machines, lambda page: page["Items"])["Items"][0]["Id"]
    try:
        for target in (
            "/jobs",
            f"/jobs/{job}",
            f"/jobs/{job}?description",
            f"/jobs/{job}/tasks",
            f"/jobs/{job}/tasks/t",
            f"/jobs/{job}/tasks/t/instances",
            f"/jobs/{job}/tasks/t/instances/0",
            "/clusters",
            f"/clusters/{cluster}",
            machines,
            f"{machines}/{machine}",
            "/images",
            "/images?Type=System",
            f"/images/{image}",
            "/apps",
            "/apps/known",
            "/apps/known?Detail=True",
            "/apps/known?Revisions=True",
            "/quotas",
            "/available",
        ):
            yield target, wire.get(target)
    finally:
        wire.send("DELETE", "/apps/known")
        wire.send("DELETE", f"/images/{image}")


def test_every_answer_can_be_read(wire: Wire, cluster: str, finished: str) -> None:
    """Times, types and lists, in every answer and at every level of it."""
    seen = set()
    for target, answer in everything(wire, finished, cluster):
        for path, value in members(answer):
            name = path.rpartition(".")[2]
            seen.add(name)
            if name.endswith("Time"):
                assert isinstance(value, str), (target, path)
                assert value == "" or TIME.fullmatch(value), (target, path, value)
            if name.endswith("Count") or name == "OwnerId":
                assert type(value) is int, (target, path, value)
            if name in ("Groups", "TaskMetrics", "InstanceMetrics", "Metrics", "UserData"):
                assert isinstance(value, dict), (target, path)
            # A null passes for text and numbers in some clients, and for nothing in others.
            assert value is not None, (target, path)
        if isinstance(answer, dict) and "Items" in answer:
            assert list(answer) == ["NextMarker", "Items"], target
            assert isinstance(answer["NextMarker"], str | int), target
            assert isinstance(answer["Items"], list), target
    # What was looked for was there.
    assert seen >= {"CreationTime", "StartTime", "EndTime", "UpdateTime", "OwnerId", "Groups"}


def test_five_counts_in_all_metrics(wire: Wire, finished: str) -> None:
    job = wire.get(f"/jobs/{finished}")
    assert list(job["TaskMetrics"]) == list(job["InstanceMetrics"]) == FIVE
    assert list(wire.get(f"/jobs/{finished}/tasks/t")["InstanceMetrics"]) == FIVE
    listed = {each["Id"]: each for each in wire.get("/jobs?IsReverse=true")["Items"]}
    assert listed[finished] == job


def test_ids_ascend_with_creation(wire: Wire, cluster: str) -> None:
    made = [wire.job({"t": task("true", cluster)}) for _ in range(3)]
    assert all(JOB_ID.fullmatch(each) for each in made)
    assert made == sorted(made)


def create(client: RawClient, target: str, body: Any) -> Answer:
    answer = client.send("POST", target, body)
    assert answer.status == 201, answer.body
    return answer


def test_what_is_made_is_answered_to_the_byte(client: RawClient, cluster: str) -> None:
    dag = {"Tasks": {"t": task("true", cluster)}}
    answer = create(client, "/jobs", {"Name": "j", "Type": "DAG", "DAG": dag})
    assert re.fullmatch(rb'\{"Id":"job-[0-9A-F]{32}"\}', answer.body)
    groups = {"g": {"DesiredVMCount": 0}}
    body = {"Name": "c", "ImageId": "img-ubuntu", "Groups": groups}
    answer = create(client, "/clusters", body)
    assert re.fullmatch(rb'\{"Id":"cls-[0-9a-z]{20}"\}', answer.body)
    answer = create(client, "/images", {"EcsImageId": "m-1", "Platform": "Linux"})
    assert re.fullmatch(rb'\{"Id":"img-[0-9a-z]{20}"\}', answer.body)
    name = f"app-{answer.json['Id'][-6:]}"
    app = {"Name": name, "CommandLine": "true", "VM": {"ECSImageId": "img-ubuntu"}}
    assert create(client, "/apps", app).body == f'{{"Name":"{name}"}}'.encode()


def test_errors_are_answered_to_the_byte(client: RawClient, old_job: str) -> None:
    answer = client.send("POST", f"/jobs/{old_job}/stop")
    assert answer.status == 409
    request_id = answer.headers["x-acs-request-id"]
    text = "User operation is invalid. The current resource state is Finished."
    expected = {"Code": "StateConflict", "Message": text, "RequestId": request_id}
    assert answer.body == json.dumps(expected, separators=(",", ":")).encode()
    of_the_connection = ("date", "connection")
    assert {k: v for k, v in answer.headers.items() if k.lower() not in of_the_connection} == {
        "Content-Type": "application/json; charset=utf-8",
        "Server": "AliyunBatchCompute",
        "x-acs-request-id": request_id,
        "Request-Id": request_id,
        "Content-Length": str(len(answer.body)),
    }


def test_every_action_of_a_job(client: RawClient, wire: Wire, cluster: str) -> None:
    """The way of a job through its life, with the statuses and the empty bodies of each step."""
    body = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": task("sleep 600", cluster)}}}
    job = create(client, "/jobs", body).json["Id"]
    for method, target, sent, status in (
        ("POST", f"/jobs/{job}/stop", None, 201),
        ("PUT", f"/jobs/{job}", {"Priority": 10}, 200),
        ("PUT", f"/jobs/{job}", {"Priority": "20"}, 200),
        ("POST", f"/jobs/{job}/start", None, 201),
        ("POST", f"/jobs/{job}/stop", None, 201),
        ("DELETE", f"/jobs/{job}", None, 204),
    ):
        if method == "DELETE":
            assert wire.get(f"/jobs/{job}?description")["Priority"] == 20
        answer = client.send(method, target, sent)
        assert (answer.status, answer.body) == (status, b""), target
    assert client.send("GET", f"/jobs/{job}").json["Code"] == "InvalidResource.NotFound"
    assert client.send("DELETE", f"/jobs/{job}").status == 404


def test_machine_is_recreated_with_and_without_a_body(client: RawClient, cluster: str) -> None:
    machines = f"/clusters/{cluster}/groups/group/instances"
    page = client.send("GET", machines).json
    first, second, *_ = [each["Id"] for each in page["Items"]]
    for machine, body in ((first, None), (second, {})):
        answer = client.send("POST", f"{machines}/{machine}/recreate", body)
        assert (answer.status, answer.body) == (201, b"")


@pytest.mark.parametrize(
    "query",
    [
        "?Marker&MaxItemCount=100",
        "?Marker=&MaxItemCount=100",
        "?MaxItemCount=100&Marker",
        "?MaxItemCount=1",
        "?IsReverse=True&OrderBy=CreationTime",
        "?IsReverse=true&OrderBy=Id",
        "?IsReverse&OrderBy",
        "?State=Finished&ProjectId=any",
        "?RegionId=cn-qingdao&Unknown=1",
        "?ClusterId",
    ],
)
@pytest.mark.usefixtures("old_job")
def test_queries_of_lists(client: RawClient, query: str) -> None:
    answer = client.send("GET", f"/jobs{query}")
    assert answer.status == 200, answer.body
    assert answer.body.startswith(b'{"NextMarker":"')
    assert answer.json["Items"]


@pytest.mark.parametrize("query", ["?description", "?description=", "?RegionId=a&description"])
def test_queries_of_a_description(client: RawClient, old_job: str, query: str) -> None:
    described = client.send("GET", f"/jobs/{old_job}{query}").json
    assert (described["Type"], described["Id"]) == ("DAG", old_job)


@pytest.mark.parametrize(
    "query",
    [
        "?Detail=True&Qualifier&Scope",
        "?Detail=True&Qualifier=0&Scope=Private",
        "?Detail=True",
        "?Detail",
    ],
)
def test_queries_of_an_app(client: RawClient, wire: Wire, query: str) -> None:
    app = {"Name": "asked", "CommandLine": "true", "VM": {"ECSImageId": "img-ubuntu"}}
    assert wire.send("POST", "/apps", app).status_code == 201
    try:
        assert client.send("GET", f"/apps/asked{query}").json["CommandLine"] == "true"
        assert "CommandLine" not in client.send("GET", "/apps/asked?Scope").json
    finally:
        assert client.send("DELETE", "/apps/asked?Qualifier").status == 204


def test_pages_of_instances(client: RawClient, cluster: str) -> None:
    body = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": task("true", cluster, 5)}}}
    job = create(client, "/jobs", body).json["Id"]
    instances = f"/jobs/{job}/tasks/t/instances"
    for first in ("Marker", "Marker=0"):
        page = client.send("GET", f"{instances}?{first}&MaxItemCount=3").json
        assert [each["InstanceId"] for each in page["Items"]] == [0, 1, 2]
        assert page["NextMarker"] == 3
        last = client.send("GET", f"{instances}?Marker=3&MaxItemCount=3").json
        assert [each["InstanceId"] for each in last["Items"]] == [3, 4]
        # Anything that is taken for true would make a client ask for ever.
        assert not last["NextMarker"]


def test_description_with_every_empty_default(client: RawClient, wire: Wire, cluster: str) -> None:
    """What the Python library sends beside what was meant."""
    name = "create-job-python-sdk-existing-cluster.request.json"
    body = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    for each in body["DAG"]["Tasks"].values():
        each["ClusterId"] = cluster
    job = create(client, "/jobs", body).json["Id"]
    described = client.send("GET", f"/jobs/{job}?description").json
    assert echoes(described, {**body, "Id": job, "Priority": body.get("Priority", 0)})
    wire.send("POST", f"/jobs/{job}/stop")


def test_description_without_any_default(client: RawClient, wire: Wire, cluster: str) -> None:
    """What the Java library leaves out, and the name of a task that it repeats."""
    name = "create-job-java-sdk-minimal.request.json"
    body = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    for task_name, each in body["DAG"]["Tasks"].items():
        each.update(ClusterId=cluster, TaskName=task_name)
        each["Parameters"]["Command"].pop("PackagePath", None)
    job = create(client, "/jobs", body).json["Id"]
    assert wire.get(f"/jobs/{job}")["State"] in ("Waiting", "Running", "Finished", "Failed")
    wire.send("POST", f"/jobs/{job}/stop")


def test_job_is_waiting_with_all_its_parts_at_once(client: RawClient, wire: Wire) -> None:
    cluster = wire.cluster(0)
    tasks = {"a": task("true", cluster, 2), "b": task("true", cluster, 3)}
    dag = {"Tasks": tasks, "Dependencies": {"a": ["b"]}}
    job = create(client, "/jobs", {"Name": "j", "Type": "DAG", "DAG": dag}).json["Id"]
    shown = client.send("GET", f"/jobs/{job}").json
    assert (shown["State"], shown["StartTime"], shown["EndTime"]) == ("Waiting", "", "")
    assert shown["InstanceMetrics"]["WaitingCount"] == 5
    listed = client.send("GET", f"/jobs/{job}/tasks").json["Items"]
    assert [(each["TaskName"], each["State"]) for each in listed] == [
        ("a", "Waiting"),
        ("b", "Waiting"),
    ]
    instance = client.send("GET", f"/jobs/{job}/tasks/b/instances/2").json
    assert instance["State"] == "Waiting"
    assert instance["StdoutRedirectPath"] == f"oss://bucket/logs/stdout.{job}.b.2"
    assert instance["StderrRedirectPath"] == f"oss://bucket/logs/stderr.{job}.b.2"
    client.send("POST", f"/jobs/{job}/stop")
    assert client.send("GET", f"/jobs/{job}").json["State"] == "Stopped"


def test_topic_of_a_notification_is_kept(client: RawClient, wire: Wire, cluster: str) -> None:
    topic = {"Name": "", "Endpoint": "", "Events": ["OnJobFinished"]}
    notifications: list[dict[str, Any]] = [{"Topic": topic}, {"Topic": {}}, {}]
    for sent in notifications:
        body = {
            "Name": "j",
            "Type": "DAG",
            "Notification": sent,
            "DAG": {"Tasks": {"t": task("true", cluster)}},
        }
        job = create(client, "/jobs", body).json["Id"]
        described = client.send("GET", f"/jobs/{job}?description").json
        assert echoes(described["Notification"], sent)
        assert set(described["Notification"]["Topic"]) == {"Name", "Endpoint", "Events"}
