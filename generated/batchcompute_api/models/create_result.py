# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

from __future__ import annotations

from batchcompute import _fields as fields
from batchcompute.jsonizable import Jsonizable


@fields.model
class CreateResult(Jsonizable):
    """What a creation made: the Id of a job, cluster or image, or the Name of an App.

    Attributes:
        Id: Id of the new job, cluster or image.
        Name: Name of the new App.
    """

    _read_only = True

    Id: str | None = fields.text()
    Name: str | None = fields.text()
