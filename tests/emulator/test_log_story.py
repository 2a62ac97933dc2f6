"""The log as JSON lines, in which a request's id finds all that it caused."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.serving import KEY, Serve, run
from tests.emulator.wire import Wire, task

pytestmark = pytest.mark.slow

_SECRET = "hunter2-of-the-user"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    folder = tmp_path_factory.mktemp("story")
    made = Serve(folder / "data", "--log-format", "json", "--isolation", "process-group")
    yield made
    if made.process.poll() is None:
        made.end()


def _lines(server: Serve) -> list[dict[str, Any]]:
    """Return what was logged; every line is one object."""
    return [json.loads(line) for line in server.log().splitlines()]


def _story(server: Serve, request_id: str) -> list[dict[str, Any]]:
    """Return the lines that grep would find."""
    return [json.loads(line) for line in server.log().splitlines() if request_id in line]


def _described(cluster: str, command: str, **members: Any) -> dict[str, Any]:
    described = task(command, cluster, 2)
    described["Parameters"]["Command"]["EnvVars"] = {"PASSWORD": _SECRET}
    dag = {"Tasks": {"t": described}, "Dependencies": {}}
    return {"Name": "job", "Type": "DAG", "DAG": dag, **members}


def _cluster_of_two(wire: Wire) -> str:
    """Make a cluster; what is given to its VMs once they run stays with them."""
    cluster = wire.cluster(2)
    wire.until(f"/clusters/{cluster}", lambda seen: seen["Groups"]["group"]["ActualVMCount"] == 2)
    return cluster


def test_request_id_finds_all_that_it_caused(server: Serve) -> None:
    wire = server.wire
    cluster = _cluster_of_two(wire)
    topic = {"Name": "news", "Endpoint": "", "Events": ["OnJobFinished"]}
    body = _described(cluster, "true", Notification={"Topic": topic})
    answer = wire.send("POST", "/jobs", body)
    job, request = answer.json()["Id"], answer.headers["x-acs-request-id"]
    wire.ended(job)
    other = wire.job({"t": task("true", cluster)})
    wire.ended(other)
    wire.until("/jobs", lambda _: "OnJobFinished" in server.log())
    wire.until("/jobs", lambda _: any(each.get("state") for each in _story(server, request)))
    found = _story(server, request)
    events = [line.get("event") for line in found]
    assert events.count("request") == events.count("created") == events.count("ended") == 1
    assert events.count("attempt given") == events.count("attempt ended") == 2
    assert {line["job_id"] for line in found if line.get("event") != "request"} == {job}
    (asked,) = (line for line in found if line.get("event") == "request")
    assert (asked["operation"], asked["status"], asked["level"]) == ("create_job", 201, "INFO")
    (ended,) = (line for line in found if line.get("event") == "ended")
    assert ended["state"] == "Finished"
    (told,) = (line for line in found if "OnJobFinished" in line["message"])
    assert told["logger"] == "batchcompute.server.notifications.topics"
    attempts = [line for line in found if line.get("event") == "attempt ended"]
    assert {line["attempt_id"] for line in attempts} == {f"{job}.t.{idx}.1" for idx in range(2)}
    assert {line["result"] for line in attempts} == {"finished"}
    for line in _lines(server):
        assert {"time", "level", "logger", "message"} <= set(line)
        assert line["time"].endswith("+00:00")


def test_stop_and_start_hand_the_job_over_to_their_requests(server: Serve) -> None:
    wire = server.wire
    cluster = _cluster_of_two(wire)
    first = wire.send("POST", "/jobs", _described(cluster, "sleep 600"))
    job = first.json()["Id"]
    wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    stop = wire.send("POST", f"/jobs/{job}/stop").headers["x-acs-request-id"]
    wire.until("/jobs", lambda _: _count(_story(server, stop), "attempt ended") == 2)
    start = wire.send("POST", f"/jobs/{job}/start").headers["x-acs-request-id"]
    wire.until("/jobs", lambda _: _count(_story(server, start), "attempt given") == 2)
    (handed,) = (line for line in _story(server, stop) if line.get("event") == "stopped")
    created = first.headers["x-acs-request-id"]
    assert handed["former_request_id"] == created
    assert _count(_story(server, created), "attempt given") == 2
    assert _count(_story(server, created), "stopped") == 1
    # What comes after a restart of the service still knows its request.
    server.end(signal.SIGKILL)
    again = Serve(server.data, "--log-format", "json", "--isolation", "process-group")
    try:
        again.wire.send("POST", f"/jobs/{job}/stop")
        again.wire.until(
            "/jobs",
            lambda _: any(line.get("former_request_id") == start for line in _story(again, start)),
        )
    finally:
        again.end()


def _count(lines: list[dict[str, Any]], event: str) -> int:
    return sum(line.get("event") == event for line in lines)


def test_no_secret_and_nothing_but_json_is_in_the_log(tmp_path: Path) -> None:
    config = ("--log-format", "json", "--log-level", "debug", "--console", "0")
    server = Serve(tmp_path / "data", "--isolation", "process-group", *config)
    wire = server.wire
    answer = wire.send("POST", "/jobs", _described(wire.cluster(1), "echo words"))
    wire.ended(answer.json()["Id"])
    wire.send("GET", "/jobs", headers={**wire.headers(), "Date": "yesterday"})
    server.end()
    log = server.log()
    assert _lines(server)
    assert _SECRET not in log
    assert KEY.split(":")[1] not in log
    # The link that signs in whoever opens it.
    assert "works once" not in log


def test_text_is_as_it_was_and_names_requests_for_those_who_look_for_faults(
    tmp_path: Path,
) -> None:
    server = Serve(tmp_path / "plain", "--isolation", "process-group")
    wire = server.wire
    cluster = wire.cluster(1)
    wire.ended(wire.job({"t": task("true", cluster)}))
    server.end()
    assert "batchcompute.server.events" not in server.log()
    debug = Serve(tmp_path / "plain", "--isolation", "process-group", "--log-level", "debug")
    wire = debug.wire
    answer = wire.send("POST", "/jobs", _described(cluster, "true"))
    wire.ended(answer.json()["Id"])
    debug.end()
    request = answer.headers["x-acs-request-id"]
    found = [line for line in debug.log().splitlines() if request in line]
    assert sum("ended: finished" in line for line in found) == 2
    ended = f"job {answer.json()['Id']} ended: Finished [request {request}]"
    assert sum(ended in line for line in found) == 1


def test_refusal_is_a_line_of_json_as_well(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    refused = run("serve", "--data", str(tmp_path / "data"), "--log-format", "json")
    assert refused.returncode == 1
    (line,) = [json.loads(line) for line in refused.stderr.splitlines()]
    assert line["level"] == "CRITICAL"
    assert "is not a folder" in line["message"]
