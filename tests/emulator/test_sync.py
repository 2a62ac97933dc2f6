from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute.server import LocalServer
from tests.emulator.raw import address
from tests.emulator.wire import Wire, sign, until_there

TARGET = "/jobs?sync"


@pytest.fixture(autouse=True)
def _app(wire: Wire, server: LocalServer) -> Iterator[None]:
    """An App `wait` that ends with `code` after some seconds, and once there is a file."""
    server.objects.put_bytes(b"data\n", "oss://bucket/sync/in")
    body = {
        "Name": "wait",
        "CommandLine": (
            "sleep ${seconds} && " + until_there("${gate}") + " && cp ${in} ${out} && exit ${code}"
        ),
        "VM": {"ECSImageId": "img-ubuntu"},
        "InputParameters": {
            "in": {"LocalPath": "/in/file"},
            "seconds": {"Type": "Number", "Default": 0},
            "gate": {"Default": "/"},
            "code": {"Type": "Number", "Default": 0},
        },
        "OutputParameters": {"out": {"LocalPath": "/out/file"}},
    }
    wire.send("POST", "/apps", body)
    yield
    wire.send("DELETE", "/apps/wait")


def run(cluster: str, **inputs: Any) -> dict[str, Any]:
    app = {
        "AppName": "wait",
        "Inputs": {"in": "oss://bucket/sync/in", **inputs},
        "Outputs": {"out": "oss://bucket/sync/out"},
        "Config": {"ClusterId": cluster},
    }
    return {"Name": "sync", "Type": "App", "App": app}


def jobs_on(wire: Wire, cluster: str) -> list[Any]:
    found: list[Any] = wire.get(f"/jobs?ClusterId={cluster}")["Items"]
    return found


def test_answer_is_the_run(wire: Wire, server: LocalServer, cluster: str) -> None:
    response = wire.send("POST", TARGET, run(cluster))
    assert response.status_code == 200, response.text
    shown = response.json()
    (job,) = jobs_on(wire, cluster)
    assert job["State"] == "Finished"
    assert shown == {
        "RequestId": response.headers["x-acs-request-id"],
        "StartTime": job["StartTime"],
        "EndTime": job["EndTime"],
        "Outputs": {"out": "oss://bucket/sync/out"},
        "Error": {"Code": "", "Message": ""},
    }
    assert server.read_object("oss://bucket/sync/out") == b"data\n"


def test_failed_run_is_an_answer_too(wire: Wire, cluster: str) -> None:
    shown = wire.send("POST", TARGET, run(cluster, code=3)).json()
    assert shown["Error"]["Code"] == "JobFailed"
    assert "exited with code 3" in shown["Error"]["Message"]
    spared = {**run(cluster, code=3), "JobFailOnInstanceFail": False}
    shown = wire.send("POST", TARGET, spared).json()
    assert shown["Error"] == {"Code": "InstanceFailed", "Message": "Instances that failed: 1."}


def test_run_that_is_released_is_still_answered(wire: Wire, cluster: str) -> None:
    shown = wire.send("POST", TARGET, {**run(cluster), "AutoRelease": True}).json()
    assert shown["Error"]["Code"] == ""
    assert jobs_on(wire, cluster) == []


def test_token_finds_the_run_again(wire: Wire, cluster: str) -> None:
    target = f"{TARGET}&IdempotentToken=sync_{cluster[4:]}"
    first, second = (wire.send("POST", target, run(cluster)).json() for _ in range(2))
    assert first.pop("RequestId") != second.pop("RequestId")
    assert first == second
    assert len(jobs_on(wire, cluster)) == 1


def test_only_apps_run_so(wire: Wire, cluster: str) -> None:
    dag = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {}}}
    assert wire.refused("POST", TARGET, dag)[0] == 400
    assert wire.refused("POST", TARGET, run("cls-none"))[:2] == (400, "InvalidClusterId")


def test_others_are_served_meanwhile(wire: Wire, cluster: str) -> None:
    answers: list[Any] = []

    def wait() -> None:
        answers.append(wire.send("POST", TARGET, run(cluster, seconds=600)).json())

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    running = wire.until(
        f"/jobs?ClusterId={cluster}",
        lambda page: [job["State"] for job in page["Items"]] == ["Running", "Running"],
    )
    assert not answers
    first, second = (job["Id"] for job in running["Items"])
    wire.send("POST", f"/jobs/{first}/stop")
    deadline = time.monotonic() + 60
    while not answers and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [each["Error"]["Code"] for each in answers] == ["JobStopped"]
    wire.send("POST", f"/jobs/{second}/stop")
    for thread in threads:
        thread.join()
    assert len(answers) == 2


def test_job_goes_on_when_its_client_leaves(wire: Wire, cluster: str, visible: Path) -> None:
    body = json.dumps(run(cluster, gate=f"{visible}/gate")).encode()
    headers = wire.headers()
    headers["Authorization"] = sign("POST", TARGET, headers, wire.key_id, wire.secret)
    headers.update({"Host": "localhost", "Content-Length": str(len(body))})
    lines = [f"POST {TARGET} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    with socket.create_connection(address(wire)) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        running = wire.until(
            f"/jobs?ClusterId={cluster}",
            lambda page: [job["State"] for job in page["Items"]] == ["Running"],
        )
    (job,) = running["Items"]
    (visible / "gate").touch()
    assert wire.ended(job["Id"])["State"] == "Finished"


def test_end_of_the_service_is_answered(tmp_path: Path) -> None:
    with LocalServer(tmp_path / "data", boot_seconds=0) as server:
        wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        app = {"Name": "a", "CommandLine": "sleep 600", "VM": {"ECSImageId": "img-ubuntu"}}
        assert wire.send("POST", "/apps", app).status_code == 201
        answers: list[httpx.Response] = []
        described = {"Name": "j", "Type": "App", "App": {"AppName": "a"}}
        thread = threading.Thread(
            target=lambda: answers.append(wire.send("POST", TARGET, described))
        )
        thread.start()
        wire.until("/jobs", lambda page: [j["State"] for j in page["Items"]] == ["Running"])
    thread.join()
    wire.close()
    assert (answers[0].status_code, answers[0].json()["Code"]) == (500, "InternalError")
