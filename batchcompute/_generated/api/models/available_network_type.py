# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class AvailableNetworkType(Jsonizable):
    """Networks in which a VM type works.

    Attributes:
        Classic: Whether it works in the classic network.
        Vpc: Whether it works in a VPC.
    """

    _is_status = True
    _read_only = True

    Classic: bool | None = fields.boolean()
    Vpc: bool | None = fields.boolean()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.AvailableNetworkType = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.AvailableNetworkType = ...,
            keep_unknown: bool = ...,
            Classic: bool | None = ...,
            Vpc: bool | None = ...,
        ) -> None: ...
