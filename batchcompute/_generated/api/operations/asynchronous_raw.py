# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The operations of the API as methods that return responses as they were received."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Unpack

from batchcompute._generated.api.operations import calls
from batchcompute._operations.arguments import page_marker

if TYPE_CHECKING:
    from batchcompute._generated import types
    from batchcompute._generated.api.operations.arguments import (
        AppRef,
        AppSpec,
        ClusterSpec,
        ImageSpec,
        InstanceRef,
        JobSpec,
        ListInstancesFilters,
        ListJobsFilters,
        ListTasksFilters,
        ModifyClusterSpec,
        Ref,
        TaskRef,
    )
    from batchcompute._http.request import PreparedRequest
    from batchcompute._http.response import Response


class AsyncRawOperations:
    """The operations of the API, each returning the response as it was received."""

    if TYPE_CHECKING:

        async def _send(self, call: PreparedRequest[Any]) -> Response: ...

    async def create_job(
        self, job_desc: JobSpec, token: str | None = "", sync: bool = False
    ) -> Response:
        """Create a job, and return the response as it was received; see `Client`."""
        return await self._send(calls.create_job(job_desc, token, sync))

    async def list_jobs(
        self,
        /,
        marker: str | int | None = "",
        max_item_count: int = 50,
        state: types.JobState | Literal[""] | None = "",
        cluster_id: str | None = "",
        project_id: str | None = "",
        *,
        next_marker: str | int | None = None,
        **filters: Unpack[ListJobsFilters],
    ) -> Response:
        """List jobs, and return the response as it was received; see `Client`."""
        return await self._send(
            calls.list_jobs(
                page_marker(marker, next_marker),
                max_item_count,
                state,
                cluster_id,
                project_id,
                **filters,
            )
        )

    async def get_job(self, job: Ref) -> Response:
        """Get the status of a job, and return the response as it was received; see `Client`."""
        return await self._send(calls.get_job(job))

    async def change_job_priority(self, job: Ref, priority: int) -> Response:
        """Change the priority of a stopped or failed job, and return the response as it was
        received; see `Client`."""
        return await self._send(calls.change_job_priority(job, priority))

    async def delete_job(self, job: Ref) -> Response:
        """Delete a finished, failed or stopped job, and return the response as it was received;
        see `Client`."""
        return await self._send(calls.delete_job(job))

    async def get_job_description(self, job: Ref) -> Response:
        """Get the description that a job was created from, and return the response as it was
        received; see `Client`."""
        return await self._send(calls.get_job_description(job))

    async def stop_job(self, job: Ref) -> Response:
        """Stop a waiting or running job, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.stop_job(job))

    async def start_job(self, job: Ref) -> Response:
        """Start a stopped or failed job again, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.start_job(job))

    async def list_tasks(
        self,
        /,
        job: Ref,
        marker: str | int | None = "",
        max_item_count: int = 50,
        state: types.JobState | Literal[""] | None = "",
        cluster_id: str | None = "",
        *,
        next_marker: str | int | None = None,
        **filters: Unpack[ListTasksFilters],
    ) -> Response:
        """List the tasks of a job, and return the response as it was received; see `Client`."""
        return await self._send(
            calls.list_tasks(
                job, page_marker(marker, next_marker), max_item_count, state, cluster_id, **filters
            )
        )

    async def get_task(self, job: Ref, task_name: TaskRef) -> Response:
        """Get the status of a task, and return the response as it was received; see `Client`."""
        return await self._send(calls.get_task(job, task_name))

    async def list_instances(
        self,
        /,
        job: Ref,
        task_name: TaskRef,
        marker: str | int | None = "",
        max_item_count: int = 50,
        state: types.JobState | Literal[""] | None = "",
        *,
        next_marker: str | int | None = None,
        **filters: Unpack[ListInstancesFilters],
    ) -> Response:
        """List the instances of a task, and return the response as it was received; see
        `Client`."""
        return await self._send(
            calls.list_instances(
                job, task_name, page_marker(marker, next_marker), max_item_count, state, **filters
            )
        )

    async def get_instance(
        self, job: Ref, task_name: TaskRef, instance_id: InstanceRef
    ) -> Response:
        """Get the status of an instance, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.get_instance(job, task_name, instance_id))

    async def create_cluster(self, cluster_desc: ClusterSpec, token: str | None = "") -> Response:
        """Create a cluster, and return the response as it was received; see `Client`."""
        return await self._send(calls.create_cluster(cluster_desc, token))

    async def list_clusters(
        self,
        marker: str | int | None = "",
        max_item_count: int = 50,
        *,
        next_marker: str | int | None = None,
    ) -> Response:
        """List clusters, and return the response as it was received; see `Client`."""
        return await self._send(
            calls.list_clusters(page_marker(marker, next_marker), max_item_count)
        )

    async def get_cluster(self, cluster: Ref) -> Response:
        """Get the status of a cluster, and return the response as it was received; see `Client`."""
        return await self._send(calls.get_cluster(cluster))

    async def modify_cluster(
        self, cluster: Ref, modify_cluster_desc: ModifyClusterSpec
    ) -> Response:
        """Change a cluster, and return the response as it was received; see `Client`."""
        return await self._send(calls.modify_cluster(cluster, modify_cluster_desc))

    async def change_cluster_user_data(
        self, cluster: Ref, data: Mapping[str, Any] | None = None
    ) -> Response:
        """Replace the user data that new VMs of a cluster get, and return the response as it was
        received; see `Client`."""
        return await self._send(calls.change_cluster_user_data(cluster, data))

    async def change_cluster_env_vars(
        self, cluster: Ref, data: Mapping[str, Any] | None = None
    ) -> Response:
        """Replace the environment variables that new VMs of a cluster get, and return the
        response as it was received; see `Client`."""
        return await self._send(calls.change_cluster_env_vars(cluster, data))

    async def change_cluster_input_mapping(
        self, cluster: Ref, data: Mapping[str, Any] | None = None
    ) -> Response:
        """Replace the input mapping that new VMs of a cluster get, and return the response as it
        was received; see `Client`."""
        return await self._send(calls.change_cluster_input_mapping(cluster, data))

    async def delete_cluster(self, cluster: Ref) -> Response:
        """Delete a cluster and release its VMs, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.delete_cluster(cluster))

    async def list_cluster_instances(
        self,
        cluster_id: Ref,
        group_name: str,
        marker: str | int | None = "",
        max_item_count: int = 50,
        *,
        next_marker: str | int | None = None,
    ) -> Response:
        """List the VMs of a group, and return the response as it was received; see `Client`."""
        return await self._send(
            calls.list_cluster_instances(
                cluster_id, group_name, page_marker(marker, next_marker), max_item_count
            )
        )

    async def get_cluster_instance(
        self, cluster_id: Ref, group_name: str, instance_id: Ref
    ) -> Response:
        """Get the status of a VM, and return the response as it was received; see `Client`."""
        return await self._send(calls.get_cluster_instance(cluster_id, group_name, instance_id))

    async def delete_cluster_instance(
        self, cluster_id: Ref, group_name: str, instance_id: Ref
    ) -> Response:
        """Remove a VM from its group, and return the response as it was received; see `Client`."""
        return await self._send(calls.delete_cluster_instance(cluster_id, group_name, instance_id))

    async def recreate_cluster_instance(
        self, cluster_id: Ref, group_name: str, instance_id: Ref
    ) -> Response:
        """Replace a VM with a new one, and return the response as it was received; see `Client`."""
        return await self._send(
            calls.recreate_cluster_instance(cluster_id, group_name, instance_id)
        )

    async def create_image(self, image_desc: ImageSpec, token: str | None = "") -> Response:
        """Register an image, and return the response as it was received; see `Client`."""
        return await self._send(calls.create_image(image_desc, token))

    async def list_images(
        self,
        marker: str | int | None = "",
        max_item_count: int = 50,
        type_: types.ImageType | Literal[""] | None = "",
        *,
        next_marker: str | int | None = None,
    ) -> Response:
        """List images, and return the response as it was received; see `Client`."""
        return await self._send(
            calls.list_images(page_marker(marker, next_marker), max_item_count, type_)
        )

    async def get_image(self, image: Ref) -> Response:
        """Get an image, and return the response as it was received; see `Client`."""
        return await self._send(calls.get_image(image))

    async def delete_image(self, image: Ref) -> Response:
        """Remove the registration of an image, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.delete_image(image))

    async def create_app(self, app_desc: AppSpec, token: str | None = "") -> Response:
        """Create an App, and return the response as it was received; see `Client`."""
        return await self._send(calls.create_app(app_desc, token))

    async def list_apps(
        self,
        scope: types.AppScope = "Private",
        marker: str | int | None = "",
        max_item_count: int = 50,
        *,
        next_marker: str | int | None = None,
    ) -> Response:
        """List Apps, and return the response as it was received; see `Client`."""
        return await self._send(
            calls.list_apps(scope, page_marker(marker, next_marker), max_item_count)
        )

    async def get_app(self, app_name: AppRef, scope: types.AppScope = "Private") -> Response:
        """Get the public face of an App, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.get_app(app_name, scope))

    async def modify_app(self, app_name: AppRef, app_desc: AppSpec) -> Response:
        """Add a revision to an App, and return the response as it was received; see `Client`."""
        return await self._send(calls.modify_app(app_name, app_desc))

    async def delete_app(self, app_name: AppRef, qualifier: str | int | None = "") -> Response:
        """Delete an App or one revision, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.delete_app(app_name, qualifier))

    async def get_app_detail(self, app: AppRef, qualifier: str | int | None = "") -> Response:
        """Get the description of an App, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.get_app_detail(app, qualifier))

    async def get_app_revisions(self, app_name: AppRef) -> Response:
        """List the revisions of an App, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.get_app_revisions(app_name))

    async def get_quotas(self) -> Response:
        """Get what the account may use, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.get_quotas())

    async def get_available_resource(self) -> Response:
        """Get what is in stock, and return the response as it was received; see `Client`."""
        return await self._send(calls.get_available_resource())

    async def explain_job(self, job: Ref) -> Response:
        """Explain why a job does not run, or why it failed, and return the response as it was
        received; see `Client`."""
        return await self._send(calls.explain_job(job))

    async def explain_task(self, job: Ref, task_name: TaskRef) -> Response:
        """Explain why a task does not run, or why it failed, and return the response as it was
        received; see `Client`."""
        return await self._send(calls.explain_task(job, task_name))

    async def explain_instance(
        self, job: Ref, task_name: TaskRef, instance_id: InstanceRef
    ) -> Response:
        """Explain why an instance does not run, or why it failed, and return the response as it
        was received; see `Client`."""
        return await self._send(calls.explain_instance(job, task_name, instance_id))

    async def explain_cluster(self, cluster: Ref) -> Response:
        """Explain what the VMs of a cluster do, or why they do not, and return the response as
        it was received; see `Client`."""
        return await self._send(calls.explain_cluster(cluster))

    async def get_attempts(
        self, job: Ref, task_name: TaskRef, instance_id: InstanceRef
    ) -> Response:
        """Get all attempts of an instance, and return the response as it was received; see
        `Client`."""
        return await self._send(calls.get_attempts(job, task_name, instance_id))

    async def create_console_link(self) -> Response:
        """Make a link that opens the console in one browser, and return the response as it was
        received; see `Client`."""
        return await self._send(calls.create_console_link())
