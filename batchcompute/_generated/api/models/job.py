# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class Job(mixins.OwnerAlias, mixins.Created, mixins.Timed, mixins.Identified, Jsonizable):
    """The status of a job.

    Attributes:
        Id: Id of the job.
        Name: Name of the job.
        OwnerId: Account that owns the job.
        State: Where the job stands. Finished is final; Stopped and Failed last until the job is
            started again.
        Message: Why the job failed; empty normally.
        CreationTime: When the job was created.
        StartTime: When the job left Waiting; empty before, and again after a new start.
        EndTime: When the job became Finished, Failed or Stopped; empty before.
        TaskMetrics: Number of tasks in each state.
        InstanceMetrics: Number of instances in each state, over all tasks.
        Priority: Current priority. Some answers leave it out.
    """

    _is_status = True
    _read_only = True
    _identity = "Id"

    Id: str = fields.text()
    Name: str = fields.text()
    OwnerId: int = fields.integer()
    State: m.JobState = fields.text()
    Message: str = fields.text()
    CreationTime: datetime = fields.time()
    StartTime: datetime | None = fields.time()
    EndTime: datetime | None = fields.time()
    TaskMetrics: m.TaskMetrics = fields.nested(lambda: m.TaskMetrics)
    InstanceMetrics: m.InstanceMetrics = fields.nested(lambda: m.InstanceMetrics)
    Priority: int | None = fields.integer()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Job = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Job = ...,
            keep_unknown: bool = ...,
            Id: str | None = ...,
            Name: str | None = ...,
            OwnerId: int | None = ...,
            State: m.JobState | None = ...,
            Message: str | None = ...,
            CreationTime: datetime | float | str | None = ...,
            StartTime: datetime | float | str | None = ...,
            EndTime: datetime | float | str | None = ...,
            TaskMetrics: m.TaskMetrics | types.TaskMetrics | None = ...,
            InstanceMetrics: m.InstanceMetrics | types.InstanceMetrics | None = ...,
            Priority: int | None = ...,
        ) -> None: ...
