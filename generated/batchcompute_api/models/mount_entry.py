# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class MountEntry(Jsonizable):
    """One directory to mount.

    Attributes:
        Source: oss://bucket/path, or nas://host:/path for NFS in the same VPC; on Windows a NAS
            path ends in !. Some clients also know smb://, lustre:// and nasplus://.
        Destination: Local directory, created if needed; on Windows a drive such as E:.
        WriteSupport: Whether programs may write there. Writes to a NAS go straight to its
            server.
    """

    Source: str | None = fields.text()
    Destination: str | None = fields.text()
    WriteSupport: bool | None = fields.boolean()
