# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class InstanceError(Jsonizable):
    """Why the run of an App failed; empty texts if it did not.

    Attributes:
        Code: Kind of the failure. Free text; there is no published list.
        Message: Text about the failure.
    """

    _read_only = True

    Code: str | None = fields.text()
    Message: str | None = fields.text()
