"""`detail`, `dump`, `str`, `BatchEncoder` (8.7), equality, copies and pickles (8.8)."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pytest

from batchcompute._generated.api.models import (
    DAG,
    AppConfig,
    AppDescription,
    AppJob,
    AutoCluster,
    Command,
    DataDisk,
    GroupDescription,
    Job,
    JobDescription,
    MountEntry,
    Mounts,
    Result,
    SystemDisk,
    TaskDescription,
)
from batchcompute._models.base import BatchEncoder, Jsonizable
from batchcompute.exceptions import JsonError


def _job() -> JobDescription:
    task = TaskDescription(InputMapping={"oss://a/": "/a/"})
    return JobDescription(Name="n", Priority=1, DAG=DAG(Tasks={"x": task}))


def test_detail_is_a_fresh_plain_dict_whose_nested_values_stay_objects() -> None:
    app = AppDescription(Name="a")
    app.set_instance_count(2)
    detail = app.detail()
    detail["Scope"] = "Private"

    assert type(detail) is dict
    assert isinstance(detail["Config"], AppConfig)
    settings = {name: setting.detail() for name, setting in detail["Config"].items()}
    assert settings["InstanceCount"] == {"Default": 2, "Overwritable": True, "Description": ""}
    assert "Scope" not in app.detail()
    assert isinstance(_job().detail()["DAG"].Tasks["x"], TaskDescription)


def test_detail_and_copy_method_are_deep_copies_both_ways() -> None:
    job = _job()
    for copied in (job.detail(), job.copy()):
        copied["DAG"].Tasks["x"].InputMapping.clear()
        copied["DAG"].Tasks["y"] = TaskDescription()
        assert job == _job()
    detail = job.detail()
    job.DAG.Tasks.clear()
    assert list(detail["DAG"].Tasks) == ["x"]


def test_dump_has_exactly_the_set_properties_and_explicit_empties() -> None:
    command = Command(PackagePath="", EnvVars={}, CommandLine=None)

    assert json.loads(command.dump()) == {"PackagePath": "", "EnvVars": {}, "Docker": {"Image": ""}}


@pytest.mark.parametrize(("indent", "lines"), [(None, 1), (0, 4), (4, 4)])
def test_dump_indent_is_as_json_has_it(indent: int | None, lines: int) -> None:
    group = GroupDescription(DesiredVMCount=1, ResourceType="Spot")
    text = group.dump(indent)

    assert text == json.dumps(json.loads(text), indent=indent)
    assert len(text.splitlines()) == lines
    assert group.dump(indent=indent) == text


def test_dump_by_default_is_indented_by_four_and_ascii() -> None:
    assert SystemDisk({"Type": "你", "Size": 1}).dump() == (
        '{\n    "Type": "\\u4f60",\n    "Size": 1\n}'
    )


def test_str_repr_and_format_are_the_dump() -> None:
    job = _job()

    assert str(job) == repr(job) == f"{job}" == job.dump()
    assert json.loads(str(job)) == json.loads(job.dump(None))


def test_dump_of_times_is_local_text_without_zone() -> None:
    job = Job({"Id": "a", "CreationTime": datetime(2020, 1, 2, 3, 4, 5, 6)})

    for indent in (None, 4):
        assert json.loads(job.dump(indent))["CreationTime"] == "2020-01-02 03:04:05.000006"


def test_round_trip_through_text_gives_an_equal_object() -> None:
    job = _job()

    assert JobDescription(job.dump()) == job
    assert JobDescription(job.dump(None).encode()) == job
    assert JobDescription.from_dict(job.to_dict()) == job


def test_batch_encoder_takes_objects_times_bytes_and_mappings_anywhere() -> None:
    moment = datetime(2020, 1, 2, 3, 4, 5)
    job = Job({"Id": "a", "CreationTime": moment})
    content = {
        "Items": [{"job": job, "result": Result({"ExitCode": 0}), "at": moment}],
        "raw": b"b",
        "proxy": MappingProxyType({"a": 1}),
    }

    assert json.loads(json.dumps(content, indent=2, cls=BatchEncoder)) == {
        "Items": [
            {
                "job": {"Id": "a", "CreationTime": "2020-01-02 03:04:05"},
                "result": {"ExitCode": 0},
                "at": "2020-01-02 03:04:05",
            }
        ],
        "raw": "b",
        "proxy": {"a": 1},
    }


def test_batch_encoder_other_types_are_a_type_error() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"a": object()}, cls=BatchEncoder)


def test_equality_is_by_class_and_content() -> None:
    assert _job() == _job()
    assert _job() != JobDescription()
    assert SystemDisk(Size=1) != DataDisk(Size=1)
    assert DAG() != {"Tasks": {}, "Dependencies": {}}
    assert DAG() != None  # noqa: E711  # the operator is the point
    assert Result({"ExitCode": 0}) == Result({"ExitCode": 0})


def test_equality_tells_unset_from_empty() -> None:
    task = TaskDescription()
    read = TaskDescription()
    assert read.AutoCluster.ClusterId is None

    assert task == read
    task.AutoCluster = AutoCluster()
    assert task != read


def test_descriptions_in_a_set_are_told_apart_by_content() -> None:
    entries = [MountEntry(Source=source) for source in ("a", "b", "a", "b", "c")]

    assert sorted(entry.Source or "" for entry in set(entries)) == ["a", "b", "c"]
    assert len(Mounts(Entries=list(set(entries))).Entries) == 3
    assert len({SystemDisk(Size=1), DataDisk(Size=1), SystemDisk(Size=1)}) == 2
    assert {_job(): 1}[_job()] == 1
    assert len({Result({"ExitCode": 0}), Result({"ExitCode": 0}), Result({"ExitCode": 1})}) == 2


def test_hash_of_a_description_stays_though_its_content_changes() -> None:
    job = _job()
    kept, before = {job}, hash(job)
    job.Name = "changed"

    assert hash(job) == before
    assert job in kept
    assert hash(copy.deepcopy(job)) == hash(JobDescription()) == before


_COPIES: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    lambda given: type(given)(given),
    *(
        lambda given, level=level: pickle.loads(pickle.dumps(given, level))
        for level in range(2, pickle.HIGHEST_PROTOCOL + 1)
    ),
]


@pytest.mark.parametrize("copied_by", _COPIES)
def test_each_way_of_copying_gives_an_equal_independent_object(
    copied_by: Callable[[Any], Any],
) -> None:
    job = _job()
    job.DAG.Tasks["x"].AutoCluster.SpotPriceLimit  # noqa: B018  # a read, which must not count
    copied = copied_by(job)

    assert type(copied) is JobDescription
    assert copied == job
    assert copied.dump() == job.dump()
    copied.DAG.Tasks["x"].InputMapping["b"] = "c"
    copied.DAG.Tasks["x"].Parameters.Command.CommandLine = "c"
    assert job == _job()


@pytest.mark.parametrize("copied_by", [copy.copy, copy.deepcopy, _COPIES[-1]])
def test_copies_keep_unknown_answer_fields_and_local_notes(
    copied_by: Callable[[Any], Any],
) -> None:
    job: Any = JobDescription.from_dict({"Name": "a", "New": {"x": [1]}})
    job._mine = 5
    copied = copied_by(job)

    assert copied["New"] == {"x": [1]}
    assert copied._mine == 5
    copied["New"]["x"].append(2)
    assert job["New"] == {"x": [1]}


class _Mine(JobDescription):
    level = 0


@pytest.mark.parametrize("copied_by", [copy.copy, copy.deepcopy, _COPIES[-1]])
def test_copies_of_a_programs_subclass_keep_its_class_and_attributes(
    copied_by: Callable[[Any], Any],
) -> None:
    mine = _Mine(Name="a")
    mine.level = 3
    copied = copied_by(mine)

    assert type(copied) is _Mine
    assert (copied.Name, copied.level) == ("a", 3)


def test_pickle_keeps_what_only_a_read_created_out_of_the_content() -> None:
    task = TaskDescription()
    task.AutoCluster.Configs.Disks.SystemDisk.Size  # noqa: B018  # a read, which must not count
    copied = pickle.loads(pickle.dumps(task))

    assert copied.dump() == TaskDescription().dump()
    copied.AutoCluster.ImageId = "img-1"
    assert json.loads(copied.dump())["AutoCluster"]["ImageId"] == "img-1"


def test_pickle_of_a_property_that_is_gone_drops_it() -> None:
    from batchcompute._models.model import Model

    made = Model._restored(DAG, {"Tasks": {}, "Gone": 1}, None, None, 0)

    assert made.dump(None) == '{"Tasks": {}}'


def test_to_dict_is_all_plain_and_leaves_unknown_answer_fields_out() -> None:
    job = JobDescription.from_dict(
        {"Name": "a", "New": 1, "DAG": {"Tasks": {"x": {"New": 2, "InstanceCount": 1}}}}
    )

    assert job.to_dict() == {"Name": "a", "DAG": {"Tasks": {"x": {"InstanceCount": 1}}}}
    assert json.loads(job.dump())["New"] == 1

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(map(plain, value.values()))
        return not isinstance(value, Jsonizable)

    assert plain(job.to_dict())
    job.to_dict()["DAG"]["Tasks"].clear()
    assert list(job.DAG.Tasks) == ["x"]


def test_to_dict_turns_what_programs_put_into_live_maps_into_json_values() -> None:
    task = TaskDescription()
    task.InputMapping["oss://a/"] = b"/a/"  # type: ignore[assignment]  # as an old program may
    task.Parameters.Command.EnvVars["AT"] = datetime(2020, 1, 2)  # type: ignore[assignment]
    task.Parameters.Command.EnvVars["MORE"] = MappingProxyType({"a": (1,)})  # type: ignore[assignment]

    plain = task.to_dict()

    assert plain["InputMapping"] == {"oss://a/": "/a/"}
    assert plain["Parameters"]["Command"]["EnvVars"] == {
        "AT": "2020-01-02 00:00:00",
        "MORE": "{'a': (1,)}",
    }
    assert json.loads(json.dumps(plain)) == json.loads(task.dump(None)) == json.loads(task.dump())


@pytest.mark.parametrize("indent", [None, 4])
def test_dump_of_a_map_that_contains_itself_says_so(indent: int | None) -> None:
    app = AppJob(AppName="a", Inputs={"map": {}})
    app.Inputs["map"]["self"] = app.Inputs["map"]

    with pytest.raises(ValueError, match="Circular reference detected"):
        app.dump(indent)


@pytest.mark.parametrize("indent", [None, 4])
def test_dump_of_an_object_that_a_program_put_into_its_own_map_says_so(indent: int | None) -> None:
    app = AppJob(AppName="a", Inputs={"map": {}})
    app.Inputs["map"]["self"] = app

    with pytest.raises(ValueError, match="Circular reference detected"):
        app.dump(indent)


def test_text_nested_too_deeply_is_a_json_error() -> None:
    deep = "[" * 100_000

    with pytest.raises(JsonError):
        JobDescription(deep)
    with pytest.raises(TypeError, match="DAG or a dict"):
        JobDescription(Name="a").DAG = deep  # type: ignore[assignment]
