"""Two accounts on one service: neither starves the other, whoever came first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from tests.emulator.sharing.people import wire_of
from tests.emulator.wire import Wire, task


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Wire, Wire]]:
    data = tmp_path_factory.mktemp("turns")
    with LocalServer(data, boot_seconds=0.02, slots=2) as server:
        ann, bob = (wire_of(server.endpoint, data, name) for name in ("ann", "bob"))
        yield data, ann, bob
        ann.close()
        bob.close()


def silent(command: str, cluster: str, count: int) -> dict[str, Any]:
    """Describe a task that keeps no streams: a bucket belongs to one account."""
    described = task(command, cluster, count)
    described["Parameters"] = {"Command": described["Parameters"]["Command"]}
    return described


def test_many_instances_do_not_keep_another_accounts_few_waiting(
    people: tuple[Path, Wire, Wire],
) -> None:
    _, ann, bob = people
    many = ann.job({"t": silent("sleep 0.05", ann.cluster(4), 5000)})
    ann.until(f"/jobs/{many}/tasks/t", lambda seen: seen["InstanceMetrics"]["FinishedCount"] > 0)
    few = bob.job({"t": silent("true", bob.cluster(2), 3)})
    ended = bob.ended(few)
    assert ended["State"] == "Finished", ended["Message"]
    seen = ann.get(f"/jobs/{many}/tasks/t")["InstanceMetrics"]
    assert seen["WaitingCount"] > 0
    assert ann.send("POST", f"/jobs/{many}/stop").status_code < 300
