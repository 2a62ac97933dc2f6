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
class Instance(mixins.OutputLookup, mixins.Timed, mixins.Identified, Jsonizable):
    """The status of an instance, one run of a task's command.

    Attributes:
        InstanceId: Number of the instance, from 0 to InstanceCount - 1.
        State: Where the instance stands. It waits again before each retry.
        StartTime: When the instance left Waiting; empty before.
        EndTime: When the instance became Finished, Failed or Stopped; empty before.
        RetryCount: Retries so far.
        Progress: Progress in percent, 0 to 100. Usually 0 until the end.
        StdoutRedirectPath: Object with the standard output. It may be missing for an instance
            that never ran.
        StderrRedirectPath: Object with the standard error. It may be missing for an instance
            that never ran.
        Result: How the last attempt ended; 0 and empty until known.
        NodeIp: Address of the VM.
        Error: Why the run of an App failed; only in App jobs.
        Outputs: Where the outputs went, by name of the output parameter; only in App jobs.
    """

    _is_status = True
    _read_only = True
    _identity = "InstanceId"

    InstanceId: int = fields.integer()
    State: m.JobState = fields.text()
    StartTime: datetime | None = fields.time()
    EndTime: datetime | None = fields.time()
    RetryCount: int = fields.integer()
    Progress: int = fields.integer()
    StdoutRedirectPath: str = fields.text()
    StderrRedirectPath: str = fields.text()
    Result: m.Result = fields.nested(lambda: m.Result)
    NodeIp: str | None = fields.text()
    Error: m.InstanceError = fields.nested(lambda: m.InstanceError)
    Outputs: dict[str, Any] = fields.mapping()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Instance = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Instance = ...,
            keep_unknown: bool = ...,
            InstanceId: int | None = ...,
            State: m.JobState | None = ...,
            StartTime: datetime | float | str | None = ...,
            EndTime: datetime | float | str | None = ...,
            RetryCount: int | None = ...,
            Progress: int | None = ...,
            StdoutRedirectPath: str | None = ...,
            StderrRedirectPath: str | None = ...,
            Result: m.Result | types.Result | None = ...,
            NodeIp: str | None = ...,
            Error: m.InstanceError | types.InstanceError | None = ...,
            Outputs: Mapping[str, Any] | None = ...,
        ) -> None: ...
