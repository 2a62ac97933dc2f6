"""What users write, and what the classes promise of it; type checkers read it, nothing runs it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, assert_type

from batchcompute import types
from batchcompute._generated.api.models import (
    DAG,
    AppDescription,
    AppJob,
    AppJobDescription,
    AutoCluster,
    Cluster,
    ClusterDescription,
    ClusterState,
    Command,
    Configs,
    Disks,
    Group,
    GroupDescription,
    Instance,
    Job,
    JobDescription,
    JobState,
    MountEntry,
    Mounts,
    Parameter,
    Result,
    SystemDisk,
    TaskDescription,
    TaskMetrics,
)
from batchcompute._models.base import BatchEncoder, Jsonizable
from batchcompute.exceptions import ClientError, ValidationError

OTHER: types.TaskDescription = {
    "Parameters": {
        "Command": {"CommandLine": "ls", "PackagePath": ""},
        "StdoutRedirectPath": "",
        "StderrRedirectPath": "",
    }
}


def describe() -> JobDescription:
    task = TaskDescription()
    task.Parameters.Command.CommandLine = "echo hello"
    task.Parameters.Command.PackagePath = ""
    task.Parameters.Command.EnvVars["KEY"] = "value"
    task.Parameters.StdoutRedirectPath = "oss://bucket/logs/"
    task.InputMapping["oss://bucket/in/"] = "/home/in/"
    task.InstanceCount = 3
    task.AutoCluster.ImageId = "img-ubuntu"
    task.AutoCluster.SpotPriceLimit = 0.5
    task.AutoCluster.Configs.add_system_disk(size=40, type_="cloud_efficiency")
    task.AutoCluster.Configs.add_data_disk(500, "cloud_efficiency", "/home/data")
    task.AutoCluster.Configs.Networks.VPC.CidrBlock = "192.168.0.0/16"
    task.AutoCluster.Configs.set_classic_netWorks()
    task.Mounts.add_entry(MountEntry({"Source": "nas://host:/", "Destination": "/mnt"}))
    task.Mounts.Entries = [MountEntry(Source="oss://bucket/")]

    dag = DAG()
    dag.add_task(task_name="Echo", task=task)
    dag.add_task("Other", {"InstanceCount": 1})
    dag.Dependencies = {"Echo": ["Other"]}
    job = JobDescription({"Name": "demo"})
    job.DAG = dag
    job.Priority = 99
    job.JobFailOnInstanceFail = True
    job.Notification.Topic.Events = ["OnJobFailed"]
    job["Description"] = "text"
    job.setproperty("Name", "demo")
    job.update({"AutoRelease": True}, Priority=1)
    job.load('{"Name": "demo"}')

    assert_type(task.Parameters.Command, Command)
    assert_type(task.AutoCluster, AutoCluster)
    assert_type(task.AutoCluster.Configs.Disks, Disks)
    assert_type(task.AutoCluster.Configs.Disks.SystemDisk, SystemDisk)
    assert_type(dag.Tasks, dict[str, TaskDescription])
    assert_type(dag.get_task("Echo"), TaskDescription)
    assert_type(dag.Dependencies, dict[str, list[str]])
    assert_type(JobDescription(job), JobDescription)
    assert_type(JobDescription({"New": 1}, keep_unknown=True), JobDescription)
    assert_type(job.detail(), dict[str, Any])
    assert_type(job.to_dict(), dict[str, Any])
    assert_type(job.dump(indent=None), str)
    assert_type(JobDescription.from_dict({}), JobDescription)
    assert_type(len(job), int)
    assert_type(job == JobDescription(), bool)
    try:
        job.validate()
        job.validate(strict=True)
    except ValidationError as error:
        assert_type(error.key, str)
    return job


def construct(content: dict[str, Any], job: JobDescription) -> JobDescription:
    """Constructors take any mapping, and each property as an object or a checked literal."""
    task = TaskDescription(
        content,
        InstanceCount=2,
        InputMapping={"oss://bucket/in/": "/home/in/"},
        AutoCluster=AutoCluster(ImageId="img-ubuntu", SpotPriceLimit=1),
        Mounts={"Entries": [{"Source": "oss://bucket/"}]},
    )
    DAG(Tasks={"a": task, "b": OTHER})
    DAG(Tasks={"a": task}, Dependencies={"a": []})
    Mounts(Entries=[MountEntry(Source="oss://bucket/"), {"Source": "oss://other/"}])
    AppJob(AppName="a", Inputs={"text": "oss://bucket/", "number": 1})
    assert_type(JobDescription(properties=content, keep_unknown=True), JobDescription)
    assert_type(JobDescription(dct="{}"), JobDescription)
    assert_type(JobDescription(job, Name=None), JobDescription)
    assert_type(Job({"Id": "j"}, CreationTime=datetime.now()), Job)
    assert_type(Mine(job).own, str)
    return JobDescription(Name="demo", Priority=99, DAG={"Tasks": {}})


class Mine(JobDescription):
    """A class of a program's own."""

    own: str = "own"


def unset_scalars_are_none(job: JobDescription, task: TaskDescription) -> None:
    assert_type(job.Name, str | None)
    assert_type(job.Priority, int | None)
    assert_type(job.AutoRelease, bool | None)
    assert_type(task.AutoCluster.SpotPriceLimit, float | None)
    if task.AutoCluster.Configs.Disks.DataDisk.Size:
        assert_type(task.AutoCluster.Configs.Disks.DataDisk.Size, int)


def cluster() -> ClusterDescription:
    description = ClusterDescription()
    group = GroupDescription(DesiredVMCount=1)
    description.add_group("group1", group)
    description.Configs = Configs()
    description.Configs.Mounts.add_entry({"Source": "oss://bucket/"})
    description.UserData["key"] = "value"
    assert_type(description.Groups, dict[str, GroupDescription])
    return description


def app() -> tuple[AppDescription, AppJobDescription]:
    description = AppDescription(Name="app")
    description.add_input_parameter("input", Parameter(Type="String"))
    description.set_instance_count(2, overwritable=False, description="why")
    assert_type(description.Config.InstanceCount.Default, int | None)
    assert_type(description.get_input_parameter("input"), Parameter)
    job = AppJobDescription(Type="App")
    job.App.add_input("input", "oss://bucket/in")
    job.App.add_output("output", "oss://bucket/out")
    return description, job


def states(job: Job, state: Cluster, instance: Instance) -> None:
    assert_type(job.Id, str)
    assert_type(job.State, JobState)
    assert_type(state.State, ClusterState)
    assert_type(instance.State, JobState)
    assert_type(job.CreationTime, datetime)
    assert_type(job.StartTime, datetime | None)
    assert_type(job.EndTime, datetime | None)
    assert_type(instance.EndTime, datetime | None)
    if job.StartTime and job.EndTime:
        assert_type(job.EndTime - job.StartTime, timedelta)
    assert_type(job.TaskMetrics, TaskMetrics)
    assert_type(job.TaskMetrics.RunningCount, int)
    assert_type(instance.Result, Result)
    assert_type(state.Groups, dict[str, Group])
    assert_type(state.get_group("group1").ActualVMCount, int)
    known: JobState = "Finished"
    wanted: types.JobState = job.State
    assert_type(wanted == "Finished", bool)
    assert_type(job.State == known, bool)
    assert_type(job in ["job-1"], bool)
    assert_type({job}, set[Job])
    assert_type(sorted([job, job]), list[Job])
    assert_type([key for key in job], list[str])  # noqa: C416  # the iteration is the point
    assert_type([job[key] for key in job], list[Any])
    assert_type(dict(job.items()), dict[str, Any])


def encode(value: Jsonizable) -> str:
    import json

    return json.dumps({"Items": [value]}, cls=BatchEncoder)


def plain() -> JobDescription:
    task: types.TaskDescription = {
        "Parameters": {
            "Command": {"CommandLine": "echo", "PackagePath": ""},
            "StdoutRedirectPath": "oss://bucket/logs/",
            "StderrRedirectPath": "",
        },
        "InstanceCount": 2,
    }
    job: types.JobDescription = {
        "Name": "demo",
        "Type": "DAG",
        "Priority": 1,
        "DAG": {"Tasks": {"Echo": task}},
    }
    return JobDescription(job)


def complain(error: ClientError) -> tuple[int, str, str]:
    return error.get_status_code(), error.get_code(), error.get_msg()
