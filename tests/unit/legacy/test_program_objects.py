"""How real programs use what they get back and what they build, one test per usage."""

from __future__ import annotations

import json
import time
import warnings
from datetime import datetime
from typing import Any

import pytest

from batchcompute import Client
from batchcompute._models.base import Jsonizable
from batchcompute.exceptions import BatchComputeWarning
from batchcompute.resources import (
    DAG,
    AutoCluster,
    ClusterDescription,
    Configs,
    Disks,
    JobDescription,
    Mounts,
    Networks,
    Notification,
    TaskDescription,
)
from batchcompute.resources.cluster import MountEntry
from batchcompute.utils.jsonizable import BatchEncoder

from .conftest import Service, sample


@pytest.fixture(autouse=True)
def recorded(service: Service) -> None:
    service.routes.update(
        {
            "GET /apps/a": sample("get-app-detail.response"),
            "GET /clusters/c": sample("get-cluster-doc.response"),
            "GET /jobs": sample("list-jobs.response"),
            "GET /jobs/j": sample("get-job.response"),
            "GET /jobs/j/tasks/t/instances/0": sample("get-instance-app.response"),
            "GET /clusters/c/groups/g/instances": sample("list-cluster-instances.response"),
        }
    )


def test_detail_is_a_fresh_dict_of_objects_that_a_program_extends(client: Client) -> None:
    app = client.get_app_detail("a")
    detail = app.detail()
    detail["Scope"] = "Private"
    settings = {name: node.detail() for name, node in detail["Config"].items()}

    assert type(detail) is dict
    assert "Scope" not in app.detail()
    assert isinstance(detail["Config"], Jsonizable)
    assert settings["InstanceCount"]["Default"] == 1
    assert {tuple(sorted(setting)) for setting in settings.values()} == {
        ("Default", "Description", "Overwritable")
    }


def test_tool_copies_responses_and_items_through_keys_and_get(client: Client) -> None:
    for item in (client.get_job("j"), *client.list_jobs("", 100).Items):
        copied = {key: item.get(key) for key in item.keys()}  # noqa: SIM118  # as programs write it
        assert copied["Id"] == item.Id
        assert copied["TaskMetrics"]["RunningCount"] == item.TaskMetrics.RunningCount
    cluster = client.get_cluster("c")
    copied = {key: cluster.get(key) for key in cluster.keys()}  # noqa: SIM118
    for group in copied["Groups"].values():
        assert group["DesiredVMCount"] == group.DesiredVMCount


def test_tool_copies_by_iteration_and_items(client: Client) -> None:
    job = client.get_job("j")
    copied = {}
    for key in job:
        copied[key] = job[key]

    assert copied == dict(job) == dict(job.items())
    assert len(job) == len(copied)
    assert sorted(job) == sorted(copied)


def test_encoder_takes_objects_and_times_at_any_depth(client: Client) -> None:
    jobs = client.list_jobs("", 100).Items
    text = json.dumps(
        {
            "Items": [
                {"job": job, "at": job.CreationTime, "deep": [{"m": job.TaskMetrics}]}
                for job in jobs
            ]
        },
        indent=2,
        cls=BatchEncoder,
    )

    decoded = json.loads(text)["Items"]
    assert [entry["job"]["Id"] for entry in decoded] == [job.Id for job in jobs]
    assert decoded[0]["at"] == str(jobs[0].CreationTime)
    with pytest.raises(TypeError):
        json.dumps({"x": object()}, cls=BatchEncoder)


def test_text_of_everything_is_json_of_its_content(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    job = client.get_job("j")
    page = client.list_jobs("", 1)
    created = client.create_image({"Platform": "Linux", "EcsImageId": "m-1"})
    stopped = client.stop_job("j")
    for one in (job, page, page[0], created, stopped, JobDescription(Name="你")):
        assert bytes(one).decode("utf-8") == str(one)
    print(job)  # noqa: T201  # as programs do
    assert json.loads(capsys.readouterr().out) == json.loads(str(job)) == json.loads(job.dump())
    assert json.loads(job.dump(indent=4)) == json.loads(job.dump(4))
    for item in client.list_jobs("", 1):
        assert json.loads(str(item))["Id"] == item.Id


def test_display_reads_a_task_through_attributes_items_and_get(
    client: Client, service: Service
) -> None:
    service.routes["GET /jobs/j"] = sample("get-job-description-full.response")
    description = client.get_job_description("j")
    assert isinstance(description, JobDescription)
    before = description.dump()
    (name,) = description.DAG.Tasks
    task = description.DAG.Tasks[name]

    disks = task["AutoCluster"]["Configs"]["Disks"]
    assert disks.get("SystemDisk")["Type"] == "cloud"
    assert disks["DataDisk"]["MountPoint"] == "/path/to/mount"
    image = task["AutoCluster"]["ECSImageId"] or task["AutoCluster"]["ImageId"]
    assert image == ""
    networks = task.AutoCluster.Configs.Networks
    assert dict((networks.get("VPC") or {}).items()) == dict(networks.VPC)
    mounts = task["AutoCluster"]["Configs"]["Mounts"]
    assert mounts.get("Locale") == "GBK"
    assert mounts.Entries[0]["Source"] == "oss://your-bucket/mount-source"
    assert description.dump() == before


@pytest.mark.parametrize("make", [AutoCluster, ClusterDescription])
def test_chain_on_a_fresh_description_reaches_the_wire(make: Any) -> None:
    description = make()
    description.Configs.Networks.VPC.CidrBlock = "192.168.0.0/16"
    disks = Disks()
    disks.DataDisk.Type, disks.DataDisk.Size = "cloud_efficiency", 40
    description.Configs.Disks = disks
    if make is ClusterDescription:
        notice = Notification()
        notice.Topic.Events = ["OnClusterDeleted"]
        description.Notification = notice

    sent = json.loads(description.dump())
    assert sent["Configs"]["Networks"]["VPC"]["CidrBlock"] == "192.168.0.0/16"
    assert sent["Configs"]["Disks"] == {"DataDisk": {"Type": "cloud_efficiency", "Size": 40}}
    if make is ClusterDescription:
        assert sent["Notification"]["Topic"]["Events"] == ["OnClusterDeleted"]


def test_chain_through_a_fresh_task_reaches_the_wire() -> None:
    task = TaskDescription()
    task.AutoCluster.Configs.Networks.VPC.CidrBlock = "10.0.0.0/16"

    sent = json.loads(task.dump())["AutoCluster"]
    assert sent["Configs"]["Networks"]["VPC"]["CidrBlock"] == "10.0.0.0/16"


def test_containers_are_live() -> None:
    job = JobDescription()
    job.DAG.add_task("x", TaskDescription())
    task = job.DAG.Tasks["x"]
    task.OutputMapping["/out/"] = "oss://b/out/"
    task.OutputMapping.clear()
    task.Parameters.Command.EnvVars["K"] = "v"
    task.InputMapping["oss://b/in/"] = "/in/"

    sent = json.loads(job.dump())["DAG"]["Tasks"]["x"]
    assert sent["OutputMapping"] == {}
    assert sent["Parameters"]["Command"]["EnvVars"] == {"K": "v"}
    assert sent["InputMapping"] == {"oss://b/in/": "/in/"}


def test_value_that_is_read_before_submission_is_falsy_and_stays_out() -> None:
    task = TaskDescription()
    task.ClusterId = "cls-1"
    spot = task.AutoCluster.SpotPriceLimit
    disks = Configs().Disks

    assert spot is None
    assert not disks.DataDisk.Size
    assert "AutoCluster" not in json.loads(task.dump())
    assert float(spot or 0.0) == 0.0


def test_copy_of_a_task_is_edited_without_the_original() -> None:
    split = TaskDescription()
    split.Parameters.Command.CommandLine = "split"
    count = TaskDescription(split)
    count.Parameters.Command.CommandLine = "count"
    count.InputMapping["oss://b/"] = "/b/"
    dag = DAG()
    dag.add_task("split", split)
    dag.add_task("count", count)
    dag.Dependencies = {"split": ["count"]}

    assert split.Parameters.Command.CommandLine == "split"
    assert split.InputMapping == {}
    assert json.loads(dag.dump())["Dependencies"] == {"split": ["count"]}


def test_mount_entries_are_assigned_and_added() -> None:
    task = TaskDescription()
    entry = MountEntry({"Source": "oss://b/", "Destination": "/b/", "WriteSupport": True})
    given: Any = [entry, {"Source": "nas://h:/!", "Destination": "E:"}]
    task.Mounts.Entries = given
    cluster = ClusterDescription()
    cluster.Configs.Mounts.add_entry({"Source": "oss://c/", "Destination": "/c/"})

    assert [type(mounted) for mounted in task.Mounts.Entries] == [MountEntry, MountEntry]
    assert json.loads(task.dump())["Mounts"]["Entries"][1]["Source"] == "nas://h:/!"
    assert len(json.loads(cluster.dump())["Configs"]["Mounts"]["Entries"]) == 1
    assert isinstance(cluster.Configs.Mounts, Mounts)


def test_stray_attribute_is_tolerated_with_a_warning_at_its_line() -> None:
    configs = Configs()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        configs.InstanceCount = 1  # type: ignore[attr-defined]

    assert [(entry.category, entry.filename) for entry in caught] == [
        (BatchComputeWarning, __file__)
    ]
    assert "InstanceCount" not in json.loads(configs.dump())


def test_disk_helpers_take_the_parameter_names_of_programs() -> None:
    configs = Configs()
    configs.add_system_disk(size=40, type_="cloud_efficiency")
    configs.add_data_disk(500, "cloud_efficiency", "/mnt")

    assert json.loads(configs.dump())["Disks"] == {
        "SystemDisk": {"Size": 40, "Type": "cloud_efficiency"},
        "DataDisk": {"Size": 500, "Type": "cloud_efficiency", "MountPoint": "/mnt"},
    }
    assert isinstance(configs.Networks, Networks)


def test_groups_of_a_cluster_are_a_dict_of_groups(client: Client) -> None:
    cluster = client.get_cluster("c")

    by_type = {group.InstanceType: group for group in cluster.Groups.values()}
    for name in cluster.Groups:
        assert cluster.Groups[name].DesiredVMCount == cluster.Groups[name]["DesiredVMCount"]
        assert cluster.get_group(name) is cluster.Groups[name]
        assert cluster.Groups[name].InstanceType in by_type
    with pytest.raises(KeyError):
        cluster.get_group("nothing")


def test_items_are_kept_by_host_and_read_by_key(client: Client) -> None:
    page = client.list_cluster_instances("c", "g", "", 100)
    instances = {instance.HostName or instance.IpAddress: instance for instance in page}

    assert [(v["State"], v["Id"]) for v in instances.values()] == [("Pending", "i-123456789")]
    assert page.NextMarker.strip() == ""


def test_nested_results_are_read_and_written_as_text(client: Client) -> None:
    instance = client.get_instance("j", "t", "0")
    result = instance.get("Result")

    assert json.loads(str(result)) == json.loads(result.dump())
    assert result.get("Detail") == instance.Result.Detail
    assert not (instance.Result and instance.Result.ErrorCode)
    assert not (instance.Error and instance.Error.Code)


def test_times_do_what_programs_do_with_them(client: Client) -> None:
    job = client.list_jobs("", 1).Items[0]

    created = job.CreationTime
    assert isinstance(created, datetime)
    assert time.localtime(time.mktime(created.timetuple()))[:6] == created.timetuple()[:6]
    assert created.strftime("%Y") == str(created.year)
    assert (datetime.now() - created).total_seconds() > 0


def test_response_can_be_updated_and_goes_where_its_resource_goes(client: Client) -> None:
    job = client.get_job("j")
    job.update({"State": "Mine"})
    assert job["State"] == "Mine"

    app = client.get_app_detail("a")
    app.Name = "changed"
    client.modify_app("a", app)
    assert app["Name"] == "changed"


def test_page_has_every_method_of_a_list(client: Client) -> None:
    page = client.list_jobs("", 100)

    assert {name for name in dir(list) if not name.startswith("_")} <= set(dir(page))
    assert page.copy() == page.Items
    assert page.copy() is not page.Items


def test_list_methods_are_forwarded_to_the_items(client: Client) -> None:
    page = client.list_jobs("", 100)
    first, count = page[0], len(page)

    assert page.index(first.Id) == 0
    assert page.count(first.Id) == 1
    page.sort(key=lambda job: job.Id, reverse=True)
    assert page.Items == sorted(page.Items, reverse=True)
    page.append(first)
    page.extend([first])
    assert page.pop() is first
    assert len(page.Items) == count + 1
    page.reverse()
    page.remove(first)
    assert page.count(first) == 1
    assert page.type.__name__ == "Job"
    assert bool(page)
    page.clear()
    assert not page
