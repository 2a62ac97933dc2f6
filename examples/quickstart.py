"""The documented example: a cluster, a job of three instances, and the wait for its end.

It is the program of the official documentation, with its two misprints corrected (`Client`, and
`except … as`). Where it sends its requests is decided outside: set BATCHCOMPUTE_ENDPOINT for a
service other than the region's own, and ALIBABA_CLOUD_ACCESS_KEY_ID and
ALIBABA_CLOUD_ACCESS_KEY_SECRET for the access key. `make demo` does that and shows the outputs.
"""

import os

from batchcompute import CN_SHENZHEN as REGION
from batchcompute import Client, ClientError
from batchcompute.resources import (
    DAG,
    ClusterDescription,
    GroupDescription,
    JobDescription,
    TaskDescription,
)

access_key_id = os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"]  # your access key id
access_key_secret = os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]  # your access key secret
image_id = "img-ubuntu"  # the id of a image created before
instance_type = "bcs.a2.large"  # instance type

client = Client(REGION, access_key_id, access_key_secret)

try:
    # Create cluster.
    cluster_desc = ClusterDescription()
    group_desc = GroupDescription()

    group_desc.DesiredVMCount = 1
    group_desc.InstanceType = instance_type

    cluster_desc.add_group("group1", group_desc)
    cluster_desc.Name = "BatchcomputeCluster"
    cluster_desc.ImageId = image_id
    cluster_desc.Description = "Python SDK test"

    cluster_id = client.create_cluster(cluster_desc).Id
    print("cluster", cluster_id)

    # Create job.
    job_desc = JobDescription()
    echo_task = TaskDescription()

    # Create map task.
    echo_task.Parameters.Command.CommandLine = "echo Batchcompute service"
    echo_task.Parameters.Command.PackagePath = ""
    echo_task.Parameters.StdoutRedirectPath = "oss://my-bucket/logs/"  # Better replace this path
    echo_task.Parameters.StderrRedirectPath = "oss://my-bucket/logs/"  # Better replace this path
    echo_task.InstanceCount = 3
    echo_task.ClusterId = cluster_id

    # Create task dag.
    task_dag = DAG()
    task_dag.add_task(task_name="Echo", task=echo_task)

    # Create job description.
    job_desc.DAG = task_dag
    job_desc.Priority = 99  # 0-1000
    job_desc.Name = "PythonSDKDemo"
    job_desc.JobFailOnInstanceFail = True

    job_id = client.create_job(job_desc).Id
    print("job    ", job_id)
    # Wait for job finished.
    errs = client.poll(job_id)
    if errs:
        print("Some errors occur: {}".format("\n".join(errs)))

    # Where each instance has written to.
    for instance in client.list_instances(job_id, "Echo"):
        exit_code = instance.Result.ExitCode
        print(f"instance {instance.InstanceId}: {instance.State}, exit code {exit_code},", end=" ")
        print(instance.StdoutRedirectPath)

    # Delete cluster
    client.delete_cluster(cluster_id)
except ClientError as e:
    print(e.get_status_code(), e.get_code(), e.get_requestid(), e.get_msg())
