# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


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

    _is_status = True
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
    AvailableResourceType: list[m.ResourceType] = fields.array(fields.Text())
    AvailableSystemDiskType: list[m.DiskType] = fields.array(fields.Text())
    AvailableDataDiskType: list[m.DiskType] = fields.array(fields.Text())

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AvailableResource = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AvailableResource = ...,
            keep_unknown: bool = ...,
            AvailableClusterInstanceType: Sequence[
                m.AvailableInstanceDesc | types.AvailableInstanceDesc
            ]
            | None = ...,
            AvailableSpotInstanceType: Sequence[
                m.AvailableInstanceDesc | types.AvailableInstanceDesc
            ]
            | None = ...,
            AvailablePrepaidInstanceType: Sequence[
                m.AvailableInstanceDesc | types.AvailableInstanceDesc
            ]
            | None = ...,
            AvailableResourceType: list[m.ResourceType] | None = ...,
            AvailableSystemDiskType: list[m.DiskType] | None = ...,
            AvailableDataDiskType: list[m.DiskType] | None = ...,
        ) -> None: ...
