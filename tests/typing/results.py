"""What each method returns, as type checkers see it: part of the contract with users."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, assert_type

import httpx

from batchcompute import AsyncClient, Client, types
from batchcompute._generated.api.models import App
from batchcompute.client import Response
from batchcompute.client.easy_list import AsyncEasyList, EasyList
from batchcompute.client.responses import (
    ActionResponse,
    AppDescriptionResponse,
    AppJobDescriptionResponse,
    AppResponse,
    AsyncListResponse,
    AsyncPager,
    AvailableResourceResponse,
    ClusterInstanceResponse,
    ClusterResponse,
    ConsoleLinkResponse,
    CreateResponse,
    ExplanationResponse,
    ImageResponse,
    InstanceAttemptsResponse,
    InstanceResponse,
    JobDescriptionResponse,
    JobResponse,
    ListResponse,
    QuotaResponse,
    SynchronousInstanceResponse,
    TaskResponse,
)
from batchcompute.resources import (
    AppDescription,
    AppJobDescription,
    AppRevision,
    Cluster,
    ClusterDescription,
    ClusterInstance,
    Image,
    Instance,
    Job,
    JobDescription,
    ModifyClusterDescription,
    Task,
)

JOB: types.JobDescription = {"Name": "a", "Priority": 1, "DAG": {"Tasks": {}}}
CLUSTER: types.ClusterDescription = {"Name": "a", "ImageId": "i", "Groups": {}}
IMAGE: types.ImageDescription = {"EcsImageId": "m", "Platform": "Linux"}
APP: types.AppDescription = {"Name": "a", "CommandLine": "ls"}


def connect() -> Client:
    client = Client(
        "cn-shenzhen",
        "id",
        "secret",
        default_headers={"x-client-name": "mine", "x-count": 7, "User-Agent": None},
        timeout=5,
    )
    assert_type(client.with_options(headers={"x-trace": "t", "x-number": 1}), Client)
    assert_type(Client.from_env(), Client)
    assert_type(Client.from_env(region="cn-shenzhen", timeout=5, retry=None), Client)
    assert_type(AsyncClient.from_env(http_client=httpx.AsyncClient()), AsyncClient)
    return client


def jobs(client: Client) -> None:
    assert_type(client.create_job(JOB), CreateResponse)
    assert_type(client.create_job(JOB, "token", False), CreateResponse)
    assert_type(client.create_job(JOB, sync=True), SynchronousInstanceResponse)
    assert_type(client.create_job(JOB, "token", True), SynchronousInstanceResponse)
    flag = bool(client.version)
    assert_type(client.create_job(JOB, sync=flag), CreateResponse | SynchronousInstanceResponse)
    assert_type(client.create_job(JOB, "", flag), CreateResponse | SynchronousInstanceResponse)
    assert_type(client.get_job("j"), JobResponse)
    assert_type(client.get_job_description("j"), JobDescriptionResponse | AppJobDescriptionResponse)
    assert_type(client.change_job_priority("j", 1), ActionResponse)
    assert_type(client.start_job("j"), ActionResponse)
    assert_type(client.stop_job("j"), ActionResponse)
    assert_type(client.delete_job("j"), ActionResponse)
    assert_type(client.list_jobs(), ListResponse[Job])
    assert_type(client.list_jobs(state="Finished", OrderBy="Id"), ListResponse[Job])
    assert_type(client.list_jobs("", 10, "", State="Failed", IsReverse="true"), ListResponse[Job])
    assert_type(client.list_jobs()[0], Job)
    assert_type(client.list_jobs().Items, list[Job])
    assert_type(client.get_task("j", "t"), TaskResponse)
    assert_type(client.list_tasks("j"), ListResponse[Task])
    assert_type(client.get_instance("j", "t", 0), InstanceResponse)
    assert_type(client.list_instances("j", "t"), ListResponse[Instance])
    assert_type(client.get_attempts("j", "t", 0), InstanceAttemptsResponse)
    assert_type(client.create_console_link(), ConsoleLinkResponse)
    assert_type(client.explain_job("j"), ExplanationResponse)
    assert_type(client.explain_task("j", "t"), ExplanationResponse)
    assert_type(client.explain_instance("j", "t", 0).Details, dict[str, float])
    assert_type(client.explain_cluster("c").Code, types.ExplanationCode)
    assert_type(client.easy_list("jobs", State="Failed"), EasyList[Job])
    assert_type(client.easy_list("jobs")[0].State, types.JobState)
    assert_type(client.easy_list("clusters"), EasyList[Cluster])
    assert_type(client.easy_list("tasks", "j"), EasyList[Task])
    assert_type(client.easy_list("instances", "j", "t", State="Failed"), EasyList[Instance])
    assert_type(client.easy_list("cluster_instances", "c", "g"), EasyList[ClusterInstance])
    assert_type(client.easy_list("images"), EasyList[Image])
    assert_type(client.easy_list("images", "System"), EasyList[Image])
    assert_type(client.easy_list("apps", "Public"), EasyList[App])
    for kind in ("jobs", "clusters"):
        assert_type(client.easy_list(kind), EasyList[Any])
    assert_type(client.poll("j"), list[str])
    assert_type(client.wait_jobs("j"), list[Job])


def descriptions(client: Client, text: str, content: dict[str, Any]) -> None:
    """A description is a literal, an object or JSON text; a general dict goes by its class."""
    client.create_job(
        {
            "Name": "a",
            "Priority": 1,
            "DAG": {
                "Tasks": {
                    "t": {
                        "ClusterId": "c",
                        "Parameters": {
                            "Command": {"CommandLine": "ls", "PackagePath": ""},
                            "StdoutRedirectPath": "oss://bucket/logs/",
                            "StderrRedirectPath": "oss://bucket/logs/",
                        },
                    }
                },
                "Dependencies": {"t": []},
            },
        }
    )
    client.create_job({"Name": "a", "App": {"AppName": "b", "Inputs": {"n": 1, "t": "x"}}})
    client.create_cluster(
        {"Name": "a", "ImageId": "i", "Groups": {"g": {"DesiredVMCount": 1, "SpotPriceLimit": 1}}}
    )
    client.modify_cluster("c", {"Groups": {"g": {"DesiredVMCount": 2}}})
    client.create_job(text)
    client.create_job(JobDescription(text))
    client.create_job(JobDescription(content))
    client.create_job(AppJobDescription(content))
    client.create_job(client.get_job_description("j"))
    client.create_cluster(
        ClusterDescription(Name="a", ImageId="i", Groups={"g": {"DesiredVMCount": 1}})
    )
    client.modify_cluster("c", ModifyClusterDescription(content))
    client.create_app(AppDescription(content))


def clusters(client: Client) -> None:
    assert_type(client.create_cluster(CLUSTER), CreateResponse)
    assert_type(client.get_cluster("c"), ClusterResponse)
    assert_type(client.list_clusters(), ListResponse[Cluster])
    assert_type(client.delete_cluster("c"), ActionResponse)
    assert_type(client.modify_cluster("c", {}), ActionResponse)
    assert_type(client.change_cluster_desired_vm_count("c", g=1), ActionResponse)
    assert_type(client.change_cluster_spot_config("c", "g"), ActionResponse)
    assert_type(client.change_cluster_user_data("c"), ActionResponse)
    assert_type(client.change_cluster_env_vars("c"), ActionResponse)
    assert_type(client.change_cluster_input_mapping("c"), ActionResponse)
    assert_type(client.get_cluster_instance("c", "g", "i"), ClusterInstanceResponse)
    assert_type(client.list_cluster_instances("c", "g"), ListResponse[ClusterInstance])
    assert_type(client.recreate_cluster_instance("c", "g", "i"), ActionResponse)
    assert_type(client.delete_cluster_instance("c", "g", "i"), ActionResponse)
    assert_type(client.wait_cluster("c"), Cluster)


def images_apps_and_account(client: Client) -> None:
    assert_type(client.create_image(IMAGE), CreateResponse)
    assert_type(client.get_image("i"), ImageResponse)
    assert_type(client.list_images(), ListResponse[Image])
    assert_type(client.delete_image("i"), ActionResponse)
    assert_type(client.create_app(APP), CreateResponse)
    assert_type(client.get_app("a"), AppResponse)
    assert_type(client.get_app_detail("a"), AppDescriptionResponse)
    assert_type(client.get_app_revisions("a"), ListResponse[AppRevision])
    assert_type(client.list_apps(), ListResponse[App])
    assert_type(client.modify_app("a", APP), ActionResponse)
    assert_type(client.delete_app("a"), ActionResponse)
    assert_type(client.get_quotas(), QuotaResponse)
    assert_type(client.get_available_resource(), AvailableResourceResponse)


def whatever_has_an_id(client: Client) -> None:
    job = client.get_job(client.create_job(JOB))
    client.stop_job(job)
    client.get_job({"Id": "j"})
    for task in client.list_tasks(job, None, state=None):
        client.get_task(job, task)
        for instance in client.list_instances(job, task):
            client.get_instance(job, task, instance)
    client.wait_jobs(list(client.list_jobs()))
    client.wait_jobs([job, "j"])
    client.poll(client.list_jobs(State="Running", IsReverse=True))
    for vm in client.list_cluster_instances(client.create_cluster(CLUSTER), "g"):
        client.delete_cluster_instance("c", "g", vm)
    for app in client.list_apps():
        client.get_app_detail(app, 0)
        client.delete_app(app, None)
    client.get_app(client.create_app(APP, None))


def as_received(client: Client) -> None:
    raw = client.with_raw_response
    answer = raw.get_job("j")
    assert_type(answer, Response)
    assert_type(answer.status, int)
    assert_type(answer.headers, Mapping[str, str])
    assert_type(answer.body, bytes)
    assert_type(answer.request_id, str | None)
    assert_type(raw.create_job(JOB, "token", sync=True), Response)
    assert_type(raw.list_jobs("", 10, state="Running", next_marker=1), Response)
    assert_type(raw.change_cluster_desired_vm_count("c", group1=3), Response)
    assert_type(raw.get_quotas(), Response)


async def asynchronous(client: AsyncClient) -> None:
    assert_type(await client.create_job(JOB), CreateResponse)
    assert_type(await client.create_job(JOB, sync=True), SynchronousInstanceResponse)
    flag = bool(client.version)
    either = await client.create_job(JOB, sync=flag)
    assert_type(either, CreateResponse | SynchronousInstanceResponse)
    assert_type(await client.get_job("j"), JobResponse)
    assert_type(await client.get_task("j", "t"), TaskResponse)
    assert_type(await client.get_instance("j", "t", 0), InstanceResponse)
    assert_type(await client.delete_job("j"), ActionResponse)
    assert_type(await client.get_cluster("c"), ClusterResponse)
    assert_type(client.list_jobs(state="Running"), AsyncPager[Job])
    page = await client.list_jobs()
    assert_type(page, AsyncListResponse[Job])
    assert_type(page.Items, list[Job])
    assert_type([job async for job in client.list_jobs()], list[Job])
    assert_type([job async for job in client.list_jobs().all()], list[Job])
    assert_type([each async for each in client.list_jobs().pages()], list[AsyncListResponse[Job]])
    assert_type([job async for job in page], list[Job])
    assert_type([job for job in page], list[Job])  # noqa: C416  # the iteration is the point
    assert_type(await asyncio.create_task(client.list_tasks("j")), AsyncListResponse[Task])
    assert_type(client.easy_list("instances", "j", "t"), AsyncEasyList[Instance])
    assert_type(await client.poll("j"), list[str])
    assert_type(await client.wait_jobs("j"), list[Job])
    assert_type(await client.wait_cluster("c"), Cluster)
    raw = client.with_raw_response
    pending: Coroutine[Any, Any, Response] = raw.get_job(job="j")
    assert_type(await pending, Response)
    assert_type(await raw.list_instances("j", "t", max_item_count=5), Response)
