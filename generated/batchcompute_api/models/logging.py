# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class Logging(Jsonizable):
    """Where the output of an App run goes.

    Attributes:
        StdoutPath: Place in the store (oss://...) for standard output.
        StderrPath: Place in the store (oss://...) for standard error.
    """

    StdoutPath: str | None = fields.text()
    StderrPath: str | None = fields.text()
