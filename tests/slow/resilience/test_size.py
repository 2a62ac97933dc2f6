"""Descriptions as large as they may be, from the request to the program and over a kill."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

from batchcompute.server.api.body import MAX_BODY
from tests.emulator.serving import Serve
from tests.emulator.wire import task


def _body(cluster: str, variables: dict[str, str], command: str) -> dict[str, Any]:
    described = task(command, cluster)
    described["Parameters"]["Command"]["EnvVars"] = variables
    return {"Name": "large", "Type": "DAG", "DAG": {"Tasks": {"t": described}}}


def test_largest_description_is_kept_and_run(serve: Callable[..., Serve]) -> None:
    server = serve()
    wire = server.wire
    variables = {f"V{number}": "" for number in range(100)}
    body = _body(wire.cluster(2), variables, "env | grep -c ^V; echo ${#V0}; exit 4")
    each, rest = divmod(MAX_BODY - len(json.dumps(body)), len(variables))
    for name in variables:
        variables[name] = "x" * each
    variables["V0"] += "x" * rest
    assert len(json.dumps(body)) == MAX_BODY
    jobs = [wire.create("/jobs", body) for _ in range(3)]
    variables["V1"] += "x"
    assert wire.refused("POST", "/jobs", body)[:2] == (400, "InvalidHttpBody")
    variables["V1"] = variables["V1"][1:]
    server.end(signal.SIGKILL)
    again = serve()
    for job in jobs:
        assert again.wire.ended(job)["State"] == "Failed"
        assert again.wire.instances(job, "t")[0]["Result"]["ExitCode"] == 4
        shown = again.wire.get(f"/jobs/{job}?description")
        assert shown["DAG"]["Tasks"]["t"]["Parameters"]["Command"]["EnvVars"] == variables
        printed = again.data / f"objects/bucket/logs/stdout.{job}.t.0"
        assert printed.read_text() == f"100\n{each + rest}\n"


def test_variable_that_the_system_refuses_fails_the_instance_and_says_why(
    serve: Callable[..., Serve],
) -> None:
    wire = serve().wire
    # Linux takes 128 KiB for one of them, the API does not say.
    job = wire.create("/jobs", _body(wire.cluster(1), {"V": "x" * (140 * 1024)}, "true"))
    assert wire.ended(job)["State"] == "Failed"
    result = wire.instances(job, "t")[0]["Result"]
    assert result["ErrorCode"] == "ProgramNotStarted"
    assert "Argument list too long" in result["ErrorMessage"]
