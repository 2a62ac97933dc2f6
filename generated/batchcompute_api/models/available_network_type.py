# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class AvailableNetworkType(Jsonizable):
    """Networks in which a VM type works.

    Attributes:
        Classic: Whether it works in the classic network.
        Vpc: Whether it works in a VPC.
    """

    _read_only = True

    Classic: bool | None = fields.boolean()
    Vpc: bool | None = fields.boolean()
