# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable
from batchcompute_api import models as m


@fields.model
class CredentialConfig(Jsonizable):
    """Roles under which a program may act.

    Attributes:
        ServiceRole: Role that the service assumes for the caller.
        Chain: Roles that are assumed one after the other from there.
    """

    ServiceRole: str | None = fields.text()
    Chain: list[m.CredentialChainLink] = fields.array(fields.Nested(lambda: m.CredentialChainLink))
