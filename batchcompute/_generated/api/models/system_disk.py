# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields, mixins
from batchcompute._models.base import Jsonizable


@fields.model
class SystemDisk(mixins.BlankKeeps, Jsonizable):
    """Disk of the operating system.

    Attributes:
        Type: Type of the disk. Empty lets the service choose.
        Size: Size in GB; the hosted service had 40 to 500. Absent means 40 or the size of the
            image, whichever is larger.
    """

    _required = ("Size",)

    Type: m.DiskType | None = fields.text()
    Size: int | None = fields.integer()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.SystemDisk = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.SystemDisk = ...,
            keep_unknown: bool = ...,
            Type: m.DiskType | None = ...,
            Size: int | None = ...,
        ) -> None: ...
