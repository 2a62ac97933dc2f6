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
class Task(mixins.Timed, mixins.Identified, Jsonizable):
    """The status of a task.

    Attributes:
        TaskName: Name of the task.
        State: Where the task stands.
        StartTime: When the task left Waiting; empty before.
        EndTime: When the task became Finished, Failed or Stopped; empty before.
        InstanceMetrics: Number of the task's instances in each state.
    """

    _is_status = True
    _read_only = True
    _identity = "TaskName"

    TaskName: str = fields.text()
    State: m.JobState = fields.text()
    StartTime: datetime | None = fields.time()
    EndTime: datetime | None = fields.time()
    InstanceMetrics: m.InstanceMetrics = fields.nested(lambda: m.InstanceMetrics)

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Task = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Task = ...,
            keep_unknown: bool = ...,
            TaskName: str | None = ...,
            State: m.JobState | None = ...,
            StartTime: datetime | float | str | None = ...,
            EndTime: datetime | float | str | None = ...,
            InstanceMetrics: m.InstanceMetrics | types.InstanceMetrics | None = ...,
        ) -> None: ...
