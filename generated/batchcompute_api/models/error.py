# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class Error(Jsonizable):
    """Why a request was refused or failed.

    Attributes:
        Code: Kind of the failure, such as InvalidResource.NotFound. A stable text to branch on;
            new ones may appear.
        Message: Text for people. It may change at any time.
        RequestId: The same as the header x-acs-request-id. Some answers have it.
        HostId: Host that answered. Old answers have it.
    """

    _read_only = True

    Code: str = fields.text()
    Message: str = fields.text()
    RequestId: str | None = fields.text()
    HostId: str | None = fields.text()
