# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable


@fields.model
class InstanceAttempt(mixins.Timed, Jsonizable):
    """One attempt to run an instance.

    Attributes:
        Number: Which attempt it is, from 1 on. It grows over restarts of the job as well, and
            numbers of attempts whose program never began may be missing.
        State: Failed for every attempt that another one followed or may follow, and the state
            of the instance for the newest one.
        MachineId: The VM that it was given to; empty if that is not known any more.
        StartTime: When its program began; empty if that is not known.
        EndTime: When it ended; empty if it did not.
        ExitCode: Exit code of its program; 0 if it did not exit.
        ErrorCode: The kind of an end that is not the program's own, such as TimedOut or
            AttemptLost; else empty. What was lost does not count for MaxRetryCount.
        Reason: How it failed, in a few words; empty if it did not.
    """

    _is_status = True
    _read_only = True

    Number: int = fields.integer()
    State: m.JobState = fields.text()
    MachineId: str = fields.text()
    StartTime: datetime | None = fields.time()
    EndTime: datetime | None = fields.time()
    ExitCode: int = fields.integer()
    ErrorCode: str = fields.text()
    Reason: str = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.InstanceAttempt = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.InstanceAttempt = ...,
            keep_unknown: bool = ...,
            Number: int | None = ...,
            State: m.JobState | None = ...,
            MachineId: str | None = ...,
            StartTime: datetime | float | str | None = ...,
            EndTime: datetime | float | str | None = ...,
            ExitCode: int | None = ...,
            ErrorCode: str | None = ...,
            Reason: str | None = ...,
        ) -> None: ...
