# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class AvailableResource(Jsonizable):
    """What can be had in the region now.

    Attributes:
        AvailableClusterInstanceType: VM types.
        AvailableSpotInstanceType: VM types that can be had as spot VMs.
        AvailablePrepaidInstanceType: VM types that are paid for in advance.
        AvailableResourceType: Ways of paying for VMs.
        AvailableSystemDiskType: Types of system disks.
        AvailableDataDiskType: Types of data disks.
    """

    _read_only = True

    AvailableClusterInstanceType: list[m.AvailableInstanceDesc] = fields.array(
        fields.Nested(lambda: m.AvailableInstanceDesc)
    )
    AvailableSpotInstanceType: list[m.AvailableInstanceDesc] = fields.array(
        fields.Nested(lambda: m.AvailableInstanceDesc)
    )
    AvailablePrepaidInstanceType: list[m.AvailableInstanceDesc] = fields.array(
        fields.Nested(lambda: m.AvailableInstanceDesc)
    )
    AvailableResourceType: list[str] = fields.array(fields.Text())
    AvailableSystemDiskType: list[str] = fields.array(fields.Text())
    AvailableDataDiskType: list[str] = fields.array(fields.Text())
