# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class AvailableInstanceDesc(Jsonizable):
    """A VM type.

    Attributes:
        InstanceType: Name of the VM type.
        CpuCore: Number of CPU cores.
        MemorySize: Memory in GB.
        Network: Networks in which it works.
    """

    _read_only = True

    InstanceType: str = fields.text()
    CpuCore: int = fields.integer()
    MemorySize: int = fields.integer()
    Network: m.AvailableNetworkType = fields.nested(lambda: m.AvailableNetworkType)
