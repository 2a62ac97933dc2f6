# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class Classic(Jsonizable):
    """Who may be reached in the classic network.

    Attributes:
        AllowSecurityGroup: Security groups that may connect to the VMs.
        AllowSecurityGroupEgress: Security groups that the VMs may connect to.
        AllowIpAddress: Addresses that may connect to the VMs.
        AllowIpAddressEgress: Addresses that the VMs may connect to.
    """

    AllowSecurityGroup: list[str] = fields.array(fields.Text())
    AllowSecurityGroupEgress: list[str] = fields.array(fields.Text())
    AllowIpAddress: list[str] = fields.array(fields.Text())
    AllowIpAddressEgress: list[str] = fields.array(fields.Text())

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.Classic = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.Classic = ...,
            keep_unknown: bool = ...,
            AllowSecurityGroup: list[str] | None = ...,
            AllowSecurityGroupEgress: list[str] | None = ...,
            AllowIpAddress: list[str] | None = ...,
            AllowIpAddressEgress: list[str] | None = ...,
        ) -> None: ...
