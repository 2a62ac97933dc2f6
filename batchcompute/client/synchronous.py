"""The synchronous client: one short method per operation, and some conveniences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, cast, overload

from batchcompute._http.headers import HeaderValue
from batchcompute._http.options import TimeoutSpec
from batchcompute._http.request import Call
from batchcompute._http.synchronous import Transport
from batchcompute.client import _operations as operations
from batchcompute.client.base import BaseClient
from batchcompute.client.responses import ActionResponse, CreateResponse, ListResponse
from batchcompute.config import DEFAULT_TIMEOUT, Credentials
from batchcompute.retry import DEFAULT_RETRY, RetryPolicy

if TYPE_CHECKING:
    import httpx
    from batchcompute_api import models

    from batchcompute._http.response import Answer
    from batchcompute.client import responses
    from batchcompute.client.arguments import (
        AppRef,
        AppSpec,
        ClientOptions,
        ClusterSpec,
        FilterValue,
        ImageSpec,
        InstanceRef,
        JobSpec,
        ModifyClusterSpec,
        Ref,
        TaskRef,
    )
    from batchcompute.client.easy_list import EasyList
    from batchcompute.client.raw import RawCalls
    from batchcompute.legacy.api import CheckedApi as CheckedApi

R = TypeVar("R")
T = TypeVar("T")


def __getattr__(name: str) -> Any:
    # Old programs find it here; new ones need not wait for it.
    if name != "CheckedApi":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from batchcompute.legacy.api import CheckedApi

    return CheckedApi


class Client(BaseClient):
    """A client of the BatchCompute service. Threads may share one.

    Identifier arguments take an id, or anything that has one: a response, a status object, a
    mapping. Descriptions are objects, dicts or JSON text. Every method raises `ClientError` (a
    subclass that says what kind of refusal it is) if the service refuses, `TransportError` (or its
    subclass `RequestTimeoutError`) if no answer comes, and `JsonError` if the answer is not JSON.

    Options of a single call are those of a copy: `client.with_options(timeout=5).get_job(job)`.

    Args:
        region: A region constant, a region id such as `cn-shenzhen`, a registered or other host,
            or a URL such as `http://127.0.0.1:8642`; by default the environment's
            `BATCHCOMPUTE_REGION`. `BATCHCOMPUTE_ENDPOINT` in the environment redirects everything
            but a URL.
        access_key_id: Id of the access key; by default the environment's
            `ALIBABA_CLOUD_ACCESS_KEY_ID`.
        access_key_secret: Its secret; by default the environment's
            `ALIBABA_CLOUD_ACCESS_KEY_SECRET`.
        security_token: Token of temporary credentials.
        security_conn: False chooses plain HTTP. Everything else is HTTPS with verification, unless
            a URL says otherwise.
        human_readable: Accepted and ignored, for old programs.
        timeout: Seconds to connect, and to wait for data; or a `Timeout`, which tells them apart
            and has a total for the whole call, or an `httpx.Timeout`. None waits for ever. By
            default 10 s to connect and 60 s to wait for data.
        retry: How often and how long a call is tried; None tries once, and adds no idempotency
            token to creations.
        credentials: `Credentials` instead of an access key, or a function that returns them and is
            asked before each request. Without either, the environment has the key, or else the
            vendor's credentials library, if it is installed, looks for one.
        http_client: An `httpx.Client` to send with, for proxies, own certificates and the like.
            It is not closed by this client. Its `timeout` counts if this client is given
            none, unless it is the 5 s that httpx has by itself. Its `auth` and `follow_redirects`
            do not count: requests are signed already, and are for the service alone.
        default_headers: Headers for every request. They replace the client's own, except those
            that say what is true anyway (Authorization, Content-Length); None leaves one out.
        **headers: More of them, as old programs give them: `**{"x-client-name": "mine"}`. A word
            that is no common header draws a `BatchComputeWarning`: it may be a misspelt option.

    Raises:
        ConfigError: The region is unknown, there are no credentials, arguments contradict each
            other, or a header cannot be sent.
        TypeError: An argument has the wrong type, or there is no such option.
    """

    def __init__(
        self,
        region: str = "",
        access_key_id: str | None = None,
        access_key_secret: str | None = None,
        security_token: str | None = "",
        security_conn: bool | None = None,
        human_readable: bool = False,
        *,
        timeout: TimeoutSpec = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = DEFAULT_RETRY,
        credentials: Credentials | Callable[[], Credentials] | None = None,
        http_client: httpx.Client | None = None,
        default_headers: Mapping[str, HeaderValue] | None = None,
        **headers: HeaderValue,
    ) -> None:
        key = (access_key_id, access_key_secret, security_token)
        self._set_up(region, *key, security_conn, credentials, default_headers, headers)
        self._transport = Transport(self._preparer, timeout, http_client, retry)
        self._options = self._transport.options

    @classmethod
    def from_env(cls, **options: Unpack[ClientOptions]) -> Self:
        """Return a client for the endpoint and with the access key of the environment.

        Args:
            **options: Keyword arguments of the constructor, such as `timeout`.

        Returns:
            The client.

        Raises:
            ConfigError: The environment names no region or endpoint, or no access key.
            TypeError: There is no such option, or its value has the wrong type.
        """
        # For all that type checkers know, a typed dict has more than its keys.
        return cls(**cast("dict[str, Any]", options))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the client cannot be used any more."""
        self._transport.close()

    def _send(self, call: Call[R]) -> R:
        return self._transport.send(call, self._preparer, self._options)

    def _list(self, call: Call[ListResponse[T]]) -> ListResponse[T]:
        return self._send(call).linked(call.marker, lambda marker: self._list(call.at(marker)))

    @property
    def with_raw_response(self) -> RawCalls[Answer]:
        """The operations of this client, each returning the answer as it was received.

        `client.with_raw_response.get_job(job)` has `status`, `headers`, `body` and `request_id`.
        Every other result has the same in `.raw`.
        """
        from batchcompute.client.raw import RawCalls

        return RawCalls(self)

    # -- jobs ---------------------------------------------------------------------------------

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
        self, job_desc: JobSpec, token: str | None = "", sync: bool = False
    ) -> CreateResponse | responses.SynchronousInstanceResponse: ...
    def create_job(
        self, job_desc: JobSpec, token: str | None = "", sync: bool = False
    ) -> CreateResponse | responses.SynchronousInstanceResponse:
        """Create a job (POST /jobs).

        Args:
            job_desc: The job, checked before it is sent: an object, a dict or JSON text. A dict or
                text is a job of the Type that it names; without one, it is an app job if it has an
                App and no DAG.
            token: Makes a repeat of the request harmless: at most 64 letters, digits or
                underscores, new for each job. By default each call makes one of its own, unless
                retries are off.
            sync: Run an app job and return its result (POST /jobs?sync); ignored for DAG jobs. The
                result is waited for as long as it takes, unless a `timeout` was given.

        Returns:
            The new job's id (`.Id`), or the result of the synchronous run.

        Raises:
            ValidationError: Something is missing in the description; the text is its path. Nothing
                was sent.
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
            JsonError: The text is not JSON.
            InvalidParameterError: The service does not accept a value, dependencies form a cycle,
                or the token belongs to another description.
            QuotaExhaustedError: The account has as many as it may have.
        """
        description = operations.describe_job(job_desc)
        if sync and "App" in description:
            return self._send(operations.create_job_sync(description, token))
        return self._send(operations.create_job(description, token))

    def get_job(self, job: Ref) -> responses.JobResponse:
        """Return a job's state (GET /jobs/{JobId}).

        A job with AutoRelease may be gone as soon as it has finished.

        Args:
            job: Id of the job, or what has it: a response, a status, a mapping.

        Returns:
            The job: state, times, and numbers of tasks and instances in each state.

        Raises:
            NotFoundError: There is no such job.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.get_job(job))

    def get_job_description(
        self, job: Ref
    ) -> responses.JobDescriptionResponse | responses.AppJobDescriptionResponse:
        """Return what a job was created from (GET /jobs/{JobId}?description).

        Args:
            job: Id of the job, or what has it: a response, a status, a mapping.

        Returns:
            The description, with its current priority. It can be edited and given to `create_job`.

        Raises:
            NotFoundError: There is no such job.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.get_job_description(job))

    def change_job_priority(self, job: Ref, priority: int) -> ActionResponse:
        """Change the priority of a stopped or failed job (PUT /jobs/{JobId}).

        Args:
            job: Id of the job, or what has it: a response, a status, a mapping.
            priority: 0 to 1000; larger runs first.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            TypeError: The priority is no integer, or the id is missing.
            NotFoundError: There is no such job.
            StateConflictError: The job is neither stopped nor failed.
            InvalidParameterError: The priority is out of range.
        """
        return self._send(operations.change_job_priority(job, priority))

    def start_job(self, job: Ref) -> ActionResponse:
        """Start a stopped or failed job again (POST /jobs/{JobId}/start).

        It waits, with all its instances but those that have finished: they keep their result.

        Args:
            job: Id of the job, or what has it: a response, a status, a mapping.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            NotFoundError: There is no such job.
            StateConflictError: The job is neither stopped nor failed.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.start_job(job))

    def stop_job(self, job: Ref) -> ActionResponse:
        """Stop a waiting or running job (POST /jobs/{JobId}/stop).

        It is stopped at once, and everything in it that has not ended. `start_job` goes on with it.

        Args:
            job: Id of the job, or what has it: a response, a status, a mapping.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            NotFoundError: There is no such job.
            StateConflictError: The job has ended already.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.stop_job(job))

    def delete_job(self, job: Ref) -> ActionResponse:
        """Delete a finished, failed or stopped job (DELETE /jobs/{JobId}).

        Args:
            job: Id of the job, or what has it: a response, a status, a mapping.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            NotFoundError: There is no such job.
            StateConflictError: The job has not ended; stop it first.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.delete_job(job))

    def list_jobs(
        self,
        /,
        marker: str | int | None = "",
        max_item_count: int = 50,
        state: str | None = "",
        cluster_id: str | None = "",
        project_id: str | None = "",
        *,
        next_marker: str | int | None = None,
        **filters: FilterValue,
    ) -> ListResponse[models.Job]:
        """Return a page of jobs (GET /jobs).

        Args:
            marker: Where the page begins: `NextMarker` of the one before, "" for the first.
            max_item_count: Items per page, 0 to 100.
            state: Only jobs in this state.
            cluster_id: Only jobs of this cluster.
            project_id: Only jobs of this project.
            next_marker: The same as `marker`, under the documentation's other name.
            **filters: `OrderBy` (`Id` or `CreationTime`), `IsReverse`; also `State`, `ClusterId`
                and `ProjectId`, the arguments' wire names. Others are ignored, with a warning.

        Returns:
            The page. `.all()` yields the items of this and all following pages, `.pages()` the
            pages.

        Raises:
            InvalidParameterError: There is no such state, or `max_item_count` is out of range.
            TypeError: `marker` and `next_marker` differ.
        """
        return self._list(
            operations.list_jobs(
                operations.page_marker(marker, next_marker),
                max_item_count,
                state,
                cluster_id,
                project_id,
                **filters,
            )
        )

    # -- tasks and instances ------------------------------------------------------------------

    def get_task(self, job: Ref, task_name: TaskRef) -> responses.TaskResponse:
        """Return a task's state (GET /jobs/{JobId}/tasks/{TaskName}).

        Args:
            job: Id of the job, or what has it: a response, a status, a mapping.
            task_name: Name of the task, or its status.

        Returns:
            The task: state, times, and numbers of instances in each state.

        Raises:
            NotFoundError: There is no such job or task.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.get_task(job, task_name))

    def list_tasks(
        self,
        /,
        job: Ref,
        marker: str | int | None = "",
        max_item_count: int = 50,
        state: str | None = "",
        cluster_id: str | None = "",
        *,
        next_marker: str | int | None = None,
        **filters: FilterValue,
    ) -> ListResponse[models.Task]:
        """Return a page of a job's tasks (GET /jobs/{JobId}/tasks).

        Args:
            job: Id of the job, or what has it: a response, a status, a mapping.
            marker: Where the page begins: `NextMarker` of the one before, "" for the first.
            max_item_count: Items per page, 0 to 100.
            state: Only tasks in this state.
            cluster_id: Only tasks of this cluster.
            next_marker: The same as `marker`, under the documentation's other name.
            **filters: `State` and `ClusterId`, the arguments' wire names. Others are ignored, with
                a warning.

        Returns:
            The page. `.all()` yields the items of this and all following pages, `.pages()` the
            pages.

        Raises:
            NotFoundError: There is no such job.
            InvalidParameterError: There is no such state, or `max_item_count` is out of range.
            TypeError: An id is missing or blank, or `marker` and `next_marker` differ.
        """
        return self._list(
            operations.list_tasks(
                job,
                operations.page_marker(marker, next_marker),
                max_item_count,
                state,
                cluster_id,
                **filters,
            )
        )

    def get_instance(
        self, job: Ref, task_name: TaskRef, instance_id: InstanceRef
    ) -> responses.InstanceResponse:
        """Return an instance's state (GET /jobs/{JobId}/tasks/{TaskName}/instances/{InstanceId}).

        Args:
            job: Id of the job, or what has it: a response, a status, a mapping.
            task_name: Name of the task, or its status.
            instance_id: Number of the instance, from 0, or its status.

        Returns:
            The instance: state, times, result, and where its output went.

        Raises:
            NotFoundError: There is no such job or task or instance.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.get_instance(job, task_name, instance_id))

    def list_instances(
        self,
        /,
        job: Ref,
        task_name: TaskRef,
        marker: str | int | None = "",
        max_item_count: int = 50,
        state: str | None = "",
        *,
        next_marker: str | int | None = None,
        **filters: FilterValue,
    ) -> ListResponse[models.Instance]:
        """Return a page of a task's instances (GET /jobs/{JobId}/tasks/{TaskName}/instances).

        Args:
            job: Id of the job, or what has it: a response, a status, a mapping.
            task_name: Name of the task, or its status.
            marker: Where the page begins: `NextMarker` of the one before, "" or 0 for the first.
            max_item_count: Items per page, 0 to 100.
            state: Only instances in this state.
            next_marker: The same as `marker`, under the documentation's other name.
            **filters: `State`, the argument's wire name. Others are ignored, with a warning.

        Returns:
            The page. `.all()` yields the items of this and all following pages, `.pages()` the
            pages.

        Raises:
            NotFoundError: There is no such job or task.
            InvalidParameterError: There is no such state, or `max_item_count` is out of range.
            TypeError: An id is missing or blank, or `marker` and `next_marker` differ.
        """
        return self._list(
            operations.list_instances(
                job,
                task_name,
                operations.page_marker(marker, next_marker),
                max_item_count,
                state,
                **filters,
            )
        )

    # -- clusters -----------------------------------------------------------------------------

    def create_cluster(self, cluster_desc: ClusterSpec, token: str | None = "") -> CreateResponse:
        """Create a cluster (POST /clusters). Its VMs start afterwards; see `wait_cluster`.

        Args:
            cluster_desc: The cluster, checked before it is sent, as an object, a dict or JSON text.
            token: Makes a repeat of the request harmless: at most 64 letters, digits or
                underscores, new for each cluster. By default each call makes one of its own, unless
                retries are off.

        Returns:
            The new cluster's id (`.Id`).

        Raises:
            ValidationError: Something is missing in the description; the text is its path. Nothing
                was sent.
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
            JsonError: The text is not JSON.
            InvalidParameterError: The service does not accept a value, or the token belongs to
                another description.
            QuotaExhaustedError: The account has as many as it may have.
        """
        return self._send(operations.create_cluster(cluster_desc, token))

    def get_cluster(self, cluster: Ref) -> responses.ClusterResponse:
        """Return a cluster's state (GET /clusters/{ClusterId}).

        Args:
            cluster: Id of the cluster, or what has it: a response, a status, a mapping.

        Returns:
            The cluster: state, groups, numbers of VMs in each state, and its operation log.

        Raises:
            NotFoundError: There is no such cluster.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.get_cluster(cluster))

    def list_clusters(
        self,
        marker: str | int | None = "",
        max_item_count: int = 50,
        *,
        next_marker: str | int | None = None,
    ) -> ListResponse[models.Cluster]:
        """Return a page of clusters (GET /clusters).

        Args:
            marker: Where the page begins: `NextMarker` of the one before, "" for the first.
            max_item_count: Items per page, 0 to 100.
            next_marker: The same as `marker`, under the documentation's other name.

        Returns:
            The page. `.all()` yields the items of this and all following pages, `.pages()` the
            pages.

        Raises:
            InvalidParameterError: `max_item_count` is out of range.
            TypeError: `marker` and `next_marker` differ.
        """
        return self._list(
            operations.list_clusters(operations.page_marker(marker, next_marker), max_item_count)
        )

    def delete_cluster(self, cluster: Ref) -> ActionResponse:
        """Delete a cluster and release its VMs (DELETE /clusters/{ClusterId}).

        Instances that run on it fail.

        Args:
            cluster: Id of the cluster, or what has it: a response, a status, a mapping.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted already.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.delete_cluster(cluster))

    def modify_cluster(
        self, cluster: Ref, modify_cluster_desc: ModifyClusterSpec
    ) -> ActionResponse:
        """Change a cluster (PUT /clusters/{ClusterId}); what is left out stays as it is.

        Numbers of VMs are what the groups shall have: VMs are added and removed afterwards. Other
        changes reach new VMs only.

        Args:
            cluster: Id of the cluster, or what has it: a response, a status, a mapping.
            modify_cluster_desc: The changes, checked before they are sent, as an object, a dict or
                JSON text.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            ValidationError: Something is missing in the description; the text is its path. Nothing
                was sent.
            TypeError: The description, a value in it, or the id has the wrong type. Nothing was
                sent.
            JsonError: The text is not JSON.
            NotFoundError: There is no such cluster.
            InvalidParameterError: There is nothing to change, no such group, or a value is not
                accepted.
            StateConflictError: The cluster is being deleted.
        """
        return self._send(operations.modify_cluster(cluster, modify_cluster_desc))

    def change_cluster_desired_vm_count(self, /, cluster: Ref, **kwargs: int) -> ActionResponse:
        """Change how many VMs groups shall have (PUT /clusters/{ClusterId}).

        VMs are added and removed afterwards; see `wait_cluster`.

        Args:
            cluster: Id of the cluster, or what has it: a response, a status, a mapping.
            **kwargs: Group name -> number of VMs.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            TypeError: A number is no integer, or the id is missing.
            InvalidParameterError: There is no such group, or a number is out of range.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
        """
        return self._send(operations.change_cluster_desired_vm_count(cluster, kwargs))

    def change_cluster_spot_config(
        self,
        cluster: Ref,
        group_name: str,
        strategy: str | None = "",
        price_limit: float | None = 0.0,
    ) -> ActionResponse:
        """Change a group's spot settings (PUT /clusters/{ClusterId}).

        Args:
            cluster: Id of the cluster, or what has it: a response, a status, a mapping.
            group_name: Name of the group.
            strategy: `SpotWithPriceLimit` or `SpotAsPriceGo`; empty leaves it.
            price_limit: Highest price per VM and hour, with at most three decimals; 0 or None
                leaves it.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            FieldError: There is no group name.
            InvalidParameterError: There is no such group, or a value is not accepted.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
            TypeError: An id is missing or blank.
        """
        return self._send(
            operations.change_cluster_spot_config(cluster, group_name, strategy, price_limit)
        )

    def change_cluster_user_data(
        self, cluster: Ref, data: Mapping[str, Any] | None = None
    ) -> ActionResponse:
        """Replace a cluster's user data (PUT /clusters/{ClusterId}).

        New VMs get it; running ones keep what they have.

        Args:
            cluster: Id of the cluster, or what has it: a response, a status, a mapping.
            data: Names and texts that programs on the VMs can read: the whole map. None, like an
                empty one, empties it.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            TypeError: The data is no mapping, or the id is missing.
            InvalidParameterError: A value is not accepted.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
        """
        return self._send(operations.change_cluster_map(cluster, "UserData", data))

    def change_cluster_env_vars(
        self, cluster: Ref, data: Mapping[str, Any] | None = None
    ) -> ActionResponse:
        """Replace a cluster's environment variables (PUT /clusters/{ClusterId}).

        New VMs get it; running ones keep what they have.

        Args:
            cluster: Id of the cluster, or what has it: a response, a status, a mapping.
            data: Names and values of the variables: the whole map. None, like an empty one, empties
                it.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            TypeError: The data is no mapping, or the id is missing.
            InvalidParameterError: A value is not accepted.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
        """
        return self._send(operations.change_cluster_map(cluster, "EnvVars", data))

    def change_cluster_input_mapping(
        self, cluster: Ref, data: Mapping[str, Any] | None = None
    ) -> ActionResponse:
        """Replace a cluster's input mapping (PUT /clusters/{ClusterId}).

        New VMs get it; running ones keep what they have.

        Args:
            cluster: Id of the cluster, or what has it: a response, a status, a mapping.
            data: Places in the store (`oss://…`) -> directories on the VMs: the whole map. None,
                like an empty one, empties it.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            TypeError: The data is no mapping, or the id is missing.
            InvalidParameterError: A value is not accepted.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
        """
        return self._send(operations.change_cluster_map(cluster, "InputMapping", data))

    def get_cluster_instance(
        self, cluster_id: Ref, group_name: str, instance_id: Ref
    ) -> responses.ClusterInstanceResponse:
        """Return a VM's state (GET …/groups/{GroupName}/instances/{InstanceId}).

        Args:
            cluster_id: Id of the cluster, or what has it: a response, a status, a mapping.
            group_name: Name of the group.
            instance_id: Id of the VM, or what has it: a response, a status, a mapping.

        Returns:
            The VM: state, addresses, and when it was asked for.

        Raises:
            NotFoundError: There is no such cluster or group or VM.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.get_cluster_instance(cluster_id, group_name, instance_id))

    def list_cluster_instances(
        self,
        cluster_id: Ref,
        group_name: str,
        marker: str | int | None = "",
        max_item_count: int = 50,
        *,
        next_marker: str | int | None = None,
    ) -> ListResponse[models.ClusterInstance]:
        """Return a page of a group's VMs (GET /clusters/{ClusterId}/groups/{GroupName}/instances).

        Args:
            cluster_id: Id of the cluster, or what has it: a response, a status, a mapping.
            group_name: Name of the group.
            marker: Where the page begins: `NextMarker` of the one before, "" for the first.
            max_item_count: Items per page, 0 to 100.
            next_marker: The same as `marker`, under the documentation's other name.

        Returns:
            The page. `.all()` yields the items of this and all following pages, `.pages()` the
            pages.

        Raises:
            NotFoundError: There is no such cluster or group.
            InvalidParameterError: `max_item_count` is out of range.
            TypeError: An id is missing or blank, or `marker` and `next_marker` differ.
        """
        return self._list(
            operations.list_cluster_instances(
                cluster_id, group_name, operations.page_marker(marker, next_marker), max_item_count
            )
        )

    def recreate_cluster_instance(
        self, cluster_id: Ref, group_name: str, instance_id: Ref
    ) -> ActionResponse:
        """Replace a VM by a new one (POST …/instances/{InstanceId}/recreate).

        The new one has another id; the size of the group stays.

        Args:
            cluster_id: Id of the cluster, or what has it: a response, a status, a mapping.
            group_name: Name of the group.
            instance_id: Id of the VM, or what has it: a response, a status, a mapping.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            NotFoundError: There is no such cluster or group or VM.
            StateConflictError: The VM is being deleted already.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.recreate_cluster_instance(cluster_id, group_name, instance_id))

    def delete_cluster_instance(
        self, cluster_id: Ref, group_name: str, instance_id: Ref
    ) -> ActionResponse:
        """Remove a VM and shrink its group by one (DELETE …/instances/{InstanceId}).

        Args:
            cluster_id: Id of the cluster, or what has it: a response, a status, a mapping.
            group_name: Name of the group.
            instance_id: Id of the VM, or what has it: a response, a status, a mapping.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            NotFoundError: There is no such cluster or group or VM.
            StateConflictError: The VM is being deleted already.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.delete_cluster_instance(cluster_id, group_name, instance_id))

    # -- images -------------------------------------------------------------------------------

    def create_image(self, image_desc: ImageSpec, token: str | None = "") -> CreateResponse:
        """Register an ECS image for clusters and jobs (POST /images).

        Args:
            image_desc: The image, checked before it is sent, as an object, a dict or JSON text.
            token: Makes a repeat of the request harmless: at most 64 letters, digits or
                underscores, new for each image. By default each call makes one of its own, unless
                retries are off.

        Returns:
            The new image's id (`.Id`).

        Raises:
            ValidationError: Something is missing in the description; the text is its path. Nothing
                was sent.
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
            JsonError: The text is not JSON.
            InvalidParameterError: The service does not accept a value, or the token belongs to
                another description.
        """
        return self._send(operations.create_image(image_desc, token))

    def get_image(self, image: Ref) -> responses.ImageResponse:
        """Return an image (GET /images/{ImageId}).

        Args:
            image: Id of the image, or what has it: a response, a status, a mapping.

        Returns:
            The image: name, platform, type, and the ECS image behind it.

        Raises:
            NotFoundError: There is no such image.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.get_image(image))

    def list_images(
        self,
        marker: str | int | None = "",
        max_item_count: int = 50,
        type_: str | None = "",
        *,
        next_marker: str | int | None = None,
    ) -> ListResponse[models.Image]:
        """Return a page of images (GET /images).

        Args:
            marker: Where the page begins: `NextMarker` of the one before, "" for the first.
            max_item_count: Items per page, 0 to 100.
            type_: `System` for those that everybody has; own ones otherwise.
            next_marker: The same as `marker`, under the documentation's other name.

        Returns:
            The page. `.all()` yields the items of this and all following pages, `.pages()` the
            pages.

        Raises:
            InvalidParameterError: `max_item_count` is out of range.
            TypeError: `marker` and `next_marker` differ.
        """
        return self._list(
            operations.list_images(
                operations.page_marker(marker, next_marker), max_item_count, type_
            )
        )

    def delete_image(self, image: Ref) -> ActionResponse:
        """Remove an image's registration (DELETE /images/{ImageId}); the ECS image stays.

        Args:
            image: Id of the image, or what has it: a response, a status, a mapping.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            NotFoundError: There is no such image.
            AuthenticationError: It is an image of the system.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.delete_image(image))

    # -- apps ---------------------------------------------------------------------------------

    def create_app(self, app_desc: AppSpec, token: str | None = "") -> CreateResponse:
        """Create an app (POST /apps); its id is its name.

        Args:
            app_desc: The app, checked before it is sent, as an object, a dict or JSON text.
            token: Makes a repeat of the request harmless: at most 64 letters, digits or
                underscores, new for each app. By default each call makes one of its own, unless
                retries are off.

        Returns:
            The new app's name (`.Id` and `.Name`). Its revision is 0.

        Raises:
            ValidationError: Something is missing in the description; the text is its path. Nothing
                was sent.
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
            JsonError: The text is not JSON.
            InvalidParameterError: The service does not accept a value, or the token belongs to
                another description.
            StateConflictError: There is an own app of this name.
        """
        return self._send(operations.create_app(app_desc, token))

    def get_app(self, app_name: AppRef, scope: str = "Private") -> responses.AppResponse:
        """Return an app's public face (GET /apps/{AppName}).

        Args:
            app_name: Name of the app, or what has it: a response, a status, a mapping.
            scope: `Private` for an own app, `Public` for one that everybody may run.

        Returns:
            The app: parameters and settings, without command line, image or environment.

        Raises:
            FieldError: The scope is neither.
            NotFoundError: There is no such app.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.get_app(app_name, scope))

    def get_app_detail(
        self, app: AppRef, qualifier: str | int | None = ""
    ) -> responses.AppDescriptionResponse:
        """Return a revision of an own app in full (GET /apps/{AppName}?Detail=True).

        Args:
            app: Name of the app, or what has it: a response, a status, a mapping.
            qualifier: Number of the revision; empty for the latest.

        Returns:
            The description. It can be edited and given to `modify_app`.

        Raises:
            NotFoundError: There is no such app or revision.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.get_app_detail(app, qualifier))

    def get_app_revisions(self, app_name: AppRef) -> ListResponse[models.AppRevision]:
        """Return an app's revisions (GET /apps/{AppName}?Revisions=True).

        Args:
            app_name: Name of the app, or what has it: a response, a status, a mapping.

        Returns:
            All revisions, ascending, on one page.

        Raises:
            NotFoundError: There is no such app.
            TypeError: An id is missing or blank.
        """
        return self._list(operations.get_app_revisions(app_name))

    def list_apps(
        self,
        scope: str = "Private",
        marker: str | int | None = "",
        max_item_count: int = 50,
        *,
        next_marker: str | int | None = None,
    ) -> ListResponse[models.App]:
        """Return a page of apps (GET /apps).

        Args:
            scope: `Private` for own apps, `Public` for those that everybody may run.
            marker: Where the page begins: `NextMarker` of the one before, "" for the first.
            max_item_count: Items per page, 0 to 100.
            next_marker: The same as `marker`, under the documentation's other name.

        Returns:
            The page. `.all()` yields the items of this and all following pages, `.pages()` the
            pages.

        Raises:
            InvalidParameterError: There is no such scope, or `max_item_count` is out of range.
            TypeError: `marker` and `next_marker` differ.
        """
        return self._list(
            operations.list_apps(scope, operations.page_marker(marker, next_marker), max_item_count)
        )

    def modify_app(self, app_name: AppRef, app_desc: AppSpec) -> ActionResponse:
        """Add a revision to an app (PUT /apps/{AppName}).

        Jobs that are created afterwards use it. Every call adds one, so that none is repeated by
        itself.

        Args:
            app_name: Name of the app, or what has it: a response, a status, a mapping.
            app_desc: The app in full, as an object, a dict or JSON text. It is not checked before
                it is sent.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            TypeError: The description, or a value in it, has the wrong type. Nothing was sent.
            JsonError: The text is not JSON.
            NotFoundError: There is no such app.
            InvalidParameterError: The service does not accept a value; the message names it.
        """
        return self._send(operations.modify_app(app_name, app_desc))

    def delete_app(self, app_name: AppRef, qualifier: str | int | None = "") -> ActionResponse:
        """Delete a revision of an app, or all of it (DELETE /apps/{AppName}).

        Args:
            app_name: Name of the app, or what has it: a response, a status, a mapping.
            qualifier: Number of the revision; empty deletes the app with all its revisions.

        Returns:
            The answer's status and request id; there is nothing else in it.

        Raises:
            NotFoundError: There is no such app or revision.
            TypeError: An id is missing or blank.
        """
        return self._send(operations.delete_app(app_name, qualifier))

    # -- account and helpers ------------------------------------------------------------------

    def get_quotas(self) -> responses.QuotaResponse:
        """Return what the account may use (GET /quotas).

        Returns:
            Types of VMs, disks and payment that the account may use in this region.

        Raises:
            ClientError: The service refuses the request.
        """
        return self._send(operations.get_quotas())

    def get_available_resource(self) -> responses.AvailableResourceResponse:
        """Return the VM, disk and resource types on offer (GET /available).

        Returns:
            Types of VMs with their size, types of disks, and ways of paying, as they can be had
            now.

        Raises:
            ClientError: The service refuses the request.
        """
        return self._send(operations.get_available_resource())

    @overload
    def easy_list(self, resource_type: Literal["jobs"], **filters: Any) -> EasyList[models.Job]: ...
    @overload
    def easy_list(
        self, resource_type: Literal["clusters"], **filters: Any
    ) -> EasyList[models.Cluster]: ...
    @overload
    def easy_list(
        self, resource_type: Literal["images"], *resource_info: str, **filters: Any
    ) -> EasyList[models.Image]: ...
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
        self,
        resource_type: Literal["cluster_instances"],
        *resource_info: *tuple[Ref, str],
        **filters: Any,
    ) -> EasyList[models.ClusterInstance]: ...
    @overload
    def easy_list(
        self, resource_type: Literal["apps"], *resource_info: str, **filters: Any
    ) -> EasyList[models.App]: ...
    @overload
    def easy_list(
        self, resource_type: str, *resource_info: Any, **filters: Any
    ) -> EasyList[Any]: ...
    def easy_list(self, resource_type: str, *resource_info: Any, **filters: Any) -> EasyList[Any]:
        """Return all resources of a kind as one list, fetched page by page as it is looked at.

        The list can be gone over again, asked for its length or an index, and compared with a
        list. `id in client.easy_list("jobs")` stops at the page that has it.

        Args:
            resource_type: `jobs`, `clusters`, `images`, `tasks`, `instances`, `cluster_instances`
                or `apps`.
            *resource_info: What the resources belong to: the job of tasks; the job and the task
                name of instances; the cluster and the group name of cluster instances. Images may
                have a type (`System`), apps a scope (`Public`).
            **filters: Attribute -> the value wanted, a collection of values, or a function that
                says whether a value will do. All must hold.

        Returns:
            The list. Nothing was asked for yet.

        Raises:
            FieldError: There is no such resource type.
            TypeError: What the resources belong to is missing, or is no id.
        """
        from batchcompute.client.easy_list import EasyList, Query

        return EasyList(Query(resource_type, resource_info, filters), self._send)

    def poll(
        self,
        job_ids: Ref | Iterable[Ref],
        timeout: float = 86400,
        interval: float = 3,
        *,
        stop_others: bool = True,
    ) -> list[str]:
        """Wait until all jobs have ended, one has failed, or the time is over.

        Passing failures of the network or the service are waited out, for ten minutes per job at
        the most. A job that ends in Failed or Stopped ends the wait for all. A job that was seen
        before it was released (`AutoRelease`) has finished.

        Args:
            job_ids: One job, or several.
            timeout: Seconds to wait at the most. Requests under way are given up then, though the
                last round of questions has a second.
            interval: Seconds between two rounds of questions.
            stop_others: Whether jobs that have not ended by then are stopped. One that could not
                be stopped because no answer came is named in the log; after ten seconds without
                any answer, no further one is tried.

        Returns:
            `Job <id> failed.` or `Job <id> stopped.` for each such job, `Timeout(<timeout>).`,
            `Invalid job ids: <why>.` if there is something else among them, or an empty list if
            every job finished.

        Raises:
            NotFoundError: There is no such job; a note names it. No job is stopped.
            ClientError: The service refused, and no job is stopped; or it refused to stop one, and
                a note says which, and what would have been returned.
            TransportError: No answer came for ten minutes, or none will ever come: the certificate
                is not trusted, for example. No job is stopped.
        """
        from batchcompute._waiting import poll
        from batchcompute._waiting.driver import run

        pace = self._transport.pace
        steps = poll.poll_steps(job_ids, timeout, interval, stop_others, pace.clock)
        return run(steps, self, pace.sleep)

    def wait_jobs(
        self,
        job_ids: Ref | Iterable[Ref],
        *,
        timeout: float | None = None,
        on_change: Callable[[models.Job], Any] | None = None,
        progress: bool = False,
    ) -> list[models.Job]:
        """Wait until all jobs have ended, however they end.

        Looks soon after each change and more and more rarely without one, with at most one request
        per job and look, and with lists where that takes fewer. Passing failures of the network or
        the service are waited out, for ten minutes at the most. Nothing is ever stopped: Ctrl-C,
        too, ends only the waiting.

        Args:
            job_ids: One job, or several.
            timeout: Seconds to wait at the most; None waits as long as it takes. Requests under way
                are given up then, though the last look has a second.
            on_change: Called with each job whose state or counts have changed.
            progress: Show a live bar per job on standard error; plain lines if rich is not
                installed or standard error is no terminal.

        Returns:
            The jobs in the order given. Whether one has failed is in its `State`. A job that was
            seen before it was released (`AutoRelease`) is as it was last seen, but Finished.

        Raises:
            WaitTimeoutError: Time is over; `last` has the newest state of each job.
            NotFoundError: There is no such job, or it was deleted meanwhile; a note names it.
            TransportError: No answer came for ten minutes, or none will ever come: the certificate
                is not trusted, for example.
            TypeError: There is something else among the ids.
        """
        from batchcompute._waiting import waiters
        from batchcompute._waiting.driver import run

        pace = self._transport.pace
        steps = waiters.wait_jobs(job_ids, timeout, on_change, progress, pace.clock, pace.chance)
        return run(steps, self, pace.sleep)

    def wait_cluster(
        self,
        cluster: Ref,
        *,
        timeout: float | None = None,
        on_change: Callable[[models.Cluster], Any] | None = None,
        progress: bool = False,
    ) -> models.Cluster:
        """Wait until a cluster is active and all VMs that its groups shall have run.

        Args:
            cluster: The cluster.
            timeout: Seconds to wait at the most; None waits as long as it takes. A request under
                way is given up then, though the last look has a second.
            on_change: Called with the cluster when its state or counts have changed.
            progress: Show a live bar on standard error; plain lines if rich is not installed or
                standard error is no terminal.

        Returns:
            The cluster.

        Raises:
            WaitTimeoutError: Time is over; `last` has the cluster's newest state.
            StateConflictError: The cluster is being deleted; its status is that of the answer that
                says so, not of a refusal.
            NotFoundError: There is no such cluster.
            TransportError: No answer came for ten minutes, or none will ever come.
        """
        from batchcompute._waiting import waiters
        from batchcompute._waiting.driver import run

        pace = self._transport.pace
        steps = waiters.wait_cluster(cluster, timeout, on_change, progress, pace.clock, pace.chance)
        return run(steps, self, pace.sleep)
