# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""Facts about each operation of the API that its endpoint function does not say."""

from typing import NamedTuple


class Operation(NamedTuple):
    """One operation.

    Attributes:
        name: Its operationId.
        method: HTTP method, in upper case.
        path: Path template, with a constant query where it has one.
        module: Module of its endpoint functions, below `batchcompute_api.api`.
        idempotent: Whether repeating the request does no harm.
        token: Name of the query parameter that makes a repeat harmless, or "".
    """

    name: str
    method: str
    path: str
    module: str
    idempotent: bool
    token: str


OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation(
            "change_job_priority", "PUT", "/jobs/{JobId}", "jobs.change_job_priority", True, ""
        ),
        Operation("create_app", "POST", "/apps", "apps.create_app", False, "IdempotentToken"),
        Operation(
            "create_cluster",
            "POST",
            "/clusters",
            "clusters.create_cluster",
            False,
            "IdempotentToken",
        ),
        Operation(
            "create_image", "POST", "/images", "images.create_image", False, "IdempotentToken"
        ),
        Operation("create_job", "POST", "/jobs", "jobs.create_job", False, "IdempotentToken"),
        Operation(
            "create_job_sync",
            "POST",
            "/jobs?sync",
            "jobs.create_job_sync",
            False,
            "IdempotentToken",
        ),
        Operation("delete_app", "DELETE", "/apps/{AppName}", "apps.delete_app", True, ""),
        Operation(
            "delete_cluster", "DELETE", "/clusters/{ClusterId}", "clusters.delete_cluster", True, ""
        ),
        Operation(
            "delete_cluster_instance",
            "DELETE",
            "/clusters/{ClusterId}/groups/{GroupName}/instances/{InstanceId}",
            "cluster_instances.delete_cluster_instance",
            True,
            "",
        ),
        Operation("delete_image", "DELETE", "/images/{ImageId}", "images.delete_image", True, ""),
        Operation("delete_job", "DELETE", "/jobs/{JobId}", "jobs.delete_job", True, ""),
        Operation("get_app", "GET", "/apps/{AppName}", "apps.get_app", True, ""),
        Operation(
            "get_app_detail", "GET", "/apps/{AppName}?Detail=True", "apps.get_app_detail", True, ""
        ),
        Operation(
            "get_app_revisions",
            "GET",
            "/apps/{AppName}?Revisions=True",
            "apps.get_app_revisions",
            True,
            "",
        ),
        Operation(
            "get_available_resource",
            "GET",
            "/available",
            "account.get_available_resource",
            True,
            "",
        ),
        Operation("get_cluster", "GET", "/clusters/{ClusterId}", "clusters.get_cluster", True, ""),
        Operation(
            "get_cluster_instance",
            "GET",
            "/clusters/{ClusterId}/groups/{GroupName}/instances/{InstanceId}",
            "cluster_instances.get_cluster_instance",
            True,
            "",
        ),
        Operation("get_image", "GET", "/images/{ImageId}", "images.get_image", True, ""),
        Operation(
            "get_instance",
            "GET",
            "/jobs/{JobId}/tasks/{TaskName}/instances/{InstanceId}",
            "instances.get_instance",
            True,
            "",
        ),
        Operation("get_job", "GET", "/jobs/{JobId}", "jobs.get_job", True, ""),
        Operation(
            "get_job_description",
            "GET",
            "/jobs/{JobId}?description",
            "jobs.get_job_description",
            True,
            "",
        ),
        Operation("get_quotas", "GET", "/quotas", "account.get_quotas", True, ""),
        Operation("get_task", "GET", "/jobs/{JobId}/tasks/{TaskName}", "tasks.get_task", True, ""),
        Operation("list_apps", "GET", "/apps", "apps.list_apps", True, ""),
        Operation(
            "list_cluster_instances",
            "GET",
            "/clusters/{ClusterId}/groups/{GroupName}/instances",
            "cluster_instances.list_cluster_instances",
            True,
            "",
        ),
        Operation("list_clusters", "GET", "/clusters", "clusters.list_clusters", True, ""),
        Operation("list_images", "GET", "/images", "images.list_images", True, ""),
        Operation(
            "list_instances",
            "GET",
            "/jobs/{JobId}/tasks/{TaskName}/instances",
            "instances.list_instances",
            True,
            "",
        ),
        Operation("list_jobs", "GET", "/jobs", "jobs.list_jobs", True, ""),
        Operation("list_tasks", "GET", "/jobs/{JobId}/tasks", "tasks.list_tasks", True, ""),
        Operation("modify_app", "PUT", "/apps/{AppName}", "apps.modify_app", False, ""),
        Operation(
            "modify_cluster", "PUT", "/clusters/{ClusterId}", "clusters.modify_cluster", True, ""
        ),
        Operation(
            "recreate_cluster_instance",
            "POST",
            "/clusters/{ClusterId}/groups/{GroupName}/instances/{InstanceId}/recreate",
            "cluster_instances.recreate_cluster_instance",
            False,
            "",
        ),
        Operation("start_job", "POST", "/jobs/{JobId}/start", "jobs.start_job", False, ""),
        Operation("stop_job", "POST", "/jobs/{JobId}/stop", "jobs.stop_job", False, ""),
    )
}
