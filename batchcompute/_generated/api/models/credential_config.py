# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable

if TYPE_CHECKING:
    from batchcompute._generated import types


@fields.model
class CredentialConfig(Jsonizable):
    """Roles under which a program may act.

    Attributes:
        ServiceRole: Role that the service assumes for the caller.
        Chain: Roles that are assumed one after the other from there.
    """

    ServiceRole: str | None = fields.text()
    Chain: list[m.CredentialChainLink] = fields.array(fields.Nested(lambda: m.CredentialChainLink))

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.CredentialConfig = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.CredentialConfig = ...,
            keep_unknown: bool = ...,
            ServiceRole: str | None = ...,
            Chain: Sequence[m.CredentialChainLink | types.CredentialChainLink] | None = ...,
        ) -> None: ...
