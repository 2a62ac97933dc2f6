# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


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
