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
class Disks(Jsonizable):
    """The disks of a VM. The hosted service wanted both of the same type.

    Attributes:
        SystemDisk: Disk of the operating system.
        DataDisk: Additional disk, a single one.
    """

    _required = ("SystemDisk", "DataDisk")

    SystemDisk: m.SystemDisk = fields.nested(lambda: m.SystemDisk)
    DataDisk: m.DataDisk = fields.nested(lambda: m.DataDisk)

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Disks = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Disks = ...,
            keep_unknown: bool = ...,
            SystemDisk: m.SystemDisk | types.SystemDisk | None = ...,
            DataDisk: m.DataDisk | types.DataDisk | None = ...,
        ) -> None: ...
