"""The operations of a client, each returning the answer as it was received."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    NoReturn,
    ParamSpec,
    Self,
    TypeVar,
    overload,
)

from batchcompute._http.request import Call
from batchcompute._http.response import Answer
from batchcompute.client.synchronous import Client

if TYPE_CHECKING:
    from batchcompute.client.arguments import JobSpec

P = ParamSpec("P")
A_co = TypeVar("A_co", covariant=True)
A = TypeVar("A")


class _Unread(Generic[P]):
    """A method of `RawCalls`: the client's method of the same parameters, with another result.

    Args:
        method: The method of `Client`.
    """

    def __init__(self, method: Callable[Concatenate[Client, P], object]) -> None:
        self._name = method.__name__
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, calls: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, calls: RawCalls[A], owner: type[Any]) -> Callable[P, A]: ...
    def __get__(self, calls: RawCalls[A] | None, owner: type[Any]) -> Self | Callable[P, A]:
        if calls is None:
            return self
        found: Callable[P, A] = getattr(calls.client, self._name)
        return found


class RawCalls(Generic[A_co]):
    """The operations of a client, each returning the `Answer` as it was received.

    They take what the client's methods take. Retries, timeouts and errors are as usual; only the
    body is left as it is. A method of an asynchronous client returns something to be awaited.

    Args:
        client: The client.
    """

    def __init__(self, client: Any) -> None:
        send = client._send

        def unread(call: Call[Any]) -> Any:
            return send(Call(call.operation, call.request, _as_it_is))

        #: A copy of the client that reads nothing; an answer of a list is one like any other.
        self.client = copy.copy(client)
        self.client._send = self.client._list = unread

    def create_job(self, job_desc: JobSpec, token: str | None = "", sync: bool = False) -> A_co:
        """Create a job; see `Client.create_job`."""
        found: A_co = self.client.create_job(job_desc, token, sync)
        return found

    get_job = _Unread(Client.get_job)
    get_job_description = _Unread(Client.get_job_description)
    change_job_priority = _Unread(Client.change_job_priority)
    start_job = _Unread(Client.start_job)
    stop_job = _Unread(Client.stop_job)
    delete_job = _Unread(Client.delete_job)
    list_jobs = _Unread(Client.list_jobs)

    get_task = _Unread(Client.get_task)
    list_tasks = _Unread(Client.list_tasks)
    get_instance = _Unread(Client.get_instance)
    list_instances = _Unread(Client.list_instances)

    create_cluster = _Unread(Client.create_cluster)
    get_cluster = _Unread(Client.get_cluster)
    list_clusters = _Unread(Client.list_clusters)
    delete_cluster = _Unread(Client.delete_cluster)
    modify_cluster = _Unread(Client.modify_cluster)
    change_cluster_desired_vm_count = _Unread(Client.change_cluster_desired_vm_count)
    change_cluster_spot_config = _Unread(Client.change_cluster_spot_config)
    change_cluster_user_data = _Unread(Client.change_cluster_user_data)
    change_cluster_env_vars = _Unread(Client.change_cluster_env_vars)
    change_cluster_input_mapping = _Unread(Client.change_cluster_input_mapping)
    get_cluster_instance = _Unread(Client.get_cluster_instance)
    list_cluster_instances = _Unread(Client.list_cluster_instances)
    recreate_cluster_instance = _Unread(Client.recreate_cluster_instance)
    delete_cluster_instance = _Unread(Client.delete_cluster_instance)

    create_image = _Unread(Client.create_image)
    get_image = _Unread(Client.get_image)
    list_images = _Unread(Client.list_images)
    delete_image = _Unread(Client.delete_image)

    create_app = _Unread(Client.create_app)
    get_app = _Unread(Client.get_app)
    get_app_detail = _Unread(Client.get_app_detail)
    get_app_revisions = _Unread(Client.get_app_revisions)
    list_apps = _Unread(Client.list_apps)
    modify_app = _Unread(Client.modify_app)
    delete_app = _Unread(Client.delete_app)

    get_quotas = _Unread(Client.get_quotas)
    get_available_resource = _Unread(Client.get_available_resource)

    if not TYPE_CHECKING:  # type checkers know the names above, and no others

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(f"{name!r} is not an operation that has an answer of its own")


def _as_it_is(answer: Answer) -> Answer:
    return answer
