# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class AppConfig(mixins.SettingSetup, Jsonizable):
    """Resource settings of an App. What is absent has the default that its member names.

    Attributes:
        ResourceType: How the VMs are paid for; OnDemand by default.
        InstanceType: VM type; by default the service picks.
        InstanceCount: Number of instances; 1 by default.
        MinDiskSize: Size of the system disk in GB; 40 by default.
        DiskType: Type of the system disk; cloud_efficiency by default.
        MinDataDiskSize: Size of the data disk in GB; 0, that is none, by default.
        DataDiskType: Type of the data disk; cloud_efficiency by default.
        DataDiskMountPoint: Where the data disk is mounted; empty by default.
        MaxRetryCount: How often a failed instance is run again; 0 by default.
        Timeout: Longest run of one attempt in seconds; 86400 by default.
    """

    ResourceType: m.StringSetting = fields.nested(
        lambda: m.StringSetting, on_read={"Default": "OnDemand"}
    )
    InstanceType: m.StringSetting = fields.nested(lambda: m.StringSetting, on_read={"Default": ""})
    InstanceCount: m.IntegerSetting = fields.nested(
        lambda: m.IntegerSetting, on_read={"Default": 1}
    )
    MinDiskSize: m.IntegerSetting = fields.nested(lambda: m.IntegerSetting, on_read={"Default": 40})
    DiskType: m.StringSetting = fields.nested(
        lambda: m.StringSetting, on_read={"Default": "cloud_efficiency"}
    )
    MinDataDiskSize: m.IntegerSetting = fields.nested(
        lambda: m.IntegerSetting, on_read={"Default": 0}
    )
    DataDiskType: m.StringSetting = fields.nested(
        lambda: m.StringSetting, on_read={"Default": "cloud_efficiency"}
    )
    DataDiskMountPoint: m.StringSetting = fields.nested(
        lambda: m.StringSetting, on_read={"Default": ""}
    )
    MaxRetryCount: m.IntegerSetting = fields.nested(
        lambda: m.IntegerSetting, on_read={"Default": 0}
    )
    Timeout: m.IntegerSetting = fields.nested(lambda: m.IntegerSetting, on_read={"Default": 86400})

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AppConfig = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AppConfig = ...,
            keep_unknown: bool = ...,
            ResourceType: m.StringSetting | types.StringSetting | None = ...,
            InstanceType: m.StringSetting | types.StringSetting | None = ...,
            InstanceCount: m.IntegerSetting | types.IntegerSetting | None = ...,
            MinDiskSize: m.IntegerSetting | types.IntegerSetting | None = ...,
            DiskType: m.StringSetting | types.StringSetting | None = ...,
            MinDataDiskSize: m.IntegerSetting | types.IntegerSetting | None = ...,
            DataDiskType: m.StringSetting | types.StringSetting | None = ...,
            DataDiskMountPoint: m.StringSetting | types.StringSetting | None = ...,
            MaxRetryCount: m.IntegerSetting | types.IntegerSetting | None = ...,
            Timeout: m.IntegerSetting | types.IntegerSetting | None = ...,
        ) -> None: ...
