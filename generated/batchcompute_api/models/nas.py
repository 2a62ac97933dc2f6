# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class NAS(Jsonizable):
    """Network file systems that may be mounted.

    Attributes:
        AccessGroup: Permission groups.
        FileSystem: File systems.
    """

    AccessGroup: list[str] = fields.array(fields.Text())
    FileSystem: list[str] = fields.array(fields.Text())
