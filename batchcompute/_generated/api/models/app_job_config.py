# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class AppJobConfig(Jsonizable):
    """Resource settings of one run of an App. What is absent is taken from the App.

    Attributes:
        ResourceType: How the VMs are paid for.
        InstanceType: VM type.
        InstanceCount: Number of instances, at least 1.
        MinDiskSize: Size of the system disk in GB.
        DiskType: Type of the system disk.
        MinDataDiskSize: Size of the data disk in GB; 0 means none.
        DataDiskType: Type of the data disk.
        DataDiskMountPoint: Where the data disk is mounted.
        MaxRetryCount: How often a failed instance is run again.
        Timeout: Longest run of one attempt in seconds; 0 means the same as absent.
        ReserveOnFail: Keep the VMs when the run failed, for debugging.
        ClassicNetwork: Known to one family of clients; whether to use the classic network.
        ClusterId: Known to one family of clients; id of a cluster to run on.
    """

    ResourceType: m.ResourceType | None = fields.text()
    InstanceType: str | None = fields.text()
    InstanceCount: int | None = fields.integer()
    MinDiskSize: int | None = fields.integer()
    DiskType: m.DiskType | None = fields.text()
    MinDataDiskSize: int | None = fields.integer()
    DataDiskType: m.DiskType | None = fields.text()
    DataDiskMountPoint: str | None = fields.text()
    MaxRetryCount: int | None = fields.integer()
    Timeout: int | None = fields.integer()
    ReserveOnFail: bool | None = fields.boolean()
    ClassicNetwork: bool | None = fields.boolean()
    ClusterId: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AppJobConfig = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AppJobConfig = ...,
            keep_unknown: bool = ...,
            ResourceType: m.ResourceType | None = ...,
            InstanceType: str | None = ...,
            InstanceCount: int | None = ...,
            MinDiskSize: int | None = ...,
            DiskType: m.DiskType | None = ...,
            MinDataDiskSize: int | None = ...,
            DataDiskType: m.DiskType | None = ...,
            DataDiskMountPoint: str | None = ...,
            MaxRetryCount: int | None = ...,
            Timeout: int | None = ...,
            ReserveOnFail: bool | None = ...,
            ClassicNetwork: bool | None = ...,
            ClusterId: str | None = ...,
        ) -> None: ...
