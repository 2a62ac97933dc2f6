"""Agents on hosts of their own, and a network that loses what they say or are told."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server.objects import open_store
from tests.emulator.wire import task
from tests.slow.hosts.far_agents import FarAgents, far_agents
from tests.slow.hosts.network import BOTH, Direction, network
from tests.slow.lives import PATIENCE, Beats, eventually

_CUTS: list[tuple[Direction, ...]] = [BOTH, ("requests",), ("answers",)]
#: Every lease ends in tests of its end, and none does in the others, however busy the machine is.
_SHORT_SECONDS, _LONG_SECONDS = 4.0, 300.0
_OUTPUT_BYTES = 6_000_000


def _agents(lease_seconds: float) -> Iterator[FarAgents]:
    place = Path(tempfile.mkdtemp(prefix="batchcompute-hosts-", dir="/var/tmp"))
    try:
        with network(2) as wires, far_agents(place, wires, lease_seconds) as found:
            yield found
    finally:
        shutil.rmtree(place)


@pytest.fixture(scope="module")
def impatient() -> Iterator[FarAgents]:
    """Agents whose leases are short."""
    yield from _agents(_SHORT_SECONDS)


@pytest.fixture(scope="module")
def patient() -> Iterator[FarAgents]:
    """Agents whose leases are long."""
    yield from _agents(_LONG_SECONDS)


@pytest.fixture(autouse=True)
def needs_client_of_objects() -> None:
    pytest.importorskip("alibabacloud_oss_v2", reason="the client of OSS cannot be installed here")


def _vms(agents: FarAgents, cluster: str) -> list[Any]:
    found: list[Any] = agents.wire.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
    return found


def _give_back(agents: FarAgents, cluster: str) -> None:
    """Have both agents wait for their next VMs."""
    agents.network.heal()
    agents.wire.send("DELETE", f"/clusters/{cluster}")
    eventually(lambda: all(map(agents.is_free, agents.network.hosts)))


@pytest.mark.parametrize("cut", _CUTS, ids="-".join)
def test_cut_that_is_shorter_than_the_lease_costs_nothing(
    patient: FarAgents, tmp_path: Path, cut: tuple[Direction, ...]
) -> None:
    wire, beats = patient.wire, Beats(tmp_path)
    cluster = wire.cluster(1)
    job = wire.job({"t": task(beats.command, cluster)})
    (life,) = beats.await_lives(1)
    wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running", seconds=PATIENCE)
    (before,) = _vms(patient, cluster)
    patient.network.hosts[life.host].cut = cut
    # It ends while nobody can hear of it.
    beats.gate.touch()
    eventually(lambda: beats.lives()[0].ended)
    patient.network.heal()
    assert wire.ended(job, seconds=PATIENCE)["State"] == "Finished"
    assert len(beats.lives()) == 1
    assert [each["Id"] for each in _vms(patient, cluster)] == [before["Id"]]
    # And what was said again is not taken for something new.
    then = wire.job({"t": task("exit 3", cluster)}, JobFailOnInstanceFail=False)
    wire.ended(then, seconds=PATIENCE)
    assert wire.instances(then, "t")[0]["Result"]["ExitCode"] == 3
    _give_back(patient, cluster)


@pytest.mark.parametrize("cut", _CUTS, ids="-".join)
def test_cut_that_is_longer_than_the_lease_moves_the_program(
    impatient: FarAgents, tmp_path: Path, cut: tuple[Direction, ...]
) -> None:
    wire, beats = impatient.wire, Beats(tmp_path)
    cluster = wire.cluster(1)
    job = wire.job({"t": task(beats.command, cluster)})
    (first,) = beats.await_lives(1)
    (before,) = _vms(impatient, cluster)
    impatient.network.hosts[first.host].cut = cut
    first, second, *_ = beats.await_lives(2)
    assert first.host != second.host
    # It hears late that it is not wanted any more, and is ready for the next cluster.
    impatient.network.heal()
    eventually(lambda: impatient.is_free(first.host))
    beats.gate.touch()
    assert wire.ended(job, seconds=PATIENCE)["State"] == "Finished"
    assert [life.ended for life in beats.lives()] == [False, True]
    beats.check_never_two_at_once()
    (after,) = _vms(impatient, cluster)
    assert after["Id"] != before["Id"]
    logs = wire.get(f"/clusters/{cluster}")["OperationLogs"]
    assert any("was not heard of for 4 seconds" in line for line in logs)
    _give_back(impatient, cluster)


def test_slow_network_that_loses_packets_costs_only_time(
    patient: FarAgents, tmp_path: Path
) -> None:
    wire, notes = patient.wire, tmp_path / "notes"
    for host in patient.network.hosts.values():
        host.delay, host.loss = 0.1, 0.01
    cluster = wire.cluster(2)
    index = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
    command = f'echo "$(uname -n) {index}" >>{notes}; echo out {index}; exit $(({index} % 3))'
    job = wire.job({"t": task(command, cluster, 12)}, JobFailOnInstanceFail=False)
    wire.ended(job, seconds=3 * PATIENCE)
    codes = {each["InstanceId"]: each["Result"]["ExitCode"] for each in wire.instances(job, "t")}
    assert codes == {index: index % 3 for index in range(12)}
    began = [line.split() for line in notes.read_text().splitlines()]
    assert Counter(int(index) for _, index in began) == dict.fromkeys(range(12), 1)
    assert {host for host, _ in began} == {*patient.network.hosts}
    _give_back(patient, cluster)


def test_upload_that_is_cut_off_for_longer_than_the_lease_changes_nothing_later(
    impatient: FarAgents, tmp_path: Path
) -> None:
    wire, notes = impatient.wire, tmp_path / "notes"
    cluster = wire.cluster(1)
    for host in impatient.network.hosts.values():
        host.cut_after = _OUTPUT_BYTES // 3
    command = f"uname -n >>{notes}; yes $(uname -n) | head -c {_OUTPUT_BYTES}"
    job = wire.job({"t": task(command, cluster)})
    eventually(lambda: any(host.cut for host in impatient.network.hosts.values()))
    for host in impatient.network.hosts.values():
        host.cut_after = None
    (first,) = (name for name, host in impatient.network.hosts.items() if host.cut)
    assert wire.ended(job, seconds=PATIENCE)["State"] == "Finished"
    # What is left of the first one's connections goes on, and nobody takes it any more.
    impatient.network.heal()
    eventually(lambda: impatient.is_free(first))
    hosts = notes.read_text().split()
    assert hosts[0] == first
    assert hosts[-1] != first
    objects = open_store((impatient.server.data / "objects").absolute().as_uri())
    output = objects.read_range(f"oss://bucket/logs/stdout.{job}.t.0")
    assert len(output) == _OUTPUT_BYTES
    # The last line may be a part of one.
    assert set(output.decode().splitlines()[:-1]) == {hosts[-1]}
    _give_back(impatient, cluster)
