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
class AvailableInstanceDesc(Jsonizable):
    """A VM type.

    Attributes:
        InstanceType: Name of the VM type.
        CpuCore: Number of CPU cores.
        MemorySize: Memory in GB.
        Network: Networks in which it works.
    """

    _is_status = True
    _read_only = True

    InstanceType: str = fields.text()
    CpuCore: int = fields.integer()
    MemorySize: int = fields.integer()
    Network: m.AvailableNetworkType = fields.nested(lambda: m.AvailableNetworkType)

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AvailableInstanceDesc = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AvailableInstanceDesc = ...,
            keep_unknown: bool = ...,
            InstanceType: str | None = ...,
            CpuCore: int | None = ...,
            MemorySize: int | None = ...,
            Network: m.AvailableNetworkType | types.AvailableNetworkType | None = ...,
        ) -> None: ...
