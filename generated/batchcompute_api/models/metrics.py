# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class Metrics(Jsonizable):
    """Number of a cluster's VMs in each state. The counts may lag behind.

    Attributes:
        RunningCount: Number of VMs that run.
        StartingCount: Number of VMs that start.
        StoppingCount: Number of VMs that are being released.
        StoppedCount: Number of VMs that are released but still listed.
    """

    _read_only = True

    RunningCount: int = fields.integer()
    StartingCount: int = fields.integer()
    StoppingCount: int = fields.integer()
    StoppedCount: int = fields.integer()
