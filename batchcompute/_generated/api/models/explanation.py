# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class Explanation(Jsonizable):
    """Why a job, a task, an instance or a cluster is in its state. An extension of the service that
    comes with this contract: the hosted one does not have it.

    Attributes:
        State: The state of what is explained, at the same moment: one of JobState, or of
            ClusterState for a cluster.
        Code: The kind of the reason, for programs.
        Reason: The reason, as one sentence for people. It is never empty.
        Details: The numbers of the sentence and those behind it, by name, for example
            AheadCount, DesiredVMCount, ExitCode or Seconds.
        Related: What the sentence is about, by kind: JobId, TaskName, InstanceId, ClusterId,
            GroupName, MachineId or ErrorCode. A kind that is missing is that of the thing itself,
            or none.
        Since: Since when it is so; empty if that is not known.
    """

    _is_status = True
    _read_only = True

    State: str = fields.text()
    Code: m.ExplanationCode = fields.text()
    Reason: str = fields.text()
    Details: dict[str, float] = fields.mapping(fields.Number())
    Related: dict[str, str] = fields.mapping(fields.Text())
    Since: datetime | None = fields.time()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Explanation = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Explanation = ...,
            keep_unknown: bool = ...,
            State: str | None = ...,
            Code: m.ExplanationCode | None = ...,
            Reason: str | None = ...,
            Details: Mapping[str, float] | None = ...,
            Related: Mapping[str, str] | None = ...,
            Since: datetime | float | str | None = ...,
        ) -> None: ...
