"""Assignments: checked, copied, and unset by None (8.5)."""

from __future__ import annotations

import json
import operator
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchcompute._generated.api.models import (
    DAG,
    AppDescription,
    AppJobDescription,
    AutoCluster,
    ClusterDescription,
    Command,
    Configs,
    DataDisk,
    Disks,
    GroupDescription,
    ImageDescription,
    Job,
    JobDescription,
    MountEntry,
    Mounts,
    TaskDescription,
)
from batchcompute.exceptions import BatchComputeWarning, FieldError


@pytest.mark.parametrize("way", ["attribute", "item", "setproperty", "update", "keyword"])
def test_assign_by_each_way_stores_the_value(way: str) -> None:
    job = JobDescription(Name="n") if way == "keyword" else JobDescription()
    if way == "attribute":
        job.Name = "n"
    elif way == "item":
        job["Name"] = "n"
    elif way == "setproperty":
        job.setproperty("Name", "n")
    elif way == "update":
        job.update(Name="n")

    assert job.Name == job["Name"] == job.getproperty("Name") == "n"
    assert json.loads(job.dump())["Name"] == "n"


def test_assign_stores_a_deep_copy_that_later_changes_do_not_reach() -> None:
    job, dag = JobDescription(), DAG()
    mapping = {"oss://a/": "/a/"}
    task = TaskDescription(InputMapping=mapping)
    job.DAG = dag
    dag.add_task("late", task)
    mapping["oss://b/"] = "/b/"

    assert job.DAG.Tasks == {}
    assert task.InputMapping == {"oss://a/": "/a/"}
    disks = Disks()
    configs = Configs()
    configs.Disks = disks
    disks.SystemDisk.Size = 40
    assert configs.Disks.SystemDisk.Size is None


def test_assign_dict_to_a_nested_property_makes_the_object() -> None:
    job: Any = JobDescription()
    job.DAG = {"Tasks": {"x": {"InstanceCount": 3}}}

    assert isinstance(job.DAG, DAG)
    assert isinstance(job.DAG.Tasks["x"], TaskDescription)


def test_assign_json_text_to_a_nested_property_makes_the_object() -> None:
    job: Any = JobDescription()
    job.DAG = '{"Tasks": {"x": {}}}'

    assert isinstance(job.DAG.Tasks["x"], TaskDescription)


def test_assign_list_of_dicts_makes_the_objects() -> None:
    mounts: Any = Mounts()
    mounts.Entries = [{"Source": "oss://a/", "Destination": "/a/"}, MountEntry(Source="nas://b:/")]

    assert [type(entry) for entry in mounts.Entries] == [MountEntry, MountEntry]
    mounts.Entries = ({"Source": "s"} for _ in range(2))
    assert len(mounts.Entries) == 2


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Name", 5, "JobDescription: Name must be a string, not int"),
        ("Priority", "1", "JobDescription: Priority must be an integer, not str"),
        ("AutoRelease", "yes", "JobDescription: AutoRelease must be a boolean, not str"),
        ("DAG", 5, "JobDescription: DAG must be DAG or a dict, not int"),
        ("DAG", JobDescription(), "JobDescription: DAG must be DAG or a dict, not JobDescription"),
    ],
)
@pytest.mark.parametrize("by_item", [False, True])
def test_assign_wrong_type_is_a_type_error_and_changes_nothing(
    name: str, value: Any, message: str, by_item: bool
) -> None:
    job = JobDescription(Name="n", Priority=1, DAG=DAG({"Tasks": {"x": {}}}))
    before = job.dump()

    assign: Any = job.__setitem__ if by_item else job.__setattr__
    with pytest.raises(TypeError) as caught:
        assign(name, value)

    assert str(caught.value) == message
    assert job.dump() == before


def test_assign_empty_text_is_stored_and_sent_whatever_was_there() -> None:
    command = Command()
    for _ in range(2):
        command.PackagePath = ""
        assert json.loads(command.dump())["PackagePath"] == ""
    command.PackagePath = "oss://p/"
    command.PackagePath = ""
    assert json.loads(command.dump())["PackagePath"] == ""


@pytest.mark.parametrize("name", ["Name", "Priority", "AutoRelease", "DAG", "Notification"])
@pytest.mark.parametrize("way", ["attribute", "item", "delete", "delete item", "update"])
def test_assign_none_and_delete_unset_every_kind_of_property(name: str, way: str) -> None:
    job = JobDescription({"Name": "n", "Priority": 1, "DAG": {}, "Notification": {}})
    for _ in range(2):  # again when it is unset already
        if way == "attribute":
            setattr(job, name, None)
        elif way == "item":
            job[name] = None
        elif way == "delete":
            delattr(job, name)
        elif way == "delete item":
            del job[name]
        else:
            job.update({name: None})
        assert name not in job
        assert name not in json.loads(job.dump())


def test_keyword_none_unsets_like_an_assignment_and_null_in_content_is_absent() -> None:
    job = JobDescription({"Name": "n"}, Description=None, Name=None, DAG=None)

    assert "Description" not in job
    assert "Name" not in job
    assert JobDescription(Description=None) == JobDescription(JobDescription(), Description=None)
    assert JobDescription({"Description": None}) == JobDescription()


@pytest.mark.parametrize("value", [0, False, [], {}, ""])
def test_assign_falsy_value_is_stored_and_sent(value: Any) -> None:
    name = {int: "Priority", bool: "AutoRelease", dict: "DAG", str: "Name", list: ""}[type(value)]
    target: Any = JobDescription() if name else Mounts()
    name = name or "Entries"
    target[name] = value

    assert name in target
    sent = json.loads(target.dump())[name]
    assert sent == ({"Tasks": {}, "Dependencies": {}} if name == "DAG" else value)


def test_assign_blank_to_instance_type_keeps_the_old_value() -> None:
    group = GroupDescription({"InstanceType": "a"})
    for blank in ("", "  ", b""):
        group["InstanceType"] = blank
        assert group.InstanceType == "a"
    group.InstanceType = None
    assert "InstanceType" not in group
    disk = DataDisk({"Size": 1, "Type": "cloud", "MountPoint": ""})
    disk.update(Type="", MountPoint=" ")
    assert json.loads(disk.dump()) == {"Size": 1, "Type": "cloud"}


def test_assign_blank_to_other_texts_empties_them() -> None:
    cluster = AutoCluster({"InstanceType": "a"})
    cluster.InstanceType = ""

    assert json.loads(cluster.dump())["InstanceType"] == ""


def test_assign_unknown_item_is_a_field_error_and_stores_nothing() -> None:
    job = JobDescription()
    before = job.dump()

    with pytest.raises(FieldError, match=r"^Foo$"):
        job["Foo"] = 1
    with pytest.raises(FieldError, match=r"^Id$"):
        DAG()["Id"] = "x"
    with pytest.raises(FieldError, match=r"^Foo$"):
        job.setproperty("Foo", 1)
    with pytest.raises(FieldError, match=r"^Foo$"):
        job.setdefault("Foo", 1)
    assert job.dump() == before


def test_delete_unknown_item_or_attribute_is_an_error() -> None:
    job = JobDescription()

    with pytest.raises(KeyError, match="Nonsense"):
        del job["Nonsense"]
    with pytest.raises(AttributeError, match="Foo"):
        del job.Foo  # type: ignore[attr-defined]  # that is the point


def test_assign_stray_attribute_stays_on_the_object_and_warns_at_the_callers_line() -> None:
    configs: Any = Configs()

    with pytest.warns(BatchComputeWarning, match="Configs has no property 'InstanceCount'") as seen:
        configs.InstanceCount = 1

    assert len(seen) == 1
    assert Path(seen[0].filename) == Path(__file__)
    line = Path(__file__).read_text(encoding="utf-8").splitlines()[seen[0].lineno - 1]
    assert line.strip() == "configs.InstanceCount = 1"
    assert configs.InstanceCount == 1
    assert "InstanceCount" not in configs
    assert "InstanceCount" not in configs.dump()
    assert configs == Configs()
    del configs.InstanceCount
    assert not hasattr(configs, "InstanceCount")


def test_assign_stray_attribute_warns_once_per_line_of_a_program() -> None:
    configs: Any = Configs()

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for count in range(3):
            configs.InstanceCount = count

    assert len(seen) == 1


def test_assign_private_attribute_is_kept_silently_and_readable() -> None:
    job: Any = JobDescription()
    job._seen = True

    assert job._seen is True
    assert "_seen" not in job.dump()


@pytest.mark.parametrize(
    "assign",
    [
        lambda job: operator.setitem(job, "Id", "PythonSDKDemo"),
        lambda job: job.setproperty("Id", "PythonSDKDemo"),
        lambda job: job.setdefault("Id", "PythonSDKDemo"),
    ],
    ids=["item", "setproperty", "setdefault"],
)
def test_assign_id_item_where_allowed_is_a_local_note_with_a_warning(
    assign: Callable[[JobDescription], object],
) -> None:
    job = JobDescription()
    sent = job.dump()

    with pytest.warns(BatchComputeWarning, match="'Id'") as seen:
        assign(job)

    assert [Path(warning.filename) for warning in seen] == [Path(__file__)]
    assert job["Id"] == "PythonSDKDemo"
    assert job.dump() == sent
    assert "Id" not in job
    assert "Id" not in job.detail()
    assert "Id" not in list(job)
    assert JobDescription(Name="a") == JobDescription(Name="a")
    with pytest.raises(FieldError, match=r"^Foo$"):
        job["Foo"] = 1
    del job["Id"]
    with pytest.raises(KeyError, match="Id"):
        _ = job["Id"]


@pytest.mark.parametrize(
    "cls",
    [JobDescription, AppJobDescription, ClusterDescription, ImageDescription, AppDescription],
)
def test_assign_id_item_is_a_local_note_on_every_resource_description(cls: Any) -> None:
    made = cls()
    with pytest.warns(BatchComputeWarning, match="not sent"):
        made["Id"] = "x"

    assert made["Id"] == "x"
    assert made == cls()


def test_assign_to_a_status_is_refused_by_attribute_and_item() -> None:
    job: Any = Job({"Id": "job-1", "State": "Running"})

    with pytest.raises(AttributeError, match=r"^Job\.State is read-only$"):
        job.State = "x"
    with pytest.raises(AttributeError, match="Job has no attribute 'Stat'"):
        job.Stat = "x"
    with pytest.raises(AttributeError, match="State"):
        del job.State
    changes: list[Callable[[], object]] = [
        lambda: job.__setitem__("State", "x"),
        lambda: job.__delitem__("State"),
        lambda: job.setproperty("State", "x"),
        lambda: job.setdefault("Message", "x"),
        lambda: job.pop("State"),
        lambda: job.popitem(),
        lambda: job.clear(),
    ]
    for change in changes:
        with pytest.raises(TypeError, match=r"^Job is read-only$"):
            change()
    assert job.dump(None) == '{"Id": "job-1", "State": "Running"}'


def test_update_of_a_status_is_allowed() -> None:
    job = Job({"Id": "job-1"})
    job.update({"State": "Failed"})
    job.load('{"Message": "m"}')

    assert (job.State, job.Message) == ("Failed", "m")


def test_subclass_of_a_program_has_its_own_properties_and_attributes() -> None:
    class Mine(JobDescription):
        level = 1
        _hidden = 0

        @property
        def title(self) -> str:
            return f"<{self.Name}>"

        @title.setter
        def title(self, value: str) -> None:
            self.Name = value

    mine = Mine(Priority=1)
    mine.title = "t"
    mine.level = 2
    mine._hidden = 3

    assert (mine.Name, mine.title, mine.level, mine._hidden) == ("t", "<t>", 2, 3)
    assert set(mine) == {*JobDescription(), "Name", "Priority"}


def test_method_name_cannot_be_hidden_by_a_stray_attribute() -> None:
    job: Any = JobDescription()

    with pytest.raises(AttributeError, match="keys"):
        job.keys = 5
    assert "Type" in job.keys()  # noqa: SIM118  # the method is the point


def test_user_data_values_become_text_as_the_service_takes_nothing_else() -> None:
    cluster = ClusterDescription({"UserData": {"n": 3, "flag": True, "text": "t"}})

    assert cluster.UserData == {"n": "3", "flag": "True", "text": "t"}
