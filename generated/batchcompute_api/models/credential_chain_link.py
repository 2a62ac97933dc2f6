# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class CredentialChainLink(Jsonizable):
    """One step of a chain of roles.

    Attributes:
        Role: Name of the role.
        UserId: Account that owns the role.
    """

    Role: str | None = fields.text()
    UserId: int | None = fields.integer()
