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
class Networks(Jsonizable):
    """The network of VMs. VPC excludes Classic in effect.

    Attributes:
        Classic: Rules of the classic network.
        VPC: The virtual private cloud to use.
    """

    Classic: m.Classic = fields.nested(lambda: m.Classic, default={})
    VPC: m.VPC = fields.nested(lambda: m.VPC, default={})

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Networks = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Networks = ...,
            keep_unknown: bool = ...,
            Classic: m.Classic | types.Classic | None = ...,
            VPC: m.VPC | types.VPC | None = ...,
        ) -> None: ...
