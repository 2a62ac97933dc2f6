"""A tiny client for tests: plain HTTP and its own signature, nothing of the SDK."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import cache
from typing import Any

import httpx

from tests.emulator import declared


@cache
def no_trust() -> ssl.SSLContext:
    """Return what a client that speaks plain HTTP is made with.

    Left to itself, each client of httpx loads the certificates of all authorities, which takes
    longer than most tests. This one trusts nobody.
    """
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def sign(method: str, target: str, headers: Mapping[str, str], key_id: str, secret: str) -> str:
    """Return the Authorization header of a request, for a target that needs no encoding."""
    path, _, query = target.partition("?")
    lowered = {name.lower(): value for name, value in headers.items()}
    lines = [method]
    lines += [lowered.get(name, "") for name in ("accept", "content-md5", "content-type")]
    lines += [lowered.get("date", lowered.get("x-acs-date", ""))]
    lines += [f"{name}:{lowered[name]}" for name in sorted(lowered) if name.startswith("x-acs-")]
    names = sorted(query.split("&"), key=lambda part: part.partition("=")[0]) if query else []
    resource = path + ("?" + "&".join(part.removesuffix("=") for part in names) if names else "")
    message = "\n".join([*lines, resource])
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha1).digest()
    return f"acs {key_id}:{base64.b64encode(digest).decode()}"


class Wire:
    """Sends signed requests to one server."""

    def __init__(
        self, endpoint: str, key_id: str, secret: str, *, trusted: ssl.SSLContext | None = None
    ) -> None:
        self.key_id = key_id
        self.secret = secret
        # Whatever proxy this machine uses, the server is on this machine.
        self.http = httpx.Client(
            base_url=endpoint, timeout=60, trust_env=False, verify=trusted or no_trust()
        )

    def close(self) -> None:
        self.http.close()

    def headers(self, **changes: str | None) -> dict[str, str]:
        """Return the headers to sign; a change to None removes one (`_` stands for `-`)."""
        found: dict[str, str | None] = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Date": formatdate(usegmt=True),
            "x-acs-version": "2015-11-11",
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-version": "1.0",
            "x-acs-signature-nonce": str(uuid.uuid4()),
            "x-acs-region-id": "cn-hangzhou",
        }
        found.update({name.replace("_", "-"): value for name, value in changes.items()})
        return {name: value for name, value in found.items() if value is not None}

    def send(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        authorization: str | None = None,
    ) -> httpx.Response:
        """Send a request; a body that is no bytes is written as JSON."""
        content = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            content = json.dumps(body).encode()
        sent = dict(headers if headers is not None else self.headers())
        if authorization is None:
            authorization = sign(method, target, sent, self.key_id, self.secret)
        sent["Authorization"] = authorization
        response = self.http.request(method, target, content=content, headers=sent)
        declared.check(method, target, response)
        return response

    def get(self, target: str) -> Any:
        response = self.send("GET", target)
        assert response.status_code == 200, response.text
        return response.json()

    def create(self, target: str, body: Any) -> str:
        response = self.send("POST", target, body)
        assert response.status_code == 201, response.text
        created: str = response.json()["Id"]
        return created

    def refused(self, method: str, target: str, body: Any = None) -> tuple[int, str, str]:
        """Send a request that is refused; return status, code and message."""
        response = self.send(method, target, body)
        assert response.status_code >= 400, response.text
        error = response.json()
        return response.status_code, error["Code"], error["Message"]

    def until(self, target: str, condition: Callable[[Any], bool], *, seconds: float = 60) -> Any:
        """Read something until a condition holds, and return what was read then."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.get(target)
            if condition(found):
                return found
            assert time.monotonic() < deadline, f"not within {seconds} s: {found}"
            time.sleep(0.01)

    def ended(self, job_id: str, *, seconds: float = 60) -> Any:
        """Wait for a job's end."""
        final = ("Finished", "Failed", "Stopped")
        return self.until(f"/jobs/{job_id}", lambda job: job["State"] in final, seconds=seconds)

    def instances(self, job_id: str, task: str) -> list[Any]:
        """Return the first page of a task's instances."""
        found: list[Any] = self.get(f"/jobs/{job_id}/tasks/{task}/instances")["Items"]
        return found

    def cluster(self, machines: int = 1, **members: Any) -> str:
        """Make a cluster of one group."""
        body = {
            "Name": "cluster",
            "ImageId": "img-ubuntu",
            "Groups": {"group": {"DesiredVMCount": machines}},
        }
        return self.create("/clusters", {**body, **members})

    def job(
        self,
        tasks: Mapping[str, Mapping[str, Any]],
        dependencies: Mapping[str, list[str]] | None = None,
        **members: Any,
    ) -> str:
        """Make a job."""
        dag = {"Tasks": tasks, "Dependencies": dependencies or {}}
        return self.create("/jobs", {"Name": "job", "Type": "DAG", "DAG": dag, **members})


def task(command: str, cluster_id: str = "", count: int = 1, **members: Any) -> dict[str, Any]:
    """Describe a task that keeps its streams in `oss://bucket/logs/`."""
    described: dict[str, Any] = {
        "Parameters": {
            "Command": {"CommandLine": command},
            "StdoutRedirectPath": "oss://bucket/logs/",
            "StderrRedirectPath": "oss://bucket/logs/",
        },
        "InstanceCount": count,
    }
    if cluster_id:
        described["ClusterId"] = cluster_id
    return {**described, **members}


def echoes(answer: Any, sent: Any) -> bool:
    """Say whether an answer has all that was sent, at every level, and at most adds to it."""
    if isinstance(sent, dict):
        return isinstance(answer, dict) and all(
            name in answer and echoes(answer[name], value) for name, value in sent.items()
        )
    return bool(answer == sent)


def until_there(path: object) -> str:
    """Return a command that ends once a file is there: a gate that a test opens."""
    return f"until test -e {path}; do sleep 0.05; done"


def until_finished(wire: Wire, job: str, count: int) -> int:
    """Wait until so many instances have finished; return how many did."""
    enough = wire.until(
        f"/jobs/{job}",
        lambda seen: seen["InstanceMetrics"]["FinishedCount"] >= count,
    )
    found: int = enough["InstanceMetrics"]["FinishedCount"]
    return found
