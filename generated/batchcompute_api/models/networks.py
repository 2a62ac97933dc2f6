# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class Networks(Jsonizable):
    """The network of VMs. VPC excludes Classic in effect.

    Attributes:
        Classic: Rules of the classic network.
        VPC: The virtual private cloud to use.
    """

    Classic: m.Classic = fields.nested(lambda: m.Classic, default={})
    VPC: m.VPC = fields.nested(lambda: m.VPC, default={})
