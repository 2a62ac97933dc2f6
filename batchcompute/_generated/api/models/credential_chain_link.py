# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class CredentialChainLink(Jsonizable):
    """One step of a chain of roles.

    Attributes:
        Role: Name of the role.
        UserId: Account that owns the role.
    """

    Role: str | None = fields.text()
    UserId: int | None = fields.integer()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.CredentialChainLink = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.CredentialChainLink = ...,
            keep_unknown: bool = ...,
            Role: str | None = ...,
            UserId: int | None = ...,
        ) -> None: ...
