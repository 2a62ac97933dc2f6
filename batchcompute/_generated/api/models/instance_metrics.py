# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class InstanceMetrics(Jsonizable):
    """Number of instances in each state.

    Attributes:
        WaitingCount: Number of instances that wait, for the first time or for a retry.
        RunningCount: Number of instances that run.
        FinishedCount: Number of instances that have finished.
        FailedCount: Number of instances that have failed for good.
        StoppedCount: Number of instances that were stopped with their job.
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
            properties: Mapping[str, Any] | str | bytes | m.InstanceMetrics = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.InstanceMetrics = ...,
            keep_unknown: bool = ...,
            WaitingCount: int | None = ...,
            RunningCount: int | None = ...,
            FinishedCount: int | None = ...,
            FailedCount: int | None = ...,
            StoppedCount: int | None = ...,
        ) -> None: ...
