# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class Classic(Jsonizable):
    """Who may be reached in the classic network.

    Attributes:
        AllowSecurityGroup: Security groups that may connect to the VMs.
        AllowSecurityGroupEgress: Security groups that the VMs may connect to.
        AllowIpAddress: Addresses that may connect to the VMs.
        AllowIpAddressEgress: Addresses that the VMs may connect to.
    """

    AllowSecurityGroup: list[str] = fields.array(fields.Text())
    AllowSecurityGroupEgress: list[str] = fields.array(fields.Text())
    AllowIpAddress: list[str] = fields.array(fields.Text())
    AllowIpAddressEgress: list[str] = fields.array(fields.Text())
