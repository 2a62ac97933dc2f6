# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""Facts about each operation of the API that its method does not say."""


class Operation:
    """One operation.

    Args:
        name: Its operationId.
        method: HTTP method, in upper case.
        path: Path template, with a constant query where it has one.
        idempotent: Whether repeating the request does no harm.
        token: Name of the query parameter that makes a repeat harmless, or "".
        long_running: Whether it answers only when something has ended, which may take hours.
        extension: Whether the API's documentation does not have it, so that a service may not either.
    """

    __slots__ = ("extension", "idempotent", "long_running", "method", "name", "path", "token")

    def __init__(
        self,
        name: str,
        method: str,
        path: str,
        idempotent: bool,
        token: str,
        long_running: bool,
        extension: bool,
    ) -> None:
        self.name = name
        self.method = method
        self.path = path
        self.idempotent = idempotent
        self.token = token
        self.long_running = long_running
        self.extension = extension


OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("change_job_priority", "PUT", "/jobs/{JobId}", True, "", False, False),
        Operation("create_app", "POST", "/apps", False, "IdempotentToken", False, False),
        Operation("create_cluster", "POST", "/clusters", False, "IdempotentToken", False, False),
        Operation(
            "create_console_link", "POST", "/extensions/console/links", True, "", False, True
        ),
        Operation("create_image", "POST", "/images", False, "IdempotentToken", False, False),
        Operation("create_job", "POST", "/jobs", False, "IdempotentToken", False, False),
        Operation("create_job_sync", "POST", "/jobs?sync", False, "IdempotentToken", True, False),
        Operation("delete_app", "DELETE", "/apps/{AppName}", True, "", False, False),
        Operation("delete_cluster", "DELETE", "/clusters/{ClusterId}", True, "", False, False),
        Operation(
            "delete_cluster_instance",
            "DELETE",
            "/clusters/{ClusterId}/groups/{GroupName}/instances/{InstanceId}",
            True,
            "",
            False,
            False,
        ),
        Operation("delete_image", "DELETE", "/images/{ImageId}", True, "", False, False),
        Operation("delete_job", "DELETE", "/jobs/{JobId}", True, "", False, False),
        Operation(
            "explain_cluster",
            "GET",
            "/extensions/explain/clusters/{ClusterId}",
            True,
            "",
            False,
            True,
        ),
        Operation(
            "explain_instance",
            "GET",
            "/extensions/explain/jobs/{JobId}/tasks/{TaskName}/instances/{InstanceId}",
            True,
            "",
            False,
            True,
        ),
        Operation("explain_job", "GET", "/extensions/explain/jobs/{JobId}", True, "", False, True),
        Operation(
            "explain_task",
            "GET",
            "/extensions/explain/jobs/{JobId}/tasks/{TaskName}",
            True,
            "",
            False,
            True,
        ),
        Operation("get_app", "GET", "/apps/{AppName}", True, "", False, False),
        Operation("get_app_detail", "GET", "/apps/{AppName}?Detail=True", True, "", False, False),
        Operation(
            "get_app_revisions", "GET", "/apps/{AppName}?Revisions=True", True, "", False, False
        ),
        Operation(
            "get_attempts",
            "GET",
            "/extensions/jobs/{JobId}/tasks/{TaskName}/instances/{InstanceId}/attempts",
            True,
            "",
            False,
            True,
        ),
        Operation("get_available_resource", "GET", "/available", True, "", False, False),
        Operation("get_cluster", "GET", "/clusters/{ClusterId}", True, "", False, False),
        Operation(
            "get_cluster_instance",
            "GET",
            "/clusters/{ClusterId}/groups/{GroupName}/instances/{InstanceId}",
            True,
            "",
            False,
            False,
        ),
        Operation("get_image", "GET", "/images/{ImageId}", True, "", False, False),
        Operation(
            "get_instance",
            "GET",
            "/jobs/{JobId}/tasks/{TaskName}/instances/{InstanceId}",
            True,
            "",
            False,
            False,
        ),
        Operation("get_job", "GET", "/jobs/{JobId}", True, "", False, False),
        Operation(
            "get_job_description", "GET", "/jobs/{JobId}?description", True, "", False, False
        ),
        Operation("get_quotas", "GET", "/quotas", True, "", False, False),
        Operation("get_task", "GET", "/jobs/{JobId}/tasks/{TaskName}", True, "", False, False),
        Operation("list_apps", "GET", "/apps", True, "", False, False),
        Operation(
            "list_cluster_instances",
            "GET",
            "/clusters/{ClusterId}/groups/{GroupName}/instances",
            True,
            "",
            False,
            False,
        ),
        Operation("list_clusters", "GET", "/clusters", True, "", False, False),
        Operation("list_images", "GET", "/images", True, "", False, False),
        Operation(
            "list_instances",
            "GET",
            "/jobs/{JobId}/tasks/{TaskName}/instances",
            True,
            "",
            False,
            False,
        ),
        Operation("list_jobs", "GET", "/jobs", True, "", False, False),
        Operation("list_tasks", "GET", "/jobs/{JobId}/tasks", True, "", False, False),
        Operation("modify_app", "PUT", "/apps/{AppName}", False, "", False, False),
        Operation("modify_cluster", "PUT", "/clusters/{ClusterId}", True, "", False, False),
        Operation(
            "recreate_cluster_instance",
            "POST",
            "/clusters/{ClusterId}/groups/{GroupName}/instances/{InstanceId}/recreate",
            False,
            "",
            False,
            False,
        ),
        Operation("start_job", "POST", "/jobs/{JobId}/start", False, "", False, False),
        Operation("stop_job", "POST", "/jobs/{JobId}/stop", False, "", False, False),
    )
}
