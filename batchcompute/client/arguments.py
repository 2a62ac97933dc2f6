"""What the methods of the clients take, as type checkers see it.

At run time more is accepted, as old programs need it; `batchcompute.client._operations` says what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypedDict

if TYPE_CHECKING:
    import batchcompute_types as types
    import httpx
    from batchcompute_api import models

    from batchcompute._http.headers import HeaderValue
    from batchcompute._http.options import TimeoutSpec
    from batchcompute.config import Credentials
    from batchcompute.retry import RetryPolicy


class HasId(Protocol):
    """A response or status with an id."""

    @property
    def Id(self) -> str:
        """Id of the resource."""
        ...


class HasName(Protocol):
    """A status that is known by its name, such as an app's."""

    @property
    def Name(self) -> str:
        """Name of the resource."""
        ...


class HasTaskName(Protocol):
    """A task's status."""

    @property
    def TaskName(self) -> str:
        """The task's name."""
        ...


class HasInstanceId(Protocol):
    """An instance's status."""

    @property
    def InstanceId(self) -> int:
        """The instance's number."""
        ...


class _AnyClientOptions(TypedDict, total=False):
    """Keywords of both clients' constructors."""

    region: str
    access_key_id: str | None
    access_key_secret: str | None
    security_token: str | None
    security_conn: bool | None
    human_readable: bool
    timeout: TimeoutSpec
    retry: RetryPolicy | None
    credentials: Credentials | Callable[[], Credentials] | None
    default_headers: Mapping[str, HeaderValue] | None


class ClientOptions(_AnyClientOptions, total=False):
    """Keywords of `Client`."""

    http_client: httpx.Client | None


class AsyncClientOptions(_AnyClientOptions, total=False):
    """Keywords of `AsyncClient`."""

    http_client: httpx.AsyncClient | None


#: A job, cluster, image or VM: its id, or what has one.
Ref: TypeAlias = str | HasId | Mapping[str, Any]
#: An app: its name, or what has it.
AppRef: TypeAlias = str | HasId | HasName | Mapping[str, Any]
#: A task of a job: its name, or what has it.
TaskRef: TypeAlias = str | HasTaskName | Mapping[str, Any]
#: An instance of a task: its number, or what has it.
InstanceRef: TypeAlias = int | str | HasInstanceId | Mapping[str, Any]
#: Value of a list's filter under its wire name.
FilterValue: TypeAlias = str | bool | None

# Type checkers look into a literal as deep as it is. A general mapping beside the typed dicts would
# let every literal through, so a `dict[str, Any]` goes by its class: `JobDescription(d)`.
if TYPE_CHECKING:
    JobSpec: TypeAlias = (
        models.JobDescription
        | models.AppJobDescription
        | types.JobDescription
        | types.AppJobDescription
        | str
    )
    ClusterSpec: TypeAlias = models.ClusterDescription | types.ClusterDescription | str
    ModifyClusterSpec: TypeAlias = (
        models.ModifyClusterDescription | types.ModifyClusterDescription | str
    )
    ImageSpec: TypeAlias = models.ImageDescription | types.ImageDescription | str
    AppSpec: TypeAlias = models.AppDescription | types.AppDescription | str
