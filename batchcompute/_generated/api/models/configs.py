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

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Configs = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Configs = ...,
            keep_unknown: bool = ...,
            Disks: m.Disks | types.Disks | None = ...,
            Networks: m.Networks | types.Networks | None = ...,
            Mounts: m.Mounts | types.Mounts | None = ...,
        ) -> None: ...
