# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class ModifyGroupDescription(Jsonizable):
    """Changes to a group. What is absent stays.

    Attributes:
        DesiredVMCount: Number of VMs wanted, 0 to 65536.
        InstanceType: VM type of VMs that are made from now on.
        SpotStrategy: How spot VMs are bid for. Empty means none.
        SpotPriceLimit: Highest price per VM and hour, at most three decimals; only with
            SpotWithPriceLimit.
    """

    DesiredVMCount: int | None = fields.integer()
    InstanceType: str | None = fields.text()
    SpotStrategy: str | None = fields.text()
    SpotPriceLimit: float | None = fields.number()
