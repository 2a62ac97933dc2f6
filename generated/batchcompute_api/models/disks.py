# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class Disks(Jsonizable):
    """The disks of a VM. Both must be of the same type.

    Attributes:
        SystemDisk: Disk of the operating system.
        DataDisk: Additional disk, a single one.
    """

    _required = ("SystemDisk", "DataDisk")

    SystemDisk: m.SystemDisk = fields.nested(lambda: m.SystemDisk)
    DataDisk: m.DataDisk = fields.nested(lambda: m.DataDisk)
