# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute import mixins
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class Configs(mixins.DiskSetup, Jsonizable):
    """Disks, networks and mounts of VMs.

    Attributes:
        Disks: System and data disk.
        Networks: Classic network or VPC.
        Mounts: Directories to mount.
    """

    _required = ("Disks",)

    Disks: m.Disks = fields.nested(lambda: m.Disks)
    Networks: m.Networks = fields.nested(
        lambda: m.Networks, default={"VPC": {"CidrBlock": "192.168.0.0/16"}}
    )
    Mounts: m.Mounts = fields.nested(lambda: m.Mounts)
