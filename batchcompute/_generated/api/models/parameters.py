# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class Parameters(Jsonizable):
    """What a task runs, and where its output goes.

    Attributes:
        Command: The program.
        InputMappingConfig: How InputMapping is mounted.
        StdoutRedirectPath: Directory in the store (oss://.../) for standard output, written at
            the end of each attempt as stdout.JobId.TaskName.InstanceId. Empty means that output is
            discarded.
        StderrRedirectPath: The same for standard error, written as
            stderr.JobId.TaskName.InstanceId.
    """

    _required = ("Command", "InputMappingConfig", "StdoutRedirectPath", "StderrRedirectPath")

    Command: m.Command = fields.nested(lambda: m.Command, default={})
    InputMappingConfig: m.InputMappingConfig = fields.nested(
        lambda: m.InputMappingConfig, default={}
    )
    StdoutRedirectPath: str | None = fields.text()
    StderrRedirectPath: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Parameters = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Parameters = ...,
            keep_unknown: bool = ...,
            Command: m.Command | types.Command | None = ...,
            InputMappingConfig: m.InputMappingConfig | types.InputMappingConfig | None = ...,
            StdoutRedirectPath: str | None = ...,
            StderrRedirectPath: str | None = ...,
        ) -> None: ...
