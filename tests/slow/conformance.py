"""The running service against its own contract: `python -m tests.slow.conformance --cases 300`.

Requests are made up from the contract, well-formed ones and damaged ones, signed, and sent. Every
answer has to be one that the contract promises: no failure inside the service, no status that is
not described, no body off its schema.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as conformance

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, sign, task

AnyCase = schemathesis.Case[Any]
Send = Callable[[AnyCase], None]

_CHECKS: list[Callable[..., bool | None]] = [
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]
_SECONDS = 60


class Signed(requests.auth.AuthBase):
    """Signs what is about to be sent, as it will be sent."""

    def __init__(self, key_id: str, secret: str) -> None:
        self._key = (key_id, secret)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        for name, value in {
            "Accept": "application/json",
            "Date": formatdate(usegmt=True),
            "x-acs-version": "2015-11-11",
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-version": "1.0",
            "x-acs-signature-nonce": str(uuid4()),
        }.items():
            request.headers[name] = value
        parts = urlsplit(request.url or "")
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {name: str(value) for name, value in request.headers.items()}
        request.headers["Authorization"] = sign(request.method or "", target, headers, *self._key)
        return request


@dataclass
class Findings:
    """What a run has seen.

    Attributes:
        cases: Requests sent.
        statuses: How often which status was answered.
        faults: One sentence per kind of fault.
    """

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)


def check(server: LocalServer, *, cases: int, number: int) -> Findings:
    """Send requests for every operation of the contract.

    Args:
        server: The running service.
        cases: Requests per operation and mode (well-formed, damaged), at most.
        number: Decides which; the same number gives the same requests.
    """
    found = Findings()
    document = files("batchcompute._generated.schemas") / "openapi.json"
    schema = schemathesis.openapi.from_path(str(document))
    wire = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
    for each in schema.get_all_operations():
        operation = each.ok() if isinstance(each, Ok) else None
        assert operation is not None, each
        send = _sender(server, found, _furnish(wire))
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _draw(operation.as_strategy(generation_mode=mode), send, cases, number)
    wire.close()
    return found


def _draw(strategy: SearchStrategy[AnyCase], send: Send, cases: int, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(case: AnyCase) -> None:
        send(case)

    run()


def _furnish(wire: Wire) -> dict[str, Any]:
    """Make things that can be asked for, and return what stands for them in a path."""
    cluster = wire.cluster(1)
    job = wire.job({"t": task("true", cluster)})
    (machine,) = wire.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
    return {"JobId": job, "TaskName": "t", "ClusterId": cluster, "GroupName": "group"} | {
        "InstanceId": {"jobs": 0, "clusters": machine["Id"]}
    }


def _tame(node: Any, cluster: str) -> Any:
    """Make a body harmless: it is run with the rights of whoever runs this."""
    if isinstance(node, list):
        return [_tame(each, cluster) for each in node]
    if not isinstance(node, dict):
        return node
    tamed = {name: _tame(value, cluster) for name, value in node.items()}
    for name, least, instead in _TAMED:
        value = tamed.get(name)
        if isinstance(value, str) if least is None else isinstance(value, int) and value > least:
            tamed[name] = instead
    if isinstance(tamed.get("ClusterId"), str) and tamed["ClusterId"]:
        tamed["ClusterId"] = cluster
    return tamed


#: Member, the least number that is replaced (None: every text is), and by what.
_TAMED: tuple[tuple[str, int | None, Any], ...] = (
    ("CommandLine", None, "true"),
    ("ImageId", None, "img-ubuntu"),
    ("InstanceCount", 2, 2),
    ("DesiredVMCount", 2, 2),
)


#: Bodies that are accepted, by what they are sent to.
_SOUND: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/jobs"): {
        "Name": "job",
        "Type": "DAG",
        "DAG": {"Tasks": {"t": task("true", "cluster")}},
    },
    ("post", "/clusters"): {
        "Name": "cluster",
        "ImageId": "img-ubuntu",
        "Groups": {"group": {"DesiredVMCount": 1}},
    },
    ("put", "/clusters/{ClusterId}"): {"Groups": {"group": {"DesiredVMCount": 1}}},
    ("post", "/images"): {"EcsImageId": "m-1", "Platform": "Linux"},
    ("post", "/apps"): {"CommandLine": "true", "VM": {"ECSImageId": "img-ubuntu"}},
}


def _mend(case: AnyCase, number: int, unique: int) -> None:
    """Leave one member of a made-up body and make the others sound, so that it may be accepted.

    What is made up as a whole is nearly always refused, and says nothing of what follows.
    """
    sound = _SOUND.get((case.operation.method, case.operation.path))
    if sound is None or not isinstance(case.body, dict):
        return
    names = sorted(case.body)
    one = {names[number % len(names)]: case.body[names[number % len(names)]]} if names else {}
    case.body = {**sound, **one}
    if case.operation.path == "/apps" and "Name" not in one:
        # Names of Apps are taken once.
        case.body["Name"] = f"app-{unique}"


def _sender(server: LocalServer, found: Findings, known: dict[str, Any]) -> Send:
    signed = Signed(server.access_key_id, server.access_key_secret)
    session = requests.Session()

    def send(case: AnyCase) -> None:
        if found.cases % 4 < 2:
            _mend(case, found.cases // 4, found.cases)
        case.body = _tame(case.body, known["ClusterId"])
        # Every second request is about something that exists.
        if found.cases % 2:
            parts = case.operation.path.split("/")
            # Those of extensions stand behind a prefix of their own.
            collection = "clusters" if "clusters" in parts else "jobs"
            for name in case.path_parameters or {}:
                if name in known:
                    there = known[name]
                    case.path_parameters[name] = (
                        there[collection] if isinstance(there, dict) else there
                    )
        response = case.call(server.endpoint, session=session, auth=signed, timeout=_SECONDS)
        found.cases += 1
        found.statuses[response.status_code] += 1
        name = f"{case.operation.method.upper()} {case.operation.path}"
        assert b"SignatureDoesNotMatch" not in response.content, case.as_curl_command()
        if response.status_code >= 500 and response.status_code != 501:
            found.faults.setdefault(f"{name}: {response.status_code}", case.as_curl_command())
        try:
            case.validate_response(response, checks=_CHECKS)
        except FailureGroup as group:
            for each in group.exceptions:
                title = getattr(each, "title", type(each).__name__)
                key = f"{name}: {response.status_code} {title}"
                found.faults.setdefault(key, f"{each}\n{case.as_curl_command()}")

    return send


def main() -> int:
    """Run from the command line; return 1 if there are faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given_options = parser.parse_args()
    with LocalServer(boot_seconds=0) as server:
        found = check(server, cases=given_options.cases, number=given_options.seed)
    sys.stdout.write(f"{found.cases} requests: {dict(sorted(found.statuses.items()))}\n")
    for name, detail in found.faults.items():
        sys.stdout.write(f"\n{name}\n{detail}\n")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
