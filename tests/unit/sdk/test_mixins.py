"""Behaviour that no schema states (sections 5 and 6)."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from batchcompute._generated.api.models import (
    DAG,
    App,
    AppDescription,
    AppJob,
    AppJobDescription,
    AutoCluster,
    Cluster,
    ClusterDescription,
    Command,
    Configs,
    Disks,
    Group,
    GroupDescription,
    Instance,
    JobDescription,
    ModifyClusterDescription,
    ModifyGroupDescription,
    MountEntry,
    Mounts,
    Parameter,
    SynchronousInstance,
    TaskDescription,
)


def test_add_task_stores_a_copy_and_get_task_gives_the_stored_one() -> None:
    dag, task = DAG(), TaskDescription()
    dag.add_task(task_name="x", task=task)
    task.InstanceCount = 9

    assert dag.get_task("x").InstanceCount == 1
    dag.get_task("x").InstanceCount = 9
    assert dag.Tasks["x"].InstanceCount == 9


@pytest.mark.parametrize(
    "task", [{"InstanceCount": 3}, '{"InstanceCount": 3}', TaskDescription(InstanceCount=3)]
)
def test_add_task_takes_a_dict_text_or_object_and_replaces(task: Any) -> None:
    dag = DAG()
    dag.add_task("y", {})
    dag.add_task("y", task)

    assert type(dag.Tasks["y"]) is TaskDescription
    assert dag.Tasks["y"].InstanceCount == 3


def test_get_and_delete_of_an_unknown_task_raise_and_do_nothing() -> None:
    dag = DAG()
    with pytest.raises(KeyError, match="z"):
        dag.get_task("z")
    dag.delete_task("z")
    dag.add_task("z", {})
    dag.delete_task("z")

    assert dag.Tasks == {}


@pytest.mark.parametrize("name", ["", None, 5, b"x"])
def test_add_task_and_group_with_a_name_that_is_no_text_are_refused(name: Any) -> None:
    with pytest.raises(TypeError, match="task_name must be a non-empty text"):
        DAG().add_task(name, {})
    with pytest.raises(TypeError, match="group_name must be a non-empty text"):
        ClusterDescription().add_group(name, {})


@pytest.mark.parametrize("task", [5, [], "nope", GroupDescription(), {"InstanceCount": "x"}])
def test_add_task_of_something_else_is_refused_and_stores_nothing(task: Any) -> None:
    dag = DAG()

    with pytest.raises(TypeError, match="must be"):
        dag.add_task("x", task)
    assert dag.Tasks == {}


def test_add_task_on_a_fresh_job_makes_its_dag() -> None:
    job = JobDescription()
    job.DAG.add_task("x", TaskDescription())

    assert list(json.loads(job.dump())["DAG"]["Tasks"]) == ["x"]


@pytest.mark.parametrize(
    ("owner", "stored"),
    [
        (ClusterDescription, GroupDescription),
        (ModifyClusterDescription, ModifyGroupDescription),
    ],
)
def test_groups_copy_in_live_out(owner: Any, stored: Any) -> None:
    cluster = owner()
    group = stored(DesiredVMCount=1)
    cluster.add_group(group_name="g", group=group)
    cluster.add_group("empty", {})
    group.DesiredVMCount = 5

    assert cluster.get_group("g").DesiredVMCount == 1
    cluster.get_group("g").DesiredVMCount = 2
    assert json.loads(cluster.dump())["Groups"]["g"]["DesiredVMCount"] == 2
    assert type(cluster.Groups["empty"]) is stored
    with pytest.raises(KeyError, match="h"):
        cluster.get_group("h")
    cluster.delete_group("h")
    cluster.delete_group("g")
    assert list(cluster.Groups) == ["empty"]


def test_empty_group_of_a_modification_is_sent_as_an_empty_object() -> None:
    cluster = ModifyClusterDescription()
    cluster.add_group("g", {})

    assert json.loads(cluster.dump())["Groups"] == {"g": {}}


def test_spot_price_limit_takes_whole_numbers() -> None:
    assert ModifyGroupDescription(SpotPriceLimit=1).SpotPriceLimit == 1
    assert GroupDescription(SpotPriceLimit=0.5).SpotPriceLimit == 0.5


def test_get_group_of_a_cluster_state_gives_its_group() -> None:
    cluster = Cluster.from_dict({"Groups": {"g": {"InstanceType": "a", "DesiredVMCount": 1}}})

    assert type(cluster.get_group("g")) is Group
    assert {group.InstanceType: name for name, group in cluster.Groups.items()} == {"a": "g"}
    assert cluster.Groups["g"]["DesiredVMCount"] == 1
    with pytest.raises(KeyError, match="h"):
        cluster.get_group("h")


def test_add_system_disk_and_add_data_disk_have_the_documented_parameters() -> None:
    assert list(inspect.signature(Configs.add_system_disk).parameters) == ["self", "size", "type_"]
    assert list(inspect.signature(Configs.add_data_disk).parameters) == [
        "self",
        "size",
        "type_",
        "mount_point",
    ]
    configs = Configs()
    configs.add_system_disk(size=40, type_="cloud_efficiency")
    configs.add_data_disk(500, "cloud_efficiency", "/home/disk")

    assert json.loads(configs.dump())["Disks"] == {
        "SystemDisk": {"Type": "cloud_efficiency", "Size": 40},
        "DataDisk": {"Type": "cloud_efficiency", "Size": 500, "MountPoint": "/home/disk"},
    }
    configs.validate()


def test_add_disks_have_the_documented_defaults() -> None:
    configs = Configs()
    configs.add_system_disk(40)
    configs.add_data_disk(50)

    assert json.loads(configs.dump())["Disks"] == {
        "SystemDisk": {"Type": "cloud", "Size": 40},
        "DataDisk": {"Type": "cloud", "Size": 50},
    }


@pytest.mark.parametrize("arguments", [("40",), (None,), (True,), (40, 5), (40, None)])
def test_add_disks_with_wrong_types_are_assertion_errors(arguments: tuple[Any, ...]) -> None:
    configs = Configs()

    with pytest.raises(AssertionError, match=r"size must be a number|type_ must be a text"):
        configs.add_system_disk(*arguments)
    with pytest.raises(AssertionError, match=r"size must be a number|type_ must be a text"):
        configs.add_data_disk(*arguments)
    assert "Disks" not in configs


def test_set_networks_type_puts_and_removes_the_vpc() -> None:
    configs = Configs()
    configs.set_networks_type(classicnetworks=True)
    assert json.loads(configs.dump())["Networks"] == {"Classic": {}}
    configs.set_networks_type()
    assert json.loads(configs.dump())["Networks"]["VPC"] == {"CidrBlock": "192.168.0.0/16"}


def test_set_networks_type_keeps_a_vpc_that_has_content() -> None:
    configs = Configs()
    configs.Networks.VPC.CidrBlock = "10.0.0.0/8"
    configs.set_networks_type(False)

    assert configs.Networks.VPC.CidrBlock == "10.0.0.0/8"


def test_set_classic_networks_survives_being_assigned() -> None:
    configs = Configs()
    configs.set_classic_netWorks()
    cluster = ClusterDescription()
    cluster.Configs = configs
    task = TaskDescription(AutoCluster=AutoCluster(Configs=cluster.Configs))

    assert json.loads(cluster.dump())["Configs"]["Networks"] == {"Classic": {}}
    assert "VPC" not in task.AutoCluster.Configs.Networks


@pytest.mark.parametrize("entry", [{"Source": "oss://a/"}, MountEntry(Source="oss://a/")])
def test_add_entry_appends_a_copy(entry: Any) -> None:
    mounts = Mounts()
    mounts.add_entry(entry)
    mounts.add_entry(entry=entry)
    entry["Source"] = "changed"

    assert [type(one) for one in mounts.Entries] == [MountEntry, MountEntry]
    assert [one.Source for one in mounts.Entries] == ["oss://a/", "oss://a/"]


def test_add_entry_on_a_fresh_configs_is_sent() -> None:
    configs = Configs()
    configs.Mounts.add_entry({"Source": "nas://a:/", "WriteSupport": True})

    assert json.loads(configs.dump())["Mounts"]["Entries"] == [
        {"Source": "nas://a:/", "WriteSupport": True}
    ]


def test_app_job_inputs_and_outputs_are_set_read_and_removed() -> None:
    job = AppJobDescription(Type="App", Name="n")
    job.App.AppName = ":a"
    job.App.add_input("i", 5)
    job.App.add_input("none", None)
    job.App.add_output("o", "oss://b/")

    assert job.App.get_input("i") == 5
    assert job.App.get_output("o") == "oss://b/"
    sent = json.loads(job.dump())["App"]
    assert sent["Inputs"] == {"i": 5, "none": None}
    assert sent["Outputs"] == {"o": "oss://b/"}
    job.validate()
    job.App.delete_input("i")
    job.App.delete_input("i")
    job.App.delete_output("o")
    job.App.delete_output("o")
    assert job.App.Inputs == {"none": None}
    assert job.App.Outputs == {}


def test_app_job_unknown_input_and_output_are_key_errors() -> None:
    job = AppJob()

    with pytest.raises(KeyError, match="i"):
        job.get_input("i")
    with pytest.raises(KeyError, match="o"):
        job.get_output("o")


@pytest.mark.parametrize("value", [[], {}, object()])
def test_app_job_input_that_is_neither_text_nor_number_is_a_runtime_error(value: Any) -> None:
    job = AppJob()

    with pytest.raises(RuntimeError, match="i must be a text or a number"):
        job.add_input("i", value)
    with pytest.raises(RuntimeError, match="o must be a text or a number"):
        job.add_output("o", value)
    assert job.Inputs == {}


_SETTINGS: list[tuple[str, str, Any]] = [
    ("set_resource_type", "ResourceType", "Spot"),
    ("set_instance_type", "InstanceType", "ecs.s1"),
    ("set_instance_count", "InstanceCount", 3),
    ("set_min_disk_size", "MinDiskSize", 60),
    ("set_disk_type", "DiskType", "cloud_ssd"),
    ("set_min_data_disk_size", "MinDataDiskSize", 70),
    ("set_data_disk_type", "DataDiskType", "cloud_ssd"),
    ("set_data_disk_mount_point", "DataDiskMountPoint", "/data"),
    ("set_max_retry_count", "MaxRetryCount", 2),
    ("set_timeout", "Timeout", 100),
]


@pytest.mark.parametrize(("method", "name", "value"), _SETTINGS)
def test_app_setters_store_value_overwritability_and_text(
    method: str, name: str, value: Any
) -> None:
    app = AppDescription()
    getattr(app, method)(value)
    assert app.Config[name].detail() == {
        "Default": value,
        "Overwritable": True,
        "Description": "",
    }

    getattr(app, method)(value, overwritable=False, description="why")
    sent = json.loads(app.dump())["Config"][name]
    assert sent == {"Default": value, "Overwritable": False, "Description": "why"}

    getattr(app.Config, method)(value, True, "again")
    assert app.Config[name].Description == "again"


def test_app_setter_with_a_wrong_type_is_refused_with_the_path() -> None:
    app: Any = AppDescription()

    with pytest.raises(TypeError, match=r"AppConfig: InstanceCount\.Default must be an integer"):
        app.set_instance_count("three")


@pytest.mark.parametrize("which", ["input", "output"])
def test_app_parameters_copy_in_live_out(which: str) -> None:
    app = AppDescription()
    add, get, delete = (
        getattr(app, f"{verb}_{which}_parameter") for verb in ("add", "get", "delete")
    )
    given = Parameter(Type="Number", Default=1)
    add("p", given)
    add(name="q", params={"LocalPath": "/a"})
    given.Default = 2

    assert get("p").Default == 1
    get("p").Default = 3
    field = f"{which.capitalize()}Parameters"
    assert json.loads(app.dump())[field]["p"]["Default"] == 3
    assert type(app[field]["q"]) is Parameter
    delete("p")
    delete("p")
    with pytest.raises(KeyError, match="p"):
        get("p")


def test_app_output_parameter_getter_keeps_its_old_spelling() -> None:
    app = AppDescription()
    app.add_output_parameter("p", {})

    assert app.get_outpu_parameter("p") is app.get_output_parameter("p")


def test_app_parameter_of_any_type_is_accepted() -> None:
    app = AppDescription({"InputParameters": {"p": {"Type": "Boolean", "Default": True}}})

    assert app.InputParameters["p"]["Type"] == "Boolean"
    assert App.from_dict({"InputParameters": {"p": {"Type": "Boolean"}}}).InputParameters["p"]


@pytest.mark.parametrize("cls", [Instance, SynchronousInstance])
def test_get_output_of_an_app_run(cls: Any) -> None:
    run = cls({"Outputs": {"o": "v"}})

    assert run.get_output("o") == "v"
    with pytest.raises(KeyError, match="x"):
        run.get_output("x")
    with pytest.raises(KeyError, match="x"):
        cls({}).get_output("x")


# -- the observed examples of section 9, and the object usages of 10.4 ----------------------------


def test_environment_values_become_text_however_they_are_given() -> None:
    command = Command()
    command.EnvVars = {"N": 3}  # type: ignore[dict-item]  # as old programs do
    command.EnvVars["M"] = 4  # type: ignore[assignment]  # as old programs do

    assert command.EnvVars == {"N": "3", "M": "4"}


def test_tasks_in_a_detail_are_tasks() -> None:
    detail = JobDescription({"DAG": {"Tasks": {"x": {}}}}).detail()

    assert type(detail["DAG"].Tasks["x"]) is TaskDescription


def test_path_that_mixes_attributes_items_and_get_works_as_programs_write_it() -> None:
    description = JobDescription(
        {
            "DAG": {
                "Tasks": {
                    "x": {
                        "AutoCluster": {
                            "ImageId": "img-1",
                            "Configs": {
                                "Disks": {"SystemDisk": {"Type": "cloud", "Size": 40}},
                                "Networks": {"VPC": {"CidrBlock": "10.0.0.0/8"}},
                            },
                        },
                        "Mounts": {"Locale": "utf-8"},
                    }
                }
            }
        }
    )
    task: Any = description.DAG.Tasks["x"]

    assert task["AutoCluster"]["Configs"]["Disks"].get("SystemDisk")["Type"] == "cloud"
    assert (task["AutoCluster"]["ECSImageId"] or task["AutoCluster"]["ImageId"]) == "img-1"
    networks = task["AutoCluster"]["Configs"].get("Networks")
    assert networks
    assert list(networks.get("VPC").items()) == [("CidrBlock", "10.0.0.0/8")]
    assert task["Mounts"].get("Locale") == "utf-8"
    assert not task["AutoCluster"]["Configs"]["Disks"]["DataDisk"]["Size"]


def test_keys_and_get_copy_an_object_the_way_the_command_line_tool_does() -> None:
    item = Cluster.from_dict(
        {"Id": "c", "Configs": {"Disks": {"SystemDisk": {"Type": "cloud"}}}, "Metrics": {}}
    )
    by_get: dict[str, Any] = {}
    for key in item.keys():  # noqa: SIM118  # as that program writes it
        by_get[key] = item.get(key)
    by_item = {key: item[key] for key in item}

    assert by_get == by_item
    assert by_get["Configs"]["Disks"]["SystemDisk"]["Type"] == "cloud"


def test_disks_read_before_they_are_set_are_falsy_and_not_sent() -> None:
    disks = Disks()
    cluster = ClusterDescription()
    if disks.DataDisk.Size:
        raise AssertionError("an unset size must be falsy")
    cluster.Configs.Disks = disks

    assert json.loads(cluster.dump())["Configs"]["Disks"] == {}


def test_seed_program_sends_the_documented_bodies() -> None:
    cluster_desc, group_desc = ClusterDescription(), GroupDescription()
    group_desc.DesiredVMCount = 1
    group_desc.InstanceType = "ecs.s1"
    cluster_desc.add_group("group1", group_desc)
    cluster_desc.Name = "BatchcomputeCluster"
    cluster_desc.ImageId = "img-1"
    cluster_desc.Description = "Python SDK test"

    job_desc, echo_task = JobDescription(), TaskDescription()
    echo_task.Parameters.Command.CommandLine = "echo Batchcompute service"
    echo_task.Parameters.Command.PackagePath = ""
    echo_task.Parameters.StdoutRedirectPath = "oss://xxx/xxx/"
    echo_task.Parameters.StderrRedirectPath = "oss://xxx/xxx/"
    echo_task.InstanceCount = 3
    echo_task.ClusterId = "cls-1"
    task_dag = DAG()
    task_dag.add_task(task_name="Echo", task=echo_task)
    job_desc.DAG = task_dag
    job_desc.Priority = 99
    job_desc.Name = "PythonSDKDemo"
    job_desc.JobFailOnInstanceFail = True
    cluster_desc.validate()
    job_desc.validate()

    assert cluster_desc.to_dict() == {
        "Groups": {
            "group1": {
                "ResourceType": "OnDemand",
                "DesiredVMCount": 1,
                "InstanceType": "ecs.s1",
            }
        },
        "UserData": {},
        "DependencyIsvService": "",
        "Name": "BatchcomputeCluster",
        "ImageId": "img-1",
        "Description": "Python SDK test",
    }
    assert job_desc.to_dict() == {
        "Description": "Batchcompute Python SDK",
        "JobFailOnInstanceFail": True,
        "AutoRelease": False,
        "Type": "DAG",
        "DAG": {
            "Tasks": {
                "Echo": {
                    "Parameters": {
                        "Command": {
                            "EnvVars": {},
                            "Docker": {"Image": ""},
                            "CommandLine": "echo Batchcompute service",
                            "PackagePath": "",
                        },
                        "InputMappingConfig": {"Locale": "GBK", "Lock": False},
                        "StdoutRedirectPath": "oss://xxx/xxx/",
                        "StderrRedirectPath": "oss://xxx/xxx/",
                    },
                    "InstanceCount": 3,
                    "InputMapping": {},
                    "OutputMapping": {},
                    "LogMapping": {},
                    "Timeout": 3600,
                    "MaxRetryCount": 0,
                    "ClusterId": "cls-1",
                }
            },
            "Dependencies": {},
        },
        "Priority": 99,
        "Name": "PythonSDKDemo",
    }
