"""What old programs read in answers without a look: members, times, addresses, names of types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from tests.emulator.wire import Wire, task, until_there

SAMPLES = Path(__file__).parents[2] / "spec" / "examples"

#: Members of captured descriptions that say what their caller wanted, and have no empty form.
WANTED_BY_THE_CALLER = {
    ".DAG.Tasks.*.AutoCluster.Configs",
    ".DAG.Tasks.*.AutoCluster.Configs.Networks",
    ".DAG.Tasks.*.AutoCluster.Configs.Networks.VPC",
    ".DAG.Tasks.*.CredentialConfig",
    ".DAG.Tasks.*.CredentialConfig.Chain",
    ".DAG.Tasks.*.CredentialConfig.ServiceRole",
}
#: What stands below is named by the caller.
OPEN = (
    *("Tasks", "Groups", "EnvVars", "UserData", "InputMapping", "OutputMapping", "LogMapping"),
    *("Dependencies", "InputParameters", "OutputParameters", "Outputs"),
)


def paths(node: Any, path: str = "") -> Iterator[str]:
    """Yield the members of an answer; `*` stands for a name that its caller chose."""
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        chosen = path.rpartition(".")[2] in OPEN
        if chosen and not isinstance(value, dict):
            continue
        here = f"{path}.*" if chosen else f"{path}.{name}"
        if not chosen:
            yield here
        yield from paths(value, here)


def always(*names: str, item: bool = False) -> set[str]:
    """Return the members that every one of these samples has."""
    found: set[str] | None = None
    for name in names:
        text = (SAMPLES / f"{name}.response.json").read_text(encoding="utf-8")
        body = json.loads(text)
        for node in body["Items"] if item else [body]:
            members = set(paths(node))
            found = members if found is None else found & members
    assert found
    return found


@pytest.fixture(scope="module")
def cluster(wire: Wire) -> str:
    return wire.cluster(2, ImageId="img-f5tcaqrmrllg4sjgngo00m", InstanceType="bcs.a2.large")


@pytest.fixture(scope="module")
def job(wire: Wire, cluster: str) -> str:
    """A job of a description in which nothing stands that need not."""
    command = {"Parameters": {"Command": {"CommandLine": "true"}}, "ClusterId": cluster}
    made = wire.job({"t": command, "auto": task("true", AutoCluster={"ImageId": "img-ubuntu"})})
    assert wire.ended(made)["State"] == "Finished"
    return made


def test_jobs_have_all_that_captured_ones_have(wire: Wire, job: str) -> None:
    expected = always("get-job") | always("list-jobs", "list-jobs-doc", item=True)
    assert expected <= set(paths(wire.get(f"/jobs/{job}")))
    for each in wire.get("/jobs")["Items"]:
        assert expected <= set(paths(each))


def test_tasks_have_all_that_captured_ones_have(wire: Wire, job: str) -> None:
    expected = always("get-task") | always("list-tasks", "list-tasks-doc", item=True)
    assert expected <= set(paths(wire.get(f"/jobs/{job}/tasks/t")))
    for each in wire.get(f"/jobs/{job}/tasks")["Items"]:
        assert expected <= set(paths(each))


def test_instances_have_all_that_captured_ones_have(wire: Wire, job: str) -> None:
    expected = always("get-instance") | always("list-instances", "list-instances-doc", item=True)
    assert expected <= set(paths(wire.get(f"/jobs/{job}/tasks/t/instances/0")))
    for each in wire.instances(job, "t"):
        assert expected <= set(paths(each))
    waiting = wire.job({"t": task("true", wire.cluster(0))})
    assert expected <= set(paths(wire.instances(waiting, "t")[0]))


def test_descriptions_have_all_that_captured_ones_have(wire: Wire, job: str) -> None:
    expected = always("get-job-description", "get-job-description-full") - WANTED_BY_THE_CALLER
    described = wire.get(f"/jobs/{job}?description")
    assert expected <= set(paths(described))
    # Each task by itself, as `*` stands for any of them.
    below = {each for each in expected if each.startswith(".DAG.Tasks.*")}
    for name, one in described["DAG"]["Tasks"].items():
        assert below <= set(paths({"DAG": {"Tasks": {name: one}}})), name


def test_description_says_whom_to_tell_though_nobody_is(wire: Wire, job: str) -> None:
    nobody = {"Topic": {"Name": "", "Endpoint": "", "Events": []}}
    assert wire.get(f"/jobs/{job}?description")["Notification"] == nobody


def test_description_that_was_read_can_be_sent_again(wire: Wire, job: str) -> None:
    described = wire.get(f"/jobs/{job}?description")
    again = wire.create("/jobs", described)
    assert wire.ended(again)["State"] == "Finished"
    assert {**wire.get(f"/jobs/{again}?description"), "Id": job} == described


def test_clusters_have_all_that_captured_ones_have(wire: Wire, cluster: str) -> None:
    expected = always("get-cluster") | always("list-clusters", item=True)
    documented = always("get-cluster-doc") & always("list-clusters-doc", item=True)
    # Disks and mounts are what their callers wanted.
    expected |= {each for each in documented if not each.startswith(".Configs")}
    assert expected <= set(paths(wire.get(f"/clusters/{cluster}")))
    for each in wire.get("/clusters")["Items"]:
        assert expected <= set(paths(each))


def test_machines_have_all_that_captured_ones_have(wire: Wire, cluster: str) -> None:
    expected = always("get-cluster-instance", "get-cluster-instance-doc") | always(
        "list-cluster-instances", item=True
    )
    expected |= always("get-cluster-instance-doc")
    machines = f"/clusters/{cluster}/groups/group/instances"
    for each in wire.get(machines)["Items"]:
        assert expected <= set(paths(each))
        assert expected <= set(paths(wire.get(f"{machines}/{each['Id']}")))


def test_images_have_all_that_captured_ones_have(wire: Wire) -> None:
    own = wire.create("/images", {"EcsImageId": "m-1", "Platform": "Linux"})
    assert always("get-image") <= set(paths(wire.get(f"/images/{own}")))
    (found,) = [each for each in wire.get("/images")["Items"] if each["Id"] == own]
    assert always("list-images-self", item=True) <= set(paths(found))
    for each in wire.get("/images?Type=System")["Items"]:
        assert always("list-images-system", item=True) <= set(paths(each))


def test_apps_have_all_that_documented_ones_have(wire: Wire) -> None:
    parameters = {"InputParameters": {"i": {}}, "OutputParameters": {"o": {"LocalPath": "/o"}}}
    app = {"Name": "bare", "CommandLine": "true", "VM": {"ECSImageId": "m-1"}, **parameters}
    assert wire.send("POST", "/apps", app).status_code == 201
    # A default that nobody gave, and settings, are the author's.
    of_author = {".InputParameters.*.Default", ".OutputParameters.*.Default"}
    for expected, target in (
        (always("get-app"), "/apps/bare"),
        (always("get-app-detail"), "/apps/bare?Detail=True"),
    ):
        settings = {each for each in expected if each.startswith(".Config.")}
        missing = expected - of_author - settings - set(paths(wire.get(target)))
        assert not missing, target
    assert wire.send("DELETE", "/apps/bare").status_code == 204


def test_quotas_have_all_that_documented_ones_have(wire: Wire) -> None:
    assert always("get-quotas") <= set(paths(wire.get("/quotas")))
    available = wire.get("/available")
    assert always("get-available-resource") <= set(paths(available))
    text = (SAMPLES / "get-available-resource.response.json").read_text(encoding="utf-8")
    (sample,) = json.loads(text)["AvailableClusterInstanceType"]
    for each in available["AvailableClusterInstanceType"]:
        assert set(paths(sample)) <= set(paths(each))


def test_quotas_can_be_sorted_by_a_table_of_the_vendors_types(wire: Wire) -> None:
    """As a tool does, which knows no other families and no other sizes."""
    sizes = ("medium", "large", "xlarge", "2xlarge", "3xlarge", "4xlarge", "5xlarge")
    families = {"bcs": 0, "ecs": 1}

    def rank(name: str) -> tuple[int, str, int]:
        family, series, size = name.split(".")
        return families[family], series, sizes.index(size)

    quotas = wire.get("/quotas")
    assert sorted(quotas["AvailableClusterInstanceType"], key=rank)[0].startswith("bcs.")
    assert sorted(quotas["AvailableSpotInstanceType"], key=rank)[0].startswith("ecs.")
    names = [
        each["InstanceType"] for each in wire.get("/available")["AvailableClusterInstanceType"]
    ]
    assert "local.machine" in names


def test_times_of_what_has_not_begun_are_empty(wire: Wire) -> None:
    """Not left out: programs compare them."""
    idle = wire.cluster(0)
    job = wire.job({"a": task("true", idle, 2), "b": task("true", idle)})
    empty = {"StartTime": "", "EndTime": ""}
    for target in (
        f"/jobs/{job}",
        f"/jobs/{job}/tasks/a",
        f"/jobs/{job}/tasks/b",
        f"/jobs/{job}/tasks/a/instances/1",
    ):
        assert empty.items() <= wire.get(target).items(), target
    assert wire.send("POST", f"/jobs/{job}/stop").status_code == 201
    stopped = wire.get(f"/jobs/{job}/tasks/a/instances/0")
    assert stopped["StartTime"] == ""
    assert stopped["EndTime"] != ""


def test_times_are_empty_again_after_a_new_start(wire: Wire, cluster: str) -> None:
    job = wire.job({"t": task(until_there("/none"), cluster)})
    wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    assert wire.send("POST", f"/jobs/{job}/stop").status_code == 201
    first = wire.get(f"/jobs/{job}")
    assert first["StartTime"] != ""
    assert first["EndTime"] != ""
    assert wire.send("POST", f"/jobs/{job}/start").status_code == 201
    assert wire.get(f"/jobs/{job}")["EndTime"] == ""
    wire.send("POST", f"/jobs/{job}/stop")


def test_any_image_runs_and_the_logs_say_so(wire: Wire, cluster: str) -> None:
    """An author's own image of the hosted service, on a cluster and for one task."""
    foreign = "img-f5tcaqrmrllg4sjgngo00m"
    own = task("true", AutoCluster={"ImageId": foreign, "InstanceType": "ecs.s3.large"})
    job = wire.job({"here": task("true", cluster), "there": own})
    assert wire.ended(job)["State"] == "Finished"
    logs = wire.get(f"/clusters/{cluster}")["OperationLogs"]
    said = f"Image {foreign} is a name here: programs run on the system of this machine"
    assert [line for line in logs if line.endswith(said)]


def test_command_lines_may_be_as_long_as_the_system_can_start(wire: Wire, cluster: str) -> None:
    """Tools that send a program in its own command line are not stopped by a documented limit."""
    start, rest = "exit 7 #", 128 * 1024 - 1
    longest = start + "x" * (rest - len(start))
    job = wire.job({"t": task(longest, cluster)})
    assert wire.ended(job)["State"] == "Failed"
    assert wire.instances(job, "t")[0]["Result"]["ExitCode"] == 7
    body = {"Name": "j", "Type": "DAG", "DAG": {"Tasks": {"t": task(longest + "x", cluster)}}}
    assert wire.refused("POST", "/jobs", body)[:2] == (400, "InvalidCommandLine")


@pytest.fixture(scope="module")
def slow_boot(
    isolation: Isolation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Wire, str]]:
    """Connect to a service whose machines stay in Starting, with a cluster of a few."""
    data = tmp_path_factory.mktemp("booting")
    with LocalServer(data, boot_seconds=3600, isolation=isolation) as server:
        client = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        yield client, client.cluster(5)
        client.close()


def test_machines_can_be_told_apart_before_they_run(slow_boot: tuple[Wire, str]) -> None:
    """Tools index machines by host name, and find them by address, right after the creation."""
    wire, cluster = slow_boot
    machines = wire.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
    assert {each["State"] for each in machines} <= {"Pending", "Starting"}
    assert len({each["HostName"]: each for each in machines}) == 5
    assert len({each["IpAddress"]: each for each in machines}) == 5
    assert all(IPv4Address(each["IpAddress"]).is_loopback for each in machines)


def test_node_is_found_by_its_address_and_removed(wire: Wire) -> None:
    """As a farm's scaler does with the node that has gone idle."""
    cluster = wire.cluster(3)
    target = f"/clusters/{cluster}/groups/group/instances"
    wire.until(f"/clusters/{cluster}", lambda seen: seen["Metrics"]["RunningCount"] == 3)
    job = wire.job({"t": task(until_there("/none"), cluster)})
    running = wire.until(
        f"/jobs/{job}/tasks/t/instances", lambda page: page["Items"][0]["State"] == "Running"
    )
    busy = running["Items"][0]["NodeIp"]
    by_address = {each["IpAddress"]: each for each in wire.get(target)["Items"]}
    assert len(by_address) == 3
    idle = [address for address in by_address if address != busy]
    assert wire.send("DELETE", f"{target}/{by_address[idle[0]]['Id']}").status_code == 202
    wire.until(target, lambda page: len(page["Items"]) == 2)
    left = {each["IpAddress"] for each in wire.get(target)["Items"]}
    assert left == set(by_address) - {idle[0]}
    assert wire.get(f"/clusters/{cluster}")["Groups"]["group"]["DesiredVMCount"] == 2
    wire.send("POST", f"/jobs/{job}/stop")


@pytest.mark.parametrize(
    ("member", "sent", "shown"),
    [("Priority", "10", 10), ("Priority", 10.0, 10), ("AutoRelease", "False", False)],
)
def test_value_of_another_type_is_shown_in_its_own(
    wire: Wire, member: str, sent: Any, shown: Any
) -> None:
    job = wire.job({"t": task("true", wire.cluster(0))}, **{member: sent})
    described = wire.get(f"/jobs/{job}?description")[member]
    assert (described, type(described)) == (shown, type(shown))
