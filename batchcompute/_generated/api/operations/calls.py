# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The operations of the API: each checks its arguments and returns a `PreparedRequest`.

Nothing here waits or sends, so both clients share all of it. Arguments are of any type, because
programs that nobody checks give anything; what cannot be sent is a `TypeError`.
"""

from __future__ import annotations

from typing import Any, cast

from batchcompute._generated.api import models, responses
from batchcompute._http.request import PreparedRequest
from batchcompute._operations import hooks
from batchcompute._operations.arguments import (
    argument_or_filter,
    check_filters,
    describe,
    describe_one_of,
    flag,
    given,
    integer,
    marker_text,
    only,
    optional_text,
    path_segment,
    token_text,
)
from batchcompute._operations.lists import ListKind
from batchcompute._operations.pages import ListResponse, read_list
from batchcompute._operations.responses import ActionResponse, CreateResponse, read_one_of


def create_job(
    job_desc: Any, token: Any = "", sync: bool = False
) -> PreparedRequest[CreateResponse | responses.SynchronousInstanceResponse]:
    """Create a job (POST /jobs)."""
    body = describe_one_of(
        job_desc,
        "job_desc",
        "Type",
        hooks.job_variant,
        {"DAG": models.JobDescription, "App": models.AppJobDescription},
    )
    if sync and isinstance(body, models.AppJobDescription):
        return cast(
            "PreparedRequest[CreateResponse | responses.SynchronousInstanceResponse]",
            create_job_sync(body, token),
        )
    body.validate()
    return PreparedRequest(
        "create_job",
        {
            "method": "post",
            "url": "/jobs",
            "params": {**given({"IdempotentToken": token_text(token)})},
            "json": body.to_dict(),
        },
        CreateResponse,
    )


def list_jobs(
    marker: Any = "",
    max_item_count: Any = 50,
    state: Any = "",
    cluster_id: Any = "",
    project_id: Any = "",
    **filters: Any,
) -> PreparedRequest[ListResponse[models.Job]]:
    """List jobs (GET /jobs)."""
    check_filters("list_jobs", filters, "State", "ClusterId", "ProjectId", "OrderBy", "IsReverse")
    return PreparedRequest(
        "list_jobs",
        {
            "method": "get",
            "url": "/jobs",
            "params": {
                "Marker": marker_text(marker),
                **given(
                    {
                        "MaxItemCount": max_item_count,
                        "State": argument_or_filter(state, filters, "State"),
                        "ClusterId": argument_or_filter(cluster_id, filters, "ClusterId"),
                        "ProjectId": argument_or_filter(project_id, filters, "ProjectId"),
                        "OrderBy": argument_or_filter("", filters, "OrderBy"),
                        "IsReverse": flag(argument_or_filter("", filters, "IsReverse")),
                    }
                ),
            },
        },
        read_list(models.Job),
    )


def create_job_sync(
    job_desc: Any, token: Any = ""
) -> PreparedRequest[responses.SynchronousInstanceResponse]:
    """Run an App and wait for its result (POST /jobs?sync)."""
    body = describe(models.AppJobDescription, job_desc)
    body.validate()
    return PreparedRequest(
        "create_job_sync",
        {
            "method": "post",
            "url": "/jobs",
            "params": {"sync": "", **given({"IdempotentToken": token_text(token)})},
            "json": body.to_dict(),
        },
        responses.SynchronousInstanceResponse.of,
    )


def get_job(job: Any) -> PreparedRequest[responses.JobResponse]:
    """Get the status of a job (GET /jobs/{JobId})."""
    return PreparedRequest(
        "get_job",
        {
            "method": "get",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}",
        },
        responses.JobResponse.of,
    )


def change_job_priority(job: Any, priority: Any) -> PreparedRequest[ActionResponse]:
    """Change the priority of a stopped or failed job (PUT /jobs/{JobId})."""
    body = models.PriorityChange({"Priority": integer(priority, "priority")})
    return PreparedRequest(
        "change_job_priority",
        {
            "method": "put",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}",
            "json": body.to_dict(),
        },
        ActionResponse,
    )


def delete_job(job: Any) -> PreparedRequest[ActionResponse]:
    """Delete a finished, failed or stopped job (DELETE /jobs/{JobId})."""
    return PreparedRequest(
        "delete_job",
        {
            "method": "delete",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}",
        },
        ActionResponse,
    )


def get_job_description(
    job: Any,
) -> PreparedRequest[responses.JobDescriptionResponse | responses.AppJobDescriptionResponse]:
    """Get the description that a job was created from (GET /jobs/{JobId}?description)."""
    return PreparedRequest(
        "get_job_description",
        {
            "method": "get",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}",
            "params": {"description": ""},
        },
        read_one_of(
            hooks.job_variant,
            {"DAG": responses.JobDescriptionResponse, "App": responses.AppJobDescriptionResponse},
        ),
    )


def stop_job(job: Any) -> PreparedRequest[ActionResponse]:
    """Stop a waiting or running job (POST /jobs/{JobId}/stop)."""
    return PreparedRequest(
        "stop_job",
        {
            "method": "post",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}/stop",
        },
        ActionResponse,
    )


def start_job(job: Any) -> PreparedRequest[ActionResponse]:
    """Start a stopped or failed job again (POST /jobs/{JobId}/start)."""
    return PreparedRequest(
        "start_job",
        {
            "method": "post",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}/start",
        },
        ActionResponse,
    )


def list_tasks(
    job: Any,
    marker: Any = "",
    max_item_count: Any = 50,
    state: Any = "",
    cluster_id: Any = "",
    **filters: Any,
) -> PreparedRequest[ListResponse[models.Task]]:
    """List the tasks of a job (GET /jobs/{JobId}/tasks)."""
    check_filters("list_tasks", filters, "State", "ClusterId")
    return PreparedRequest(
        "list_tasks",
        {
            "method": "get",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}/tasks",
            "params": {
                "Marker": marker_text(marker),
                **given(
                    {
                        "MaxItemCount": max_item_count,
                        "State": argument_or_filter(state, filters, "State"),
                        "ClusterId": argument_or_filter(cluster_id, filters, "ClusterId"),
                    }
                ),
            },
        },
        read_list(models.Task),
    )


def get_task(job: Any, task_name: Any) -> PreparedRequest[responses.TaskResponse]:
    """Get the status of a task (GET /jobs/{JobId}/tasks/{TaskName})."""
    return PreparedRequest(
        "get_task",
        {
            "method": "get",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}/tasks/{path_segment(task_name, 'task_name', 'TaskName')}",
        },
        responses.TaskResponse.of,
    )


def list_instances(
    job: Any,
    task_name: Any,
    marker: Any = "",
    max_item_count: Any = 50,
    state: Any = "",
    **filters: Any,
) -> PreparedRequest[ListResponse[models.Instance]]:
    """List the instances of a task (GET /jobs/{JobId}/tasks/{TaskName}/instances)."""
    check_filters("list_instances", filters, "State")
    return PreparedRequest(
        "list_instances",
        {
            "method": "get",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}/tasks/{path_segment(task_name, 'task_name', 'TaskName')}/instances",
            "params": {
                "Marker": marker_text(marker),
                **given(
                    {
                        "MaxItemCount": max_item_count,
                        "State": argument_or_filter(state, filters, "State"),
                    }
                ),
            },
        },
        read_list(models.Instance),
    )


def get_instance(
    job: Any, task_name: Any, instance_id: Any
) -> PreparedRequest[responses.InstanceResponse]:
    """Get the status of an instance (GET …/{JobId}/tasks/{TaskName}/instances/{InstanceId})."""
    return PreparedRequest(
        "get_instance",
        {
            "method": "get",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}/tasks/{path_segment(task_name, 'task_name', 'TaskName')}/instances/{path_segment(instance_id, 'instance_id', 'InstanceId')}",
        },
        responses.InstanceResponse.of,
    )


def create_cluster(cluster_desc: Any, token: Any = "") -> PreparedRequest[CreateResponse]:
    """Create a cluster (POST /clusters)."""
    body = describe(models.ClusterDescription, cluster_desc)
    body.validate()
    return PreparedRequest(
        "create_cluster",
        {
            "method": "post",
            "url": "/clusters",
            "params": {**given({"IdempotentToken": token_text(token)})},
            "json": body.to_dict(),
        },
        CreateResponse,
    )


def list_clusters(
    marker: Any = "", max_item_count: Any = 50
) -> PreparedRequest[ListResponse[models.Cluster]]:
    """List clusters (GET /clusters)."""
    return PreparedRequest(
        "list_clusters",
        {
            "method": "get",
            "url": "/clusters",
            "params": {"Marker": marker_text(marker), **given({"MaxItemCount": max_item_count})},
        },
        read_list(models.Cluster),
    )


def get_cluster(cluster: Any) -> PreparedRequest[responses.ClusterResponse]:
    """Get the status of a cluster (GET /clusters/{ClusterId})."""
    return PreparedRequest(
        "get_cluster",
        {
            "method": "get",
            "url": f"/clusters/{path_segment(cluster, 'cluster', 'Id')}",
        },
        responses.ClusterResponse.of,
    )


def modify_cluster(cluster: Any, modify_cluster_desc: Any) -> PreparedRequest[ActionResponse]:
    """Change a cluster (PUT /clusters/{ClusterId})."""
    body = describe(models.ModifyClusterDescription, modify_cluster_desc)
    body.validate()
    return PreparedRequest(
        "modify_cluster",
        {
            "method": "put",
            "url": f"/clusters/{path_segment(cluster, 'cluster', 'Id')}",
            "json": body.to_dict(),
        },
        ActionResponse,
    )


def change_cluster_user_data(cluster: Any, data: Any = None) -> PreparedRequest[ActionResponse]:
    """Replace the user data that new VMs of a cluster get (PUT /clusters/{ClusterId})."""
    body = only(models.ModifyClusterDescription, "UserData", data, "data")
    return modify_cluster(cluster, body)


def change_cluster_env_vars(cluster: Any, data: Any = None) -> PreparedRequest[ActionResponse]:
    """Replace the environment variables that new VMs of a cluster get (PUT …/{ClusterId})."""
    body = only(models.ModifyClusterDescription, "EnvVars", data, "data")
    return modify_cluster(cluster, body)


def change_cluster_input_mapping(cluster: Any, data: Any = None) -> PreparedRequest[ActionResponse]:
    """Replace the input mapping that new VMs of a cluster get (PUT /clusters/{ClusterId})."""
    body = only(models.ModifyClusterDescription, "InputMapping", data, "data")
    return modify_cluster(cluster, body)


def delete_cluster(cluster: Any) -> PreparedRequest[ActionResponse]:
    """Delete a cluster and release its VMs (DELETE /clusters/{ClusterId})."""
    return PreparedRequest(
        "delete_cluster",
        {
            "method": "delete",
            "url": f"/clusters/{path_segment(cluster, 'cluster', 'Id')}",
        },
        ActionResponse,
    )


def list_cluster_instances(
    cluster_id: Any, group_name: Any, marker: Any = "", max_item_count: Any = 50
) -> PreparedRequest[ListResponse[models.ClusterInstance]]:
    """List the VMs of a group (GET /clusters/{ClusterId}/groups/{GroupName}/instances)."""
    return PreparedRequest(
        "list_cluster_instances",
        {
            "method": "get",
            "url": f"/clusters/{path_segment(cluster_id, 'cluster_id', 'Id')}/groups/{path_segment(group_name, 'group_name')}/instances",
            "params": {"Marker": marker_text(marker), **given({"MaxItemCount": max_item_count})},
        },
        read_list(models.ClusterInstance),
    )


def get_cluster_instance(
    cluster_id: Any, group_name: Any, instance_id: Any
) -> PreparedRequest[responses.ClusterInstanceResponse]:
    """Get the status of a VM (GET …/{ClusterId}/groups/{GroupName}/instances/{InstanceId})."""
    return PreparedRequest(
        "get_cluster_instance",
        {
            "method": "get",
            "url": f"/clusters/{path_segment(cluster_id, 'cluster_id', 'Id')}/groups/{path_segment(group_name, 'group_name')}/instances/{path_segment(instance_id, 'instance_id', 'Id')}",
        },
        responses.ClusterInstanceResponse.of,
    )


def delete_cluster_instance(
    cluster_id: Any, group_name: Any, instance_id: Any
) -> PreparedRequest[ActionResponse]:
    """Remove a VM from its group (DELETE …/groups/{GroupName}/instances/{InstanceId})."""
    return PreparedRequest(
        "delete_cluster_instance",
        {
            "method": "delete",
            "url": f"/clusters/{path_segment(cluster_id, 'cluster_id', 'Id')}/groups/{path_segment(group_name, 'group_name')}/instances/{path_segment(instance_id, 'instance_id', 'Id')}",
        },
        ActionResponse,
    )


def recreate_cluster_instance(
    cluster_id: Any, group_name: Any, instance_id: Any
) -> PreparedRequest[ActionResponse]:
    """Replace a VM with a new one (POST …/groups/{GroupName}/instances/{InstanceId}/recreate)."""
    return PreparedRequest(
        "recreate_cluster_instance",
        {
            "method": "post",
            "url": f"/clusters/{path_segment(cluster_id, 'cluster_id', 'Id')}/groups/{path_segment(group_name, 'group_name')}/instances/{path_segment(instance_id, 'instance_id', 'Id')}/recreate",
        },
        ActionResponse,
    )


def create_image(image_desc: Any, token: Any = "") -> PreparedRequest[CreateResponse]:
    """Register an image (POST /images)."""
    body = describe(models.ImageDescription, image_desc)
    body.validate()
    return PreparedRequest(
        "create_image",
        {
            "method": "post",
            "url": "/images",
            "params": {**given({"IdempotentToken": token_text(token)})},
            "json": body.to_dict(),
        },
        CreateResponse,
    )


def list_images(
    marker: Any = "", max_item_count: Any = 50, type_: Any = ""
) -> PreparedRequest[ListResponse[models.Image]]:
    """List images (GET /images)."""
    return PreparedRequest(
        "list_images",
        {
            "method": "get",
            "url": "/images",
            "params": {
                "Marker": marker_text(marker),
                **given({"MaxItemCount": max_item_count, "Type": hooks.image_type(type_)}),
            },
        },
        read_list(models.Image),
    )


def get_image(image: Any) -> PreparedRequest[responses.ImageResponse]:
    """Get an image (GET /images/{ImageId})."""
    return PreparedRequest(
        "get_image",
        {
            "method": "get",
            "url": f"/images/{path_segment(image, 'image', 'Id')}",
        },
        responses.ImageResponse.of,
    )


def delete_image(image: Any) -> PreparedRequest[ActionResponse]:
    """Remove the registration of an image (DELETE /images/{ImageId})."""
    return PreparedRequest(
        "delete_image",
        {
            "method": "delete",
            "url": f"/images/{path_segment(image, 'image', 'Id')}",
        },
        ActionResponse,
    )


def create_app(app_desc: Any, token: Any = "") -> PreparedRequest[CreateResponse]:
    """Create an App (POST /apps)."""
    body = describe(models.AppDescription, app_desc)
    body.validate()
    return PreparedRequest(
        "create_app",
        {
            "method": "post",
            "url": "/apps",
            "params": {**given({"IdempotentToken": token_text(token)})},
            "json": body.to_dict(),
        },
        CreateResponse,
    )


def list_apps(
    scope: Any = "Private", marker: Any = "", max_item_count: Any = 50
) -> PreparedRequest[ListResponse[models.App]]:
    """List Apps (GET /apps)."""
    return PreparedRequest(
        "list_apps",
        {
            "method": "get",
            "url": "/apps",
            "params": {
                "Scope": optional_text(scope),
                "Marker": marker_text(marker),
                **given({"MaxItemCount": max_item_count}),
            },
        },
        read_list(models.App),
    )


def get_app(app_name: Any, scope: Any = "Private") -> PreparedRequest[responses.AppResponse]:
    """Get the public face of an App (GET /apps/{AppName})."""
    return PreparedRequest(
        "get_app",
        {
            "method": "get",
            "url": f"/apps/{path_segment(app_name, 'app_name', 'Id', 'Name')}",
            "params": {"Scope": hooks.app_scope(optional_text(scope))},
        },
        responses.AppResponse.of,
    )


def modify_app(app_name: Any, app_desc: Any) -> PreparedRequest[ActionResponse]:
    """Add a revision to an App (PUT /apps/{AppName})."""
    body = describe(models.AppDescription, app_desc)
    return PreparedRequest(
        "modify_app",
        {
            "method": "put",
            "url": f"/apps/{path_segment(app_name, 'app_name', 'Id', 'Name')}",
            "json": body.to_dict(),
        },
        ActionResponse,
    )


def delete_app(app_name: Any, qualifier: Any = "") -> PreparedRequest[ActionResponse]:
    """Delete an App or one revision (DELETE /apps/{AppName})."""
    return PreparedRequest(
        "delete_app",
        {
            "method": "delete",
            "url": f"/apps/{path_segment(app_name, 'app_name', 'Id', 'Name')}",
            "params": {"Qualifier": optional_text(qualifier)},
        },
        ActionResponse,
    )


def get_app_detail(
    app: Any, qualifier: Any = ""
) -> PreparedRequest[responses.AppDescriptionResponse]:
    """Get the description of an App (GET /apps/{AppName}?Detail=True)."""
    return PreparedRequest(
        "get_app_detail",
        {
            "method": "get",
            "url": f"/apps/{path_segment(app, 'app', 'Id', 'Name')}",
            "params": {"Detail": "True", "Qualifier": optional_text(qualifier)},
        },
        responses.AppDescriptionResponse.of,
    )


def get_app_revisions(app_name: Any) -> PreparedRequest[ListResponse[models.AppRevision]]:
    """List the revisions of an App (GET /apps/{AppName}?Revisions=True)."""
    return PreparedRequest(
        "get_app_revisions",
        {
            "method": "get",
            "url": f"/apps/{path_segment(app_name, 'app_name', 'Id', 'Name')}",
            "params": {"Revisions": "True"},
        },
        read_list(models.AppRevision),
    )


def get_quotas() -> PreparedRequest[responses.QuotaResponse]:
    """Get what the account may use (GET /quotas)."""
    return PreparedRequest(
        "get_quotas",
        {
            "method": "get",
            "url": "/quotas",
        },
        responses.QuotaResponse.of,
    )


def get_available_resource() -> PreparedRequest[responses.AvailableResourceResponse]:
    """Get what is in stock (GET /available)."""
    return PreparedRequest(
        "get_available_resource",
        {
            "method": "get",
            "url": "/available",
        },
        responses.AvailableResourceResponse.of,
    )


def explain_job(job: Any) -> PreparedRequest[responses.ExplanationResponse]:
    """Explain why a job does not run, or why it failed (GET /extensions/explain/jobs/{JobId})."""
    return PreparedRequest(
        "explain_job",
        {
            "method": "get",
            "url": f"/extensions/explain/jobs/{path_segment(job, 'job', 'Id')}",
        },
        responses.ExplanationResponse.of,
    )


def explain_task(job: Any, task_name: Any) -> PreparedRequest[responses.ExplanationResponse]:
    """Explain why a task does not run, or why it failed (GET …/jobs/{JobId}/tasks/{TaskName})."""
    return PreparedRequest(
        "explain_task",
        {
            "method": "get",
            "url": f"/extensions/explain/jobs/{path_segment(job, 'job', 'Id')}/tasks/{path_segment(task_name, 'task_name', 'TaskName')}",
        },
        responses.ExplanationResponse.of,
    )


def explain_instance(
    job: Any, task_name: Any, instance_id: Any
) -> PreparedRequest[responses.ExplanationResponse]:
    """Explain why an instance does not run, or why it failed (GET …/instances/{InstanceId})."""
    return PreparedRequest(
        "explain_instance",
        {
            "method": "get",
            "url": f"/extensions/explain/jobs/{path_segment(job, 'job', 'Id')}/tasks/{path_segment(task_name, 'task_name', 'TaskName')}/instances/{path_segment(instance_id, 'instance_id', 'InstanceId')}",
        },
        responses.ExplanationResponse.of,
    )


def explain_cluster(cluster: Any) -> PreparedRequest[responses.ExplanationResponse]:
    """Explain what the VMs of a cluster do, or why they do not (GET …/clusters/{ClusterId})."""
    return PreparedRequest(
        "explain_cluster",
        {
            "method": "get",
            "url": f"/extensions/explain/clusters/{path_segment(cluster, 'cluster', 'Id')}",
        },
        responses.ExplanationResponse.of,
    )


def get_attempts(
    job: Any, task_name: Any, instance_id: Any
) -> PreparedRequest[responses.InstanceAttemptsResponse]:
    """Get all attempts of an instance (GET …/tasks/{TaskName}/instances/{InstanceId}/attempts)."""
    return PreparedRequest(
        "get_attempts",
        {
            "method": "get",
            "url": f"/extensions/jobs/{path_segment(job, 'job', 'Id')}/tasks/{path_segment(task_name, 'task_name', 'TaskName')}/instances/{path_segment(instance_id, 'instance_id', 'InstanceId')}/attempts",
        },
        responses.InstanceAttemptsResponse.of,
    )


def create_console_link() -> PreparedRequest[responses.ConsoleLinkResponse]:
    """Make a link that opens the console in one browser (POST /extensions/console/links)."""
    return PreparedRequest(
        "create_console_link",
        {
            "method": "post",
            "url": "/extensions/console/links",
        },
        responses.ConsoleLinkResponse.of,
    )


#: Kind of resource -> how `easy_list` asks for it.
LISTS: dict[str, ListKind] = {
    "jobs": ListKind(
        list_jobs,
        (),
        (),
        {
            "State": ("state", ("Waiting", "Running", "Finished", "Failed", "Stopped")),
            "ClusterId": ("cluster_id", ()),
            "ProjectId": ("project_id", ()),
        },
        "marker",
        "max_item_count",
    ),
    "tasks": ListKind(
        list_tasks,
        ("job",),
        (),
        {
            "State": ("state", ("Waiting", "Running", "Finished", "Failed", "Stopped")),
            "ClusterId": ("cluster_id", ()),
        },
        "marker",
        "max_item_count",
    ),
    "instances": ListKind(
        list_instances,
        ("job", "task_name"),
        (),
        {"State": ("state", ("Waiting", "Running", "Finished", "Failed", "Stopped"))},
        "marker",
        "max_item_count",
    ),
    "clusters": ListKind(list_clusters, (), (), {}, "marker", "max_item_count"),
    "cluster_instances": ListKind(
        list_cluster_instances, ("cluster_id", "group_name"), (), {}, "marker", "max_item_count"
    ),
    "images": ListKind(list_images, (), ("type_",), {}, "marker", "max_item_count"),
    "apps": ListKind(list_apps, (), ("scope",), {}, "marker", "max_item_count"),
}
