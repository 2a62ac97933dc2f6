# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class VM(Jsonizable):
    """VM image of an App.

    Attributes:
        ECSImageId: ECS image (m-...) or registered image (img-...).
    """

    _required = ("ECSImageId",)

    ECSImageId: str | None = fields.text()
