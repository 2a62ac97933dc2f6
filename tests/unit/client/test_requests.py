"""What each method puts on the wire."""

from __future__ import annotations

import contextlib
import json
import logging
import pickle
import uuid
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from batchcompute import AsyncClient, Client, ClientError, ConfigError, FieldError, ValidationError
from batchcompute._http.signing import authorization
from batchcompute.exceptions import (
    BatchComputeWarning,
    JsonError,
    RequestTimeoutError,
    TransportError,
)
from batchcompute.resources import (
    DAG,
    AppJobDescription,
    ClusterDescription,
    GroupDescription,
    Job,
    JobDescription,
    TaskDescription,
)

from .conftest import FarSide

_JOB = "job-00000000564ECC3F0000A25D00000074"


def _documented_job() -> JobDescription:
    task = TaskDescription()
    task.Parameters.Command.CommandLine = "echo Batchcompute service"
    task.Parameters.Command.PackagePath = ""
    task.Parameters.StdoutRedirectPath = "oss://xxx/xxx/"
    task.Parameters.StderrRedirectPath = "oss://xxx/xxx/"
    task.InstanceCount = 3
    task.ClusterId = "cls-1"
    dag = DAG()
    dag.add_task(task_name="Echo", task=task)
    job = JobDescription()
    job.DAG = dag
    job.Priority = 99
    job.Name = "PythonSDKDemo"
    job.JobFailOnInstanceFail = True
    return job


def _documented_cluster() -> ClusterDescription:
    group = GroupDescription()
    group.DesiredVMCount = 1
    group.InstanceType = "ecs.sn1.medium"
    cluster = ClusterDescription()
    cluster.add_group("group1", group)
    cluster.Name = "BatchcomputeCluster"
    cluster.ImageId = "img-1"
    cluster.Description = "Python SDK test"
    return cluster


def _body(request: httpx.Request) -> Any:
    return json.loads(request.content)


def test_documented_program_sends_the_documented_bodies(client: Client, far_side: FarSide) -> None:
    client.create_cluster(_documented_cluster())
    assert far_side.last.method == "POST"
    assert far_side.last.url.path == "/clusters"
    assert _body(far_side.last) == {
        "Groups": {
            "group1": {
                "ResourceType": "OnDemand",
                "DesiredVMCount": 1,
                "InstanceType": "ecs.sn1.medium",
            }
        },
        "UserData": {},
        "DependencyIsvService": "",
        "Name": "BatchcomputeCluster",
        "ImageId": "img-1",
        "Description": "Python SDK test",
    }

    client.create_job(_documented_job())
    assert far_side.last.url.path == "/jobs"
    assert _body(far_side.last) == {
        "Description": "Batchcompute Python SDK",
        "JobFailOnInstanceFail": True,
        "AutoRelease": False,
        "Type": "DAG",
        "DAG": {
            "Tasks": {
                "Echo": {
                    "Parameters": {
                        "Command": {
                            "EnvVars": {},
                            "Docker": {"Image": ""},
                            "CommandLine": "echo Batchcompute service",
                            "PackagePath": "",
                        },
                        "InputMappingConfig": {"Locale": "GBK", "Lock": False},
                        "StdoutRedirectPath": "oss://xxx/xxx/",
                        "StderrRedirectPath": "oss://xxx/xxx/",
                    },
                    "InstanceCount": 3,
                    "InputMapping": {},
                    "OutputMapping": {},
                    "LogMapping": {},
                    "Timeout": 3600,
                    "MaxRetryCount": 0,
                    "ClusterId": "cls-1",
                }
            },
            "Dependencies": {},
        },
        "Priority": 99,
        "Name": "PythonSDKDemo",
    }


_IMAGE = {"Name": "i", "EcsImageId": "m-1", "Platform": "Linux"}
_VM = ("cls-1", "group1", "i-1")

CALLS: list[tuple[Callable[[Client], object], str, str]] = [
    (lambda c: c.get_job(_JOB), "GET", f"/jobs/{_JOB}"),
    (lambda c: c.get_job_description(_JOB), "GET", f"/jobs/{_JOB}?description"),
    (lambda c: c.change_job_priority(_JOB, 7), "PUT", f"/jobs/{_JOB}"),
    (lambda c: c.start_job(_JOB), "POST", f"/jobs/{_JOB}/start"),
    (lambda c: c.stop_job(_JOB), "POST", f"/jobs/{_JOB}/stop"),
    (lambda c: c.delete_job(_JOB), "DELETE", f"/jobs/{_JOB}"),
    (lambda c: c.list_jobs("", 100), "GET", "/jobs?Marker&MaxItemCount=100"),
    (lambda c: c.list_jobs(), "GET", "/jobs?Marker&MaxItemCount=50"),
    (
        lambda c: c.list_jobs("m", 5, state="Running", OrderBy="Id", IsReverse="True"),
        "GET",
        "/jobs?IsReverse=true&Marker=m&MaxItemCount=5&OrderBy=Id&State=Running",
    ),
    (lambda c: c.get_task(_JOB, "a"), "GET", f"/jobs/{_JOB}/tasks/a"),
    (lambda c: c.get_task(_JOB, "a/b ?#"), "GET", f"/jobs/{_JOB}/tasks/a%2Fb%20%3F%23"),
    (lambda c: c.list_tasks(_JOB, "", 10), "GET", f"/jobs/{_JOB}/tasks?Marker&MaxItemCount=10"),
    (lambda c: c.get_instance(_JOB, "a", 0), "GET", f"/jobs/{_JOB}/tasks/a/instances/0"),
    (lambda c: c.get_instance(_JOB, "a", "3"), "GET", f"/jobs/{_JOB}/tasks/a/instances/3"),
    (
        lambda c: c.list_instances(_JOB, "a", 0, 100),
        "GET",
        f"/jobs/{_JOB}/tasks/a/instances?Marker&MaxItemCount=100",
    ),
    (
        lambda c: c.list_instances(_JOB, "a", 100, 100, State="Failed"),
        "GET",
        f"/jobs/{_JOB}/tasks/a/instances?Marker=100&MaxItemCount=100&State=Failed",
    ),
    (lambda c: c.get_cluster("cls-1"), "GET", "/clusters/cls-1"),
    (lambda c: c.list_clusters("", 1), "GET", "/clusters?Marker&MaxItemCount=1"),
    (lambda c: c.delete_cluster("cls-1"), "DELETE", "/clusters/cls-1"),
    (
        lambda c: c.list_cluster_instances("cls-1", "group1", "", 10),
        "GET",
        "/clusters/cls-1/groups/group1/instances?Marker&MaxItemCount=10",
    ),
    (lambda c: c.get_cluster_instance(*_VM), "GET", "/clusters/cls-1/groups/group1/instances/i-1"),
    (
        lambda c: c.delete_cluster_instance(*_VM),
        "DELETE",
        "/clusters/cls-1/groups/group1/instances/i-1",
    ),
    (
        lambda c: c.recreate_cluster_instance(*_VM),
        "POST",
        "/clusters/cls-1/groups/group1/instances/i-1/recreate",
    ),
    (lambda c: c.get_image("img-1"), "GET", "/images/img-1"),
    (lambda c: c.list_images("", 5), "GET", "/images?Marker&MaxItemCount=5"),
    (
        lambda c: c.list_images("", 5, "System"),
        "GET",
        "/images?Marker&MaxItemCount=5&Type=System",
    ),
    (lambda c: c.delete_image("img-1"), "DELETE", "/images/img-1"),
    (lambda c: c.get_app("bwa"), "GET", "/apps/bwa?Scope=Private"),
    (lambda c: c.get_app(":cromwell", "Public"), "GET", "/apps/%3Acromwell?Scope=Public"),
    (lambda c: c.get_app_detail("bwa"), "GET", "/apps/bwa?Detail=True&Qualifier"),
    (lambda c: c.get_app_detail("bwa", "3"), "GET", "/apps/bwa?Detail=True&Qualifier=3"),
    (lambda c: c.get_app_revisions("bwa"), "GET", "/apps/bwa?Revisions=True"),
    (lambda c: c.list_apps(), "GET", "/apps?Marker&MaxItemCount=50&Scope=Private"),
    (lambda c: c.delete_app("bwa"), "DELETE", "/apps/bwa?Qualifier"),
    (lambda c: c.get_quotas(), "GET", "/quotas"),
    (lambda c: c.get_available_resource(), "GET", "/available"),
]


@pytest.mark.parametrize(
    ("call", "method", "target"), CALLS, ids=[target for _, _, target in CALLS]
)
def test_method_without_a_description_sends_exactly_this(
    client: Client, far_side: FarSide, call: Callable[[Client], object], method: str, target: str
) -> None:
    far_side.answers = [httpx.Response(200, json={})]

    call(client)

    assert (far_side.last.method, far_side.last.url.raw_path.decode()) == (method, target)


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (lambda c: c.change_job_priority(_JOB, 7), {"Priority": 7}),
        (
            lambda c: c.change_cluster_desired_vm_count("cls-1", group1=3, **{"my-group": 0}),
            {"Groups": {"group1": {"DesiredVMCount": 3}, "my-group": {"DesiredVMCount": 0}}},
        ),
        (
            lambda c: c.change_cluster_spot_config("cls-1", "g", "SpotWithPriceLimit", 1),
            {"Groups": {"g": {"SpotStrategy": "SpotWithPriceLimit", "SpotPriceLimit": 1.0}}},
        ),
        (
            lambda c: c.change_cluster_spot_config("cls-1", "g", price_limit=None),
            {"Groups": {"g": {}}},
        ),
        (lambda c: c.change_cluster_user_data("cls-1", {"a": "b"}), {"UserData": {"a": "b"}}),
        (lambda c: c.change_cluster_env_vars("cls-1", {"a": "b"}), {"EnvVars": {"a": "b"}}),
        (lambda c: c.change_cluster_env_vars("cls-1"), {"EnvVars": {}}),
        (
            lambda c: c.change_cluster_input_mapping("cls-1", {"oss://a/": "/b/"}),
            {"InputMapping": {"oss://a/": "/b/"}},
        ),
        (
            lambda c: c.modify_cluster("cls-1", {"Groups": {"g": {}}, "ImageId": "img-2"}),
            {"Groups": {"g": {}}, "ImageId": "img-2"},
        ),
    ],
)
def test_change_sends_only_what_changes(
    client: Client, far_side: FarSide, call: Callable[[Client], object], body: object
) -> None:
    call(client)

    assert far_side.last.method == "PUT"
    assert _body(far_side.last) == body


def test_headers_are_complete_signed_and_honest(client: Client, far_side: FarSide) -> None:
    client.get_job_description(_JOB)

    headers = far_side.last.headers
    assert headers["accept"] == headers["content-type"] == "application/json"
    assert headers["content-length"] == "0"
    assert headers["x-acs-version"] == "2015-11-11"
    assert headers["x-acs-region-id"] == "cn-shenzhen"
    assert headers["x-acs-signature-method"] == "HMAC-SHA1"
    assert headers["user-agent"].startswith("batchcompute-python/")
    assert headers["host"] == "batchcompute.cn-shenzhen.aliyuncs.com"
    assert "x-acs-security-token" not in headers
    assert parsedate_to_datetime(headers["date"]).tzinfo is not None
    expected = authorization(
        "key-id", "s3cret-key", "GET", f"/jobs/{_JOB}?description", headers.items()
    )
    assert headers["authorization"] == expected


def test_nonce_is_new_for_each_request(client: Client, far_side: FarSide) -> None:
    for _ in range(3):
        client.get_job(_JOB)

    assert len({request.headers["x-acs-signature-nonce"] for request in far_side.requests}) == 3


def test_headers_of_the_program_replace_ours_and_are_signed(
    make_client: Callable[..., Client], far_side: FarSide
) -> None:
    extra = {"User-Agent": "mine/1", "X-Acs-Source-Ip": "10.0.0.1", "Authorization": "acs x:y"}
    client = make_client("cn-shenzhen", "key-id", "s3cret-key", "t0ken", **extra)

    client.get_job(_JOB)

    headers = far_side.last.headers
    assert headers["user-agent"] == "mine/1"
    assert headers["x-acs-security-token"] == "t0ken"
    expected = authorization("key-id", "s3cret-key", "GET", f"/jobs/{_JOB}", headers.items())
    assert headers["authorization"] == expected


def test_headers_are_texts_and_numbers_and_none_leaves_one_out(
    make_client: Callable[..., Client], far_side: FarSide
) -> None:
    headers: dict[str, Any] = {
        "x-number": 7,
        "X-Acs-Ratio": 0.5,
        "x-bytes": b"b",
        "User-Agent": None,
        "x-no": "",
    }
    client = make_client(**headers, **{"Content-Length": "99"})

    client.with_options(headers={"X-NUMBER": 8}).get_job(_JOB)

    sent = far_side.last.headers
    assert (sent["x-number"], sent["x-acs-ratio"], sent["x-bytes"]) == ("8", "0.5", "b")
    assert "x-no" not in sent
    assert not sent.get("user-agent", "").startswith("batchcompute")
    assert sent["content-length"] == "0"
    expected = authorization("key-id", "s3cret-key", "GET", f"/jobs/{_JOB}", sent.items())
    assert sent["authorization"] == expected


def test_date_and_nonce_of_the_program_are_sent_and_signed(
    make_client: Callable[..., Client], far_side: FarSide
) -> None:
    fixed = {"Date": "Wed, 11 Nov 2015 10:00:57 GMT", "x-acs-signature-nonce": "n-1"}
    make_client(**fixed).get_job(_JOB)

    sent = far_side.last.headers
    assert (sent["date"], sent["x-acs-signature-nonce"]) == tuple(fixed.values())
    expected = authorization("key-id", "s3cret-key", "GET", f"/jobs/{_JOB}", sent.items())
    assert sent["authorization"] == expected


@pytest.mark.parametrize("wrong", [{"verify": False}, {"proxies": {}}, {"x-a": object()}])
def test_option_that_does_not_exist_is_no_header(
    make_client: Callable[..., Client], wrong: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match=f"unknown option '{next(iter(wrong))}'"):
        make_client(**wrong)
    with pytest.raises(TypeError, match="unknown option"):
        make_client().with_options(headers=wrong)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_out", 5),
        ("timout", 5),
        ("retries", 3),
        ("proxy", "http://user:planted@proxy.example"),
        ("endpoint", None),
    ],
)
def test_misspelled_option_is_named(kind: type[Any], name: str, value: Any) -> None:
    with pytest.warns(BatchComputeWarning, match=f"unknown option '{name}'") as caught:
        kind("cn-shenzhen", "id", "secret", **{name: value})
    (warning,) = caught
    assert warning.filename == __file__
    assert "planted" not in str(warning.message)


def test_headers_are_taken_for_headers_without_a_word(
    make_client: Callable[..., Client], far_side: FarSide, recwarn: pytest.WarningsRecorder
) -> None:
    single = {"Cookie": "a=b", "FROM": "me", "traceparent": "00-1-2-01", "Origin": "here"}
    # What is named a header is meant as one, whatever it is called.
    client = make_client(**single, **{"x-number": 7}, default_headers={"apikey": "k", "a_b": "c"})
    client.with_options(headers={"token": "t"}).get_job(_JOB)

    sent = far_side.last.headers
    assert (sent["cookie"], sent["apikey"], sent["a_b"], sent["token"]) == ("a=b", "k", "c", "t")
    assert (sent["from"], sent["x-number"]) == ("me", "7")
    assert not [entry for entry in recwarn if entry.category is BatchComputeWarning]


@pytest.mark.parametrize(
    ("name", "value"), [("x a", "1"), ("", "2"), ("x-a", "3\r\nx-c: d"), ("x-a", "ü")]
)
def test_header_that_cannot_be_sent_is_refused_at_once(
    make_client: Callable[..., Client], name: str, value: str
) -> None:
    with pytest.raises(ConfigError, match="header") as caught:
        make_client(**{name: value})
    assert value not in str(caught.value).replace(repr(name), "")


@pytest.mark.parametrize("qualifier", ["", None])
def test_no_qualifier_is_the_newest_revision(
    client: Client, far_side: FarSide, qualifier: str | None
) -> None:
    client.get_app_detail("a", qualifier)
    client.delete_app("a", qualifier)
    client.get_app_detail("a", 0)

    paths = [request.url.raw_path.decode() for request in far_side.requests]
    assert paths == [
        "/apps/a?Detail=True&Qualifier",
        "/apps/a?Qualifier",
        "/apps/a?Detail=True&Qualifier=0",
    ]


def test_none_is_no_filter_and_no_token(client: Client, far_side: FarSide) -> None:
    far_side.always = lambda: httpx.Response(200, json={"Items": []})
    client.list_jobs(None, 5, None, None, None)
    client.list_images(None, 5, None)
    paths = [request.url.raw_path.decode() for request in far_side.requests]
    assert paths == ["/jobs?Marker&MaxItemCount=5", "/images?Marker&MaxItemCount=5"]


class _Number:
    """A whole number of another library, such as numpy's."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __index__(self) -> int:
        return self._value


def test_numbers_of_other_libraries_are_sent_as_numbers(client: Client, far_side: FarSide) -> None:
    program: Any = client
    far_side.answers = [httpx.Response(200, json={"Items": []})]
    program.list_instances("j", "t", _Number(7), _Number(5))
    program.get_instance("j", "t", _Number(3))
    program.create_cluster({"Name": "n", "ImageId": "i", "Groups": {}}, _Number(9))
    assert [request.url.raw_path for request in far_side.requests] == [
        b"/jobs/j/tasks/t/instances?Marker=7&MaxItemCount=5",
        b"/jobs/j/tasks/t/instances/3",
        b"/clusters?IdempotentToken=9",
    ]


def test_version_belongs_to_one_client(
    make_client: Callable[..., Client], far_side: FarSide
) -> None:
    one, other = make_client(), make_client()
    one.version = "2020-01-01"

    one.get_job(_JOB)
    assert far_side.last.headers["x-acs-version"] == "2020-01-01"
    other.get_job(_JOB)
    assert far_side.last.headers["x-acs-version"] == other.get_version() == "2015-11-11"
    with pytest.raises(ConfigError):
        one.set_version(5)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="printable ASCII"):
        one.version = "2020\n01"


@pytest.mark.parametrize(
    "job",
    [_JOB, {"Id": _JOB}, Job({"Id": _JOB})],
    ids=["text", "mapping", "status"],
)
def test_identifier_is_anything_that_has_one(client: Client, far_side: FarSide, job: Any) -> None:
    client.stop_job(job)

    assert far_side.last.url.path == f"/jobs/{_JOB}/stop"


class _Whole:
    """A whole number of another library, such as numpy's."""

    def __index__(self) -> int:
        return 7


@pytest.mark.parametrize("blank", ["\n", "\r\n", " ", "\t"])
def test_identifier_loses_blanks_and_line_ends_around_it(
    client: Client, far_side: FarSide, blank: str
) -> None:
    client.get_job(f"{_JOB}{blank}")
    client.get_task({"Id": f"{blank}{_JOB}"}, f"{blank}a b{blank}")
    client.get_instance(_JOB, "t", f"3{blank}")

    assert [request.url.raw_path for request in far_side.requests] == [
        f"/jobs/{_JOB}".encode(),
        f"/jobs/{_JOB}/tasks/a%20b".encode(),
        f"/jobs/{_JOB}/tasks/t/instances/3".encode(),
    ]


def test_integers_of_other_libraries_are_sent_like_any(client: Client, far_side: FarSide) -> None:
    whole: Any = _Whole()
    client.get_instance(_JOB, "t", whole)
    client.change_job_priority(_JOB, whole)
    client.change_cluster_desired_vm_count("cls-1", g=whole)

    assert far_side.requests[0].url.path == f"/jobs/{_JOB}/tasks/t/instances/7"
    assert json.loads(far_side.requests[1].content) == {"Priority": 7}
    assert json.loads(far_side.requests[2].content) == {"Groups": {"g": {"DesiredVMCount": 7}}}


def test_identifier_of_a_response_is_that_of_its_resource(
    client: Client, far_side: FarSide
) -> None:
    created = client.create_job(_documented_job())
    got = client.get_job(created)
    client.delete_job(got)

    assert [request.url.path for request in far_side.requests] == [
        "/jobs",
        "/jobs/x-1",
        "/jobs/x-1",
    ]


@pytest.mark.parametrize("named", [ClusterDescription(Name="prod"), {"Name": "prod"}])
def test_name_is_no_id_of_what_has_ids(client: Client, far_side: FarSide, named: Any) -> None:
    for call in (
        lambda: client.delete_cluster(named),
        lambda: client.get_job(named),
        lambda: client.get_task(_JOB, named),
        lambda: client.get_cluster_instance("cls-1", "g", named),
        lambda: client.get_cluster_instance("cls-1", named, "i-1"),
        lambda: client.delete_image(named),
        lambda: client.wait_cluster(named),
    ):
        with pytest.raises(TypeError, match="must be an id"):
            call()
    assert not far_side.requests

    client.delete_app(named)
    assert far_side.last.url.path == "/apps/prod"


@pytest.mark.parametrize(
    ("token", "sent"),
    [
        (uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "6ba7b8109dad11d180b400c04fd430c8"),
        (20151111, "20151111"),
        ("tok_1", "tok_1"),
    ],
)
def test_token_is_sent_as_it_was_given(
    client: Client, far_side: FarSide, token: Any, sent: str
) -> None:
    client.create_job(_documented_job(), token)
    assert far_side.last.url.params["IdempotentToken"] == sent


@pytest.mark.parametrize("token", [b"tok", 1.5, True, ["tok"]])
def test_token_that_cannot_be_sent_is_refused_and_not_replaced(
    client: Client, far_side: FarSide, token: Any
) -> None:
    with pytest.raises(TypeError, match="token must be a str or a UUID"):
        client.create_cluster(_documented_cluster(), token)
    assert not far_side.requests


@pytest.mark.parametrize("job", [None, "", "  ", ".", "..", [], 1.5, {}, True, Job({})])
def test_identifier_that_is_none_is_refused_before_sending(
    client: Client, far_side: FarSide, job: Any
) -> None:
    with pytest.raises(TypeError, match="job must be"):
        client.get_job(job)
    assert not far_side.requests


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.get_job("\ud800"),
        lambda c: c.get_task(_JOB, "a\udfff"),
        lambda c: c.list_jobs("\ud800"),
        lambda c: c.get_app_detail("a", "\ud800"),
        lambda c: c.list_jobs("m" * 100_000),
    ],
)
def test_argument_that_no_request_can_carry_is_refused(
    client: Client, far_side: FarSide, call: Callable[[Client], object]
) -> None:
    with pytest.raises(TypeError, match="cannot be sent"):
        call(client)
    assert not far_side.requests


@pytest.mark.parametrize("as_text", [False, True])
def test_job_of_a_dict_gets_the_defaults_of_its_class(
    client: Client, far_side: FarSide, as_text: bool
) -> None:
    dag: dict[str, Any] = {"Tasks": {"a": {"ClusterId": "", "AutoCluster": {"ImageId": "img-1"}}}}
    job: Any = {"Name": "n", "Priority": 1, "DAG": dag, "Bogus": 1}
    with pytest.warns(BatchComputeWarning, match="no property 'Bogus'"):
        client.create_job(json.dumps(job) if as_text else job)

    sent = _body(far_side.last)
    assert sent["Type"] == "DAG"
    assert sent["JobFailOnInstanceFail"] is True
    assert sent["DAG"]["Tasks"]["a"]["ClusterId"] == ""
    assert "Bogus" not in sent


@pytest.mark.parametrize("type_", ["", None, "Self"])
def test_only_system_images_are_asked_for_by_type(
    client: Client, far_side: FarSide, type_: Any
) -> None:
    far_side.always = lambda: httpx.Response(200, json={"Items": []})
    client.list_images("", 5, type_)
    assert far_side.last.url.raw_path == b"/images?Marker&MaxItemCount=5"
    assert client.easy_list("images", type_) == []
    assert far_side.last.url.raw_path == b"/images?Marker&MaxItemCount=100"


def test_type_of_images_that_nobody_knows_is_ignored_with_a_warning(
    client: Client, far_side: FarSide
) -> None:
    far_side.always = lambda: httpx.Response(200, json={"Items": []})
    with pytest.warns(BatchComputeWarning, match="list_images has no type 'system'"):
        client.list_images("", 5, "system")  # type: ignore[arg-type]
    assert far_side.last.url.raw_path == b"/images?Marker&MaxItemCount=5"


@pytest.mark.parametrize("kind", [{}, {"Type": "App"}])
def test_job_of_a_dict_with_an_app_is_an_app_job(
    client: Client, far_side: FarSide, kind: dict[str, str]
) -> None:
    job: Any = {"Name": "n", "App": {"AppName": ":a", "Inputs": {"x": 1}}, **kind}
    client.create_job(job, "tok_1")

    assert far_side.last.url.raw_path == b"/jobs?IdempotentToken=tok_1"
    assert _body(far_side.last)["App"]["AppName"] == ":a"
    assert _body(far_side.last)["Type"] == "App"


def test_synchronous_app_run_returns_its_result(client: Client, far_side: FarSide) -> None:
    job = AppJobDescription({"Name": "n", "Type": "App", "App": {"AppName": "a", "Inputs": {}}})
    far_side.answers = [httpx.Response(200, json={"RequestId": "r", "Outputs": {"o": "v"}})]

    result = client.create_job(job, "tok", sync=True)

    assert far_side.last.url.raw_path == b"/jobs?IdempotentToken=tok&sync"
    assert result.get_output("o") == "v"


@pytest.mark.parametrize(
    ("job", "missing"),
    [
        ({"DAG": {}}, "Name"),
        ({"Name": "n", "DAG": {}}, "Priority"),
        ({"Name": "n", "Priority": 1}, "DAG"),
        ({"Type": "App", "Name": "n"}, "App.AppName"),
        ({"Type": "App", "Name": "n", "App": {}}, "App.AppName"),
    ],
)
def test_incomplete_job_is_refused_before_sending(
    client: Client, far_side: FarSide, job: Any, missing: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        client.create_job(job)
    assert str(caught.value) == missing
    assert not far_side.requests


def test_job_that_is_no_job_is_refused(client: Client) -> None:
    with pytest.raises(JsonError):
        client.create_job("nope")
    with pytest.raises(TypeError, match="job_desc must be"):
        client.create_job(5)  # type: ignore[call-overload]


def test_arguments_of_the_wrong_kind_are_refused(client: Client, far_side: FarSide) -> None:
    with pytest.raises(TypeError, match="priority must be an integer"):
        client.change_job_priority(_JOB, "7")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="group1 must be an integer"):
        client.change_cluster_desired_vm_count("cls-1", group1="3")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="data must be a dict"):
        client.change_cluster_user_data("cls-1", "a=b")  # type: ignore[arg-type]
    with pytest.raises(FieldError, match="group_name"):
        client.change_cluster_spot_config("cls-1", "")
    with pytest.raises(FieldError, match="scope"):
        client.get_app("a", "Secret")  # type: ignore[arg-type]
    assert not far_side.requests


# -- failures -------------------------------------------------------------------------------------


def test_refusal_of_the_service_is_a_client_error_with_everything_it_said(
    client: Client, far_side: FarSide
) -> None:
    far_side.answers = [
        httpx.Response(
            404,
            json={"Code": "InvalidResource.NotFound", "Message": "not there"},
            headers={"x-acs-request-id": "REQ-1"},
        )
    ]

    with pytest.raises(ClientError) as caught:
        client.get_job(_JOB)

    error = caught.value
    assert (error.status, error.code, error.request_id, error.msg) == (
        error.get_status_code(),
        error.get_code(),
        error.get_requestid(),
        error.get_msg(),
    )
    assert str(error) == (
        "HTTP Status: 404, Code: InvalidResource.NotFound, RequestID: REQ-1, Message: not there."
    )
    assert error.operation == "get_job"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, b"<html>Bad Gateway</html>"),
        (500, b""),
        (400, b"[1]"),
        (400, b'"text"'),
        (400, b"7"),
        (400, b'{"Code":'),
        (400, b"\xff\xfe"),
        (302, b""),
        (400, b'{"Code": null, "Message": null}'),
    ],
)
def test_any_other_failure_is_a_client_error_too(
    client: Client, far_side: FarSide, status: int, body: bytes
) -> None:
    far_side.always = lambda: httpx.Response(status, content=body)

    with pytest.raises(ClientError) as caught:
        client.get_job(_JOB)
    assert caught.value.status == status
    assert caught.value.code


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"7", b'{"Id":', b"\xff"])
def test_success_that_is_no_json_object_is_a_json_error(
    client: Client, far_side: FarSide, body: bytes
) -> None:
    headers = {"x-acs-request-id": "R-1", "server": "squid"}
    far_side.answers = [httpx.Response(200, content=body, headers=headers)]

    with pytest.raises(JsonError, match="get_job") as caught:
        client.get_job(_JOB)
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert (error.operation, error.status, error.request_id) == ("get_job", 200, "R-1")
        assert error.headers["server"] == "squid"
        assert error.args == (error.msg,)


# How deep Python goes differs by release, and for reading from what it does for copying.
@pytest.mark.parametrize("depth", [600, 2_000, 20_000, 200_000])
@pytest.mark.parametrize(
    ("around", "call"),
    [
        ('{"Id": "j", "Else": %s}', lambda c: c.get_job(_JOB)),
        ('{"Items": [{"Id": "j", "Else": %s}]}', lambda c: c.list_jobs()),
    ],
    ids=["one", "list"],
)
def test_success_that_is_nested_too_deeply_is_a_json_error(
    client: Client, far_side: FarSide, around: str, call: Callable[[Client], object], depth: int
) -> None:
    body = around % ("[" * depth + "]" * depth)
    far_side.answers = [httpx.Response(200, content=body.encode())]
    with contextlib.suppress(JsonError):
        call(client)
        assert depth < 200_000


@pytest.mark.parametrize(
    ("call", "what"),
    [(lambda c: c.list_jobs(), "Items"), (lambda c: c.create_image(_IMAGE), "Id nor Name")],
)
def test_object_without_what_was_asked_for_is_a_json_error_with_its_answer(
    client: Client, far_side: FarSide, call: Callable[[Client], object], what: str
) -> None:
    answer = httpx.Response(201, json={"Else": 1}, headers={"request-id": "R-2"})
    far_side.always = lambda: answer

    with pytest.raises(JsonError, match=what) as caught:
        call(client)
    assert (caught.value.status, caught.value.request_id) == (201, "R-2")
    assert caught.value.operation in ("list_jobs", "create_image")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ReadTimeout("too slow"), RequestTimeoutError),
        (httpx.ConnectTimeout("too slow"), TimeoutError),
        (httpx.ConnectError("refused"), TransportError),
        (httpx.ReadError(""), ConnectionError),
        (httpx.RemoteProtocolError("cut"), OSError),
    ],
)
def test_network_failure_is_a_transport_error_that_names_the_operation(
    client: Client, far_side: FarSide, failure: Exception, kind: type[Exception]
) -> None:
    far_side.always = lambda: failure

    with pytest.raises(kind, match=r"get_job: https://batchcompute\.cn-shenzhen") as caught:
        client.get_job(_JOB)
    assert caught.value.__cause__ is failure


def test_secrets_appear_in_no_text(
    make_client: Callable[..., Client], far_side: FarSide, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client("cn-shenzhen", "key-id", "s3cret-key", "t0ken", retry=None)
    far_side.answers = [httpx.Response(400, content=b"nope"), httpx.ConnectError("refused")]
    texts = [repr(client), str(vars(client))]
    with caplog.at_level(logging.DEBUG):
        for _ in range(2):
            with pytest.raises((ClientError, TransportError)) as caught:
                client.get_job(_JOB)
            texts += [str(caught.value), repr(caught.value), str(vars(caught.value))]
    texts += [record.getMessage() for record in caplog.records]

    everything = "\n".join(texts)
    assert "s3cret-key" not in everything
    assert "t0ken" not in everything
    assert "acs key-id:" not in everything


def test_number_that_json_cannot_write_is_refused_before_sending(
    client: Client, far_side: FarSide
) -> None:
    description = AppJobDescription.from_dict(
        {"Name": "n", "Type": "App", "App": {"AppName": "a", "Inputs": {"n": float("nan")}}}
    )

    with pytest.raises(TypeError, match=r"^create_job: the body has NaN or an infinity"):
        client.create_job(description)
    assert far_side.requests == []


def test_passwords_of_machines_are_masked_where_pages_are_shown(
    client: Client, far_side: FarSide
) -> None:
    machine = {"Id": "i-1", "InstancePassword": "planted/+="}
    far_side.answers = [httpx.Response(200, json={"Items": [machine], "NextMarker": ""})]
    page = client.list_cluster_instances("cls-1", "g")

    assert "planted" not in repr(page) + repr(page.Items) + f"{page[0]}"
    assert "planted" in str(page)
    assert json.loads(repr(page))["Items"] == [{"Id": "i-1", "InstancePassword": "***"}]


def test_closed_client_says_so() -> None:
    with Client("http://127.0.0.1:1", "id", "secret") as client:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        client.get_job(_JOB)
