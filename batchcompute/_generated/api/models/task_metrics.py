# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class TaskMetrics(Jsonizable):
    """Number of tasks in each state.

    Attributes:
        WaitingCount: Number of tasks that wait.
        RunningCount: Number of tasks that run.
        FinishedCount: Number of tasks that have finished.
        FailedCount: Number of tasks that have failed.
        StoppedCount: Number of tasks that were stopped.
    """

    _is_status = True
    _read_only = True

    WaitingCount: int = fields.integer()
    RunningCount: int = fields.integer()
    FinishedCount: int = fields.integer()
    FailedCount: int = fields.integer()
    StoppedCount: int = fields.integer()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.TaskMetrics = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.TaskMetrics = ...,
            keep_unknown: bool = ...,
            WaitingCount: int | None = ...,
            RunningCount: int | None = ...,
            FinishedCount: int | None = ...,
            FailedCount: int | None = ...,
            StoppedCount: int | None = ...,
        ) -> None: ...
