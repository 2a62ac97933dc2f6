from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest

import batchcompute.server
from batchcompute.server.api.contract.body import check_body, parse_body
from batchcompute.server.api.contract.document import load_contract
from batchcompute.server.api.contract.query import check_query, parse_query
from batchcompute.server.api.contract.routing import Router
from batchcompute.server.model.errors import ApiError
from batchcompute.server.rules.operations import (
    CHANGES,
    CONSOLE_LINK,
    EXPLANATIONS,
    OFFERS,
    READS,
    WAITS,
)
from codegen.surface.errors import ErrorTable

CONTRACT = load_contract()
DOCUMENT = json.loads(
    files("batchcompute._generated.schemas").joinpath("openapi.json").read_text("utf-8")
)
ROUTER = Router(CONTRACT.operations)
EXAMPLES = Path(__file__).parents[3] / "spec" / "examples"


def test_every_operation_is_served() -> None:
    operations = {operation.operation_id for operation in CONTRACT.operations}
    served = [*READS, *OFFERS, *EXPLANATIONS, *CHANGES, *WAITS, CONSOLE_LINK]
    assert set(served) == operations
    assert len(served) == len(operations)


def operation(method: str, target: str) -> tuple[str, Mapping[str, str]]:
    path, _, query = target.partition("?")
    match = ROUTER.match(method, path, parse_query(query))
    return match.operation.operation_id, match.path


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/jobs/j", "get_job"),
        ("GET", "/jobs/j?description", "get_job_description"),
        ("GET", "/jobs/j?description=", "get_job_description"),
        ("GET", "/jobs/j?RegionId=x&description", "get_job_description"),
        ("GET", "/jobs/j?other", "get_job"),
        ("POST", "/jobs", "create_job"),
        ("POST", "/jobs?sync", "create_job_sync"),
        ("POST", "/jobs?sync&IdempotentToken=a", "create_job_sync"),
        ("GET", "/apps/a", "get_app"),
        ("GET", "/apps/a?Detail=True&Qualifier", "get_app_detail"),
        ("GET", "/apps/a?Revisions=True", "get_app_revisions"),
        ("GET", "/available", "get_available_resource"),
    ],
)
def test_route(method: str, target: str, expected: str) -> None:
    assert operation(method, target)[0] == expected


def test_path_parameters_are_decoded() -> None:
    name, path = operation("GET", "/jobs/j%20b/tasks/t/instances/3")
    assert (name, path) == ("get_instance", {"JobId": "j b", "TaskName": "t", "InstanceId": "3"})


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/", "InvalidUrlPattern"),
        ("GET", "/nothing", "InvalidUrlPattern"),
        ("GET", "/jobs/j/tasks/t/other", "InvalidUrlPattern"),
        ("GET", "/jobs/j/stop", "MethodNotAllowed"),
        ("PATCH", "/jobs", "MethodNotAllowed"),
        ("HEAD", "/jobs/j", "MethodNotAllowed"),
    ],
)
def test_unknown_route(method: str, path: str, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        ROUTER.match(method, path, {})
    assert (caught.value.status, caught.value.code) == (400, code)


def list_jobs(text: str) -> dict[str, Any]:
    operation = ROUTER.match("GET", "/jobs", {}).operation
    return check_query(operation, parse_query(text))


def test_query_values_are_converted() -> None:
    text = "Marker&MaxItemCount=7&State=Running&IsReverse=True&Unknown=1"
    assert list_jobs(text) == {"MaxItemCount": 7, "State": "Running", "IsReverse": True}
    assert list_jobs("") == {"MaxItemCount": 50}
    assert list_jobs("MaxItemCount=") == {"MaxItemCount": 50}


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("MaxItemCount=101", "InvalidMaxItemCount", "It must be in [0, 100]."),
        ("MaxItemCount=-1", "InvalidMaxItemCount", "It must be in [0, 100]."),
        ("MaxItemCount=ten", "InvalidMaxItemCount", "Its type must be integer."),
        ("MaxItemCount=1.5", "InvalidMaxItemCount", "Its type must be integer."),
        ("State=Foo", "InvalidState", "It must be one of Waiting, Running"),
        ("IsReverse=maybe", "InvalidIsReverse", "Its type must be boolean."),
        ("OrderBy=Name", "InvalidOrderBy", "It must be one of Id, CreationTime."),
    ],
)
def test_query_faults(text: str, code: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        list_jobs(text)
    assert caught.value.code == code
    assert message in caught.value.message


@pytest.mark.parametrize(
    "token", ["token_1", "a-b", "x" * 65, "x" * 128, "4b3f1b1e-8855-11e5-9a4e-00163e0a1b2c", "a b."]
)
def test_any_text_is_an_idempotent_token(token: str) -> None:
    create = ROUTER.match("POST", "/jobs", {}).operation
    assert check_query(create, {"IdempotentToken": token}) == {"IdempotentToken": token}


def test_idempotent_token_has_a_limit() -> None:
    create = ROUTER.match("POST", "/jobs", {}).operation
    with pytest.raises(ApiError) as caught:
        check_query(create, {"IdempotentToken": "x" * 129})
    assert caught.value.code == "InvalidIdempotentToken"


@pytest.mark.parametrize(
    ("component", "pattern"),
    [
        ("JobDescription", "create-job-[djp]*.request.json"),
        ("ClusterDescription", "create-cluster*.request.json"),
        ("ModifyClusterDescription", "modify-cluster*.request.json"),
        ("PriorityChange", "change-job-priority*.request.json"),
    ],
)
def test_examples_are_accepted(component: str, pattern: str) -> None:
    found = sorted(EXAMPLES.glob(pattern))
    assert found
    for path in found:
        check_body(CONTRACT, component, parse_body(path.read_bytes()))


def body() -> dict[str, Any]:
    parameters = {"Command": {"CommandLine": "true"}}
    tasks = {"Echo": {"ClusterId": "cls-1", "Parameters": parameters, "InstanceCount": 1}}
    return {"Name": "job", "Type": "DAG", "DAG": {"Tasks": tasks}}


def fault(component: str, sent: Any) -> tuple[str, str]:
    with pytest.raises(ApiError) as caught:
        check_body(CONTRACT, component, sent)
    assert caught.value.status == 400
    return caught.value.code, caught.value.message


_TASK = "DAG.Tasks.Echo"


@pytest.mark.parametrize(
    ("path", "value", "code", "message"),
    [
        (f"{_TASK}.InstanceCount", "three", "InvalidInstanceCount", "Its type must be integer."),
        (f"{_TASK}.InstanceCount", "0", "InvalidInstanceCount", "It must not be less than 1."),
        (f"{_TASK}.InstanceCount", True, "InvalidInstanceCount", "Its type must be integer."),
        (f"{_TASK}.InstanceCount", 1.5, "InvalidInstanceCount", "Its type must be integer."),
        (f"{_TASK}.InstanceCount", "٣", "InvalidInstanceCount", "Its type must be integer."),
        (f"{_TASK}.InstanceCount", 0, "InvalidInstanceCount", "It must not be less than 1."),
        (f"{_TASK}.MaxRetryCount", -1, "InvalidMaxRetryCount", "It must not be less than 0."),
        (f"{_TASK}.Parameters", [], "InvalidParameters", "Its type must be object."),
        (
            f"{_TASK}.Parameters.Command.CommandLine",
            "x" * 131_072,
            "InvalidCommandLine",
            "Its length must be in [1, 131071].",
        ),
        (
            f"{_TASK}.Parameters.Command.EnvVars",
            {"A": [1]},
            "InvalidEnvVars",
            "Its type must be string.",
        ),
        ("Name", "9lives", "InvalidName", "must not start with [0-9]."),
        ("Name", "x" * 65, "InvalidName", "Its length must be in [1, 64]."),
        ("Name", 7, "InvalidName", "Its type must be string."),
        ("Description", "x" * 1025, "InvalidDescription", "Its length must be in [0, 1024]."),
        ("Priority", 1001, "InvalidPriority", "It must be in [0, 1000]."),
        ("JobFailOnInstanceFail", "yes", "InvalidJobFailOnInstanceFail", "must be boolean."),
        ("DAG", "x", "InvalidDAG", "Its type must be object."),
        ("DAG.Tasks", {}, "InvalidTasks", "Its size must not be less than 1."),
        ("DAG.Dependencies", [], "InvalidDependencies", "Its type must be object."),
        ("DAG.Dependencies", {"a": "b"}, "InvalidDependencies", "Its type must be array."),
    ],
)
def test_fault_names_member_and_place(path: str, value: Any, code: str, message: str) -> None:
    sent = body()
    *parents, member = path.split(".")
    node: Any = sent
    for parent in parents:
        node = node[parent]
    node[member] = value
    found, text = fault("JobDescription", sent)
    assert found == code
    assert f"Specified parameter {path}" in text
    assert message in text


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("Name", "MissingName"),
        ("Type", "MissingType"),
        ("DAG", "MissingDAG"),
        ("DAG.Tasks", "MissingTasks"),
        (f"{_TASK}.Parameters", "MissingParameters"),
        (f"{_TASK}.Parameters.Command", "MissingCommand"),
        (f"{_TASK}.Parameters.Command.CommandLine", "MissingCommandLine"),
    ],
)
def test_absent_member_is_named(path: str, code: str) -> None:
    sent = body()
    *parents, member = path.split(".")
    node: Any = sent
    for parent in parents:
        node = node[parent]
    del node[member]
    assert fault("JobDescription", sent) == (code, f"{path} is mandatory for this action.")


def test_first_fault_of_the_document_is_reported_and_the_others_are_named() -> None:
    sent = {"Priority": "high", **body(), "Description": 1}
    sent["DAG"]["Tasks"]["Echo"]["Timeout"] = "1h"
    code, text = fault("JobDescription", sent)
    assert code == "InvalidPriority"
    assert text.endswith(f"Wrong as well: {_TASK}.Timeout, Description.")


def test_members_below_configs_have_dotted_codes() -> None:
    sent = {
        "Name": "c",
        "ImageId": "img-ubuntu",
        "Groups": {"g": {"DesiredVMCount": 1}},
        "Configs": {"Disks": {"SystemDisk": {"Size": "large"}}},
    }
    assert fault("ClusterDescription", sent)[0] == "InvalidConfigs.Disks.SystemDisk.Size"
    sent["Groups"] = {"g": 3}
    assert fault("ClusterDescription", sent)[0] == "InvalidGroups.g"
    sent["Groups"] = {"g": {}}
    assert fault("ClusterDescription", sent)[0] == "MissingDesiredVMCount"


@pytest.mark.parametrize(
    ("path", "value", "meant"),
    [
        ("Priority", "10", 10),
        ("Priority", 10.0, 10),
        (f"{_TASK}.InstanceCount", "3", 3),
        (f"{_TASK}.Timeout", 1e4, 10_000),
        ("AutoRelease", "True", True),
        ("JobFailOnInstanceFail", "false", False),
        (f"{_TASK}.Parameters.Command.EnvVars", {"A": 1, "B": 0.5, "C": True, "D": "x"}, None),
        (f"{_TASK}.AutoCluster", {"SpotPriceLimit": "0.25"}, {"SpotPriceLimit": 0.25}),
    ],
)
def test_value_with_one_reading_is_taken_for_that(path: str, value: Any, meant: Any) -> None:
    sent = body()
    node = sent
    *parents, last = path.split(".")
    for parent in parents:
        node = node[parent]
    node[last] = value
    check_body(CONTRACT, "JobDescription", sent)
    expected = {"A": "1", "B": "0.5", "C": "true", "D": "x"} if meant is None else meant
    assert node[last] == expected
    assert type(node[last]) is type(expected)


def test_all_values_with_one_reading_are_taken_at_once() -> None:
    topic = {"Topic": {"Name": 3}}
    sent = {**body(), "Priority": "7", "AutoRelease": "false", "Notification": topic}
    code, message = fault("JobDescription", sent)
    # What is said is what is left.
    assert (code, "Wrong as well" in message) == ("InvalidName", False)


def test_count_that_was_never_set_in_java_is_absent() -> None:
    change = {"Groups": {"g": {"DesiredVMCount": -1, "InstanceType": "t"}}}
    check_body(CONTRACT, "ModifyClusterDescription", change)
    assert change == {"Groups": {"g": {"InstanceType": "t"}}}
    made = {"Name": "c", "ImageId": "img-ubuntu", "Groups": {"g": {"DesiredVMCount": -1}}}
    assert fault("ClusterDescription", made)[0] == "InvalidDesiredVMCount"


@pytest.mark.parametrize("value", [10, "10", 0, 1000])
def test_priority_may_be_text(value: int | str) -> None:
    check_body(CONTRACT, "PriorityChange", {"Priority": value})


@pytest.mark.parametrize("value", [-1, 1001, "high", "-1", True, 1.5, []])
def test_wrong_priority_is_refused(value: Any) -> None:
    assert fault("PriorityChange", {"Priority": value})[0] == "InvalidPriority"


def test_null_counts_as_absent() -> None:
    raw = b'{"Name": null, "Type": "DAG", "DAG": {"Tasks": null, "Dependencies": {"a": null}}}'
    assert parse_body(raw) == {"Type": "DAG", "DAG": {"Dependencies": {}}}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "InvalidJsonFormat"),
        (b"{", "InvalidJsonFormat"),
        (b"\xff\xfe", "InvalidJsonFormat"),
        (b'{"a": NaN}', "InvalidJsonFormat"),
        (b'{"a": "\\ud800"}', "InvalidJsonFormat"),
        (b"[" * 100_000, "InvalidJsonFormat"),
        (b"[]", "InvalidHttpBody"),
        (b"3", "InvalidHttpBody"),
        (b"null", "InvalidHttpBody"),
    ],
)
def test_body_that_is_no_object(raw: bytes, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_body(raw)
    assert (caught.value.status, caught.value.code) == (400, code)


class _Counted(dict[str, Any]):
    """A dict that knows how often it was walked through."""

    walks = 0

    def __iter__(self) -> Iterator[str]:
        self.walks += 1
        return super().__iter__()


def test_many_faults_of_one_object_are_found_in_few_walks_through_it() -> None:
    # One walk per fault takes a quarter of a minute for a body of the largest size.
    tasks = _Counted({f"t{number}": 1 for number in range(1000)})
    body = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": tasks}}
    with pytest.raises(ApiError) as refused:
        check_body(CONTRACT, "JobDescription", body)
    assert "DAG.Tasks.t0 is not valid" in refused.value.message
    assert refused.value.message.endswith("DAG.Tasks.t10, and 989 more.")
    assert tasks.walks < 10


def test_operations_that_wait_are_those_of_the_contract() -> None:
    waiting = {
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        if operation.get("x-long-running")
    }

    assert waiting == WAITS


def _error_codes() -> Iterator[tuple[str, int, str]]:
    """Yield place, status and code of the errors that the service writes out."""
    root = Path(batchcompute.server.__file__).parent
    for path in sorted(root.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "ApiError" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "ApiError":
                status, code = node.args[:2]
                if isinstance(status, ast.Constant) and isinstance(code, ast.Constant):
                    place = f"{path.relative_to(root)}:{node.lineno}"
                    yield place, cast("int", status.value), str(code.value)


def test_errors_of_the_service_are_in_the_table_of_the_contract() -> None:
    table = ErrorTable(DOCUMENT)
    found = list(_error_codes())

    assert len(found) > 15
    for place, status, code in found:
        row = table.row(code)
        assert row is not None, f"{place}: {code}"
        assert row.status == status, f"{place}: {code}"
