"""`update` and `load` merge, and do it whole or not at all (8.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batchcompute._generated.api.models import (
    Cluster,
    ClusterDescription,
    Configs,
    GroupDescription,
    Job,
    JobDescription,
    TaskDescription,
)
from batchcompute.exceptions import BatchComputeWarning, JsonError


def test_update_dict_merges_and_drops_unknown_keys() -> None:
    job = JobDescription(Name="a", Priority=1)
    with pytest.warns(BatchComputeWarning, match="'Bogus', 'Other'"):
        job.update({"Priority": 2, "Bogus": 3}, AutoRelease=True, Other=4)

    assert (job.Name, job.Priority, job.AutoRelease) == ("a", 2, True)
    assert "Bogus" not in job.dump()
    assert "Other" not in job.dump()


def test_update_nested_dict_replaces_the_nested_object() -> None:
    task = TaskDescription({"AutoCluster": {"ImageId": "img-1", "InstanceType": "a"}})
    task.update({"AutoCluster": {"ImageId": "img-2"}})

    assert task.AutoCluster.ImageId == "img-2"
    assert task.AutoCluster.InstanceType == ""


@pytest.mark.parametrize("kind", ["text", "bytes", "object", "mapping"])
def test_update_takes_all_that_the_constructor_takes(kind: str) -> None:
    content = {"Name": "b"}
    given: Any = {
        "text": json.dumps(content),
        "bytes": json.dumps(content).encode(),
        "object": JobDescription(content),
        "mapping": content,
    }[kind]
    job = JobDescription(Name="a", Priority=1)
    job.update(given)

    assert (job.Name, job.Priority) == ("b", 1)


def test_update_without_arguments_changes_nothing() -> None:
    job = JobDescription(Name="a")
    before = job.dump()
    job.update()
    job.update({})

    assert job.dump() == before


def test_update_object_of_another_class_takes_the_keys_that_both_know() -> None:
    status = Cluster.from_dict(
        {
            "Id": "cls-1",
            "Name": "c",
            "State": "Active",
            "ImageId": "img-1",
            "Groups": {"g": {"DesiredVMCount": 2, "ActualVMCount": 1}},
            "Configs": {"Disks": {"SystemDisk": {"Size": 40}}},
        }
    )
    description = ClusterDescription()
    description.update(status)

    assert (description.Name, description.ImageId) == ("c", "img-1")
    assert type(description.Groups["g"]) is GroupDescription
    assert description.Groups["g"].DesiredVMCount == 2
    assert description.Configs.Disks.SystemDisk.Size == 40
    assert "ActualVMCount" not in description.dump()
    assert status.Groups["g"].ActualVMCount == 1


@pytest.mark.parametrize("given", [[("Name", "a")], 5, "[1]", '"{}"', b"1"])
def test_update_anything_else_is_a_type_error(given: Any) -> None:
    job = JobDescription(Name="b")
    with pytest.raises(TypeError):
        job.update(given)

    assert job.Name == "b"


@pytest.mark.parametrize(
    "content",
    [
        {"Name": "b", "Priority": "x"},
        {"DAG": {"Tasks": {"x": {"InstanceCount": "x"}}}, "Name": "b"},
        {"Name": "b", "DAG": {"Tasks": {"ok": {}, "bad": 5}}},
    ],
)
@pytest.mark.parametrize("way", ["update", "load"])
def test_update_with_a_wrong_type_is_refused_whole(content: dict[str, Any], way: str) -> None:
    job = JobDescription({"Name": "a", "Priority": 1, "DAG": {"Tasks": {"y": {}}}})
    before = job.dump()

    given: Any = content if way == "update" else json.dumps(content)
    with pytest.raises(TypeError, match=r"Priority|InstanceCount|bad"):
        getattr(job, way)(given)

    assert job.dump() == before


def test_load_merges_and_keeps_what_the_text_lacks() -> None:
    job = JobDescription(Name="a", Priority=1)
    with pytest.warns(BatchComputeWarning, match="'Bogus'"):
        job.load('{"Name": "b", "Bogus": 1}')
    job.load(b'{"AutoRelease": true}')

    assert (job.Name, job.Priority, job.AutoRelease) == ("b", 1, True)


@pytest.mark.parametrize("text", ["nope", "", b"\xff"])
def test_load_text_that_is_no_json_is_a_json_error(text: str | bytes) -> None:
    with pytest.raises(JsonError, match="is not jsonizable"):
        JobDescription().load(text)


@pytest.mark.parametrize("text", ["[1]", '"{}"', "5", "null"])
def test_load_json_that_is_no_object_is_a_type_error(text: str) -> None:
    with pytest.raises(TypeError, match="must hold an object"):
        JobDescription().load(text)


@pytest.mark.parametrize("given", [{"Name": "a"}, None, 5])
def test_load_without_text_is_a_type_error(given: Any) -> None:
    with pytest.raises(TypeError, match="JSON text is needed"):
        JobDescription().load(given)


def test_update_copies_what_it_is_given() -> None:
    configs = Configs()
    content: dict[str, Any] = {"Mounts": {"Entries": [{"Source": "a"}]}}
    configs.update(content)
    content["Mounts"]["Entries"][0]["Source"] = "b"

    assert configs.Mounts.Entries[0].Source == "a"


def test_update_of_a_status_fills_in_no_defaults() -> None:
    cluster = Cluster({})
    cluster.update({"Configs": {}})

    assert cluster.dump(None) == '{"Configs": {}}'


def test_update_of_times_parses_them() -> None:
    job = Job({"Id": "a"})
    job.update({"CreationTime": "2020-01-02 03:04:05"})

    assert job.CreationTime.year == 2020
    assert json.loads(job.dump())["CreationTime"] == "2020-01-02 03:04:05"
