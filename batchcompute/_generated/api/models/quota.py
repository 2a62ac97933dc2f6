# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


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

    _is_status = True
    _read_only = True

    AvailableClusterResourceType: list[m.ResourceType] = fields.array(fields.Text())
    AvailableClusterInstanceType: list[str] = fields.array(fields.Text())
    AvailableSpotInstanceType: list[str] = fields.array(fields.Text())
    AvailableClusterInstanceSystemDiskType: list[m.DiskType] = fields.array(fields.Text())
    AvailableClusterInstanceDataDiskType: list[m.DiskType] = fields.array(fields.Text())

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Quota = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Quota = ...,
            keep_unknown: bool = ...,
            AvailableClusterResourceType: list[m.ResourceType] | None = ...,
            AvailableClusterInstanceType: list[str] | None = ...,
            AvailableSpotInstanceType: list[str] | None = ...,
            AvailableClusterInstanceSystemDiskType: list[m.DiskType] | None = ...,
            AvailableClusterInstanceDataDiskType: list[m.DiskType] | None = ...,
        ) -> None: ...
