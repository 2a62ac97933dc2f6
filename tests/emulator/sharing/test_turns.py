"""Two accounts on one service: neither starves the other, whoever came first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from tests.emulator.sharing.people import keys, wire_of
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


def test_account_of_more_weight_has_more_turns(people: tuple[Path, Wire, Wire]) -> None:
    data, ann, bob = people
    keys(data, "limit", "bob", "--weight", "3")
    assert "3" in next(line for line in keys(data, "accounts").splitlines() if "bob" in line)
    jobs = {
        wire: wire.job({"t": silent("sleep 0.01", wire.cluster(2), 2000)}) for wire in (ann, bob)
    }

    def finished(wire: Wire) -> int:
        seen = wire.get(f"/jobs/{jobs[wire]}/tasks/t")["InstanceMetrics"]
        return int(seen["FinishedCount"])

    # Once all that was given to VMs before the weight counted is over.
    bob.until(f"/jobs/{jobs[bob]}/tasks/t", lambda _: finished(bob) > 10)
    before = finished(ann), finished(bob)
    bob.until(f"/jobs/{jobs[bob]}/tasks/t", lambda _: finished(bob) > before[1] + 45)
    more = finished(ann) - before[0], finished(bob) - before[1]
    assert more[0] > 0
    assert more[1] > 1.5 * more[0]
    for wire, job in jobs.items():
        assert wire.send("POST", f"/jobs/{job}/stop").status_code == 201
