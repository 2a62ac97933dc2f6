"""`validate` (8.6): which properties must be there, and how the message names them."""

from __future__ import annotations

from typing import Any

import pytest

from batchcompute._generated.api import models
from batchcompute._generated.api.models import (
    DAG,
    VM,
    AppDescription,
    AppJobDescription,
    AutoCluster,
    ClusterDescription,
    Configs,
    JobDescription,
    ModifyClusterDescription,
    ModifyConfigs,
    TaskDescription,
)
from batchcompute.exceptions import ValidationError

# One content for each class with rules that lacks nothing; leaving out any key of the second
# column, and any way to it, must be noticed.
_COMPLETE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "JobDescription": (
        {"Name": "n", "Priority": 1, "DAG": {}},
        ["Name", "Priority", "Type", "JobFailOnInstanceFail", "DAG", "DAG.Tasks"],
    ),
    "DAG": ({}, ["Tasks"]),
    "TaskDescription": (
        {
            "ClusterId": "cls-1",
            "Parameters": {
                "Command": {"CommandLine": "c", "PackagePath": ""},
                "StdoutRedirectPath": "",
                "StderrRedirectPath": "",
            },
        },
        [
            "Parameters",
            "Parameters.Command",
            "Parameters.Command.CommandLine",
            "Parameters.Command.PackagePath",
            "Parameters.InputMappingConfig",
            "Parameters.StdoutRedirectPath",
            "Parameters.StderrRedirectPath",
            "Timeout",
            "InstanceCount",
        ],
    ),
    "Parameters": (
        {
            "Command": {"CommandLine": "c", "PackagePath": "p"},
            "StdoutRedirectPath": "o",
            "StderrRedirectPath": "e",
        },
        ["Command", "InputMappingConfig", "StdoutRedirectPath", "StderrRedirectPath"],
    ),
    "Command": ({"CommandLine": "", "PackagePath": ""}, ["CommandLine", "PackagePath"]),
    "CommandDocker": ({"Image": "i"}, ["Image"]),
    "AppDocker": ({"Image": "i"}, ["Image"]),
    "ClusterDescription": ({"Name": "n", "ImageId": "i"}, ["Name", "ImageId", "Groups"]),
    "GroupDescription": ({"DesiredVMCount": 0}, ["DesiredVMCount"]),
    "Configs": (
        {"Disks": {"SystemDisk": {"Size": 1}, "DataDisk": {"Size": 1}}},
        ["Disks", "Disks.SystemDisk", "Disks.SystemDisk.Size", "Disks.DataDisk.Size"],
    ),
    "ModifyConfigs": ({"Mounts": {}}, ["Mounts"]),
    "Disks": (
        {"SystemDisk": {"Size": 1}, "DataDisk": {"Size": 1}},
        ["SystemDisk", "DataDisk", "DataDisk.Size"],
    ),
    "SystemDisk": ({"Size": 1}, ["Size"]),
    "DataDisk": ({"Size": 0}, ["Size"]),
    "ImageDescription": ({"Platform": "Linux", "EcsImageId": "m-1"}, ["Platform", "EcsImageId"]),
    "AppDescription": (
        {"Name": "n", "CommandLine": "c", "VM": {"ECSImageId": "m-1"}},
        ["Name", "CommandLine"],
    ),
    "VM": ({"ECSImageId": "m-1"}, ["ECSImageId"]),
    "AppJobDescription": (
        {"Name": "n", "Type": "App", "App": {"AppName": "a"}},
        ["Name", "Type", "App", "App.AppName", "App.Inputs"],
    ),
    "AppJob": ({"AppName": "a", "Inputs": {}}, ["AppName", "Inputs"]),
}
_SMALL_CLUSTER = {"Name": "n", "ImageId": "i"}


@pytest.mark.parametrize("name", sorted(_COMPLETE))
def test_validate_complete_description_passes(name: str) -> None:
    getattr(models, name)(_COMPLETE[name][0]).validate()


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, (_, paths) in _COMPLETE.items() for path in paths]
)
def test_validate_without_a_required_property_names_its_path(name: str, path: str) -> None:
    made = getattr(models, name)(_COMPLETE[name][0])
    *steps, last = path.split(".")
    owner = made
    for step in steps:
        owner = owner[step]
    del owner[last]

    with pytest.raises(ValidationError) as caught:
        made.validate()

    assert str(caught.value) == caught.value.key == path


def test_validate_all_other_descriptions_need_nothing() -> None:
    for name in models.__all__:
        cls = getattr(models, name)
        if isinstance(cls, type) and name not in _COMPLETE:
            cls().validate()
            cls().validate(strict=True)


@pytest.mark.parametrize(
    ("content", "given"),
    [
        ({}, "none"),
        ({"ClusterId": ""}, "none"),
        ({"ClusterId": "", "AutoCluster": {}}, "none"),
        ({"AutoCluster": {"UserData": {}, "Configs": {"Disks": {}, "Networks": {}}}}, "none"),
        ({"ClusterId": "c", "AutoCluster": {"ImageId": "i"}}, "ClusterId and AutoCluster"),
    ],
)
def test_validate_not_exactly_one_of_a_group_says_so(content: dict[str, Any], given: str) -> None:
    task = TaskDescription({**_COMPLETE["TaskDescription"][0], "ClusterId": None, **content})

    with pytest.raises(ValidationError) as caught:
        task.validate()

    assert str(caught.value) == f"exactly one of ClusterId, AutoCluster must be given, not {given}"
    assert caught.value.__notes__ == ["A rule of TaskDescription."]


@pytest.mark.parametrize(
    "content",
    [
        {"ClusterId": "c"},
        {"ClusterId": "c", "AutoCluster": {}},
        {"ClusterId": "", "AutoCluster": {"ImageId": "i"}},
        {"AutoCluster": AutoCluster(InstanceType="t")},
    ],
)
def test_validate_empty_counts_as_absent_in_one_of_groups(content: dict[str, Any]) -> None:
    task = TaskDescription({**_COMPLETE["TaskDescription"][0], "ClusterId": None, **content})
    task.validate()


def test_validate_app_needs_docker_or_vm_but_not_both() -> None:
    app = AppDescription(Name="n", CommandLine="c", Docker={"Image": "i"}, VM=VM())
    app.validate()
    app.VM.ECSImageId = "m-1"

    with pytest.raises(ValidationError, match="exactly one of Docker, VM must be given"):
        app.validate()


def test_validate_by_default_looks_neither_into_maps_nor_below_optional_properties() -> None:
    JobDescription({"Name": "n", "Priority": 1, "DAG": {"Tasks": {"x": {}}}}).validate()
    ClusterDescription({"Name": "n", "ImageId": "i", "Groups": {"g": {}}}).validate()
    ClusterDescription(_SMALL_CLUSTER, Configs=Configs({"Disks": {"SystemDisk": {}}})).validate()
    ModifyClusterDescription(Groups={"g": {}}, Configs=ModifyConfigs()).validate()


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            JobDescription({"Name": "n", "Priority": 1, "DAG": {"Tasks": {"x": {}}}}),
            "DAG.Tasks.x.Parameters.Command.CommandLine",
        ),
        (
            JobDescription(
                Name="n",
                Priority=1,
                DAG=DAG({"Tasks": {"x": {**_COMPLETE["TaskDescription"][0], "ClusterId": ""}}}),
            ),
            "exactly one of ClusterId, AutoCluster of DAG.Tasks.x must be given, not none",
        ),
        (
            ClusterDescription({"Name": "n", "ImageId": "i", "Groups": {"g": {}}}),
            "Groups.g.DesiredVMCount",
        ),
        (
            ClusterDescription(_SMALL_CLUSTER, Configs=Configs({"Disks": {"SystemDisk": {}}})),
            "Configs.Disks.SystemDisk.Size",
        ),
    ],
)
def test_validate_strict_looks_everywhere(made: Any, message: str) -> None:
    made.validate()

    with pytest.raises(ValidationError) as caught:
        made.validate(strict=True)

    assert str(caught.value) == message


def test_validate_strict_complete_job_passes() -> None:
    job = JobDescription(
        Name="n", Priority=1, DAG=DAG({"Tasks": {"x": _COMPLETE["TaskDescription"][0]}})
    )
    job.validate(strict=True)


def test_validate_empty_values_count_as_present() -> None:
    JobDescription(Name="", Priority=0, DAG=DAG()).validate()
    AppJobDescription(Name="", Type="", App={"AppName": ""}).validate()


def test_validate_of_nested_objects_created_by_reads_reports_them_missing() -> None:
    configs = Configs()
    assert configs.Disks.SystemDisk.Size is None

    with pytest.raises(ValidationError, match=r"^Disks\b"):
        configs.validate()


def test_traceback_says_whose_property_is_missing_and_the_text_is_its_path() -> None:
    with pytest.raises(ValidationError) as caught:
        JobDescription({"Name": "n"}).validate()

    assert str(caught.value) == "Priority"
    assert caught.value.__notes__ == ["JobDescription.Priority is required and not set."]
