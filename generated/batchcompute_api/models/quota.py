# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class Quota(Jsonizable):
    """What the account may use in the region.

    Attributes:
        AvailableClusterResourceType: Ways of paying for VMs. Older answers lack it.
        AvailableClusterInstanceType: VM types.
        AvailableSpotInstanceType: VM types that can be had as spot VMs. Older answers lack it.
        AvailableClusterInstanceSystemDiskType: Types of system disks.
        AvailableClusterInstanceDataDiskType: Types of data disks.
    """

    _read_only = True

    AvailableClusterResourceType: list[str] = fields.array(fields.Text())
    AvailableClusterInstanceType: list[str] = fields.array(fields.Text())
    AvailableSpotInstanceType: list[str] = fields.array(fields.Text())
    AvailableClusterInstanceSystemDiskType: list[str] = fields.array(fields.Text())
    AvailableClusterInstanceDataDiskType: list[str] = fields.array(fields.Text())
