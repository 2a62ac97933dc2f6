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
class SynchronousInstance(mixins.OutputLookup, mixins.Timed, mixins.Identified, Jsonizable):
    """A run of an App that was waited for.

    Attributes:
        RequestId: Id of the request, which also identifies the run.
        StartTime: When the run began.
        EndTime: When the run ended.
        Outputs: Where the outputs went, by name of the output parameter.
        Error: Why the run failed; empty texts if it did not.
    """

    _is_status = True
    _read_only = True
    _identity = "RequestId"

    RequestId: str = fields.text()
    StartTime: datetime | None = fields.time()
    EndTime: datetime | None = fields.time()
    Outputs: dict[str, Any] = fields.mapping()
    Error: m.InstanceError = fields.nested(lambda: m.InstanceError)

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.SynchronousInstance = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.SynchronousInstance = ...,
            keep_unknown: bool = ...,
            RequestId: str | None = ...,
            StartTime: datetime | float | str | None = ...,
            EndTime: datetime | float | str | None = ...,
            Outputs: Mapping[str, Any] | None = ...,
            Error: m.InstanceError | types.InstanceError | None = ...,
        ) -> None: ...
