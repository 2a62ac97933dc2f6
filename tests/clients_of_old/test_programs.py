"""Programs that others wrote on the Python SDK: what each does, told in a few lines of its kind.

They name a region of the hosted service, say nothing of encryption, and are led here by the
environment. Nobody checks the types of old programs.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import batchcompute
from batchcompute import CN_SHENZHEN, Client, ClientError
from batchcompute.resources import (
    DAG,
    AppDescription,
    AppJobDescription,
    ClusterDescription,
    GroupDescription,
    JobDescription,
    ModifyClusterDescription,
    ModifyGroupDescription,
    TaskDescription,
)
from batchcompute.server import LocalServer
from batchcompute.utils.jsonizable import BatchEncoder

pytestmark = pytest.mark.filterwarnings(
    "ignore:.* has no property:batchcompute.BatchComputeWarning"
)

LOGS = "oss://bucket/logs/"
IMAGE = "img-f5tcaqrmrllg4sjgngo00m"


@pytest.fixture
def client(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Make a client as old programs make it."""
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    made = Client(CN_SHENZHEN, server.access_key_id, server.access_key_secret)
    yield made
    made.close()


@pytest.fixture
def cluster(client: Any) -> Iterator[str]:
    """Make a cluster of two machines as a dict describes it."""
    group = {"DesiredVMCount": 2, "InstanceType": "bcs.a2.large", "ResourceType": "OnDemand"}
    made = client.create_cluster({"Name": "c", "ImageId": IMAGE, "Groups": {"workers": group}})
    assert made.StatusCode == 201
    yield made.Id
    client.delete_cluster(made.Id)


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def task(command: str, cluster: str = "", **members: Any) -> Any:
    """Describe a task the way tools with templates do: every member, most of them empty."""
    return {
        "InstanceCount": 1,
        "MaxRetryCount": 0,
        "Timeout": 600,
        "Parameters": {
            "Command": {"CommandLine": command, "PackagePath": "", "EnvVars": {}},
            "StdoutRedirectPath": LOGS,
            "StderrRedirectPath": LOGS,
            "InputMappingConfig": {"Lock": True},
        },
        "InputMapping": {},
        "OutputMapping": {},
        "LogMapping": {},
        "WriteSupport": True,
        "ClusterId": cluster,
        "AutoCluster": {} if cluster else {"ECSImageId": IMAGE, "InstanceType": "ecs.s3.large"},
        **members,
    }


def job(**tasks: Any) -> Any:
    return {
        "Name": "job",
        "Type": "DAG",
        "Description": "",
        "Priority": 0,
        "JobFailOnInstanceFail": True,
        "AutoRelease": False,
        "DAG": {"Tasks": tasks, "Dependencies": {}},
    }


def ended(client: Any, job_id: str) -> str:
    until(lambda: client.get_job(job_id).State in ("Finished", "Failed", "Stopped"))
    return str(client.get_job(job_id).State)


def test_command_line_shows_a_job(client: Any, cluster: str, server: LocalServer) -> None:
    """It submits a dict, shows the job and its tasks with all that is beside them, and its logs."""
    assert client.list_jobs("", 1).StatusCode == 200
    made = client.create_job(job(here=task("echo 123", cluster), own=task("echo 456")))
    assert made.StatusCode == 201
    assert ended(client, made.Id) == "Finished"

    shown = client.get_job(made.Id)
    row = {name: shown.get(name) for name in shown.keys()}  # noqa: SIM118 (as programs write it)
    assert row["TaskMetrics"]["FinishedCount"] == 2
    described = client.get_job_description(made.Id)
    assert described["Notification"]["Topic"]["Name"] == ""
    assert described["Notification"]["Topic"]["Events"] == []
    for name, one in described.DAG.Tasks.items():
        image = one["AutoCluster"]["ECSImageId"] or one["AutoCluster"]["ImageId"]
        assert (one["ClusterId"], image) == ((cluster, "") if name == "here" else ("", IMAGE))
        assert one["Parameters"]["Command"]["PackagePath"] == ""
        assert not one["AutoCluster"]["Configs"]["Disks"].get("SystemDisk")["Type"]
    for one in client.list_tasks(made.Id, "", 100).Items:
        for instance in client.list_instances(made.Id, one.TaskName, "", 100).Items:
            text = server.read_object(instance.StdoutRedirectPath).decode()
            assert text == ("123\n" if one["TaskName"] == "here" else "456\n")
    text = json.dumps({"Items": client.list_tasks(made.Id, "", 100).Items}, cls=BatchEncoder)
    assert len(json.loads(text)["Items"]) == 2


def test_what_has_not_begun_has_no_times(client: Any) -> None:
    """Their members are there, and compare with None."""
    idle = client.create_cluster(
        {"Name": "c", "ImageId": IMAGE, "Groups": {"workers": {"DesiredVMCount": 0}}}
    ).Id
    made = client.create_job(job(t=task("true", idle))).Id
    for one in (
        client.get_job(made),
        client.get_task(made, "t"),
        client.get_instance(made, "t", 0),
        client.list_jobs("", 100, state="Waiting").Items[-1],
    ):
        assert (one.StartTime, one.EndTime, one.get("StartTime")) == (None, None, None)
        assert {"StartTime", "EndTime"} <= set(one.keys())
    client.stop_job(made)
    client.delete_cluster(idle)


def test_command_line_stops_before_it_deletes(client: Any, cluster: str) -> None:
    """It ignores exactly one code, and waits for nothing in between."""
    finished = client.create_job(job(t=task("true", cluster))).Id
    assert ended(client, finished) == "Finished"
    running = client.create_job(job(t=task("sleep 600", cluster))).Id
    for job_id in (finished, running):
        try:
            client.stop_job(job_id)
        except ClientError as error:
            if error.code != "StateConflict":
                raise
        client.delete_job(job_id)
        with pytest.raises(ClientError) as caught:
            client.get_job(job_id)
        assert caught.value.status == 404


def test_command_line_restarts_and_reorders(client: Any, cluster: str) -> None:
    made = client.create_job(job(t=task("sleep 600", cluster))).Id
    client.stop_job(made)
    client.change_job_priority(made, 7)
    assert client.get_job_description(made).Priority == 7
    client.start_job(made)
    assert client.get_job(made).State == "Waiting"
    client.stop_job(made)


def test_command_line_changes_a_cluster(client: Any, cluster: str) -> None:
    """Sizes, a price without a limit, the image, variables; then each machine."""
    client.modify_cluster(cluster, {"Groups": {"workers": {"DesiredVMCount": 3}}, "UserData": {}})
    client.change_cluster_spot_config(
        cluster, "workers", strategy="SpotAsPriceGo", price_limit=None
    )
    client.change_cluster_desired_vm_count(cluster, workers=2)
    client.modify_cluster(cluster, {"ImageId": "img-another", "EnvVars": {"A": "b"}})
    shown = client.get_cluster(cluster)
    assert shown.Groups["workers"]["DesiredVMCount"] == 2
    assert (shown.ImageId, shown["EnvVars"]) == ("img-another", {"A": "b"})
    assert shown.get("Notification")["Topic"]["Name"] == ""
    assert all(line.startswith("[") for line in shown.OperationLogs)
    first, second = client.list_cluster_instances(cluster, "workers", "", 100).Items[:2]
    client.recreate_cluster_instance(cluster, "workers", first.Id)
    client.delete_cluster_instance(cluster, "workers", second.Id)
    with pytest.raises(ClientError) as caught:
        client.delete_cluster_instance(cluster, "workers", second.Id)
    assert caught.value.code in ("StateConflict", "InvalidResource.NotFound")


def test_command_line_keeps_apps(client: Any) -> None:
    name = "kept-app"
    app = {
        "Name": name,
        "CommandLine": "echo ${text}",
        "InputParameters": {"text": {"Type": "String", "Default": "hello"}},
        "VM": {"ECSImageId": IMAGE},
        "Config": {"InstanceCount": {"Default": 1, "Overwritable": True}},
    }
    assert client.create_app(app).StatusCode == 201
    client.modify_app(name, {**app, "CommandLine": "echo more ${text}"})
    revisions = client.get_app_revisions(name).Items
    revisions.sort(key=lambda one: [one["Revision"]], reverse=True)
    assert [one["Revision"] for one in revisions] == [1, 0]
    detail = client.get_app_detail(name, "0").detail()
    detail["Scope"] = "Private"
    assert detail["CommandLine"] == "echo ${text}"
    settings = {key: one.detail() for key, one in detail["Config"].items()}
    assert settings["InstanceCount"]["Default"] == 1
    assert detail["EnvVars"] == {}
    assert name in [one.Name for one in client.list_apps("Private", "", 50).Items]
    client.delete_app(name, "0")
    client.delete_app(name)


def test_scaler_of_a_farm_indexes_its_nodes(client: Any, cluster: str) -> None:
    """By host name, right after the creation; and changes a size by objects."""
    until(lambda: len(client.list_cluster_instances(cluster, "workers", "", 100).Items) == 2)
    nodes: dict[Any, Any] = {}
    for node in client.list_cluster_instances(cluster, "workers", "", 100).Items:
        nodes[node.HostName] = node
    assert len(nodes) == 2
    assert None not in nodes
    assert all(node["State"] and node["Id"] for node in nodes.values())
    kinds = {group.InstanceType for group in client.get_cluster(cluster).Groups.values()}
    assert kinds == {"bcs.a2.large"}
    change = ModifyClusterDescription()
    group = ModifyGroupDescription()
    group.DesiredVMCount = 3
    change.add_group("workers", group)
    client.modify_cluster(cluster, change)
    until(lambda: len(client.list_cluster_instances(cluster, "workers", "", 100).Items) == 3)


def test_node_is_removed_by_its_address(client: Any, cluster: str) -> None:
    """By a helper that tries again whatever went wrong, and reads a code from any error."""
    until(lambda: len(client.list_cluster_instances(cluster, "workers", "", 100).Items) == 2)
    wanted = client.list_cluster_instances(cluster, "workers", "", 10).Items[1].IpAddress
    removed: list[str] = []
    codes: list[str] = []
    for _ in range(3):
        try:
            for node in client.list_cluster_instances(cluster, "workers", "", 10).Items:
                if node.IpAddress == wanted:
                    client.delete_cluster_instance(cluster, "workers", node.Id)
                    removed.append(node.Id)
        except ClientError as error:
            codes.append(error.code)
    assert len(set(removed)) == 1
    assert set(codes) <= {"StateConflict", "InvalidResource.NotFound"}


def test_bridge_from_another_scheduler_submits_its_script(client: Any, cluster: str) -> None:
    """The script travels in the command line, and is longer than the documented limit."""
    script = "#!/bin/sh\n" + "# a comment that fills a line of a script\n" * 100 + "exit 3\n"
    encoded = base64.b64encode(script.encode()).decode()
    made = client.create_job(job(t=task(f"echo {encoded} | base64 -d > s && sh s", cluster)))
    assert ended(client, made.Id) == "Failed"
    assert client.get_instance(made.Id, "t", 0).Result.ExitCode == 3


def test_bridge_sorts_the_types_that_there_are(client: Any) -> None:
    """By the numbers in a table of the vendor's, in which no other stands."""
    table = {"medium": 0, "large": 1, "xlarge": 2, "3xlarge": 3, "4xlarge": 4, "5xlarge": 5}
    quotas = client.get_quotas()
    known = sorted(quotas.AvailableClusterInstanceType, key=lambda one: table[one.split(".")[2]])
    assert known[0].endswith("large")
    assert quotas.AvailableClusterResourceType
    assert quotas.AvailableClusterInstanceSystemDiskType
    assert quotas.AvailableClusterInstanceDataDiskType


def test_script_reads_everything_as_text(client: Any, cluster: str) -> None:
    """It takes the JSON of every object for its own."""
    made = json.loads(str(client.create_job(job(t=task("true", cluster)))))["Id"]
    assert ended(client, made) == "Finished"
    shown = json.loads(str(client.get_job(made)))
    assert (shown["Id"], shown["State"]) == (made, "Finished")
    listed = [json.loads(str(one))["Id"] for one in client.list_jobs("", 100).Items]
    assert made in listed
    nodes = client.list_cluster_instances(cluster, "workers", "", 100)
    assert json.loads(str(nodes.Items[0]))["HostName"]
    assert nodes.NextMarker.strip() == ""


def test_submitter_with_disks_and_mounts(client: Any, bucket: Path, prefix: str) -> None:
    """A task with a cluster of its own, system disk, network, a mount and an empty container."""
    (bucket / "data").mkdir(exist_ok=True)
    (bucket / "data" / "file").write_text("42\n", encoding="utf-8")
    one = TaskDescription()
    one.Parameters.Command.CommandLine = f"grep -q 42 {prefix}/data/file"
    one.Parameters.Command.PackagePath = ""
    one.Parameters.Command.Docker.Image = ""
    one.Parameters.StdoutRedirectPath = LOGS
    one.Parameters.StderrRedirectPath = LOGS
    one.InstanceCount = 1
    one.AutoCluster.ImageId = IMAGE
    one.AutoCluster.InstanceType = "ecs.gn5i-c4g1.xlarge"
    one.AutoCluster.Configs.add_system_disk(size=20, type_="cloud_efficiency")
    one.AutoCluster.Configs.Networks.VPC.CidrBlock = "192.168.0.0/16"
    one.Mounts.add_entry(
        {"Source": "oss://bucket/data/", "Destination": f"{prefix}/data/", "WriteSupport": True}
    )
    one.Mounts.Locale = "utf-8"
    whole = JobDescription()
    whole.Name = "mounted"
    whole.Priority = 1
    whole.DAG.add_task("one", one)
    made = client.create_job(whole)
    assert ended(client, made.Id) == "Finished"


def test_manager_scales_with_its_queue(client: Any, cluster: str) -> None:
    """Many jobs on one cluster, whose size follows what waits."""
    made = [client.create_job(job(t=task("true", cluster))).Id for _ in range(5)]
    waiting = sum(client.get_job(one).State in ("Waiting", "Running") for one in made)
    client.change_cluster_desired_vm_count(cluster, workers=max(1, min(4, waiting)))
    assert {ended(client, one) for one in made} == {"Finished"}
    for one in made:
        result = client.get_instance(one, "t", 0).get("Result")
        assert (result.get("ExitCode"), result.get("Detail")) == (0, "")
    client.change_cluster_desired_vm_count(cluster, workers=0)
    until(lambda: client.get_cluster(cluster).Groups["workers"].ActualVMCount == 0)


def test_tutorial_runs_split_count_and_merge(
    client: Any, cluster: str, bucket: Path, prefix: str
) -> None:
    """Three tasks that hand directories on, of which only one side of a pair says so."""
    dag = DAG()
    number = "$BATCH_COMPUTE_DAG_INSTANCE_ID"
    steps = {
        "split": ("for n in 0 1; do echo $n > $OUT/$n; done", 1, "", "parts"),
        "count": (f"cat $IN/{number} > $OUT/c{number}", 2, "parts", "counts"),
        "merge": ("cat $IN/c0 $IN/c1 > $OUT/all", 1, "counts", "merged"),
    }
    for name, (command, count, source, target) in steps.items():
        one = TaskDescription()
        one.Parameters.Command.CommandLine = command
        one.Parameters.Command.PackagePath = ""
        one.Parameters.Command.EnvVars["IN"] = f"{prefix}/home/in-{name}"
        one.Parameters.Command.EnvVars["OUT"] = f"{prefix}/home/out-{name}"
        one.Parameters.StdoutRedirectPath = LOGS
        one.Parameters.StderrRedirectPath = LOGS
        one.InstanceCount = count
        one.ClusterId = cluster
        if source:
            one.InputMapping[f"oss://bucket/count/{source}/"] = f"{prefix}/home/in-{name}"
        one.OutputMapping[f"{prefix}/home/out-{name}"] = f"oss://bucket/count/{target}/"
        dag.add_task(task_name=name, task=one)
    dag.Dependencies = {"split": ["count"], "count": ["merge"]}
    whole = JobDescription()
    whole.DAG = dag
    whole.Priority = 99
    whole.Name = "PythonSDKDemo"
    whole.JobFailOnInstanceFail = True
    errors = client.poll(client.create_job(whole).Id, interval=0.05)
    assert errors == []
    assert (bucket / "count" / "merged" / "all").read_text(encoding="utf-8") == "0\n1\n"


def test_queue_sends_what_it_was_given(client: Any, cluster: str) -> None:
    """Dicts with both members of a pair, with misspelt members, and with members of others."""
    given = job(find=task("true", cluster, InstanceCounts=3), own=task("true"))
    given["pack"] = "x"
    given["DAG"]["Tasks"]["own"]["Mounts"] = {"Entries": [], "ReferchTimeOut": 3}
    made = client.create_job(given)
    assert ended(client, made.Id) == "Finished"


def test_adaptor_extends_the_content_of_an_answer(client: Any) -> None:
    content = client.get_available_resource().content
    kinds = {one["InstanceType"]: one["CpuCore"] for one in content["AvailableClusterInstanceType"]}
    assert kinds["ecs.sn1ne.large"] == 2
    content["Asked"] = "now"
    assert "local.machine" in json.dumps(content)
    # Whatever goes wrong has a code.
    stranger: Any = batchcompute.Client(CN_SHENZHEN, "nobody", "secret")
    with pytest.raises(Exception, match="not found") as caught:
        stranger.get_available_resource()
    stranger.close()
    assert caught.value.code == "InvalidAccessKeyId.NotFound"  # type: ignore[attr-defined]


def test_app_is_run_with_inputs_and_outputs(
    client: Any, server: LocalServer, bucket: Path, prefix: str
) -> None:
    (bucket / "in.txt").write_text("copied\n", encoding="utf-8")
    app = AppDescription()
    app.Name = "copy-app"
    app.CommandLine = "cp ${inputFile} ${outputFile}"
    app.VM.ECSImageId = "m-28ptv7mvl"
    app.add_input_parameter("inputFile", {"Type": "String", "LocalPath": f"{prefix}/c/in.txt"})
    app.add_output_parameter("outputFile", {"Type": "String", "LocalPath": f"{prefix}/c/out.txt"})
    client.create_app(app)
    run = AppJobDescription()
    run.Name = "1-copy"
    run.Type = "App"
    run.App.AppName = "copy-app"
    run.App.add_input("inputFile", "oss://bucket/in.txt")
    run.App.add_output("outputFile", "oss://bucket/out.txt")
    run.App.Logging.StdoutPath = LOGS
    run.App.Logging.StderrPath = LOGS
    run.App.Config.InstanceCount = 1
    made = client.create_job(run)
    assert ended(client, made.Id) == "Finished"
    assert server.read_object("oss://bucket/out.txt") == b"copied\n"
    (instance,) = client.list_instances(made.Id, "task", "", 100).Items
    if instance.Error and instance.Error.Code:
        raise AssertionError(instance.Error.Message)
    client.delete_app("copy-app")


def test_cluster_is_described_by_objects(client: Any) -> None:
    """As in the vendor's own example, with the member that names a region of the hosted service."""
    described = ClusterDescription()
    group = GroupDescription()
    group.DesiredVMCount = 1
    group.InstanceType = "bcs.a2.large"
    described.add_group("group1", group)
    described.Name = "BatchcomputeCluster"
    described.ImageId = IMAGE
    described.Description = "Python SDK test"
    described.Notification.Topic.Events = ["OnClusterDeleted"]
    described.Configs.Networks.VPC.CidrBlock = "192.168.0.0/16"
    made = client.create_cluster(described).Id
    assert client.get_cluster(made).Notification.Topic.Events == ["OnClusterDeleted"]
    client.delete_cluster(made)
