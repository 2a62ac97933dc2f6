# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api import models as m
from batchcompute._models import fields
from batchcompute._models.base import Jsonizable


@fields.model
class OSS(Jsonizable):
    """Credentials for mounting objects. Empty means the caller's own permissions.

    Attributes:
        AccessKeyId: Access key id.
        AccessKeySecret: Access key secret.
        SecurityToken: Token of temporary credentials. Write this spelling.
        AccessSecurityToken: Another spelling of SecurityToken, accepted and echoed as received.
    """

    _secrets = ("AccessKeySecret", "SecurityToken", "AccessSecurityToken")

    AccessKeyId: str | None = fields.text()
    AccessKeySecret: str | None = fields.text()
    SecurityToken: str | None = fields.text()
    AccessSecurityToken: str | None = fields.text()

    if TYPE_CHECKING:  # type checkers know what the constructor takes; at run time it is the base's

        def __init__(
            self,
            properties: Mapping[str, Any] | str | bytes | m.OSS = ...,
            *,
            dct: Mapping[str, Any] | str | bytes | m.OSS = ...,
            keep_unknown: bool = ...,
            AccessKeyId: str | None = ...,
            AccessKeySecret: str | None = ...,
            SecurityToken: str | None = ...,
            AccessSecurityToken: str | None = ...,
        ) -> None: ...
