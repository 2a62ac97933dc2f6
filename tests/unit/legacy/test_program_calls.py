"""The calls of real programs, in the shape in which they are written, one test per kind."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import batchcompute
from batchcompute import Client, ClientError
from batchcompute.resources import (
    AppDescription,
    AppJobDescription,
    ClusterDescription,
    JobDescription,
    ModifyClusterDescription,
    ModifyGroupDescription,
    TaskDescription,
)

from .conftest import SAMPLES, Service, sample

_HOST = "batchcompute.program-calls.example"

#: The text of a job as a queue hands it over, and as a configuration file has it: both members of
#: a pair that excludes itself, and misspelt or foreign keys.
# Nobody checks the types of old programs.
DAG_JOB: Any = {
    "Name": "queue-job",
    "Type": "DAG",
    "Priority": 0,
    "JobFailOnInstanceFail": True,
    "pack": "x",
    "DAG": {
        "Tasks": {
            "find": {
                "InstanceCounts": 3,
                "ClusterId": "",
                "AutoCluster": {"ImageId": "img-1", "InstanceType": "ecs.s3.large"},
                "Parameters": {"Command": {"CommandLine": "true"}},
                "Mounts": {"Entries": [], "ReferchTimeOut": 3},
            },
            "count": {"ClusterId": "cls-1", "AutoCluster": {}},
        },
        "Dependencies": {"find": ["count"]},
    },
}
APP_JOB: Any = {
    "Name": "app-job",
    "Type": "App",
    "App": {
        "AppName": ":cromwell",
        "Inputs": {"in": "oss://b/i"},
        "AppTraceId": "trace",
        "CredentialConfig": {"ServiceRole": "r"},
    },
}


@pytest.mark.parametrize(
    "register",
    [
        lambda: Client.register_region("program-calls", _HOST),
        lambda: Client.register_region("program-calls", _HOST, 8080),
        lambda: Client.register_region("program-calls", _HOST, port=8080),
    ],
)
def test_region_is_registered_again_before_every_client(
    make_client: Callable[..., Client],
    service: Service,
    register: Callable[[], None],
    own_regions: None,
) -> None:
    service.routes["GET /jobs"] = {}
    for _ in range(2):
        register()
        make_client(_HOST, "id", "secret", security_conn=False).list_jobs("", 1)

    urls = {str(request.url.copy_with(query=None)) for request in service.requests}
    assert len(urls) == 1
    assert urls <= {f"http://{_HOST}/jobs", f"http://{_HOST}:8080/jobs"}
    assert service.last.headers["x-acs-region-id"] == "program-calls"


@pytest.mark.parametrize(
    ("arguments", "options", "scheme", "headers"),
    [
        (("id", "secret"), {}, "https", {}),
        (("id", "secret", "sts"), {}, "https", {"x-acs-security-token": "sts"}),
        (("id", "secret", ""), {"security_conn": True}, "https", {}),
        (("id", "secret", None), {"security_conn": False}, "http", {}),
        (("id", "secret", " sts ", False, True), {}, "http", {"x-acs-security-token": "sts"}),
        (
            ("id", "secret"),
            {"x-client-name": "my-app", "x-client-version": "1", "User-Agent": "my-app/1"},
            "https",
            {"x-client-name": "my-app", "x-client-version": "1", "user-agent": "my-app/1"},
        ),
    ],
)
def test_client_is_made_in_each_shape(
    make_client: Callable[..., Client],
    service: Service,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
    scheme: str,
    headers: dict[str, str],
) -> None:
    service.routes["GET /jobs"] = {}
    client = make_client(batchcompute.CN_SHENZHEN, *arguments, **options)
    client.version = "2015-11-11"
    client.list_jobs("", 1)

    assert isinstance(client, batchcompute.Client)
    assert service.last.url.scheme == scheme
    assert headers.items() <= dict(service.last.headers).items()


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(("job", "kind"), [(DAG_JOB, "DAG"), (APP_JOB, "App")])
@pytest.mark.filterwarnings("ignore:.* has no property:batchcompute.BatchComputeWarning")
def test_job_of_a_dict_or_text_is_sent_as_its_kind(
    client: Client, service: Service, job: Any, kind: str, as_text: bool
) -> None:
    service.routes["POST /jobs"] = {"Id": "job-1"}
    created = client.create_job(json.dumps(job) if as_text else job)

    assert (created.Id, created.StatusCode) == ("job-1", 201)
    assert json.loads(str(created))["Id"] == "job-1"
    sent = service.body()
    assert sent["Type"] == kind
    assert {"DAG", "App"} & sent.keys() == {kind}


@pytest.mark.filterwarnings("ignore:.* has no property:batchcompute.BatchComputeWarning")
def test_unknown_keys_of_an_app_reach_the_service_if_the_program_wants_it(
    client: Client, service: Service
) -> None:
    service.routes["POST /jobs"] = {"Id": "job-1"}
    client.create_job(APP_JOB)
    assert service.body()["App"].keys() == {"AppName", "Inputs"}

    client.create_job(AppJobDescription(APP_JOB, keep_unknown=True))
    assert service.body() == APP_JOB


_DAG: dict[str, Any] = {"DAG": {"Tasks": {}}}
_APP: dict[str, Any] = {"App": {"AppName": "a", "Inputs": {}}}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(_DAG, "DAG", id="a DAG"),
        pytest.param(_APP, "App", id="an App"),
        pytest.param({**_DAG, **_APP}, "DAG", id="both"),
        pytest.param({"Type": "DAG", **_DAG, **_APP}, "DAG", id="both, and it says DAG"),
        pytest.param({"Type": "App", **_DAG, **_APP}, "App", id="both, and it says App"),
        pytest.param({"Type": "", **_APP}, "App", id="an App, and a blank type"),
        pytest.param({"Type": "New", **_APP}, "App", id="an App of a new type"),
        pytest.param({"Type": "New", **_DAG}, "DAG", id="a DAG of a new type"),
    ],
)
@pytest.mark.filterwarnings("ignore:.* has no property:batchcompute.BatchComputeWarning")
def test_job_is_of_the_same_kind_when_it_is_sent_and_when_it_comes_back(
    client: Client, service: Service, content: dict[str, Any], kind: str
) -> None:
    service.routes["POST /jobs"] = {"Id": "job-1"}
    job: Any = {"Name": "n", "Priority": 1, **content}
    client.create_job(job)
    sent = service.body()
    service.routes["GET /jobs/job-1"] = job
    described = client.get_job_description("job-1")

    assert sent.keys() & {"DAG", "App"} == {kind}
    # A type that nobody knows is for the service to judge, in its own words.
    assert sent["Type"] == (content.get("Type") or kind)
    assert isinstance(described, JobDescription if kind == "DAG" else AppJobDescription)


@pytest.mark.filterwarnings("ignore:.* has no property:batchcompute.BatchComputeWarning")
def test_task_with_both_cluster_keys_keeps_both_and_unknown_keys_do_not_fail(
    client: Client, service: Service
) -> None:
    client.create_job(DAG_JOB)

    find, count = (service.body()["DAG"]["Tasks"][name] for name in ("find", "count"))
    assert (find["ClusterId"], find["AutoCluster"]["ImageId"]) == ("", "img-1")
    assert count["ClusterId"] == "cls-1"
    assert not any(count["AutoCluster"].values())  # defaults, all of them empty
    assert "InstanceCounts" not in find
    assert "pack" not in service.body()


def test_jobs_of_objects_are_sent(client: Client, service: Service) -> None:
    job = JobDescription()
    job.Name, job.Priority = "object", 1
    job.DAG.add_task("a", TaskDescription())
    client.create_job(job)
    assert list(service.body()["DAG"]["Tasks"]) == ["a"]

    app_job = AppJobDescription()
    app_job.Name, app_job.Type = "object", "App"
    app_job.App.AppName = ":cromwell"
    app_job.App.add_input("in", "oss://b/i")
    app_job.App.add_output("out", "oss://b/o")
    app_job.App.Config.InstanceCount = 2
    client.create_job(app_job)
    assert service.body()["App"] == {
        "AppName": ":cromwell",
        "Inputs": {"in": "oss://b/i"},
        "Outputs": {"out": "oss://b/o"},
        "Config": {"InstanceCount": 2},
    }


def test_cluster_is_modified_by_dict_and_by_object(client: Client, service: Service) -> None:
    client.modify_cluster("cls-1", {"Groups": {"g": {}}, "ImageId": "img-2"})
    assert service.body() == {"Groups": {"g": {}}, "ImageId": "img-2"}

    change = batchcompute.resources.ModifyClusterDescription()
    group = batchcompute.resources.ModifyGroupDescription()
    group.DesiredVMCount = 3
    group.SpotPriceLimit = float("0.5")
    change.add_group("g", group)
    assert isinstance(change, ModifyClusterDescription)
    assert isinstance(group, ModifyGroupDescription)
    client.modify_cluster("cls-1", change)
    assert service.body() == {"Groups": {"g": {"DesiredVMCount": 3, "SpotPriceLimit": 0.5}}}
    client.change_cluster_spot_config("cls-1", "g", strategy="SpotAsPriceGo", price_limit=None)
    assert service.body() == {"Groups": {"g": {"SpotStrategy": "SpotAsPriceGo"}}}
    client.change_cluster_desired_vm_count("cls-1", **{"my-group": 2})
    assert service.body() == {"Groups": {"my-group": {"DesiredVMCount": 2}}}


def test_removal_of_a_vm_that_is_being_removed_says_conflict(
    client: Client, service: Service
) -> None:
    path = "/clusters/cls-1/groups/g/instances/i-1"
    service.routes[f"DELETE {path}"] = httpx.Response(
        409, json=sample("error-state-conflict.response")
    )

    with pytest.raises(ClientError) as caught:
        client.delete_cluster_instance("cls-1", "g", "i-1")
    assert (caught.value.get_status_code(), caught.value.status) == (409, 409)
    assert caught.value.get_status_code() / 100 != 5
    assert caught.value.code == "StateConflict"


def test_whatever_goes_wrong_has_a_code_where_programs_read_one(
    client: Client, service: Service
) -> None:
    for answer in (httpx.Response(500), httpx.Response(404, content=b"<html>")):
        service.routes["GET /available"] = answer
        with pytest.raises(ClientError) as caught:
            client.with_options(retry=None).get_available_resource()
        assert caught.value.code


def test_content_is_a_plain_dict_that_a_program_extends(client: Client, service: Service) -> None:
    service.routes["GET /available"] = sample("get-available-resource.response")
    response = client.get_available_resource()

    response.content["Region"] = "cn-shenzhen"
    assert response.content["Region"] == "cn-shenzhen"
    assert type(response.content) is dict
    assert json.loads(json.dumps(response.content))["AvailableResourceType"] == ["OnDemand", "Spot"]
    rows = [
        (n["InstanceType"], n["CpuCore"], n["MemorySize"])
        for n in response.AvailableClusterInstanceType
    ]
    assert rows == [("ecs.sn2ne.xlarge", 4, 16)]


# -- the loops over pages -------------------------------------------------------------------------


def _answer_pages(service: Service, path: str, key: str, last: Any = "") -> None:
    def answer(request: httpx.Request) -> dict[str, Any]:
        first = int(request.url.params.get("Marker") or 0)
        following = first + 2 if first + 2 < 5 else last
        items = [{key: f"{key}-{n}"} for n in range(first, min(first + 2, 5))]
        return {"Items": items, "NextMarker": following if following == last else str(following)}

    service.routes[f"GET {path}"] = answer


@pytest.mark.parametrize("last", ["", None, 0])
@pytest.mark.parametrize(
    "at_end",
    [
        lambda marker: not marker,
        lambda marker: marker == "",
        lambda marker: marker.strip() == "",
    ],
)
@pytest.mark.parametrize(
    ("ask", "path", "key"),
    [
        (lambda c, m: c.list_jobs(m, 2), "/jobs", "Id"),
        (lambda c, m: c.list_tasks("job-1", m, 2), "/jobs/job-1/tasks", "TaskName"),
        (
            lambda c, m: c.list_instances("job-1", "a", m, 2),
            "/jobs/job-1/tasks/a/instances",
            "InstanceId",
        ),
        (lambda c, m: c.list_images(m, 2, "System"), "/images", "Id"),
        (lambda c, m: c.list_images(m, 2, type_="System"), "/images", "Id"),
        (lambda c, m: c.list_clusters(m, 2), "/clusters", "Id"),
        (
            lambda c, m: c.list_cluster_instances("cls-1", "g", m, 2),
            "/clusters/cls-1/groups/g/instances",
            "Id",
        ),
        (lambda c, m: c.list_apps("Private", m, 2), "/apps", "Name"),
    ],
)
def test_documented_loop_over_pages_ends_with_every_item(
    client: Client,
    service: Service,
    ask: Callable[[Client, str], Any],
    path: str,
    key: str,
    at_end: Callable[[str], bool],
    last: Any,
) -> None:
    _answer_pages(service, path, key, last)
    found: list[Any] = []
    marker, first = "", True
    while marker or first:
        first = False
        page = ask(client, marker)
        marker = page.NextMarker
        for item in page.Items:
            found.append(item[key])
        if at_end(marker):
            break

    assert found == [f"{key}-{n}" for n in range(5)]
    assert len(service.requests) == 3


# -- recorded answers of every operation ----------------------------------------------------------

_VM = "/clusters/c/groups/g/instances"
#: Operation -> the path asked, the call, and the recorded answers; none of this depends on what the
#: embedded service serves.
RECORDED: dict[str, tuple[str, Callable[[Client], Any], tuple[str, ...]]] = {
    "create_job": ("POST /jobs", lambda c: c.create_job(APP_JOB), ("create-job",)),
    "create_job_sync": (
        "POST /jobs",
        lambda c: c.create_job(sample("create-job-sync.request"), sync=True),
        ("sync-app-job",),
    ),
    "create_app": (
        "POST /apps",
        lambda c: c.create_app(sample("create-app.request")),
        ("create-app",),
    ),
    "create_image": (
        "POST /images",
        lambda c: c.create_image(sample("create-image.request")),
        ("create-image",),
    ),
    "create_cluster": (
        "POST /clusters",
        lambda c: c.create_cluster(sample("create-cluster.request")),
        ("create-cluster",),
    ),
    "get_job": ("GET /jobs/j", lambda c: c.get_job("j"), ("get-job",)),
    "get_job_description": (
        "GET /jobs/j",
        lambda c: c.get_job_description("j"),
        ("get-job-description", "get-job-description-full", "get-job-description-app"),
    ),
    "get_task": ("GET /jobs/j/tasks/t", lambda c: c.get_task("j", "t"), ("get-task",)),
    "get_instance": (
        "GET /jobs/j/tasks/t/instances/0",
        lambda c: c.get_instance("j", "t", 0),
        ("get-instance", "get-instance-app"),
    ),
    "get_cluster": (
        "GET /clusters/c",
        lambda c: c.get_cluster("c"),
        ("get-cluster", "get-cluster-doc"),
    ),
    "get_cluster_instance": (
        f"GET {_VM}/i",
        lambda c: c.get_cluster_instance("c", "g", "i"),
        ("get-cluster-instance", "get-cluster-instance-doc"),
    ),
    "get_image": ("GET /images/i", lambda c: c.get_image("i"), ("get-image",)),
    "get_app": ("GET /apps/a", lambda c: c.get_app("a", "Private"), ("get-app",)),
    "get_app_detail": (
        "GET /apps/a",
        lambda c: c.get_app_detail("a", str(1)),
        ("get-app-detail",),
    ),
    "get_app_revisions": (
        "GET /apps/a",
        lambda c: c.get_app_revisions("a"),
        ("get-app-revisions",),
    ),
    "get_quotas": ("GET /quotas", lambda c: c.get_quotas(), ("get-quotas", "get-quotas-legacy")),
    "get_available_resource": (
        "GET /available",
        lambda c: c.get_available_resource(),
        ("get-available-resource",),
    ),
    "list_jobs": ("GET /jobs", lambda c: c.list_jobs("", 100), ("list-jobs", "list-jobs-doc")),
    "list_tasks": (
        "GET /jobs/j/tasks",
        lambda c: c.list_tasks("j", "", 100),
        ("list-tasks", "list-tasks-doc"),
    ),
    "list_instances": (
        "GET /jobs/j/tasks/t/instances",
        lambda c: c.list_instances("j", "t", 0, 100),
        ("list-instances", "list-instances-doc"),
    ),
    "list_clusters": (
        "GET /clusters",
        lambda c: c.list_clusters("", 100),
        ("list-clusters", "list-clusters-doc"),
    ),
    "list_cluster_instances": (
        f"GET {_VM}",
        lambda c: c.list_cluster_instances("c", "g", "", 10),
        ("list-cluster-instances",),
    ),
    "list_images": (
        "GET /images",
        lambda c: c.list_images("", 1),
        ("list-images-self", "list-images-system"),
    ),
    "list_apps": ("GET /apps", lambda c: c.list_apps("Private", "", 50), ("list-apps",)),
}
_RECORDED = [(operation, name) for operation, (_, _, names) in RECORDED.items() for name in names]


@pytest.mark.parametrize(("operation", "name"), _RECORDED, ids=[name for _, name in _RECORDED])
def test_recorded_answer_is_read_and_printed_whole(
    client: Client, service: Service, operation: str, name: str
) -> None:
    route, call, _ = RECORDED[operation]
    recorded = sample(f"{name}.response")
    service.routes[route] = recorded

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # One of the recorded jobs has members that the documentation lacks.
        warnings.filterwarnings("ignore", "AppJob has no property 'AppTraceId'")
        response = call(client)

    assert service.targets == [route]
    printed = json.loads(str(response))
    assert response.RequestId == "REQ-1"
    if isinstance(recorded, list):
        recorded = {"Items": recorded}
    if "Items" in recorded:
        assert {"StatusCode", "RequestId", "Date", "NextMarker", "Items"} == printed.keys()
        assert [item.keys() for item in printed["Items"]] == [
            {name for name, value in item.items() if not _is_unset(name, value)}
            for item in recorded["Items"]
        ]
        assert [json.loads(str(item)) for item in response] == printed["Items"]
        assert all(isinstance(item, response.type) for item in response)
    else:
        assert {name for name, value in recorded.items() if not _is_unset(name, value)} <= (
            printed.keys()
        )
        assert response.content == recorded


def _is_unset(name: str, value: Any) -> bool:
    # Times that have not come are there: programs copy rows key by key.
    return value is None and not name.endswith("Time")


def test_every_recorded_answer_is_used() -> None:
    files = {path.name.removesuffix(".response.json") for path in SAMPLES.glob("*.response.json")}
    used = {name for _, name in _RECORDED}

    # No old program knows of extensions.
    newer = ("error-", "explain-", "get-attempts", "create-console-link")
    assert {name for name in files if not name.startswith(newer)} == used


# -- apps and clusters by their recorded requests -------------------------------------------------


def test_app_is_created_changed_and_deleted_by_name(client: Client, service: Service) -> None:
    service.routes["POST /apps"] = sample("create-app.response")
    created = client.create_app(AppDescription(sample("create-app.request")), "tok_1")
    assert service.last.url.query == b"IdempotentToken=tok_1"
    assert created.Id == sample("create-app.response")["Name"]
    assert service.body()["CommandLine"] == sample("create-app.request")["CommandLine"]

    client.modify_app(created, sample("modify-app-docker.request"))
    assert (service.last.method, service.last.url.path) == ("PUT", f"/apps/{created.Id}")
    client.delete_app(created, "1")
    assert service.last.url.raw_path == f"/apps/{created.Id}?Qualifier=1".encode()
    revisions = service.routes[f"GET /apps/{created.Id}"] = sample("get-app-revisions.response")
    items = client.get_app_revisions(created).Items
    items.sort(key=lambda x: [x["Revision"]], reverse=True)
    assert [item.Revision for item in items] == [len(revisions) - 1 - n for n in range(2)]


def test_description_with_a_cluster_object_is_sent(client: Client, service: Service) -> None:
    description = ClusterDescription(sample("create-cluster-python-sdk.request"))
    client.create_cluster(description)

    assert service.body() == json.loads(description.dump())
