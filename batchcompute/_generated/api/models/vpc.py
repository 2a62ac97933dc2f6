# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class VPC(Jsonizable):
    """A virtual private cloud. VM types starting with bcs. do not work inside one. Once any member of
    the express connection is given, OppositeRouterId, OppositeAccessPointId and OppositeRegionId
    are mandatory.

    Attributes:
        CidrBlock: Address range; the hosted service had those within 10.0.0.0/8, 172.16.0.0/12
            or 192.168.0.0/16 with a prefix of up to 24 bits. Older clients fill in 192.168.0.0/16.
        VpcId: The caller's own VPC; needs a CidrBlock inside it.
        ExpressConnectSpec: Size of an express connection, such as Large.2.
        OppositeRegionId: Region of the far end of the express connection.
        OppositeAccessPointId: Access point of the far end.
        OppositeRouterType: Kind of router at the far end, such as VRouter.
        OppositeRouterId: Router at the far end.
        OppositeInterfaceId: Router interface at the far end.
    """

    CidrBlock: str | None = fields.text()
    VpcId: str | None = fields.text()
    ExpressConnectSpec: str | None = fields.text()
    OppositeRegionId: str | None = fields.text()
    OppositeAccessPointId: str | None = fields.text()
    OppositeRouterType: str | None = fields.text()
    OppositeRouterId: str | None = fields.text()
    OppositeInterfaceId: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.VPC = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.VPC = ...,
            keep_unknown: bool = ...,
            CidrBlock: str | None = ...,
            VpcId: str | None = ...,
            ExpressConnectSpec: str | None = ...,
            OppositeRegionId: str | None = ...,
            OppositeAccessPointId: str | None = ...,
            OppositeRouterType: str | None = ...,
            OppositeRouterId: str | None = ...,
            OppositeInterfaceId: str | None = ...,
        ) -> None: ...
