"""A fault of the service's own ends it, instead of leaving it half alive, and loses nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.emulator.serving import Serve
from tests.emulator.wire import task, until_there

#: Breaks one function in the processes of the server and its agent, once a file is there.
_FAULT = """
import os, sys
if {{"serve", "batchcompute.server.executors.agent.main"}} & {{*sys.orig_argv}}:
    from {module} import {name}
    _method = {name}.{method}
    def _broken(*arguments, **more):
        if os.path.exists({file!r}):
            raise ZeroDivisionError("a fault of the service's own")
        return _method(*arguments, **more)
    {name}.{method} = _broken
"""


@pytest.mark.parametrize(
    ("module", "name", "method"),
    [
        ("batchcompute.server.executors.agent.supervisor", "Supervisor", "tick"),
        ("batchcompute.server.scheduler.core", "Core", "carry_out"),
        ("asyncio.base_events", "BaseEventLoop", "_run_once"),
    ],
)
def test_fault_ends_the_service_and_the_next_goes_on(
    plain: Callable[..., Serve], tmp_path: Path, module: str, name: str, method: str
) -> None:
    broken = tmp_path / "broken"
    modules = tmp_path / "modules"
    modules.mkdir()
    text = _FAULT.format(module=module, name=name, method=method, file=str(broken))
    (modules / "sitecustomize.py").write_text(text)
    server = plain(environment={"PYTHONPATH": str(modules)})
    wire = server.wire
    cluster, other = wire.cluster(2), wire.cluster(1)
    gate = until_there(tmp_path / "gate")
    job = wire.job({"t": task(f"echo >> {tmp_path}/starts; {gate}", cluster)})
    wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    broken.touch()
    # Answered, cut off or not answered at all, the service does not hang over it.
    with contextlib.suppress(httpx.TransportError, json.JSONDecodeError):
        wire.send("DELETE", f"/clusters/{other}")
    assert server.process.wait(timeout=60) == 1
    said = "error: the service failed, see the log; start it again to go on\n"
    assert server.log().endswith(said)
    assert "a fault of the service's own" in server.log()
    wire.close()
    assert server.process.stdout is not None
    server.process.stdout.close()
    again = plain("--stop-instances")
    (tmp_path / "gate").touch()
    assert again.wire.ended(job)["State"] == "Finished"
    assert (tmp_path / "starts").read_text() == "\n"
