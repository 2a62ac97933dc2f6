# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class Metrics(Jsonizable):
    """Number of a cluster's VMs in each state. The counts may lag behind.

    Attributes:
        RunningCount: Number of VMs that run.
        StartingCount: Number of VMs that start.
        StoppingCount: Number of VMs that are being released.
        StoppedCount: Number of VMs that are released but still listed.
    """

    _is_status = True
    _read_only = True

    RunningCount: int = fields.integer()
    StartingCount: int = fields.integer()
    StoppingCount: int = fields.integer()
    StoppedCount: int = fields.integer()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Metrics = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Metrics = ...,
            keep_unknown: bool = ...,
            RunningCount: int | None = ...,
            StartingCount: int | None = ...,
            StoppingCount: int | None = ...,
            StoppedCount: int | None = ...,
        ) -> None: ...
