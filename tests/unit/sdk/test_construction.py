"""What constructors take (8.2), and what becomes of the caller's objects."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from collections import UserDict
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from batchcompute._generated.api.models import (
    DAG,
    AppDescription,
    AutoCluster,
    ClusterDescription,
    Command,
    Configs,
    Disks,
    JobDescription,
    Mounts,
    Parameter,
    Parameters,
    SystemDisk,
    TaskDescription,
)
from batchcompute.exceptions import BatchComputeWarning, JsonError

CONTENT = {"Name": "PythonSDKDemo", "Description": "Batchcompute"}


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(CONTENT, id="dict"),
        pytest.param(MappingProxyType(CONTENT), id="read-only mapping"),
        pytest.param(UserDict(CONTENT), id="other mapping"),
        pytest.param(json.dumps(CONTENT), id="JSON text"),
        pytest.param(json.dumps(CONTENT).encode(), id="JSON bytes"),
        pytest.param(JobDescription(CONTENT), id="object of the class"),
    ],
)
@pytest.mark.parametrize("keyword", ["", "properties", "dct"])
def test_constructor_each_way_of_giving_content_holds_it(given: Any, keyword: str) -> None:
    job = JobDescription(**{keyword: given}) if keyword else JobDescription(given)

    assert job.Name == "PythonSDKDemo"
    assert job.Description == "Batchcompute"


def test_constructor_without_arguments_has_the_documented_defaults() -> None:
    assert json.loads(JobDescription().dump()) == {
        "Description": "Batchcompute Python SDK",
        "Type": "DAG",
        "JobFailOnInstanceFail": True,
        "AutoRelease": False,
    }
    assert json.loads(TaskDescription().dump()) == {
        "Parameters": {
            "Command": {"EnvVars": {}, "Docker": {"Image": ""}},
            "InputMappingConfig": {"Locale": "GBK", "Lock": False},
        },
        "InstanceCount": 1,
        "Timeout": 3600,
        "MaxRetryCount": 0,
        "InputMapping": {},
        "OutputMapping": {},
        "LogMapping": {},
    }
    assert json.loads(AutoCluster().dump()) == {
        "ECSImageId": "",
        "InstanceType": "",
        "UserData": {},
        "ReserveOnFail": False,
        "DependencyIsvService": "",
    }
    assert json.loads(DAG().dump()) == {"Tasks": {}, "Dependencies": {}}


def test_constructor_default_is_not_shared_between_objects() -> None:
    one, other = DAG(), DAG()
    one.Tasks["a"] = TaskDescription()
    one.Dependencies["a"] = ["b"]

    assert other.Tasks == {}
    assert other.Dependencies == {}
    assert DAG().Tasks == {}


def test_constructor_keywords_are_put_on_top_of_the_content() -> None:
    job = JobDescription({"Name": "a", "Priority": 1}, Priority=2, DAG=DAG({"Tasks": {"x": {}}}))

    assert (job.Name, job.Priority) == ("a", 2)
    assert isinstance(job.DAG.Tasks["x"], TaskDescription)


def test_constructor_unknown_keyword_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="JobDescription has no property 'Nmae'"):
        JobDescription(Nmae="a")  # type: ignore[call-arg]


def test_constructor_properties_and_dct_together_are_refused() -> None:
    with pytest.raises(TypeError, match="properties or dct, not both"):
        JobDescription({}, dct={})


def test_constructor_unknown_keys_are_dropped_with_a_warning_at_the_callers_line() -> None:
    with pytest.warns(BatchComputeWarning) as seen:
        job = JobDescription({"Name": "a", "pack": 1, "DAG": {"Tasks": {"x": {"Bogus": 2}}}})

    assert job.get("pack") is None
    assert "pack" not in job.dump()
    assert "Bogus" not in job.dump()
    assert [(entry.filename, str(entry.message)) for entry in seen] == [
        (__file__, "TaskDescription has no property 'Bogus': dropped (keep_unknown=True keeps)"),
        (__file__, "JobDescription has no property 'pack': dropped (keep_unknown=True keeps)"),
    ]


def test_constructor_known_keys_only_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        JobDescription({"Name": "a", "Notification": None, "DAG": {"Tasks": {"x": {}}}})

    assert caplog.records == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, "NoneType"),
        (5, "int"),
        ([("Name", "a")], "list"),
        (DAG(), "DAG"),
        ("[1]", "list"),
        ("5", "int"),
        ("null", "NoneType"),
    ],
)
def test_constructor_anything_else_is_a_type_error_naming_it(given: Any, shown: str) -> None:
    with pytest.raises(TypeError, match=f"not {shown}$"):
        JobDescription(given)


@pytest.mark.parametrize("text", ["nope", "", "{", b"", b"\xff\xfe{", '{"Name": }'])
def test_constructor_text_that_is_no_json_is_a_json_error(text: str | bytes) -> None:
    with pytest.raises(JsonError, match=r"Bad json format string.* is not jsonizable\.$"):
        JobDescription(text)


def test_constructor_text_that_is_no_json_is_not_repeated_in_the_error() -> None:
    with pytest.raises(JsonError) as caught:
        JobDescription('{"AccessKeySecret": "planted-secret"')

    assert "planted-secret" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"Name": 5}, "JobDescription: Name must be a string, not int"),
        ({"Priority": "high"}, "JobDescription: Priority must be an integer, not str"),
        ({"Priority": True}, "JobDescription: Priority must be an integer, not bool"),
        ({"Priority": 1.5}, "JobDescription: Priority must be an integer, not float"),
        ({"AutoRelease": 1}, "JobDescription: AutoRelease must be a boolean, not int"),
        ({"DAG": []}, "JobDescription: DAG must be DAG or a dict, not list"),
        ({"DAG": "x"}, "JobDescription: DAG must be DAG or a dict, not str"),
        ({"DAG": "[1]"}, "JobDescription: DAG must be DAG or a dict, not list"),
        ({"DAG": TaskDescription()}, "JobDescription: DAG must be DAG or a dict, not Task"),
        ({"DAG": {"Tasks": []}}, "JobDescription: DAG.Tasks must be a dict, not list"),
        (
            {"DAG": {"Tasks": {"x": {"Parameters": {"Command": {"CommandLine": 1}}}}}},
            "JobDescription: DAG.Tasks.x.Parameters.Command.CommandLine must be a string, not int",
        ),
        (
            {"DAG": {"Dependencies": {"a": ["b", 3]}}},
            "JobDescription: DAG.Dependencies.a.1 must be a string, not int",
        ),
        (
            {"DAG": {"Dependencies": {"a": "b"}}},
            "JobDescription: DAG.Dependencies.a must be a list, not str",
        ),
        (
            {"Notification": {"Topic": {"Events": {"a": 1}}}},
            "JobDescription: Notification.Topic.Events must be a list, not dict",
        ),
        ({"Name": b"\xff"}, "JobDescription: Name must be text, or its UTF-8 bytes, not bytes"),
        (
            {"DAG": {"Tasks": {("a", 1): {}}}},
            "JobDescription: DAG.Tasks must be a dict whose keys are texts, not tuple",
        ),
    ],
)
def test_constructor_wrong_type_is_a_type_error_with_the_path(
    content: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        JobDescription(content)

    assert str(caught.value).startswith(message)


def test_constructor_wrong_type_does_not_repeat_the_value() -> None:
    with pytest.raises(TypeError) as caught:
        Mounts({"OSS": {"AccessKeySecret": ["planted-secret"]}})

    assert "planted-secret" not in str(caught.value) + repr(caught.value)


def test_constructor_bytes_become_text() -> None:
    command = Command({"CommandLine": b"echo \xe4\xbd\xa0", "EnvVars": {b"K": b"v"}})

    assert command.CommandLine == "echo 你"
    assert command.EnvVars == {"K": "v"}


def test_constructor_whole_float_for_an_integer_becomes_an_integer() -> None:
    task = TaskDescription({"InstanceCount": 3.0})

    assert task.InstanceCount == 3
    assert isinstance(task.InstanceCount, int)


def test_constructor_environment_values_become_text_and_the_callers_dict_stays() -> None:
    environment = {"N": 3, "Flag": True, "Ratio": 0.5, "None": None, "S": "s"}
    before = dict(environment)

    command = Command({"EnvVars": environment})

    assert command.EnvVars == {"N": "3", "Flag": "True", "Ratio": "0.5", "None": None, "S": "s"}
    assert environment == before


def test_constructor_keys_of_maps_become_text_as_in_json() -> None:
    dag = DAG({"Tasks": {5: {}}})

    assert list(dag.Tasks) == ["5"]
    assert DAG(dag.dump()) == dag


def test_constructor_callers_dict_is_neither_changed_nor_kept() -> None:
    given: dict[str, Any] = {
        "Name": "a",
        "CommandLine": "b",
        "InputParameters": {"p": {"Type": "Number", "Default": 5}},
    }
    before = copy.deepcopy(given)

    app = AppDescription(given)
    app.InputParameters["p"].Type = "String"
    app.InputParameters["q"] = Parameter()

    assert given == before
    given["InputParameters"]["p"]["Default"] = 6
    assert app.InputParameters["p"].Default == 5


def test_constructor_from_an_object_makes_an_independent_deep_copy() -> None:
    first = TaskDescription({"Parameters": {"Command": {"CommandLine": "a"}}})
    second = TaskDescription(first)
    second.Parameters.Command.CommandLine = "b"
    second.InputMapping["oss://x/"] = "/x/"

    assert first.Parameters.Command.CommandLine == "a"
    assert first.InputMapping == {}


def test_constructor_from_an_object_adds_no_defaults_to_it() -> None:
    job = JobDescription(Name="a")
    del job["Description"]

    assert JobDescription(job) == job
    assert "Description" not in JobDescription(job)


def test_constructor_null_is_as_good_as_absent() -> None:
    job = JobDescription({"Name": None, "DAG": None, "Description": None})

    assert job == JobDescription()


def test_constructor_defaults_fill_in_nested_objects_given_as_dicts() -> None:
    job = JobDescription({"DAG": {"Tasks": {"x": {"InstanceCount": 2}}}})

    assert job.DAG.Tasks["x"].InstanceCount == 2
    assert job.DAG.Tasks["x"].Timeout == 3600
    assert job.DAG.Tasks["x"].Parameters.InputMappingConfig.Locale == "GBK"


def test_constructor_configs_without_networks_gets_the_documented_vpc() -> None:
    assert Configs().Networks.VPC.CidrBlock == "192.168.0.0/16"
    assert ClusterDescription({"Configs": {}}).Configs.Networks.VPC.CidrBlock == "192.168.0.0/16"


def test_constructor_json_text_for_a_nested_object_is_converted() -> None:
    job = JobDescription({"DAG": '{"Tasks": {"x": "{\\"InstanceCount\\": 7}"}}'})

    assert job.DAG.Tasks["x"].InstanceCount == 7


def test_constructor_subclass_of_a_program_takes_and_is_taken_like_its_class() -> None:
    class MyParameters(Parameters):
        pass

    mine = MyParameters({"StdoutRedirectPath": "oss://a/"})

    assert Parameters(mine).StdoutRedirectPath == "oss://a/"
    assert TaskDescription({"Parameters": mine}).Parameters == mine
    assert MyParameters(Parameters(mine)) == mine


def test_isinstance_is_plain_class_membership() -> None:
    assert not isinstance({"Size": 1}, SystemDisk)
    assert isinstance(Disks().SystemDisk, SystemDisk)


_UNKNOWN_INSIDE: dict[str, Any] = {
    "Name": "n",
    "Surprise": {"deep": [1]},
    "DAG": {
        "Tasks": {"x": {"InstanceCounts": 3, "Parameters": {"Command": {"Shell": "bash"}}}},
        "Order": "any",
    },
}


@pytest.mark.parametrize("as_text", [False, True])
def test_unknown_keys_are_kept_and_sent_at_any_depth_if_wanted(as_text: bool) -> None:
    given: Any = json.dumps(_UNKNOWN_INSIDE) if as_text else _UNKNOWN_INSIDE
    job = JobDescription(given, keep_unknown=True)

    for content in (job.to_dict(), json.loads(job.dump()), json.loads(job.dump(None))):
        assert content["Surprise"] == {"deep": [1]}
        assert content["DAG"]["Order"] == "any"
        task = content["DAG"]["Tasks"]["x"]
        assert (task["InstanceCounts"], task["Parameters"]["Command"]["Shell"]) == (3, "bash")
    assert job["Surprise"] == job.get("Surprise") == {"deep": [1]}
    # The defaults are those of any new object, and nobody shares the content.
    assert (job.Type, job.DAG.Tasks["x"].Timeout) == ("DAG", 3600)
    job["Surprise"]["deep"].append(2)
    job.to_dict()["Surprise"]["deep"].clear()
    assert _UNKNOWN_INSIDE["Surprise"] == {"deep": [1]}
    assert job.to_dict()["Surprise"] == {"deep": [1, 2]}


@pytest.mark.parametrize(
    "copied_by",
    [
        copy.copy,
        copy.deepcopy,
        JobDescription,
        lambda job: JobDescription(job, Name="n"),
        lambda job: pickle.loads(pickle.dumps(job)),
        lambda job: JobDescription(job.dump(), keep_unknown=True),
    ],
)
def test_kept_keys_are_still_sent_by_copies(
    copied_by: Callable[[JobDescription], JobDescription],
) -> None:
    job = JobDescription(_UNKNOWN_INSIDE, keep_unknown=True)
    copied = copied_by(job)

    assert copied.to_dict() == job.to_dict()
    copied["Surprise"]["deep"].append(2)
    assert job["Surprise"] == {"deep": [1]}


def test_kept_keys_make_no_noise_and_dropped_ones_are_named() -> None:
    JobDescription(_UNKNOWN_INSIDE, keep_unknown=True)  # any warning is an error in tests

    with pytest.warns(BatchComputeWarning) as seen:
        JobDescription(_UNKNOWN_INSIDE)
    assert [str(entry.message).partition(":")[0] for entry in seen] == [
        "Command has no property 'Shell'",
        "TaskDescription has no property 'InstanceCounts' (did you mean InstanceCount?)",
        "DAG has no property 'Order'",
        "JobDescription has no property 'Surprise'",
    ]


def test_id_in_the_content_of_a_description_is_dropped_without_noise() -> None:
    given = {"Id": "job-1", "Name": "n"}
    job = JobDescription(given)
    job.update(given)
    job.load(json.dumps(given))
    with pytest.warns(BatchComputeWarning, match="JobDescription has no property 'Foo': dropped"):
        JobDescription({**given, "Foo": 1})
    with pytest.warns(BatchComputeWarning, match="TaskDescription has no property 'Id': dropped"):
        TaskDescription({"Id": "t"})

    assert "Id" not in job
    assert "Id" not in job.to_dict()


def test_unknown_fields_of_an_answer_are_sent_back_only_by_a_copy_that_keeps_them() -> None:
    answered = JobDescription.from_dict({"Name": "n", "Id": "job-1"})
    answered.DAG = DAG({"Order": "any"}, keep_unknown=True)

    assert answered.to_dict() == {
        "Name": "n",
        "DAG": {"Tasks": {}, "Dependencies": {}, "Order": "any"},
    }
    assert JobDescription(answered, keep_unknown=True).to_dict()["Id"] == "job-1"
