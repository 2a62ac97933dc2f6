"""What is mapped to places of this machine, when whoever made it there is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.emulator.executor.conftest import Bench


def _kill_shim(bench: Bench, name: str) -> None:
    os.kill(bench.shim(name), signal.SIGKILL)


def test_same_call_runs_after_its_supervisor_was_killed(shared: Bench, visible: Path) -> None:
    shared.objects.put_bytes(b"in\n", "oss://b/in/file")
    mappings = {
        "input_mapping": {"oss://b/in/": f"{visible}/in/"},
        "output_mapping": {f"{visible}/call/out": "oss://b/out", f"{visible}/d/": "oss://b/d/"},
    }
    command = f"cp {visible}/in/file {visible}/call/out; touch {visible}/call/rest"
    shared.start_gated("a.1", "true", **mappings)
    if shared.isolation == "process-group":
        assert (visible / "in" / "file").read_text() == "in\n"
        (visible / "call" / "half").touch()
    _kill_shim(shared, "a.1")
    shared.events.lost("a.1")
    receipt = shared.run("a.2", command, **mappings)
    assert (receipt.reason, receipt.exit_code, receipt.detail) == ("exited", 0, "")
    assert shared.objects.read_range("oss://b/out") == b"in\n"
    assert os.listdir(visible) == []


def test_stop_leaves_nothing_behind(shared: Bench, visible: Path) -> None:
    shared.objects.put_bytes(b"in\n", "oss://b/in/file")
    shared.start_gated(
        "a.1",
        "true",
        mounts=(("oss://b/in/", f"{visible}/in/", True),),
        folders=(f"{visible}/disk",),
    )
    shared.executor.stop(["a.1"])
    assert shared.events.receipt("a.1").reason == "stopped"
    assert os.listdir(visible) == []
    # Whatever was mounted for it does not keep the next one from working.
    receipt = shared.run(
        "a.2", f"ls {visible}/in", mounts=(("oss://b/in/", f"{visible}/in/", True),)
    )
    assert (receipt.exit_code, shared.stdout("a.2")) == (0, "file\n")


def test_attempts_share_a_folder_that_one_of_them_made(shared: Bench, visible: Path) -> None:
    if shared.isolation == "namespace":
        pytest.skip("every program has a folder of its own")
    for name in ("a.1", "a.2"):
        shared.start_gated(
            name,
            f"echo {name} > {visible}/made/{name}",
            worker_id=f"vm-{name[-1]}",
            output_mapping={f"{visible}/made/{name}": f"oss://b/{name}"},
        )
    for name in ("a.1", "a.2"):
        shared.let_on(name)
        assert shared.events.receipt(name).exit_code == 0
        assert shared.objects.read_range(f"oss://b/{name}") == f"{name}\n".encode()
    assert os.listdir(visible) == []
