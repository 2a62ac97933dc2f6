# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable


@fields.model
class GroupDescription(mixins.BlankKeeps, Jsonizable):
    """A group of equal VMs.

    Attributes:
        DesiredVMCount: Number of VMs wanted, 0 to 65536; the quota of the account is usually
            smaller.
        InstanceType: VM type. Empty means that of the cluster.
        ResourceType: How the VMs are paid for. Empty means OnDemand.
        SpotStrategy: How spot VMs are bid for; only with ResourceType Spot. Empty means none.
        SpotPriceLimit: Highest price per VM and hour; only with SpotWithPriceLimit.
        HostnamePrefix: Start of the host names of the VMs.
        ImageId: Image of this group. Empty or absent means that of the cluster.
        Mode: Known to one family of clients; not documented.
    """

    _required = ("DesiredVMCount",)

    DesiredVMCount: int | None = fields.integer()
    InstanceType: str | None = fields.text()
    ResourceType: m.ResourceType | None = fields.text(default="OnDemand")
    SpotStrategy: m.SpotStrategy | None = fields.text()
    SpotPriceLimit: float | None = fields.number()
    HostnamePrefix: str | None = fields.text()
    ImageId: str | None = fields.text()
    Mode: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.GroupDescription = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.GroupDescription = ...,
            keep_unknown: bool = ...,
            DesiredVMCount: int | None = ...,
            InstanceType: str | None = ...,
            ResourceType: m.ResourceType | None = ...,
            SpotStrategy: m.SpotStrategy | None = ...,
            SpotPriceLimit: float | None = ...,
            HostnamePrefix: str | None = ...,
            ImageId: str | None = ...,
            Mode: str | None = ...,
        ) -> None: ...
