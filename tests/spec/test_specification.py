"""The real specification: clean, complete, and with examples that are what they say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from openapi_schema_validator import OAS30Validator

from codegen.lint import run
from codegen.lint.__main__ import main
from codegen.lint.extensions import MIXINS, VOCABULARY
from codegen.yaml_loader import Loader

SPEC = Path(__file__).parents[2] / "spec" / "openapi.yaml"
EXAMPLES = SPEC.parent / "examples"
DOCUMENT: dict[str, Any] = yaml.load(SPEC.read_text(encoding="utf-8"), Loader=Loader)

GROUPS = {"group": {"DesiredVMCount": 1}}

#: Every operation of the service: method, path, status of success, schema of the answer.
OPERATIONS = """
create_job                POST   /jobs                                                     201 CreateResult
create_job_sync           POST   /jobs?sync                                                200 SynchronousInstance
list_jobs                 GET    /jobs                                                     200 JobList
get_job                   GET    /jobs/{JobId}                                             200 Job
get_job_description       GET    /jobs/{JobId}?description                                 200 AnyJobDescription
stop_job                  POST   /jobs/{JobId}/stop                                        201 -
start_job                 POST   /jobs/{JobId}/start                                       201 -
change_job_priority       PUT    /jobs/{JobId}                                             200 -
delete_job                DELETE /jobs/{JobId}                                             204 -
list_tasks                GET    /jobs/{JobId}/tasks                                       200 TaskList
get_task                  GET    /jobs/{JobId}/tasks/{TaskName}                            200 Task
list_instances            GET    /jobs/{JobId}/tasks/{TaskName}/instances                  200 InstanceList
get_instance              GET    /jobs/{JobId}/tasks/{TaskName}/instances/{InstanceId}     200 Instance
create_cluster            POST   /clusters                                                 201 CreateResult
list_clusters             GET    /clusters                                                 200 ClusterList
get_cluster               GET    /clusters/{ClusterId}                                     200 Cluster
modify_cluster            PUT    /clusters/{ClusterId}                                     200 -
delete_cluster            DELETE /clusters/{ClusterId}                                     204 -
list_cluster_instances    GET    /clusters/{ClusterId}/groups/{GroupName}/instances        200 ClusterInstanceList
get_cluster_instance      GET    /clusters/{ClusterId}/groups/{GroupName}/instances/{InstanceId} 200 ClusterInstance
delete_cluster_instance   DELETE /clusters/{ClusterId}/groups/{GroupName}/instances/{InstanceId} 202 -
recreate_cluster_instance POST   /clusters/{ClusterId}/groups/{GroupName}/instances/{InstanceId}/recreate 201 -
create_image              POST   /images                                                   201 CreateResult
list_images               GET    /images                                                   200 ImageList
get_image                 GET    /images/{ImageId}                                         200 Image
delete_image              DELETE /images/{ImageId}                                         204 -
create_app                POST   /apps                                                     201 CreateResult
list_apps                 GET    /apps                                                     200 AppList
get_app                   GET    /apps/{AppName}                                           200 App
get_app_detail            GET    /apps/{AppName}?Detail=True                               200 AppDescription
get_app_revisions         GET    /apps/{AppName}?Revisions=True                            200 [AppRevision]
modify_app                PUT    /apps/{AppName}                                           200 -
delete_app                DELETE /apps/{AppName}                                           204 -
get_quotas                GET    /quotas                                                   200 Quota
get_available_resource    GET    /available                                                200 AvailableResource
"""  # noqa: E501 (a table is easier to compare with the documentation in one line per row)


#: What only the service of this project has.
EXTENSIONS = """
explain_job      GET /extensions/explain/jobs/{JobId}                                              200 Explanation
explain_task     GET /extensions/explain/jobs/{JobId}/tasks/{TaskName}                             200 Explanation
explain_instance GET /extensions/explain/jobs/{JobId}/tasks/{TaskName}/instances/{InstanceId}      200 Explanation
explain_cluster  GET /extensions/explain/clusters/{ClusterId}                                      200 Explanation
get_attempts     GET /extensions/jobs/{JobId}/tasks/{TaskName}/instances/{InstanceId}/attempts      200 InstanceAttempts
create_console_link POST /extensions/console/links                                                 200 ConsoleLink
"""  # noqa: E501


def operations() -> dict[str, tuple[str, str, str, str]]:
    return {
        operation["operationId"]: (method.upper(), path, *_answer(operation))
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
    }


def _answer(operation: dict[str, Any]) -> tuple[str, str]:
    ((status, response),) = (
        pair for pair in operation["responses"].items() if pair[0] != "default"
    )
    if "content" not in response:
        return status, "-"
    schema = response["content"]["application/json"]["schema"]
    if schema.get("type") == "array":
        return status, f"[{_name(schema['items'])}]"
    return status, _name(schema)


def _name(reference: dict[str, str]) -> str:
    return reference["$ref"].rsplit("/", 1)[-1]


def errors(schema: str, value: object) -> list[str]:
    root = {"components": DOCUMENT["components"], "$ref": f"#/components/schemas/{schema}"}
    return [error.message for error in OAS30Validator(root).iter_errors(value)]


def load(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def test_specification_is_clean() -> None:
    assert [str(problem) for problem in run(SPEC)] == []


def test_specification_has_every_operation() -> None:
    rows = [line.split() for line in (OPERATIONS + EXTENSIONS.strip()).strip().splitlines()]
    assert operations() == {name: tuple(rest) for name, *rest in rows}


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("Cluster", "get-cluster-full-metric.response.json"),
        ("ClusterInstanceList", "list-cluster-instances-marker.response.json"),
        ("Image", "get-image-owner-text.response.json"),
        ("ImageList", "list-images-self-owner-text.response.json"),
    ],
)
def test_legacy_examples_are_outside_the_contract(schema: str, name: str) -> None:
    assert errors(schema, load(f"legacy/{name}"))


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("TaskDescription", {"Parameters": {"Command": {"CommandLine": "a"}}, "ClusterId": ""}),
        ("AutoCluster", {"ResourceType": "", "SpotStrategy": "", "ImageId": "img-ubuntu"}),
        ("Topic", {"Events": ["OnSomethingNew"]}),
        ("GroupDescription", {"DesiredVMCount": 0}),
        ("ImageDescription", {"Name": "", "EcsImageId": "m-1", "Platform": "Linux"}),
        ("Parameter", {"Default": None}),
        ("Parameter", {"Default": 1.5}),
        ("ModifyClusterDescription", {"Groups": {}, "UserData": {"k": "v"}}),
        ("PriorityChange", {"Priority": "10"}),
        ("InstanceList", {"NextMarker": 0, "Items": []}),
        ("InstanceList", {"NextMarker": "", "Items": []}),
        ("CreateResult", {"Name": "copy"}),
        ("Error", {"Code": "SomethingNew", "Message": "", "Unknown": 1}),
    ],
)
def test_schema_accepts_what_is_on_the_wire(schema: str, value: object) -> None:
    assert errors(schema, value) == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("DAG", {"Tasks": {}}),
        ("TaskDescription", {"InstanceCount": 1}),
        ("TaskDescription", {"Parameters": {"Command": {"CommandLine": "a" * 131_072}}}),
        ("Command", {"CommandLine": "a", "EnvVars": {"A": 1}}),
        ("GroupDescription", {}),
        ("GroupDescription", {"DesiredVMCount": 65537}),
        ("SystemDisk", {"Size": "large"}),
        ("PriorityChange", {"Priority": 1001}),
        ("PriorityChange", {"Priority": "high"}),
        ("ClusterDescription", {"Name": "1st", "ImageId": "img-ubuntu", "Groups": GROUPS}),
        ("ClusterDescription", {"Name": "first", "ImageId": "img-ubuntu", "Groups": {}}),
        ("JobList", {"Items": []}),
        ("CreateResult", {}),
    ],
)
def test_schema_refuses_what_the_service_refuses(schema: str, value: object) -> None:
    assert errors(schema, value)


@pytest.mark.parametrize(
    ("schema", "other"),
    [
        ("JobDescription", "create-app-job-python-sdk.request.json"),
        ("AppJobDescription", "create-job-dag.request.json"),
    ],
)
def test_job_descriptions_are_disjoint(schema: str, other: str) -> None:
    # Readers that ignore the discriminator take the first variant that fits.
    assert errors(schema, load(other))


@pytest.mark.parametrize(
    "vector", load("signature-vectors.json")["vectors"], ids=lambda vector: vector["name"]
)
def test_signature_vector_follows_from_the_description(vector: dict[str, Any]) -> None:
    keys = load("signature-vectors.json")
    headers = {name.lower(): value.strip() for name, value in vector["headers"].items()}
    fixed = [headers.get(n, "") for n in ("accept", "content-md5", "content-type", "date")]
    signed = sorted(name for name in headers if name.startswith("x-acs-"))
    text = "\n".join(
        [vector["method"], *fixed, *(f"{name}:{headers[name]}" for name in signed), ""]
    )
    path, _, query = vector["request_target"].partition("?")
    encoded = path + ("?" + "&".join(sorted(query.split("&"))) if query else "")
    # A server accepts the query as received or decoded.
    candidates = [text + encoded, text + unquote(encoded)]
    assert vector["string_to_sign"] in candidates

    digest = hmac.new(
        keys["access_key_secret"].encode(), vector["string_to_sign"].encode(), hashlib.sha1
    ).digest()
    assert vector["signature"] == base64.b64encode(digest).decode()
    assert vector["authorization"] == f"acs {keys['access_key_id']}:{vector['signature']}"


def test_main_clean_specification_prints_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SPEC)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{SPEC}: clean: {len(operations())} operations,")


def test_main_problem_exits_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text("openapi: 3.1.0\n", encoding="utf-8")
    assert main([str(path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: $.openapi: valid-openapi: The version must be 3.0.3, not 3.1.0.",
        f"{path}: 1 problem.",
    ]


@pytest.mark.parametrize("arguments", [["a", "b"], ["--fix"]])
def test_main_wrong_usage_exits_with_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("usage: ")


def test_readme_explains_every_extension_and_mixin() -> None:
    readme = (SPEC.parent / "README.md").read_text(encoding="utf-8")
    assert [name for name in sorted(VOCABULARY | MIXINS) if f"`{name}`" not in readme] == []
