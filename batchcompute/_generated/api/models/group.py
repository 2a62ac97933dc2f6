# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class Group(Jsonizable):
    """The status of a cluster group.

    Attributes:
        DesiredVMCount: Number of VMs wanted.
        ActualVMCount: Number of VMs present. It follows DesiredVMCount and may lag behind.
        InstanceType: VM type.
        ResourceType: How the VMs are paid for.
        SpotStrategy: How spot VMs are bid for; empty or absent if they are not.
        SpotPriceLimit: Highest price per VM and hour.
        Disks: Disks of the VMs.
        ImageId: Image of the VMs, if it is not that of the cluster.
        HostnamePrefix: Start of the host names of the VMs.
    """

    _is_status = True
    _read_only = True

    DesiredVMCount: int = fields.integer()
    ActualVMCount: int = fields.integer()
    InstanceType: str = fields.text()
    ResourceType: m.ResourceType = fields.text()
    SpotStrategy: m.SpotStrategy | None = fields.text()
    SpotPriceLimit: float | None = fields.number()
    Disks: m.Disks = fields.nested(lambda: m.Disks)
    ImageId: str | None = fields.text()
    HostnamePrefix: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Group = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Group = ...,
            keep_unknown: bool = ...,
            DesiredVMCount: int | None = ...,
            ActualVMCount: int | None = ...,
            InstanceType: str | None = ...,
            ResourceType: m.ResourceType | None = ...,
            SpotStrategy: m.SpotStrategy | None = ...,
            SpotPriceLimit: float | None = ...,
            Disks: m.Disks | types.Disks | None = ...,
            ImageId: str | None = ...,
            HostnamePrefix: str | None = ...,
        ) -> None: ...
