"""Mistakes that type checkers must find: every line with `# wrong`, and no other."""

from __future__ import annotations

from typing import Any

import httpx

from batchcompute import Client, types
from batchcompute._generated.api.models import (
    DAG,
    Cluster,
    ClusterDescription,
    Command,
    Configs,
    GroupDescription,
    Image,
    Instance,
    Job,
    JobDescription,
    Parameter,
    SystemDisk,
    TaskDescription,
    Topic,
)

job = JobDescription()
task = TaskDescription()

_ = job.Nmae  # wrong
job.Nmae = "a"  # wrong
_ = task.Parameters.Command.Commandline  # wrong
task.Parameters.Command.Commandline = "a"  # wrong
task.AutoCluster.Configs.Networks.VPC.Cidr = "a"  # wrong

job.Name = 5  # wrong
job.Priority = "high"  # wrong
job.AutoRelease = "yes"  # wrong
task.InputMapping = ["a"]  # wrong
task.InputMapping["a"] = 5  # wrong
task.AutoCluster.SpotPriceLimit = "0.5"  # wrong

job.DAG = task  # wrong
task.Parameters.Command = DAG()  # wrong
task.AutoCluster.Configs = GroupDescription()  # wrong
job.DAG.Tasks["a"] = Command()  # wrong

job.DAG.add_tsak("a", task)  # wrong
job.vaildate()  # wrong
job.validate(1)  # wrong
job.dump(indent="a")  # wrong
job.load({"Name": "a"})  # wrong
job.DAG.add_task(task)  # wrong
job.DAG.add_task(name="a", task=task)  # wrong
Configs().add_system_disk(size="40")  # wrong
Configs().add_system_disk(size=40, type="cloud")  # wrong
ClusterDescription().add_task("a", task)  # wrong

Client("r", "id", "secret", default_headers={"x-a": ["b"]})  # wrong
Client("r", "id", "secret", timeout="5")  # wrong
Client("r", "id", "secret", retry=3)  # wrong

Client.from_env(timout=5)  # wrong
Client.from_env(retry=3)  # wrong
Client.from_env(http_client=httpx.AsyncClient())  # wrong

client = Client()
_ = client.easy_list("jobs")[0].Sate  # wrong
client.get_job(None)  # wrong
client.get_job(["j"])  # wrong
client.get_task("j", 5)  # wrong
client.get_instance("j", "t", 1.5)  # wrong
client.wait_jobs(5)  # wrong
client.create_job(5)  # wrong
client.list_jobs(state=5)  # wrong
client.list_jobs(state="Finishd")  # wrong
client.get_app("a", scope="Secret")  # wrong
client.list_jobs(State=["Running"])  # wrong
client.list_jobs(state="Finishd")  # wrong
client.list_jobs(State="Finishd")  # wrong
client.list_jobs(Stat="Finished")  # wrong
client.list_jobs(OrderBy="Name")  # wrong
client.list_tasks("j", state="Finishd")  # wrong
client.list_instances("j", "t", state="Faild")  # wrong
client.list_instances("j", "t", State="Faild")  # wrong
client.list_images(type_="Sytem")  # wrong
client.list_apps(scope="Pubic")  # wrong
client.get_app("a", "Pubic")  # wrong

content: dict[str, Any] = {}
client.create_job(content)  # wrong
client.create_job(content, "token", sync=True)  # wrong
client.create_cluster(content)  # wrong
client.modify_cluster("c", content)  # wrong

client.create_job({"Nmae": "a", "DAG": {"Tasks": {}}})  # wrong
client.create_job({"Name": "a", "Priority": "high", "DAG": {"Tasks": {}}})  # wrong
client.create_job({"Name": "a", "DAG": {"Tasks": {"t": {"Parameters": {"Comand": {}}}}}})  # wrong
client.create_job({"Name": "a", "DAG": {"Tasks": {"t": {"Parameters": {"Command": {}}}}}})  # wrong
client.create_job({"Name": "a", "App": {"AppNmae": "b"}}, sync=True)  # wrong
client.create_job({"Name": "a"}, sync="yes")  # wrong
client.create_cluster({"Name": "a", "ImageId": "i", "Groups": {"g": {"VMCount": 1}}})  # wrong
client.modify_cluster("c", {"Groups": {"g": {"DesiredVMCount": "1"}}})  # wrong
client.create_image({"EcsImageId": "m", "Platfrom": "Linux"})  # wrong
client.create_app({"Name": "a", "CommandLine": ["ls"]})  # wrong
client.modify_app("a", {"Name": "a", "CommandLine": "ls", "Descripton": "b"})  # wrong

JobDescription(Nmae="a")  # wrong
JobDescription(Priority="high")  # wrong
JobDescription({"Name": "a"}, Priority="high")  # wrong
JobDescription(5)  # wrong
JobDescription(task)  # wrong
JobDescription(DAG=task)  # wrong
JobDescription(DAG={"Taks": {}})  # wrong
DAG(Tasks={"t": {"Parameters": {"Command": {"ComandLine": "a"}}}})  # wrong
TaskDescription(InputMapping=["a"])  # wrong
Command(EnvVars={"a": ["b"]})  # wrong
Configs(Mounts={"Entries": [{"Sorce": "oss://b/"}]})  # wrong

raw = client.with_raw_response
raw.create_job({"Nmae": "a", "DAG": {"Tasks": {}}})  # wrong
raw.get_job()  # wrong
raw.get_job("j", 1)  # wrong
raw.get_jub("j")  # wrong
raw.poll("j")  # wrong
raw.change_job_priority("j", priority="high")  # wrong
raw.list_jobs(max_item_count="5")  # wrong
raw.list_jobs(state="Finishd")  # wrong
_ = raw.get_quotas().staus  # wrong

_ = Job({}).State == "Finishd"  # wrong
_ = Cluster({}).State == "Running"  # wrong
_ = Instance({}).State == "Succeeded"  # wrong
_ = Image({}).Type == "Sytem"  # wrong
_ = Image({}).Platform != "Linus"  # wrong
task.AutoCluster.ResourceType = "Sopt"  # wrong
GroupDescription(SpotStrategy="SpotAsPrice")  # wrong
SystemDisk(Type="cloud_efficient")  # wrong
Parameter(Type="Boolean")  # wrong
Topic(Events=["OnJobFinishd"])  # wrong
job.Notification.Topic.Events.append("OnJobFinishd")  # wrong
job.Type = "App"  # wrong
state: types.JobState = "Finishd"  # wrong
scope: types.AppScope = "Pubic"  # wrong

length: int = job.Name  # wrong
_ = Job({}).EndTime - Job({}).StartTime  # wrong
count: str = Job({}).TaskMetrics.RunningCount  # wrong
group: Cluster = Cluster({}).get_group("a")  # wrong

plain_task: types.TaskDescription = {"Parameters": {"Comand": {"CommandLine": "a"}}}  # wrong
plain_job: types.JobDescription = {"Name": "a", "Prority": 1, "DAG": {"Tasks": {}}}  # wrong
no_priority: types.JobDescription = {"Name": "a", "DAG": {"Tasks": {}}}  # wrong
no_package: types.Command = {"CommandLine": "ls"}  # wrong
no_logs: types.Parameters = {"Command": {"CommandLine": "ls", "PackagePath": ""}}  # wrong
no_disks: types.Configs = {}  # wrong
no_data_disk: types.Disks = {"SystemDisk": {"Size": 40}}  # wrong
no_size: types.DataDisk = {"Type": "cloud"}  # wrong
no_mounts: types.ModifyConfigs = {}  # wrong
no_image: types.AppDocker = {}  # wrong
no_ecs_image: types.VM = {}  # wrong
