"""Reading never changes what is sent (8.4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from batchcompute._generated.api import models
from batchcompute._generated.api.models import (
    DAG,
    VPC,
    AutoCluster,
    Cluster,
    ClusterDescription,
    Configs,
    Disks,
    JobDescription,
    Mounts,
    Networks,
    Notification,
    TaskDescription,
)
from batchcompute.exceptions import ValidationError


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (JobDescription, "Name"),
        (JobDescription, "Priority"),
        (TaskDescription, "WriteSupport"),
        (TaskDescription, "ClusterId"),
        (AutoCluster, "SpotPriceLimit"),
    ],
)
def test_read_unset_scalar_is_none_in_every_way(cls: Any, name: str) -> None:
    made = cls()

    assert getattr(made, name) is None
    assert made[name] is None
    assert made.get(name) is None
    assert made.getproperty(name) is None
    assert made.get(name, "other") == "other"


def test_read_unset_object_map_and_list_is_empty_live_and_always_the_same() -> None:
    task = TaskDescription()

    assert isinstance(task.AutoCluster, AutoCluster)
    assert task.AutoCluster is task.AutoCluster
    assert task["AutoCluster"] is task.AutoCluster
    assert task.Mounts.Entries is task.Mounts.Entries
    assert task.Mounts.Entries == []
    cluster = ClusterDescription()
    assert cluster.EnvVars == {}
    assert cluster.EnvVars is cluster.EnvVars


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (cls, name)
        for cls in (getattr(models, name) for name in models.__all__)
        if isinstance(cls, type) and not getattr(cls, "_is_status", True)
        for name, field in getattr(cls, "_fields", {}).items()
        if field.kind.created_on_read
    ],
)
@pytest.mark.parametrize("decoded", [False, True])
def test_get_of_a_nested_member_is_live_like_its_attribute(
    cls: Any, name: str, decoded: bool
) -> None:
    made = cls.from_dict({}) if decoded else cls()
    before = made.dump()

    assert made.get(name) is made[name] is getattr(made, name)
    assert made.dump() == before


def test_get_of_a_nested_member_can_be_written_into() -> None:
    job = JobDescription()
    job.get("Notification")["Topic"].Name = "mine"

    assert job.to_dict()["Notification"]["Topic"]["Name"] == "mine"


def test_get_with_a_default_tells_unset_and_creates_nothing() -> None:
    task = TaskDescription()

    assert task.get("AutoCluster", None) is None
    assert task.AutoCluster is not None
    assert task.get("AutoCluster", 5) == 5


def test_get_of_a_status_invents_nothing() -> None:
    cluster = Cluster({"Id": "cls-1"})

    assert cluster.get("Configs") is None
    assert cluster.Configs.get("Networks") is None
    assert cluster.dump(None) == '{"Id": "cls-1"}'


def test_read_unknown_name_is_an_attribute_or_key_error() -> None:
    job: Any = JobDescription()

    with pytest.raises(AttributeError, match="JobDescription has no attribute 'Nope'"):
        _ = job.Nope
    with pytest.raises(KeyError, match="Nope"):
        _ = job["Nope"]
    assert job.get("Nope") is None
    assert not hasattr(job, "Nope")


_READS: list[Callable[[TaskDescription], object]] = [
    lambda task: task.AutoCluster.SpotPriceLimit,
    lambda task: task.AutoCluster.Configs.Networks.VPC.CidrBlock,
    lambda task: task["AutoCluster"]["Configs"]["Disks"].get("SystemDisk"),
    lambda task: task.AutoCluster.Configs.Disks.DataDisk.Size,
    lambda task: task.Mounts.Entries,
    lambda task: list(task.Mounts.NAS.FileSystem),
    lambda task: hasattr(task, "AutoCluster"),
    lambda task: "AutoCluster" in task,
    lambda task: [list(task), len(task), dict(task), str(task), repr(task), bool(task)],
    lambda task: [list(task.keys()), list(task.values()), list(task.items())],
    lambda task: task.detail()["Parameters"].Command.Docker,
    lambda task: task.AutoCluster == AutoCluster(),
    lambda task: task.AutoCluster.pop("ClusterId", None),
    lambda task: task.AutoCluster.update({}),
    lambda task: task.setproperty("ClusterId", None),
    lambda task: setattr(task.AutoCluster, "ClusterId", None),
    lambda task: task.AutoCluster.Configs.Mounts.OSS.__delitem__("AccessKeyId"),
]


@pytest.mark.parametrize("read", _READS)
def test_read_leaves_everything_that_is_sent_as_it_was(
    read: Callable[[TaskDescription], object],
) -> None:
    task, untouched = TaskDescription(), TaskDescription()

    read(task)

    assert task.dump() == untouched.dump()
    assert task.to_dict() == untouched.to_dict()
    assert list(task) == list(untouched)
    assert task == untouched


def test_read_of_a_required_property_does_not_make_it_valid() -> None:
    job = JobDescription(Name="a", Priority=1)
    assert job.DAG.Tasks == {}

    with pytest.raises(ValidationError, match=r"^DAG\b"):
        job.validate()
    job = JobDescription(Priority=1, DAG=DAG())
    assert not job.Name
    with pytest.raises(ValidationError, match=r"^Name\b"):
        job.validate()


_WRITES: list[tuple[Callable[[ClusterDescription], object], dict[str, Any]]] = [
    (
        lambda cluster: setattr(cluster.Configs.Networks.VPC, "CidrBlock", "x"),
        {"Networks": {"Classic": {}, "VPC": {"CidrBlock": "x"}}},
    ),
    (
        lambda cluster: cluster.Configs.Mounts.Entries.append({"Source": "s"}),  # type: ignore[arg-type]  # as old programs do
        {
            "Networks": {"Classic": {}, "VPC": {"CidrBlock": "192.168.0.0/16"}},
            "Mounts": {"Entries": [{"Source": "s"}]},
        },
    ),
    (
        lambda cluster: cluster.Configs.Disks.update(SystemDisk={}),
        {
            "Disks": {"SystemDisk": {}},
            "Networks": {"Classic": {}, "VPC": {"CidrBlock": "192.168.0.0/16"}},
        },
    ),
    (
        lambda cluster: cluster.Configs.set_classic_netWorks(),
        {"Networks": {"Classic": {}}},
    ),
]


@pytest.mark.parametrize(("write", "configs"), _WRITES)
def test_write_deep_below_what_reads_created_takes_effect(
    write: Callable[[ClusterDescription], object], configs: dict[str, Any]
) -> None:
    cluster = ClusterDescription()

    write(cluster)

    assert json.loads(cluster.dump())["Configs"] == configs


def test_write_then_unset_below_what_a_read_created_is_still_a_write() -> None:
    task = TaskDescription()
    del task.AutoCluster["ECSImageId"]

    assert "ECSImageId" not in json.loads(task.dump())["AutoCluster"]


def test_read_created_containers_count_once_they_have_content() -> None:
    cluster = ClusterDescription()
    cluster.EnvVars["K"] = "v"
    notice = Notification()
    notice.Topic.Events.append("OnJobFailed")
    networks = Networks()
    networks.Classic.AllowIpAddress.append("10.0.0.1")

    assert json.loads(cluster.dump())["EnvVars"] == {"K": "v"}
    assert json.loads(notice.dump())["Topic"]["Events"] == ["OnJobFailed"]
    assert json.loads(networks.dump())["Classic"] == {"AllowIpAddress": ["10.0.0.1"]}


def test_read_created_map_of_a_default_counts_once_it_has_content() -> None:
    task = TaskDescription()
    task.AutoCluster.UserData["k"] = "v"

    assert json.loads(task.dump())["AutoCluster"]["UserData"] == {"k": "v"}


def test_read_of_an_attribute_on_the_class_gives_its_descriptor() -> None:
    assert type(JobDescription.DAG).__name__ == "_CreatedOnRead"


def test_read_below_a_status_invents_nothing() -> None:
    cluster = Cluster({"Id": "cls-1"})

    assert cluster.Configs.Networks.VPC.CidrBlock is None
    assert cluster.InputMappingConfig.Locale is None
    assert cluster.dump(None) == '{"Id": "cls-1"}'
    assert cluster.Configs.dump(None) == "{}"
    given: dict[str, Any] = {"Configs": {"Disks": {}}, "Notification": {"Topic": {}}}
    assert json.loads(Cluster(given).dump()) == given


def test_live_nested_values_are_changed_in_place() -> None:
    job = JobDescription()
    job.DAG.add_task("x", TaskDescription())
    task = job.DAG.Tasks["x"]
    task.InputMapping["oss://a/"] = "/a/"
    task.Parameters.Command.EnvVars["K"] = "v"
    task.OutputMapping.clear()
    mounts = Mounts()
    task.Mounts = mounts
    task.Mounts.Locale = "utf-8"

    sent = json.loads(job.dump())["DAG"]["Tasks"]["x"]
    assert sent["InputMapping"] == {"oss://a/": "/a/"}
    assert sent["Parameters"]["Command"]["EnvVars"] == {"K": "v"}
    assert sent["Mounts"] == {"Locale": "utf-8"}
    assert mounts.Locale is None


def test_read_types_of_nested_attributes_are_the_classes() -> None:
    assert isinstance(Configs().Networks, Networks)
    assert isinstance(Configs().Networks.VPC, VPC)
    assert isinstance(ClusterDescription().Configs.Disks, Disks)
