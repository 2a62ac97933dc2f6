# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The operations of the API as methods of `AsyncClient`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from batchcompute._generated.api.operations import calls
from batchcompute._operations.arguments import page_marker
from batchcompute._operations.responses import ActionResponse, CreateResponse

if TYPE_CHECKING:
    from batchcompute._generated import types
    from batchcompute._generated.api import models, responses
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
    from batchcompute._operations.pages import ListResponse
    from batchcompute.client.easy_list import EasyList

R = TypeVar("R")
T = TypeVar("T")


class Operations:
    """The operations of the API; whoever inherits them sends the calls."""

    if TYPE_CHECKING:

        def _send(self, call: PreparedRequest[R]) -> R: ...
        def _page(self, call: PreparedRequest[ListResponse[T]]) -> ListResponse[T]: ...
        def _easy_list(
            self, resource_type: Any, resource_info: tuple[Any, ...], filters: dict[str, Any]
        ) -> EasyList[Any]: ...

    @overload
    def create_job(
        self, job_desc: JobSpec, token: str | None = "", sync: Literal[False] = False
    ) -> CreateResponse: ...
    @overload
    def create_job(
        self, job_desc: JobSpec, token: str | None = "", *, sync: Literal[True]
    ) -> responses.SynchronousInstanceResponse: ...
    @overload
    def create_job(
        self, job_desc: JobSpec, token: str | None, sync: Literal[True]
    ) -> responses.SynchronousInstanceResponse: ...
    @overload
    def create_job(
        self, job_desc: JobSpec, token: str | None = "", *, sync: bool
    ) -> CreateResponse | responses.SynchronousInstanceResponse: ...
    @overload
    def create_job(
        self, job_desc: JobSpec, token: str | None, sync: bool
    ) -> CreateResponse | responses.SynchronousInstanceResponse: ...
    def create_job(
        self, job_desc: JobSpec, token: str | None = "", sync: bool = False
    ) -> CreateResponse | responses.SynchronousInstanceResponse:
        """Create a job (POST /jobs).

        The job is made from a graph of tasks or from an App. The job and all its tasks and
        instances exist at once, in state Waiting.

        Repeating the request with the same IdempotentToken and the same body returns the same id
        and creates nothing.

        Args:
            job_desc: The job to run. An object, a dict or JSON text, checked before it is sent.
                What has no Type is known by its members.
            token: A text chosen by the caller, unique per thing to create, such as a UUID; 1 to
                128 characters (the hosted service documented 64 letters, digits and underscores).
                With it a creation can be repeated safely: the same token with an equal body
                (compared as parsed JSON) returns the first result for at least 24 hours, per
                account and kind of resource. By default each call makes one of its own, unless
                retries are off.
            sync: Run an App and wait for its result (POST /jobs?sync); ignored for other
                descriptions.

        Returns:
            The response, with the new id as `.Id`; an App's id is its name. With `sync`: The run
            has ended. Error tells whether it failed.

        Raises:
            ValidationError: Something is missing in the description; the text is its path.
                Nothing was sent.
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
                The token is neither a string nor a UUID.
            JsonError: The description is a string that is not JSON.
            InvalidParameterError: A required member is absent. The service does not accept a
                value. The token was used with another description. A dependency names a task that
                does not exist. The dependencies have a cycle.
            QuotaExhaustedError: The account has reached a limit of its quota.
        """
        return self._send(calls.create_job(job_desc, token, sync))

    def list_jobs(
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
    ) -> ListResponse[models.Job]:
        """List jobs (GET /jobs).

        One page of the caller's jobs, ascending by id unless OrderBy and IsReverse say otherwise.

        Args:
            marker: Start of the page: the NextMarker of the previous page. Absent or empty
                means the first page.
            max_item_count: Size of the page, 0 to 100 items. With 0 the page is empty and
                NextMarker is the start that was asked for, or empty if nothing is left.
            state: Only jobs in this state.
            cluster_id: Only what runs on the cluster with this id.
            project_id: Belonged to a successor of the service. Old clients may send it; it has
                no effect.
            next_marker: The same as `marker`, under the documentation's other name.
            **filters: `OrderBy`: What to sort by. `IsReverse`: Sort descending; absent means
                false. Clients write true or True; the marker stays the id of the first item of the
                page. `State`, `ClusterId`, `ProjectId`: like the arguments, under the names that
                are sent. Others are ignored, with a warning.

        Returns:
            One page of jobs. `.all()` yields the items of this and all following pages, `.pages()`
            the pages. Awaiting what `AsyncClient` returns gives the page, iterating over it all
            items.

        Raises:
            TypeError: `marker` and `next_marker` differ.
            InvalidParameterError: There is no such state. The size of the page is out of range.
        """
        return self._page(
            calls.list_jobs(
                page_marker(marker, next_marker),
                max_item_count,
                state,
                cluster_id,
                project_id,
                **filters,
            )
        )

    def get_job(self, job: Ref) -> responses.JobResponse:
        """Get the status of a job (GET /jobs/{JobId}).

        State, times and counters. A job with AutoRelease may be gone as soon as it has finished, so
        whoever waits for it must expect 404 instead of the state Finished.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.

        Returns:
            The status of the job.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job.
        """
        return self._send(calls.get_job(job))

    def change_job_priority(self, job: Ref, priority: int) -> ActionResponse:
        """Change the priority of a stopped or failed job (PUT /jobs/{JobId}).

        The job's description shows the new value.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.
            priority: The new priority. Order among the caller's own jobs, 0 to 1000. Larger
                runs first. Old clients send it as text.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: `priority` is not an integer. An id is missing or blank, or the argument
                has none.
            InvalidParameterError: There is no priority. The priority is out of range.
            NotFoundError: There is no such job.
            StateConflictError: The job is neither stopped nor failed.
            QuotaExhaustedError: The account has reached a limit of its quota.
        """
        return self._send(calls.change_job_priority(job, priority))

    def delete_job(self, job: Ref) -> ActionResponse:
        """Delete a finished, failed or stopped job (DELETE /jobs/{JobId}).

        Afterwards it is in no list, and getting it is answered with 404. A job that waits or runs
        has to be stopped first.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job.
            StateConflictError: The job has not ended; stop it first.
        """
        return self._send(calls.delete_job(job))

    def get_job_description(
        self, job: Ref
    ) -> responses.JobDescriptionResponse | responses.AppJobDescriptionResponse:
        """Get the description that a job was created from (GET /jobs/{JobId}?description).

        The submitted body, echoed with its empty members and without defaults that were not sent,
        always with Type, with its current Priority, and with the job's id as Id. It can be edited
        and submitted as a new job.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.

        Returns:
            The description of the job. Its Type tells which of the two kinds it is.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job.
        """
        return self._send(calls.get_job_description(job))

    def stop_job(self, job: Ref) -> ActionResponse:
        """Stop a waiting or running job (POST /jobs/{JobId}/stop).

        It is Stopped at once, and so is everything in it that has not ended; automatic clusters of
        the job are released. Starting it again continues it. A repeat after success is refused.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job.
            StateConflictError: The job has ended already.
        """
        return self._send(calls.stop_job(job))

    def start_job(self, job: Ref) -> ActionResponse:
        """Start a stopped or failed job again (POST /jobs/{JobId}/start).

        The job becomes Waiting. Instances that have finished keep their result; all others run
        again, with a RetryCount of 0.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job.
            StateConflictError: The job is neither stopped nor failed.
            QuotaExhaustedError: The account has reached a limit of its quota.
        """
        return self._send(calls.start_job(job))

    def list_tasks(
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
    ) -> ListResponse[models.Task]:
        """List the tasks of a job (GET /jobs/{JobId}/tasks).

        One page of the job's tasks, in an order that stays the same between calls.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.
            marker: Start of the page: the NextMarker of the previous page. Absent or empty
                means the first page.
            max_item_count: Size of the page, 0 to 100 items. With 0 the page is empty and
                NextMarker is the start that was asked for, or empty if nothing is left.
            state: Only tasks in this state.
            cluster_id: Only what runs on the cluster with this id.
            next_marker: The same as `marker`, under the documentation's other name.
            **filters: `State`, `ClusterId`: like the arguments, under the names that are sent.
                Others are ignored, with a warning.

        Returns:
            One page of tasks. `.all()` yields the items of this and all following pages, `.pages()`
            the pages. Awaiting what `AsyncClient` returns gives the page, iterating over it all
            items.

        Raises:
            TypeError: An id is missing or blank, or the argument has none. `marker` and
                `next_marker` differ.
            NotFoundError: There is no such job.
            InvalidParameterError: There is no such state. The size of the page is out of range.
        """
        return self._page(
            calls.list_tasks(
                job, page_marker(marker, next_marker), max_item_count, state, cluster_id, **filters
            )
        )

    def get_task(self, job: Ref, task_name: TaskRef) -> responses.TaskResponse:
        """Get the status of a task (GET /jobs/{JobId}/tasks/{TaskName}).

        State, times, and the number of instances in each state.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.
            task_name: Name of a task, its key in DAG.Tasks; or what has it: a response, a
                status, a mapping.

        Returns:
            The status of the task.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job or task.
        """
        return self._send(calls.get_task(job, task_name))

    def list_instances(
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
    ) -> ListResponse[models.Instance]:
        """List the instances of a task (GET /jobs/{JobId}/tasks/{TaskName}/instances).

        One page of the task's instances by ascending number. Markers of this list are integers; the
        last page has the marker "" or the number 0.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.
            task_name: Name of a task, its key in DAG.Tasks; or what has it: a response, a
                status, a mapping.
            marker: Start of the page: the NextMarker of the previous page, an integer written
                as text. Absent, empty and 0 mean the first page.
            max_item_count: Size of the page, 0 to 100 items. With 0 the page is empty and
                NextMarker is the start that was asked for, or empty if nothing is left.
            state: Only instances in this state.
            next_marker: The same as `marker`, under the documentation's other name.
            **filters: `State`: like the arguments, under the names that are sent. Others are
                ignored, with a warning.

        Returns:
            One page of instances. `.all()` yields the items of this and all following pages,
            `.pages()` the pages. Awaiting what `AsyncClient` returns gives the page, iterating over
            it all items.

        Raises:
            TypeError: An id is missing or blank, or the argument has none. `marker` and
                `next_marker` differ.
            NotFoundError: There is no such job or task.
            InvalidParameterError: There is no such state. The size of the page is out of range.
        """
        return self._page(
            calls.list_instances(
                job, task_name, page_marker(marker, next_marker), max_item_count, state, **filters
            )
        )

    def get_instance(
        self, job: Ref, task_name: TaskRef, instance_id: InstanceRef
    ) -> responses.InstanceResponse:
        """Get the status of an instance (GET …/{JobId}/tasks/{TaskName}/instances/{InstanceId}).

        State, times, result, and where its logs are.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.
            task_name: Name of a task, its key in DAG.Tasks; or what has it: a response, a
                status, a mapping.
            instance_id: Number of an instance of the task, from 0 to InstanceCount - 1; or what
                has it: a response, a status, a mapping.

        Returns:
            The status of the instance.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job, task or instance.
        """
        return self._send(calls.get_instance(job, task_name, instance_id))

    def create_cluster(self, cluster_desc: ClusterSpec, token: str | None = "") -> CreateResponse:
        """Create a cluster (POST /clusters).

        It is Active at once; its VMs start afterwards.

        Args:
            cluster_desc: The cluster to make. An object, a dict or JSON text, checked before it
                is sent.
            token: A text chosen by the caller, unique per thing to create, such as a UUID; 1 to
                128 characters (the hosted service documented 64 letters, digits and underscores).
                With it a creation can be repeated safely: the same token with an equal body
                (compared as parsed JSON) returns the first result for at least 24 hours, per
                account and kind of resource. By default each call makes one of its own, unless
                retries are off.

        Returns:
            The response, with the new id as `.Id`; an App's id is its name.

        Raises:
            ValidationError: Something is missing in the description; the text is its path.
                Nothing was sent.
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
                The token is neither a string nor a UUID.
            JsonError: The description is a string that is not JSON.
            InvalidParameterError: A required member is absent. The service does not accept a
                value. The token was used with another description.
            QuotaExhaustedError: The account has reached a limit of its quota.
        """
        return self._send(calls.create_cluster(cluster_desc, token))

    def list_clusters(
        self,
        marker: str | int | None = "",
        max_item_count: int = 50,
        *,
        next_marker: str | int | None = None,
    ) -> ListResponse[models.Cluster]:
        """List clusters (GET /clusters).

        One page of the caller's clusters, ascending by id.

        Args:
            marker: Start of the page: the NextMarker of the previous page. Absent or empty
                means the first page.
            max_item_count: Size of the page, 0 to 100 items. With 0 the page is empty and
                NextMarker is the start that was asked for, or empty if nothing is left.
            next_marker: The same as `marker`, under the documentation's other name.

        Returns:
            One page of clusters. `.all()` yields the items of this and all following pages,
            `.pages()` the pages. Awaiting what `AsyncClient` returns gives the page, iterating over
            it all items.

        Raises:
            TypeError: `marker` and `next_marker` differ.
            InvalidParameterError: The size of the page is out of range.
        """
        return self._page(calls.list_clusters(page_marker(marker, next_marker), max_item_count))

    def get_cluster(self, cluster: Ref) -> responses.ClusterResponse:
        """Get the status of a cluster (GET /clusters/{ClusterId}).

        State, groups, the number of VMs in each state, and the operation log.

        Args:
            cluster: Id of a cluster, as create_cluster returned it, such as
                cls-6ki3sg6sqlno7nt8fu0007; or what has it: a response, a status, a mapping.

        Returns:
            The status of the cluster.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such cluster.
        """
        return self._send(calls.get_cluster(cluster))

    def modify_cluster(
        self, cluster: Ref, modify_cluster_desc: ModifyClusterSpec
    ) -> ActionResponse:
        """Change a cluster (PUT /clusters/{ClusterId}).

        Change the size or the spot settings of groups, or the image, user data, environment or
        mounts that new VMs get. Members that are absent keep their value. DesiredVMCount changes at
        once, ActualVMCount follows as VMs are added or removed.

        Args:
            cluster: Id of a cluster, as create_cluster returned it, such as
                cls-6ki3sg6sqlno7nt8fu0007; or what has it: a response, a status, a mapping.
            modify_cluster_desc: What to change. An object, a dict or JSON text, checked before
                it is sent.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            ValidationError: Something is missing in the description; the text is its path.
                Nothing was sent.
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
                An id is missing or blank, or the argument has none.
            JsonError: The description is a string that is not JSON.
            InvalidParameterError: There is nothing to change. The service does not accept a
                value, or there is no such group.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
            QuotaExhaustedError: The account has reached a limit of its quota.
        """
        return self._send(calls.modify_cluster(cluster, modify_cluster_desc))

    def change_cluster_user_data(
        self, cluster: Ref, data: Mapping[str, Any] | None = None
    ) -> ActionResponse:
        """Replace the user data that new VMs of a cluster get (PUT /clusters/{ClusterId}).

        Args:
            cluster: Id of a cluster, as create_cluster returned it, such as
                cls-6ki3sg6sqlno7nt8fu0007; or what has it: a response, a status, a mapping.
            data: Replaces the user data. The whole map; None, like an empty one, empties it.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: `data` is not a mapping. An id is missing or blank, or the argument has
                none.
            InvalidParameterError: There is nothing to change. The service does not accept a
                value, or there is no such group.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
            QuotaExhaustedError: The account has reached a limit of its quota.
        """
        return self._send(calls.change_cluster_user_data(cluster, data))

    def change_cluster_env_vars(
        self, cluster: Ref, data: Mapping[str, Any] | None = None
    ) -> ActionResponse:
        """Replace the environment variables that new VMs of a cluster get (PUT …/{ClusterId}).

        Args:
            cluster: Id of a cluster, as create_cluster returned it, such as
                cls-6ki3sg6sqlno7nt8fu0007; or what has it: a response, a status, a mapping.
            data: Replaces the environment variables. The whole map; None, like an empty one,
                empties it.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: `data` is not a mapping. An id is missing or blank, or the argument has
                none.
            InvalidParameterError: There is nothing to change. The service does not accept a
                value, or there is no such group.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
            QuotaExhaustedError: The account has reached a limit of its quota.
        """
        return self._send(calls.change_cluster_env_vars(cluster, data))

    def change_cluster_input_mapping(
        self, cluster: Ref, data: Mapping[str, Any] | None = None
    ) -> ActionResponse:
        """Replace the input mapping that new VMs of a cluster get (PUT /clusters/{ClusterId}).

        Args:
            cluster: Id of a cluster, as create_cluster returned it, such as
                cls-6ki3sg6sqlno7nt8fu0007; or what has it: a response, a status, a mapping.
            data: Known to one family of clients; replaces the input mapping of the cluster. The
                whole map; None, like an empty one, empties it.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: `data` is not a mapping. An id is missing or blank, or the argument has
                none.
            InvalidParameterError: There is nothing to change. The service does not accept a
                value, or there is no such group.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
            QuotaExhaustedError: The account has reached a limit of its quota.
        """
        return self._send(calls.change_cluster_input_mapping(cluster, data))

    def delete_cluster(self, cluster: Ref) -> ActionResponse:
        """Delete a cluster and release its VMs (DELETE /clusters/{ClusterId}).

        It becomes Deleting, its VMs are released, and then it disappears. Jobs that use it do not
        prevent this: instances that run on it fail as lost VMs, and waiting ones fail.

        Args:
            cluster: Id of a cluster, as create_cluster returned it, such as
                cls-6ki3sg6sqlno7nt8fu0007; or what has it: a response, a status, a mapping.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted already.
        """
        return self._send(calls.delete_cluster(cluster))

    def list_cluster_instances(
        self,
        cluster_id: Ref,
        group_name: str,
        marker: str | int | None = "",
        max_item_count: int = 50,
        *,
        next_marker: str | int | None = None,
    ) -> ListResponse[models.ClusterInstance]:
        """List the VMs of a group (GET /clusters/{ClusterId}/groups/{GroupName}/instances).

        One page of the VMs of a cluster's group.

        Args:
            cluster_id: Id of the cluster of a group, such as cls-6ki3sg6sqlno7nt8fu0007; or
                what has it: a response, a status, a mapping.
            group_name: Name of a group of the cluster, its key in Groups.
            marker: Start of the page: the NextMarker of the previous page. Absent or empty
                means the first page.
            max_item_count: Size of the page, 0 to 100 items. With 0 the page is empty and
                NextMarker is the start that was asked for, or empty if nothing is left.
            next_marker: The same as `marker`, under the documentation's other name.

        Returns:
            One page of VMs. `.all()` yields the items of this and all following pages, `.pages()`
            the pages. Awaiting what `AsyncClient` returns gives the page, iterating over it all
            items.

        Raises:
            TypeError: An id is missing or blank, or the argument has none. `marker` and
                `next_marker` differ.
            NotFoundError: There is no such cluster or group.
            InvalidParameterError: The size of the page is out of range.
        """
        return self._page(
            calls.list_cluster_instances(
                cluster_id, group_name, page_marker(marker, next_marker), max_item_count
            )
        )

    def get_cluster_instance(
        self, cluster_id: Ref, group_name: str, instance_id: Ref
    ) -> responses.ClusterInstanceResponse:
        """Get the status of a VM (GET …/{ClusterId}/groups/{GroupName}/instances/{InstanceId}).

        State and addresses of one VM of a cluster's group.

        Args:
            cluster_id: Id of the cluster of a group, such as cls-6ki3sg6sqlno7nt8fu0007; or
                what has it: a response, a status, a mapping.
            group_name: Name of a group of the cluster, its key in Groups.
            instance_id: Id of a VM of the group, such as i-wz9c51g2s6zsrtnqi4fa; or what has
                it: a response, a status, a mapping.

        Returns:
            The status of the VM.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such cluster, group or VM.
        """
        return self._send(calls.get_cluster_instance(cluster_id, group_name, instance_id))

    def delete_cluster_instance(
        self, cluster_id: Ref, group_name: str, instance_id: Ref
    ) -> ActionResponse:
        """Remove a VM from its group (DELETE …/groups/{GroupName}/instances/{InstanceId}).

        The group becomes smaller by one: its DesiredVMCount goes down. The VM becomes Deleting and
        is released afterwards.

        Args:
            cluster_id: Id of the cluster of a group, such as cls-6ki3sg6sqlno7nt8fu0007; or
                what has it: a response, a status, a mapping.
            group_name: Name of a group of the cluster, its key in Groups.
            instance_id: Id of a VM of the group, such as i-wz9c51g2s6zsrtnqi4fa; or what has
                it: a response, a status, a mapping.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such cluster, group or VM.
            StateConflictError: The VM is being deleted already.
        """
        return self._send(calls.delete_cluster_instance(cluster_id, group_name, instance_id))

    def recreate_cluster_instance(
        self, cluster_id: Ref, group_name: str, instance_id: Ref
    ) -> ActionResponse:
        """Replace a VM with a new one (POST …/groups/{GroupName}/instances/{InstanceId}/recreate).

        The new VM has another id; the size of the group stays. The old one becomes Deleting at
        once.

        Args:
            cluster_id: Id of the cluster of a group, such as cls-6ki3sg6sqlno7nt8fu0007; or
                what has it: a response, a status, a mapping.
            group_name: Name of a group of the cluster, its key in Groups.
            instance_id: Id of a VM of the group, such as i-wz9c51g2s6zsrtnqi4fa; or what has
                it: a response, a status, a mapping.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such cluster, group or VM.
            StateConflictError: The VM is being deleted already.
        """
        return self._send(calls.recreate_cluster_instance(cluster_id, group_name, instance_id))

    def create_image(self, image_desc: ImageSpec, token: str | None = "") -> CreateResponse:
        """Register an image (POST /images).

        Register an ECS image for use in clusters and jobs.

        Args:
            image_desc: The image to register. An object, a dict or JSON text, checked before it
                is sent.
            token: A text chosen by the caller, unique per thing to create, such as a UUID; 1 to
                128 characters (the hosted service documented 64 letters, digits and underscores).
                With it a creation can be repeated safely: the same token with an equal body
                (compared as parsed JSON) returns the first result for at least 24 hours, per
                account and kind of resource. By default each call makes one of its own, unless
                retries are off.

        Returns:
            The response, with the new id as `.Id`; an App's id is its name.

        Raises:
            ValidationError: Something is missing in the description; the text is its path.
                Nothing was sent.
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
                The token is neither a string nor a UUID.
            JsonError: The description is a string that is not JSON.
            InvalidParameterError: A required member is absent. The service does not accept a
                value. The token was used with another description.
        """
        return self._send(calls.create_image(image_desc, token))

    def list_images(
        self,
        marker: str | int | None = "",
        max_item_count: int = 50,
        type_: types.ImageType | Literal[""] | None = "",
        *,
        next_marker: str | int | None = None,
    ) -> ListResponse[models.Image]:
        """List images (GET /images).

        One page of the images of the system, or of those that the caller registered.

        Args:
            marker: Start of the page: the NextMarker of the previous page. Absent or empty
                means the first page.
            max_item_count: Size of the page, 0 to 100 items. With 0 the page is empty and
                NextMarker is the start that was asked for, or empty if nothing is left.
            type_: Whose images: those of the system, or those that the caller registered, which
                is also what absent means. A server ignores an unknown value.
            next_marker: The same as `marker`, under the documentation's other name.

        Returns:
            One page of images. `.all()` yields the items of this and all following pages,
            `.pages()` the pages. Awaiting what `AsyncClient` returns gives the page, iterating over
            it all items.

        Raises:
            TypeError: `marker` and `next_marker` differ.
            InvalidParameterError: The size of the page is out of range.
        """
        return self._page(
            calls.list_images(page_marker(marker, next_marker), max_item_count, type_)
        )

    def get_image(self, image: Ref) -> responses.ImageResponse:
        """Get an image (GET /images/{ImageId}).

        Name, platform, type, and the ECS image behind it.

        Args:
            image: Id of an image, such as img-23jhhsd or, for a system image, img-ubuntu; or
                what has it: a response, a status, a mapping.

        Returns:
            The image.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such image.
        """
        return self._send(calls.get_image(image))

    def delete_image(self, image: Ref) -> ActionResponse:
        """Remove the registration of an image (DELETE /images/{ImageId}).

        The ECS image stays.

        Args:
            image: Id of an image, such as img-23jhhsd or, for a system image, img-ubuntu; or
                what has it: a response, a status, a mapping.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such image.
            AuthenticationError: The image belongs to the system.
        """
        return self._send(calls.delete_image(image))

    def create_app(self, app_desc: AppSpec, token: str | None = "") -> CreateResponse:
        """Create an App (POST /apps).

        It has revision 0. The response holds the name, which is the identifier of an App.

        Args:
            app_desc: The App to make. An object, a dict or JSON text, checked before it is
                sent.
            token: A text chosen by the caller, unique per thing to create, such as a UUID; 1 to
                128 characters (the hosted service documented 64 letters, digits and underscores).
                With it a creation can be repeated safely: the same token with an equal body
                (compared as parsed JSON) returns the first result for at least 24 hours, per
                account and kind of resource. By default each call makes one of its own, unless
                retries are off.

        Returns:
            The response, with the new id as `.Id`; an App's id is its name.

        Raises:
            ValidationError: Something is missing in the description; the text is its path.
                Nothing was sent.
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
                The token is neither a string nor a UUID.
            JsonError: The description is a string that is not JSON.
            InvalidParameterError: A required member is absent. The service does not accept a
                value. The token was used with another description.
            StateConflictError: The caller has an App of this name.
        """
        return self._send(calls.create_app(app_desc, token))

    def list_apps(
        self,
        scope: types.AppScope = "Private",
        marker: str | int | None = "",
        max_item_count: int = 50,
        *,
        next_marker: str | int | None = None,
    ) -> ListResponse[models.App]:
        """List Apps (GET /apps).

        One page of public Apps or of the caller's own.

        Args:
            scope: Whose Apps. Absent or empty means Private.
            marker: Start of the page: the NextMarker of the previous page. Absent or empty
                means the first page.
            max_item_count: Size of the page, 1 to 100 items.
            next_marker: The same as `marker`, under the documentation's other name.

        Returns:
            One page of Apps. `.all()` yields the items of this and all following pages, `.pages()`
            the pages. Awaiting what `AsyncClient` returns gives the page, iterating over it all
            items.

        Raises:
            TypeError: `marker` and `next_marker` differ.
            InvalidParameterError: There is no such scope. The size of the page is out of range.
        """
        return self._page(calls.list_apps(scope, page_marker(marker, next_marker), max_item_count))

    def get_app(self, app_name: AppRef, scope: types.AppScope = "Private") -> responses.AppResponse:
        """Get the public face of an App (GET /apps/{AppName}).

        Name, parameters and resource settings, without command line, image or environment.

        Args:
            app_name: Name of an App, without the prefix that marks public ones inside jobs; or
                what has it: a response, a status, a mapping.
            scope: Whose App. Absent or empty means Private.

        Returns:
            The public face of the App.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            FieldError: The scope is neither `Private` nor `Public`.
            NotFoundError: There is no such App.
        """
        return self._send(calls.get_app(app_name, scope))

    def modify_app(self, app_name: AppRef, app_desc: AppSpec) -> ActionResponse:
        """Add a revision to an App (PUT /apps/{AppName}).

        Store a full description as the next revision; its Name must be the name in the path. Jobs
        that are created afterwards use it. Every call adds a revision, so a repeat is not harmless.

        Args:
            app_name: Name of an App, without the prefix that marks public ones inside jobs; or
                what has it: a response, a status, a mapping.
            app_desc: The whole App as it shall be. An object, a dict or JSON text, not checked
                before it is sent.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
                An id is missing or blank, or the argument has none.
            JsonError: The description is a string that is not JSON.
            InvalidParameterError: A required member is absent. The service does not accept a
                value.
            NotFoundError: There is no such App.
        """
        return self._send(calls.modify_app(app_name, app_desc))

    def delete_app(self, app_name: AppRef, qualifier: str | int | None = "") -> ActionResponse:
        """Delete an App or one revision (DELETE /apps/{AppName}).

        Delete one revision, or the whole App if Qualifier is absent or empty.

        Args:
            app_name: Name of an App, without the prefix that marks public ones inside jobs; or
                what has it: a response, a status, a mapping.
            qualifier: Revision of the App, as text, such as 3. Absent or empty means the newest
                one when reading and all of them when deleting.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such App or revision.
        """
        return self._send(calls.delete_app(app_name, qualifier))

    def get_app_detail(
        self, app: AppRef, qualifier: str | int | None = ""
    ) -> responses.AppDescriptionResponse:
        """Get the description of an App (GET /apps/{AppName}?Detail=True).

        The stored description of one revision of the caller's own App, the newest if Qualifier is
        absent or empty. It can be edited and stored as a new revision. Public Apps do not show
        theirs.

        Args:
            app: Name of an App of the caller's own; or what has it: a response, a status, a
                mapping.
            qualifier: Revision of the App, as text, such as 3. Absent or empty means the newest
                one when reading and all of them when deleting.

        Returns:
            The description of the App.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such App or revision.
        """
        return self._send(calls.get_app_detail(app, qualifier))

    def get_app_revisions(self, app_name: AppRef) -> ListResponse[models.AppRevision]:
        """List the revisions of an App (GET /apps/{AppName}?Revisions=True).

        All revisions, ascending, in one response that is not paged.

        Args:
            app_name: Name of an App, without the prefix that marks public ones inside jobs; or
                what has it: a response, a status, a mapping.

        Returns:
            All revisions.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such App.
        """
        return self._page(calls.get_app_revisions(app_name))

    def get_quotas(self) -> responses.QuotaResponse:
        """Get what the account may use (GET /quotas).

        The resource types, VM types and disk types that the account may use in this region.

        Returns:
            The lists of allowed values.

        Raises:
            ClientError: The service refuses the request.
        """
        return self._send(calls.get_quotas())

    def get_available_resource(self) -> responses.AvailableResourceResponse:
        """Get what is in stock (GET /available).

        The VM types with their size, and the resource and disk types, that can be had in this
        region now.

        Returns:
            What can be had.

        Raises:
            ClientError: The service refuses the request.
        """
        return self._send(calls.get_available_resource())

    def explain_job(self, job: Ref) -> responses.ExplanationResponse:
        """Explain why a job does not run, or why it failed (GET /extensions/explain/jobs/{JobId}).

        One sentence with numbers: what the job waits for, how far it is, or which instance failed
        and how. Of what waits, the sentence is about the task that is next.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.

        Returns:
            Why it is in its state.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job.
        """
        return self._send(calls.explain_job(job))

    def explain_task(self, job: Ref, task_name: TaskRef) -> responses.ExplanationResponse:
        """Explain why a task does not run, or why it failed (GET …/jobs/{JobId}/tasks/{TaskName}).

        One sentence with numbers, about the instance of the task that is next, or about the first
        one that failed.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.
            task_name: Name of a task, its key in DAG.Tasks; or what has it: a response, a
                status, a mapping.

        Returns:
            Why it is in its state.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job or task.
        """
        return self._send(calls.explain_task(job, task_name))

    def explain_instance(
        self, job: Ref, task_name: TaskRef, instance_id: InstanceRef
    ) -> responses.ExplanationResponse:
        """Explain why an instance does not run, or why it failed (GET …/instances/{InstanceId}).

        One sentence with numbers: what it waits for and how many come before it, where it runs, or
        how its attempts ended.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.
            task_name: Name of a task, its key in DAG.Tasks; or what has it: a response, a
                status, a mapping.
            instance_id: Number of an instance of the task, from 0 to InstanceCount - 1; or what
                has it: a response, a status, a mapping.

        Returns:
            Why it is in its state.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job, task or instance.
        """
        return self._send(calls.explain_instance(job, task_name, instance_id))

    def explain_cluster(self, cluster: Ref) -> responses.ExplanationResponse:
        """Explain what the VMs of a cluster do, or why they do not (GET …/clusters/{ClusterId}).

        One sentence with numbers: how many VMs run, which are starting and since when, how many are
        busy, and how many instances wait for one.

        Args:
            cluster: Id of a cluster, as create_cluster returned it, such as
                cls-6ki3sg6sqlno7nt8fu0007; or what has it: a response, a status, a mapping.

        Returns:
            Why it is in its state.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such cluster.
        """
        return self._send(calls.explain_cluster(cluster))

    def get_attempts(
        self, job: Ref, task_name: TaskRef, instance_id: InstanceRef
    ) -> responses.InstanceAttemptsResponse:
        """Get all attempts of an instance (GET …/tasks/{TaskName}/instances/{InstanceId}/attempts).

        The attempts of an instance in their order, with when and where each ran and how it ended.
        Of many, the newest are kept. An instance that was never given to a VM has none.

        Args:
            job: Id of a job, as create_job returned it, such as
                job-00000000564ECC3F0000A25D00000074; or what has it: a response, a status, a
                mapping.
            task_name: Name of a task, its key in DAG.Tasks; or what has it: a response, a
                status, a mapping.
            instance_id: Number of an instance of the task, from 0 to InstanceCount - 1; or what
                has it: a response, a status, a mapping.

        Returns:
            Its attempts.

        Raises:
            TypeError: An id is missing or blank, or the argument has none.
            NotFoundError: There is no such job, task or instance.
        """
        return self._send(calls.get_attempts(job, task_name, instance_id))

    def create_console_link(self) -> responses.ConsoleLinkResponse:
        """Make a link that opens the console in one browser (POST /extensions/console/links).

        The console shows the service in a browser. The link works once, for ten minutes; what it
        leads to can be told by adding a parameter `to`, a path such as `/jobs/JOB`.

        Returns:
            The link.

        Raises:
            ClientError: The service refuses the request.
        """
        return self._send(calls.create_console_link())

    @overload
    def easy_list(self, resource_type: Literal["jobs"], **filters: Any) -> EasyList[models.Job]: ...
    @overload
    def easy_list(
        self, resource_type: Literal["tasks"], *resource_info: *tuple[Ref], **filters: Any
    ) -> EasyList[models.Task]: ...
    @overload
    def easy_list(
        self,
        resource_type: Literal["instances"],
        *resource_info: *tuple[Ref, TaskRef],
        **filters: Any,
    ) -> EasyList[models.Instance]: ...
    @overload
    def easy_list(
        self, resource_type: Literal["clusters"], **filters: Any
    ) -> EasyList[models.Cluster]: ...
    @overload
    def easy_list(
        self,
        resource_type: Literal["cluster_instances"],
        *resource_info: *tuple[Ref, str],
        **filters: Any,
    ) -> EasyList[models.ClusterInstance]: ...
    @overload
    def easy_list(
        self, resource_type: Literal["images"], *resource_info: str, **filters: Any
    ) -> EasyList[models.Image]: ...
    @overload
    def easy_list(
        self, resource_type: Literal["apps"], *resource_info: str, **filters: Any
    ) -> EasyList[models.App]: ...
    @overload
    def easy_list(
        self, resource_type: str, *resource_info: Any, **filters: Any
    ) -> EasyList[Any]: ...
    def easy_list(self, resource_type: str, *resource_info: Any, **filters: Any) -> EasyList[Any]:
        """Return all resources of a kind as one list, fetched page by page as it is read.

        `Client` returns a list: it can be read again, asked for its length or an index, and compared
        with a list, and `id in client.easy_list("jobs")` stops at the page that has it. `AsyncClient`
        returns something for `async for`, which asks anew each time.

        Args:
            resource_type: `jobs`, `tasks`, `instances`, `clusters`, `cluster_instances`, `images`, `apps`.
            *resource_info: What the resources belong to. `tasks`: the job. `instances`: the job and the task
                name. `cluster_instances`: the cluster id and the group name. `images`: if wanted,
                the type. `apps`: if wanted, the scope.
            **filters: Attribute -> the value wanted, a collection of values, or a function that
                returns whether a value will do. All must hold.

        Returns:
            The list. Nothing was asked for yet.

        Raises:
            FieldError: There is no such resource type.
            TypeError: What the resources belong to is missing, or has no id.
        """
        return self._easy_list(resource_type, resource_info, filters)
