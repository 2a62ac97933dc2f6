"""Status types as old programs read them: every attribute, both owners, comparisons, keys."""

from __future__ import annotations

import copy
import json
import pickle
import random
import warnings
from datetime import datetime
from typing import Any

import pytest

from batchcompute.client import responses as response
from batchcompute.exceptions import FieldError

_COUNTS = "WaitingCount RunningCount FinishedCount FailedCount StoppedCount"
_QUOTA = (
    "AvailableClusterInstanceType AvailableSpotInstanceType AvailableClusterResourceType "
    "AvailableClusterInstanceSystemDiskType AvailableClusterInstanceDataDiskType"
)
#: Class -> the attributes that the documentation has.
ATTRIBUTES = {
    "Job": (
        "Name Id Priority Owner OwnerId State Message CreationTime StartTime EndTime TaskMetrics "
        "InstanceMetrics"
    ),
    "TaskMetrics": _COUNTS,
    "InstanceMetrics": _COUNTS,
    "Task": "TaskName State StartTime EndTime InstanceMetrics",
    "Instance": (
        "InstanceId State StartTime EndTime RetryCount Progress StdoutRedirectPath "
        "StderrRedirectPath Result Error Outputs NodeIp"
    ),
    "Result": "ExitCode ErrorCode ErrorMessage Detail",
    "Error": "Code Message",
    "SynchronousInstance": "RequestId StartTime EndTime Outputs Error",
    "Cluster": (
        "Name Id OwnerId Description CreationTime State InstanceType ImageId UserData EnvVars "
        "InputMapping InputMappingConfig Notification Configs WriteSupport Bootstrap "
        "SecurityGroup Groups OperationLogs Metrics"
    ),
    "Group": (
        "DesiredVMCount ActualVMCount InstanceType ResourceType SpotStrategy SpotPriceLimit Disks"
    ),
    "Metrics": "RunningCount StartingCount StoppingCount StoppedCount",
    "ClusterInstance": (
        "Id Hint State IpAddress HostName ErrorCode ErrorMessage CreationTime InstancePassword"
    ),
    "Image": "Name Id Type Description EcsImageId OwnerId Platform CreationTime",
    "Quota": _QUOTA,
    "AvailableResource": (
        "AvailableClusterInstanceType AvailableSpotInstanceType AvailablePrepaidInstanceType "
        "AvailableResourceType AvailableSystemDiskType AvailableDataDiskType"
    ),
    "AvailableInstanceDesc": "InstanceType CpuCore MemorySize Network",
    "AvailableNetworkType": "Classic Vpc",
    "App": (
        "Name Description CommandLine InputParameters OutputParameters Docker VM EnvVars "
        "Daemonize Config CreationTime"
    ),
    "AppRevision": "Revision UpdateTime",
}
_CASES = [(cls, name) for cls, names in ATTRIBUTES.items() for name in names.split()]


@pytest.mark.parametrize(("cls", "name"), _CASES)
def test_attribute_is_there_and_unset_is_falsy_or_empty(cls: str, name: str) -> None:
    empty = getattr(response, cls).from_dict({})

    value = getattr(empty, name)
    assert not value or len(value) == 0 or not json.loads(str(value))
    assert empty.get(name) is None
    assert json.loads(str(empty)) == {}


@pytest.mark.parametrize(("cls", "name"), _CASES)
def test_null_in_an_answer_is_unset(cls: str, name: str) -> None:
    decoded = getattr(response, cls).from_dict({name: None})

    assert getattr(decoded, name) == getattr(getattr(response, cls).from_dict({}), name)
    assert decoded.get(name) is None


@pytest.mark.parametrize("cls", [name for name in ATTRIBUTES if name != "App"])
def test_attributes_of_a_status_are_read_only(cls: str) -> None:
    status = getattr(response, cls).from_dict({})
    for name in ATTRIBUTES[cls].split():
        with pytest.raises(AttributeError):
            setattr(status, name, None)
    with pytest.raises(AttributeError):
        status.Unknown = 1


def test_app_is_the_one_status_that_programs_write() -> None:
    app = response.App.from_dict({"Name": "a", "OwnerId": 1})

    app.Name = "b"
    app["Description"] = "text"
    app.Config.InstanceCount.Default = 2
    app.setproperty("Daemonize", True)
    del app.OwnerId
    del app["Daemonize"]

    assert list(app) == ["Name", "Description", "Config"]
    assert app["Config"]["InstanceCount"]["Default"] == 2
    assert app == "b"
    with pytest.raises(TypeError, match="App: Name must be a string, not int"):
        setattr(app, "Name", 5)  # noqa: B010  # a wrong type, which type checkers would find
    with pytest.raises(FieldError):
        app["Unknown"] = 1


def test_app_status_starts_without_defaults_like_any_other() -> None:
    assert response.App({}).dump(None) == "{}"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        response.App({"Name": "a", "Unknown": 1})


@pytest.mark.parametrize("sent", ["OwnerId", "Owner"])
@pytest.mark.parametrize("value", [48351, "48351"])
def test_owner_of_a_job_has_both_names_whichever_is_sent(sent: str, value: Any) -> None:
    job = response.Job.from_dict({"Id": "job-1", sent: value})

    assert job.Owner == job.OwnerId == job["Owner"] == job["OwnerId"] == value
    for copied in (copy.copy(job), pickle.loads(pickle.dumps(job))):
        assert copied.Owner == copied.OwnerId == value
    assert json.loads(str(job))["OwnerId"] == value


@pytest.mark.parametrize("value", [48351, "48351"])
def test_owner_of_a_job_is_taken_by_constructor_and_update(value: Any) -> None:
    made = response.Job({"Id": "job-1", "Owner": value})
    updated = response.Job({"Id": "job-1", "OwnerId": 7})
    updated.update({"Owner": value})
    updated.update({"State": "Running"})

    for job in (made, updated, response.Job(made), copy.deepcopy(made)):
        assert job.Owner == job.OwnerId == job.get("Owner") == job.get("OwnerId") == value
    assert json.loads(str(made)) == {"Id": "job-1", "OwnerId": value}


def test_owner_under_both_names_is_the_one_that_the_service_sends() -> None:
    for job in (
        response.Job({"Owner": 1, "OwnerId": 2}),
        response.Job.from_dict({"Owner": 1, "OwnerId": 2}),
    ):
        assert job.OwnerId == job.Owner == job["Owner"] == 2
    job.update({"Owner": 3, "OwnerId": 4})
    assert job.Owner == 4


def test_owner_of_a_wrong_type_is_refused_and_changes_nothing() -> None:
    with pytest.raises(TypeError, match=r"^Job: Owner must be a string or an integer, not list$"):
        response.Job({"Owner": []})
    job = response.Job({"Owner": 1, "State": "Waiting"})
    with pytest.raises(TypeError, match=r"^Job: Owner must be"):
        job.update({"State": "Running", "Owner": 0.5})
    assert (job.Owner, job.State) == (1, "Waiting")
    assert response.Job({}).get("Owner", "nobody") == "nobody"


def test_cluster_has_no_invented_content() -> None:
    cluster = response.Cluster.from_dict({"Id": "cls-1", "Configs": {"Disks": {}}})

    assert cluster.Configs.Networks.VPC.CidrBlock is None
    assert json.loads(str(cluster)) == {"Id": "cls-1", "Configs": {"Disks": {}}}
    bare = response.Cluster.from_dict({})
    assert not bare.Configs.Disks.SystemDisk.Type
    assert not bare.Configs.get("Networks")
    assert json.loads(bare.dump()) == {}


@pytest.mark.parametrize(
    ("cls", "content"),
    [
        ("Image", {"OwnerId": "1190847048572539"}),
        ("Group", {"Disks": {"DataDisk": [{"Size": 40}]}}),
        ("ClusterInstance", {"ErrorCode": "SomeText"}),
        ("App", {"InputParameters": {"flag": {"Type": "Boolean", "Default": True}}}),
        ("Cluster", {"Configs": None, "Groups": None, "UserData": None, "WriteSupport": None}),
        ("Instance", {"Result": None, "Error": None, "Outputs": None}),
        ("SynchronousInstance", {"RequestId": "r"}),
    ],
)
def test_answers_that_used_to_fail_are_read(cls: str, content: dict[str, Any]) -> None:
    status = getattr(response, cls).from_dict(content)

    kept = {name: value for name, value in content.items() if value is not None}
    assert json.loads(status.dump(None)).keys() == kept.keys()


# -- times of what has not begun ------------------------------------------------------------------

_BEGINNING = [("Job", {"Id": "j"}), ("Task", {"TaskName": "t"}), ("Instance", {"InstanceId": 0})]


@pytest.mark.parametrize("empty", ["", None])
@pytest.mark.parametrize(("cls", "content"), _BEGINNING)
def test_times_of_what_has_not_begun_are_there_and_none(
    cls: str, content: dict[str, Any], empty: Any
) -> None:
    answer = {**content, "State": "Waiting", "StartTime": empty, "EndTime": empty}
    made = getattr(response, cls).from_dict(answer)

    for item in (made, copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert {*item.keys()} == {*item} == {*dict(item)} == {*answer}
        row = {key: item.get(key) for key in item.keys()}  # noqa: SIM118  # as programs write it
        for name in ("StartTime", "EndTime"):
            assert name in item
            assert row[name] is dict(item)[name] is item[name] is getattr(item, name) is None
            assert item.get(name, "default") is None
            assert json.loads(str(item))[name] is None
            assert f'"{name}": null' in str(item)
        assert item.detail() == dict(item.items())
    assert getattr(response, cls)(made.dump()).keys() == made.keys()
    assert getattr(response, cls)(made).keys() == made.keys()


def test_times_that_an_answer_leaves_out_are_left_out() -> None:
    assert list(response.Job.from_dict({"Id": "j"})) == ["Id"]


def test_times_are_where_they_were_once_they_have_come() -> None:
    job = response.Job.from_dict({"Id": "j", "StartTime": "", "EndTime": ""})
    job.update({"StartTime": "2015-11-19T02:15:10Z"})

    assert isinstance(job.StartTime, datetime)
    assert job.EndTime is None
    assert list(job) == ["Id", "StartTime", "EndTime"]
    job.update({"StartTime": None})
    assert list(job) == ["Id", "EndTime"]


def test_status_that_a_program_builds_keeps_what_it_was_given() -> None:
    job = response.Job({"Owner": "", "StartTime": ""})

    assert job.Owner == job["Owner"] == job.get("Owner") == ""
    assert job.StartTime == job["StartTime"] == job.get("StartTime") == ""
    assert copy.deepcopy(job).StartTime == response.Job(job).StartTime == ""
    updated = response.Job({})
    updated.update({"EndTime": ""})
    assert updated["EndTime"] == ""


# -- comparisons ----------------------------------------------------------------------------------

_KEYS = [
    ("Job", "Id", "job-1", "job-2"),
    ("Cluster", "Id", "cls-1", "cls-2"),
    ("Image", "Id", "img-1", "img-2"),
    ("App", "Name", "a", "b"),
    ("Task", "TaskName", "a", "b"),
    ("Instance", "InstanceId", 1, 2),
    ("SynchronousInstance", "RequestId", "r1", "r2"),
]


@pytest.mark.parametrize(("cls", "key", "low", "high"), _KEYS)
def test_comparison_works_with_the_bare_key_objects_and_mappings(
    cls: str, key: str, low: Any, high: Any
) -> None:
    make = getattr(response, cls).from_dict
    one, two = make({key: low}), make({key: high})

    for same in (low, make({key: low, "State": "Other"}), {key: low}):
        assert one == same
        assert same == one
    for other in (high, two, {key: high}, None, [], object(), {"Other": low}):
        assert one != other
    assert one < two
    assert one < high
    assert two > low
    assert one <= low
    assert two >= one
    assert low < two


@pytest.mark.parametrize(("cls", "key", "low", "high"), _KEYS)
def test_status_can_be_found_sorted_and_put_into_sets(
    cls: str, key: str, low: Any, high: Any
) -> None:
    make = getattr(response, cls).from_dict
    items = [make({key: value}) for value in (high, low, high)]
    random.Random(7).shuffle(items)

    assert low in items
    assert items.index(high) in (0, 1, 2)
    assert [item[key] for item in sorted(items)] == [low, high, high]
    assert {*items} == {low, high}
    assert {make({key: low}): "x"}[low] == "x"
    assert max(items)[key] == high


@pytest.mark.parametrize("foreign", [5, 5.5, None, [], {}, object(), b"job-1"])
def test_comparison_with_anything_else_is_unequal_and_no_error(foreign: Any) -> None:
    job = response.Job.from_dict({"Id": "job-1"})

    assert (job == foreign) is False
    assert (response.Instance.from_dict({"InstanceId": 1}) == "1") is False
    with pytest.raises(TypeError):
        _ = job < foreign


def test_other_statuses_compare_by_content() -> None:
    instance = response.ClusterInstance.from_dict({"Id": "i-1"})

    assert instance == response.ClusterInstance.from_dict({"Id": "i-1"})
    assert instance != "i-1"


def test_times_are_naive_and_can_be_subtracted_and_stored() -> None:
    job = response.Job.from_dict(
        {
            "StartTime": "2015-11-19T02:15:04.246162Z",
            "EndTime": "2015-11-19T02:15:10Z",
        }
    )
    assert isinstance(job.StartTime, datetime)
    assert isinstance(job.EndTime, datetime)
    assert job.StartTime.tzinfo is None
    assert (job.EndTime - job.StartTime).total_seconds() == pytest.approx(5.753838)
    assert json.loads(job.dump())["EndTime"] == str(job.EndTime)
