# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class OSS(Jsonizable):
    """Credentials for mounting objects. Empty means the caller's own permissions.

    Attributes:
        AccessKeyId: Access key id.
        AccessKeySecret: Access key secret.
        SecurityToken: Token of temporary credentials. Write this spelling.
        AccessSecurityToken: Another spelling of SecurityToken, accepted and echoed as received.
    """

    AccessKeyId: str | None = fields.text()
    AccessKeySecret: str | None = fields.text()
    SecurityToken: str | None = fields.text()
    AccessSecurityToken: str | None = fields.text()
