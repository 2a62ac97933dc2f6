"""What the methods of the clients take, as type checkers see it.

At run time more is accepted, as old programs need it; `batchcompute._operations` says what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import batchcompute_types as types
    from batchcompute_api import models


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

if TYPE_CHECKING:
    JobSpec: TypeAlias = (
        models.JobDescription
        | models.AppJobDescription
        | types.JobDescription
        | types.AppJobDescription
        | Mapping[str, Any]
        | str
    )
    ClusterSpec: TypeAlias = (
        models.ClusterDescription | types.ClusterDescription | Mapping[str, Any] | str
    )
    ModifyClusterSpec: TypeAlias = (
        models.ModifyClusterDescription | types.ModifyClusterDescription | Mapping[str, Any] | str
    )
    ImageSpec: TypeAlias = (
        models.ImageDescription | types.ImageDescription | Mapping[str, Any] | str
    )
    AppSpec: TypeAlias = models.AppDescription | types.AppDescription | Mapping[str, Any] | str
