from __future__ import annotations

from typing import Any

import pytest

from batchcompute.server.model.errors import ApiError
from batchcompute.server.model.plan import TaskPlan
from batchcompute.server.rules.apps.jobs import plan_app_job

APP = {
    "Name": "app",
    "CommandLine": "cp ${from} ${to} && echo ${count}",
    "VM": {"ECSImageId": "img-ubuntu"},
    "InputParameters": {
        "from": {"LocalPath": "/in/file"},
        "count": {"Type": "Number", "Default": 3},
    },
    "OutputParameters": {"to": {"LocalPath": "/out/file"}, "plain": {}},
    "EnvVars": {"LANG": "C", "count": "overridden"},
}
INPUTS = {"from": "oss://b/in"}


def plan(app: dict[str, Any] | None = None, **arguments: Any) -> TaskPlan:
    given = {"AppName": "app", "Inputs": INPUTS, **arguments}
    (task,) = plan_app_job({"Name": "j", "Type": "App", "App": given}, {**APP, **(app or {})}).tasks
    return task


def refused(app: dict[str, Any] | None = None, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ApiError) as caught:
        plan(app, **arguments)
    assert caught.value.status == 400
    return caught.value.code, caught.value.message


def test_parameters_become_variables_and_mappings() -> None:
    task = plan(Outputs={"to": "oss://b/out"})
    assert task.environment == {
        "LANG": "C",
        "from": "/in/file",
        "count": "3",
        "to": "/out/file",
    }
    assert task.input_mapping == {"oss://b/in": "/in/file"}
    assert task.output_mapping == {"/out/file": "oss://b/out"}
    assert task.app_outputs == {"to": "oss://b/out"}
    assert task.command_line == APP["CommandLine"]


def test_defaults() -> None:
    task = plan()
    assert (task.name, task.instance_count, task.max_retries, task.timeout) == ("task", 1, 0, 86400)
    assert (task.stdout, task.stderr, task.output_mapping, task.app_outputs) == ("", "", {}, {})
    assert task.auto_cluster["ImageId"] == "img-ubuntu"
    assert not task.reserve_on_fail


@pytest.mark.parametrize(
    ("given", "shown"), [(1, "1"), (2.5, "2.5"), (-3, "-3"), (10**20, "1" + 20 * "0")]
)
def test_numbers_are_written_as_in_json(given: float, shown: str) -> None:
    assert plan(Inputs={**INPUTS, "count": given}).environment["count"] == shown


def test_names_that_the_shell_cannot_read_are_replaced() -> None:
    app = {
        "CommandLine": 'echo "${in-file}" ${in-file} ${other-name} ${LANG}',
        "InputParameters": {"x": {"Default": ""}, "in-file": {}},
    }
    task = plan(app, Inputs={"in-file": "$(rm) `x`"})
    # The outputs come after the inputs; the number is the parameter's place among them.
    variable = "BATCH_COMPUTE_APP_PARAMETER_1"
    expected = f'echo "${{{variable}}}" ${{{variable}}} ${{other-name}} ${{LANG}}'
    assert task.command_line == expected
    assert task.environment[variable] == task.environment["in-file"] == "$(rm) `x`"


def test_input_without_content_is_not_mapped() -> None:
    app = {"InputParameters": {"from": {"LocalPath": "/in/", "Default": ""}}}
    task = plan(app, Inputs={})
    assert (task.input_mapping, task.environment["from"]) == ({}, "")


def test_output_without_an_address_is_not_kept() -> None:
    task = plan(Outputs={"to": ""})
    assert (task.output_mapping, task.app_outputs) == ({}, {})
    assert task.environment["to"] == "/out/file"


def test_settings_of_the_app_apply_unless_the_job_replaces_them() -> None:
    declared = {"InstanceCount": {"Default": 4}, "Timeout": {"Default": 0}}
    config = {"MaxRetryCount": 2, "InstanceType": "bcs.a2.large", "ReserveOnFail": True}
    task = plan({"Config": declared}, Config=config)
    assert (task.instance_count, task.max_retries, task.timeout) == (4, 2, 86400)
    assert task.auto_cluster["InstanceType"] == "bcs.a2.large"
    assert task.reserve_on_fail
    assert plan({"Config": declared}, Config={"InstanceCount": 5}).instance_count == 5


def test_cluster_of_the_caller_is_used() -> None:
    task = plan(Config={"ClusterId": "cls-1"})
    assert (task.cluster_id, task.auto_cluster) == ("cls-1", {})


def test_streams_are_kept_where_logging_says() -> None:
    task = plan(Logging={"StdoutPath": "oss://b/logs", "StderrPath": "oss://b/logs/"})
    assert task.object_name("stdout", "job-1", 0) == "oss://b/logs/stdout.job-1.task.0"
    assert task.stderr == "oss://b/logs/"


@pytest.mark.parametrize(
    ("arguments", "code", "path"),
    [
        ({"Inputs": {}}, "MissingInputs", "App.Inputs.from"),
        ({"Inputs": {**INPUTS, "other": "x"}}, "InvalidInputs", "App.Inputs.other"),
        ({"Inputs": {**INPUTS, "count": "three"}}, "InvalidInputs", "App.Inputs.count"),
        ({"Inputs": {**INPUTS, "count": True}}, "InvalidInputs", "App.Inputs.count"),
        ({"Inputs": {"from": 3}}, "InvalidInputs", "App.Inputs.from"),
        ({"Inputs": {"from": "/etc/passwd"}}, "InvalidInputs", "App.Inputs.from"),
        ({"Outputs": {"other": "oss://b/o"}}, "InvalidOutputs", "App.Outputs.other"),
        ({"Outputs": {"plain": "oss://b/o"}}, "InvalidOutputs", "App.Outputs.plain"),
        ({"Outputs": {"to": "b/o"}}, "InvalidOutputs", "App.Outputs.to"),
        ({"Inputs": {"from": "oss://b/./in"}}, "InvalidInputs", "App.Inputs.from"),
        ({"Outputs": {"to": "oss://.b/o"}}, "InvalidOutputs", "App.Outputs.to"),
        ({"Logging": {"StdoutPath": "/tmp"}}, "InvalidStdoutPath", "App.Logging.StdoutPath"),
        ({"Config": {"InstanceCount": 2**31}}, "InvalidInstanceCount", "App.Config.InstanceCount"),
    ],
)
def test_refused_arguments(arguments: dict[str, Any], code: str, path: str) -> None:
    found, message = refused(**arguments)
    assert found == code
    assert path in message


def test_setting_that_is_not_overwritable_stays() -> None:
    declared = {"InstanceCount": {"Default": 4, "Overwritable": False}}
    assert plan({"Config": declared}, Config={"InstanceCount": 4}).instance_count == 4
    code, message = refused({"Config": declared}, Config={"InstanceCount": 5})
    assert code == "InvalidInstanceCount"
    assert "does not let jobs replace it" in message
    assert plan({"Config": declared}).instance_count == 4


def test_one_object_cannot_be_two_inputs() -> None:
    parameters = {"from": {"LocalPath": "/a"}, "again": {"LocalPath": "/b"}}
    inputs = {"from": "oss://b/in", "again": "oss://b/in"}
    assert refused({"InputParameters": parameters}, Inputs=inputs)[0] == "InvalidInputs"


def test_one_place_cannot_be_two_parameters_of_a_kind() -> None:
    parameters = {"from": {"LocalPath": "/a"}, "again": {"LocalPath": "/b/../a"}}
    inputs = {"from": "oss://b/in", "again": "oss://b/in2"}
    assert refused({"InputParameters": parameters}, Inputs=inputs) == (
        "InvalidInputs",
        "Specified parameter App.Inputs.again is not valid. '/b/../a' is mapped already.",
    )
    # One of them by itself is enough for what runs with either.
    parameters["from"]["Default"] = ""
    assert plan({"InputParameters": parameters}, Inputs={"again": "oss://b/in2"}).input_mapping
    outputs = {"to": {"LocalPath": "/o/"}, "also": {"LocalPath": "/o/./"}}
    addresses = {"to": "oss://b/1/", "also": "oss://b/2/"}
    assert refused({"OutputParameters": outputs}, Outputs=addresses)[0] == "InvalidOutputs"


def test_output_is_not_what_came_in() -> None:
    outputs = {"to": {"LocalPath": "/in/file"}}
    arguments = {"to": "oss://b/in"}
    assert refused({"OutputParameters": outputs}, Outputs=arguments)[0] == "InvalidOutputs"


@pytest.mark.parametrize(
    ("app", "path"),
    [
        ({"VM": {}, "Docker": {"Image": "-v/:/x"}}, "Docker.Image"),
        ({"EnvVars": {"BATCH_COMPUTE_DOCKER_IMAGE": "a b"}}, "EnvVars.BATCH_COMPUTE_DOCKER_IMAGE"),
        (
            {"VM": {}, "Docker": {"Image": "a", "RegistryOSSPath": "dockers"}},
            "Docker.RegistryOSSPath",
        ),
        ({"VM": {}, "Docker": {"Image": "A", "RegistryOSSPath": "oss://b/"}}, "Docker.Image"),
    ],
)
def test_what_is_no_image_is_refused_by_its_member(app: dict[str, Any], path: str) -> None:
    code, message = refused(app)
    assert code in ("InvalidDocker", "InvalidEnvVars")
    assert f"parameter {path} is" in message


def test_app_in_a_container() -> None:
    task = plan({"VM": {}, "Docker": {"Image": "ubuntu:22.04"}})
    assert task.container == "ubuntu:22.04"
    assert task.auto_cluster["ImageId"] == "img-ubuntu"


def test_app_in_a_container_of_the_callers_registry() -> None:
    docker = {"Image": "localhost:5000/copy:0.1", "RegistryOSSPath": "oss://my-bucket/dockers/"}
    task = plan({"VM": {}, "Docker": docker})
    assert (task.container, task.registry) == (docker["Image"], docker["RegistryOSSPath"])
