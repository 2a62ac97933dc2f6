"""The environment of a program, as the API promises it."""

from __future__ import annotations

from collections.abc import Mapping

#: How clients ask for a container when they bring its image in their own storage.
DOCKER_VARIABLE = "BATCH_COMPUTE_DOCKER_IMAGE"
#: Where in their storage the registry with that image is.
REGISTRY_VARIABLE = "BATCH_COMPUTE_DOCKER_REGISTRY_OSS_PATH"

#: Where programs look for commands if nobody says otherwise.
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Nothing of the server's own environment reaches programs.
_BASE = {"PATH": DEFAULT_PATH, "LANG": "C.UTF-8"}


def program_environment(
    *,
    cluster: Mapping[str, str],
    command: Mapping[str, str],
    job_id: str,
    task_name: str,
    index: int,
    cluster_id: str,
    worker_id: str,
    region: str,
) -> dict[str, str]:
    """Build the variables of one attempt.

    Args:
        cluster: `EnvVars` of the cluster.
        command: `EnvVars` of the command; wins over the cluster's.
        job_id: The job.
        task_name: The task.
        index: The instance.
        cluster_id: The cluster it runs on.
        worker_id: The machine it runs on.
        region: Region id.

    Returns:
        Names and values. What says who the program is wins over everything a caller sets.
    """
    return {
        **_BASE,
        **cluster,
        **command,
        "BATCH_COMPUTE_DAG_JOB_ID": job_id,
        "BATCH_COMPUTE_DAG_TASK_ID": task_name,
        "BATCH_COMPUTE_DAG_INSTANCE_ID": str(index),
        "BATCH_COMPUTE_OSS_HOST": f"oss-{region}.aliyuncs.com",
        "BATCH_COMPUTE_REGION": region,
        "BATCH_COMPUTE_CLUSTER_ID": cluster_id,
        "BATCH_COMPUTE_WORKER_ID": worker_id,
    }
