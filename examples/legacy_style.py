"""Every documented method of the client once, in the style of programs for earlier versions.

It needs a service and an access key in the environment: BATCHCOMPUTE_ENDPOINT,
ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET. The last line names the methods
that the service does not serve (501).
"""

import json
import os
import time
from collections.abc import Callable
from typing import Any

import batchcompute
from batchcompute import CN_QINGDAO as REGION
from batchcompute import Client, ClientError
from batchcompute.core.exceptions import ClientError as CoreClientError
from batchcompute.resources import (
    DAG,
    AppDescription,
    AppJobDescription,
    ClusterDescription,
    GroupDescription,
    ImageDescription,
    JobDescription,
    TaskDescription,
)
from batchcompute.utils import get_logger, set_log_level

set_log_level("ERROR")
logger = get_logger("legacy_style")
assert CoreClientError is ClientError

LOGS = "oss://legacy-style/logs/"
called: list[str] = []
not_served: list[str] = []


def call(name: str, *args: Any, **kwargs: Any) -> Any:
    """Call a method; None if the service does not serve it."""
    called.append(name)
    try:
        return getattr(client, name)(*args, **kwargs)
    except ClientError as e:
        if e.get_status_code() != 501:
            raise
        not_served.append(name)
        return None


def wait_until(is_there: Callable[[], bool]) -> None:
    """Wait half a minute at the most."""
    for _ in range(600):
        if is_there():
            return
        time.sleep(0.05)
    raise SystemExit("it takes too long")


# -- settings ----------------------------------------------------------------------------------

endpoint = Client.get_regions()["cn-qingdao"]
assert endpoint == REGION == batchcompute.CN_QINGDAO
Client.register_region("cn-qingdao", endpoint)
headers: Any = {"x-client-name": "legacy-style", "User-Agent": "legacy-style/1"}
client = Client(
    REGION,
    os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
    os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    **headers,
)
client.version = "2015-11-11"
client.set_version(client.get_version())

# -- account and images ------------------------------------------------------------------------

instance_type = call("get_quotas").AvailableClusterInstanceType[0]
for n in call("get_available_resource").AvailableClusterInstanceType:
    print(n["InstanceType"], n["CpuCore"], n["MemorySize"])

marker, first = "", True
images = []
while marker or first:
    first = False
    page = call("list_images", marker, 100, "System")
    marker = page.NextMarker
    images += page.Items
image_id = call("get_image", images[0]).Id

image_desc = ImageDescription()
image_desc.Name = "legacy-style"
image_desc.Platform = "Linux"
image_desc.EcsImageId = "m-28ptv7mvl"
image = call("create_image", image_desc)
call("delete_image", image.Id if image else "img-none")

# -- a cluster ---------------------------------------------------------------------------------

cluster_desc = ClusterDescription()
group_desc = GroupDescription()
group_desc.DesiredVMCount = 1
group_desc.InstanceType = instance_type
cluster_desc.add_group("group1", group_desc)
cluster_desc.Name = "legacy-style"
cluster_desc.ImageId = image_id
cluster_id = call("create_cluster", cluster_desc).Id

cluster = call("get_cluster", cluster_id)
assert cluster == cluster_id
assert cluster.Groups["group1"]["DesiredVMCount"] == cluster.get_group("group1").DesiredVMCount
assert cluster_id in call("list_clusters", "", 100)
call("change_cluster_desired_vm_count", cluster, group1=2)
call("change_cluster_spot_config", cluster, "group1", strategy="SpotAsPriceGo", price_limit=None)
call("change_cluster_user_data", cluster, {"key": "value"})
call("change_cluster_env_vars", cluster, {"KEY": "value"})
call("change_cluster_input_mapping", cluster, {})
call("modify_cluster", cluster, {"Groups": {"group1": {}}})

wait_until(lambda: len(client.list_cluster_instances(cluster_id, "group1", "", 100)) == 2)
instances = call("list_cluster_instances", cluster_id, "group1", "", 100)
vm = call("get_cluster_instance", cluster_id, "group1", instances[0].Id)
print(vm["State"], vm["Id"])
call("recreate_cluster_instance", cluster_id, "group1", vm.Id)
call("delete_cluster_instance", cluster_id, "group1", instances[1].Id)

# -- jobs --------------------------------------------------------------------------------------

task = TaskDescription()
task.Parameters.Command.CommandLine = "echo hello"
task.Parameters.Command.PackagePath = ""
task.Parameters.StdoutRedirectPath = LOGS
task.Parameters.StderrRedirectPath = LOGS
task.InstanceCount = 2
task.ClusterId = cluster_id

task_dag = DAG()
task_dag.add_task(task_name="hello", task=task)

job_desc = JobDescription()
job_desc.DAG = task_dag
job_desc.Priority = 1
job_desc.Name = "legacy-style"
job_desc.JobFailOnInstanceFail = True

created = call("create_job", job_desc)
job_id = json.loads(str(created))["Id"]
assert created.StatusCode == 201
errs = call("poll", job_id, 60, 0.05)
if errs:
    print("Some errors occur: {}".format("\n".join(errs)))

job = call("get_job", job_id)
assert job["Id"] == job.Id == job_id
assert job_id in call("easy_list", "jobs", State=["Finished"])
assert job_id in call("list_jobs", "", 100, state="Finished").Items
assert call("get_job_description", job).DAG.Tasks["hello"].InstanceCount == 2
assert call("get_task", job_id, "hello").State == "Finished"
assert call("list_tasks", job_id, "", 100).Items == ["hello"]
for instance in call("list_instances", job_id, "hello", "", 100).Items:
    print(json.loads(str(instance))["State"], instance.get("Result").get("ExitCode"))
assert call("get_instance", job_id, "hello", "0").Result.ExitCode == 0

task.Parameters.Command.CommandLine = "sleep 600"
description: Any = {  # a dict with an object in it, as programs without types have it
    "Name": "long",
    "Type": "DAG",
    "Priority": 1,
    "JobFailOnInstanceFail": True,
    "DAG": {"Tasks": {"long": task}},
}
long_job = client.create_job(description)
call("stop_job", long_job)
call("change_job_priority", long_job, 7)
call("start_job", long_job)
client.stop_job(long_job)
for stopped in (long_job, job_id):
    call("delete_job", stopped)

# -- apps --------------------------------------------------------------------------------------

app_desc = AppDescription()
app_desc.Name = "legacy-style"
app_desc.CommandLine = "echo ${text}"
app_desc.add_input_parameter("text", {"Type": "String", "Default": "hello"})
app_desc.VM.ECSImageId = "img-ubuntu"
app = call("create_app", app_desc)
app_name = app.Id if app else "legacy-style"
call("get_app", app_name, "Private")
call("get_app_detail", app_name, "0")
call("get_app_revisions", app_name)
call("list_apps", "Private", "", 50)
call("modify_app", app_name, app_desc)

app_job = AppJobDescription()
app_job.Name = "legacy-style"
app_job.Type = "App"
app_job.App.AppName = app_name
app_job.App.add_input("text", "hello")
call("create_job", app_job, sync=True)
call("delete_app", app_name)

call("delete_cluster", cluster_id)
wait_until(lambda: cluster_id not in client.list_clusters("", 100))

print(f"methods called: {len(set(called))}")
print("methods not served: " + json.dumps(sorted(set(not_served))))
