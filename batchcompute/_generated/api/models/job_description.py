# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class JobDescription(mixins.LocalId, Jsonizable):
    """A job made from a graph of tasks. The answer of get_job_description has one more member, Id, the
    id of the job.

    Attributes:
        Name: Name of the job: 1 to 64 letters, digits, - or _, not starting with a digit. Need
            not be unique.
        Description: Free text, at most 1024 characters.
        Type: Kind of the job, always DAG here.
        Priority: Order among the caller's own jobs, 0 to 1000. Larger runs first.
        JobFailOnInstanceFail: Whether one failed instance fails the whole job at once. If false
            the other instances and tasks go on, the job ends as Finished, and FailedCount shows the
            damage.
        AutoRelease: Delete the job by itself as soon as it has Finished. A job that failed or
            was stopped stays.
        Notification: Where to publish events of the job, its tasks and instances.
        DAG: The tasks and the order between them.
    """

    _required = ("Name", "Priority", "Type", "JobFailOnInstanceFail", "DAG")
    _discriminator = ("Type", ("App",))

    Name: str | None = fields.text()
    Description: str | None = fields.text(default="Batchcompute Python SDK")
    Type: m.DagJobType | None = fields.text(default="DAG")
    Priority: int | None = fields.integer()
    JobFailOnInstanceFail: bool | None = fields.boolean(default=True)
    AutoRelease: bool | None = fields.boolean(default=False)
    Notification: m.Notification = fields.nested(lambda: m.Notification)
    DAG: m.DAG = fields.nested(lambda: m.DAG)

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.JobDescription = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.JobDescription = ...,
            keep_unknown: bool = ...,
            Name: str | None = ...,
            Description: str | None = ...,
            Type: str | None = ...,
            Priority: int | None = ...,
            JobFailOnInstanceFail: bool | None = ...,
            AutoRelease: bool | None = ...,
            Notification: m.Notification | types.Notification | None = ...,
            DAG: m.DAG | types.DAG | None = ...,
        ) -> None: ...
