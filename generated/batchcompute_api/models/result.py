# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class Result(Jsonizable):
    """How an attempt ended.

    Attributes:
        ExitCode: Exit code of the program; 0 is success, and 0 until the program has run.
        ErrorCode: Kind of a failure that is not the program's own, such as a download or a
            timeout. Free text; there is no published list.
        ErrorMessage: Text about such a failure.
        Detail: More about such a failure.
    """

    _read_only = True

    ExitCode: int = fields.integer()
    ErrorCode: str = fields.text()
    ErrorMessage: str = fields.text()
    Detail: str = fields.text()
