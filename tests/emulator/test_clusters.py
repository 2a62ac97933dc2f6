from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, task


def running(count: int) -> Any:
    return lambda seen: seen["Metrics"]["RunningCount"] == count


def test_machines_boot(wire: Wire, cluster: str) -> None:
    seen = wire.until(f"/clusters/{cluster}", running(3))
    assert seen["Groups"]["group"]["ActualVMCount"] == 3
    assert seen["Groups"]["group"]["DesiredVMCount"] == 3
    texts = [line.rpartition("]")[2] for line in seen["OperationLogs"]]
    # In between it says how programs are kept apart here, and whether there are containers.
    assert texts[2].startswith("Programs run ")
    assert [*texts[:2], *texts[-6:]] == [
        "Creating instance group successfully",
        "Creating cluster successfully",
        *["Instance created"] * 3,
        *["Instance is active"] * 3,
    ]
    listed = wire.get(f"/clusters/{cluster}/groups/group/instances")
    assert [each["State"] for each in listed["Items"]] == ["Running"] * 3
    first = listed["Items"][0]
    assert first == wire.get(f"/clusters/{cluster}/groups/group/instances/{first['Id']}")
    page = wire.get(f"/clusters/{cluster}/groups/group/instances?MaxItemCount=2")
    assert page["NextMarker"] == listed["Items"][2]["Id"]


def test_resize(wire: Wire, cluster: str) -> None:
    for count in (5, 1, 0, 2):
        change = {"Groups": {"group": {"DesiredVMCount": count}}}
        assert wire.send("PUT", f"/clusters/{cluster}", change).status_code == 200
        seen = wire.get(f"/clusters/{cluster}")
        assert seen["Groups"]["group"]["DesiredVMCount"] == count
        wire.until(f"/clusters/{cluster}", running(count))


def test_other_members_change(wire: Wire, cluster: str) -> None:
    change = {
        "ImageId": "img-centos",
        "UserData": {"k": "v"},
        "EnvVars": {"A": "b"},
        "Groups": {"group": {"SpotStrategy": "SpotAsPriceGo", "SpotPriceLimit": 0.5}},
    }
    assert wire.send("PUT", f"/clusters/{cluster}", change).status_code == 200
    seen = wire.get(f"/clusters/{cluster}")
    assert (seen["ImageId"], seen["UserData"], seen["EnvVars"]) == (
        "img-centos",
        {"k": "v"},
        {"A": "b"},
    )
    assert seen["Groups"]["group"]["SpotPriceLimit"] == 0.5
    assert seen["Groups"]["group"]["DesiredVMCount"] == 3


def test_mapping_of_a_cluster_is_there_for_its_programs(server: LocalServer, wire: Wire) -> None:
    server.objects.put_bytes(b"shared\n", "oss://bucket/shared/file")
    server.objects.put_bytes(b"own\n", "oss://bucket/own")
    cluster = wire.cluster(1)
    change = {"InputMapping": {"oss://bucket/shared/": "/shared/"}}
    assert wire.send("PUT", f"/clusters/{cluster}", change).status_code == 200
    assert wire.get(f"/clusters/{cluster}")["InputMapping"] == change["InputMapping"]
    described = task("cat /shared/file /own/own", cluster)
    described["InputMapping"] = {"oss://bucket/own": "/own/own"}
    job = wire.job({"t": described})
    assert wire.ended(job)["State"] == "Finished", wire.instances(job, "t")
    assert server.read_object(f"oss://bucket/logs/stdout.{job}.t.0") == b"shared\nown\n"
    wire.send("DELETE", f"/clusters/{cluster}")


def test_mapping_is_no_member_of_a_new_cluster(wire: Wire) -> None:
    """CreateCluster does not know it, so nothing has checked it."""
    cluster = wire.cluster(1, InputMapping=["oss://bucket/"])
    assert "InputMapping" not in wire.get(f"/clusters/{cluster}")
    job = wire.job({"t": task("true", cluster)})
    assert wire.ended(job)["State"] == "Finished", wire.instances(job, "t")
    wire.send("DELETE", f"/clusters/{cluster}")


def test_empty_text_changes_nothing(wire: Wire) -> None:
    """Clients fill in what they do not mean, and empty text is not given."""
    group = {"DesiredVMCount": 0, "InstanceType": "bcs.a2.large", "SpotStrategy": "SpotAsPriceGo"}
    cluster = wire.cluster(Groups={"group": group}, ImageId="img-centos")
    nothing = {"InstanceType": "", "SpotStrategy": ""}
    change = {"ImageId": "", "EnvVars": {"A": ""}, "Groups": {"group": nothing}}
    assert wire.send("PUT", f"/clusters/{cluster}", change).status_code == 200
    seen = wire.get(f"/clusters/{cluster}")
    assert (seen["ImageId"], seen["EnvVars"]) == ("img-centos", {"A": ""})
    assert group.items() <= seen["Groups"]["group"].items()
    # A job may still be run on it.
    job = wire.job({"t": task("true", cluster)})
    wire.send("POST", f"/jobs/{job}/stop")
    wire.send("DELETE", f"/clusters/{cluster}")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "MissingGroups"),
        ({"ImageId": ""}, "MissingGroups"),
        ({"Groups": {"other": {"DesiredVMCount": 1}}}, "InvalidGroups"),
        ({"Groups": {"group": {"DesiredVMCount": 65537}}}, "InvalidDesiredVMCount"),
        ({"Groups": []}, "InvalidGroups"),
        ({"ImageId": "none"}, "InvalidImageId"),
        ({"InputMapping": {"/in/": "/in/"}}, "InvalidInputMapping"),
    ],
)
def test_refused_changes(wire: Wire, cluster: str, change: Any, code: str) -> None:
    assert wire.refused("PUT", f"/clusters/{cluster}", change)[:2] == (400, code)


def test_machine_can_be_deleted_and_recreated(wire: Wire, cluster: str) -> None:
    wire.until(f"/clusters/{cluster}", running(3))
    base = f"/clusters/{cluster}/groups/group/instances"
    first, second, _ = (each["Id"] for each in wire.get(base)["Items"])
    assert wire.send("DELETE", f"{base}/{first}").status_code == 202
    assert wire.get(f"/clusters/{cluster}")["Groups"]["group"]["DesiredVMCount"] == 2
    assert wire.send("POST", f"{base}/{second}/recreate").status_code == 201
    assert wire.get(f"/clusters/{cluster}")["Groups"]["group"]["DesiredVMCount"] == 2
    wire.until(f"/clusters/{cluster}", lambda seen: seen["Metrics"]["StoppingCount"] == 0)
    wire.until(f"/clusters/{cluster}", running(2))
    left = [each["Id"] for each in wire.get(base)["Items"]]
    assert first not in left
    assert second not in left


def test_deleted_cluster_disappears(wire: Wire) -> None:
    cluster = wire.cluster(2)
    job = wire.job({"t": task("sleep 600", cluster, 3)})
    wire.until(f"/jobs/{job}", lambda seen: seen["InstanceMetrics"]["RunningCount"] == 2)
    assert wire.send("DELETE", f"/clusters/{cluster}").status_code == 204
    ended = wire.get(f"/jobs/{job}")
    assert ended["State"] == "Failed"
    assert cluster in ended["Message"]
    wire.until("/clusters", lambda seen: cluster not in str(seen))
    assert wire.refused("GET", f"/clusters/{cluster}")[:2] == (404, "InvalidResource.NotFound")
    assert wire.refused("DELETE", f"/clusters/{cluster}")[0] == 404


def test_pages_of_clusters(wire: Wire) -> None:
    made = [wire.cluster(0) for _ in range(3)]
    found: list[str] = []
    marker = ""
    while True:
        page = wire.get(
            f"/clusters?Marker={marker}&MaxItemCount=2"
            if marker
            else "/clusters?Marker&MaxItemCount=2"
        )
        found += [each["Id"] for each in page["Items"]]
        marker = page["NextMarker"]
        if not marker:
            break
    assert [each for each in found if each in made] == made
    for each in made:
        wire.send("DELETE", f"/clusters/{each}")


def test_cluster_of_the_reference_is_accepted(wire: Wire) -> None:
    mounts = {"Entries": [{"Source": "nas://host:/", "Destination": "/mnt/"}]}
    cluster = wire.cluster(0, Configs={"Mounts": mounts}, UserData={"a": "b"}, Bootstrap="")
    seen = wire.get(f"/clusters/{cluster}")
    assert seen["Configs"] == {"Mounts": mounts}
    left_out = "Mount {} is left out: this server can mount oss:// only"
    assert seen["OperationLogs"][-1].endswith(left_out.format("nas://host:/"))
    # Nor are the mounts of a change left out without a word.
    mounts = {"Entries": [{"Source": "smb://host/x", "Destination": "/mnt/"}]}
    change = {"Configs": {"Mounts": mounts}}
    assert wire.send("PUT", f"/clusters/{cluster}", change).status_code == 200
    seen = wire.get(f"/clusters/{cluster}")
    assert seen["Configs"] == {"Mounts": mounts}
    assert seen["OperationLogs"][-1].endswith(left_out.format("smb://host/x"))
    wire.send("DELETE", f"/clusters/{cluster}")


def test_clusters_of_tasks_say_what_is_left_out(wire: Wire) -> None:
    mounts = {"Entries": [{"Source": "nas://host:/", "Destination": "/mnt/"}, {}]}
    auto = {"ImageId": "img-ubuntu", "ReserveOnFail": True, "Configs": {"Mounts": mounts}}
    job = wire.job({"t": task("false", AutoCluster=auto)})
    assert wire.ended(job)["State"] == "Failed"
    (seen,) = [
        each for each in wire.get("/clusters")["Items"] if each.get("Configs") == {"Mounts": mounts}
    ]
    notes = [line for line in seen["OperationLogs"] if "Mount" in line]
    assert len(notes) == 1
    assert "nas://host:/ is left out" in notes[0]
    wire.send("DELETE", f"/clusters/{seen['Id']}")
    wire.send("DELETE", f"/jobs/{job}")


def test_what_there_is(wire: Wire) -> None:
    images = wire.get("/images?Type=System")["Items"]
    assert "img-ubuntu" in [each["Id"] for each in images]
    # Without being asked for, those of the system are not among the images.
    assert "img-ubuntu" not in [each["Id"] for each in wire.get("/images")["Items"]]
    assert wire.get("/images/img-ubuntu")["Platform"] == "Linux"
    assert wire.refused("GET", "/images/img-none")[0] == 404
    assert "bcs.a2.large" in wire.get("/quotas")["AvailableClusterInstanceType"]
    kinds = wire.get("/available")["AvailableClusterInstanceType"]
    assert {"InstanceType", "CpuCore", "MemorySize", "Network"} == kinds[0].keys()


def test_this_machine_is_a_kind_of_machine(wire: Wire) -> None:
    """Its processors and memory can be asked for, and clusters made of it."""
    kinds = wire.get("/available")["AvailableClusterInstanceType"]
    (kind,) = [each for each in kinds if each["InstanceType"] == "local.machine"]
    assert kind["CpuCore"] == os.cpu_count()
    memory = re.search(r"MemTotal: *(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    assert memory is not None
    # Less what is left to the system, which is 2 GiB at the most.
    total = int(memory[1]) // 2**20
    assert max(1, total - 2) <= kind["MemorySize"] <= max(1, total)
    assert kind["Network"] == {"Classic": True, "Vpc": True}
    cluster = wire.cluster(0, InstanceType="local.machine")
    assert wire.get(f"/clusters/{cluster}")["InstanceType"] == "local.machine"
    wire.send("DELETE", f"/clusters/{cluster}")


def test_quotas_name_the_types_of_the_vendor_only(wire: Wire) -> None:
    """Tools sort them by tables of their own, and break on any other."""
    quotas = wire.get("/quotas")
    for member in ("AvailableClusterInstanceType", "AvailableSpotInstanceType"):
        assert all(re.fullmatch(r"(bcs|ecs)\.[a-z0-9]+\.\w+", name) for name in quotas[member])
