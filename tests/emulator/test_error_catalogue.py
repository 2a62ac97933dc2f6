"""Every error of the documentation, word for word, and which of two faults is reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.wire import Wire, sign, task


def job(**members: Any) -> dict[str, Any]:
    dag = {"Tasks": {"t": task("true", "cls-none")}}
    return {"Name": "j", "Type": "DAG", "DAG": dag, **members}


def cyclic(**members: Any) -> dict[str, Any]:
    tasks = {"t": task("true", "cls-none")}
    return job(DAG={"Tasks": tasks, "Dependencies": {"t": ["t"]}}, **members)


def cluster_of(**members: Any) -> dict[str, Any]:
    group = {"DesiredVMCount": 0}
    return {"Name": "c", "ImageId": "img-ubuntu", "Groups": {"g": group}, **members}


def mount_of(source: str, local: str) -> dict[str, Any]:
    return {"Mounts": {"Entries": [{"Source": source, "Destination": local}]}}


@pytest.fixture
def finished(wire: Wire, cluster: str) -> Iterator[str]:
    made = wire.job({"t": task("true", cluster)})
    assert wire.ended(made)["State"] == "Finished"
    yield made
    wire.send("DELETE", f"/jobs/{made}")


NOT_VALID = "Specified parameter {} is not valid. "
NAME_RULE = "It must only contain characters within [a-zA-Z0-9_-], and must not start with [0-9]."


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "code", "message"),
    [
        (
            *("POST", "/jobs", b"{", 400, "InvalidJsonFormat"),
            "The request body has an invalid json format.",
        ),
        ("POST", "/jobs", cyclic(), 400, "BadDAG", "It is a cyclic dag."),
        (
            *("GET", "/none", None, 400, "InvalidUrlPattern"),
            "Specified url pattern contains some illegal words.",
        ),
        (
            *("PUT", "/jobs", None, 400, "MethodNotAllowed"),
            "The request http method is not supported for this resource.",
        ),
        ("PUT", "/jobs/j", {}, 400, "MissingPriority", "Priority is mandatory for this action."),
        (
            *("PUT", "/jobs/j", {"Priority": 1001}, 400, "InvalidPriority"),
            NOT_VALID.format("Priority") + "It must be in [0, 1000].",
        ),
        (
            *("POST", "/jobs", job(Name=7), 400, "InvalidName"),
            NOT_VALID.format("Name") + "Its type must be string.",
        ),
        (
            *("POST", "/jobs", job(Name="x" * 65), 400, "InvalidName"),
            NOT_VALID.format("Name") + "Its length must be in [1, 64].",
        ),
        (
            *("POST", "/jobs", job(Name="9"), 400, "InvalidName"),
            NOT_VALID.format("Name") + NAME_RULE,
        ),
        (
            *("POST", "/jobs", job(AutoRelease=1), 400, "InvalidAutoRelease"),
            NOT_VALID.format("AutoRelease") + "Its type must be boolean.",
        ),
        (
            *("POST", "/jobs", b"[]", 400, "InvalidHttpBody"),
            NOT_VALID.format("HttpBody") + "Its type must be object.",
        ),
        (
            *("GET", "/jobs?MaxItemCount=101", None, 400, "InvalidMaxItemCount"),
            NOT_VALID.format("MaxItemCount") + "It must be in [0, 100].",
        ),
        (
            *("GET", "/jobs?MaxItemCount=x", None, 400, "InvalidMaxItemCount"),
            NOT_VALID.format("MaxItemCount") + "Its type must be integer.",
        ),
        (
            *("GET", "/jobs/j", None, 404, "InvalidResource.NotFound"),
            "Specified resource is not found.",
        ),
        (
            *("DELETE", "/images/img-ubuntu", None, 403, "Forbidden"),
            "User not authorized to operate on the specified resource. It is an image of the "
            "system.",
        ),
    ],
)
def test_error_is_as_documented(
    wire: Wire, method: str, target: str, body: Any, status: int, code: str, message: str
) -> None:
    assert wire.refused(method, target, body) == (status, code, message)


def test_state_conflict_names_the_state(wire: Wire, finished: str) -> None:
    text = "User operation is invalid. The current resource state is Finished."
    for method, target, body in (
        ("POST", f"/jobs/{finished}/stop", None),
        ("POST", f"/jobs/{finished}/start", None),
        ("PUT", f"/jobs/{finished}", {"Priority": 1}),
    ):
        assert wire.refused(method, target, body) == (409, "StateConflict", text)


def test_name_that_is_taken_and_token_of_another_body(wire: Wire) -> None:
    app = {"Name": "catalogue", "CommandLine": "true", "VM": {"ECSImageId": "img-ubuntu"}}
    assert wire.send("POST", "/apps?IdempotentToken=catalogue", app).status_code == 201
    try:
        assert wire.refused("POST", "/apps", app) == (
            *(403, "InvalidResource.AlreadyExisting"),
            "Specified resource already exists.",
        )
        other = {**app, "CommandLine": "false"}
        assert wire.refused("POST", "/apps?IdempotentToken=catalogue", other) == (
            *(400, "IdempotentTokenMismatch"),
            "Specified idempotent token mismatch.",
        )
    finally:
        wire.send("DELETE", "/apps/catalogue")


def mapped(**members: Any) -> dict[str, Any]:
    return job(DAG={"Tasks": {"t": task("true", "cls-none", **members)}})


@pytest.mark.parametrize(
    ("target", "body", "code", "path", "detail"),
    [
        (
            *("/jobs", mapped(OutputMapping={"/x": "oss://b//d/"}), "InvalidOutputMapping"),
            "DAG.Tasks.t.OutputMapping./x",
            "'oss://b//d/' is not of the form oss://bucket/key: the key has the segment ''.",
        ),
        (
            *("/jobs", mapped(InputMapping={"oss://b/\0": "/x"}), "InvalidInputMapping"),
            "DAG.Tasks.t.InputMapping.oss://b/\0",
            "'oss://b/\\x00' is not of the form oss://bucket/key: "
            "the key holds a backslash or a control character.",
        ),
        (
            *("/jobs", job(DAG={"Tasks": {"t": task("\0", "cls-none")}}), "InvalidCommandLine"),
            "DAG.Tasks.t.Parameters.Command.CommandLine",
            "It must not hold a zero byte.",
        ),
        (
            *("/clusters", cluster_of(EnvVars={"A=B": "x"}), "InvalidEnvVars"),
            "EnvVars.A=B",
            "An environment variable needs a name without = and holds no zero byte.",
        ),
        (
            *("/clusters", cluster_of(Configs=mount_of("oss://b/d/", ""))),
            "InvalidConfigs.Mounts.Entries.0",
            "Configs.Mounts.Entries.0",
            "'' is not an absolute path.",
        ),
        (
            *("/clusters", cluster_of(Configs=mount_of("nas://\0", "/x/"))),
            "InvalidConfigs.Mounts.Entries.0",
            "Configs.Mounts.Entries.0",
            "'nas://\\x00' is not an address.",
        ),
    ],
)
def test_what_can_never_run_is_refused_by_its_place(
    wire: Wire, target: str, body: Any, code: str, path: str, detail: str
) -> None:
    before = wire.get("/jobs")
    # Before the cluster that does not exist, as it is a fault of the members.
    message = NOT_VALID.format(path) + detail
    assert wire.refused("POST", target, body) == (400, code, message)
    assert wire.get("/jobs") == before


@pytest.mark.parametrize(
    ("method", "target", "body", "code"),
    [
        # The path before the method, and that before the query.
        ("PATCH", "/none?MaxItemCount=x", b"{", "InvalidUrlPattern"),
        ("PATCH", "/jobs?MaxItemCount=x", b"{", "MethodNotAllowed"),
        # The query before the body.
        ("POST", f"/jobs?IdempotentToken={'x' * 129}", b"{", "InvalidIdempotentToken"),
        # Members before what only all of them together show.
        ("POST", "/jobs", cyclic(Priority=-1), "InvalidPriority"),
        # The graph before the cluster that does not exist.
        ("POST", "/jobs", cyclic(), "BadDAG"),
        ("POST", "/jobs", job(), "InvalidClusterId"),
        # The body before the resource.
        ("PUT", "/jobs/job-none", {"Priority": "x"}, "InvalidPriority"),
        ("PUT", "/jobs/job-none", {"Priority": 1}, "InvalidResource.NotFound"),
        ("PUT", "/clusters/cls-none", {"Groups": []}, "InvalidGroups"),
        ("PUT", "/clusters/cls-none", {"UserData": {}}, "InvalidResource.NotFound"),
    ],
)
def test_first_fault_is_reported(
    wire: Wire, method: str, target: str, body: Any, code: str
) -> None:
    assert wire.refused(method, target, body)[1] == code


def test_resource_before_its_state(wire: Wire, finished: str) -> None:
    assert wire.refused("PUT", f"/jobs/{finished}", {"Priority": -1})[1] == "InvalidPriority"
    assert wire.refused("PUT", f"/jobs/{finished}", {"Priority": 1})[1] == "StateConflict"


def test_signature_before_everything_and_version_next(wire: Wire) -> None:
    old = wire.headers(x_acs_version="2014-11-11")
    wrong = sign("PATCH", "/none", old, wire.key_id, "guessed")
    answer = wire.send("PATCH", "/none", b"{", headers=old, authorization=wrong)
    assert answer.json()["Code"] == "SignatureDoesNotMatch"
    answer = wire.send("PATCH", "/none", b"{", headers=wire.headers(x_acs_version="2014-11-11"))
    assert answer.json()["Code"] == "InvalidVersion.NotFound"


def test_all_faults_of_a_body_are_named_at_once(wire: Wire) -> None:
    body = job(Priority=-1, AutoRelease="x")
    body["DAG"]["Tasks"]["t"]["InstanceCount"] = 0
    code, message = wire.refused("POST", "/jobs", body)[1:]
    assert code == "InvalidInstanceCount"
    assert message.endswith(" Wrong as well: Priority, AutoRelease.")
