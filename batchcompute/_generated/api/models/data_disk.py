# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable


@fields.model
class DataDisk(mixins.BlankKeeps, Jsonizable):
    """Additional disk of a VM.

    Attributes:
        Type: Type of the disk. Empty lets the service choose.
        Size: Size in GB; 0 means no data disk. The documented ranges differ (5 to 1000, 1024,
            2000, or 20 to 32768, by type and age), so a server takes what is sent.
        MountPoint: Where the disk is mounted, needed if there is one: a directory on Linux, a
            drive from A: to Z: except C: on Windows.
    """

    _required = ("Size",)

    Type: m.DiskType | None = fields.text()
    Size: int | None = fields.integer()
    MountPoint: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.DataDisk = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.DataDisk = ...,
            keep_unknown: bool = ...,
            Type: m.DiskType | None = ...,
            Size: int | None = ...,
            MountPoint: str | None = ...,
        ) -> None: ...
