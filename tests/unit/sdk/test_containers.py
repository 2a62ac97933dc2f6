"""Maps and lists of an object check and convert what is put into them, like assignments."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from batchcompute._generated.api.models import (
    DAG,
    AppJob,
    Cluster,
    ClusterDescription,
    Command,
    Group,
    GroupDescription,
    Instance,
    Job,
    JobDescription,
    MountEntry,
    Mounts,
    Quota,
    TaskDescription,
)
from batchcompute.exceptions import BatchComputeWarning

Put = Callable[[Any, Any], object]

_DICT_WRITES: dict[str, Put] = {
    "item": lambda target, value: target.__setitem__("k", value),
    "update": lambda target, value: target.update({"k": value}),
    "update by keyword": lambda target, value: target.update(k=value),
    "update from pairs": lambda target, value: target.update([("k", value)]),
    "setdefault": lambda target, value: target.setdefault("k", value),
    "in-place or": lambda target, value: target.__ior__({"k": value}),
}
_LIST_WRITES: dict[str, Put] = {
    "append": lambda target, value: target.append(value),
    "insert": lambda target, value: target.insert(0, value),
    "extend": lambda target, value: target.extend([value]),
    "in-place add": lambda target, value: target.__iadd__([value]),
    "slice": lambda target, value: target.__setitem__(slice(0, 0), [value]),
}


@pytest.mark.parametrize("put", _DICT_WRITES.values(), ids=list(_DICT_WRITES))
def test_map_of_objects_converts_a_dict_put_into_it(put: Put) -> None:
    dag = DAG()
    given = {"InstanceCount": 2, "Parameters": {"Command": {"CommandLine": "ls"}}}

    put(dag.Tasks, given)

    assert type(dag.Tasks["k"]) is TaskDescription
    assert dag.Tasks["k"].Parameters.Command.CommandLine == "ls"
    given["InstanceCount"] = 3
    assert dag.Tasks["k"].InstanceCount == 2
    assert dag.Tasks["k"].Timeout == 3600


@pytest.mark.parametrize("put", _DICT_WRITES.values(), ids=list(_DICT_WRITES))
def test_map_refuses_a_wrong_type_with_its_path_and_stays_as_it_was(put: Put) -> None:
    dag = DAG()
    dag.Tasks["ok"] = TaskDescription()
    before = dag.dump()

    with pytest.raises(TypeError) as caught:
        put(dag.Tasks, {"Parameters": {"Command": {"CommandLine": 5}}})

    expected = "DAG: Tasks.k.Parameters.Command.CommandLine must be a string, not int"
    assert str(caught.value) == expected
    assert dag.dump() == before


@pytest.mark.parametrize("put", _DICT_WRITES.values(), ids=list(_DICT_WRITES))
def test_environment_value_put_into_the_map_becomes_text(put: Put) -> None:
    command = Command()

    put(command.EnvVars, 5)

    assert command.EnvVars == {"k": "5"}
    assert command.to_dict()["EnvVars"] == {"k": "5"}


def test_map_that_a_read_created_converts_like_any_other() -> None:
    cluster = ClusterDescription()
    cluster.EnvVars["N"] = 5  # type: ignore[assignment]  # as old programs do

    assert json.loads(cluster.dump())["EnvVars"] == {"N": "5"}


def test_map_refuses_all_of_an_update_or_nothing() -> None:
    task = TaskDescription()

    with pytest.raises(TypeError, match=r"^TaskDescription: InputMapping\.b must be a string"):
        task.InputMapping.update({"a": "/a/", "b": 5})  # type: ignore[dict-item]

    assert task.InputMapping == {}


def test_map_keys_become_text() -> None:
    dag: Any = DAG()
    dag.Tasks[5] = {}
    dag.Tasks[b"b"] = {}

    assert list(dag.Tasks) == ["5", "b"]
    with pytest.raises(TypeError, match=r"^DAG: Tasks must be a dict whose keys are texts"):
        dag.Tasks[("a",)] = {}


def test_map_setdefault_returns_what_is_there_without_looking_at_the_default() -> None:
    command: Any = Command(EnvVars={"a": "1"})

    assert command.EnvVars.setdefault("a", 5) == "1"
    assert command.EnvVars.setdefault("b", 5) == "5"


def test_object_put_into_a_map_or_list_stays_the_programs_own() -> None:
    dag, mounts = DAG(), Mounts()
    task, entry = TaskDescription(), MountEntry()
    dag.Tasks["t"] = task
    mounts.Entries.append(entry)
    task.InstanceCount = 7
    entry.Source = "oss://b/"

    assert dag.Tasks["t"] is task
    assert mounts.Entries[0] is entry
    assert json.loads(dag.dump())["Tasks"]["t"]["InstanceCount"] == 7


def test_unknown_key_of_a_dict_put_into_a_map_is_dropped_with_a_warning() -> None:
    dag: Any = DAG()

    with pytest.warns(BatchComputeWarning, match="TaskDescription has no property 'pack'") as seen:
        dag.Tasks["t"] = {"pack": 1}

    assert seen[0].filename == __file__
    assert "pack" not in dag.dump()


@pytest.mark.parametrize("put", _LIST_WRITES.values(), ids=list(_LIST_WRITES))
@pytest.mark.parametrize("read_first", [False, True])
def test_list_of_objects_converts_a_dict_put_into_it(put: Put, read_first: bool) -> None:
    mounts = Mounts() if read_first else Mounts(Entries=[])

    put(mounts.Entries, {"Source": "oss://b/"})

    assert type(mounts.Entries[0]) is MountEntry
    assert json.loads(mounts.dump()) == {"Entries": [{"Source": "oss://b/"}]}


@pytest.mark.parametrize("put", _LIST_WRITES.values(), ids=list(_LIST_WRITES))
def test_list_refuses_a_wrong_type_with_its_path_and_stays_as_it_was(put: Put) -> None:
    mounts = Mounts(Entries=[])

    with pytest.raises(TypeError, match=r"^Mounts: Entries\.0\.Source must be a string, not int$"):
        put(mounts.Entries, {"Source": 5})

    assert mounts.Entries == []


def test_list_item_is_replaced_by_index_and_slice() -> None:
    mounts: Any = Mounts(Entries=[{"Source": "a"}, {"Source": "b"}, {"Source": "c"}])
    mounts.Entries[-1] = {"Source": "d"}
    mounts.Entries[:2] = ({"Source": letter} for letter in "xyz")

    assert [entry.Source for entry in mounts.Entries] == ["x", "y", "z", "d"]
    with pytest.raises(IndexError):
        mounts.Entries[9] = {}
    with pytest.raises(TypeError, match=r"^Mounts: Entries\.3 must be MountEntry or a dict"):
        mounts.Entries[-1] = 5


def test_list_inside_a_map_checks_what_is_put_into_it() -> None:
    dag: Any = DAG(Dependencies={"a": ["b"]})
    dag.Dependencies["c"] = ("d",)
    dag.Dependencies["c"].append("e")

    assert dag.Dependencies == {"a": ["b"], "c": ["d", "e"]}
    for name in ("a", "c"):
        with pytest.raises(TypeError, match=r"^DAG: Dependencies\..*must be a string, not int$"):
            dag.Dependencies[name].append(5)
    with pytest.raises(TypeError, match=r"^DAG: Dependencies\.x must be a list, not str$"):
        dag.Dependencies["x"] = "d"


def test_wrong_type_inside_a_dict_does_not_get_past_to_the_wire() -> None:
    job: Any = JobDescription(Name="n", Priority=1)

    with pytest.raises(TypeError, match=r"CommandLine must be a string, not int$"):
        job.DAG.Tasks["t"] = {"Parameters": {"Command": {"CommandLine": 5}}}

    assert job.DAG.Tasks == {}


_SMALL = {"Tasks": {"a": {"InputMapping": {"x": "/x/"}}}, "Dependencies": {"a": []}}
_COPIES: dict[str, Callable[[Any], Any]] = {
    "construction": lambda made: type(made)(made),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda made: pickle.loads(pickle.dumps(made)),
    "decoding": lambda made: type(made).from_dict(made.to_dict()),
    "text": lambda made: type(made)(made.dump()),
}


@pytest.mark.parametrize("copied_by", _COPIES.values(), ids=list(_COPIES))
def test_maps_and_lists_of_a_copy_convert_as_well(copied_by: Callable[[Any], Any]) -> None:
    dag: Any = copied_by(DAG(_SMALL))
    mounts: Any = copied_by(Mounts(Entries=[{"Source": "a"}]))

    dag.Tasks["b"] = {}
    mounts.Entries.append({})
    with pytest.raises(TypeError, match="must be a string, not int"):
        dag.Tasks["a"].InputMapping.update({"y": 5})
    with pytest.raises(TypeError, match="must be a string, not int"):
        dag.Dependencies["a"].append(5)
    assert type(dag.Tasks["b"]) is TaskDescription
    assert type(mounts.Entries[1]) is MountEntry


@pytest.mark.parametrize("copied_by", [dict, copy.copy, copy.deepcopy, lambda map_: map_.copy()])
def test_copy_of_a_map_alone_is_an_ordinary_dict(copied_by: Callable[[Any], Any]) -> None:
    command = Command(EnvVars={"a": "1"})
    copied = copied_by(command.EnvVars)
    copied["n"] = 5

    assert type(copied) is dict
    assert command.EnvVars == {"a": "1"}


def test_pickle_of_a_map_or_list_alone_is_an_ordinary_one() -> None:
    mounts = Mounts(Entries=[{"Source": "a"}])
    command = Command(EnvVars={"a": "1"})

    assert type(pickle.loads(pickle.dumps(command.EnvVars))) is dict
    assert type(pickle.loads(pickle.dumps(mounts.Entries))) is list
    assert type(copy.deepcopy(mounts.Entries)) is list
    assert copy.deepcopy(mounts.Entries)[0] is not mounts.Entries[0]


def test_detail_has_ordinary_maps_and_lists() -> None:
    cluster = Cluster.from_dict({"UserData": {"a": "b"}, "Groups": {"g": {}}})
    detail = cluster.detail()
    detail["UserData"]["n"] = 5

    assert type(detail["UserData"]) is type(detail["Groups"]) is dict
    assert cluster.UserData == {"a": "b"}


def test_maps_and_lists_are_ordinary_in_all_other_ways() -> None:
    command = Command(EnvVars={"b": "2", "a": "1"})
    env = command.EnvVars

    assert isinstance(env, dict)
    assert env == {"a": "1", "b": "2"}
    assert repr(env) == "{'b': '2', 'a': '1'}"
    assert json.dumps(env) == '{"b": "2", "a": "1"}'
    assert env | {"c": 3} == {"b": "2", "a": "1", "c": 3}
    assert (env.pop("a"), env.popitem()) == ("1", ("b", "2"))
    assert env == {}
    mounts = Mounts(Entries=[{"Source": "b"}, {"Source": "a"}])
    mounts.Entries.sort(key=lambda entry: entry.Source or "")
    assert [entry.Source for entry in mounts.Entries] == ["a", "b"]
    assert isinstance(mounts.Entries, list)
    mounts.Entries.clear()
    assert mounts.Entries == []


def test_answer_of_wrong_types_stays_as_it_came_and_further_writes_are_checked() -> None:
    dag: Any = DAG.from_dict({"Tasks": {"a": 5}, "Dependencies": {"a": "b"}})

    assert dag.Tasks == {"a": 5}
    assert dag.Dependencies == {"a": "b"}
    dag.Tasks["b"] = {}
    assert type(dag.Tasks["b"]) is TaskDescription


def test_any_value_map_copies_what_it_is_given() -> None:
    app = AppJob(AppName="a")
    given: dict[str, Any] = {"list": [1]}
    app.Inputs["o"] = given
    given["list"].append(2)

    assert app.Inputs == {"o": {"list": [1]}}


_STATUSES: list[tuple[Any, str]] = [
    (Cluster.from_dict({"UserData": {"a": "b"}}), "UserData"),
    (Cluster({"UserData": {"a": "b"}}), "UserData"),
    (Cluster.from_dict({"EnvVars": {"a": "b"}}), "EnvVars"),
    (Cluster.from_dict({"Groups": {"a": {"DesiredVMCount": 1}}}), "Groups"),
    (Cluster({"Groups": {"a": {"DesiredVMCount": 1}}}), "Groups"),
    (Instance.from_dict({"Outputs": {"a": 1}}), "Outputs"),
    (Cluster.from_dict({}), "UserData"),
    (copy.deepcopy(Cluster.from_dict({"UserData": {"a": "b"}})), "UserData"),
    (pickle.loads(pickle.dumps(Cluster.from_dict({"UserData": {"a": "b"}}))), "UserData"),
]


def _put_text(put: Put, target: Any) -> object:
    return put(target, "v")


_CHANGES: dict[str, Callable[[Any], object]] = {
    **{name: partial(_put_text, put) for name, put in _DICT_WRITES.items()},
    "delete": lambda target: target.__delitem__("a"),
    "clear": lambda target: target.clear(),
    "pop": lambda target: target.pop("a", None),
    "popitem": lambda target: target.popitem(),
}


@pytest.mark.parametrize("change", _CHANGES.values(), ids=list(_CHANGES))
@pytest.mark.parametrize(("status", "name"), _STATUSES)
def test_map_of_a_read_only_status_is_read_only(
    status: Any, name: str, change: Callable[[Any], object]
) -> None:
    before = status.dump()

    with pytest.raises(TypeError, match=rf"^Cluster\.{name} is read-only|^Instance\.Outputs is"):
        change(getattr(status, name))

    assert status.dump() == before


def test_map_of_a_read_only_status_is_read_and_copied_like_any_dict() -> None:
    cluster = Cluster.from_dict({"Groups": {"g": {"DesiredVMCount": 1}}, "UserData": {"a": "b"}})

    assert isinstance(cluster.Groups, dict)
    assert cluster.UserData == {"a": "b"}
    assert {**cluster.UserData, "c": "d"} == {"a": "b", "c": "d"}
    groups = dict(cluster.Groups)
    groups["h"] = Group({})
    assert list(cluster.Groups) == ["g"]
    description = ClusterDescription(UserData=cluster.UserData)
    description.Groups["g"] = GroupDescription(DesiredVMCount=2)
    description.UserData["n"] = "v"
    assert cluster.UserData == {"a": "b"}
    assert type(cluster.detail()["Groups"]) is dict


def test_update_of_a_status_replaces_its_maps_which_stay_read_only() -> None:
    cluster = Cluster.from_dict({"UserData": {"a": "b"}})
    cluster.update({"UserData": {"c": "d"}})

    assert cluster.UserData == {"c": "d"}
    with pytest.raises(TypeError, match=r"Cluster\.UserData is read-only"):
        cluster.UserData["x"] = "y"


def test_lists_of_a_status_can_be_sorted_as_old_tools_do() -> None:
    quota = Quota.from_dict({"AvailableClusterInstanceType": ["ecs.s3", "ecs.s1"]})
    quota.AvailableClusterInstanceType.sort()

    assert quota.AvailableClusterInstanceType == ["ecs.s1", "ecs.s3"]


def test_status_that_programs_write_has_writable_maps() -> None:
    from batchcompute._generated.api.models import App

    app: Any = App.from_dict({"Name": "a", "InputParameters": {}})
    app.InputParameters["p"] = {"Type": "String"}

    assert app.InputParameters["p"].Type == "String"
    assert Job.from_dict({"Id": "job-1"}) == "job-1"
