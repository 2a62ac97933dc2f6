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
class AppJobDescription(mixins.LocalId, Jsonizable):
    """A job made from an App. The answer of get_job_description has one more member, Id, the id of the
    job.

    Attributes:
        Name: Name of the job: 1 to 100 letters, digits, - or _. Need not be unique.
        Type: Kind of the job, always App here.
        Description: Free text, at most 1000 characters.
        Priority: Order among the caller's own jobs, 0 to 1000. Larger runs first.
        JobFailOnInstanceFail: Whether one failed instance fails the whole job at once.
        AutoRelease: Delete the job by itself as soon as it has Finished.
        Notification: Where to publish events of the job.
        App: The App and its arguments.
    """

    _required = ("Name", "Type", "App")
    _discriminator = ("Type", ("DAG",))

    Name: str | None = fields.text()
    Type: m.AppJobType | None = fields.text()
    Description: str | None = fields.text()
    Priority: int | None = fields.integer()
    JobFailOnInstanceFail: bool | None = fields.boolean()
    AutoRelease: bool | None = fields.boolean()
    Notification: m.Notification = fields.nested(lambda: m.Notification)
    App: m.AppJob = fields.nested(lambda: m.AppJob, default={})

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AppJobDescription = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AppJobDescription = ...,
            keep_unknown: bool = ...,
            Name: str | None = ...,
            Type: str | None = ...,
            Description: str | None = ...,
            Priority: int | None = ...,
            JobFailOnInstanceFail: bool | None = ...,
            AutoRelease: bool | None = ...,
            Notification: m.Notification | types.Notification | None = ...,
            App: m.AppJob | types.AppJob | None = ...,
        ) -> None: ...
