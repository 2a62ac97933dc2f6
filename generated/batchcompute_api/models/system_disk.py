# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute import mixins
from batchcompute.jsonizable import Jsonizable


@fields.model
class SystemDisk(mixins.BlankKeeps, Jsonizable):
    """Disk of the operating system.

    Attributes:
        Type: Type of the disk. Empty lets the service choose.
        Size: Size in GB, 40 to 500. Absent means 40 or the size of the image, whichever is
            larger.
    """

    _required = ("Size",)

    Type: str | None = fields.text()
    Size: int | None = fields.integer()
