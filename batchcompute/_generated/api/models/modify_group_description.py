# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class ModifyGroupDescription(Jsonizable):
    """Changes to a group. What is absent stays.

    Attributes:
        DesiredVMCount: Number of VMs wanted, 0 to 65536.
        InstanceType: VM type of VMs that are made from now on.
        SpotStrategy: How spot VMs are bid for. Empty means none.
        SpotPriceLimit: Highest price per VM and hour; only with SpotWithPriceLimit.
    """

    DesiredVMCount: int | None = fields.integer()
    InstanceType: str | None = fields.text()
    SpotStrategy: m.SpotStrategy | None = fields.text()
    SpotPriceLimit: float | None = fields.number()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.ModifyGroupDescription = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.ModifyGroupDescription = ...,
            keep_unknown: bool = ...,
            DesiredVMCount: int | None = ...,
            InstanceType: str | None = ...,
            SpotStrategy: m.SpotStrategy | None = ...,
            SpotPriceLimit: float | None = ...,
        ) -> None: ...
