"""A service that enforces resources, over HTTP: refused, waiting, limited and told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.serving import Serve
from tests.emulator.wire import Wire, task, until_there

_CONFIG = """
[types.small]
processors = 0.5
memory = "100 MiB"

[types.large]
processors = 3
memory = "300 MiB"

[machine]
processors = 4
memory = "1000 MiB"
"""


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    folder = tmp_path_factory.mktemp("resources")
    config = folder / "service.toml"
    config.write_text(_CONFIG, encoding="utf-8")
    served = Serve(folder / "data", "--config", str(config), "--resources", "enforce")
    yield served.wire
    served.end()


def _cluster(wire: Wire, instance_type: str, count: int = 1) -> str:
    body = {
        "Name": "c",
        "ImageId": "img-ubuntu",
        "InstanceType": instance_type,
        "Groups": {"group": {"DesiredVMCount": count}},
    }
    answer = wire.send("POST", "/clusters", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["Id"])


def test_vm_larger_than_the_machine_is_refused_with_both_numbers(wire: Wire) -> None:
    body = {
        "Name": "c",
        "ImageId": "img-ubuntu",
        "InstanceType": "bcs.a2.3xlarge",
        "Groups": {"group": {"DesiredVMCount": 1}},
    }
    status, code, message = wire.refused("POST", "/clusters", body)
    assert (status, code) == (400, "InvalidInstanceType")
    assert "16 processors and 32768 MiB of memory" in message
    assert "4 processors and 1000 MiB of memory for VMs" in message


def test_program_over_its_memory_is_killed_alone_and_named_to_its_caller(wire: Wire) -> None:
    cluster = _cluster(wire, "small", 2)
    greedy = "exec python3 -c 'import time; x = bytearray(b\"x\") * (300 << 20); time.sleep(60)'"
    other = wire.job({"t": task("sleep 1; echo here", cluster)})
    job = wire.job({"t": task(greedy, cluster)})
    assert wire.ended(job)["State"] == "Failed"
    (instance,) = wire.instances(job, "t")
    result = instance["Result"]
    assert (result["ExitCode"], result["ErrorCode"]) == (137, "OutOfMemory")
    assert result["Detail"].startswith("Out of memory: the limit is 100 MiB.")
    words = "as it needed more than the 100 MiB of memory that its VM has"
    assert words in result["ErrorMessage"]
    assert words in wire.get(f"/jobs/{job}")["Message"]
    found = wire.get(f"/extensions/explain/jobs/{job}")
    assert found["Code"] == "KilledForMemory"
    assert words in found["Reason"]
    assert wire.ended(other)["State"] == "Finished"


def test_program_finds_what_it_has(wire: Wire) -> None:
    own = {"OMP_NUM_THREADS": "7"}
    say = "test $OMP_NUM_THREADS$BATCH_COMPUTE_PROCESSORS$BATCH_COMPUTE_MEMORY_MIB = "
    cluster = _cluster(wire, "large")
    first = wire.job({"t": task(f"{say}33300", cluster)})
    described = task(f"{say}73300", cluster)
    described["Parameters"]["Command"]["EnvVars"] = own
    second = wire.job({"t": described})
    assert wire.ended(first)["State"] == wire.ended(second)["State"] == "Finished"


def test_what_does_not_fit_waits_and_says_for_what(wire: Wire, visible: Path) -> None:
    gate = visible / "gate"
    first = wire.job({"t": task(until_there(gate), _cluster(wire, "large"))})
    wire.until(f"/jobs/{first}", lambda job: job["State"] == "Running")
    second = wire.job({"t": task("true", _cluster(wire, "large"))})
    path = f"/extensions/explain/jobs/{second}"
    found = wire.until(path, lambda reason: reason["Code"] == "WaitsForResources")
    assert "needs 3 processors and 300 MiB of memory" in found["Reason"]
    assert "1 processor and 700 MiB of memory are free, beside 1 program" in found["Reason"]
    gate.touch()
    assert wire.ended(second)["State"] == "Finished"


def test_types_that_do_not_fit_are_not_offered(wire: Wire) -> None:
    names = wire.get("/quotas")["AvailableClusterInstanceType"]
    assert {"small", "large"} <= set(names)
    assert "bcs.a2.3xlarge" not in names
