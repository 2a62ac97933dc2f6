"""Answers are decoded leniently, and status objects compare by their id (6, 6.1, 8.3, 11.2)."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from batchcompute._generated.api import models
from batchcompute._generated.api.models import (
    DAG,
    App,
    AppJobDescription,
    Cluster,
    ClusterInstance,
    Disks,
    Group,
    Image,
    Instance,
    Job,
    JobDescription,
    Parameter,
    SynchronousInstance,
    Task,
    TaskMetrics,
)

EXAMPLES = Path(__file__).parents[3] / "spec" / "examples"


def test_decode_unknown_fields_are_readable_in_every_way_at_any_depth() -> None:
    job: Any = Job.from_dict({"Id": "job-1", "Holder": 7, "TaskMetrics": {"LostCount": 3}})

    assert job.Holder == job["Holder"] == job.get("Holder") == 7
    assert "Holder" in job
    assert job.TaskMetrics.LostCount == 3
    assert json.loads(job.dump()) == {"Id": "job-1", "TaskMetrics": {"LostCount": 3}, "Holder": 7}


def test_decode_unknown_field_with_the_name_of_a_method_hides_nothing() -> None:
    job = Job.from_dict({"keys": 1, "_fields": 2, "__class__": 3, "_extra": 4})

    assert sorted(job.keys()) == ["__class__", "_extra", "_fields", "keys"]
    assert [job[name] for name in job] == [1, 2, 3, 4]
    assert type(job) is Job


@pytest.mark.parametrize(
    ("cls", "answer"),
    [
        (Image, {"OwnerId": "12345"}),
        (Parameter, {"Type": "Boolean", "Default": True}),
        (Disks, {"DataDisk": [{"Size": 1}]}),
        (ClusterInstance, {"ErrorCode": "Failed"}),
        (Job, {"Priority": "high", "Name": 5, "TaskMetrics": "none", "Id": ["x"]}),
        (JobDescription, {"AutoRelease": "true", "DAG": 5}),
        (DAG, {"Tasks": [1], "Dependencies": {"a": "b"}}),
        (Cluster, {"Groups": {"g": None}, "OperationLogs": "text", "UserData": {"a": 1}}),
    ],
)
def test_decode_wrong_types_are_kept_as_they_came(cls: Any, answer: dict[str, Any]) -> None:
    made = cls.from_dict(answer)

    for name, value in answer.items():
        assert made[name] == value
    assert json.loads(made.dump()) == answer
    assert json.loads(made.dump(None)) == answer


@pytest.mark.parametrize("name", ["Configs", "Groups", "UserData", "WriteSupport", "Name", "Id"])
def test_decode_null_is_unset(name: str) -> None:
    cluster = Cluster.from_dict({name: None})

    assert name not in cluster
    assert not cluster.get(name)
    assert cluster.dump(None) == "{}"


def test_decode_fills_in_no_defaults() -> None:
    assert JobDescription.from_dict({}).dump(None) == "{}"
    assert Cluster.from_dict({"Configs": {}}).dump(None) == '{"Configs": {}}'
    assert SynchronousInstance.from_dict({}).Outputs == {}


def test_decode_takes_nothing_from_the_answer_that_could_change() -> None:
    answer: dict[str, Any] = {
        "UserData": {"a": "b"},
        "OperationLogs": ["x"],
        "Groups": {"g": {"DesiredVMCount": 1}},
        "Unknown": {"list": [1]},
        "EnvVars": [{"wrong": 1}],
    }
    before = copy.deepcopy(answer)
    cluster: Any = Cluster.from_dict(answer)
    dict.update(cluster.UserData, c="d")
    cluster.OperationLogs.append("y")
    dict.update(cluster.Groups, h=Group({}))
    cluster.Unknown["list"].append(2)
    cluster.EnvVars[0]["wrong"] = 2

    assert answer == before


@pytest.mark.parametrize("answer", [[], "x", None, 5])
def test_decode_anything_but_an_object_is_a_type_error(answer: Any) -> None:
    with pytest.raises(TypeError, match="Job needs a JSON object, not"):
        Job.from_dict(answer)


def test_decode_description_of_the_other_kind_is_refused_and_unknown_kinds_are_not() -> None:
    with pytest.raises(TypeError, match="an object with Type App is no JobDescription"):
        JobDescription.from_dict({"Type": "App"})
    with pytest.raises(TypeError, match="an object with Type DAG is no AppJobDescription"):
        AppJobDescription.from_dict({"Type": "DAG"})
    for kind in ("Quantum", None, 5, ["App"]):
        assert JobDescription.from_dict({"Type": kind}).Type == kind


@pytest.mark.parametrize(
    ("cls", "key", "value", "greater"),
    [
        (Job, "Id", "job-1", "job-2"),
        (Cluster, "Id", "cls-1", "cls-2"),
        (Image, "Id", "img-1", "img-2"),
        (App, "Name", "a", "b"),
        (Task, "TaskName", "a", "b"),
        (Instance, "InstanceId", 0, 1),
        (SynchronousInstance, "RequestId", "a", "b"),
    ],
)
def test_compare_status_works_with_bare_ids_objects_and_mappings(
    cls: Any, key: str, value: Any, greater: Any
) -> None:
    made, same, other = cls({key: value}), cls({key: value}), cls({key: greater})

    assert made == value
    assert value == made
    assert made == same == {key: value}
    assert made != other
    assert made != greater
    assert made in [greater, value]
    assert value in [other, made]
    assert made < other
    assert made < greater
    assert greater > made
    assert made <= value
    assert value >= made
    assert other > made
    assert other >= value
    assert sorted([other, made]) == [made, other]
    assert max([made, other]) is other
    assert hash(made) == hash(same) == hash(value)
    assert {made, same, other} == {value, greater}
    assert {made: 1}[value] == 1


@pytest.mark.parametrize("foreign", [5, None, 1.5, True, object(), [], {}, {"Name": "job-1"}, b"x"])
def test_compare_job_with_anything_else_is_unequal_and_not_ordered(foreign: Any) -> None:
    job = Job({"Id": "job-1"})

    assert job != foreign
    assert foreign != job
    assert (job == foreign) is False
    with pytest.raises(TypeError):
        _ = job < foreign
    with pytest.raises(TypeError):
        _ = foreign >= job


def test_compare_instance_with_text_is_unequal() -> None:
    assert Instance({"InstanceId": 1}) != "1"
    assert Instance({"InstanceId": 1}) == 1.0
    assert Instance({"InstanceId": 1}) != True  # noqa: E712  # the operator is the point


def test_compare_two_objects_without_an_id_are_equal() -> None:
    assert Job({}) == Job({"Name": "n"})
    assert hash(Job({})) == hash(Job({}))
    assert Job({}) != JobDescription()
    assert JobDescription() != Job({})


def test_compare_other_status_objects_is_by_content_and_never_with_text() -> None:
    assert ClusterInstance({"Id": "i-1"}) != "i-1"
    assert TaskMetrics({"WaitingCount": 1}) == TaskMetrics({"WaitingCount": 1})


def test_status_of_each_class_needs_no_content_and_all_but_one_are_read_only() -> None:
    statuses = {
        name: getattr(models, name)
        for name in models.__all__
        if getattr(getattr(models, name), "_is_status", False)
    }
    writable = [name for name, cls in statuses.items() if not cls._read_only]

    assert len(statuses) > 15
    assert writable == ["App"]
    for name, cls in statuses.items():
        made = cls()
        assert made.dump(None) == "{}", name
        if name not in writable:
            with pytest.raises(AttributeError):
                setattr(made, next(iter(cls._fields)), None)


def test_status_constructor_drops_unknown_keys_like_others() -> None:
    job = Job({"Id": "job-1", "Extra": 1})

    assert "Extra" not in job


def test_nested_status_reads_as_programs_do_it() -> None:
    instance = Instance.from_dict(
        {"InstanceId": 0, "Result": {"ExitCode": 1, "Detail": "d"}, "Outputs": {"o": "v"}}
    )

    assert instance.get("Result").get("Detail") == "d"
    assert json.loads(str(instance.Result)) == {"ExitCode": 1, "Detail": "d"}
    assert instance.Result
    assert not instance.Result.ErrorCode
    assert instance.Error is not None
    assert not instance.Error.Code
    assert instance.get_output("o") == "v"
    with pytest.raises(KeyError, match="x"):
        instance.get_output("x")


_SAMPLES: dict[str, Any] = {
    "get-job.response.json": models.Job,
    "get-task.response.json": models.Task,
    "get-instance.response.json": models.Instance,
    "get-instance-app.response.json": models.Instance,
    "get-cluster.response.json": models.Cluster,
    "get-cluster-doc.response.json": models.Cluster,
    "get-cluster-instance.response.json": models.ClusterInstance,
    "get-image.response.json": models.Image,
    "legacy/get-image-owner-text.response.json": models.Image,
    "legacy/get-cluster-full-metric.response.json": models.Cluster,
    "get-app.response.json": models.App,
    "get-app-detail.response.json": models.AppDescription,
    "get-job-description.response.json": models.JobDescription,
    "get-job-description-full.response.json": models.JobDescription,
    "get-job-description-app.response.json": models.AppJobDescription,
    "get-quotas.response.json": models.Quota,
    "get-available-resource.response.json": models.AvailableResource,
    "create-job-dag.request.json": models.JobDescription,
    "create-job-python-sdk.request.json": models.JobDescription,
    "create-cluster.request.json": models.ClusterDescription,
    "create-app.request.json": models.AppDescription,
    "modify-cluster.request.json": models.ModifyClusterDescription,
}


@pytest.mark.parametrize("name", sorted(_SAMPLES))
def test_decode_of_a_wire_sample_loses_nothing(name: str) -> None:
    sample = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    made = _SAMPLES[name].from_dict(sample)

    _assert_holds(made, sample, name)
    assert _SAMPLES[name].from_dict(made._content()) is not made
    assert copy.deepcopy(made) == made


def _assert_holds(made: Any, sample: Any, path: str) -> None:
    if isinstance(sample, dict):
        for key, value in sample.items():
            if value is not None and value != "":
                _assert_holds(made[key], value, f"{path}.{key}")
    elif isinstance(sample, list):
        for index, value in enumerate(sample):
            _assert_holds(made[index], value, f"{path}.{index}")
    elif isinstance(made, datetime):
        assert made.timestamp() == datetime.fromisoformat(sample).timestamp(), path
    else:
        assert made == sample, path


@pytest.mark.parametrize(
    "name", sorted(name for name in _SAMPLES if name.endswith(".request.json"))
)
def test_request_of_a_wire_sample_is_sent_with_all_that_it_says(name: str) -> None:
    sample = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))

    _assert_contains(_SAMPLES[name](sample).to_dict(), sample, name)


def _assert_contains(sent: Any, sample: Any, path: str) -> None:
    if isinstance(sample, dict):
        for key, value in sample.items():
            # null is unset, and so is a blank instance type of a group.
            if value is not None and (value != "" or key != "InstanceType"):
                _assert_contains(sent[key], value, f"{path}.{key}")
    else:
        assert sent == sample, path


def test_copy_by_construction_takes_what_an_answer_had_of_another_type() -> None:
    job = Job.from_dict({"Id": "job-1", "Priority": "high", "TaskMetrics": ["odd"], "New": 1})

    for copied in (Job(job), Job(job, State="Running")):
        assert copied.get("Priority") == "high"
        assert copied.get("TaskMetrics") == ["odd"]
        assert "New" not in copied
    assert Job(job) is not job
    assert Job(job, State="Running").State == "Running"
    assert "State" not in job
