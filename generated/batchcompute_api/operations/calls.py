# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""Every operation of the API as a `Call`: arguments checked, request built, result understood.

Nothing here waits or sends, so both clients share all of it. Arguments are of any type, because
programs that nobody checks give anything; what cannot be sent is a `TypeError`.
"""

from __future__ import annotations

from typing import Any, cast

from batchcompute_api import models, responses

from batchcompute._http.request import Call
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
) -> Call[CreateResponse | responses.SynchronousInstanceResponse]:
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
            "Call[CreateResponse | responses.SynchronousInstanceResponse]",
            create_job_sync(body, token),
        )
    body.validate()
    return Call(
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
) -> Call[ListResponse[models.Job]]:
    """List jobs (GET /jobs)."""
    check_filters("list_jobs", filters, "State", "ClusterId", "ProjectId", "OrderBy", "IsReverse")
    return Call(
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


def create_job_sync(job_desc: Any, token: Any = "") -> Call[responses.SynchronousInstanceResponse]:
    """Run an App and wait for its result (POST /jobs?sync)."""
    body = describe(models.AppJobDescription, job_desc)
    body.validate()
    return Call(
        "create_job_sync",
        {
            "method": "post",
            "url": "/jobs",
            "params": {"sync": "", **given({"IdempotentToken": token_text(token)})},
            "json": body.to_dict(),
        },
        responses.SynchronousInstanceResponse.of,
    )


def get_job(job: Any) -> Call[responses.JobResponse]:
    """Get the status of a job (GET /jobs/{JobId})."""
    return Call(
        "get_job",
        {
            "method": "get",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}",
        },
        responses.JobResponse.of,
    )


def change_job_priority(job: Any, priority: Any) -> Call[ActionResponse]:
    """Change the priority of a stopped or failed job (PUT /jobs/{JobId})."""
    body = models.PriorityChange({"Priority": integer(priority, "priority")})
    return Call(
        "change_job_priority",
        {
            "method": "put",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}",
            "json": body.to_dict(),
        },
        ActionResponse,
    )


def delete_job(job: Any) -> Call[ActionResponse]:
    """Delete a finished, failed or stopped job (DELETE /jobs/{JobId})."""
    return Call(
        "delete_job",
        {
            "method": "delete",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}",
        },
        ActionResponse,
    )


def get_job_description(
    job: Any,
) -> Call[responses.JobDescriptionResponse | responses.AppJobDescriptionResponse]:
    """Get the description that a job was created from (GET /jobs/{JobId}?description)."""
    return Call(
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


def stop_job(job: Any) -> Call[ActionResponse]:
    """Stop a waiting or running job (POST /jobs/{JobId}/stop)."""
    return Call(
        "stop_job",
        {
            "method": "post",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}/stop",
        },
        ActionResponse,
    )


def start_job(job: Any) -> Call[ActionResponse]:
    """Start a stopped or failed job again (POST /jobs/{JobId}/start)."""
    return Call(
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
) -> Call[ListResponse[models.Task]]:
    """List the tasks of a job (GET /jobs/{JobId}/tasks)."""
    check_filters("list_tasks", filters, "State", "ClusterId")
    return Call(
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


def get_task(job: Any, task_name: Any) -> Call[responses.TaskResponse]:
    """Get the status of a task (GET /jobs/{JobId}/tasks/{TaskName})."""
    return Call(
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
) -> Call[ListResponse[models.Instance]]:
    """List the instances of a task (GET /jobs/{JobId}/tasks/{TaskName}/instances)."""
    check_filters("list_instances", filters, "State")
    return Call(
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


def get_instance(job: Any, task_name: Any, instance_id: Any) -> Call[responses.InstanceResponse]:
    """Get the status of an instance (GET …/{JobId}/tasks/{TaskName}/instances/{InstanceId})."""
    return Call(
        "get_instance",
        {
            "method": "get",
            "url": f"/jobs/{path_segment(job, 'job', 'Id')}/tasks/{path_segment(task_name, 'task_name', 'TaskName')}/instances/{path_segment(instance_id, 'instance_id', 'InstanceId')}",
        },
        responses.InstanceResponse.of,
    )


def create_cluster(cluster_desc: Any, token: Any = "") -> Call[CreateResponse]:
    """Create a cluster (POST /clusters)."""
    body = describe(models.ClusterDescription, cluster_desc)
    body.validate()
    return Call(
        "create_cluster",
        {
            "method": "post",
            "url": "/clusters",
            "params": {**given({"IdempotentToken": token_text(token)})},
            "json": body.to_dict(),
        },
        CreateResponse,
    )


def list_clusters(marker: Any = "", max_item_count: Any = 50) -> Call[ListResponse[models.Cluster]]:
    """List clusters (GET /clusters)."""
    return Call(
        "list_clusters",
        {
            "method": "get",
            "url": "/clusters",
            "params": {"Marker": marker_text(marker), **given({"MaxItemCount": max_item_count})},
        },
        read_list(models.Cluster),
    )


def get_cluster(cluster: Any) -> Call[responses.ClusterResponse]:
    """Get the status of a cluster (GET /clusters/{ClusterId})."""
    return Call(
        "get_cluster",
        {
            "method": "get",
            "url": f"/clusters/{path_segment(cluster, 'cluster', 'Id')}",
        },
        responses.ClusterResponse.of,
    )


def modify_cluster(cluster: Any, modify_cluster_desc: Any) -> Call[ActionResponse]:
    """Change a cluster (PUT /clusters/{ClusterId})."""
    body = describe(models.ModifyClusterDescription, modify_cluster_desc)
    body.validate()
    return Call(
        "modify_cluster",
        {
            "method": "put",
            "url": f"/clusters/{path_segment(cluster, 'cluster', 'Id')}",
            "json": body.to_dict(),
        },
        ActionResponse,
    )


def change_cluster_user_data(cluster: Any, data: Any = None) -> Call[ActionResponse]:
    """Replace the user data that new VMs of a cluster get (PUT /clusters/{ClusterId})."""
    body = only(models.ModifyClusterDescription, "UserData", data, "data")
    return modify_cluster(cluster, body)


def change_cluster_env_vars(cluster: Any, data: Any = None) -> Call[ActionResponse]:
    """Replace the environment variables that new VMs of a cluster get (PUT …/{ClusterId})."""
    body = only(models.ModifyClusterDescription, "EnvVars", data, "data")
    return modify_cluster(cluster, body)


def change_cluster_input_mapping(cluster: Any, data: Any = None) -> Call[ActionResponse]:
    """Replace the input mapping that new VMs of a cluster get (PUT /clusters/{ClusterId})."""
    body = only(models.ModifyClusterDescription, "InputMapping", data, "data")
    return modify_cluster(cluster, body)


def delete_cluster(cluster: Any) -> Call[ActionResponse]:
    """Delete a cluster and release its VMs (DELETE /clusters/{ClusterId})."""
    return Call(
        "delete_cluster",
        {
            "method": "delete",
            "url": f"/clusters/{path_segment(cluster, 'cluster', 'Id')}",
        },
        ActionResponse,
    )


def list_cluster_instances(
    cluster_id: Any, group_name: Any, marker: Any = "", max_item_count: Any = 50
) -> Call[ListResponse[models.ClusterInstance]]:
    """List the VMs of a group (GET /clusters/{ClusterId}/groups/{GroupName}/instances)."""
    return Call(
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
) -> Call[responses.ClusterInstanceResponse]:
    """Get the status of a VM (GET …/{ClusterId}/groups/{GroupName}/instances/{InstanceId})."""
    return Call(
        "get_cluster_instance",
        {
            "method": "get",
            "url": f"/clusters/{path_segment(cluster_id, 'cluster_id', 'Id')}/groups/{path_segment(group_name, 'group_name')}/instances/{path_segment(instance_id, 'instance_id', 'Id')}",
        },
        responses.ClusterInstanceResponse.of,
    )


def delete_cluster_instance(
    cluster_id: Any, group_name: Any, instance_id: Any
) -> Call[ActionResponse]:
    """Remove a VM from its group (DELETE …/groups/{GroupName}/instances/{InstanceId})."""
    return Call(
        "delete_cluster_instance",
        {
            "method": "delete",
            "url": f"/clusters/{path_segment(cluster_id, 'cluster_id', 'Id')}/groups/{path_segment(group_name, 'group_name')}/instances/{path_segment(instance_id, 'instance_id', 'Id')}",
        },
        ActionResponse,
    )


def recreate_cluster_instance(
    cluster_id: Any, group_name: Any, instance_id: Any
) -> Call[ActionResponse]:
    """Replace a VM with a new one (POST …/groups/{GroupName}/instances/{InstanceId}/recreate)."""
    return Call(
        "recreate_cluster_instance",
        {
            "method": "post",
            "url": f"/clusters/{path_segment(cluster_id, 'cluster_id', 'Id')}/groups/{path_segment(group_name, 'group_name')}/instances/{path_segment(instance_id, 'instance_id', 'Id')}/recreate",
        },
        ActionResponse,
    )


def create_image(image_desc: Any, token: Any = "") -> Call[CreateResponse]:
    """Register an image (POST /images)."""
    body = describe(models.ImageDescription, image_desc)
    body.validate()
    return Call(
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
) -> Call[ListResponse[models.Image]]:
    """List images (GET /images)."""
    return Call(
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


def get_image(image: Any) -> Call[responses.ImageResponse]:
    """Get an image (GET /images/{ImageId})."""
    return Call(
        "get_image",
        {
            "method": "get",
            "url": f"/images/{path_segment(image, 'image', 'Id')}",
        },
        responses.ImageResponse.of,
    )


def delete_image(image: Any) -> Call[ActionResponse]:
    """Remove the registration of an image (DELETE /images/{ImageId})."""
    return Call(
        "delete_image",
        {
            "method": "delete",
            "url": f"/images/{path_segment(image, 'image', 'Id')}",
        },
        ActionResponse,
    )


def create_app(app_desc: Any, token: Any = "") -> Call[CreateResponse]:
    """Create an App (POST /apps)."""
    body = describe(models.AppDescription, app_desc)
    body.validate()
    return Call(
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
) -> Call[ListResponse[models.App]]:
    """List Apps (GET /apps)."""
    return Call(
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


def get_app(app_name: Any, scope: Any = "Private") -> Call[responses.AppResponse]:
    """Get the public face of an App (GET /apps/{AppName})."""
    return Call(
        "get_app",
        {
            "method": "get",
            "url": f"/apps/{path_segment(app_name, 'app_name', 'Id', 'Name')}",
            "params": {"Scope": hooks.app_scope(optional_text(scope))},
        },
        responses.AppResponse.of,
    )


def modify_app(app_name: Any, app_desc: Any) -> Call[ActionResponse]:
    """Add a revision to an App (PUT /apps/{AppName})."""
    body = describe(models.AppDescription, app_desc)
    return Call(
        "modify_app",
        {
            "method": "put",
            "url": f"/apps/{path_segment(app_name, 'app_name', 'Id', 'Name')}",
            "json": body.to_dict(),
        },
        ActionResponse,
    )


def delete_app(app_name: Any, qualifier: Any = "") -> Call[ActionResponse]:
    """Delete an App or one revision (DELETE /apps/{AppName})."""
    return Call(
        "delete_app",
        {
            "method": "delete",
            "url": f"/apps/{path_segment(app_name, 'app_name', 'Id', 'Name')}",
            "params": {"Qualifier": optional_text(qualifier)},
        },
        ActionResponse,
    )


def get_app_detail(app: Any, qualifier: Any = "") -> Call[responses.AppDescriptionResponse]:
    """Get the description of an App (GET /apps/{AppName}?Detail=True)."""
    return Call(
        "get_app_detail",
        {
            "method": "get",
            "url": f"/apps/{path_segment(app, 'app', 'Id', 'Name')}",
            "params": {"Detail": "True", "Qualifier": optional_text(qualifier)},
        },
        responses.AppDescriptionResponse.of,
    )


def get_app_revisions(app_name: Any) -> Call[ListResponse[models.AppRevision]]:
    """List the revisions of an App (GET /apps/{AppName}?Revisions=True)."""
    return Call(
        "get_app_revisions",
        {
            "method": "get",
            "url": f"/apps/{path_segment(app_name, 'app_name', 'Id', 'Name')}",
            "params": {"Revisions": "True"},
        },
        read_list(models.AppRevision),
    )


def get_quotas() -> Call[responses.QuotaResponse]:
    """Get what the account may use (GET /quotas)."""
    return Call(
        "get_quotas",
        {
            "method": "get",
            "url": "/quotas",
        },
        responses.QuotaResponse.of,
    )


def get_available_resource() -> Call[responses.AvailableResourceResponse]:
    """Get what is in stock (GET /available)."""
    return Call(
        "get_available_resource",
        {
            "method": "get",
            "url": "/available",
        },
        responses.AvailableResourceResponse.of,
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
