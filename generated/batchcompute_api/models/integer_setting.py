# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class IntegerSetting(Jsonizable):
    """A resource setting whose value is an integer.

    Attributes:
        Description: Free text.
        Default: The value unless a job replaces it.
        Overwritable: Whether a job may replace the value.
    """

    Description: str | None = fields.text(default="")
    Default: int | None = fields.integer()
    Overwritable: bool | None = fields.boolean(default=True)
