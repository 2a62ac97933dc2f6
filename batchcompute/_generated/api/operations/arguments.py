# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""Define the argument types of the client methods; at run time more is accepted."""

from __future__ import annotations

from collections.abc import Mapping, Reversible
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypedDict

if TYPE_CHECKING:
    from batchcompute._generated import types
    from batchcompute._generated.api import models


class HasId(Protocol):
    """Anything with the attribute Id."""

    @property
    def Id(self) -> str:
        """Identifier of the resource."""
        ...


class HasInstanceId(Protocol):
    """Anything with the attribute InstanceId."""

    @property
    def InstanceId(self) -> int:
        """Identifier of the resource."""
        ...


class HasName(Protocol):
    """Anything with the attribute Name."""

    @property
    def Name(self) -> str:
        """Identifier of the resource."""
        ...


class HasTaskName(Protocol):
    """Anything with the attribute TaskName."""

    @property
    def TaskName(self) -> str:
        """Identifier of the resource."""
        ...


#: What names a thing: the value itself, or what has it.
AppRef: TypeAlias = str | HasId | HasName | Mapping[str, Any]
#: What names a thing: the value itself, or what has it.
InstanceRef: TypeAlias = int | str | HasInstanceId | Mapping[str, Any]
#: What names a thing: the value itself, or what has it.
Ref: TypeAlias = str | HasId | Mapping[str, Any]
#: What names a thing: the value itself, or what has it.
TaskRef: TypeAlias = str | HasTaskName | Mapping[str, Any]

# Type checkers look into a literal as deep as it is. A general mapping beside the typed dicts would
# let every literal through, so a `dict[str, Any]` goes by its class: `JobDescription(d)`.
if TYPE_CHECKING:
    AppSpec: TypeAlias = models.AppDescription | types.AppDescription | str
    ClusterSpec: TypeAlias = models.ClusterDescription | types.ClusterDescription | str
    ImageSpec: TypeAlias = models.ImageDescription | types.ImageDescription | str

    class AnnotateItOrPassJobDescriptionOfIt:
        """What type checkers say is expected instead of a `dict[str, Any]`."""

    JobSpec: TypeAlias = (
        models.JobDescription
        | types.JobDescription
        | models.AppJobDescription
        | types.AppJobDescription
        | str
        | Reversible[AnnotateItOrPassJobDescriptionOfIt]
    )
    ModifyClusterSpec: TypeAlias = (
        models.ModifyClusterDescription | types.ModifyClusterDescription | str
    )


class ListJobsFilters(TypedDict, total=False):
    """Filters of `list_jobs` under their wire names."""

    State: types.JobState | Literal[""] | None
    ClusterId: str | None
    ProjectId: str | None
    OrderBy: types.JobOrderKey | Literal[""] | None
    IsReverse: bool | None | str


class ListTasksFilters(TypedDict, total=False):
    """Filters of `list_tasks` under their wire names."""

    State: types.JobState | Literal[""] | None
    ClusterId: str | None


class ListInstancesFilters(TypedDict, total=False):
    """Filters of `list_instances` under their wire names."""

    State: types.JobState | Literal[""] | None


__all__ = (
    "HasId",
    "HasInstanceId",
    "HasName",
    "HasTaskName",
    "AppRef",
    "InstanceRef",
    "Ref",
    "TaskRef",
    "ListJobsFilters",
    "ListTasksFilters",
    "ListInstancesFilters",
)
